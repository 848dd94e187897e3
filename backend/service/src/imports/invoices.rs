//! Rows of invoices: they wait until the whole file was read, and are registered together or not at all.
use jicai_domain::identity::Scope;
use jicai_domain::ids::UserId;
use jicai_domain::imports::{Import, read_invoice_line};
use jicai_store::Tx;

use super::pieces::Line;
use super::taken::{Taken, rejected, wait, whole};
use crate::errors::Error;
use crate::settlement::register_file;

/// Rows of one file: one transaction registers all of them.
const ROWS_MAX: u64 = 50_000;

/// Keeps the rows that can be read. Errors: `BATCH_TOO_LARGE`.
pub(super) async fn take(
    tx: &mut Tx,
    import: &Import,
    rows: (&[Line], &[usize], usize),
) -> Result<Taken, Error> {
    wait(tx, (import, ROWS_MAX), rows, read_invoice_line).await
}

/// Registers what waits where every row is right. Nothing waits after it.
pub(super) async fn conclude(
    tx: &mut Tx,
    (scope, by): (&Scope, UserId),
    import: &Import,
) -> Result<Taken, Error> {
    let (lines, rows): (Vec<Line>, Vec<_>) = whole(tx, import, read_invoice_line).await?.into_iter().unzip();
    if rows.is_empty() {
        return Ok(Taken { acts: Vec::new(), rejects: Vec::new() });
    }
    let done = register_file(tx, (scope, by), rows.into_iter().enumerate().collect()).await?;
    let wrong = done.wrong.into_iter().filter_map(|(at, refusal)| Some(rejected(lines.get(at)?, refusal)));
    Ok(Taken {
        rejects: wrong.collect(),
        acts: done.acts.into_iter().map(|act| act.with("import", import.id)).collect(),
    })
}
