//! Rows of prices: a piece is a few statements, however many rows it has.
use jicai_domain::identity::Caller;
use jicai_domain::imports::Import;
use jicai_domain::pricing::report::{Reporter, read_price};
use jicai_store::Tx;

use super::pieces::Line;
use super::taken::{Taken, fields, rejected};
use crate::errors::Error;
use crate::pricing::{record_batch, sift};

/// Takes those of the rows that are right; what may be a slip waits as a ticket and is no rejected row.
pub(super) async fn take(
    tx: &mut Tx,
    (caller, import): (&Caller, &Import),
    (lines, positions, width): (&[Line], &[usize], usize),
) -> Result<Taken, Error> {
    let reporter = Reporter::of(caller)?;
    let mut rejects = Vec::new();
    let mut rows = Vec::with_capacity(lines.len());
    for (place, line) in lines.iter().enumerate() {
        match fields(line, positions, width).and_then(|fields| read_price(&fields)) {
            Ok(row) => rows.push((place, row)),
            Err(refusal) => rejects.push(rejected(line, refusal)),
        }
    }
    let sifted = sift(tx, &reporter, rows).await?;
    let refused =
        sifted.refused.into_iter().filter_map(|(place, refusal)| Some((lines.get(place)?, refusal)));
    rejects.extend(refused.map(|(line, refusal)| rejected(line, refusal)));
    let (_taken, act) = record_batch(tx, import.organization, &sifted.batch).await?;
    Ok(Taken { acts: vec![act.with("import", import.id)], rejects })
}
