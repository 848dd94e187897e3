//! What payment standards are made of: what a result selects, and what is listed beside it.
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::exact::Exact;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{ItemId, OfficialResultId};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};

/// A product that a result selects.
#[derive(Clone, Debug)]
pub struct SelectedItem {
    /// The item of the registry, where it is known.
    pub item: Option<ItemId>,
    /// Its generic name, as names are compared.
    pub name: String,
    /// Its spec.
    pub spec: String,
    /// Yuan per smallest unit.
    pub price: Decimal,
    /// Whether it is supplied in the region.
    pub supplies: bool,
}

/// A product that is listed under a name that a result selects.
#[derive(Clone, Debug)]
pub struct BesideItem {
    /// The item of the registry.
    pub item: ItemId,
    /// Its generic name, as names are compared.
    pub name: String,
    /// Its spec.
    pub spec: String,
    /// What a smallest unit cost when the result was announced.
    pub before: Exact,
    /// What it costs today.
    pub today: Exact,
}

#[derive(QueryableByName)]
struct SelectedRow {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    item: Option<Uuid>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    spec: String,
    #[diesel(sql_type = Numeric)]
    price: Decimal,
    #[diesel(sql_type = Bool)]
    supplies: bool,
}

#[derive(QueryableByName)]
struct BesideRow {
    #[diesel(sql_type = SqlUuid)]
    item: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    spec: String,
    #[diesel(sql_type = Numeric)]
    before: Decimal,
    #[diesel(sql_type = Numeric)]
    price: Decimal,
    #[diesel(sql_type = BigInt)]
    pack_units: i64,
}

/// What a result selects at a price that everybody may know, where it holds in a region; nothing for an edition that another one has replaced.
pub async fn selected(
    tx: &mut Tx,
    result: OfficialResultId,
    region: RegionCode,
) -> Result<Vec<SelectedItem>, StoreError> {
    let wider: Vec<String> = region.ancestors().map(|one| one.to_string()).collect();
    let rows: Vec<SelectedRow> = diesel::sql_query(include_str!("../../sql/settlement/selected.sql"))
        .bind::<SqlUuid, _>(column(result))
        .bind::<Array<Text>, _>(wider)
        .load(tx.connection())
        .await?;
    let selected = |row: SelectedRow| SelectedItem {
        item: row.item.map(id),
        name: row.name,
        spec: row.spec,
        price: row.price,
        supplies: row.supplies,
    };
    Ok(rows.into_iter().map(selected).collect())
}

/// What is listed in a region under those names, with its price when a result was announced.
pub async fn listed(
    tx: &mut Tx,
    names: &[&str],
    (result, region): (OfficialResultId, RegionCode),
) -> Result<Vec<BesideItem>, StoreError> {
    let rows: Vec<BesideRow> = diesel::sql_query(
        "SELECT DISTINCT ON (l.item) l.item, plain_name(l.name) AS name, coalesce(l.spec, '') AS spec, l.price, l.pack_units, \
             coalesce((SELECT p.price FROM listing_prices p JOIN official_results r ON r.id = $1 \
                 WHERE p.listing = l.id AND p.effective_at <= r.announced_at AND (p.ended_at IS NULL OR p.ended_at > r.announced_at) \
                 ORDER BY p.effective_at DESC LIMIT 1), l.price) AS before \
         FROM listings l WHERE l.region = $2 AND l.state = 'LISTED' AND l.item IS NOT NULL AND plain_name(l.name) = ANY ($3) \
         ORDER BY l.item, l.price / l.pack_units DESC",
    )
    .bind::<SqlUuid, _>(column(result))
    .bind::<Text, _>(region.to_string())
    .bind::<Array<Text>, _>(names)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(beside).collect()
}

fn beside(row: BesideRow) -> Result<BesideItem, StoreError> {
    let unreadable = || StoreError::row("pack units", row.pack_units);
    let units = u64::try_from(row.pack_units).map_err(|_negative| unreadable())?;
    let of_unit = |price: Decimal| Exact::from(price).checked_div(&Exact::from(units)).ok_or_else(unreadable);
    Ok(BesideItem {
        item: id(row.item),
        before: of_unit(row.before)?,
        today: of_unit(row.price)?,
        name: row.name,
        spec: row.spec,
    })
}
