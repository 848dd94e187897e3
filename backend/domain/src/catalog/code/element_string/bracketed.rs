//! The form for people: each identifier in brackets.
use super::identifier::form;
use super::{Element, Faults, Read, rules, unknown_identifier};

/// Reads the elements. A bracket that holds no identifier belongs to the value, and so does one behind a backslash.
pub(super) fn read(text: &str, start: usize) -> Result<Vec<Read>, Faults> {
    let mut read = Vec::new();
    let mut rest = text;
    let place = |rest: &str| start.saturating_add(text.chars().count().saturating_sub(rest.chars().count()));
    while !rest.is_empty() {
        let Some((identifier, after)) = opening(rest) else {
            return Err(unknown_identifier(place(rest).saturating_add(usize::from(rest.starts_with('(')))));
        };
        let at = place(after);
        let (value, next) = value(after);
        if let Some(form) = form(identifier) {
            rules::fits(identifier, form, &value, at)?;
        }
        read.push(Read { element: Element { identifier: identifier.to_owned(), value }, at });
        rest = next;
    }
    Ok(read)
}

/// A bracketed identifier that is known, and what follows it.
pub(super) fn opening(text: &str) -> Option<(&str, &str)> {
    let (identifier, after) = text.strip_prefix('(')?.split_once(')')?;
    form(identifier).map(|_| (identifier, after))
}

/// The value up to the next identifier, and the rest.
fn value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text;
    while let Some(one) = rest.chars().next().filter(|_| opening(rest).is_none()) {
        let escaped = rest.strip_prefix("\\(");
        value.push(if escaped.is_some() { '(' } else { one });
        rest = escaped.or_else(|| rest.get(one.len_utf8()..)).unwrap_or_default();
    }
    (value, rest)
}
