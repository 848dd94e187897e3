//! Any text as a code: nothing panics, every finding has a place in the text, and what is read reads the same again.
#![no_main]

use jicai_domain::catalog::code::{CodeKind, check, check_as};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let checked = check(text);
    assert_eq!(checked.code.is_some(), checked.errors.is_empty());
    let end = text.chars().count() + 1;
    assert!(checked.errors.iter().chain(&checked.warnings).all(|finding| (1..=end).contains(&finding.position)));
    for kind in CodeKind::ALL {
        if let Some(code) = check_as(*kind, text).code {
            assert_eq!(check_as(*kind, &code.to_string()).code, Some(code));
        }
    }
});
