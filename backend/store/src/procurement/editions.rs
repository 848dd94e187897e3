//! Published editions: whole, and for good.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::documents::Digest;
use jicai_domain::identity::Reason;
use jicai_domain::ids::{RoundId, UserId};

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::schema::{app_clock, round_editions};

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
