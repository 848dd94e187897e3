//! 停采: what stops new orders of selected products.
use diesel::QueryableByName;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::{OrganizationId, ProductBlockId, SelectedProductId};
use jicai_domain::listing::mark::MarkKind;
use jicai_domain::listing::rules::ListingRules;
use jicai_domain::ordering::block::Block;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::PRICE_NOW;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::listing::marks::{Row, read};
use crate::page::{Page, Part};
use crate::schema::{official_results, organization_regions, product_blocks, selected_products};
use crate::times::at;

type Columns = (
    product_blocks::id,
    product_blocks::product,
    product_blocks::kind,
    product_blocks::source,
    product_blocks::reason,
    product_blocks::set_by,
    product_blocks::set_at,
    product_blocks::lifted_by,
    product_blocks::lifted_at,
    product_blocks::lift_reason,
);

const COLUMNS: Columns = (
    product_blocks::id,
    product_blocks::product,
    product_blocks::kind,
    product_blocks::source,
    product_blocks::reason,
    product_blocks::set_by,
    product_blocks::set_at,
    product_blocks::lifted_by,
    product_blocks::lifted_at,
    product_blocks::lift_reason,
);

/// Whether an office announced the product.
pub async fn announced(
    tx: &mut Tx,
    office: OrganizationId,
    product: SelectedProductId,
) -> Result<bool, StoreError> {
    let found = selected_products::table
        .inner_join(official_results::table)
        .filter(selected_products::id.eq(column(product)))
        .filter(official_results::office.eq(column(office)));
    Ok(diesel::select(exists(found)).get_result(tx.connection()).await?)
}

/// Whether all regions of the office that announced the product are inside a jurisdiction.
pub async fn inside(tx: &mut Tx, scope: &Scope, product: SelectedProductId) -> Result<bool, StoreError> {
    let regions: Vec<String> = selected_products::table
        .inner_join(official_results::table)
        .inner_join(
            organization_regions::table.on(organization_regions::organization.eq(official_results::office)),
        )
        .filter(selected_products::id.eq(column(product)))
        .select(organization_regions::region)
        .load(tx.connection())
        .await?;
    let covered = |region: &String| RegionCode::parse(region).is_ok_and(|region| scope.covers(region));
    Ok(!regions.is_empty() && regions.iter().all(covered))
}

/// Holds the contracts of a product: whoever has ordered on one of them is through, and whoever orders waits. Then the institutions that have
/// a part of those in force.
pub async fn hold(tx: &mut Tx, product: SelectedProductId) -> Result<Vec<OrganizationId>, StoreError> {
    diesel::sql_query("SELECT id FROM contracts WHERE product = $1 ORDER BY id FOR UPDATE")
        .bind::<SqlUuid, _>(column(product))
        .execute(tx.connection())
        .await?;
    let rows: Vec<Key> = diesel::sql_query(
        "SELECT DISTINCT s.institution AS id FROM contracts c JOIN sub_contracts s ON s.contract = c.id \
         WHERE c.product = $1 AND c.status = 'IN_FORCE' ORDER BY 1",
    )
    .bind::<SqlUuid, _>(column(product))
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|key| id(key.id)).collect())
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Those of a product that nobody has lifted.
pub async fn open(tx: &mut Tx, product: SelectedProductId) -> Result<Vec<Block>, StoreError> {
    let rows: Vec<Row> = product_blocks::table
        .filter(product_blocks::product.eq(column(product)))
        .filter(product_blocks::lifted_at.is_null())
        .order(product_blocks::id)
        .select(COLUMNS)
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Adds one. Errors: `PRODUCT_BLOCK_STATE` where the product has one of its kind.
pub async fn add(tx: &mut Tx, block: &Block) -> Result<(), StoreError> {
    diesel::insert_into(product_blocks::table)
        .values((
            product_blocks::id.eq(column(block.id)),
            product_blocks::product.eq(column(block.of)),
            product_blocks::kind.eq(block.kind.label()),
            product_blocks::source.eq(block.source.label()),
            product_blocks::reason.eq(block.reason.as_str()),
            product_blocks::set_by.eq(column(block.set_by)),
            product_blocks::set_at.eq(at(block.set_at)),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Lifts one. Errors: `PRODUCT_BLOCK_STATE` where somebody has.
pub async fn lift(tx: &mut Tx, block: &Block) -> Result<(), StoreError> {
    let Some((by, when, why)) = &block.lifted else { return Ok(()) };
    let open = product_blocks::table.find(column(block.id)).filter(product_blocks::lifted_at.is_null());
    let lifted = diesel::update(open)
        .set((
            product_blocks::lifted_by.eq(column(*by)),
            product_blocks::lifted_at.eq(at(*when)),
            product_blocks::lift_reason.eq(why.as_str()),
        ))
        .execute(tx.connection())
        .await?;
    if lifted == 1 { Ok(()) } else { Err(Refusal::of(Code::ProductBlockState).into()) }
}

/// Keeps what is told of a product: only whoever changes its blocks does.
pub async fn tell(tx: &mut Tx, product: SelectedProductId, blocked: Option<&str>) -> Result<(), StoreError> {
    diesel::update(selected_products::table.find(column(product)))
        .set(selected_products::blocked.eq(blocked))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A part of all that a product ever had, the newest first.
pub async fn history(
    tx: &mut Tx,
    product: SelectedProductId,
    page: &Page<ProductBlockId>,
) -> Result<Part<Block>, StoreError> {
    let mut query = product_blocks::table
        .filter(product_blocks::product.eq(column(product)))
        .select(COLUMNS)
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(product_blocks::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(product_blocks::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

#[derive(QueryableByName)]
struct Stopped {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    blocked: String,
}

/// Those of the products that are blocked, and by what. Asked after the contracts are held, so that no block comes in between.
pub async fn of_products(
    tx: &mut Tx,
    products: &[SelectedProductId],
) -> Result<Vec<(SelectedProductId, String)>, StoreError> {
    let rows: Vec<Stopped> = diesel::sql_query(
        "SELECT id, blocked FROM selected_products WHERE id = ANY ($1) AND blocked IS NOT NULL",
    )
    .bind::<Array<SqlUuid>, _>(products.iter().copied().map(column).collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (id(row.id), row.blocked)).collect())
}

/// Something that an institution can order in the place of a product.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// The contract, or the listing, by number.
    pub basis: u128,
    /// Whether it is selected.
    pub selected: bool,
    /// The product's name.
    pub name: String,
    /// Its specification.
    pub spec: Option<String>,
    /// The firm.
    pub holder_name: String,
    /// Smallest units in the pack of the listing.
    pub pack_units: Option<i64>,
    /// The price of a pack of a listing, or of a smallest unit of a contract.
    pub price: Option<Decimal>,
}

#[derive(QueryableByName)]
struct AlternativeRow {
    #[diesel(sql_type = SqlUuid)]
    basis: Uuid,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    selected: bool,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    spec: Option<String>,
    #[diesel(sql_type = Text)]
    holder_name: String,
    #[diesel(sql_type = Nullable<diesel::sql_types::BigInt>)]
    pack_units: Option<i64>,
    #[diesel(sql_type = Nullable<Numeric>)]
    price: Option<Decimal>,
}

/// What an institution of that region can order in the place of a product: other selected products of its lot that it has contracts for, then
/// what is listed there under its name and has no mark that stops orders by the rules. Cheapest first.
pub async fn alternatives(
    tx: &mut Tx,
    product: SelectedProductId,
    (hospital, region): (OrganizationId, RegionCode),
    rules: &ListingRules,
) -> Result<Vec<Alternative>, StoreError> {
    let stops = MarkKind::ALL.iter().filter(|kind| kind.stops_orders(rules)).map(|kind| kind.label());
    let wider: Vec<String> = region.ancestors().map(|one| one.to_string()).collect();
    let rows: Vec<AlternativeRow> = diesel::sql_query(format!(
        "SELECT c.id AS basis, true AS selected, p.name, p.spec, p.holder_name, NULL::bigint AS pack_units, {PRICE_NOW} AS price \
         FROM selected_products q JOIN selected_products p ON p.result = q.result AND p.lot_number = q.lot_number AND p.id <> q.id \
         JOIN contracts c ON c.product = p.id AND c.status = 'IN_FORCE' JOIN sub_contracts s ON s.contract = c.id AND s.institution = $2 \
         WHERE q.id = $1 AND p.blocked IS NULL \
         UNION ALL SELECT * FROM (SELECT i.id, false, i.name, i.spec, i.holder_name, i.pack_units, i.price \
         FROM selected_products q JOIN listings i ON i.name IN (q.name, q.lot_name) AND i.state = 'LISTED' AND i.region = ANY ($3) \
             AND i.item IS DISTINCT FROM q.item \
         WHERE q.id = $1 AND NOT EXISTS (SELECT FROM listing_marks m WHERE m.listing = i.id AND m.lifted_at IS NULL AND m.kind = ANY ($4)) \
         ORDER BY i.price / i.pack_units, i.id LIMIT 50) listed"
    ))
    .bind::<SqlUuid, _>(column(product))
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<Array<Text>, _>(wider)
    .bind::<Array<Text>, _>(stops.collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    let read = |row: AlternativeRow| Alternative {
        basis: row.basis.as_u128(),
        selected: row.selected,
        name: row.name,
        spec: row.spec,
        holder_name: row.holder_name,
        pack_units: row.pack_units,
        price: row.price,
    };
    Ok(rows.into_iter().map(read).collect())
}
