//! What records name of the registry: the columns that keep it, what codes name on a day, and what was said of items when they were named.
use diesel::QueryableByName;
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::code::CodeKind;
use jicai_domain::catalog::item::{ItemStatus, ItemUse, Tie};
use jicai_domain::ids::SelectedProductId;
use jicai_domain::time::{Day, Timestamp};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::selected_products;
use crate::times::{at, day, on, timestamp};

/// The columns `item`, `item_system`, `item_code`, `item_release`, `item_at` of a row.
pub(crate) type UseColumns = (Option<Uuid>, Option<String>, Option<String>, Option<i32>, Option<PgTimestamp>);

/// What the columns of a row say. Errors: columns that say nothing.
pub(crate) fn read_use(
    (item, system, code, release, known): UseColumns,
) -> Result<Option<ItemUse>, StoreError> {
    let Some(((system, code), known)) = system.zip(code).zip(known) else { return Ok(None) };
    Ok(Some(ItemUse {
        item: item.map(id),
        system: CodeKind::from_name(&system).ok_or_else(|| StoreError::row("code", &system))?,
        code,
        release,
        at: timestamp(known),
    }))
}

/// The columns that say it.
pub(crate) fn written(used: Option<&ItemUse>) -> UseColumns {
    (
        used.and_then(|used| used.item).map(column),
        used.map(|used| used.system.name().to_owned()),
        used.map(|used| used.code.clone()),
        used.and_then(|used| used.release),
        used.map(|used| at(used.at)),
    )
}

#[derive(QueryableByName)]
struct TieRow {
    #[diesel(sql_type = Text)]
    system: String,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = SqlUuid)]
    item: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    status: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    ended: Option<PgDate>,
    #[diesel(sql_type = Nullable<Integer>)]
    release: Option<i32>,
}

/// Our own codes are columns of items, all others rows. The release is the newest one then of the list that gave the item the code.
const TIES: &str = "WITH asked AS (SELECT DISTINCT system, value FROM unnest($3, $4) AS k (system, value)), \
    tied AS (SELECT k.system, k.value, i.item, CASE WHEN i.valid_to <= $1 THEN i.valid_to END AS ended, i.release FROM asked k \
            JOIN item_identifiers i ON i.value = k.value AND i.system = k.system AND i.status <> 'ENTERED_IN_ERROR' AND i.valid_from <= $1 \
                AND i.recorded_at <= $2 AND (i.superseded_at IS NULL OR i.superseded_at > $2) \
        UNION ALL SELECT k.system, k.value, s.id, NULL, s.release FROM asked k JOIN items s ON k.system = 'jicai' AND s.own_code = k.value \
            AND s.created_at <= $2) \
    SELECT t.system, t.value, t.item, v.status, t.ended, \
        (SELECT r.number FROM item_releases r JOIN item_releases o ON o.source = r.source WHERE o.number = t.release AND r.status = 'PUBLISHED' \
            AND r.recorded_at <= $2 ORDER BY r.recorded_at DESC LIMIT 1) AS release \
    FROM tied t \
    LEFT JOIN item_versions v ON v.item = t.item AND v.valid_from <= $1 AND (v.valid_to IS NULL OR v.valid_to > $1) AND v.recorded_at <= $2 \
        AND (v.superseded_at IS NULL OR v.superseded_at > $2) \
    ORDER BY t.item";

/// What codes name on a day, or named before it, as it was known at an instant.
pub async fn ties(
    tx: &mut Tx,
    codes: &[(CodeKind, String)],
    (valid_on, known_at): (Day, Timestamp),
) -> Result<Vec<Tie>, StoreError> {
    let systems: Vec<&str> = codes.iter().map(|(system, _)| system.name()).collect();
    let values: Vec<&str> = codes.iter().map(|(_, value)| value.as_str()).collect();
    let rows: Vec<TieRow> = diesel::sql_query(TIES)
        .bind::<Date, _>(on(valid_on))
        .bind::<Timestamptz, _>(at(known_at))
        .bind::<Array<Text>, _>(systems)
        .bind::<Array<Text>, _>(values)
        .load(tx.connection())
        .await?;
    rows.into_iter().map(tie).collect()
}

fn tie(row: TieRow) -> Result<Tie, StoreError> {
    let unreadable = || StoreError::row("tie", row.item);
    let status = |label: String| ItemStatus::from_label(&label).ok_or_else(unreadable);
    Ok(Tie {
        system: CodeKind::from_name(&row.system).ok_or_else(unreadable)?,
        value: row.value,
        item: id(row.item),
        status: row.status.map(status).transpose()?,
        ended: row.ended.map(day),
        release: row.release,
    })
}

/// What selected products name; those that name nothing are left out.
pub async fn of_selected(
    tx: &mut Tx,
    products: &[SelectedProductId],
) -> Result<Vec<(SelectedProductId, ItemUse)>, StoreError> {
    let products: Vec<Uuid> = products.iter().copied().map(column).collect();
    let rows: Vec<(Uuid, UseColumns)> = selected_products::table
        .filter(selected_products::id.eq_any(products))
        .filter(selected_products::item_code.is_not_null())
        .select((
            selected_products::id,
            (
                selected_products::item,
                selected_products::item_system,
                selected_products::item_code,
                selected_products::item_release,
                selected_products::item_at,
            ),
        ))
        .load(tx.connection())
        .await?;
    let named = rows.into_iter().map(|(product, used)| Ok(read_use(used)?.map(|used| (id(product), used))));
    named.filter_map(Result::transpose).collect()
}
