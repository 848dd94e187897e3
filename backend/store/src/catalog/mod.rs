//! The registry: items, what was true of them when, their codes, relations, names and flags, and what is proposed and contradicts itself.
pub mod comparable;
pub mod conflicts;
pub mod flags;
pub mod identifiers;
pub mod identities;
pub mod items;
pub mod lookup;
pub mod names;
pub mod proposals;
pub mod relations;
pub mod releases;
pub mod revision;
pub mod uses;
pub mod versions;

use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::item::Span;
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::time::Timestamp;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::schema::item_releases;
use crate::times::{day, timestamp};

/// Whoever changes what is known of items holds this until the transaction ends: so no two close a circle of relations, and nothing is decided
/// while a release is written.
const REGISTRY_LOCK: i64 = 0x6a69_6361_6900_0028;

/// Holds the registry until the transaction ends, and has those told after the commit who remember what it said.
pub async fn hold(tx: &mut Tx) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(REGISTRY_LOCK)
        .execute(tx.connection())
        .await?;
    revision::bump(tx).await
}

/// Keeps whoever would change the registry waiting until the transaction ends, so that what is read now is all that was known at this instant. Others may
/// hold it so at the same time.
pub async fn hold_still(tx: &mut Tx) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_advisory_xact_lock_shared($1)")
        .bind::<BigInt, _>(REGISTRY_LOCK)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Refuses while a release is written. Needs the registry to be held. Errors: `ITEM_RELEASE_RUNS`.
pub async fn no_release_runs(tx: &mut Tx) -> Result<(), StoreError> {
    match applying(tx).await? {
        Some(_) => Err(Refusal::of(Code::ItemReleaseRuns).into()),
        None => Ok(()),
    }
}

/// Up to when everything is known: now, or just before a release that is being written.
pub async fn horizon(tx: &mut Tx) -> Result<Timestamp, StoreError> {
    let now = tx.now().await?;
    let before = applying(tx).await?.map(|begun| Timestamp::from_micros(begun.micros().saturating_sub(1)));
    Ok(before.map_or(now, |before| before.min(now)))
}

async fn applying(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let begun: Option<Option<PgTimestamp>> = item_releases::table
        .filter(item_releases::status.eq("APPLYING"))
        .select(item_releases::recorded_at)
        .first(tx.connection())
        .await
        .optional()?;
    Ok(begun.flatten().map(timestamp))
}

/// When a published release was recorded, and from when it counts. Errors: `NOT_FOUND`.
pub async fn released(tx: &mut Tx, number: i32) -> Result<(Timestamp, jicai_domain::time::Day), StoreError> {
    type Columns =
        (Option<PgTimestamp>, diesel::pg::data_types::PgDate, Option<diesel::pg::data_types::PgDate>);
    let found: Option<Columns> = item_releases::table
        .find(number)
        .filter(item_releases::status.eq("PUBLISHED"))
        .select((item_releases::recorded_at, item_releases::cutoff_on, item_releases::effective_on))
        .first(tx.connection())
        .await
        .optional()?;
    let (recorded, cutoff, effective) = found.ok_or(Refusal::of(Code::NotFound).at("release"))?;
    let recorded = recorded.map(timestamp).ok_or_else(|| StoreError::row("release", number))?;
    Ok((recorded, day(effective.unwrap_or(cutoff))))
}

fn span(
    from: diesel::pg::data_types::PgDate,
    to: Option<diesel::pg::data_types::PgDate>,
) -> Result<Span, StoreError> {
    let (from, to) = (day(from), to.map(day));
    Span::new(from, to).ok_or_else(|| StoreError::row("span", from))
}

fn digest(bytes: Vec<u8>) -> Result<Digest, StoreError> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|bytes| StoreError::row("digest", bytes))?;
    Ok(Digest::new(bytes))
}
