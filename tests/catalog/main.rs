//! The public codes: the vectors of their specifications, real records, and what holds of any text.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    reason = "a test stops at the first surprise"
)]

mod any_text;
mod element_strings;
mod kinds;
mod records;
mod specs;

use jicai_domain::catalog::code::{Checked, FindingCode, check};

/// Kind and canonical form, if the text is well formed.
fn fits(text: &str) -> Option<(&'static str, String)> {
    let checked = check(text);
    checked.code.map(|code| (code.kind().name(), code.to_string()))
}

/// Kind, and the errors with their places.
fn faults(text: &str) -> (Option<&'static str>, Vec<(FindingCode, usize)>) {
    let checked = check(text);
    assert!(checked.code.is_none(), "{text} is well formed");
    (checked.kind.map(|kind| kind.name()), told(&checked.errors))
}

fn told(findings: &[jicai_domain::catalog::code::Finding]) -> Vec<(FindingCode, usize)> {
    findings.iter().map(|finding| (finding.code, finding.position)).collect()
}

fn warnings(text: &str) -> Vec<(FindingCode, usize)> {
    told(&check(text).warnings)
}

/// The parts of a code, a day in the century nearest to 2026.
fn parts(checked: &Checked) -> Vec<(String, String)> {
    let parts = checked.code.as_ref().unwrap().parts();
    parts.into_iter().map(|(name, value)| (name.into_owned(), value.text(2026).into_owned())).collect()
}
