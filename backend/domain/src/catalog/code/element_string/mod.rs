//! GS1 element strings: what a scanner reads from a pack or a carton, as plain text with separators, in the bracketed form for people,
//! or as a web address (Digital Link).
//!
//! A plain string without any separator is ambiguous where its last value could end earlier and another element begin. That is reported
//! and not guessed.
mod bracketed;
mod identifier;
mod link;
mod plain;
mod rules;

use std::borrow::Cow;
use std::fmt;

use super::finding::{Finding, FindingCode};
use super::{Clean, CodeKind, Faults, Gtin, PartValue, Parts, PublicCode, ShortDate};

/// FNC1 between elements, as scanners send it.
const SEPARATOR: char = '\u{1d}';

/// Prefixes with which scanners tell that a symbol holds GS1 data.
const GS1_SYMBOLS: [&str; 5] = ["]d2", "]C1", "]Q3", "]e0", "]J1"];

/// One element.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    identifier: String,
    value: String,
}

/// Elements of one label, in the order in which they were read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementString(Vec<Element>);

/// An element with its place in the text as given.
struct Read {
    element: Element,
    /// Where its value begins, from 1.
    at: usize,
}

impl Element {
    /// The application identifier, two to four digits.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Its value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl ElementString {
    /// The elements.
    pub fn elements(&self) -> &[Element] {
        &self.0
    }

    /// The value of an application identifier.
    pub fn value(&self, identifier: &str) -> Option<&str> {
        self.0.iter().find(|element| element.identifier == identifier).map(|element| element.value.as_str())
    }

    /// The trade item.
    pub fn gtin(&self) -> Option<Gtin> {
        self.value("01").and_then(|digits| Gtin::parse(digits).ok())
    }

    /// What a symbol holds: the elements one after the other, with a separator (GS) where a length is not predefined.
    pub fn plain(&self) -> String {
        let mut plain = String::new();
        for (index, Element { identifier, value }) in (1..).zip(&self.0) {
            plain.push_str(identifier);
            plain.push_str(value);
            if index < self.0.len() && !identifier::is_predefined(identifier) {
                plain.push(SEPARATOR);
            }
        }
        plain
    }
}

impl PublicCode for ElementString {
    const KIND: CodeKind = CodeKind::ElementString;

    /// Letters of a lot keep their case.
    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let read = elements(clean.cased()).and_then(|read| rules::judge(&read).map(|()| read));
        let placed =
            |fault: Finding| Finding { position: clean.position(fault.position.saturating_sub(1)), ..fault };
        let read = read.map_err(|faults| faults.into_iter().map(placed).collect::<Faults>())?;
        Ok(Self(read.into_iter().map(|read| read.element).collect()))
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::new();
        for Element { identifier, value } in &self.0 {
            let name =
                identifier::name(identifier).map_or_else(|| Cow::Owned(identifier.clone()), Cow::Borrowed);
            let date = name.ends_with("_date").then(|| ShortDate::parse(value)).flatten();
            let value = date.map_or_else(|| PartValue::Text(Cow::Owned(value.clone())), PartValue::Date);
            if !parts.iter().any(|(known, _)| *known == name) {
                parts.push((name, value));
            }
        }
        parts
    }

    fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
        rules::remarks(self, clean)
    }
}

impl fmt::Display for ElementString {
    /// The bracketed form; a bracket in a value stands behind a backslash, which no value can hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Element { identifier, value } in &self.0 {
            write!(f, "({identifier}){}", value.replace('(', "\\("))?;
        }
        Ok(())
    }
}

/// Reads any of the forms.
fn elements(text: &str) -> Result<Vec<Read>, Faults> {
    let (text, start) = without_symbology(text)?;
    if text.starts_with("http://") || text.starts_with("https://") {
        link::read(text, start)
    } else if text.starts_with('(') {
        bracketed::read(text, start)
    } else {
        plain::read(text, start)
    }
}

/// The text without a scanner's prefix, and the place where it begins.
fn without_symbology(text: &str) -> Result<(&str, usize), Faults> {
    if let Some(rest) = GS1_SYMBOLS.iter().find_map(|symbol| text.strip_prefix(symbol)) {
        return Ok((rest, 4));
    }
    if !text.starts_with(']') {
        return Ok((text, 1));
    }
    let (english, chinese) =
        ("]d2, ]C1, ]Q3, ]e0 or ]J1: a symbol with GS1 data", "GS1 码制标识 ]d2、]C1、]Q3、]e0 或 ]J1");
    Err(vec![Finding::new(FindingCode::Symbology, 1, english, chinese)])
}

/// That no identifier begins there.
fn unknown_identifier(position: usize) -> Faults {
    let (english, chinese) =
        ("an application identifier, such as 01, 10, 17 or 21", "应用标识符，如 01、10、17、21");
    vec![Finding::new(FindingCode::IdentifierUnknown, position, english, chinese)]
}
