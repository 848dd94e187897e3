//! What a listed price is compared with.
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::exact::Exact;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{ListingId, OrganizationId};
use jicai_domain::listing::verdict::SelectedOffer;
use jicai_domain::time::Day;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::schema::listings;
use crate::times::on;

/// The price of a smallest unit.
pub fn unit_price(price: Decimal, pack_units: u64) -> Option<Exact> {
    Exact::from(price).checked_div(&Exact::from(pack_units))
}

fn per_unit(price: Decimal, pack_units: i64) -> Result<Exact, StoreError> {
    let units = u64::try_from(pack_units).ok();
    units.and_then(|units| unit_price(price, units)).ok_or_else(|| StoreError::row("pack units", pack_units))
}

/// The prices of a smallest unit that a product is listed at outside a region.
pub async fn elsewhere(
    tx: &mut Tx,
    same4: &str,
    region: RegionCode,
) -> Result<Vec<(RegionCode, Exact)>, StoreError> {
    let rows: Vec<(String, Decimal, i64)> = listings::table
        .filter(listings::same4.eq(same4))
        .filter(listings::state.eq("LISTED"))
        .filter(listings::region.ne(region.to_string()))
        .select((listings::region, listings::price, listings::pack_units))
        .load(tx.connection())
        .await?;
    rows.into_iter()
        .map(|(region, price, units)| Ok((read_code(&region)?, per_unit(price, units)?)))
        .collect()
}

/// The prices of a smallest unit that other makers list the group at in a region.
pub async fn group(
    tx: &mut Tx,
    same3: &str,
    (region, manufacturer): (RegionCode, OrganizationId),
    except: Option<ListingId>,
) -> Result<Vec<Exact>, StoreError> {
    let rows: Vec<(Decimal, i64)> = listings::table
        .filter(listings::same3.eq(same3))
        .filter(listings::state.eq("LISTED"))
        .filter(listings::region.eq(region.to_string()))
        .filter(listings::manufacturer.ne(column(manufacturer)))
        .filter(listings::id.ne(except.map_or(Uuid::nil(), column)))
        .select((listings::price, listings::pack_units))
        .load(tx.connection())
        .await?;
    rows.into_iter().map(|(price, units)| per_unit(price, units)).collect()
}

#[derive(QueryableByName)]
struct Selected {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    holder: Option<Uuid>,
    #[diesel(sql_type = Text)]
    spec: String,
    #[diesel(sql_type = Numeric)]
    price: Decimal,
    #[diesel(sql_type = Bool)]
    supplies: bool,
    #[diesel(sql_type = Bool)]
    national: bool,
    #[diesel(sql_type = Bool)]
    disclosed: bool,
}

/// What is selected under a generic name on a day, with its spec, of results that hold in a region: national ones, those of an office of
/// the region, and those with a supplier there. Only the newest edition of a result counts, and nobody who has left.
pub async fn selected(
    tx: &mut Tx,
    name: &str,
    (region, day): (RegionCode, Day),
) -> Result<Vec<(String, SelectedOffer)>, StoreError> {
    let wider: Vec<String> = region.ancestors().map(|one| one.to_string()).collect();
    let rows: Vec<Selected> = diesel::sql_query(include_str!("../../sql/listing/selected.sql"))
        .bind::<Text, _>(name)
        .bind::<Array<Text>, _>(wider)
        .bind::<Date, _>(on(day))
        .load(tx.connection())
        .await?;
    let offer = |row: Selected| {
        let offer = SelectedOffer {
            holder: row.holder.map(id::<OrganizationId>),
            unit_price: Exact::from(row.price),
            supplies: row.supplies,
            national: row.national,
            disclosed: row.disclosed,
        };
        (row.spec, offer)
    };
    Ok(rows.into_iter().map(offer).collect())
}
