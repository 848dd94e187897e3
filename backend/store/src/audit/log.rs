//! The sequenced log: positions, the tree, checkpoints.
//!
//! An entry commits with its change and without a position, so writers never wait for one another. One sequencer then gives
//! positions to what lies below the oldest transaction that still runs: nothing can appear there any more.
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::audit::checkpoint::Checkpoint;
use jicai_domain::audit::merkle::{Frontier, Hash, Node};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::{EntryId, LogKeyId};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::organizations::{of_jurisdiction, terms};
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{audit_checkpoints, audit_entries, audit_nodes, audit_positions};
use crate::times;

/// At most this many entries get positions in one transaction.
const BATCH: i64 = 2_000;
const SEQUENCER_LOCK: i64 = 0x6a69_6361_6901;

/// What waits for positions.
pub struct Waiting {
    /// The tree so far.
    pub frontier: Frontier,
    /// The entries, in their order: id and canonical text.
    pub entries: Vec<(EntryId, String)>,
    /// Below which transaction everything has a position after this.
    pub horizon: String,
}

/// A checkpoint with its signature.
#[derive(Clone, Debug)]
pub struct Signed {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The key that signed; none for the first one.
    pub key: Option<LogKeyId>,
    /// The 64 bytes of the signature.
    pub signature: Vec<u8>,
}

/// An entry with its position.
#[derive(Clone, Debug)]
pub struct Sequenced {
    /// Its place, from 0.
    pub position: u64,
    /// Its id.
    pub id: EntryId,
    /// What happened.
    pub kind: String,
    /// What it happened to.
    pub subject: String,
    /// Its bytes.
    pub canonical: String,
    /// The hash of its bytes.
    pub leaf: Hash,
}

#[derive(QueryableByName)]
struct HeldRow {
    #[diesel(sql_type = Bool)]
    held: bool,
}

#[derive(QueryableByName)]
struct BoundsRow {
    #[diesel(sql_type = Nullable<Text>)]
    since: Option<String>,
    #[diesel(sql_type = Text)]
    horizon: String,
}

#[derive(QueryableByName)]
struct EntryRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    canonical: String,
}

#[derive(QueryableByName)]
struct HorizonRow {
    #[diesel(sql_type = Text)]
    horizon: String,
}

/// Whether this transaction is the one sequencer until it ends.
pub async fn hold_sequencer(tx: &mut Tx) -> Result<bool, StoreError> {
    let lock =
        diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS held").bind::<BigInt, _>(SEQUENCER_LOCK);
    let row: HeldRow = lock.get_result(tx.connection()).await?;
    Ok(row.held)
}

/// What waits for positions: the entries of transactions that ended, in the order in which those began.
pub async fn waiting(tx: &mut Tx) -> Result<Waiting, StoreError> {
    let frontier = frontier(tx).await?;
    let bounds: BoundsRow = diesel::sql_query(
        "SELECT (SELECT horizon::text FROM audit_checkpoints ORDER BY size DESC LIMIT 1) AS since, \
         pg_snapshot_xmin(pg_current_snapshot())::text AS horizon",
    )
    .get_result(tx.connection())
    .await?;
    let since = bounds.since.unwrap_or_else(|| "0".to_owned());
    let horizon = batch_end(tx, &since, &bounds.horizon).await?.unwrap_or(bounds.horizon);
    let rows: Vec<EntryRow> = diesel::sql_query(
        "SELECT id, canonical FROM audit_entries \
         WHERE written_by >= $1::xid8 AND written_by < $2::xid8 ORDER BY written_by, id",
    )
    .bind::<Text, _>(&since)
    .bind::<Text, _>(&horizon)
    .load(tx.connection())
    .await?;
    let entries = rows.into_iter().map(|row| (id(row.id), row.canonical)).collect();
    Ok(Waiting { frontier, entries, horizon })
}

/// The transaction after the one that fills the batch; none when everything fits.
async fn batch_end(tx: &mut Tx, since: &str, horizon: &str) -> Result<Option<String>, StoreError> {
    let last = diesel::sql_query(
        "SELECT (written_by::text::numeric + 1)::text AS horizon FROM audit_entries \
         WHERE written_by >= $1::xid8 AND written_by < $2::xid8 ORDER BY written_by, id OFFSET $3 LIMIT 1",
    );
    let row: Option<HorizonRow> = last
        .bind::<Text, _>(since)
        .bind::<Text, _>(horizon)
        .bind::<BigInt, _>(BATCH)
        .get_result(tx.connection())
        .await
        .optional()?;
    Ok(row.map(|row| row.horizon))
}

async fn frontier(tx: &mut Tx) -> Result<Frontier, StoreError> {
    let last: Option<(i64, Vec<Vec<u8>>)> = audit_checkpoints::table
        .order(audit_checkpoints::size.desc())
        .select((audit_checkpoints::size, audit_checkpoints::peaks))
        .first(tx.connection())
        .await
        .optional()?;
    let Some((size, peaks)) = last else { return Ok(Frontier::default()) };
    let peaks: Result<Vec<Hash>, StoreError> = peaks.into_iter().map(read_hash).collect();
    Frontier::resume(read_number(size)?, peaks?).ok_or_else(|| StoreError::row("peaks", size))
}

/// Gives an entry its position.
pub async fn place(tx: &mut Tx, placed: &[(u64, EntryId, Hash)]) -> Result<(), StoreError> {
    let rows: Result<Vec<_>, StoreError> = placed
        .iter()
        .map(|(position, entry, leaf)| {
            Ok((
                audit_positions::position.eq(number(*position)?),
                audit_positions::entry.eq(column(*entry)),
                audit_positions::leaf.eq(leaf.to_vec()),
            ))
        })
        .collect();
    diesel::insert_into(audit_positions::table).values(rows?).execute(tx.connection()).await?;
    Ok(())
}

/// Keeps subtrees that became complete.
pub async fn keep_nodes(tx: &mut Tx, complete: &[(Node, Hash)]) -> Result<(), StoreError> {
    let rows: Result<Vec<_>, StoreError> = complete
        .iter()
        .map(|(node, hash)| {
            let level = i16::try_from(node.level).map_err(|_high| StoreError::row("level", node.level))?;
            Ok((
                audit_nodes::level.eq(level),
                audit_nodes::index.eq(number(node.index)?),
                audit_nodes::hash.eq(hash.to_vec()),
            ))
        })
        .collect();
    diesel::insert_into(audit_nodes::table).values(rows?).execute(tx.connection()).await?;
    Ok(())
}

/// Keeps a signed checkpoint with what the next one begins from.
pub async fn keep_checkpoint(
    tx: &mut Tx,
    signed: &Signed,
    frontier: &Frontier,
    horizon: &str,
) -> Result<(), StoreError> {
    let peaks: Vec<Vec<u8>> = frontier.peaks().iter().map(|peak| peak.to_vec()).collect();
    diesel::sql_query(
        "INSERT INTO audit_checkpoints (size, root, at, signature, peaks, horizon, key) VALUES ($1, $2, $3, $4, $5, $6::xid8, $7)",
    )
    .bind::<BigInt, _>(number(signed.checkpoint.size)?)
    .bind::<diesel::sql_types::Bytea, _>(signed.checkpoint.root.to_vec())
    .bind::<diesel::sql_types::Timestamptz, _>(times::at(signed.checkpoint.at))
    .bind::<diesel::sql_types::Bytea, _>(&signed.signature)
    .bind::<diesel::sql_types::Array<diesel::sql_types::Bytea>, _>(peaks)
    .bind::<Text, _>(horizon)
    .bind::<Nullable<SqlUuid>, _>(signed.key.map(column))
    .execute(tx.connection())
    .await?;
    Ok(())
}

type CheckpointRow = (i64, Vec<u8>, diesel::pg::data_types::PgTimestamp, Vec<u8>, Option<Uuid>);

const CHECKPOINT: (
    audit_checkpoints::size,
    audit_checkpoints::root,
    audit_checkpoints::at,
    audit_checkpoints::signature,
    audit_checkpoints::key,
) = (
    audit_checkpoints::size,
    audit_checkpoints::root,
    audit_checkpoints::at,
    audit_checkpoints::signature,
    audit_checkpoints::key,
);

/// The checkpoint of that size, or the last one.
pub async fn checkpoint(tx: &mut Tx, size: Option<u64>) -> Result<Option<Signed>, StoreError> {
    let mut query =
        audit_checkpoints::table.order(audit_checkpoints::size.desc()).select(CHECKPOINT).into_boxed();
    if let Some(size) = size {
        query = query.filter(audit_checkpoints::size.eq(number(size)?));
    }
    let row: Option<CheckpointRow> = query.first(tx.connection()).await.optional()?;
    row.map(signed).transpose()
}

/// The checkpoints whose size lies above the first number and not above the second, the smallest first.
pub async fn checkpoints_between(tx: &mut Tx, (above, to): (u64, u64)) -> Result<Vec<Signed>, StoreError> {
    let rows: Vec<CheckpointRow> = audit_checkpoints::table
        .filter(audit_checkpoints::size.gt(number(above)?))
        .filter(audit_checkpoints::size.le(number(to)?))
        .order(audit_checkpoints::size)
        .select(CHECKPOINT)
        .load(tx.connection())
        .await?;
    rows.into_iter().map(signed).collect()
}

/// The hashes of those subtrees that are complete, in any order.
pub async fn nodes(tx: &mut Tx, wanted: &[Node]) -> Result<Vec<(Node, Hash)>, StoreError> {
    let mut found = Vec::with_capacity(wanted.len());
    for node in wanted {
        let level = i16::try_from(node.level).map_err(|_high| StoreError::row("level", node.level))?;
        let row = audit_nodes::table.find((level, number(node.index)?)).select(audit_nodes::hash);
        let hash: Option<Vec<u8>> = row.first(tx.connection()).await.optional()?;
        if let Some(hash) = hash {
            found.push((*node, read_hash(hash)?));
        }
    }
    Ok(found)
}

type SequencedRow = (i64, Uuid, String, String, String, Vec<u8>);

const SEQUENCED: (
    audit_positions::position,
    audit_entries::id,
    audit_entries::kind,
    audit_entries::subject,
    audit_entries::canonical,
    audit_positions::leaf,
) = (
    audit_positions::position,
    audit_entries::id,
    audit_entries::kind,
    audit_entries::subject,
    audit_entries::canonical,
    audit_positions::leaf,
);

/// Every entry in its order, for an export. Needs a connection that may see them all.
pub async fn all(tx: &mut Tx, page: &Page<u64>) -> Result<Part<Sequenced>, StoreError> {
    let after = page.after.map_or(Ok(-1), number)?;
    let rows: Vec<SequencedRow> = audit_positions::table
        .inner_join(audit_entries::table)
        .filter(audit_positions::position.gt(after))
        .order(audit_positions::position)
        .limit(page.limit())
        .select(SEQUENCED)
        .load(tx.connection())
        .await?;
    part(rows, page)
}

/// The entries that the scope reaches, in their order: what organizations of the jurisdiction did, and what concerns them; everything
/// for the nation.
pub async fn list(tx: &mut Tx, scope: &Scope, page: &Page<u64>) -> Result<Part<Sequenced>, StoreError> {
    if scope.covers(RegionCode::NATION) {
        return all(tx, page).await;
    }
    let after = page.after.map_or(Ok(-1), number)?;
    let rows: Vec<SequencedRow> = audit_positions::table
        .inner_join(audit_entries::table)
        .filter(
            audit_entries::actor_organization
                .eq_any(of_jurisdiction(terms(scope)).nullable())
                .or(audit_entries::concerns.overlaps_with(diesel::dsl::array(of_jurisdiction(terms(scope))))),
        )
        .filter(audit_positions::position.gt(after))
        .order(audit_positions::position)
        .limit(page.limit())
        .select(SEQUENCED)
        .load(tx.connection())
        .await?;
    part(rows, page)
}

fn part(rows: Vec<SequencedRow>, page: &Page<u64>) -> Result<Part<Sequenced>, StoreError> {
    let read: Result<Vec<Sequenced>, StoreError> = rows.into_iter().map(sequenced).collect();
    Ok(Part::cut(read?, page))
}

fn sequenced(
    (position, entry, kind, subject, canonical, leaf): SequencedRow,
) -> Result<Sequenced, StoreError> {
    Ok(Sequenced {
        position: read_number(position)?,
        id: id(entry),
        kind,
        subject,
        canonical,
        leaf: read_hash(leaf)?,
    })
}

fn signed((size, root, at, signature, key): CheckpointRow) -> Result<Signed, StoreError> {
    let checkpoint =
        Checkpoint { size: read_number(size)?, root: read_hash(root)?, at: times::timestamp(at) };
    Ok(Signed { checkpoint, key: key.map(id), signature })
}

fn number(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_large| StoreError::row("number", value))
}

fn read_number(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_negative| StoreError::row("number", value))
}

fn read_hash(bytes: Vec<u8>) -> Result<Hash, StoreError> {
    bytes.try_into().map_err(|bytes| StoreError::row("hash", bytes))
}
