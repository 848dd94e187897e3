//! Items, whatever is said of them.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::item::{FlagKind, ItemKind, ItemStatus, OwnCode};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Version;
use jicai_domain::ids::{ItemId, OrganizationId};
use jicai_domain::time::{Day, Timestamp};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{item_flags, item_versions, items};
use crate::times::{at, on, timestamp};

/// An item.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// Its kind.
    pub kind: ItemKind,
    /// Our own code, where it has no national one.
    pub own_code: Option<OwnCode>,
    /// The release that brought it.
    pub release: Option<i32>,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// Counts its changes.
    pub version: Version,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = items)]
pub(super) struct Row {
    id: Uuid,
    kind: String,
    own_code: Option<String>,
    release: Option<i32>,
    created_at: PgTimestamp,
    version: i32,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of that kind.
    pub kind: Option<ItemKind>,
    /// That stand like this.
    pub status: Option<ItemStatus>,
    /// Of that organization.
    pub holder: Option<OrganizationId>,
    /// With that flag.
    pub flag: Option<FlagKind>,
}

/// Adds an item.
pub async fn add(tx: &mut Tx, item: &Item) -> Result<(), StoreError> {
    diesel::insert_into(items::table)
        .values((
            items::id.eq(column(item.id)),
            items::kind.eq(item.kind.label()),
            items::own_code.eq(item.own_code.as_ref().map(OwnCode::as_str)),
            items::release.eq(item.release),
            items::created_at.eq(at(item.created_at)),
            items::version.eq(item.version.number()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The next own code. A number that was taken is never given again, whatever becomes of the transaction.
pub async fn next_own_code(tx: &mut Tx, kind: ItemKind) -> Result<OwnCode, StoreError> {
    let next: Next =
        diesel::sql_query("SELECT nextval('item_own_numbers') AS number").get_result(tx.connection()).await?;
    let number = u32::try_from(next.number).ok();
    number
        .and_then(|number| OwnCode::of(kind, number))
        .ok_or_else(|| StoreError::row("own number", next.number))
}

/// One of them. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, wanted: ItemId) -> Result<Item, StoreError> {
    find_some(tx, &[wanted]).await?.pop().ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Those of them that there are, by id.
pub async fn find_some(tx: &mut Tx, wanted: &[ItemId]) -> Result<Vec<Item>, StoreError> {
    let wanted: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let rows: Vec<Row> = items::table
        .filter(items::id.eq_any(wanted))
        .order(items::id)
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The item with that own code.
pub async fn with_own_code(tx: &mut Tx, code: &OwnCode) -> Result<Option<ItemId>, StoreError> {
    let found: Option<Uuid> = items::table
        .filter(items::own_code.eq(code.as_str()))
        .select(items::id)
        .first(tx.connection())
        .await
        .optional()?;
    Ok(found.map(id))
}

/// Counts a change of each. Needs the registry to be held.
pub async fn count_change(tx: &mut Tx, changed: &[ItemId]) -> Result<(), StoreError> {
    let changed: Vec<Uuid> = changed.iter().copied().map(column).collect();
    diesel::update(items::table.filter(items::id.eq_any(changed)))
        .set(items::version.eq(items::version + 1_i32))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A part of the items, the newest first, by what is known of a day.
pub async fn list(
    tx: &mut Tx,
    wanted: &Wanted,
    (today, known): (Day, Timestamp),
    page: &Page<ItemId>,
) -> Result<Part<Item>, StoreError> {
    let mut query = items::table
        .inner_join(item_versions::table)
        .filter(item_versions::valid_from.le(on(today)))
        .filter(item_versions::valid_to.gt(on(today)).or(item_versions::valid_to.is_null()))
        .filter(item_versions::recorded_at.le(at(known)))
        .filter(item_versions::superseded_at.gt(at(known)).or(item_versions::superseded_at.is_null()))
        .select(Row::as_select())
        .into_boxed();
    if let Some(kind) = wanted.kind {
        query = query.filter(items::kind.eq(kind.label()));
    }
    if let Some(status) = wanted.status {
        query = query.filter(item_versions::status.eq(status.label()));
    }
    if let Some(holder) = wanted.holder {
        query = query.filter(item_versions::holder.eq(column(holder)));
    }
    if let Some(flag) = wanted.flag {
        let flagged = item_flags::table
            .filter(item_flags::flag.eq(flag.label()))
            .filter(item_flags::valid_from.le(on(today)))
            .filter(item_flags::valid_to.gt(on(today)).or(item_flags::valid_to.is_null()))
            .filter(item_flags::recorded_at.le(at(known)))
            .filter(item_flags::superseded_at.gt(at(known)).or(item_flags::superseded_at.is_null()))
            .select(item_flags::item);
        query = query.filter(items::id.eq_any(flagged));
    }
    if let Some(after) = page.after {
        query = query.filter(items::id.lt(column(after)));
    }
    let rows: Vec<Row> = query.order(items::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

fn read(row: Row) -> Result<Item, StoreError> {
    let unreadable = || StoreError::row("item", row.id);
    let own_code = row.own_code.map(|code| OwnCode::parse(&code).ok_or_else(unreadable)).transpose()?;
    Ok(Item {
        id: id(row.id),
        kind: ItemKind::from_label(&row.kind).ok_or_else(unreadable)?,
        own_code,
        release: row.release,
        created_at: timestamp(row.created_at),
        version: Version::new(row.version),
    })
}
