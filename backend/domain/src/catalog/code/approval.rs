//! 药品批准文号: the number of a drug's licence. It is no identity: one licence covers several specs and packs, and a transfer of the
//! holder changes it.
use std::fmt;

use super::finding::{Finding, FindingCode};
use super::number::{DOMESTIC, Letters, is_region, letters_of};
use super::{Clean, CodeKind, Faults, Parts, PublicCode, part};
use crate::catalog::code::layout::character;

/// 国药准字 with one or two letters and 8 digits, or the older licence of an import without 国药准字.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrugApproval {
    domestic: bool,
    letters: String,
    digits: String,
}

/// Digits after the letters.
const DIGITS: usize = 8;

impl DrugApproval {
    /// The letters: what it is, and where it comes from.
    pub fn letters(&self) -> &str {
        &self.letters
    }

    /// The eight digits.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// What the letters say.
    fn meaning(&self) -> &'static Letters {
        letters_of(self.domestic, &self.letters).unwrap_or(&Letters::NONE)
    }
}

impl PublicCode for DrugApproval {
    const KIND: CodeKind = CodeKind::DrugApproval;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let text = clean.text();
        let rest = text.strip_prefix(DOMESTIC);
        let (domestic, rest) = (rest.is_some(), rest.unwrap_or(text));
        let before = if domestic { DOMESTIC.chars().count() } else { 0 };
        let end = rest.find(|one: char| !one.is_ascii_uppercase()).unwrap_or(rest.len());
        let (letters, digits) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if letters_of(domestic, letters).is_none() {
            return Err(vec![letters_expected(domestic, clean.position(before))]);
        }
        let before = before.saturating_add(letters.len());
        digits_fit(digits, |index| clean.position(before.saturating_add(index)))?;
        Ok(Self { domestic, letters: letters.to_owned(), digits: digits.to_owned() })
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        let meaning = self.meaning();
        part(&mut parts, "letters", self.letters.clone());
        part(&mut parts, "category", meaning.category);
        part(&mut parts, "origin", meaning.origin);
        part(&mut parts, "authority", self.digits.get(..2).unwrap_or_default().to_owned());
        part(&mut parts, "number", self.digits.get(2..).unwrap_or_default().to_owned());
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        let head = self.digits.get(..2).unwrap_or_default();
        if matches!(head, "10" | "19" | "20") || is_region(head) {
            return Vec::new();
        }
        let before = clean.text().chars().count().saturating_sub(DIGITS);
        let english = "19 or 20 (a year), 10 (the former ministry) or a province's code";
        let chinese = "19、20（年份）、10（原卫生部）或省级行政区划代码";
        vec![Finding::new(FindingCode::RegionUnknown, clean.position(before), english, chinese)]
    }
}

impl fmt::Display for DrugApproval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domestic = if self.domestic { DOMESTIC } else { "" };
        write!(f, "{domestic}{}{}", self.letters, self.digits)
    }
}

fn letters_expected(domestic: bool, position: usize) -> Finding {
    let (english, chinese) = if domestic {
        (
            "H, Z, S, B, T, F or J, or H, Z or S with J or C, then 8 digits",
            "字母 H、Z、S、B、T、F、J，或 H、Z、S 后接 J、C，再接 8 位数字",
        )
    } else {
        (
            "国药准字, or H, Z or S, with B before and C after it where they belong",
            "国药准字，或 H、Z、S（其前可有 B，其后可有 C）",
        )
    };
    Finding::new(FindingCode::Character, position, english, chinese)
}

fn digits_fit(digits: &str, position: impl Fn(usize) -> usize) -> Result<(), Faults> {
    let wrong = digits.chars().enumerate().filter(|(_, one)| !one.is_ascii_digit());
    let wrong: Faults = wrong.map(|(index, _)| character(position(index), 'd')).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if digits.len() == DIGITS {
        return Ok(());
    }
    let (english, chinese) = (
        format!("{DIGITS} digits, not {}", digits.len()),
        format!("{DIGITS} 位数字（实为 {} 位）", digits.len()),
    );
    Err(vec![Finding::new(FindingCode::Length, position(digits.len().min(DIGITS)), english, chinese)])
}
