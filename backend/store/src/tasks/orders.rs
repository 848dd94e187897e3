//! Orders that wait for their sellers, deliveries and emergencies that wait for their hospitals, and what is asked of firms and offices.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use uuid::Uuid;

use super::{DueRow, endless, found};
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
    let query = "SELECT o.id, o.placed_at AS since, h.name AS detail, w.until \
         FROM (SELECT l.order_id, min(l.confirm_by) AS until FROM order_lines l WHERE l.seller = $1 AND l.status = 'PLACED' \
             GROUP BY l.order_id) w JOIN orders o ON o.id = w.order_id JOIN organizations h ON h.id = o.hospital \
         WHERE (o.placed_at, o.id) > ($2, $3) ORDER BY o.placed_at, o.id LIMIT $4";
    due(tx, query, scope, (since, subject), most).await
}

/// Emergencies of the own institution that nobody has reported.
pub(super) async fn unsaid(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let query = "SELECT l.id, o.placed_at AS since, i.name AS detail, e.report_by AS until FROM emergencies e \
         JOIN order_lines l ON l.id = e.order_line JOIN orders o ON o.id = l.order_id JOIN listings i ON i.id = l.listing \
         WHERE e.hospital = $1 AND e.report IS NULL \
         AND (o.placed_at, l.id) > ($2, $3) ORDER BY o.placed_at, l.id LIMIT $4";
    due(tx, query, scope, after, most).await
}

async fn due(
    tx: &mut Tx,
    query: &'static str,
    scope: &Scope,
    (since, subject): (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(query)
        .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
        .bind::<Timestamptz, _>(since)
        .bind::<SqlUuid, _>(subject)
        .bind::<BigInt, _>(most)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.since, Some(row.detail), Some(row.until))).collect())
}

/// Prices that the own organization is asked for.
pub(super) async fn asked(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let query = "SELECT n.id, n.proposed_at AS since, h.name AS detail FROM negotiated_prices n \
         JOIN organizations h ON h.id = n.hospital WHERE n.manufacturer = $1 AND n.status = 'PROPOSED' \
         AND (n.proposed_at, n.id) > ($2, $3) ORDER BY n.proposed_at, n.id LIMIT $4";
    Ok(endless(found(tx, query, scope, after, most).await?))
}

#[derive(QueryableByName)]
struct Filed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    applied_at: PgTimestamp,
    #[diesel(sql_type = Text)]
    name: String,
}

/// Filings of the jurisdiction that nobody has decided about.
pub(super) async fn unfiled(
    tx: &mut Tx,
    scope: &Scope,
    (since, subject): (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let covered: Vec<String> = scope.regions().iter().map(ToString::to_string).collect();
    let rows: Vec<Filed> = diesel::sql_query(
        "SELECT f.id, f.applied_at, f.name FROM filings f WHERE f.status = 'APPLIED' AND f.within && $1 \
             AND (f.applied_at, f.id) > ($2, $3) ORDER BY f.applied_at, f.id LIMIT $4",
    )
    .bind::<Array<Text>, _>(covered)
    .bind::<Timestamptz, _>(since)
    .bind::<SqlUuid, _>(subject)
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.applied_at, Some(row.name), None)).collect())
}

/// Deliveries to the own institution of which something is neither taken nor rejected.
pub(super) async fn undecided(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let query = "SELECT d.id, d.shipped_at AS since, d.note AS detail FROM deliveries d WHERE d.hospital = $1 \
         AND d.accepted + d.rejected < d.packs AND (d.shipped_at, d.id) > ($2, $3) ORDER BY d.shipped_at, d.id LIMIT $4";
    Ok(endless(found(tx, query, scope, after, most).await?))
}
