//! What is wrong or unusual about a code, and where.
use std::borrow::Cow;

macro_rules! finding_codes {
    ($($variant:ident, $name:literal, $doc:literal;)+) => {
        /// A stable code of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingCode {
            $(#[doc = $doc] $variant,)+
        }

        impl FindingCode {
            /// Every code.
            pub const ALL: &[FindingCode] = &[$(Self::$variant),+];

            /// The code as programs see it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

finding_codes! {
    Ambiguous, "CODE_AMBIGUOUS", "The characters can be read in more than one way.";
    Character, "CODE_CHARACTER", "A character that may not stand there.";
    CheckDigit, "CODE_CHECK_DIGIT", "The check digit does not fit the others.";
    CrossRule, "CODE_CROSS_RULE", "Two parts exclude each other.";
    Date, "CODE_DATE", "There is no such day.";
    Empty, "CODE_EMPTY", "There is no code.";
    Encoding, "CODE_ENCODING", "The bytes are not UTF-8.";
    Length, "CODE_LENGTH", "Too many or too few characters.";
    TooLong, "CODE_TOO_LONG", "The line is longer than any code.";
    Unknown, "CODE_UNKNOWN", "No kind of code looks like this.";
    IdentifierUnknown, "GS1_IDENTIFIER_UNKNOWN", "There is no such application identifier.";
    IdentifierRepeated, "GS1_IDENTIFIER_REPEATED", "An application identifier stands twice, with different values.";
    KeyMissing, "GS1_KEY_MISSING", "An element string that does not say what it is about.";
    SeparatorMissing, "GS1_SEPARATOR_MISSING", "Where an element ends is not certain.";
    Symbology, "GS1_SYMBOLOGY", "The symbol does not hold GS1 data.";
    AlsoFits, "ALSO_FITS", "Another kind fits as well.";
    BlankRemoved, "BLANK_REMOVED", "Blanks were left out.";
    CaseChanged, "CASE_CHANGED", "Small letters were read as capitals.";
    WidthChanged, "WIDTH_CHANGED", "Full-width or other variants of characters were read as the plain ones.";
    ClassUnknown, "CLASS_UNKNOWN", "The class is not in the shipped dictionary.";
    FormUnknown, "FORM_UNKNOWN", "The dosage form is not in the shipped dictionary.";
    RegionUnknown, "REGION_UNKNOWN", "The digits of the region or authority are none that is known.";
    FormatOnly, "FORMAT_ONLY", "Only the form was looked at: no check digit is known for this kind.";
    Restricted, "RESTRICTED_CIRCULATION", "A number that a company or country gives for use inside it, and that others give as well.";
    FirstDigit, "FIRST_DIGIT", "Codes of this kind usually begin with another digit.";
    ElementOrder, "GS1_ORDER", "An element of predefined length comes after one of variable length.";
    Parenthesis, "GS1_PARENTHESIS", "A bracket was read as part of a value.";
    GroupUnknown, "GROUP_UNKNOWN", "Not one of the 14 anatomical main groups.";
}

/// What would fit, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// In English.
    pub english: Cow<'static, str>,
    /// In Chinese.
    pub chinese: Cow<'static, str>,
}

/// One finding: an error if no code came of it, else a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its stable code.
    pub code: FindingCode,
    /// The character that it is about, counted from 1 in the text as given; one past the end where something is missing.
    pub position: usize,
    /// What would fit.
    pub expected: Expected,
    /// Codes that differ in one character, or in two neighbours that changed places, and are well formed; the likeliest first.
    pub candidates: Vec<String>,
}

impl Finding {
    /// A finding without candidates.
    pub fn new(
        code: FindingCode,
        position: usize,
        english: impl Into<Cow<'static, str>>,
        chinese: impl Into<Cow<'static, str>>,
    ) -> Self {
        let expected = Expected { english: english.into(), chinese: chinese.into() };
        Self { code, position, expected, candidates: Vec::new() }
    }

    /// The same finding, with codes that may have been meant.
    #[must_use]
    pub fn suggesting(self, candidates: Vec<String>) -> Self {
        Self { candidates, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_spelled_like_constants() {
        let names: std::collections::BTreeSet<_> = FindingCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), FindingCode::ALL.len());
        let spelled = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(names.iter().all(|name| name.bytes().all(spelled)));
    }
}
