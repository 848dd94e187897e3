//! GS1 element strings: the three forms, and what is refused.
use jicai_domain::catalog::code::FindingCode::{
    Character, CheckDigit, Date, ElementOrder, IdentifierRepeated, IdentifierUnknown, KeyMissing, Length,
    Parenthesis, SeparatorMissing, Symbology, WidthChanged,
};
use jicai_domain::catalog::code::{ElementString, PublicCode, check};

use crate::{faults, fits, parts, warnings};

/// The example of the official answers to questions about UDI.
const EXAMPLE: &str = "(01)06901234567892(11)141231(17)150707(10)A213B1(21)1234";

#[test]
fn the_three_forms_say_the_same() {
    for text in [
        EXAMPLE,
        "0106901234567892111412311715070710A213B1\u{1d}211234",
        "]d20106901234567892111412311715070710A213B1\u{1d}211234",
        "]C10106901234567892111412311715070710A213B1\u{1d}211234",
        "\u{1d}0106901234567892111412311715070710A213B1\u{1d}211234\u{1d}",
        "https://id.gs1.org/01/06901234567892/10/A213B1/21/1234?11=141231&17=150707&lang=zh",
        "https://例子.中国/産品/01/6901234567892/10/A213B1/21/1234?11=141231&17=150707#top",
    ] {
        let (kind, canonical) = fits(text).unwrap_or_else(|| panic!("{text}: {:?}", check(text)));
        assert_eq!(kind, "gs1");
        let mut elements: Vec<_> = canonical.split('(').collect();
        elements.sort_unstable();
        let mut expected: Vec<_> = EXAMPLE.split('(').collect();
        expected.sort_unstable();
        assert_eq!(elements, expected, "{text}");
    }
    let told: Vec<_> =
        parts(&check(EXAMPLE)).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        told.join(" "),
        "gtin=06901234567892 production_date=2014-12-31 expiry_date=2015-07-07 lot=A213B1 serial=1234"
    );
    let code = ElementString::parse(EXAMPLE).unwrap();
    assert_eq!(code.plain(), "0106901234567892111412311715070710A213B1\u{1d}211234");
    assert_eq!(code.gtin().unwrap().as_str(), "06901234567892");
}

#[test]
fn letters_and_signs_of_a_value_are_kept() {
    for (text, lot) in [
        ("(01)06901234567892(10)a-B/c", "a-B/c"),
        ("(01)06901234567892(10)A(5)B", "A(5)B"),
        ("(01)06901234567892(10)A\\(21)B", "A(21)B"),
        ("010690123456789210A(22)B", "A(22)B"),
        ("https://id.gs1.org/01/06901234567892/10/A%2F1", "A/1"),
    ] {
        let code = ElementString::parse(text).unwrap();
        assert_eq!(code.value("10"), Some(lot), "{text}");
        assert_eq!(ElementString::parse(&code.to_string()), Ok(code), "{text}");
    }
}

#[test]
fn what_is_refused() {
    let example = |from: &str, to: &str| EXAMPLE.replace(from, to);
    for (text, told) in [
        // Where the lot ends is not certain without a separator: reported, not guessed.
        ("0106901234567892111412311715070710A213B1211234".to_owned(), (SeparatorMissing, 36)),
        ("010690123456789210B21A7".to_owned(), (SeparatorMissing, 20)),
        ("010690123456789210B1".to_owned() + &"7".repeat(20), (Length, 39)),
        (example("06901234567892", "06901234567893"), (CheckDigit, 18)),
        (example("(17)150707", "(17)151307"), (Date, 33)),
        (example("(17)150707", "(17)150230"), (Date, 33)),
        (example("(01)06901234567892", ""), (KeyMissing, 5)),
        (example("(21)", "(10)"), (IdentifierRepeated, 53)),
        (example("(21)", "(9x)"), (Length, 0)),
        (example("(11)141231", "(11)14123"), (Length, 28)),
        (example("(11)141231", "(11)14123x"), (Character, 28)),
        (example("A213B1", "A2 \u{e9}1"), (Character, 46)),
        ("(04)1(01)06901234567892".to_owned(), (IdentifierUnknown, 2)),
        ("0106901234567892991\u{1d}88".to_owned(), (IdentifierUnknown, 21)),
        ("01069012345678".to_owned() + "\u{1d}", (Length, 15)),
        ("]E0690123456789".to_owned(), (Symbology, 1)),
        ("https://id.gs1.org/about".to_owned(), (KeyMissing, 1)),
        ("https://id.gs1.org/01/06901234567893".to_owned(), (CheckDigit, 36)),
        ("https://id.gs1.org/01/06901234567892/lot/7".to_owned(), (IdentifierUnknown, 38)),
        ("https://id.gs1.org/01/06901234567892/10/%FF".to_owned(), (Character, 41)),
    ] {
        if told.1 == 0 {
            // A bracket that holds no identifier belongs to the lot.
            assert_eq!(warnings(&text), [(Parenthesis, 49)], "{text}");
            continue;
        }
        assert_eq!(faults(&text), (Some("gs1"), vec![told]), "{text}");
    }
}

#[test]
fn what_is_unusual_is_told() {
    for (text, told) in [
        (EXAMPLE, vec![]),
        ("(10)A213B1(01)06901234567892", vec![(ElementOrder, 1)]),
        ("（01）06901234567892", vec![(WidthChanged, 1)]),
        ("(01)06901234567892(10)A(5)B", vec![(Parenthesis, 24)]),
        ("(01)06901234567892(10)ab", vec![]),
        ("010690123456789210B7", vec![]),
        ("(00)000123456000012343", vec![]),
        ("(01)06901234567892(01)06901234567892", vec![]),
    ] {
        assert_eq!(fits(text).map(|(kind, _)| kind), Some("gs1"), "{text}: {:?}", check(text));
        assert_eq!(warnings(text), told, "{text}");
    }
}

#[test]
fn day_00_is_the_last_of_its_month() {
    let told = parts(&check("(01)06901234567892(17)280200"));
    assert_eq!(told.last(), Some(&("expiry_date".to_owned(), "2028-02-29".to_owned())));
}
