//! What contradicts itself.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::item::{Conflict, ConflictKind, Resolution};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{DocumentId, ItemConflictId, ItemId, OfficialResultId};
use jicai_domain::time::Day;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::item_conflicts;
use crate::times::{at, day, on, timestamp};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = item_conflicts)]
struct Row {
    id: Uuid,
    kind: String,
    status: String,
    item: Uuid,
    other: Option<Uuid>,
    system: String,
    value: String,
    valid_from: Option<PgDate>,
    evidence: Option<String>,
    document: Option<Uuid>,
    found_at: PgTimestamp,
    resolution: Option<String>,
    reason: Option<String>,
    resolved_by: Option<Uuid>,
    resolved_at: Option<PgTimestamp>,
    version: i32,
}

/// Keeps what was found; one that is open already stays as it is.
pub async fn add(tx: &mut Tx, conflicts: &[Conflict]) -> Result<(), StoreError> {
    let rows: Vec<Row> = conflicts.iter().map(row).collect();
    diesel::insert_into(item_conflicts::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn row(conflict: &Conflict) -> Row {
    let resolved = conflict.resolved.as_ref();
    Row {
        id: column(conflict.id),
        kind: conflict.kind.label().to_owned(),
        status: if resolved.is_some() { "RESOLVED" } else { "OPEN" }.to_owned(),
        item: column(conflict.item),
        other: conflict.other.map(column),
        system: conflict.system.clone(),
        value: conflict.value.clone(),
        valid_from: conflict.valid_from.map(on),
        evidence: conflict.evidence.clone(),
        document: conflict.document.map(column),
        found_at: at(conflict.found_at),
        resolution: resolved.map(|(how, _, _, _)| how.label().to_owned()),
        reason: resolved.map(|(_, why, _, _)| why.as_str().to_owned()),
        resolved_by: resolved.map(|(_, _, by, _)| column(*by)),
        resolved_at: resolved.map(|(_, _, _, when)| at(*when)),
        version: conflict.version.number(),
    }
}

/// One of them. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, wanted: ItemConflictId) -> Result<Conflict, StoreError> {
    let row: Option<Row> = item_conflicts::table
        .find(column(wanted))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    read(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// Which conflicts.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only those that are open, or only those that are not.
    pub open: Option<bool>,
    /// Of that kind.
    pub kind: Option<ConflictKind>,
    /// Of that item, at either side.
    pub item: Option<ItemId>,
}

/// A part of them, the newest first.
pub async fn list(
    tx: &mut Tx,
    wanted: &Wanted,
    page: &Page<ItemConflictId>,
) -> Result<Part<Conflict>, StoreError> {
    let mut query = item_conflicts::table.select(Row::as_select()).into_boxed();
    if let Some(open) = wanted.open {
        query = query.filter(item_conflicts::status.eq(if open { "OPEN" } else { "RESOLVED" }));
    }
    if let Some(kind) = wanted.kind {
        query = query.filter(item_conflicts::kind.eq(kind.label()));
    }
    if let Some(item) = wanted.item {
        let (one, other) = (column(item), column(item));
        query = query.filter(item_conflicts::item.nullable().eq(one).or(item_conflicts::other.eq(other)));
    }
    if let Some(after) = page.after {
        query = query.filter(item_conflicts::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(item_conflicts::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// Whose registrations are looked at.
#[derive(Clone, Copy, Debug)]
pub enum Expiring {
    /// An item's.
    OfItem(ItemId),
    /// Those of the items that a result selects.
    OfResult(OfficialResultId),
}

/// A registration that ends while its item is selected.
#[derive(Clone, Debug)]
pub struct EndingCode {
    /// The item.
    pub item: ItemId,
    /// The kind of the code, by name.
    pub system: String,
    /// The code.
    pub value: String,
    /// The first day on which it holds no more.
    pub ends: Day,
    /// What it rests on.
    pub evidence: Option<String>,
    /// The document that it rests on.
    pub document: Option<DocumentId>,
}

#[derive(QueryableByName)]
struct EndingRow {
    #[diesel(sql_type = SqlUuid)]
    item: Uuid,
    #[diesel(sql_type = Text)]
    system: String,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = Date)]
    ends: PgDate,
    #[diesel(sql_type = Nullable<Text>)]
    evidence: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    document: Option<Uuid>,
}

/// Selected are the products of the newest edition of a result until the last day of their contracts, with what was extended. A registration whose place another
/// one of the item takes is none that ends.
const ENDING: &str = "SELECT DISTINCT ON (i.item, i.system, i.value) i.item, i.system, i.value, i.valid_to AS ends, i.evidence, i.document \
    FROM selected_products p JOIN official_results r ON r.id = p.result \
    LEFT JOIN LATERAL (SELECT coalesce(until, 'infinity') AS until FROM term_extensions e WHERE e.product = p.id ORDER BY number DESC LIMIT 1) e ON true \
    CROSS JOIN LATERAL (SELECT coalesce(e.until, p.until) AS day) last \
    JOIN item_identifiers i ON i.item = p.item AND i.system IN ('nmpa-approval', 'nmpa-device') AND i.status <> 'ENTERED_IN_ERROR' \
        AND i.superseded_at IS NULL AND i.valid_to <= last.day \
    WHERE {of} = $1 AND last.day >= $2 \
        AND NOT EXISTS (SELECT FROM official_results n WHERE n.office = r.office AND n.name = r.name AND n.edition > r.edition) \
        AND NOT EXISTS (SELECT FROM item_identifiers o WHERE o.item = i.item AND o.system = i.system AND o.status = 'ACTIVE' \
            AND o.superseded_at IS NULL AND (o.valid_to IS NULL OR o.valid_to > last.day)) \
    ORDER BY i.item, i.system, i.value, i.valid_to DESC";

/// Registrations that end while their items are selected.
pub async fn expiring(tx: &mut Tx, of: Expiring, today: Day) -> Result<Vec<EndingCode>, StoreError> {
    let (column_of, key) = match of {
        Expiring::OfItem(item) => ("p.item", column(item)),
        Expiring::OfResult(result) => ("p.result", column(result)),
    };
    let rows: Vec<EndingRow> = diesel::sql_query(ENDING.replace("{of}", column_of))
        .bind::<SqlUuid, _>(key)
        .bind::<Date, _>(on(today))
        .load(tx.connection())
        .await?;
    let ending = |row: EndingRow| EndingCode {
        item: id(row.item),
        system: row.system,
        value: row.value,
        ends: day(row.ends),
        evidence: row.evidence,
        document: row.document.map(id),
    };
    Ok(rows.into_iter().map(ending).collect())
}

/// Saves a resolved one. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &Conflict, expected: Version) -> Result<(), StoreError> {
    let row = row(changed);
    let saved = diesel::update(item_conflicts::table.find(row.id))
        .filter(item_conflicts::version.eq(expected.number()))
        .set((
            item_conflicts::status.eq(row.status),
            item_conflicts::resolution.eq(row.resolution),
            item_conflicts::reason.eq(row.reason),
            item_conflicts::resolved_by.eq(row.resolved_by),
            item_conflicts::resolved_at.eq(row.resolved_at),
            item_conflicts::version.eq(row.version),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

fn read(row: Row) -> Result<Conflict, StoreError> {
    let unreadable = || StoreError::row("conflict", row.id);
    let resolved = match (row.resolution, row.reason, row.resolved_by, row.resolved_at) {
        (Some(how), Some(why), Some(by), Some(when)) => Some((
            Resolution::from_label(&how).ok_or_else(unreadable)?,
            Reason::parse(&why).map_err(|_refusal| unreadable())?,
            id(by),
            timestamp(when),
        )),
        _open => None,
    };
    Ok(Conflict {
        id: id(row.id),
        kind: ConflictKind::from_label(&row.kind).ok_or_else(unreadable)?,
        item: id(row.item),
        other: row.other.map(id),
        system: row.system,
        value: row.value,
        valid_from: row.valid_from.map(day),
        evidence: row.evidence,
        document: row.document.map(id),
        found_at: timestamp(row.found_at),
        resolved,
        version: Version::new(row.version),
    })
}
