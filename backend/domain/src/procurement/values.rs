//! The values of a round's files, parsed once at the edge into types that cannot be wrong.
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::ids::{Id, RoundProductId};

/// Decimals a price, content or ratio may have.
pub const DECIMAL_PLACES_MAX: u32 = 8;
/// Digits before the point a price, content or ratio may have.
pub const WHOLE_DIGITS_MAX: usize = 12;
/// Characters a name may have.
pub const NAME_CHARS_MAX: usize = 200;
/// Smallest units in one pack.
pub const UNITS_MAX: u64 = 1_000_000_000;
/// Smallest units in one demand row.
pub const VOLUME_MAX: u64 = 1_000_000_000_000_000;
/// Bidders a lot's own cap may allow, and places a preference list may have.
pub const COUNT_MAX: u64 = 1_000_000;

/// The name of a lot, bidder, group, product or region, as written, without surrounding blanks. Shared, so that a clone is cheap.
pub type Name = Arc<str>;

/// A text that is not what its field expects. Codes are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueError {
    /// The field is required and empty.
    Missing,
    /// A name that is too long or holds control characters.
    BadName,
    /// Not a decimal above zero within the bounds.
    BadDecimal,
    /// Not a whole number of units within 1 to 1,000,000,000.
    BadUnits,
    /// Not a whole number within 0 to 1,000,000,000,000,000.
    BadVolume,
    /// Not a whole number within 1 to 1,000,000.
    BadCount,
    /// Not a number.
    BadNumber,
    /// Not a calendar date.
    BadDate,
    /// Not yes or no.
    BadFlag,
    /// Not one of the forms.
    BadForm,
    /// Not the id of a product of a round.
    BadProduct,
    /// Not a period of a series.
    BadPeriod,
    /// Not a figure above zero within the bounds of an index.
    BadFigure,
    /// Not what a place in a preference list can be for.
    BadPhase,
}

impl ValueError {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "VALUE_MISSING",
            Self::BadName => "NAME_INVALID",
            Self::BadDecimal => "DECIMAL_INVALID",
            Self::BadUnits => "UNITS_INVALID",
            Self::BadVolume => "VOLUME_INVALID",
            Self::BadCount => "COUNT_INVALID",
            Self::BadNumber => "NUMBER_INVALID",
            Self::BadDate => "DATE_INVALID",
            Self::BadFlag => "FLAG_INVALID",
            Self::BadForm => "FORM_INVALID",
            Self::BadProduct => "PRODUCT_INVALID",
            Self::BadPeriod => "PERIOD_INVALID",
            Self::BadFigure => "FIGURE_INVALID",
            Self::BadPhase => "PURPOSE_INVALID",
        }
    }

    /// What was expected, in English and Chinese.
    pub fn expected(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing => ("a value; this field is required", "必填项，不能为空"),
            Self::BadName => (
                "a name of at most 200 characters without control characters",
                "名称，不超过 200 个字符，不含控制字符",
            ),
            Self::BadDecimal => (
                "a plain decimal above 0, at most 12 digits before and 8 after the point, no thousands separator",
                "大于 0 的十进制数，整数部分不超过 12 位，小数不超过 8 位，不用千分位分隔符",
            ),
            Self::BadUnits => ("a whole number from 1 to 1000000000", "1 至 1000000000 的整数"),
            Self::BadVolume => ("a whole number from 0 to 1000000000000000", "0 至 1000000000000000 的整数"),
            Self::BadCount => ("a whole number from 1 to 1000000", "1 至 1000000 的整数"),
            Self::BadNumber => ("a plain number", "数字"),
            Self::BadDate => ("a date YYYY-MM-DD", "日期，格式 YYYY-MM-DD"),
            Self::BadFlag => ("yes or no", "yes 或 no（是 或 否）"),
            Self::BadForm => (
                "oral, small_injection, large_injection or consumable",
                "oral（口服）、small_injection（小容量注射剂）、large_injection（大容量注射剂）或 consumable（耗材）",
            ),
            Self::BadProduct => (
                "the id of a qualified product: prd_ and 32 hex digits",
                "入围产品编号：prd_ 加 32 位十六进制数字",
            ),
            Self::BadPeriod => (
                "a period: YYYY-MM, YYYY-Qn, YYYY-MM-DD or a whole number",
                "期间：YYYY-MM、YYYY-Qn、YYYY-MM-DD 或整数",
            ),
            Self::BadFigure => (
                "a number from 1e-12 to 1e15, as 12.5 or 1.25e1, no thousands separator",
                "1e-12 至 1e15 的数字，如 12.5 或 1.25e1，不用千分位分隔符",
            ),
            Self::BadPhase => {
                ("main, backup or a content above 0", "main（主供）、backup（备供）或大于 0 的含量")
            }
        }
    }
}

/// Dosage form class of a lot (剂型), which chooses its absolute floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Oral forms 口服; where a lot names none.
    #[default]
    Oral,
    /// Small-volume injections 小容量注射剂.
    SmallInjection,
    /// Large-volume injections 大容量注射剂.
    LargeInjection,
    /// Consumables 耗材.
    Consumable,
}

impl Form {
    /// Every form.
    pub const ALL: &[Form] = &[Self::Oral, Self::SmallInjection, Self::LargeInjection, Self::Consumable];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Oral => "ORAL",
            Self::SmallInjection => "SMALL_INJECTION",
            Self::LargeInjection => "LARGE_INJECTION",
            Self::Consumable => "CONSUMABLE",
        }
    }

    /// The form with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|form| form.label() == label)
    }
}

/// A name: not empty, at most 200 characters, no control characters. Errors: `Missing`, `BadName`.
pub fn parse_name(text: &str) -> Result<&str, ValueError> {
    let name = text.trim();
    if name.is_empty() {
        return Err(ValueError::Missing);
    }
    let fits = name.len() <= NAME_CHARS_MAX || name.chars().count() <= NAME_CHARS_MAX;
    if fits && !name.chars().any(char::is_control) { Ok(name) } else { Err(ValueError::BadName) }
}

/// A price (yuan, tax included), ceiling or content: a decimal above 0 with at most 12 digits before and 8 after the point.
/// Nothing is rounded. Errors: `BadDecimal`.
pub fn parse_positive(text: &str) -> Result<Decimal, ValueError> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str, most: usize| {
        !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let places = usize::try_from(DECIMAL_PLACES_MAX).unwrap_or(0);
    if !digits(whole, WHOLE_DIGITS_MAX) || !digits(fraction, places) {
        return Err(ValueError::BadDecimal);
    }
    match Decimal::from_str_exact(text) {
        Ok(value) if value > Decimal::ZERO => Ok(value),
        Ok(_) | Err(_) => Err(ValueError::BadDecimal),
    }
}

/// Smallest units in one pack: 1 to 1,000,000,000. Errors: `BadUnits`.
pub fn parse_units(text: &str) -> Result<u64, ValueError> {
    whole(text, 1, UNITS_MAX).ok_or(ValueError::BadUnits)
}

/// A volume in smallest units: 0 to 1,000,000,000,000,000. Errors: `BadVolume`.
pub fn parse_volume(text: &str) -> Result<u64, ValueError> {
    whole(text, 0, VOLUME_MAX).ok_or(ValueError::BadVolume)
}

/// A cap or a place in a list: 1 to 1,000,000. Errors: `BadCount`.
pub fn parse_count(text: &str) -> Result<u64, ValueError> {
    whole(text, 1, COUNT_MAX).ok_or(ValueError::BadCount)
}

fn whole(text: &str, least: u64, most: u64) -> Option<u64> {
    let text = text.trim();
    let value = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())??;
    (least..=most).contains(&value).then_some(value)
}

/// Any plain number, as tie keys have. Errors: `BadNumber`.
pub fn parse_number(text: &str) -> Result<Decimal, ValueError> {
    Decimal::from_str_exact(text.trim()).map_err(|_not_a_decimal| ValueError::BadNumber)
}

/// A calendar date `YYYY-MM-DD`, as the number YYYYMMDD, which orders as dates do. Errors: `BadDate`.
pub fn parse_date(text: &str) -> Result<Decimal, ValueError> {
    let mut parts = text.trim().splitn(3, '-');
    let mut part =
        |width: usize| parts.next().filter(|part| part.len() == width).and_then(|part| whole(part, 0, 9999));
    let (Some(year), Some(month), Some(day)) = (part(4), part(2), part(2)) else {
        return Err(ValueError::BadDate);
    };
    if !(1..=days_in_month(year, month)).contains(&day) {
        return Err(ValueError::BadDate);
    }
    let number = year.saturating_mul(10_000).saturating_add(month.saturating_mul(100)).saturating_add(day);
    Ok(Decimal::from(number))
}

fn days_in_month(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

/// Yes or no, in English or Chinese. Errors: `BadFlag`.
pub fn parse_flag(text: &str) -> Result<bool, ValueError> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "是" => Ok(true),
        "no" | "n" | "false" | "0" | "否" => Ok(false),
        _ => Err(ValueError::BadFlag),
    }
}

/// The product of a bid's line. Errors: `BadProduct`.
pub fn parse_product(text: &str) -> Result<RoundProductId, ValueError> {
    RoundProductId::parse(text.trim()).map_err(|_not_an_id| ValueError::BadProduct)
}

/// A dosage form class. Errors: `BadForm`.
pub fn parse_form(text: &str) -> Result<Form, ValueError> {
    match text.trim() {
        "oral" => Ok(Form::Oral),
        "small_injection" => Ok(Form::SmallInjection),
        "large_injection" => Ok(Form::LargeInjection),
        "consumable" => Ok(Form::Consumable),
        _ => Err(ValueError::BadForm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_that_are_refused() {
        for text in [
            "0",
            "0.0",
            "-1",
            "1,234.5",
            "1.123456789",
            "",
            " ",
            "1e3",
            "１",
            ".5",
            "5.",
            "1234567890123",
            "+1",
            "NaN",
        ] {
            assert_eq!(parse_positive(text), Err(ValueError::BadDecimal), "{text}");
        }
        for text in ["0.00000001", "22.26", " 7 ", "999999999999.99999999", "007.50"] {
            assert!(parse_positive(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn counts_stay_within_their_bounds() {
        assert_eq!(parse_units("0"), Err(ValueError::BadUnits));
        assert_eq!(parse_units("1000000000"), Ok(UNITS_MAX));
        assert_eq!(parse_units("1000000001"), Err(ValueError::BadUnits));
        assert_eq!(parse_volume("0"), Ok(0));
        assert_eq!(parse_volume("1000000000000001"), Err(ValueError::BadVolume));
        assert_eq!(parse_volume("1.0"), Err(ValueError::BadVolume));
        assert_eq!(parse_volume(""), Err(ValueError::BadVolume));
        assert_eq!(parse_count("18446744073709551616"), Err(ValueError::BadCount));
    }

    #[test]
    fn dates_exist() {
        assert_eq!(parse_date("2024-02-29"), Ok(Decimal::from(20_240_229)));
        for text in
            ["2023-02-29", "2023-13-01", "2023-1-1", "2023-00-10", "20230101", "2023-01-01x", "2023-01-0١"]
        {
            assert_eq!(parse_date(text), Err(ValueError::BadDate), "{text}");
        }
    }

    #[test]
    fn names_flags_and_forms() {
        assert_eq!(parse_name("  齐鲁制药 "), Ok("齐鲁制药"));
        assert_eq!(parse_name(" "), Err(ValueError::Missing));
        assert_eq!(parse_name("a\u{7}b"), Err(ValueError::BadName));
        assert_eq!(parse_name(&"名".repeat(200)).map(str::len), Ok(600));
        assert_eq!(parse_name(&"名".repeat(201)), Err(ValueError::BadName));
        assert_eq!(parse_flag("是"), Ok(true));
        assert_eq!(parse_flag("NO"), Ok(false));
        assert_eq!(parse_flag("maybe"), Err(ValueError::BadFlag));
        assert_eq!(parse_form("oral"), Ok(Form::Oral));
        assert_eq!(parse_form("Oral"), Err(ValueError::BadForm));
    }
}
