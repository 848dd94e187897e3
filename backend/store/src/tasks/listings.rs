//! Distribution relations that wait for an answer, and listings that wait for the office or the firm.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use uuid::Uuid;

use super::Row;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    since: PgTimestamp,
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Relations that the own organization has to accept or refuse.
pub(super) async fn asked(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let query = "SELECT d.id, d.state_since AS since, m.name AS detail FROM distribution_relations d \
         JOIN organizations m ON m.id = d.manufacturer WHERE d.distributor = $1 AND d.state = 'PROPOSED' \
         AND (d.state_since, d.id) > ($3, $4) ORDER BY d.state_since, d.id LIMIT $5";
    waiting(tx, scope, query, after, most).await
}

/// Applications for listings that the own organization has to put right.
pub(super) async fn returned(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let query = "SELECT l.id, l.state_since AS since, l.reason AS detail FROM listings l \
         WHERE l.manufacturer = $1 AND l.state = 'RETURNED' AND (l.state_since, l.id) > ($3, $4) \
         ORDER BY l.state_since, l.id LIMIT $5";
    waiting(tx, scope, query, after, most).await
}

/// Listings of the jurisdiction with a price that nobody has decided.
pub(super) async fn undecided(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let query = "SELECT l.id, p.proposed_at AS since, l.name AS detail FROM listing_prices p JOIN listings l ON l.id = p.listing \
         WHERE p.status = 'PROPOSED' AND l.state IN ('APPLIED', 'LISTED', 'SUSPENDED') AND l.within && $2 \
         AND (p.proposed_at, l.id) > ($3, $4) ORDER BY p.proposed_at, l.id LIMIT $5";
    waiting(tx, scope, query, after, most).await
}

async fn waiting(
    tx: &mut Tx,
    scope: &Scope,
    query: &'static str,
    (since, subject): (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let covered: Vec<String> = scope.regions().iter().map(ToString::to_string).collect();
    let rows: Vec<Found> = diesel::sql_query(query)
        .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
        .bind::<Array<Text>, _>(covered)
        .bind::<Timestamptz, _>(since)
        .bind::<SqlUuid, _>(subject)
        .bind::<BigInt, _>(most)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.since, Some(row.detail))).collect())
}
