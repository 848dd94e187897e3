//! What is proposed.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::item::{Proposal, ProposalKind, ProposalStatus};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Scope, Version};
use jicai_domain::ids::{ItemId, ItemProposalId};
use uuid::Uuid;

use super::digest;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::item_proposals;
use crate::times::{at, timestamp};

/// Who asks: the proposing organization for its own, a reviewer for all that the registry of the platform is asked for.
#[derive(Clone, Debug)]
pub enum Side {
    /// The proposer's.
    Own(Scope),
    /// The reviewer's.
    Reviewer,
}

impl Side {
    fn own(&self) -> Option<Option<Uuid>> {
        match self {
            Self::Own(scope) => Some(scope.organization().map(column)),
            Self::Reviewer => None,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = item_proposals)]
struct Row {
    id: Uuid,
    kind: String,
    organization: Uuid,
    items: Vec<Uuid>,
    payload: String,
    sha256: Vec<u8>,
    reason: String,
    status: String,
    proposed_by: Uuid,
    proposed_at: PgTimestamp,
    decided_by: Option<Uuid>,
    decided_at: Option<PgTimestamp>,
    decision: Option<String>,
    item: Option<Uuid>,
    version: i32,
}

/// Adds a proposal.
pub async fn add(tx: &mut Tx, proposal: &Proposal) -> Result<(), StoreError> {
    diesel::insert_into(item_proposals::table).values(row(proposal)).execute(tx.connection()).await?;
    Ok(())
}

fn row(proposal: &Proposal) -> Row {
    let decided = proposal.decided.as_ref();
    Row {
        id: column(proposal.id),
        kind: proposal.kind.label().to_owned(),
        organization: column(proposal.organization),
        items: proposal.items.iter().copied().map(column).collect(),
        payload: proposal.payload.clone(),
        sha256: proposal.sha256.bytes().to_vec(),
        reason: proposal.reason.as_str().to_owned(),
        status: proposal.status.label().to_owned(),
        proposed_by: column(proposal.proposed_by),
        proposed_at: at(proposal.proposed_at),
        decided_by: decided.map(|(by, _, _)| column(*by)),
        decided_at: decided.map(|(_, when, _)| at(*when)),
        decision: decided.and_then(|(_, _, why)| why.as_ref()).map(|why| why.as_str().to_owned()),
        item: proposal.item.map(column),
        version: proposal.version.number(),
    }
}

/// One that the side reaches. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, side: &Side, wanted: ItemProposalId) -> Result<Proposal, StoreError> {
    let mut query = item_proposals::table.find(column(wanted)).select(Row::as_select()).into_boxed();
    if let Some(own) = side.own() {
        query = query.filter(item_proposals::organization.nullable().eq(own));
    }
    let row: Option<Row> = query.first(tx.connection()).await.optional()?;
    read(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// The same, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, side: &Side, wanted: ItemProposalId) -> Result<Proposal, StoreError> {
    let held: Option<Uuid> = item_proposals::table
        .find(column(wanted))
        .select(item_proposals::id)
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    held.ok_or(Refusal::of(Code::NotFound))?;
    find(tx, side, wanted).await
}

/// Which proposals.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// That far.
    pub status: Option<ProposalStatus>,
    /// About that item.
    pub item: Option<ItemId>,
}

/// A part of those that the side reaches, the newest first.
pub async fn list(
    tx: &mut Tx,
    side: &Side,
    wanted: &Wanted,
    page: &Page<ItemProposalId>,
) -> Result<Part<Proposal>, StoreError> {
    let mut query = item_proposals::table.select(Row::as_select()).into_boxed();
    if let Some(own) = side.own() {
        query = query.filter(item_proposals::organization.nullable().eq(own));
    }
    if let Some(status) = wanted.status {
        query = query.filter(item_proposals::status.eq(status.label()));
    }
    if let Some(item) = wanted.item {
        query = query.filter(item_proposals::items.contains(vec![column(item)]));
    }
    if let Some(after) = page.after {
        query = query.filter(item_proposals::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(item_proposals::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// Saves a decided one. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &Proposal, expected: Version) -> Result<(), StoreError> {
    let row = row(changed);
    let saved = diesel::update(item_proposals::table.find(row.id))
        .filter(item_proposals::version.eq(expected.number()))
        .set((
            item_proposals::status.eq(row.status),
            item_proposals::decided_by.eq(row.decided_by),
            item_proposals::decided_at.eq(row.decided_at),
            item_proposals::decision.eq(row.decision),
            item_proposals::item.eq(row.item),
            item_proposals::version.eq(row.version),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

fn read(row: Row) -> Result<Proposal, StoreError> {
    let unreadable = || StoreError::row("proposal", row.id);
    let reason = |text: &str| Reason::parse(text).map_err(|_refusal| unreadable());
    let decision = row.decision.as_deref().map(reason).transpose()?;
    let decided = row.decided_by.zip(row.decided_at);
    Ok(Proposal {
        id: id(row.id),
        kind: ProposalKind::from_label(&row.kind).ok_or_else(unreadable)?,
        organization: id(row.organization),
        items: row.items.iter().copied().map(id).collect(),
        reason: reason(&row.reason)?,
        status: ProposalStatus::from_label(&row.status).ok_or_else(unreadable)?,
        payload: row.payload,
        sha256: digest(row.sha256)?,
        proposed_by: id(row.proposed_by),
        proposed_at: timestamp(row.proposed_at),
        decided: decided.map(|(by, when)| (id(by), timestamp(when), decision)),
        item: row.item.map(id),
        version: Version::new(row.version),
    })
}
