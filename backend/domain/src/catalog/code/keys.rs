//! GS1 keys: trade items, locations and shipping containers.
use std::fmt;

use super::digits::{gs1_check, gs1_valid, neighbours};
use super::finding::{Finding, FindingCode};
use super::layout::character;
use super::{Clean, CodeKind, Faults, KoreanPriceCode, Parts, PublicCode, part};

/// 商品条码: the number of a trade item at one level of packaging, always as 14 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gtin(String);

/// The number of a place or a party: 13 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gln(String);

/// The number of a logistic unit: 18 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sscc(String);

/// Digits of a GTIN with its packaging indicator.
const GTIN_DIGITS: usize = 14;

impl Gtin {
    /// The 14 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The packaging indicator: 0 the base unit, 1 to 8 a higher level, 9 variable measure.
    pub fn indicator(&self) -> &str {
        self.0.get(..1).unwrap_or_default()
    }

    /// For a Korean product (prefix 880) what the first 8 of the 9 digits of its price code are, as the rule has it; real records have
    /// exceptions.
    pub fn korean_price_head(&self) -> Option<&str> {
        self.0.strip_prefix("0880")?.get(..8)
    }

    /// Whether the Korean rule ties the two codes together.
    pub fn follows(&self, price_code: &KoreanPriceCode) -> bool {
        self.korean_price_head() == Some(price_code.head())
    }

    /// Numbers that a company or country gives for use inside it: prefixes 02, 04 and 20 to 29, of eight digits 0 and 2.
    fn is_restricted(&self) -> bool {
        match self.0.strip_prefix("000000") {
            Some(eight) => eight.starts_with(['0', '2']),
            None => self.0.get(1..).is_some_and(|base| {
                base.starts_with('2') || base.starts_with("02") || base.starts_with("04")
            }),
        }
    }
}

impl Gln {
    /// The 13 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Sscc {
    /// The 18 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PublicCode for Gtin {
    const KIND: CodeKind = CodeKind::Gtin;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let text =
            checked(clean, &[8, 12, 13, GTIN_DIGITS], "8, 12, 13 or 14 digits", "8、12、13 或 14 位数字")?;
        Ok(Self(format!("{text:0>GTIN_DIGITS$}")))
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        part(&mut parts, "indicator", self.indicator().to_owned());
        part(&mut parts, "item", self.0.get(1..13).unwrap_or_default().to_owned());
        part(&mut parts, "check_digit", self.0.get(13..).unwrap_or_default().to_owned());
        if let Some(head) = self.korean_price_head() {
            part(&mut parts, "korean_price_head", head.to_owned());
        }
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        let (english, chinese) =
            ("a number that only one company gives", "全球唯一分配的编码（非店内码或限域码）");
        let told = || Finding::new(FindingCode::Restricted, clean.position(0), english, chinese);
        self.is_restricted().then(told).into_iter().collect()
    }
}

impl PublicCode for Gln {
    const KIND: CodeKind = CodeKind::Gln;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        checked(clean, &[13], "13 digits", "13 位数字").map(|text| Self(text.to_owned()))
    }

    fn parts(&self) -> Parts {
        body_and_check(&self.0)
    }
}

impl PublicCode for Sscc {
    const KIND: CodeKind = CodeKind::Sscc;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        checked(clean, &[18], "18 digits", "18 位数字").map(|text| Self(text.to_owned()))
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        part(&mut parts, "extension", self.0.get(..1).unwrap_or_default().to_owned());
        part(&mut parts, "number", self.0.get(1..17).unwrap_or_default().to_owned());
        part(&mut parts, "check_digit", self.0.get(17..).unwrap_or_default().to_owned());
        parts
    }
}

fn body_and_check(text: &str) -> Parts {
    let (body, check) = text.split_at_checked(text.len().saturating_sub(1)).unwrap_or((text, ""));
    let mut parts = Parts::new();
    part(&mut parts, "number", body.to_owned());
    part(&mut parts, "check_digit", check.to_owned());
    parts
}

/// Digits of one of the lengths whose last is the GS1 check digit. Errors: `CODE_CHARACTER`, `CODE_LENGTH`, `CODE_CHECK_DIGIT`.
pub(super) fn checked<'c>(
    clean: &'c Clean<'_>,
    lengths: &[usize],
    english: &'static str,
    chinese: &'static str,
) -> Result<&'c str, Faults> {
    let text = clean.text();
    let wrong = text.chars().enumerate().filter(|(_, one)| !one.is_ascii_digit());
    let wrong: Faults = wrong.map(|(index, _)| character(clean.position(index), 'd')).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if !lengths.contains(&text.len()) {
        let longest = lengths.iter().copied().max().unwrap_or_default();
        let place = clean.position(text.len().min(longest));
        return Err(vec![Finding::new(FindingCode::Length, place, english, chinese)]);
    }
    if gs1_valid(text) { Ok(text) } else { Err(vec![check_digit(text, |index| clean.position(index))]) }
}

/// That the GS1 check digit is another, with the numbers that may have been meant.
pub(super) fn check_digit(text: &str, position: impl Fn(usize) -> usize) -> Finding {
    let last = text.len().saturating_sub(1);
    let right = gs1_check(text.get(..last).unwrap_or_default());
    Finding::new(
        FindingCode::CheckDigit,
        position(last),
        format!("the check digit {right} after these digits"),
        format!("校验位 {right}"),
    )
    .suggesting(neighbours(text, gs1_valid))
}

macro_rules! shown {
    ($($name:ident)+) => {
        $(impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        })+
    };
}
shown! { Gtin Gln Sscc }
