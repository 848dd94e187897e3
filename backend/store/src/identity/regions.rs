//! The region tree; public, so no scope.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::{Region, RegionCode};

use crate::door::Tx;
use crate::errors::StoreError;
use crate::page::{Page, Part};
use crate::schema::{organization_regions, organizations, regions};

type Row = (String, String, String);

/// The regions of those codes, in any order.
pub async fn named(tx: &mut Tx, codes: &[RegionCode]) -> Result<Vec<Region>, StoreError> {
    let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
    let rows: Vec<Row> = regions::table
        .filter(regions::code.eq_any(codes))
        .select((regions::code, regions::name, regions::english))
        .load(tx.connection())
        .await?;
    rows.into_iter().map(region).collect()
}

/// The parts of a region, one level down.
pub async fn below(
    tx: &mut Tx,
    parent: RegionCode,
    page: &Page<RegionCode>,
) -> Result<Part<Region>, StoreError> {
    let after = page.after.map(|code| code.to_string()).unwrap_or_default();
    let rows: Vec<Row> = regions::table
        .filter(regions::parent.eq(parent.to_string()))
        .filter(regions::code.gt(after))
        .order(regions::code)
        .limit(page.limit())
        .select((regions::code, regions::name, regions::english))
        .load(tx.connection())
        .await?;
    let found: Result<Vec<Region>, StoreError> = rows.into_iter().map(region).collect();
    Ok(Part::cut(found?, page))
}

fn region((code, name, english): Row) -> Result<Region, StoreError> {
    Ok(Region { code: read_code(&code)?, name, english })
}

pub(crate) fn read_code(text: &str) -> Result<RegionCode, StoreError> {
    RegionCode::parse(text).map_err(|_refusal| StoreError::row("region", text))
}

/// The regions that the organization of the query acts in, in the query's own round trip.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn own_regions() -> _ {
    organization_regions::table
        .filter(organization_regions::organization.eq(organizations::id))
        .order(organization_regions::region)
        .select(organization_regions::region)
}

pub(crate) fn read_codes(regions: &[String]) -> Result<Vec<RegionCode>, StoreError> {
    regions.iter().map(|region| read_code(region)).collect()
}
