//! Rows of invoices: they wait until the whole file was read, and are registered together or not at all.
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Scope;
use jicai_domain::ids::UserId;
use jicai_domain::imports::{Import, ImportedInvoiceLine, positions, read_invoice_line};
use jicai_store::Tx;
use jicai_store::imports as rows;

use super::pieces::Line;
use super::taken::{Taken, fields, rejected};
use crate::errors::Error;
use crate::settlement::register_file;

/// Rows of one file: one transaction registers all of them.
const ROWS_MAX: u64 = 50_000;

/// Keeps the rows that can be read. Errors: `BATCH_TOO_LARGE`.
pub(super) async fn take(
    tx: &mut Tx,
    import: &Import,
    (lines, positions, width): (&[Line], &[usize], usize),
) -> Result<Taken, Error> {
    if import.rows_read.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX)) > ROWS_MAX {
        return Err(Refusal::of(Code::BatchTooLarge).allowing(format!("at most {ROWS_MAX} rows")).into());
    }
    let mut rejects = Vec::new();
    let mut waiting = Vec::with_capacity(lines.len());
    for line in lines {
        match read(line, positions, width) {
            Ok(_read) => waiting.push((line.number, line.fields.clone())),
            Err(refusal) => rejects.push(rejected(line, refusal)),
        }
    }
    if !waiting.is_empty() {
        rows::add_waiting(tx, import.id, &waiting).await?;
    }
    Ok(Taken { acts: Vec::new(), rejects })
}

/// Registers what waits where every row is right. Nothing waits after it.
pub(super) async fn conclude(
    tx: &mut Tx,
    (scope, by): (&Scope, UserId),
    import: &Import,
) -> Result<Taken, Error> {
    let waiting = rows::take_waiting(tx, import.id).await?;
    let mut taken = Taken { acts: Vec::new(), rejects: Vec::new() };
    if import.rows_rejected > 0 || waiting.is_empty() {
        return Ok(taken);
    }
    let header = import.header.clone().unwrap_or_default();
    let columns = positions(import.kind, &header)?;
    let lines: Vec<Line> = waiting.into_iter().map(|(number, fields)| Line { number, fields }).collect();
    let file = lines.iter().enumerate().map(|(at, line)| Ok((at, read(line, &columns, header.len())?)));
    let done = register_file(tx, (scope, by), file.collect::<Result<_, Refusal>>()?).await?;
    let wrong = done.wrong.into_iter().filter_map(|(at, refusal)| Some(rejected(lines.get(at)?, refusal)));
    taken.rejects = wrong.collect();
    taken.acts = done.acts.into_iter().map(|act| act.with("import", import.id)).collect();
    Ok(taken)
}

fn read(line: &Line, positions: &[usize], width: usize) -> Result<ImportedInvoiceLine, Refusal> {
    read_invoice_line(&fields(line, positions, width)?)
}
