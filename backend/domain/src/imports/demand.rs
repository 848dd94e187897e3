//! A row of a table of demand.
use crate::errors::{Code, Refusal};
use crate::identity::{CreditCode, Reason};
use crate::ids::{Id, RoundProductId};
use crate::procurement::demand::units;

/// The columns, each with the headers that name it.
pub(super) const COLUMNS: &[&[&str]] = &[
    &["统一社会信用代码", "credit code"],
    &["竞价单元序号", "lot"],
    &["规格代码", "spec"],
    &["产品", "product"],
    &["报量", "volume"],
    &["历史用量", "past use"],
    &["理由", "reason"],
];

/// What an institution reports of a spec, named as people name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedDemand<'r> {
    /// The institution's unified social credit code.
    pub credit_code: &'r str,
    /// The lot's number.
    pub lot: i32,
    /// The spec's code.
    pub spec: &'r str,
    /// The brand's product; none is by generic name.
    pub product: Option<RoundProductId>,
    /// Smallest units a year.
    pub volume: u64,
    /// Smallest units a year, the mean of two years.
    pub past_use: u64,
    /// Why it is so little.
    pub reason: Option<Reason>,
}

/// Reads the fields in the order of the columns. Errors: the first field's that is wrong.
pub fn read_demand<'r>(fields: &[&'r str]) -> Result<ImportedDemand<'r>, Refusal> {
    let field = |at: usize| fields.get(at).copied().unwrap_or_default().trim();
    let given = |at: usize| Some(field(at)).filter(|text| !text.is_empty());
    let product = given(3).map(RoundProductId::parse).transpose();
    CreditCode::parse(field(0))?;
    Ok(ImportedDemand {
        credit_code: field(0),
        lot: field(1).parse().map_err(|_number| Refusal::of(Code::DemandInvalid).at("lot"))?,
        spec: field(2),
        product: product.map_err(|refusal| refusal.at("product"))?,
        volume: units(field(4), "volume")?,
        past_use: units(field(5), "pastUse")?,
        reason: given(6).map(Reason::parse).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_is_wrong_with_it() {
        let right = ["914403001922038216", "1", "10mg", "", "800", "1000", ""];
        let read = read_demand(&right).unwrap();
        assert_eq!((read.lot, read.spec, read.product, read.volume), (1, "10mg", None, 800));
        let faults = [
            (0, "91", Code::CreditCodeInvalid, "creditCode"),
            (1, "一", Code::DemandInvalid, "lot"),
            (3, "立普妥", Code::IdMalformed, "product"),
            (4, "", Code::DemandInvalid, "volume"),
            (5, "1.5", Code::DemandInvalid, "pastUse"),
        ];
        for (at, text, expected, field) in faults {
            let mut row = right;
            row[at] = text;
            let refusal = read_demand(&row).unwrap_err();
            assert_eq!((refusal.code, refusal.field), (expected, Some(field)), "{text}");
        }
    }
}
