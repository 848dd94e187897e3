//! Rows of orders: they wait until the whole file was read, so that the rows of a number are one order however they lie.
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_domain::imports::{Import, ImportedOrderLine, positions, read_order_line};
use jicai_store::Tx;
use jicai_store::imports as rows;

use super::pieces::Line;
use super::taken::{Taken, fields, rejected};
use crate::errors::Error;
use crate::ordering::{OrderSheet, order_sheet};

/// Rows of one file: one transaction orders all of them.
const ROWS_MAX: u64 = 5_000;

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

/// Orders what waits: all of it or nothing, or each row that is right. What is wrong is told of every row either way. Nothing waits after it.
pub(super) async fn conclude(tx: &mut Tx, caller: &Caller, import: &Import) -> Result<Taken, Error> {
    let waiting = rows::take_waiting(tx, import.id).await?;
    let header = import.header.clone().unwrap_or_default();
    let columns = positions(import.kind, &header)?;
    let lines: Vec<Line> = waiting.into_iter().map(|(number, fields)| Line { number, fields }).collect();
    let rows = lines.iter().enumerate().map(|(at, line)| Ok((at, read(line, &columns, header.len())?)));
    let sheet = OrderSheet {
        import: import.id,
        whole: import.whole,
        faulty: import.rows_rejected > 0,
        rows: rows.collect::<Result<_, Refusal>>()?,
    };
    let done = order_sheet(tx, caller, sheet).await?;
    let wrong = done.wrong.into_iter().filter_map(|(at, refusal)| Some(rejected(lines.get(at)?, refusal)));
    let acts = done.acts.into_iter().map(|act| act.with("import", import.id)).collect();
    Ok(Taken { acts, rejects: wrong.collect() })
}

fn read(line: &Line, positions: &[usize], width: usize) -> Result<ImportedOrderLine, Refusal> {
    read_order_line(&fields(line, positions, width)?)
}
