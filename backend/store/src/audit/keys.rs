//! The public halves of the keys that sign the log after the first one, which is the secret's own.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;
use jicai_domain::ids::LogKeyId;
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::{app_clock, log_keys};
use crate::times::timestamp;

/// The one algorithm today.
pub const ALGORITHM: &str = "Ed25519";

/// A key that proves what it signed, for good.
#[derive(Clone, Debug)]
pub struct LogKey {
    /// Its id.
    pub id: LogKeyId,
    /// Its 32 bytes.
    pub public: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Every key, in the order in which they were made.
pub async fn all(tx: &mut Tx) -> Result<Vec<LogKey>, StoreError> {
    let rows: Vec<(Uuid, Vec<u8>, PgTimestamp)> = log_keys::table
        .order(log_keys::id)
        .select((log_keys::id, log_keys::public_key, log_keys::created_at))
        .load(tx.connection())
        .await?;
    let key = |(key, public, at): (Uuid, Vec<u8>, PgTimestamp)| LogKey {
        id: id(key),
        public,
        created_at: timestamp(at),
    };
    Ok(rows.into_iter().map(key).collect())
}

/// Adds a key. It signs once the entry that tells of it has its place in the log.
pub async fn add(tx: &mut Tx, key: LogKeyId, public: &[u8]) -> Result<(), StoreError> {
    diesel::insert_into(log_keys::table)
        .values((
            log_keys::id.eq(column(key)),
            log_keys::algorithm.eq(ALGORITHM),
            log_keys::public_key.eq(public),
            log_keys::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct PlacedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The key that signs now: the one whose entry came last of those that have a place in the log; none while the first key signs.
pub async fn signing(tx: &mut Tx) -> Result<Option<LogKeyId>, StoreError> {
    let row: Option<PlacedRow> = diesel::sql_query(
        // Each key's entry is looked up. Of a table that is nearly empty Postgres keeps no statistics, and a join went through the whole log.
        "SELECT k.id FROM log_keys k CROSS JOIN LATERAL (SELECT p.position FROM audit_entries e JOIN audit_positions p ON p.entry = e.id \
             WHERE e.subject = 'lky_' || replace(k.id::text, '-', '') AND e.kind = 'LogKeyAdded' ORDER BY p.position DESC LIMIT 1) AS placed \
         ORDER BY placed.position DESC LIMIT 1",
    )
    .get_result(tx.connection())
    .await
    .optional()?;
    Ok(row.map(|row| id(row.id)))
}
