//! A row of a table of payment standards, as a province publishes them.
use rust_decimal::Decimal;

use crate::catalog::item::ItemNamed;
use crate::errors::{Code, Refusal};
use crate::identity::RegionCode;
use crate::procurement::values::{parse_name, parse_positive, parse_volume};
use crate::settlement::standards::{StandardBasis, Told};
use crate::time::Day;

/// The columns, each with the headers that name it.
pub(super) const COLUMNS: &[&[&str]] = &[
    &["编码", "code"],
    &["地区代码", "region"],
    &["类别", "basis"],
    &["支付标准", "standard"],
    &["起始日期", "begins"],
    &["依据", "source"],
    &["截止日期", "ends"],
    &["最小单位数", "pack units"],
];

/// So many of the last may be missing.
pub(super) const OPTIONAL: usize = 2;

/// A standard as one row tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedStandard {
    /// The item.
    pub item: ItemNamed,
    /// Where.
    pub region: RegionCode,
    /// Smallest units of the one pack that it is of.
    pub pack_units: Option<u64>,
    /// What holds, from when to when.
    pub told: Told,
    /// The document that it rests on.
    pub source: String,
}

/// Reads the fields in the order of the columns. Errors: the first field's that is wrong.
pub fn read_standard(fields: &[&str]) -> Result<ImportedStandard, Refusal> {
    let field = |at: usize| fields.get(at).copied().unwrap_or_default().trim();
    let given = |at: usize| Some(field(at)).filter(|text| !text.is_empty());
    let wrong = |field, allowed: &str| Refusal::of(Code::PaymentStandardInvalid).at(field).allowing(allowed);
    let day = |text: &str, name| Day::parse(text).ok_or_else(|| wrong(name, "YYYY-MM-DD"));
    let price =
        |text: &str| parse_positive(text).map_err(|_value| Refusal::of(Code::PriceInvalid).at("standard"));
    let units = |text: &str| parse_volume(text).map_err(|_value| wrong("packUnits", "a whole number"));
    let basis = basis(field(2)).ok_or_else(|| wrong("basis", &known()))?;
    let amount: Option<Decimal> = given(3).map(price).transpose()?;
    let span = (day(field(4), "begins")?, given(6).map(|text| day(text, "ends")).transpose()?);
    Ok(ImportedStandard {
        item: ItemNamed::code(field(0)).map_err(|refusal| refusal.at("code"))?,
        region: RegionCode::parse(field(1)).map_err(|refusal| refusal.at("region"))?,
        pack_units: given(7).map(units).transpose()?,
        told: Told::amount(basis, amount, span)?,
        source: parse_name(field(5)).map_err(|_value| wrong("source", "1 to 200 characters"))?.to_owned(),
    })
}

fn basis(text: &str) -> Option<StandardBasis> {
    let chinese = StandardBasis::ALL.iter().copied().find(|basis| basis.chinese() == text);
    chinese.or_else(|| StandardBasis::from_label(&text.to_uppercase()))
}

fn known() -> String {
    let names = StandardBasis::ALL.iter().map(|basis| format!("{}/{}", basis.chinese(), basis.label()));
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: [&str; 8] = [
        "XC08CAX084A001010104823",
        "320000",
        "公布",
        "26.40",
        "2026-01-01",
        "苏医保发〔2026〕1号",
        "2026-12-31",
        "20",
    ];

    #[test]
    fn a_row_is_a_standard_and_says_what_is_wrong_with_it() {
        let read = read_standard(&RIGHT).unwrap();
        assert_eq!(read.pack_units, Some(20));
        let Told::Amount { basis, amount, .. } = read.told else { unreachable!() };
        assert_eq!((basis, amount.unwrap().to_string().as_str()), (StandardBasis::Published, "26.40"));
        let short = read_standard(&RIGHT[..6]).unwrap();
        assert_eq!(short.pack_units, None);
        let faults = [
            (0, "立普妥", Code::ItemCodeInvalid, "code"),
            (1, "32", Code::RegionInvalid, "region"),
            (2, "其他", Code::PaymentStandardInvalid, "basis"),
            (2, "停止", Code::PaymentStandardInvalid, "standard"),
            (3, "-1", Code::PriceInvalid, "standard"),
            (3, "", Code::PaymentStandardInvalid, "standard"),
            (4, "2026-2-30", Code::PaymentStandardInvalid, "begins"),
            (5, "", Code::PaymentStandardInvalid, "source"),
            (6, "2025-12-31", Code::PaymentStandardInvalid, "ends"),
            (7, "十", Code::PaymentStandardInvalid, "packUnits"),
        ];
        for (at, text, code, field) in faults {
            let mut row = RIGHT;
            row[at] = text;
            let refusal = read_standard(&row).unwrap_err();
            assert_eq!((refusal.code, refusal.field), (code, Some(field)), "{at} {text}");
        }
    }
}
