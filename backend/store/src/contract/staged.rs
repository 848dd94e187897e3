//! Rows of a result that was made elsewhere, until it is announced.
use std::collections::{BTreeMap, BTreeSet};

use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::code::CodeKind;
use jicai_domain::contract::compare::ProductKey;
use jicai_domain::contract::official::{
    Content, Holder, PriceBasis, SelectedPrice, SelectedProduct, SupplyRole, SupplyRow,
};
use jicai_domain::identity::OrganizationKind;
use jicai_domain::ids::{ImportId, OrganizationId};
use jicai_domain::imports::ImportedSelection;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::schema::{organizations, result_rows};
use crate::times::{day, on};

/// A product as it was brought in, with the code that the registry may know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The product.
    pub product: SelectedProduct,
    /// The kind and canonical form of the code.
    pub code: Option<(CodeKind, String)>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = result_rows)]
struct Row {
    product: Uuid,
    lot_number: i32,
    lot_name: String,
    name: String,
    spec: String,
    unit: String,
    content: Option<Decimal>,
    representative_content: Option<Decimal>,
    holder_name: String,
    holder_code: Option<String>,
    price: Option<Decimal>,
    price_basis: Option<String>,
    rank: Option<i32>,
    until: PgDate,
    region: Option<String>,
    role: Option<String>,
    volume: Option<i64>,
    item_system: Option<String>,
    item_code: Option<String>,
}

/// Adds rows by their lines of the file; the lines of those that were added. One that names a supply again is left out.
pub async fn add(
    tx: &mut Tx,
    import: ImportId,
    rows: &[(u64, ImportedSelection)],
) -> Result<BTreeSet<u64>, StoreError> {
    let number = |number: u64| i64::try_from(number).map_err(|_large| StoreError::row("number", number));
    let row = |(line, selection): &(u64, ImportedSelection)| {
        let product = &selection.product;
        let supply = selection.supply;
        Ok::<_, StoreError>((
            result_rows::import.eq(column(import)),
            result_rows::line.eq(number(*line)?),
            result_rows::product.eq(column(product.id)),
            result_rows::lot_number.eq(product.lot_number),
            result_rows::lot_name.eq(product.lot_name.clone()),
            result_rows::name.eq(product.name.clone()),
            result_rows::spec.eq(product.spec.clone()),
            result_rows::unit.eq(product.unit.clone()),
            result_rows::content.eq(product.content.map(|content| content.own)),
            result_rows::representative_content.eq(product.content.map(|content| content.representative)),
            result_rows::holder_name.eq(product.holder.name.clone()),
            result_rows::holder_code.eq(product.holder.credit_code.clone()),
            result_rows::price.eq(product.price.map(|price| price.price)),
            result_rows::price_basis.eq(product.price.map(|price| price.basis.label())),
            result_rows::rank.eq(product.rank),
            result_rows::until.eq(on(product.until)),
            result_rows::region.eq(supply.map(|supply| supply.region.to_string())),
            result_rows::role.eq(supply.map(|supply| supply.role.label())),
            result_rows::volume.eq(supply.map(|supply| number(supply.volume)).transpose()?),
            result_rows::item_system.eq(selection.code.as_ref().map(|(system, _)| system.name())),
            result_rows::item_code.eq(selection.code.as_ref().map(|(_, code)| code.clone())),
        ))
    };
    let rows = rows.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let added: Vec<i64> = diesel::insert_into(result_rows::table)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(result_rows::line)
        .get_results(tx.connection())
        .await?;
    Ok(added.into_iter().filter_map(|line| u64::try_from(line).ok()).collect())
}

/// The products that an import has brought for those lots so far, without their supplies.
pub async fn known(
    tx: &mut Tx,
    import: ImportId,
    lots: &[i32],
) -> Result<BTreeMap<ProductKey, Brought>, StoreError> {
    let rows: Vec<Row> = result_rows::table
        .filter(result_rows::import.eq(column(import)))
        .filter(result_rows::lot_number.eq_any(lots))
        .distinct_on((
            result_rows::lot_number,
            result_rows::name,
            result_rows::spec,
            result_rows::holder_name,
        ))
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    let mut known = BTreeMap::new();
    for row in rows {
        let (brought, _supply) = read(row)?;
        known.insert(ProductKey::of(&brought.product), brought);
    }
    Ok(known)
}

/// The whole result as it was brought in: by lot, rank and line.
pub async fn whole(tx: &mut Tx, import: ImportId) -> Result<Vec<Brought>, StoreError> {
    let rows: Vec<Row> = result_rows::table
        .filter(result_rows::import.eq(column(import)))
        .order((result_rows::lot_number, result_rows::rank.asc().nulls_last(), result_rows::line))
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    let mut places: BTreeMap<ProductKey, usize> = BTreeMap::new();
    let mut products: Vec<Brought> = Vec::new();
    for row in rows {
        let (brought, supply) = read(row)?;
        let place = *places.entry(ProductKey::of(&brought.product)).or_insert_with(|| {
            products.push(brought);
            products.len().saturating_sub(1)
        });
        if let Some(known) = products.get_mut(place) {
            known.product.supplies.extend(supply);
        }
    }
    for brought in &mut products {
        brought.product.supplies.sort_by_key(|supply| (supply.region, supply.role));
    }
    Ok(products)
}

/// Forgets the rows of an import.
pub async fn clear(tx: &mut Tx, import: ImportId) -> Result<(), StoreError> {
    let rows = result_rows::table.filter(result_rows::import.eq(column(import)));
    diesel::delete(rows).execute(tx.connection()).await?;
    Ok(())
}

/// The approved manufacturers of those unified social credit codes.
pub async fn manufacturers(
    tx: &mut Tx,
    codes: &[String],
) -> Result<BTreeMap<String, OrganizationId>, StoreError> {
    let rows: Vec<(String, Uuid)> = organizations::table
        .filter(organizations::credit_code.eq_any(codes))
        .filter(organizations::kind.eq(OrganizationKind::Manufacturer.label()))
        .filter(organizations::status.eq("APPROVED"))
        .select((organizations::credit_code, organizations::id))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(code, organization)| (code, id(organization))).collect())
}

fn read(row: Row) -> Result<(Brought, Option<SupplyRow>), StoreError> {
    let line = row.product;
    let unreadable = || StoreError::row("result row", line);
    let basis = row.price_basis.as_deref().map(|basis| PriceBasis::from_label(basis).ok_or_else(unreadable));
    let basis = basis.transpose()?;
    let supply = match (&row.region, &row.role, row.volume) {
        (Some(region), Some(role), Some(volume)) => Some(SupplyRow {
            region: read_code(region)?,
            role: SupplyRole::from_label(role).ok_or_else(unreadable)?,
            volume: u64::try_from(volume).map_err(|_negative| unreadable())?,
        }),
        (None, None, None) => None,
        (Some(_) | None, Some(_) | None, Some(_) | None) => return Err(unreadable()),
    };
    let content = row.content.zip(row.representative_content);
    let kind = |system: &String| CodeKind::from_name(system).ok_or_else(unreadable);
    let system = row.item_system.as_ref().map(kind).transpose()?;
    let product = SelectedProduct {
        item: None,
        id: id(row.product),
        lot_number: row.lot_number,
        lot_name: row.lot_name,
        name: row.name,
        spec: row.spec,
        unit: row.unit,
        content: content.map(|(own, representative)| Content { own, representative }),
        holder: Holder { name: row.holder_name, credit_code: row.holder_code, organization: None },
        round_product: None,
        price: row.price.zip(basis).map(|(price, basis)| SelectedPrice { price, basis }),
        rank: row.rank,
        until: day(row.until),
        blocked: None,
        supplies: Vec::new(),
    };
    Ok((Brought { product, code: system.zip(row.item_code) }, supply))
}
