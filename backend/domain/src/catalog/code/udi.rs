//! Unique device identifiers of the two Chinese issuing bodies beside GS1. No source tells how their check characters are made, so only
//! the form is looked at. What follows the device's identifier keeps its small letters.
use std::fmt;

use super::finding::{Finding, FindingCode};
use super::layout::{Field, character, fitting};
use super::nhsa::format_only;
use super::{Clean, CodeKind, Faults, PartValue, Parts, PublicCode, ShortDate, part};

/// MA (IDcode): `MA.country.M0.registrant.item`, then production data by letter, each after a point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaUdi {
    device: String,
    /// What follows, with its points.
    production: String,
}

/// AHM: `MF` and up to 13 digits for holder and product, then production data by two letters; `*` ends a value of no fixed length.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AhmUdi {
    device: String,
    production: Vec<(String, String)>,
}

const MA_LAYOUT: &[Field] = &[
    Field { name: "issuer", shape: "MA" },
    Field { name: "point", shape: "." },
    Field { name: "country", shape: "ddd" },
    Field { name: "point", shape: "." },
    Field { name: "industry", shape: "M0" },
    Field { name: "point", shape: "." },
    Field { name: "registrant", shape: "nnnnnn" },
    Field { name: "point", shape: "." },
    Field { name: "packaging", shape: "n" },
    Field { name: "item", shape: "nnnnnn" },
    Field { name: "check", shape: "n" },
];
/// Characters before the production data.
pub(super) const MA_DEVICE: usize = 25;

/// Production data of MA by its letter, as scanners in use read it.
const MA_PRODUCTION: &[(char, &str)] = &[
    ('M', "production_date"),
    ('P', "production_date"),
    ('V', "valid_until"),
    ('E', "expiry_date"),
    ('L', "lot"),
    ('D', "sterilization_lot"),
    ('S', "serial"),
];

/// Production data of AHM by its letters, and the fixed length where there is one.
const AHM_PRODUCTION: &[(&str, &str, Option<usize>)] = &[
    ("BN", "lot", None),
    ("BA", "lot", None),
    ("SN", "serial", None),
    ("MD", "production_date", Some(6)),
    ("BD", "best_before_date", Some(6)),
    ("ED", "expiry_date", Some(6)),
    ("PL", "packaging", Some(1)),
];
/// Digits of holder and product.
const AHM_DEVICE: usize = 13;

impl MaUdi {
    /// The device's identifier (UDI-DI).
    pub fn device(&self) -> &str {
        &self.device
    }
}

impl AhmUdi {
    /// The device's identifier (UDI-DI).
    pub fn device(&self) -> &str {
        &self.device
    }
}

impl PublicCode for MaUdi {
    const KIND: CodeKind = CodeKind::MaUdi;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let text = clean.text();
        let end = text.char_indices().nth(MA_DEVICE).map_or(text.len(), |(at, _)| at);
        let production = clean.cased().get(end..).unwrap_or_default();
        if !production.is_empty() && !production.starts_with('.') {
            return Err(vec![character(clean.position(MA_DEVICE), '.')]);
        }
        let device = fitting(&clean.up_to(MA_DEVICE), MA_LAYOUT)?;
        Ok(Self { device, production: production.to_owned() })
    }

    fn parts(&self) -> Parts {
        let mut parts = super::layout::parts_of(&self.device, MA_LAYOUT);
        parts.retain(|(name, _)| name != "point");
        let elements = self.production.split('.').filter(|element| !element.is_empty());
        for element in elements {
            let name =
                MA_PRODUCTION.iter().find(|(letter, _)| element.starts_with(*letter)).map(|(_, name)| *name);
            let value = if name.is_some() { element.get(1..).unwrap_or_default() } else { element };
            dated(&mut parts, name.unwrap_or("other"), value);
        }
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        vec![format_only(clean.position(MA_DEVICE.saturating_sub(1)))]
    }
}

impl fmt::Display for MaUdi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.device, self.production)
    }
}

impl PublicCode for AhmUdi {
    const KIND: CodeKind = CodeKind::AhmUdi;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let text = clean.text();
        let digits = text.strip_prefix("MF").map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        let Some(digits) = digits else {
            return Err(vec![Finding::new(FindingCode::Character, clean.position(0), "MF", "MF")]);
        };
        if !(1..=AHM_DEVICE).contains(&digits) {
            let place = clean.position(digits.min(AHM_DEVICE).saturating_add(2));
            return Err(vec![Finding::new(
                FindingCode::Length,
                place,
                "1 to 13 digits after MF",
                "MF 后 1 至 13 位数字",
            )]);
        }
        let head = digits.saturating_add(2);
        let production = clean.cased().get(head..).unwrap_or_default();
        let device = text.get(..head).unwrap_or_default().to_owned();
        let production = ahm_production(production, |index| clean.position(head.saturating_add(index)))?;
        Ok(Self { device, production })
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        part(&mut parts, "device", self.device.clone());
        for (letters, value) in &self.production {
            let name = AHM_PRODUCTION
                .iter()
                .find(|(known, _, _)| known == letters)
                .map_or("other", |(_, name, _)| *name);
            dated(&mut parts, name, value);
        }
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        vec![format_only(clean.position(0))]
    }
}

impl fmt::Display for AhmUdi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.device)?;
        let production = self.production.iter().map(|(letters, value)| format!("{letters}{value}"));
        f.write_str(&production.collect::<Vec<_>>().join("*"))
    }
}

/// Elements as they follow each other. Errors: unknown letters, a missing value, a day that is none.
fn ahm_production(text: &str, position: impl Fn(usize) -> usize) -> Result<Vec<(String, String)>, Faults> {
    let mut elements = Vec::new();
    let mut rest = text;
    let place = |rest: &str| position(text.chars().count().saturating_sub(rest.chars().count()));
    while !rest.is_empty() {
        let found = AHM_PRODUCTION.iter().find(|(letters, _, _)| rest.starts_with(letters));
        let Some((letters, name, length)) = found else {
            let (english, chinese) = ("BN, BA, SN, MD, BD, ED or PL", "BN、BA、SN、MD、BD、ED 或 PL");
            return Err(vec![Finding::new(FindingCode::Character, place(rest), english, chinese)]);
        };
        let value = rest.get(letters.len()..).unwrap_or_default();
        let end = length.unwrap_or_else(|| value.find('*').unwrap_or(value.len()));
        let Some((value, after)) = value.split_at_checked(end).filter(|(value, _)| !value.is_empty()) else {
            let (english, chinese) = ("a value of its length", "相应长度的内容");
            return Err(vec![Finding::new(FindingCode::Length, place(rest), english, chinese)]);
        };
        if name.ends_with("_date") && ShortDate::parse(value).is_none() {
            return Err(vec![Finding::new(FindingCode::Date, place(rest), "a day YYMMDD", "日期 YYMMDD")]);
        }
        elements.push(((*letters).to_owned(), value.to_owned()));
        rest = after.strip_prefix('*').unwrap_or(after);
    }
    Ok(elements)
}

/// A day where the name says so and the digits are one, else text.
fn dated(parts: &mut Parts, name: &'static str, value: &str) {
    let date = (name.ends_with("_date") || name == "valid_until").then(|| ShortDate::parse(value)).flatten();
    match date {
        Some(date) => parts.push((name.into(), PartValue::Date(date))),
        None => part(parts, name, value.to_owned()),
    }
}
