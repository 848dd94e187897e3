//! Listings.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Scope, Version};
use jicai_domain::ids::{ItemId, ListingId, OrganizationId};
use jicai_domain::listing::mark::{MarkKind, may_order};
use jicai_domain::listing::rules::ListingRules;
use jicai_domain::listing::state::{Labels, Listing, ListingState, Side};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::marks;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{listing_marks, listings};
use crate::times::{at, timestamp};

/// Who looks.
#[derive(Clone, Debug)]
pub enum Seen {
    /// Everybody: what is or was listed.
    Public,
    /// A firm: its own beside that.
    Firm(Scope),
    /// An authority: all of its jurisdiction beside that.
    Jurisdiction(Scope),
}

/// Which listings.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// That stand like this: the label of a state.
    pub state: Option<&'static str>,
    /// In that region, or in one that it is part of or that is part of it.
    pub region: Option<RegionCode>,
    /// With that in their name or holder's name.
    pub text: Option<String>,
    /// With that mark now.
    pub mark: Option<MarkKind>,
    /// Of that manufacturer.
    pub manufacturer: Option<OrganizationId>,
    /// Of that item.
    pub item: Option<ItemId>,
}

/// Who looks, in words of the query.
#[derive(Default)]
struct Terms {
    own: Vec<Uuid>,
    covered: Vec<String>,
}

impl Seen {
    fn terms(&self) -> Terms {
        match self {
            Self::Public => Terms::default(),
            Self::Firm(scope) => {
                Terms { own: scope.organization().map(column).into_iter().collect(), ..Terms::default() }
            }
            Self::Jurisdiction(scope) => Terms {
                covered: scope.regions().iter().map(ToString::to_string).collect(),
                ..Terms::default()
            },
        }
    }
}

/// What is or was listed, the own ones, and those of the jurisdiction.
#[diesel::dsl::auto_type]
fn seen_by(terms: Terms) -> _ {
    let own: Vec<Uuid> = terms.own;
    let covered: Vec<String> = terms.covered;
    listings::listed_at
        .is_not_null()
        .or(listings::manufacturer.eq_any(own))
        .or(listings::within.overlaps_with(covered))
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = listings)]
struct Row {
    id: Uuid,
    item: Option<Uuid>,
    manufacturer: Uuid,
    region: String,
    name: String,
    form: Option<String>,
    spec: Option<String>,
    holder_name: String,
    unit: String,
    same4: Option<String>,
    same3: Option<String>,
    price: Decimal,
    pack_units: i64,
    state: String,
    reason: Option<String>,
    suspended_by: Option<String>,
    applied_by: Uuid,
    applied_at: PgTimestamp,
    listed_at: Option<PgTimestamp>,
    version: i32,
}

/// What an order needs of a listing.
#[derive(Clone, Debug)]
pub struct Orderable {
    /// The listing, with its price.
    pub listing: Listing,
    /// Why no new order goes in: `LISTING_NOT_ORDERABLE` with the reason; none where one may.
    pub refusal: Option<Refusal>,
}

/// Whether new orders may go into listings now, and why not; one that there is not is left out. Who asks in a transaction holds the
/// listings until its end, and only then looks at the clock: an order comes before a stop, or after it.
pub async fn orderable_many(
    tx: &mut Tx,
    rules: &ListingRules,
    wanted: &[ListingId],
) -> Result<Vec<Orderable>, StoreError> {
    let ids: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let named = listings::table.filter(listings::id.eq_any(ids)).order(listings::id).select(Row::as_select());
    let rows: Vec<Row> = if tx.holds() {
        named.for_share().load(tx.connection()).await?
    } else {
        named.load(tx.connection()).await?
    };
    let found: Vec<Listing> = rows.into_iter().map(read).collect::<Result<_, _>>()?;
    let standing = marks::open(tx, wanted).await?;
    let now = tx.now().await?;
    let judged = |listing: Listing| {
        let own: Vec<_> = standing.iter().filter(|mark| mark.of == listing.id).cloned().collect();
        Orderable { refusal: may_order(rules, &listing.state, &own, now).err(), listing }
    };
    Ok(found.into_iter().map(judged).collect())
}

/// Adds one. Errors: `LISTING_EXISTS`, `REGION_UNKNOWN`.
pub async fn add(tx: &mut Tx, listing: &Listing) -> Result<(), StoreError> {
    diesel::insert_into(listings::table)
        .values((row(listing)?, listings::state_since.eq(at(listing.applied_at))))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One that the looker sees. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, seen: &Seen, wanted: ListingId) -> Result<Listing, StoreError> {
    let row: Option<Row> = listings::table
        .find(column(wanted))
        .filter(seen_by(seen.terms()))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    read(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// One that a firm or an office may change, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: ListingId) -> Result<Listing, StoreError> {
    let row: Option<Row> = listings::table
        .find(column(wanted))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    let listing = row.map(read).transpose()?;
    let own = |listing: &Listing| match scope.organization() {
        Some(own) => own == listing.manufacturer,
        None => scope.covers(listing.region),
    };
    listing.filter(own).ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of those that the looker sees, the newest first.
pub async fn list(
    tx: &mut Tx,
    seen: &Seen,
    wanted: &Wanted,
    page: &Page<ListingId>,
) -> Result<Part<Listing>, StoreError> {
    let mut query = listings::table.filter(seen_by(seen.terms())).select(Row::as_select()).into_boxed();
    if let Some(state) = wanted.state {
        query = query.filter(listings::state.eq(state));
    }
    if let Some(region) = wanted.region {
        let wider: Vec<String> = region.ancestors().map(|one| one.to_string()).collect();
        let inside = listings::within.overlaps_with(vec![region.to_string()]);
        query = query.filter(inside.or(listings::region.eq_any(wider)));
    }
    if let Some(text) = &wanted.text {
        let like = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        query = query.filter(listings::name.ilike(like.clone()).or(listings::holder_name.ilike(like)));
    }
    if let Some(kind) = wanted.mark {
        let marked = listing_marks::table
            .filter(listing_marks::kind.eq(kind.label()))
            .filter(listing_marks::lifted_at.is_null())
            .select(listing_marks::listing);
        query = query.filter(listings::id.eq_any(marked));
    }
    if let Some(manufacturer) = wanted.manufacturer {
        query = query.filter(listings::manufacturer.eq(column(manufacturer)));
    }
    if let Some(item) = wanted.item {
        query = query.filter(listings::item.eq(column(item)));
    }
    if let Some(after) = page.after {
        query = query.filter(listings::id.lt(column(after)));
    }
    let rows: Vec<Row> = query.order(listings::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// Saves a changed one. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &Listing, expected: Version) -> Result<(), StoreError> {
    let now = tx.now().await?;
    let row = row(changed)?;
    let saved = diesel::update(listings::table.find(row.id))
        .filter(listings::version.eq(expected.number()))
        .set((
            listings::price.eq(row.price),
            listings::state.eq(row.state),
            listings::reason.eq(row.reason),
            listings::suspended_by.eq(row.suspended_by),
            listings::listed_at.eq(row.listed_at),
            listings::state_since.eq(at(now)),
            listings::version.eq(row.version),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

fn row(listing: &Listing) -> Result<Row, StoreError> {
    let Labels { name, form, spec, holder_name, unit, same4, same3 } = listing.labels.clone();
    let units = i64::try_from(listing.pack_units);
    Ok(Row {
        id: column(listing.id),
        item: listing.item.map(column),
        manufacturer: column(listing.manufacturer),
        region: listing.region.to_string(),
        name,
        form,
        spec,
        holder_name,
        unit,
        same4,
        same3,
        price: listing.price,
        pack_units: units.map_err(|_large| StoreError::row("pack units", listing.pack_units))?,
        state: listing.state.label().to_owned(),
        reason: listing.state.reason().map(|reason| reason.as_str().to_owned()),
        suspended_by: listing.state.suspended_by().map(|side| side.label().to_owned()),
        applied_by: column(listing.applied_by),
        applied_at: at(listing.applied_at),
        listed_at: listing.state.listed_at().map(at),
        version: listing.version.number(),
    })
}

fn read(row: Row) -> Result<Listing, StoreError> {
    let state = state(&row)?;
    let units = u64::try_from(row.pack_units);
    Ok(Listing {
        id: id(row.id),
        item: row.item.map(id),
        manufacturer: id(row.manufacturer),
        region: read_code(&row.region)?,
        labels: Labels {
            name: row.name,
            form: row.form,
            spec: row.spec,
            holder_name: row.holder_name,
            unit: row.unit,
            same4: row.same4,
            same3: row.same3,
        },
        price: row.price,
        pack_units: units.map_err(|_negative| StoreError::row("pack units", row.pack_units))?,
        state,
        applied_by: id(row.applied_by),
        applied_at: timestamp(row.applied_at),
        version: Version::new(row.version),
    })
}

fn state(row: &Row) -> Result<ListingState, StoreError> {
    let unreadable = || StoreError::row("listing", row.id);
    let reason = row.reason.as_deref().map(Reason::parse).transpose().map_err(|_refusal| unreadable())?;
    let by = row.suspended_by.as_deref().and_then(Side::from_label);
    let at = row.listed_at.map(timestamp);
    match (row.state.as_str(), at, reason, by) {
        ("APPLIED", None, None, None) => Ok(ListingState::Applied),
        ("RETURNED", None, Some(reason), None) => Ok(ListingState::Returned { reason }),
        ("REJECTED", None, Some(reason), None) => Ok(ListingState::Rejected { reason }),
        ("WITHDRAWN", None, None, None) => Ok(ListingState::Withdrawn),
        ("LISTED", Some(at), None, None) => Ok(ListingState::Listed { at }),
        ("SUSPENDED", Some(at), Some(reason), Some(by)) => Ok(ListingState::Suspended { at, reason, by }),
        ("DELISTED", Some(at), Some(reason), None) => Ok(ListingState::Delisted { at, reason }),
        _other => Err(unreadable()),
    }
}
