//! What has to hold of a value, and of all elements together.
use super::super::digits::gs1_valid;
use super::super::keys::check_digit;
use super::super::layout::character;
use super::bracketed::opening;
use super::identifier::{Form, Tail, is_character, is_dated, is_key, is_predefined};
use super::{Clean, ElementString, Faults, Finding, FindingCode, Read, ShortDate};

/// Whether a value has the form of its identifier. Errors: `CODE_LENGTH`, `CODE_CHARACTER`, `CODE_CHECK_DIGIT`, `CODE_DATE`.
pub(super) fn fits(identifier: &str, form: Form, value: &str, at: usize) -> Result<(), Faults> {
    let place = |index: usize| at.saturating_add(index);
    let (least, most) = (form.head.saturating_add(form.least), form.head.saturating_add(form.most));
    let length = value.chars().count();
    let digits = |index: usize| index < form.head || form.tail == Tail::Digits;
    let wrong = |(index, one): &(usize, char)| {
        if digits(*index) { !one.is_ascii_digit() } else { !is_character(*one) }
    };
    if let Some((index, _)) = value.chars().enumerate().find(wrong) {
        return Err(vec![wrong_character(place(index), digits(index))]);
    }
    if !(least..=most).contains(&length) {
        return Err(vec![wrong_length(identifier, [least, most], length, place(length.min(most)))]);
    }
    let checked = value.get(..form.checked).unwrap_or_default();
    if !checked.is_empty() && !gs1_valid(checked) {
        return Err(vec![check_digit(checked, place)]);
    }
    if is_dated(identifier) && value.get(..6).and_then(ShortDate::parse).is_none() {
        let (english, chinese) =
            ("a day YYMMDD, or YYMM00 for the last one of a month", "日期 YYMMDD（YYMM00 表示当月最后一天）");
        return Err(vec![Finding::new(FindingCode::Date, at, english, chinese)]);
    }
    Ok(())
}

fn wrong_character(position: usize, digits: bool) -> Finding {
    if digits {
        return character(position, 'd');
    }
    let (english, chinese) = ("one of the 82 characters of GS1", "GS1 字符集 82 中的字符");
    Finding::new(FindingCode::Character, position, english, chinese)
}

fn wrong_length(identifier: &str, [least, most]: [usize; 2], found: usize, position: usize) -> Finding {
    let bounds = if least == most { most.to_string() } else { format!("{least}-{most}") };
    Finding::new(
        FindingCode::Length,
        position,
        format!("{bounds} characters after {identifier}, not {found}"),
        format!("（{identifier}）之后 {bounds} 位（实为 {found} 位）"),
    )
}

/// What has to hold of the elements together. Errors: `GS1_KEY_MISSING`, `GS1_IDENTIFIER_REPEATED`.
pub(super) fn judge(read: &[Read]) -> Result<(), Faults> {
    if !read.iter().any(|read| is_key(&read.element.identifier)) {
        let at = read.first().map_or(1, |read| read.at);
        let (english, chinese) = ("a key, such as 01 with a GTIN", "主标识符，如（01）加 GTIN");
        return Err(vec![Finding::new(FindingCode::KeyMissing, at, english, chinese)]);
    }
    for (index, later) in read.iter().enumerate() {
        let mut before = read.iter().take(index).map(|read| &read.element);
        let differs =
            before.any(|one| one.identifier == later.element.identifier && one.value != later.element.value);
        if differs {
            let (english, chinese) = ("the same value as before, or none", "与前面相同的内容，或不重复");
            return Err(vec![Finding::new(FindingCode::IdentifierRepeated, later.at, english, chinese)]);
        }
    }
    Ok(())
}

/// What scanners and printers should do otherwise.
pub(super) fn remarks(code: &ElementString, clean: &Clean<'_>) -> Vec<Finding> {
    let identifiers = || code.elements().iter().map(|element| element.identifier.as_str());
    let late = identifiers().skip_while(|identifier| is_predefined(identifier)).any(is_predefined);
    let order = late.then(|| {
        let (english, chinese) = ("elements of predefined length first", "预定义长度的单元数据在前");
        Finding::new(FindingCode::ElementOrder, clean.position(0), english, chinese)
    });
    let bracketed = clean.cased().starts_with('(');
    let stray = bracketed.then(|| stray_bracket(clean.cased())).flatten().map(|at| {
        let (english, chinese) = ("\\( for a bracket in a value", "内容中的括号写作 \\(");
        Finding::new(FindingCode::Parenthesis, clean.position(at), english, chinese)
    });
    order.into_iter().chain(stray).collect()
}

/// The index of a bracket that opens no identifier and stands behind no backslash.
fn stray_bracket(text: &str) -> Option<usize> {
    let escaped = |at: usize| text.get(..at).is_some_and(|before| before.ends_with('\\'));
    let stray = |(at, _): &(usize, &str)| {
        !escaped(*at) && text.get(*at..).is_some_and(|rest| opening(rest).is_none())
    };
    let (at, _) = text.match_indices('(').find(stray)?;
    text.get(..at).map(|before| before.chars().count())
}
