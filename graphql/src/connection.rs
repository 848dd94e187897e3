//! Relay connections: forward pages of bounded size, cursors that are the ids of the rows.
use async_graphql::OutputType;
use async_graphql::connection::{Connection, Edge};
use jicai_domain::errors::{Code, Refusal};
use jicai_service::{Page, Part};

use crate::limits::{PAGE_DEFAULT, PAGE_MAX};

/// What a list costs: its rows times what a row costs.
pub(crate) fn cost(first: Option<i32>, child: usize) -> usize {
    let rows = first.and_then(|first| usize::try_from(first).ok()).unwrap_or(usize::from(PAGE_DEFAULT));
    rows.saturating_mul(child).saturating_add(1)
}

/// The page that a client asks for. Errors: `PAGE_SIZE`, `CURSOR_INVALID`.
pub(crate) fn page<K>(
    first: Option<i32>,
    after: Option<&str>,
    read: impl FnOnce(&str) -> Result<K, Refusal>,
) -> Result<Page<K>, Refusal> {
    let outside = || Refusal::of(Code::PageSize).at("first").allowing(format!("1 to {PAGE_MAX}"));
    let first = first.map_or(Ok(PAGE_DEFAULT), |first| u16::try_from(first).map_err(|_range| outside()))?;
    if first == 0 || first > PAGE_MAX {
        return Err(outside());
    }
    let after =
        after.map(read).transpose().map_err(|_cursor| Refusal::of(Code::CursorInvalid).at("after"))?;
    Ok(Page { first, after })
}

/// A part of a list as a connection.
pub(crate) fn connection<T, N: OutputType>(
    part: Part<T>,
    cursor: impl Fn(&T) -> String,
    node: impl Fn(T) -> N,
) -> Connection<String, N> {
    let mut connection = Connection::new(false, part.more);
    connection.edges.extend(part.rows.into_iter().map(|row| Edge::new(cursor(&row), node(row))));
    connection
}
