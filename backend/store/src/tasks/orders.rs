//! Orders that wait for their sellers, and deliveries that wait for their hospitals.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use uuid::Uuid;

use super::{DueRow, Row as Waiting};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    since: PgTimestamp,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Timestamptz)]
    until: PgTimestamp,
}

/// Orders with lines that the own organization has not answered.
pub(super) async fn unanswered(
    tx: &mut Tx,
    scope: &Scope,
    (since, subject): (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT o.id, o.placed_at AS since, h.name AS detail, w.until \
         FROM (SELECT l.order_id, min(l.confirm_by) AS until FROM order_lines l WHERE l.seller = $1 AND l.status = 'PLACED' \
             GROUP BY l.order_id) w JOIN orders o ON o.id = w.order_id JOIN organizations h ON h.id = o.hospital \
         WHERE (o.placed_at, o.id) > ($2, $3) ORDER BY o.placed_at, o.id LIMIT $4",
    )
    .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
    .bind::<Timestamptz, _>(since)
    .bind::<SqlUuid, _>(subject)
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.since, Some(row.detail), Some(row.until))).collect())
}

#[derive(QueryableByName)]
struct Undecided {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    shipped_at: PgTimestamp,
    #[diesel(sql_type = Text)]
    note: String,
}

/// Deliveries to the own institution of which something is neither taken nor rejected.
pub(super) async fn undecided(
    tx: &mut Tx,
    scope: &Scope,
    (since, subject): (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Waiting>, StoreError> {
    let rows: Vec<Undecided> = diesel::sql_query(
        "SELECT d.id, d.shipped_at, d.note FROM deliveries d WHERE d.hospital = $1 AND d.accepted + d.rejected < d.packs \
             AND (d.shipped_at, d.id) > ($2, $3) ORDER BY d.shipped_at, d.id LIMIT $4",
    )
    .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
    .bind::<Timestamptz, _>(since)
    .bind::<SqlUuid, _>(subject)
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.shipped_at, Some(row.note))).collect())
}
