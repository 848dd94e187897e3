//! The public codes of items.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::code::CodeKind;
use jicai_domain::catalog::item::{IdentifierStatus, Span, exclusive};
use jicai_domain::ids::{DocumentId, ItemCodeId, ItemId, ItemProposalId};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use super::span;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::item_identifiers;
use crate::times::{at, on, timestamp};

/// A code of an item for a time, as it was known for a time.
#[derive(Clone, Debug)]
pub struct ItemCode {
    /// Its id.
    pub id: ItemCodeId,
    /// Of which item.
    pub item: ItemId,
    /// Its kind.
    pub system: CodeKind,
    /// The code.
    pub value: String,
    /// When it names the item.
    pub span: Span,
    /// How the tie stands.
    pub status: IdentifierStatus,
    /// Since when it is known.
    pub recorded_at: Timestamp,
    /// Until when it was known.
    pub superseded_at: Option<Timestamp>,
    /// The release that says so.
    pub release: Option<i32>,
    /// The proposal that said so.
    pub proposal: Option<ItemProposalId>,
    /// The document that proves it.
    pub document: Option<DocumentId>,
    /// What proves it, in words.
    pub evidence: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = item_identifiers)]
struct Row {
    id: Uuid,
    item: Uuid,
    system: String,
    value: String,
    exclusive: bool,
    valid_from: PgDate,
    valid_to: Option<PgDate>,
    status: String,
    recorded_at: PgTimestamp,
    superseded_at: Option<PgTimestamp>,
    release: Option<i32>,
    proposal: Option<Uuid>,
    document: Option<Uuid>,
    evidence: Option<String>,
}

/// All that is known now of a code: which items it names or named.
pub async fn of_code(tx: &mut Tx, system: CodeKind, value: &str) -> Result<Vec<ItemCode>, StoreError> {
    let rows: Vec<Row> = item_identifiers::table
        .filter(item_identifiers::value.eq(value))
        .filter(item_identifiers::system.eq(system.name()))
        .filter(item_identifiers::superseded_at.is_null())
        .order((item_identifiers::valid_from, item_identifiers::id))
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// What a text was known at an instant to name, whatever kind of code it is; at most so many.
pub async fn of_value(
    tx: &mut Tx,
    values: &[String],
    known_at: Timestamp,
    most: i64,
) -> Result<Vec<ItemCode>, StoreError> {
    let rows: Vec<Row> = item_identifiers::table
        .filter(item_identifiers::value.eq_any(values))
        .filter(item_identifiers::recorded_at.le(at(known_at)))
        .filter(
            item_identifiers::superseded_at.gt(at(known_at)).or(item_identifiers::superseded_at.is_null()),
        )
        .order((item_identifiers::valid_from.desc(), item_identifiers::id))
        .limit(most)
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The codes of items as they were known at an instant, in the order of their days.
pub async fn of_items(
    tx: &mut Tx,
    items: &[ItemId],
    known_at: Timestamp,
) -> Result<Vec<ItemCode>, StoreError> {
    let items: Vec<Uuid> = items.iter().copied().map(column).collect();
    let rows: Vec<Row> = item_identifiers::table
        .filter(item_identifiers::item.eq_any(items))
        .filter(item_identifiers::recorded_at.le(at(known_at)))
        .filter(
            item_identifiers::superseded_at.gt(at(known_at)).or(item_identifiers::superseded_at.is_null()),
        )
        .order((item_identifiers::system, item_identifiers::value, item_identifiers::valid_from))
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Records a code from now on.
pub async fn record(tx: &mut Tx, code: &ItemCode) -> Result<(), StoreError> {
    let row = Row {
        id: column(code.id),
        item: column(code.item),
        system: code.system.name().to_owned(),
        value: code.value.clone(),
        exclusive: exclusive(code.system),
        valid_from: on(code.span.from),
        valid_to: code.span.to.map(on),
        status: code.status.label().to_owned(),
        recorded_at: at(code.recorded_at),
        superseded_at: None,
        release: code.release,
        proposal: code.proposal.map(column),
        document: code.document.map(column),
        evidence: code.evidence.clone(),
    };
    diesel::insert_into(item_identifiers::table).values(row).execute(tx.connection()).await?;
    Ok(())
}

/// Supersedes what is known now of a code.
pub async fn supersede(tx: &mut Tx, code: ItemCodeId, now: Timestamp) -> Result<(), StoreError> {
    let known = item_identifiers::table.find(column(code)).filter(item_identifiers::superseded_at.is_null());
    diesel::update(known).set(item_identifiers::superseded_at.eq(at(now))).execute(tx.connection()).await?;
    Ok(())
}

fn read(row: Row) -> Result<ItemCode, StoreError> {
    let unreadable = || StoreError::row("code", row.id);
    Ok(ItemCode {
        id: id(row.id),
        item: id(row.item),
        system: CodeKind::from_name(&row.system).ok_or_else(unreadable)?,
        span: span(row.valid_from, row.valid_to)?,
        status: IdentifierStatus::from_label(&row.status).ok_or_else(unreadable)?,
        value: row.value,
        recorded_at: timestamp(row.recorded_at),
        superseded_at: row.superseded_at.map(timestamp),
        release: row.release,
        proposal: row.proposal.map(id),
        document: row.document.map(id),
        evidence: row.evidence,
    })
}
