//! Text as people type, paste and print it, made comparable.
use std::{iter, mem};

use unicode_normalization::UnicodeNormalization;

use super::finding::{Finding, FindingCode};

/// A text without blanks and zero-width characters, in compatibility form (NFKC) and capitals, that knows where each of its
/// characters came from.
#[derive(Clone, Debug)]
pub struct Clean<'t> {
    raw: &'t str,
    text: String,
    /// The same with small letters; `None` where there are none.
    cased: Option<String>,
    /// Places in `raw`, from 1, of the characters of `text`; `None` where nothing was changed.
    places: Option<Vec<usize>>,
    warnings: Vec<Finding>,
}

impl<'t> Clean<'t> {
    /// Cleans a text.
    pub fn of(raw: &'t str) -> Self {
        let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_lowercase();
        if raw.bytes().all(plain) {
            return Self { raw, text: raw.to_owned(), cased: None, places: None, warnings: Vec::new() };
        }
        let mut clean =
            Self { raw, text: String::new(), cased: None, places: Some(Vec::new()), warnings: Vec::new() };
        for (place, character) in (1..).zip(raw.chars()) {
            clean.take(place, character);
        }
        if clean.text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            let capitals = clean.text.to_ascii_uppercase();
            clean.cased = Some(mem::replace(&mut clean.text, capitals));
        }
        clean
    }

    fn take(&mut self, place: usize, character: char) {
        if character.is_whitespace() || is_zero_width(character) {
            return self.warn(FindingCode::BlankRemoved, place, ("no blanks", "不含空格"));
        }
        for normal in iter::once(character).nfkc() {
            if normal != character {
                self.warn(FindingCode::WidthChanged, place, ("plain half-width characters", "半角字符"));
            }
            if normal.is_ascii_lowercase() {
                self.warn(FindingCode::CaseChanged, place, ("capital letters", "大写字母"));
            }
            self.text.push(normal);
            self.places.get_or_insert_default().push(place);
        }
    }

    /// Each kind of warning is given once, at the first place.
    fn warn(&mut self, code: FindingCode, place: usize, expected: (&'static str, &'static str)) {
        if self.warnings.iter().all(|warning| warning.code != code) {
            self.warnings.push(Finding::new(code, place, expected.0, expected.1));
        }
    }

    /// The text as given.
    pub fn raw(&self) -> &'t str {
        self.raw
    }

    /// The cleaned text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cleaned text with its small letters.
    pub fn cased(&self) -> &str {
        self.cased.as_deref().unwrap_or(&self.text)
    }

    /// The first characters only, with the same places.
    pub(super) fn up_to(&self, characters: usize) -> Self {
        let text = self.text.chars().take(characters).collect();
        Self { text, ..self.clone() }
    }

    /// What was put right.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// Where in the text as given, from 1, the character with that index (from 0) of the cleaned text stands; one past the end for
    /// an index past the end.
    pub fn position(&self, index: usize) -> usize {
        match &self.places {
            None => index.min(self.text.len()).saturating_add(1),
            Some(places) => match places.get(index) {
                Some(place) => *place,
                None => places.last().map_or(1, |last| last.saturating_add(1)),
            },
        }
    }
}

const fn is_zero_width(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_put_right_and_told_where() {
        let clean = Clean::of("\u{feff}国药准字 h２０12\u{3000}㎎");
        assert_eq!((clean.text(), clean.cased()), ("国药准字H2012MG", "国药准字h2012mg"));
        let told: Vec<_> = clean.warnings().iter().map(|warning| (warning.code, warning.position)).collect();
        assert_eq!(
            told,
            [(FindingCode::BlankRemoved, 1), (FindingCode::CaseChanged, 7), (FindingCode::WidthChanged, 8)]
        );
        assert_eq!([0, 4, 5, 9, 10, 11, 99].map(|index| clean.position(index)), [2, 7, 8, 13, 13, 14, 14]);
    }

    #[test]
    fn what_is_clean_stays() {
        let clean = Clean::of("XA06");
        assert_eq!((clean.text(), clean.raw(), clean.warnings()), ("XA06", "XA06", [].as_slice()));
        assert_eq!([0, 3, 4, 9].map(|index| clean.position(index)), [1, 4, 5, 5]);
    }
}
