//! Prices as they were taken.
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{PriceBatchId, PriceObservationId};
use jicai_domain::pricing::observation::{PriceKind, PriceObservation};
use jicai_domain::time::Day;

use super::row::{COLUMNS, Row, read};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::page::{Page, Part};
use crate::times::on;

/// A part of what was taken together, whether it counts still or not.
pub async fn of_batch(
    tx: &mut Tx,
    batch: PriceBatchId,
    page: &Page<PriceObservationId>,
) -> Result<Part<PriceObservation>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM price_observations o WHERE o.batch = $1 AND ($2 IS NULL OR o.id > $2) ORDER BY o.id LIMIT $3"
    ))
    .bind::<SqlUuid, _>(column(batch))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// What counts now of 三同 groups from a day to a day, both included, of those kinds: by group, day and id. All of it went back counts no more.
pub async fn of_groups(
    tx: &mut Tx,
    loose_groups: &[&str],
    kinds: &[PriceKind],
    (from, to): (Day, Day),
) -> Result<Vec<PriceObservation>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM price_observations o WHERE o.loose_group = ANY ($1) AND o.kind = ANY ($2) AND o.observed_on BETWEEN $3 AND $4 \
             AND o.superseded_by IS NULL AND o.packs IS DISTINCT FROM 0 ORDER BY o.loose_group, o.observed_on, o.id"
    ))
    .bind::<Array<Text>, _>(loose_groups)
    .bind::<Array<Text>, _>(kinds.iter().map(|kind| kind.label()).collect::<Vec<_>>())
    .bind::<Date, _>(on(from))
    .bind::<Date, _>(on(to))
    .load(tx.connection())
    .await?;
    rows.into_iter().map(read).collect()
}
