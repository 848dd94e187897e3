//! GS1 Digital Link: `https://id.gs1.org/01/06901234567892/21/1234?17=150707`.
use percent_encoding::percent_decode_str;

use super::identifier::{form, is_key};
use super::{Element, Faults, Finding, FindingCode, Read, rules, unknown_identifier};

/// A piece of the address, and the place where it begins.
type Piece<'t> = (usize, &'t str);

/// Reads the elements of path and query. What stands before the key in the path is the resolver's; what is no identifier in the query
/// is not about the item.
pub(super) fn read(text: &str, start: usize) -> Result<Vec<Read>, Faults> {
    let (address, _fragment) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let query_at = after(start, path);
    let segments: Vec<Piece<'_>> = pieces(path, '/', start).skip(3).collect();
    let Some(first) = segments.iter().position(|(_, segment)| is_key(segment)) else {
        let (english, chinese) =
            ("a path with a key, such as /01/ and a GTIN", "路径中须含主标识符，如 /01/ 加 GTIN");
        return Err(vec![Finding::new(FindingCode::KeyMissing, start, english, chinese)]);
    };
    let mut pairs: Vec<(Piece<'_>, Piece<'_>)> = Vec::new();
    for pair in segments.get(first..).unwrap_or_default().chunks(2) {
        match pair {
            [identifier, value] => pairs.push((*identifier, *value)),
            [(_, "")] => {}
            _ => return Err(unknown_identifier(pair.first().map_or(start, |(at, _)| *at))),
        }
    }
    let attributes = pieces(query, '&', query_at).filter_map(|(at, pair)| {
        let (identifier, value) =
            pair.split_once('=').filter(|(identifier, _)| form(identifier).is_some())?;
        Some(((at, identifier), (after(at, identifier), value)))
    });
    pairs.extend(attributes);
    pairs.into_iter().map(|(identifier, value)| element(identifier, value)).collect()
}

/// The pieces between separators, with their places.
fn pieces(text: &str, separator: char, start: usize) -> impl Iterator<Item = Piece<'_>> {
    let mut at = start;
    text.split(separator).map(move |piece| {
        let here = at;
        at = after(here, piece);
        (here, piece)
    })
}

/// The place behind a piece and its separator.
fn after(at: usize, piece: &str) -> usize {
    at.saturating_add(piece.chars().count()).saturating_add(1)
}

fn element((identifier_at, identifier): Piece<'_>, (at, value): Piece<'_>) -> Result<Read, Faults> {
    let Some(form) = form(identifier) else { return Err(unknown_identifier(identifier_at)) };
    let Ok(value) = percent_decode_str(value).decode_utf8() else {
        return Err(vec![super::super::layout::character(at, 'n')]);
    };
    // A GTIN may stand there with 8, 12 or 13 digits.
    let short = identifier == "01" && matches!(value.len(), 8 | 12 | 13);
    let value = if short { format!("{value:0>14}") } else { value.into_owned() };
    rules::fits(identifier, form, &value, at)?;
    Ok(Read { element: Element { identifier: identifier.to_owned(), value }, at })
}
