//! Codes of other countries and of the WHO, as anchors.
use std::fmt;

use super::digits::{all_digits, neighbours, verhoeff_valid};
use super::finding::{Finding, FindingCode};
use super::layout::{character, fitting, fixed_code, parts_of};
use super::{Clean, CodeKind, Faults, Parts, PublicCode, part};

fixed_code! {
    /// 11 digits of the US National Drug Code: labeler, product, package.
    Ndc {
        /// The labeler.
        labeler 0..5 "ddddd",
        /// The product.
        product 5..9 "dddd",
        /// The package.
        package 9..11 "dd",
    }
}

fixed_code! {
    /// The nine digits under which the Korean insurance pays. The first eight stand in the product's GTIN.
    KoreanPriceCode {
        /// What the GTIN holds too.
        head 0..8 "dddddddd",
        /// The pack.
        pack 8..9 "d",
    }
}

/// The id of a concept of the UK dictionary of medicines and devices: a SNOMED CT id, checked by the scheme of Verhoeff.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DmdId(String);

/// A class of the WHO's anatomical, therapeutic and chemical classification, of any of its five levels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atc(String);

/// What may stand at each place of an ATC code.
const ATC_SHAPE: &str = "lddlldd";
/// Lengths of its five levels.
const ATC_LENGTHS: [usize; 5] = [1, 3, 4, 5, 7];
/// The 14 anatomical main groups.
const ATC_GROUPS: &str = "ABCDGHJLMNPRSV";
/// Where the hyphens stand in the forms of ten digits and in that of eleven.
const NDC_FORMS: [[usize; 3]; 4] = [[4, 4, 2], [5, 3, 2], [5, 4, 1], [5, 4, 2]];

impl DmdId {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Atc {
    /// The class.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its level, from 1 to 5.
    pub fn level(&self) -> usize {
        ATC_LENGTHS
            .iter()
            .position(|length| *length == self.0.len())
            .map_or(0, |index| index.saturating_add(1))
    }

    /// The class above it.
    pub fn parent(&self) -> Option<Self> {
        let shorter = ATC_LENGTHS.iter().rev().find(|length| **length < self.0.len())?;
        self.0.get(..*shorter).map(|text| Self(text.to_owned()))
    }
}

impl PublicCode for Ndc {
    const KIND: CodeKind = CodeKind::Ndc;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let text = clean.text();
        if !text.contains('-') {
            return if text.len() == 10 && all_digits(text) {
                Err(vec![undashed(text, clean)])
            } else {
                fitting(clean, Self::LAYOUT).map(Self)
            };
        }
        let groups: Vec<&str> = text.split('-').collect();
        let wrong = text.chars().enumerate().filter(|(_, one)| *one != '-' && !one.is_ascii_digit());
        let wrong: Faults = wrong.map(|(index, _)| character(clean.position(index), 'd')).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let fits = |form: &[usize; 3]| groups.iter().map(|group| group.len()).eq(form.iter().copied());
        match groups.as_slice() {
            [labeler, product, package] if NDC_FORMS.iter().any(fits) => {
                Ok(Self(format!("{labeler:0>5}{product:0>4}{package:0>2}")))
            }
            _ => {
                let (english, chinese) =
                    ("groups of 4-4-2, 5-3-2, 5-4-1 or 5-4-2 digits", "4-4-2、5-3-2、5-4-1 或 5-4-2 位数字");
                Err(vec![Finding::new(FindingCode::Length, clean.position(0), english, chinese)])
            }
        }
    }

    fn parts(&self) -> Parts {
        parts_of(self.as_str(), Self::LAYOUT)
    }
}

/// Ten digits without hyphens are three different codes.
fn undashed(text: &str, clean: &Clean<'_>) -> Finding {
    let filled = |at: usize| text.split_at_checked(at).map(|(head, tail)| format!("{head}0{tail}"));
    let (english, chinese) =
        ("the hyphens: ten digits are three different codes", "须带连字符：10 位数字可有三种读法");
    Finding::new(FindingCode::Ambiguous, clean.position(0), english, chinese)
        .suggesting([0, 5, 9].into_iter().filter_map(filled).collect())
}

impl PublicCode for KoreanPriceCode {
    const KIND: CodeKind = CodeKind::KoreanPriceCode;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        fitting(clean, Self::LAYOUT).map(Self)
    }

    fn parts(&self) -> Parts {
        parts_of(self.as_str(), Self::LAYOUT)
    }
}

impl PublicCode for DmdId {
    const KIND: CodeKind = CodeKind::DmdId;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let text = clean.text();
        let wrong = text.chars().enumerate().filter(|(_, one)| !one.is_ascii_digit());
        let wrong: Faults = wrong.map(|(index, _)| character(clean.position(index), 'd')).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        if !(6..=18).contains(&text.len()) {
            let place = clean.position(text.len().min(18));
            return Err(vec![Finding::new(FindingCode::Length, place, "6 to 18 digits", "6 至 18 位数字")]);
        }
        if text.starts_with('0') {
            return Err(vec![Finding::new(
                FindingCode::Character,
                clean.position(0),
                "a digit from 1 to 9",
                "数字 1 至 9",
            )]);
        }
        if partition(text).is_none() {
            let place = clean.position(text.len().saturating_sub(3));
            let (english, chinese) =
                ("00 or 10, a concept, before the last digit", "末位之前两位应为 00 或 10（概念）");
            return Err(vec![Finding::new(FindingCode::Character, place, english, chinese)]);
        }
        if verhoeff_valid(text) {
            return Ok(Self(text.to_owned()));
        }
        let place = clean.position(text.len().saturating_sub(1));
        let valid = |near: &str| !near.starts_with('0') && partition(near).is_some() && verhoeff_valid(near);
        let (english, chinese) = ("the check digit of the scheme of Verhoeff", "Verhoeff 校验位");
        let fault = Finding::new(FindingCode::CheckDigit, place, english, chinese);
        Err(vec![fault.suggesting(neighbours(text, valid))])
    }

    fn parts(&self) -> Parts {
        let at = self.0.len().saturating_sub(3);
        let mut parts = Parts::new();
        part(&mut parts, "item", self.0.get(..at).unwrap_or_default().to_owned());
        part(&mut parts, "partition", partition(&self.0).unwrap_or_default().to_owned());
        part(&mut parts, "check_digit", self.0.get(at.saturating_add(2)..).unwrap_or_default().to_owned());
        parts
    }
}

/// The two digits before the check digit, if they stand for a concept: 00 of the international edition, 10 of a national one.
pub(super) fn partition(text: &str) -> Option<&str> {
    let at = text.len().checked_sub(3)?;
    text.get(at..at.saturating_add(2)).filter(|digits| matches!(*digits, "00" | "10"))
}

impl fmt::Display for DmdId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PublicCode for Atc {
    const KIND: CodeKind = CodeKind::Atc;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let text = clean.text();
        let fits = |one: char, place: char| {
            if place == 'l' { one.is_ascii_uppercase() } else { one.is_ascii_digit() }
        };
        let wrong =
            text.chars().zip(ATC_SHAPE.chars()).enumerate().find(|(_, (one, place))| !fits(*one, *place));
        if let Some((index, (_, place))) = wrong {
            return Err(vec![character(clean.position(index), place)]);
        }
        let length = text.chars().count();
        if ATC_LENGTHS.contains(&length) {
            return Ok(Self(text.to_owned()));
        }
        let (english, chinese) = ("1, 3, 4, 5 or 7 characters", "1、3、4、5 或 7 位");
        Err(vec![Finding::new(
            FindingCode::Length,
            clean.position(length.min(ATC_SHAPE.len())),
            english,
            chinese,
        )])
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        part(&mut parts, "level", self.level().to_string());
        for (name, length) in
            ["group", "therapeutic", "pharmacological", "chemical", "substance"].into_iter().zip(ATC_LENGTHS)
        {
            if let Some(class) = self.0.get(..length) {
                part(&mut parts, name, class.to_owned());
            }
        }
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        let told = || {
            let (english, chinese) = (
                "one of the groups A B C D G H J L M N P R S V",
                "解剖学主组 A B C D G H J L M N P R S V 之一",
            );
            Finding::new(FindingCode::GroupUnknown, clean.position(0), english, chinese)
        };
        (!self.0.starts_with(|group| ATC_GROUPS.contains(group))).then(told).into_iter().collect()
    }
}

impl fmt::Display for Atc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
