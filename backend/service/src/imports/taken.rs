//! What becomes of the rows of a piece.
use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::imports::{Import, positions};
use jicai_store::Tx;
use jicai_store::imports::{Reject, add_waiting, take_waiting};

use super::pieces::Line;
use crate::errors::Error;

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

/// Keeps rows of a table that is taken whole or not at all, as far as they can be read. Errors: `BATCH_TOO_LARGE` above so many rows.
pub(super) async fn wait<R>(
    tx: &mut Tx,
    (import, most): (&Import, u64),
    (lines, positions, width): (&[Line], &[usize], usize),
    read: impl Fn(&[&str]) -> Result<R, Refusal>,
) -> Result<Taken, Error> {
    if import.rows_read.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX)) > most {
        return Err(Refusal::of(Code::BatchTooLarge).allowing(format!("at most {most} rows")).into());
    }
    let mut rejects = Vec::new();
    let mut waiting = Vec::with_capacity(lines.len());
    for line in lines {
        match fields(line, positions, width).and_then(|fields| read(&fields)) {
            Ok(_read) => waiting.push((line.number, line.fields.clone())),
            Err(refusal) => rejects.push(rejected(line, refusal)),
        }
    }
    if !waiting.is_empty() {
        add_waiting(tx, import.id, &waiting).await?;
    }
    Ok(Taken { acts: Vec::new(), rejects })
}

/// What waits, read again, where every row was right. Nothing waits after it.
pub(super) async fn whole<R>(
    tx: &mut Tx,
    import: &Import,
    read: impl Fn(&[&str]) -> Result<R, Refusal>,
) -> Result<Vec<(Line, R)>, Error> {
    let waiting = take_waiting(tx, import.id).await?;
    if import.rows_rejected > 0 || waiting.is_empty() {
        return Ok(Vec::new());
    }
    let header = import.header.clone().unwrap_or_default();
    let columns = positions(import.kind, &header)?;
    let one = |(number, own): (u64, Vec<String>)| {
        let line = Line { number, fields: own };
        let row = fields(&line, &columns, header.len()).and_then(|fields| read(&fields))?;
        Ok((line, row))
    };
    Ok(waiting.into_iter().map(one).collect::<Result<_, Refusal>>()?)
}
