//! What becomes of the rows of a piece.
use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_store::imports::Reject;

use super::pieces::Line;

/// What became of some rows.
pub(super) struct Taken {
    pub(super) acts: Vec<Act>,
    pub(super) rejects: Vec<Reject>,
}

/// The fields of a row in the order of the columns. Errors: `ROW_TOO_WIDE`.
pub(super) fn fields<'l>(line: &'l Line, positions: &[usize], width: usize) -> Result<Vec<&'l str>, Refusal> {
    if line.fields.iter().skip(width).any(|field| !field.trim().is_empty()) {
        return Err(Refusal::of(Code::RowTooWide).allowing(width.to_string()));
    }
    Ok(positions.iter().map(|at| line.fields.get(*at).map_or("", String::as_str)).collect())
}

/// The row that was not taken.
pub(super) fn rejected(line: &Line, refusal: Refusal) -> Reject {
    Reject { line: line.number, fields: line.fields.clone(), refusal }
}
