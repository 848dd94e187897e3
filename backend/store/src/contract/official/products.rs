//! Selected products with their supplies.
use std::collections::BTreeMap;

use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::official::{
    Content, Holder, OfficialResult, PriceBasis, SelectedPrice, SelectedProduct, SupplyRole, SupplyRow,
};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::OrganizationKind;
use jicai_domain::ids::{ItemId, OfficialResultId, OrganizationId, SelectedProductId};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::catalog::uses::{read_use, written};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{official_results, organizations, selected_products, selected_supplies};
use crate::times::{day, on};

/// Rows that one statement inserts: a statement has at most 65,535 parameters.
const CHUNK: usize = 2_000;

/// A product at its place in a result.
#[derive(Clone, Debug)]
pub struct PlacedProduct {
    /// Its place, from 1.
    pub place: i32,
    /// The result.
    pub result: OfficialResultId,
    /// The product.
    pub product: SelectedProduct,
}

pub(super) async fn add(
    tx: &mut Tx,
    result: OfficialResultId,
    products: &[SelectedProduct],
) -> Result<(), StoreError> {
    let row = |(place, product): (usize, &SelectedProduct)| {
        let place =
            i32::try_from(place.saturating_add(1)).map_err(|_large| StoreError::row("place", place))?;
        let used = written(product.item.as_ref());
        Ok::<_, StoreError>((
            (
                selected_products::item.eq(used.0),
                selected_products::item_system.eq(used.1),
                selected_products::item_code.eq(used.2),
                selected_products::item_release.eq(used.3),
                selected_products::item_at.eq(used.4),
            ),
            selected_products::id.eq(column(product.id)),
            selected_products::result.eq(column(result)),
            selected_products::place.eq(place),
            selected_products::lot_number.eq(product.lot_number),
            selected_products::lot_name.eq(product.lot_name.clone()),
            selected_products::name.eq(product.name.clone()),
            selected_products::spec.eq(product.spec.clone()),
            selected_products::unit.eq(product.unit.clone()),
            selected_products::content.eq(product.content.map(|content| content.own)),
            selected_products::representative_content
                .eq(product.content.map(|content| content.representative)),
            selected_products::holder_name.eq(product.holder.name.clone()),
            selected_products::holder_code.eq(product.holder.credit_code.clone()),
            selected_products::holder.eq(product.holder.organization.map(column)),
            selected_products::round_product.eq(product.round_product.map(column)),
            selected_products::price.eq(product.price.map(|price| price.price)),
            selected_products::price_basis.eq(product.price.map(|price| price.basis.label())),
            selected_products::rank.eq(product.rank),
            selected_products::until.eq(on(product.until)),
            selected_products::blocked.eq(product.blocked.clone()),
        ))
    };
    let rows = products.iter().enumerate().map(row).collect::<Result<Vec<_>, _>>()?;
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        diesel::insert_into(selected_products::table).values(chunk).execute(tx.connection()).await?;
    }
    add_supplies(tx, products).await
}

async fn add_supplies(tx: &mut Tx, products: &[SelectedProduct]) -> Result<(), StoreError> {
    let all = products.iter().flat_map(|product| product.supplies.iter().map(move |row| (product.id, row)));
    let rows = all.map(|(product, supply)| {
        let volume =
            i64::try_from(supply.volume).map_err(|_large| StoreError::row("volume", supply.volume))?;
        Ok::<_, StoreError>((
            selected_supplies::product.eq(column(product)),
            selected_supplies::region.eq(supply.region.to_string()),
            selected_supplies::role.eq(supply.role.label()),
            selected_supplies::volume.eq(volume),
        ))
    });
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        diesel::insert_into(selected_supplies::table).values(chunk).execute(tx.connection()).await?;
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = selected_products)]
struct Row {
    id: Uuid,
    result: Uuid,
    place: i32,
    lot_number: i32,
    lot_name: String,
    name: String,
    spec: String,
    unit: String,
    content: Option<Decimal>,
    representative_content: Option<Decimal>,
    holder_name: String,
    holder_code: Option<String>,
    holder: Option<Uuid>,
    round_product: Option<Uuid>,
    price: Option<Decimal>,
    price_basis: Option<String>,
    rank: Option<i32>,
    until: PgDate,
    blocked: Option<String>,
    item: Option<Uuid>,
    item_system: Option<String>,
    item_code: Option<String>,
    item_release: Option<i32>,
    item_at: Option<PgTimestamp>,
}

/// A product. Errors: `NOT_FOUND`.
pub async fn product(tx: &mut Tx, wanted: SelectedProductId) -> Result<PlacedProduct, StoreError> {
    let row: Option<Row> = selected_products::table
        .find(column(wanted))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    let row = row.ok_or(Refusal::of(Code::NotFound))?;
    let mut found = with_supplies(tx, vec![row]).await?;
    found.pop().ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of a result's products, in their order.
pub async fn products(
    tx: &mut Tx,
    result: OfficialResultId,
    page: &Page<i32>,
) -> Result<Part<PlacedProduct>, StoreError> {
    let rows: Vec<Row> = selected_products::table
        .filter(selected_products::result.eq(column(result)))
        .filter(selected_products::place.gt(page.after.unwrap_or(0)))
        .order(selected_products::place)
        .limit(page.limit())
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    Ok(Part::cut(with_supplies(tx, rows).await?, page))
}

/// All products of a result, in their order.
pub async fn all_products(tx: &mut Tx, result: OfficialResultId) -> Result<Vec<PlacedProduct>, StoreError> {
    let rows: Vec<Row> = selected_products::table
        .filter(selected_products::result.eq(column(result)))
        .order(selected_products::place)
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    with_supplies(tx, rows).await
}

/// All products of an edition of an office's result, part by part.
pub async fn of_edition(tx: &mut Tx, edition: &OfficialResult) -> Result<Vec<PlacedProduct>, StoreError> {
    let rows: Vec<Row> = selected_products::table
        .inner_join(official_results::table)
        .filter(official_results::office.eq(column(edition.office)))
        .filter(official_results::name.eq(edition.name.as_str()))
        .filter(official_results::edition.eq(edition.edition))
        .order((official_results::part, selected_products::place))
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    with_supplies(tx, rows).await
}

/// Products that name items, the newest first, and one more of each item than the page has room for.
pub async fn of_items(
    tx: &mut Tx,
    items: &[ItemId],
    page: &Page<SelectedProductId>,
) -> Result<Vec<(ItemId, PlacedProduct)>, StoreError> {
    let items: Vec<Uuid> = items.iter().copied().map(column).collect();
    let found: Vec<NamedRow> = diesel::sql_query(
        "SELECT p.id FROM unnest($1) AS asked (item) CROSS JOIN LATERAL (SELECT id FROM selected_products s \
         WHERE s.item = asked.item AND ($2 IS NULL OR s.id < $2) ORDER BY s.id DESC LIMIT $3) p",
    )
    .bind::<Array<SqlUuid>, _>(items)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    let rows: Vec<Row> = selected_products::table
        .filter(selected_products::id.eq_any(found.into_iter().map(|row| row.id).collect::<Vec<Uuid>>()))
        .order(selected_products::id.desc())
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    let placed = with_supplies(tx, rows).await?;
    let named = placed.into_iter().filter_map(|placed| {
        let item = placed.product.item.as_ref().and_then(|used| used.item)?;
        Some((item, placed))
    });
    Ok(named.collect())
}

#[derive(QueryableByName)]
struct NamedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The products of a lot, in their order.
pub async fn lot(
    tx: &mut Tx,
    result: OfficialResultId,
    lot_number: i32,
) -> Result<Vec<PlacedProduct>, StoreError> {
    let rows: Vec<Row> = selected_products::table
        .filter(selected_products::result.eq(column(result)))
        .filter(selected_products::lot_number.eq(lot_number))
        .order(selected_products::place)
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    with_supplies(tx, rows).await
}

/// Holds the products of a lot until the transaction ends: what becomes of its volume is decided one after another.
pub async fn lock_lot(tx: &mut Tx, result: OfficialResultId, lot_number: i32) -> Result<(), StoreError> {
    selected_products::table
        .filter(selected_products::result.eq(column(result)))
        .filter(selected_products::lot_number.eq(lot_number))
        .order(selected_products::place)
        .select(selected_products::id)
        .for_update()
        .load::<Uuid>(tx.connection())
        .await?;
    Ok(())
}

/// Who holds a product, held until the transaction ends; none while no organization is known. Errors: `NOT_FOUND`.
pub async fn lock_holder(
    tx: &mut Tx,
    wanted: SelectedProductId,
) -> Result<Option<OrganizationId>, StoreError> {
    let holder: Option<Option<Uuid>> = selected_products::table
        .find(column(wanted))
        .select(selected_products::holder)
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    Ok(holder.ok_or(Refusal::of(Code::NotFound))?.map(id))
}

/// Whether an organization is an approved manufacturer.
pub async fn is_manufacturer(tx: &mut Tx, wanted: OrganizationId) -> Result<bool, StoreError> {
    let found = organizations::table
        .find(column(wanted))
        .filter(organizations::kind.eq(OrganizationKind::Manufacturer.label()))
        .filter(organizations::status.eq("APPROVED"));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(tx.connection()).await?)
}

/// Says which organization the firm of a product is.
pub async fn set_holder(
    tx: &mut Tx,
    product: SelectedProductId,
    holder: OrganizationId,
) -> Result<(), StoreError> {
    diesel::update(selected_products::table.find(column(product)))
        .set(selected_products::holder.eq(column(holder)))
        .execute(tx.connection())
        .await?;
    Ok(())
}

async fn with_supplies(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<PlacedProduct>, StoreError> {
    let wanted: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let supplies: Vec<(Uuid, String, String, i64)> = selected_supplies::table
        .filter(selected_supplies::product.eq_any(wanted))
        .order((selected_supplies::product, selected_supplies::region, selected_supplies::role))
        .select((
            selected_supplies::product,
            selected_supplies::region,
            selected_supplies::role,
            selected_supplies::volume,
        ))
        .load(tx.connection())
        .await?;
    let mut of: BTreeMap<Uuid, Vec<SupplyRow>> = BTreeMap::new();
    for (product, region, role, volume) in supplies {
        let row = SupplyRow {
            region: read_code(&region)?,
            role: SupplyRole::from_label(&role).ok_or_else(|| StoreError::row("supply role", &role))?,
            volume: u64::try_from(volume).map_err(|_negative| StoreError::row("volume", volume))?,
        };
        of.entry(product).or_default().push(row);
    }
    rows.into_iter()
        .map(|row| {
            let supplies = of.remove(&row.id).unwrap_or_default();
            placed(row, supplies)
        })
        .collect()
}

fn placed(row: Row, supplies: Vec<SupplyRow>) -> Result<PlacedProduct, StoreError> {
    let content = match (row.content, row.representative_content) {
        (Some(own), Some(representative)) => Some(Content { own, representative }),
        (Some(_), None) | (None, _) => None,
    };
    let price = match (row.price, row.price_basis.as_deref()) {
        (Some(price), Some(basis)) => {
            let basis = PriceBasis::from_label(basis).ok_or_else(|| StoreError::row("price basis", basis))?;
            Some(SelectedPrice { price, basis })
        }
        (Some(_), None) | (None, _) => None,
    };
    let product = SelectedProduct {
        item: read_use((row.item, row.item_system, row.item_code, row.item_release, row.item_at))?,
        id: id(row.id),
        lot_number: row.lot_number,
        lot_name: row.lot_name,
        name: row.name,
        spec: row.spec,
        unit: row.unit,
        content,
        holder: Holder {
            name: row.holder_name,
            credit_code: row.holder_code,
            organization: row.holder.map(id),
        },
        round_product: row.round_product.map(id),
        price,
        rank: row.rank,
        until: day(row.until),
        blocked: row.blocked,
        supplies,
    };
    Ok(PlacedProduct { place: row.place, result: id(row.result), product })
}
