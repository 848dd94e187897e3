//! What was true of items when, as it was known when. Rows are superseded, once, and never edited.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::item::{Content, ItemKind, ItemStatus, Said, Span, Spell};
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{ItemId, ItemProposalId, ItemVersionId};
use jicai_domain::time::{Day, Timestamp};
use uuid::Uuid;

use super::{digest, span};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, fresh, id};
use crate::page::{Page, Part};
use crate::schema::{item_names, item_versions, items};
use crate::times::{at, on, timestamp};

/// What was true of an item for a time, as it was known for a time.
#[derive(Clone, Debug)]
pub struct ItemVersion {
    /// Its id.
    pub id: ItemVersionId,
    /// Of which item.
    pub item: ItemId,
    /// When it is true.
    pub span: Span,
    /// Since when it is known.
    pub recorded_at: Timestamp,
    /// Until when it was known.
    pub superseded_at: Option<Timestamp>,
    /// The release that says so.
    pub release: Option<i32>,
    /// The proposal that said so.
    pub proposal: Option<ItemProposalId>,
    /// What is said.
    pub said: Said,
    /// 规格 in its one form.
    pub normal_spec: Option<String>,
    /// What all that is said hashes to.
    pub sha256: Digest,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = item_versions)]
struct Row {
    id: Uuid,
    item: Uuid,
    valid_from: PgDate,
    valid_to: Option<PgDate>,
    recorded_at: PgTimestamp,
    superseded_at: Option<PgTimestamp>,
    release: Option<i32>,
    proposal: Option<Uuid>,
    status: String,
    generic_name: String,
    trade_name: Option<String>,
    form: Option<String>,
    declared_spec: Option<String>,
    normal_spec: Option<String>,
    holder_name: Option<String>,
    holder: Option<Uuid>,
    maker_name: Option<String>,
    units_per_pack: Option<i32>,
    smallest_unit: Option<String>,
    smallest_pack_unit: Option<String>,
    material: Option<String>,
    class_code: Option<String>,
    generic_code: Option<String>,
    form_code: Option<String>,
    sha256: Vec<u8>,
}

/// What is known now of an item, in the order of the days.
pub async fn known(tx: &mut Tx, item: ItemId) -> Result<Vec<ItemVersion>, StoreError> {
    let rows: Vec<Row> = item_versions::table
        .filter(item_versions::item.eq(column(item)))
        .filter(item_versions::superseded_at.is_null())
        .order(item_versions::valid_from)
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// What was known at an instant to be true of items on a day.
pub async fn as_of(
    tx: &mut Tx,
    items: &[ItemId],
    valid_on: Day,
    known_at: Timestamp,
) -> Result<Vec<ItemVersion>, StoreError> {
    let items: Vec<Uuid> = items.iter().copied().map(column).collect();
    let rows: Vec<Row> = item_versions::table
        .filter(item_versions::item.eq_any(items))
        .filter(item_versions::valid_from.le(on(valid_on)))
        .filter(item_versions::valid_to.gt(on(valid_on)).or(item_versions::valid_to.is_null()))
        .filter(item_versions::recorded_at.le(at(known_at)))
        .filter(item_versions::superseded_at.gt(at(known_at)).or(item_versions::superseded_at.is_null()))
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// What was said of items at the instants at which they were looked up, of the day of each.
pub async fn at_uses(
    tx: &mut Tx,
    uses: &[(ItemId, Timestamp)],
) -> Result<Vec<((ItemId, Timestamp), ItemVersion)>, StoreError> {
    let items: Vec<Uuid> = uses.iter().map(|(item, _)| column(*item)).collect();
    let rows: Vec<Row> = item_versions::table
        .filter(item_versions::item.eq_any(items))
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    let all: Vec<ItemVersion> = rows.into_iter().map(read).collect::<Result<_, _>>()?;
    let said = |(item, known): &(ItemId, Timestamp)| {
        let (item, known) = (*item, *known);
        let then = |one: &&ItemVersion| {
            let known_then = one.recorded_at <= known && one.superseded_at.is_none_or(|until| until > known);
            one.item == item && known_then && one.span.holds(known.day_in_china())
        };
        all.iter().find(then).map(|found| ((item, known), found.clone()))
    };
    Ok(uses.iter().filter_map(said).collect())
}

/// A part of all that was ever said of an item until an instant, in the order in which it was.
pub async fn history(
    tx: &mut Tx,
    (item, known_at): (ItemId, Timestamp),
    page: &Page<ItemVersionId>,
) -> Result<Part<ItemVersion>, StoreError> {
    let mut query = item_versions::table
        .filter(item_versions::item.eq(column(item)))
        .filter(item_versions::recorded_at.le(at(known_at)))
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        let (recorded, from): (PgTimestamp, PgDate) = item_versions::table
            .find(column(after))
            .select((item_versions::recorded_at, item_versions::valid_from))
            .first(tx.connection())
            .await
            .optional()?
            .ok_or(Refusal::of(Code::CursorInvalid).at("after"))?;
        let same = item_versions::recorded_at.eq(recorded).and(item_versions::valid_from.gt(from));
        query = query.filter(item_versions::recorded_at.gt(recorded).or(same));
    }
    let order = (item_versions::recorded_at, item_versions::valid_from);
    let rows: Vec<Row> = query.order(order).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// What is known now of items of that kind and name with that spec in its one form; at most so many. Whether one is the same as another is not
/// decided here.
pub async fn alike(
    tx: &mut Tx,
    kind: ItemKind,
    (name, normal_spec): (&str, &str),
    most: i64,
) -> Result<Vec<ItemVersion>, StoreError> {
    let rows: Vec<Row> = items::table
        .inner_join(item_names::table)
        .inner_join(item_versions::table)
        .filter(item_names::name.eq(name))
        .filter(items::kind.eq(kind.label()))
        .filter(item_versions::normal_spec.eq(normal_spec))
        .filter(item_versions::superseded_at.is_null())
        .order(item_versions::item)
        .limit(most)
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Supersedes what is known now.
pub async fn supersede(tx: &mut Tx, versions: &[ItemVersionId], now: Timestamp) -> Result<(), StoreError> {
    let versions: Vec<Uuid> = versions.iter().copied().map(column).collect();
    let known = item_versions::table
        .filter(item_versions::id.eq_any(versions))
        .filter(item_versions::superseded_at.is_null());
    diesel::update(known).set(item_versions::superseded_at.eq(at(now))).execute(tx.connection()).await?;
    Ok(())
}

/// Records what is said of an item from now on.
pub async fn record(
    tx: &mut Tx,
    item: ItemId,
    spells: &[Spell<Said>],
    (proposal, now): (Option<ItemProposalId>, Timestamp),
) -> Result<(), StoreError> {
    let rows: Result<Vec<Row>, StoreError> =
        spells.iter().map(|spell| row(item, spell, (proposal, now))).collect();
    diesel::insert_into(item_versions::table).values(rows?).execute(tx.connection()).await?;
    Ok(())
}

fn row(
    item: ItemId,
    spell: &Spell<Said>,
    (proposal, now): (Option<ItemProposalId>, Timestamp),
) -> Result<Row, StoreError> {
    let Said { status, content } = &spell.fact;
    let units = content.units_per_pack.map(i32::try_from).transpose();
    Ok(Row {
        id: column(fresh::<ItemVersionId>()),
        item: column(item),
        valid_from: on(spell.span.from),
        valid_to: spell.span.to.map(on),
        recorded_at: at(now),
        superseded_at: None,
        release: None,
        proposal: proposal.map(column),
        status: status.label().to_owned(),
        normal_spec: content.normal_spec(),
        sha256: spell.fact.digest().bytes().to_vec(),
        generic_name: content.generic_name.clone(),
        trade_name: content.trade_name.clone(),
        form: content.form.clone(),
        declared_spec: content.declared_spec.clone(),
        holder_name: content.holder_name.clone(),
        holder: content.holder.map(column),
        maker_name: content.maker_name.clone(),
        units_per_pack: units.map_err(|_large| StoreError::row("units", content.units_per_pack))?,
        smallest_unit: content.smallest_unit.clone(),
        smallest_pack_unit: content.smallest_pack_unit.clone(),
        material: content.material.clone(),
        class_code: content.class_code.clone(),
        generic_code: content.generic_code.clone(),
        form_code: content.form_code.clone(),
    })
}

fn read(row: Row) -> Result<ItemVersion, StoreError> {
    let status = ItemStatus::from_label(&row.status).ok_or_else(|| StoreError::row("status", &row.status))?;
    let units = row.units_per_pack.map(u32::try_from).transpose();
    let content = Content {
        generic_name: row.generic_name,
        trade_name: row.trade_name,
        form: row.form,
        declared_spec: row.declared_spec,
        holder_name: row.holder_name,
        holder: row.holder.map(id),
        maker_name: row.maker_name,
        units_per_pack: units.map_err(|_negative| StoreError::row("units", row.id))?,
        smallest_unit: row.smallest_unit,
        smallest_pack_unit: row.smallest_pack_unit,
        material: row.material,
        class_code: row.class_code,
        generic_code: row.generic_code,
        form_code: row.form_code,
    };
    Ok(ItemVersion {
        id: id(row.id),
        item: id(row.item),
        span: span(row.valid_from, row.valid_to)?,
        recorded_at: timestamp(row.recorded_at),
        superseded_at: row.superseded_at.map(timestamp),
        release: row.release,
        proposal: row.proposal.map(id),
        said: Said { status, content },
        normal_spec: row.normal_spec,
        sha256: digest(row.sha256)?,
    })
}
