//! Published editions: whole, and for good.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{RoundId, UserId};
use jicai_domain::time::Timestamp;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::page::{Page, Part};
use crate::schema::{app_clock, round_editions};
use crate::times;

/// An edition to be published.
#[derive(Clone, Debug)]
pub struct NewEdition {
    /// Its round.
    pub round: RoundId,
    /// Its number.
    pub edition: i32,
    /// The announcement as canonical JSON.
    pub canonical: String,
    /// What those bytes hash to.
    pub sha256: Digest,
    /// What it changed, as JSON.
    pub changes: String,
    /// Why; none for the first.
    pub reason: Option<Reason>,
    /// Who published it.
    pub announced_by: UserId,
}

/// Adds a published one.
pub async fn add(tx: &mut Tx, new: &NewEdition) -> Result<(), StoreError> {
    diesel::insert_into(round_editions::table)
        .values((
            round_editions::round.eq(column(new.round)),
            round_editions::edition.eq(new.edition),
            round_editions::canonical.eq(&new.canonical),
            round_editions::sha256.eq(new.sha256.bytes().as_slice()),
            round_editions::changes.eq(&new.changes),
            round_editions::reason.eq(new.reason.as_ref().map(Reason::as_str)),
            round_editions::announced_by.eq(column(new.announced_by)),
            round_editions::announced_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A published one, without its text.
#[derive(Clone, Debug)]
pub struct EditionRow {
    /// Its number.
    pub edition: i32,
    /// What its text hashes to.
    pub sha256: Digest,
    /// What it changed, as JSON.
    pub changes: String,
    /// Why; none for the first.
    pub reason: Option<Reason>,
    /// When it was published.
    pub announced_at: Timestamp,
}

type Row = (i32, Vec<u8>, String, Option<String>, PgTimestamp);

/// A part of the editions of a round, the newest first. The caller has found the round.
pub async fn list(tx: &mut Tx, round: RoundId, page: &Page<i32>) -> Result<Part<EditionRow>, StoreError> {
    let rows: Vec<Row> = round_editions::table
        .filter(round_editions::round.eq(column(round)))
        .filter(round_editions::edition.lt(page.after.unwrap_or(i32::MAX)))
        .order(round_editions::edition.desc())
        .limit(page.limit())
        .select((
            round_editions::edition,
            round_editions::sha256,
            round_editions::changes,
            round_editions::reason,
            round_editions::announced_at,
        ))
        .load(tx.connection())
        .await?;
    let found: Result<Vec<EditionRow>, StoreError> = rows.into_iter().map(edition).collect();
    Ok(Part::cut(found?, page))
}

/// The canonical text of an edition. The caller has found the round. Errors: `NOT_FOUND`.
pub async fn text(tx: &mut Tx, round: RoundId, edition: i32) -> Result<String, StoreError> {
    let row = round_editions::table.find((column(round), edition)).select(round_editions::canonical);
    let text: Option<String> = row.first(tx.connection()).await.optional()?;
    text.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

fn edition((edition, sha256, changes, reason, at): Row) -> Result<EditionRow, StoreError> {
    let unreadable = || StoreError::row("edition", edition);
    let digest: [u8; 32] = sha256.try_into().map_err(|_length| unreadable())?;
    let reason = reason.as_deref().map(Reason::parse).transpose().map_err(|_refusal| unreadable())?;
    let (sha256, announced_at) = (Digest::new(digest), times::timestamp(at));
    Ok(EditionRow { edition, sha256, changes, reason, announced_at })
}
