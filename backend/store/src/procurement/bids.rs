//! Sealed bids behind the second wall: row-level security shows them only to a transaction that has said whose bid, or which round's
//! bids, it works on.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use jicai_domain::audit::merkle::Hash;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Scope;
use jicai_domain::ids::{BidId, RoundId, UserId};
use jicai_domain::procurement::bid::{Bid, BidStatus};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{bid_keys, bid_submissions, bids, round_commitments, round_sealings};
use crate::times::{at, timestamp};

/// Commitments that one statement stores.
const COMMITMENTS_AT_ONCE: usize = 5_000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = bids)]
struct Row {
    id: Uuid,
    round: Uuid,
    bidder: Uuid,
    status: String,
    version: i32,
    key: Uuid,
    commitment: Vec<u8>,
    digest: Vec<u8>,
    received_at: PgTimestamp,
}

/// Something that happened to a bid.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The bid as it was after that.
    pub bid: Bid,
    /// Who did it.
    pub by: UserId,
}

/// What a round published when it was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// The root over the sorted commitments.
    pub root: Hash,
    /// How many there are.
    pub size: i32,
    /// When.
    pub sealed_at: Timestamp,
}

/// Opens the wall to the bids of the scope's own organization, until the transaction ends. Errors: `NOT_FOUND` for a scope that is not
/// one organization.
pub async fn reach_own(tx: &mut Tx, scope: &Scope) -> Result<(), StoreError> {
    let organization = scope.organization().ok_or(Refusal::of(Code::NotFound))?;
    say(tx, "jicai.bidder", column(organization)).await
}

/// Opens the wall to the bids of a round, until the transaction ends: for the sealing and the opening, and for nobody who asks.
pub async fn reach_round(tx: &mut Tx, round: RoundId) -> Result<(), StoreError> {
    say(tx, "jicai.bids_of_round", column(round)).await
}

async fn say(tx: &mut Tx, setting: &'static str, value: Uuid) -> Result<(), StoreError> {
    let said = diesel::sql_query("SELECT set_config($1, $2, true)")
        .bind::<Text, _>(setting)
        .bind::<Text, _>(value.to_string());
    tx.later(said).await
}

/// The bid of the scope's own organization in a round; none when it never sealed one. Needs `reach_own`.
pub async fn own(tx: &mut Tx, scope: &Scope, round: RoundId) -> Result<Option<Bid>, StoreError> {
    let row: Option<Row> = own_rows(scope, round).first(tx.connection()).await.optional()?;
    row.map(bid).transpose()
}

/// The same, held for a change until the transaction ends. Needs `reach_own`.
pub async fn lock_own(tx: &mut Tx, scope: &Scope, round: RoundId) -> Result<Option<Bid>, StoreError> {
    let row: Option<Row> = own_rows(scope, round).for_update().first(tx.connection()).await.optional()?;
    row.map(bid).transpose()
}

#[diesel::dsl::auto_type(no_type_alias)]
fn own_rows<'a>(scope: &'a Scope, round: RoundId) -> _ {
    let bidder: Option<Uuid> = scope.organization().map(column);
    let round: Uuid = column(round);
    let row: diesel::dsl::AsSelect<Row, diesel::pg::Pg> = Row::as_select();
    bids::table.filter(bids::round.eq(round)).filter(bids::bidder.nullable().eq(bidder)).select(row)
}

/// Keeps a bid as it is now, with its envelope while it counts; the envelope before it is gone. Errors: `BID_VERSION` when somebody else of
/// the organization sealed the first one meanwhile.
pub async fn save(tx: &mut Tx, submission: &Submission, ciphertext: Option<&[u8]>) -> Result<(), StoreError> {
    let Submission { bid, by } = submission;
    let sealed = diesel::insert_into(bids::table)
        .values((
            bids::id.eq(column(bid.id)),
            bids::round.eq(column(bid.round)),
            bids::bidder.eq(column(bid.bidder)),
            bids::status.eq(bid.status.label()),
            bids::version.eq(bid.version),
            bids::key.eq(column(bid.key)),
            bids::commitment.eq(bid.commitment.to_vec()),
            bids::digest.eq(bid.digest.to_vec()),
            bids::ciphertext.eq(ciphertext.map(<[u8]>::to_vec)),
            bids::received_at.eq(at(bid.received_at)),
        ))
        .on_conflict(bids::id)
        .do_update()
        .set((
            bids::status.eq(excluded(bids::status)),
            bids::version.eq(excluded(bids::version)),
            bids::key.eq(excluded(bids::key)),
            bids::commitment.eq(excluded(bids::commitment)),
            bids::digest.eq(excluded(bids::digest)),
            bids::ciphertext.eq(excluded(bids::ciphertext)),
            bids::received_at.eq(excluded(bids::received_at)),
        ));
    tx.later(sealed).await?;
    let happened = diesel::insert_into(bid_submissions::table).values((
        bid_submissions::bid.eq(column(bid.id)),
        bid_submissions::version.eq(bid.version),
        bid_submissions::kind.eq(bid.status.label()),
        bid_submissions::round.eq(column(bid.round)),
        bid_submissions::bidder.eq(column(bid.bidder)),
        bid_submissions::commitment.eq(bid.commitment.to_vec()),
        bid_submissions::digest.eq(bid.digest.to_vec()),
        bid_submissions::submitted_by.eq(column(*by)),
        bid_submissions::at.eq(at(bid.received_at)),
    ));
    tx.later(happened).await
}

type SubmissionRow = (i32, String, Vec<u8>, Vec<u8>, Uuid, PgTimestamp);

/// What happened to a bid that the transaction reaches, the newest first; the key of a page is the version and whether it was withdrawn.
pub async fn submissions(
    tx: &mut Tx,
    current: &Bid,
    page: &Page<(i32, BidStatus)>,
) -> Result<Part<Submission>, StoreError> {
    let of_bid = bid_submissions::bid.eq(column(current.id));
    let mut query = bid_submissions::table
        .filter(of_bid)
        .select((
            bid_submissions::version,
            bid_submissions::kind,
            bid_submissions::commitment,
            bid_submissions::digest,
            bid_submissions::submitted_by,
            bid_submissions::at,
        ))
        .into_boxed();
    if let Some((version, status)) = page.after {
        let earlier = bid_submissions::version.lt(version);
        // A version is withdrawn after it was sealed.
        query = match status {
            BidStatus::Sealed => query.filter(earlier),
            BidStatus::Withdrawn => {
                let sealed = bid_submissions::kind.eq(BidStatus::Sealed.label());
                query.filter(earlier.or(bid_submissions::version.eq(version).and(sealed)))
            }
        };
    }
    let order = (bid_submissions::version.desc(), bid_submissions::kind.desc());
    let rows: Vec<SubmissionRow> = query.order(order).limit(page.limit()).load(tx.connection()).await?;
    let read: Result<Vec<Submission>, StoreError> =
        rows.into_iter().map(|row| submission(current, row)).collect();
    Ok(Part::cut(read?, page))
}

fn submission(current: &Bid, row: SubmissionRow) -> Result<Submission, StoreError> {
    let (version, kind, commitment, digest, by, received_at) = row;
    let bid = Bid {
        status: BidStatus::from_label(&kind).ok_or_else(|| StoreError::row("kind", &kind))?,
        version,
        commitment: hash(commitment)?,
        digest: hash(digest)?,
        received_at: timestamp(received_at),
        ..current.clone()
    };
    Ok(Submission { bid, by: id(by) })
}

/// The commitments of the round's sealed bids, sorted. Needs `reach_round`.
pub async fn sealed_commitments(tx: &mut Tx, round: RoundId) -> Result<Vec<Hash>, StoreError> {
    let rows: Vec<Vec<u8>> = bids::table
        .filter(bids::round.eq(column(round)))
        .filter(bids::status.eq(BidStatus::Sealed.label()))
        .order(bids::commitment)
        .select(bids::commitment)
        .load(tx.connection())
        .await?;
    rows.into_iter().map(hash).collect()
}

/// A part of the round's sealed bids, each with the bidder's public line and the ciphertext. Needs `reach_round`.
pub async fn envelopes(
    tx: &mut Tx,
    round: RoundId,
    page: &Page<BidId>,
) -> Result<Part<(Bid, String, Vec<u8>)>, StoreError> {
    let mut query = bids::table
        .inner_join(bid_keys::table)
        .filter(bids::round.eq(column(round)))
        .filter(bids::status.eq(BidStatus::Sealed.label()))
        .select((Row::as_select(), bid_keys::public_line, bids::ciphertext))
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(bids::id.gt(column(after)));
    }
    let rows: Vec<(Row, String, Option<Vec<u8>>)> =
        query.order(bids::id).limit(page.limit()).load(tx.connection()).await?;
    let read: Result<Vec<_>, StoreError> = rows
        .into_iter()
        .map(|(row, line, ciphertext)| Ok((bid(row)?, line, ciphertext.unwrap_or_default())))
        .collect();
    Ok(Part::cut(read?, page))
}

/// Wipes every envelope of the round: it was opened, or never will be. Needs `reach_round`.
pub async fn drop_envelopes(tx: &mut Tx, round: RoundId) -> Result<(), StoreError> {
    diesel::update(bids::table.filter(bids::round.eq(column(round))).filter(bids::ciphertext.is_not_null()))
        .set(bids::ciphertext.eq(None::<Vec<u8>>))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Publishes the commitments of a round with the root over them.
pub async fn publish(
    tx: &mut Tx,
    round: RoundId,
    (root, sealed_at): (&Hash, Timestamp),
    commitments: &[Hash],
) -> Result<(), StoreError> {
    let size =
        i32::try_from(commitments.len()).map_err(|_large| StoreError::row("size", commitments.len()))?;
    diesel::insert_into(round_sealings::table)
        .values((
            round_sealings::round.eq(column(round)),
            round_sealings::root.eq(root.to_vec()),
            round_sealings::size.eq(size),
            round_sealings::sealed_at.eq(at(sealed_at)),
        ))
        .execute(tx.connection())
        .await?;
    let rows: Vec<_> = commitments
        .iter()
        .zip(0_i32..)
        .map(|(commitment, position)| {
            (
                round_commitments::round.eq(column(round)),
                round_commitments::position.eq(position),
                round_commitments::commitment.eq(commitment.to_vec()),
            )
        })
        .collect();
    for part in rows.chunks(COMMITMENTS_AT_ONCE) {
        diesel::insert_into(round_commitments::table).values(part).execute(tx.connection()).await?;
    }
    Ok(())
}

/// What a round published when it was sealed; none before that. Public.
pub async fn sealing(tx: &mut Tx, round: RoundId) -> Result<Option<Sealing>, StoreError> {
    let row: Option<(Vec<u8>, i32, PgTimestamp)> = round_sealings::table
        .find(column(round))
        .select((round_sealings::root, round_sealings::size, round_sealings::sealed_at))
        .first(tx.connection())
        .await
        .optional()?;
    row.map(|(root, size, sealed_at)| {
        Ok(Sealing { root: hash(root)?, size, sealed_at: timestamp(sealed_at) })
    })
    .transpose()
}

/// A part of the published commitments, in their order. Public.
pub async fn commitments(
    tx: &mut Tx,
    round: RoundId,
    page: &Page<i32>,
) -> Result<Part<(i32, Hash)>, StoreError> {
    let rows: Vec<(i32, Vec<u8>)> = round_commitments::table
        .filter(round_commitments::round.eq(column(round)))
        .filter(round_commitments::position.gt(page.after.unwrap_or(-1)))
        .order(round_commitments::position)
        .limit(page.limit())
        .select((round_commitments::position, round_commitments::commitment))
        .load(tx.connection())
        .await?;
    let read: Result<Vec<_>, StoreError> =
        rows.into_iter().map(|(position, commitment)| Ok((position, hash(commitment)?))).collect();
    Ok(Part::cut(read?, page))
}

fn bid(row: Row) -> Result<Bid, StoreError> {
    Ok(Bid {
        id: id(row.id),
        round: id(row.round),
        bidder: id(row.bidder),
        status: BidStatus::from_label(&row.status).ok_or_else(|| StoreError::row("status", &row.status))?,
        version: row.version,
        key: id(row.key),
        commitment: hash(row.commitment)?,
        digest: hash(row.digest)?,
        received_at: timestamp(row.received_at),
    })
}

fn hash(bytes: Vec<u8>) -> Result<Hash, StoreError> {
    bytes.try_into().map_err(|bytes: Vec<u8>| StoreError::row("hash", bytes.len()))
}
