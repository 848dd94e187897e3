//! Elements one after the other.
use super::identifier::{Form, is_on_labels, is_predefined, leading};
use super::{Element, Faults, Finding, FindingCode, Read, SEPARATOR, ShortDate, rules, unknown_identifier};

/// Reads the elements. Errors: what is no identifier, what is too short, and where a separator may be missing.
pub(super) fn read(text: &str, start: usize) -> Result<Vec<Read>, Faults> {
    let mut read: Vec<Read> = Vec::new();
    let mut rest = text.trim_start_matches(SEPARATOR);
    let place = |rest: &str| start.saturating_add(text.chars().count().saturating_sub(rest.chars().count()));
    while !rest.is_empty() {
        let Some((identifier, form)) = leading(rest) else {
            return Err(unknown_identifier(place(rest)));
        };
        let after = rest.get(identifier.len()..).unwrap_or_default();
        let at = place(after);
        let (value, next) = split(identifier, form, after);
        rules::fits(identifier, form, value, at)?;
        read.push(Read {
            element: Element { identifier: identifier.to_owned(), value: value.to_owned() },
            at,
        });
        rest = next.strip_prefix(SEPARATOR).unwrap_or(next);
    }
    certain(text, &read)?;
    Ok(read)
}

/// The value, and what follows it.
fn split<'t>(identifier: &str, form: Form, text: &'t str) -> (&'t str, &'t str) {
    let separated = text.find(SEPARATOR).unwrap_or(text.len());
    let end = if is_predefined(identifier) { form.head.min(separated) } else { separated };
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Without any separator the last value must not be one that could end earlier.
fn certain(text: &str, read: &[Read]) -> Result<(), Faults> {
    let Some(last) = read.last().filter(|last| !is_predefined(&last.element.identifier)) else {
        return Ok(());
    };
    if text.trim_start_matches(SEPARATOR).contains(SEPARATOR) {
        return Ok(());
    }
    let value = last.element.value.as_str();
    let known = |identifier: &str| read.iter().any(|read| read.element.identifier == identifier);
    let earlier = value
        .char_indices()
        .skip(1)
        .find(|(at, _)| value.get(*at..).is_some_and(|rest| goes_on(rest, &known)));
    let Some((at, _)) = earlier else { return Ok(()) };
    let rest = value.get(at..).unwrap_or_default();
    let identifier = &last.element.identifier;
    Err(vec![Finding::new(
        FindingCode::SeparatorMissing,
        last.at.saturating_add(at),
        format!(
            "a separator (GS) or the bracketed form: {rest} may go on with the value of {identifier} or begin another element"
        ),
        format!("分隔符（GS）或带括号格式：{rest} 可能仍属于（{identifier}），也可能是下一个单元数据"),
    )])
}

/// Whether the text could be further elements of a label, to its end.
fn goes_on(text: &str, known: &impl Fn(&str) -> bool) -> bool {
    let Some((identifier, form)) =
        leading(text).filter(|(identifier, _)| is_on_labels(identifier) && !known(identifier))
    else {
        return false;
    };
    let value = text.get(identifier.len()..).unwrap_or_default();
    if form.most > 0 {
        return !value.is_empty();
    }
    match value.split_at_checked(form.head) {
        Some((date, rest)) => ShortDate::parse(date).is_some() && (rest.is_empty() || goes_on(rest, known)),
        None => false,
    }
}
