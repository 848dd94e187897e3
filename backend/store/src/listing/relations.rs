//! Distribution relations.
use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::exists;
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{OrganizationKind, Reason, RegionCode, Scope, Version};
use jicai_domain::ids::{DistributionRelationId, OrganizationId};
use jicai_domain::listing::relation::{Goods, Relation, RelationState};
use jicai_domain::time::Day;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{distribution_relations, listings, organizations, selected_products};
use crate::times::{at, on, timestamp};

/// Who looks.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A side, at its own.
    Side(Scope),
    /// A buyer of those regions, at what was accepted for them.
    Buyer(Vec<RegionCode>),
    /// An authority, at those of its jurisdiction.
    Jurisdiction(Scope),
}

/// Which relations.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// That stand like this: the label of a state.
    pub state: Option<&'static str>,
    /// Of that manufacturer.
    pub manufacturer: Option<OrganizationId>,
    /// Of that distributor.
    pub distributor: Option<OrganizationId>,
    /// That hold in that region.
    pub region: Option<RegionCode>,
}

/// Who looks, in words of the query.
#[derive(Default)]
struct Terms {
    manufacturers: Vec<Uuid>,
    distributors: Vec<Uuid>,
    bought: Vec<String>,
    covered: Vec<String>,
    wider: Vec<String>,
}

impl Seen {
    fn terms(&self) -> Terms {
        match self {
            Self::Side(scope) => {
                let own: Vec<Uuid> = scope.organization().map(column).into_iter().collect();
                Terms { manufacturers: own.clone(), distributors: own, ..Terms::default() }
            }
            Self::Buyer(regions) => Terms { bought: wider(regions), ..Terms::default() },
            Self::Jurisdiction(scope) => Terms {
                covered: scope.regions().iter().map(ToString::to_string).collect(),
                wider: wider(scope.regions()),
                ..Terms::default()
            },
        }
    }
}

/// The own ones, what was accepted for the buyer's regions, and those of the jurisdiction.
#[diesel::dsl::auto_type]
fn seen_by(terms: Terms) -> _ {
    let manufacturers: Vec<Uuid> = terms.manufacturers;
    let distributors: Vec<Uuid> = terms.distributors;
    let bought: Vec<String> = terms.bought;
    let covered: Vec<String> = terms.covered;
    let wider: Vec<String> = terms.wider;
    let accepted =
        distribution_relations::region.eq_any(bought).and(distribution_relations::accepted_at.is_not_null());
    distribution_relations::manufacturer
        .eq_any(manufacturers)
        .or(distribution_relations::distributor.eq_any(distributors))
        .or(accepted)
        .or(distribution_relations::within.overlaps_with(covered))
        .or(distribution_relations::region.eq_any(wider))
}

/// The regions and all that they are part of.
fn wider(regions: &[RegionCode]) -> Vec<String> {
    let wider: BTreeSet<RegionCode> = regions.iter().flat_map(|region| region.ancestors()).collect();
    wider.iter().map(ToString::to_string).collect()
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = distribution_relations)]
struct Row {
    id: Uuid,
    manufacturer: Uuid,
    distributor: Uuid,
    region: String,
    listing: Option<Uuid>,
    product: Option<Uuid>,
    replaces: Option<Uuid>,
    replaces_because: Option<String>,
    state: String,
    reason: Option<String>,
    valid_from: PgDate,
    valid_to: Option<PgDate>,
    proposed_by: Uuid,
    proposed_at: PgTimestamp,
    accepted_by: Option<Uuid>,
    accepted_at: Option<PgTimestamp>,
    ended_by: Option<Uuid>,
    version: i32,
}

/// Whether a distributor may take new orders for all goods of a manufacturer in a region on a day: a relation for the region, or for one that
/// it is part of.
pub async fn holds(
    tx: &mut Tx,
    manufacturer: OrganizationId,
    distributor: OrganizationId,
    region: RegionCode,
    day: Day,
) -> Result<bool, StoreError> {
    holds_for(tx, (manufacturer, distributor), Goods::All, region, day).await
}

/// The same for some goods: a relation for all goods holds for each of them.
pub async fn holds_for(
    tx: &mut Tx,
    (manufacturer, distributor): (OrganizationId, OrganizationId),
    goods: Goods,
    region: RegionCode,
    day: Day,
) -> Result<bool, StoreError> {
    let (listing, product) = goods_columns(goods);
    let all = distribution_relations::listing.is_null().and(distribution_relations::product.is_null());
    let named = distribution_relations::listing.eq(listing).or(distribution_relations::product.eq(product));
    let found = distribution_relations::table
        .filter(distribution_relations::manufacturer.eq(column(manufacturer)))
        .filter(distribution_relations::distributor.eq(column(distributor)))
        .filter(distribution_relations::region.eq_any(wider(&[region])))
        .filter(distribution_relations::accepted_at.is_not_null())
        .filter(distribution_relations::valid_from.le(on(day)))
        .filter(distribution_relations::valid_to.is_null().or(distribution_relations::valid_to.gt(on(day))))
        .filter(all.nullable().or(named));
    Ok(diesel::select(exists(found)).get_result(tx.connection()).await?)
}

/// The relations of manufacturers for a region that were accepted, the oldest first. Nobody ends one before the transaction is over: an order
/// comes before the end, or is refused with its reason.
pub async fn of_makers(
    tx: &mut Tx,
    makers: &BTreeSet<OrganizationId>,
    region: RegionCode,
) -> Result<Vec<Relation>, StoreError> {
    let rows: Vec<Row> = distribution_relations::table
        .filter(
            distribution_relations::manufacturer
                .eq_any(makers.iter().copied().map(column).collect::<Vec<_>>()),
        )
        .filter(distribution_relations::region.eq_any(wider(&[region])))
        .filter(distribution_relations::accepted_at.is_not_null())
        .order(distribution_relations::id)
        .select(Row::as_select())
        .for_share()
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The distributors that may take new orders for something of a manufacturer in one of those regions on a day.
pub async fn appointed(
    tx: &mut Tx,
    manufacturer: OrganizationId,
    regions: &[RegionCode],
    day: Day,
) -> Result<BTreeSet<OrganizationId>, StoreError> {
    let rows: Vec<Uuid> = distribution_relations::table
        .filter(distribution_relations::manufacturer.eq(column(manufacturer)))
        .filter(distribution_relations::region.eq_any(wider(regions)))
        .filter(distribution_relations::accepted_at.is_not_null())
        .filter(distribution_relations::valid_from.le(on(day)))
        .filter(distribution_relations::valid_to.is_null().or(distribution_relations::valid_to.gt(on(day))))
        .select(distribution_relations::distributor)
        .distinct()
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

/// Whether an organization is an approved one of that type.
pub async fn is_approved(
    tx: &mut Tx,
    wanted: OrganizationId,
    kind: OrganizationKind,
) -> Result<bool, StoreError> {
    let found = organizations::table
        .find(column(wanted))
        .filter(organizations::kind.eq(kind.label()))
        .filter(organizations::status.eq("APPROVED"));
    Ok(diesel::select(exists(found)).get_result(tx.connection()).await?)
}

/// Whether goods are the organization's own. Listings that were rejected, withdrawn or delisted are nobody's goods.
pub async fn owns(tx: &mut Tx, manufacturer: OrganizationId, goods: Goods) -> Result<bool, StoreError> {
    let owner = column(manufacturer);
    Ok(match goods {
        Goods::All => true,
        Goods::Listing(listing) => {
            let own = listings::table
                .find(column(listing))
                .filter(listings::manufacturer.eq(owner))
                .filter(listings::state.eq_any(["APPLIED", "RETURNED", "LISTED", "SUSPENDED"]));
            diesel::select(exists(own)).get_result(tx.connection()).await?
        }
        Goods::Product(product) => {
            let own =
                selected_products::table.find(column(product)).filter(selected_products::holder.eq(owner));
            diesel::select(exists(own)).get_result(tx.connection()).await?
        }
    })
}

/// The names of organizations.
pub async fn names(
    tx: &mut Tx,
    wanted: impl IntoIterator<Item = OrganizationId>,
) -> Result<BTreeMap<OrganizationId, String>, StoreError> {
    let wanted: BTreeSet<OrganizationId> = wanted.into_iter().collect();
    let wanted: Vec<Uuid> = wanted.into_iter().map(column).collect();
    let rows: Vec<(Uuid, String)> = organizations::table
        .filter(organizations::id.eq_any(wanted))
        .select((organizations::id, organizations::name))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(organization, name)| (id(organization), name)).collect())
}

/// Adds one. Errors: `RELATION_EXISTS`, `REGION_UNKNOWN`.
pub async fn add(tx: &mut Tx, relation: &Relation) -> Result<(), StoreError> {
    diesel::insert_into(distribution_relations::table)
        .values((row(relation), distribution_relations::state_since.eq(at(relation.proposed_at))))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One that the looker sees. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, seen: &Seen, wanted: DistributionRelationId) -> Result<Relation, StoreError> {
    let row: Option<Row> = distribution_relations::table
        .find(column(wanted))
        .filter(seen_by(seen.terms()))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    read(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// One that a proposal takes the place of, whoever sees it, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock_any(tx: &mut Tx, wanted: DistributionRelationId) -> Result<Relation, StoreError> {
    let row: Option<Row> = distribution_relations::table
        .find(column(wanted))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    read(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// The same, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, seen: &Seen, wanted: DistributionRelationId) -> Result<Relation, StoreError> {
    let held: Option<Uuid> = distribution_relations::table
        .find(column(wanted))
        .select(distribution_relations::id)
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    held.ok_or(Refusal::of(Code::NotFound))?;
    find(tx, seen, wanted).await
}

/// A part of those that the looker sees, the newest first.
pub async fn list(
    tx: &mut Tx,
    seen: &Seen,
    wanted: &Wanted,
    page: &Page<DistributionRelationId>,
) -> Result<Part<Relation>, StoreError> {
    let mut query =
        distribution_relations::table.filter(seen_by(seen.terms())).select(Row::as_select()).into_boxed();
    if let Some(state) = wanted.state {
        query = query.filter(distribution_relations::state.eq(state));
    }
    if let Some(manufacturer) = wanted.manufacturer {
        query = query.filter(distribution_relations::manufacturer.eq(column(manufacturer)));
    }
    if let Some(distributor) = wanted.distributor {
        query = query.filter(distribution_relations::distributor.eq(column(distributor)));
    }
    if let Some(region) = wanted.region {
        query = query.filter(distribution_relations::region.eq_any(wider(&[region])));
    }
    if let Some(after) = page.after {
        query = query.filter(distribution_relations::id.lt(column(after)));
    }
    let order = distribution_relations::id.desc();
    let rows: Vec<Row> = query.order(order).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// Saves a changed one. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &Relation, expected: Version) -> Result<(), StoreError> {
    let now = tx.now().await?;
    let row = row(changed);
    let saved = diesel::update(distribution_relations::table.find(row.id))
        .filter(distribution_relations::version.eq(expected.number()))
        .set((
            distribution_relations::state.eq(row.state),
            distribution_relations::reason.eq(row.reason),
            distribution_relations::valid_from.eq(row.valid_from),
            distribution_relations::valid_to.eq(row.valid_to),
            distribution_relations::accepted_by.eq(row.accepted_by),
            distribution_relations::accepted_at.eq(row.accepted_at),
            distribution_relations::ended_by.eq(row.ended_by),
            distribution_relations::state_since.eq(at(now)),
            distribution_relations::version.eq(row.version),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

fn goods_columns(goods: Goods) -> (Option<Uuid>, Option<Uuid>) {
    match goods {
        Goods::All => (None, None),
        Goods::Listing(listing) => (Some(column(listing)), None),
        Goods::Product(product) => (None, Some(column(product))),
    }
}

fn row(relation: &Relation) -> Row {
    let (listing, product) = goods_columns(relation.goods);
    Row {
        id: column(relation.id),
        manufacturer: column(relation.manufacturer),
        distributor: column(relation.distributor),
        region: relation.region.to_string(),
        listing,
        product,
        replaces: relation.replaces.as_ref().map(|(before, _)| column(*before)),
        replaces_because: relation.replaces.as_ref().map(|(_, why)| why.as_str().to_owned()),
        state: relation.state.label().to_owned(),
        reason: relation.state.reason().map(|reason| reason.as_str().to_owned()),
        valid_from: on(relation.valid_from),
        valid_to: relation.valid_to.map(on),
        proposed_by: column(relation.proposed_by),
        proposed_at: at(relation.proposed_at),
        accepted_by: relation.accepted.map(|(by, _)| column(by)),
        accepted_at: relation.accepted.map(|(_, when)| at(when)),
        ended_by: relation.state.ended_by().map(column),
        version: relation.version.number(),
    }
}

fn read(row: Row) -> Result<Relation, StoreError> {
    let unreadable = || StoreError::row("distribution relation", row.id);
    let words = |text: Option<&str>| text.map(Reason::parse).transpose().map_err(|_refusal| unreadable());
    let (reason, because) = (words(row.reason.as_deref())?, words(row.replaces_because.as_deref())?);
    let state = match (row.state.as_str(), reason, row.ended_by.map(id)) {
        ("PROPOSED", None, None) => RelationState::Proposed,
        ("ACCEPTED", None, None) => RelationState::Accepted,
        ("REFUSED", Some(reason), None) => RelationState::Refused { reason },
        ("VOIDED", Some(reason), Some(by)) => RelationState::Voided { reason, by },
        ("REPLACED", Some(reason), Some(by)) => RelationState::Replaced { reason, by },
        _other => return Err(unreadable()),
    };
    let goods = match (row.listing, row.product) {
        (Some(listing), _) => Goods::Listing(id(listing)),
        (None, Some(product)) => Goods::Product(id(product)),
        (None, None) => Goods::All,
    };
    Ok(Relation {
        id: id(row.id),
        manufacturer: id(row.manufacturer),
        distributor: id(row.distributor),
        region: read_code(&row.region)?,
        goods,
        replaces: row.replaces.map(id).zip(because),
        state,
        valid_from: crate::times::day(row.valid_from),
        valid_to: row.valid_to.map(crate::times::day),
        proposed_by: id(row.proposed_by),
        proposed_at: timestamp(row.proposed_at),
        accepted: row.accepted_by.map(id).zip(row.accepted_at.map(timestamp)),
        version: Version::new(row.version),
    })
}
