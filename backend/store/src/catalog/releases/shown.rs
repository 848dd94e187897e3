//! What a release changes, and its rows that wait for somebody, as they are shown: before it is published from its rows, after that from what it wrote.
use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::release::{
    ChangeKind, FieldChange, Release, ReleaseStatus, changes as compared, stated_fields,
};
use jicai_domain::ids::ItemId;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::id;
use crate::page::{Page, Part};

/// An item that a release changes.
#[derive(Clone, Debug)]
pub struct ChangedItem {
    /// Where it stands in the list: its line, or its item.
    pub cursor: String,
    /// What becomes of it.
    pub kind: ChangeKind,
    /// The item; none while it is new and the release is not published.
    pub item: Option<ItemId>,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The line of the file, before the release is published.
    pub line: Option<i32>,
    /// What is unusual about the row, before the release is published.
    pub warnings: Vec<String>,
    /// Its fields that differ.
    pub fields: Vec<FieldChange>,
}

/// A row of a release that waits for somebody.
#[derive(Clone, Debug)]
pub struct Quarantined {
    /// Its line of the file.
    pub line: i32,
    /// What stands for the code.
    pub code: String,
    /// What stands for the name.
    pub name: String,
    /// Why: a code of the table of errors.
    pub fault: String,
    /// The field.
    pub field: Option<String>,
    /// What would have been right, or what it contradicts.
    pub expected: Option<String>,
    /// The item that the code names.
    pub item: Option<ItemId>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    change: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    item: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Integer>)]
    line: Option<i32>,
    #[diesel(sql_type = Array<Text>)]
    warnings: Vec<String>,
    #[diesel(sql_type = Nullable<Text>)]
    before: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    after: Option<String>,
}

/// What a version says in the words of a release, where a person said it.
const SAID: &str = "coalesce(b.stated, concat_ws(E'\\n', 'registeredName=' || b.generic_name, 'tradeName=' || b.trade_name, \
    'registeredForm=' || b.form, 'registeredSpec=' || b.declared_spec, 'company=' || b.holder_name, 'unitsPerPack=' || b.units_per_pack, \
    'smallestUnit=' || b.smallest_unit, 'packUnit=' || b.smallest_pack_unit, 'material=' || b.material))";
/// The national code of an item.
const CODE: &str = "(SELECT value FROM item_identifiers i WHERE i.item = c.item AND i.exclusive AND i.status = 'ACTIVE' \
    AND i.superseded_at IS NULL AND i.system LIKE 'nhsa-%' ORDER BY i.valid_from DESC, i.id LIMIT 1)";

/// A part of what a release changes, of that kind or all.
pub async fn changes(
    tx: &mut Tx,
    release: &Release,
    kind: Option<ChangeKind>,
    page: &Page<String>,
) -> Result<Part<ChangedItem>, StoreError> {
    let rows = match release.status {
        ReleaseStatus::Published | ReleaseStatus::Applying => written(tx, release, kind, page).await?,
        ReleaseStatus::Staging | ReleaseStatus::Staged | ReleaseStatus::Discarded => {
            planned(tx, release, kind, page).await?
        }
    };
    Ok(Part::cut(rows.into_iter().map(changed).collect::<Result<_, _>>()?, page))
}

async fn written(
    tx: &mut Tx,
    release: &Release,
    kind: Option<ChangeKind>,
    page: &Page<String>,
) -> Result<Vec<Row>, StoreError> {
    // Nothing of a release shows before all of it does.
    if release.status != ReleaseStatus::Published {
        return Ok(Vec::new());
    }
    let rows = diesel::sql_query(format!(
        "SELECT c.change, c.item, {CODE} AS code, a.generic_name AS name, NULL::integer AS line, '{{}}'::text[] AS warnings, \
             CASE WHEN b.id IS NOT NULL THEN {SAID} END AS before, a.stated AS after \
         FROM item_release_changes c JOIN item_versions a ON a.id = c.after LEFT JOIN item_versions b ON b.id = c.before \
         WHERE c.release = $1 AND ($2 IS NULL OR c.change = $2) AND ($3 IS NULL OR c.item > $3) ORDER BY c.item LIMIT $4"
    ))
    .bind::<Integer, _>(release.number)
    .bind::<Nullable<Text>, _>(kind.map(ChangeKind::label))
    .bind::<Nullable<SqlUuid>, _>(page.after.as_deref().and_then(item_of))
    .bind::<BigInt, _>(page.limit());
    Ok(rows.load(tx.connection()).await?)
}

/// Rows by line, then what would be retired by item.
async fn planned(
    tx: &mut Tx,
    release: &Release,
    kind: Option<ChangeKind>,
    page: &Page<String>,
) -> Result<Vec<Row>, StoreError> {
    let after = page.after.as_deref().and_then(item_of);
    let line = page.after.as_deref().and_then(|cursor| cursor.parse::<i32>().ok()).unwrap_or(0);
    let mut rows: Vec<Row> = Vec::new();
    if after.is_none() && kind != Some(ChangeKind::Retired) {
        rows = diesel::sql_query(format!(
            "SELECT r.change, r.item, r.value AS code, r.generic_name AS name, r.line, r.warnings, \
                 CASE WHEN b.id IS NOT NULL THEN {SAID} END AS before, r.stated AS after \
             FROM release_rows r LEFT JOIN item_versions b ON b.id = r.before \
             WHERE r.release = $1 AND r.fault IS NULL AND r.change <> 'UNCHANGED' AND ($2 IS NULL OR r.change = $2) AND r.line > $3 \
             ORDER BY r.line LIMIT $4"
        ))
        .bind::<Integer, _>(release.number)
        .bind::<Nullable<Text>, _>(kind.map(ChangeKind::label))
        .bind::<Integer, _>(line)
        .bind::<BigInt, _>(page.limit())
        .load(tx.connection())
        .await?;
    }
    let there = i64::try_from(rows.len()).map_err(|_large| StoreError::row("rows", rows.len()))?;
    if kind.is_none_or(|kind| kind == ChangeKind::Retired) && there < page.limit() {
        let retired: Vec<Row> = diesel::sql_query(format!(
            "SELECT 'RETIRED' AS change, c.item, {CODE} AS code, b.generic_name AS name, NULL::integer AS line, '{{}}'::text[] AS warnings, \
                 {SAID} AS before, {SAID} AS after \
             FROM release_retired c JOIN item_versions b ON b.id = c.before \
             WHERE c.release = $1 AND ($2 IS NULL OR c.item > $2) ORDER BY c.item LIMIT $3"
        ))
        .bind::<Integer, _>(release.number)
        .bind::<Nullable<SqlUuid>, _>(after)
        .bind::<BigInt, _>(page.limit().saturating_sub(there))
        .load(tx.connection())
        .await?;
        rows.extend(retired);
    }
    Ok(rows)
}

/// The item of a cursor.
fn item_of(cursor: &str) -> Option<Uuid> {
    if cursor.len() == 36 { cursor.parse().ok() } else { None }
}

fn changed(row: Row) -> Result<ChangedItem, StoreError> {
    let kind = ChangeKind::from_label(&row.change).ok_or_else(|| StoreError::row("change", &row.change))?;
    let stated = |text: Option<&str>| text.map(stated_fields).unwrap_or_default();
    let (before, after): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (stated(row.before.as_deref()), stated(row.after.as_deref()));
    let fields = match kind {
        ChangeKind::Added | ChangeKind::Changed => compared(&before, &after),
        ChangeKind::Retired => Vec::new(),
    };
    let cursor = match (row.line, row.item) {
        (Some(line), _) => line.to_string(),
        (None, Some(item)) => item.to_string(),
        (None, None) => return Err(StoreError::row("change", &row.name)),
    };
    Ok(ChangedItem {
        cursor,
        kind,
        item: row.item.map(id),
        code: row.code.unwrap_or_default(),
        name: row.name,
        line: row.line,
        warnings: row.warnings,
        fields,
    })
}

#[derive(QueryableByName)]
struct FaultRow {
    #[diesel(sql_type = Integer)]
    line: i32,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = Text)]
    generic_name: String,
    #[diesel(sql_type = Text)]
    fault: String,
    #[diesel(sql_type = Nullable<Text>)]
    fault_field: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    fault_expected: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    item: Option<Uuid>,
}

/// A part of the rows of a release that wait for somebody, by line.
pub async fn quarantine(
    tx: &mut Tx,
    release: i32,
    page: &Page<i32>,
) -> Result<Part<Quarantined>, StoreError> {
    let rows: Vec<FaultRow> = diesel::sql_query(
        "SELECT line, value, generic_name, fault, fault_field, fault_expected, item FROM release_rows \
         WHERE release = $1 AND fault IS NOT NULL AND line > $2 ORDER BY line LIMIT $3",
    )
    .bind::<Integer, _>(release)
    .bind::<Integer, _>(page.after.unwrap_or(0))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    let read = |row: FaultRow| Quarantined {
        line: row.line,
        code: row.value,
        name: row.generic_name,
        fault: row.fault,
        field: row.fault_field,
        expected: row.fault_expected,
        item: row.item.map(id),
    };
    Ok(Part::cut(rows.into_iter().map(read).collect(), page))
}
