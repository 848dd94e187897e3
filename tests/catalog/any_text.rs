//! What holds of any text.
use jicai_domain::catalog::code::{CodeKind, ElementString, PublicCode, check, check_as, gs1_check};
use proptest::prelude::*;

/// Texts near the codes: of their alphabets, with what people and scanners add.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9]{0,28}",
        "[XZTC][0-9A-Z]{0,27}",
        "JC[XZTGHCRQ][0-9]{7,10}[0-9A-Z]{0,2}",
        "[a-zA-Z0-9.*()\\]\u{1d}/:?&=%（）０-９ \u{3000}\u{200b}-]{0,60}",
        "国药准字[HZSBTFJC]{0,3}[0-9]{6,9}",
        "[国苏京][械食药监管注准进许()（）字第号备0-9]{0,24}",
        "MA\\.[0-9]{3}\\.M0\\.[0-9A-Z]{6}\\.[0-9A-Z]{8}(\\.[A-Za-z0-9]{0,8}){0,3}",
        "MF[0-9]{1,13}((BN|SN|MD|ED|PL)[a-z0-9*]{0,8}){0,3}",
        elements().prop_map(|elements| plain(&elements)),
    ]
}

fn gtin() -> impl Strategy<Value = String> {
    "[0-9]{13}".prop_map(|body| format!("{body}{}", gs1_check(&body)))
}

/// Elements of a label: a GTIN, then others in any order.
fn elements() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    const VALUE: &str = "[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,20}";
    let day = (0..100_u8, 1..=12_u8, 0..=28_u8)
        .prop_map(|(year, month, day)| format!("{year:02}{month:02}{day:02}"));
    let others = (day.clone(), day, VALUE, VALUE, VALUE)
        .prop_map(|(made, ends, lot, serial, id)| {
            vec![("11", made), ("17", ends), ("10", lot), ("21", serial), ("240", id)]
        })
        .prop_flat_map(|all| (Just(all).prop_shuffle(), 0..6_usize));
    (gtin(), others).prop_map(|(gtin, (mut others, count))| {
        others.truncate(count);
        others.insert(0, ("01", gtin));
        others
    })
}

fn plain(elements: &[(&str, String)]) -> String {
    let joined = elements.iter().map(|(identifier, value)| format!("{identifier}{value}\u{1d}"));
    joined.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_text_stops_the_program_and_what_is_read_reads_the_same_again(text in text()) {
        let checked = check(&text);
        prop_assert_eq!(checked.code.is_some(), checked.errors.is_empty());
        let end = text.chars().count() + 1;
        for finding in checked.errors.iter().chain(&checked.warnings) {
            prop_assert!((1..=end.max(1)).contains(&finding.position), "{:?}", finding);
        }
        for kind in CodeKind::ALL {
            let Some(code) = check_as(*kind, &text).code else { continue };
            let again = check_as(*kind, &code.to_string());
            prop_assert_eq!(again.code.as_ref(), Some(&code), "{:?}: {:?}", kind, again.errors);
            let canonical = again.code.map(|code| code.to_string());
            prop_assert_eq!(canonical, Some(code.to_string()));
        }
    }

    #[test]
    fn no_character_of_an_element_string_is_lost(elements in elements()) {
        let scanned = plain(&elements);
        let code = ElementString::parse(&scanned).unwrap();
        let read: Vec<_> = code.elements().iter().map(|one| (one.identifier(), one.value().to_owned())).collect();
        prop_assert_eq!(&read, &elements);
        prop_assert_eq!(ElementString::parse(&code.plain()).ok(), (!ambiguous(&code)).then(|| code.clone()));
        prop_assert_eq!(ElementString::parse(&code.to_string()), Ok(code));
    }

    #[test]
    fn any_changed_digit_of_a_key_is_noticed(gtin in gtin(), at in 0..14_usize, by in 1..10_u8) {
        let mut bytes = gtin.clone().into_bytes();
        bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
        let wrong = String::from_utf8(bytes).unwrap();
        prop_assert!(check_as(CodeKind::Gtin, &gtin).code.is_some());
        let refused = check_as(CodeKind::Gtin, &wrong);
        prop_assert!(refused.code.is_none());
        prop_assert!(refused.errors[0].candidates.contains(&gtin));
    }
}

/// Whether the plain form has no separator though its last value could end earlier.
fn ambiguous(code: &ElementString) -> bool {
    ElementString::parse(&code.plain()).is_err_and(|faults| faults[0].code.name() == "GS1_SEPARATOR_MISSING")
}
