//! Organizations. What a caller may not reach is not found.
use std::collections::BTreeSet;

use diesel::dsl::{array, case_when, exists};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{
    CreditCode, Name, Organization, OrganizationKind, OrganizationStatus, Reason, RegionCode, Scope, Version,
};
use jicai_domain::ids::OrganizationId;
use uuid::Uuid;

use super::regions::{own_regions, read_codes};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, organization_regions, organizations};

#[derive(Queryable, Selectable)]
#[diesel(table_name = organizations)]
struct Row {
    id: Uuid,
    kind: String,
    name: String,
    credit_code: String,
    status: String,
    reason: Option<String>,
    version: i32,
}

/// Which organizations of the reachable ones.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only in that state: the label of a status.
    pub status: Option<&'static str>,
    /// Only of that type.
    pub kind: Option<OrganizationKind>,
}

/// Adds a new one. Errors: `CREDIT_CODE_TAKEN`, `REGION_UNKNOWN`.
pub async fn add(tx: &mut Tx, organization: &Organization) -> Result<(), StoreError> {
    diesel::insert_into(organizations::table)
        .values((
            organizations::id.eq(column(organization.id)),
            organizations::kind.eq(organization.kind.label()),
            organizations::name.eq(organization.name.as_str()),
            organizations::credit_code.eq(organization.credit_code.as_str()),
            organizations::status.eq(organization.status.label()),
            organizations::reason.eq(organization.status.reason().map(Reason::as_str)),
            organizations::version.eq(organization.version.number()),
            organizations::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    add_regions(tx, organization).await
}

/// Adds those whose credit code nobody has; the ids of those that it added. Errors: `REGION_UNKNOWN`.
pub async fn add_new(tx: &mut Tx, wanted: &[Organization]) -> Result<BTreeSet<OrganizationId>, StoreError> {
    let rows: Vec<_> = wanted
        .iter()
        .map(|organization| {
            (
                organizations::id.eq(column(organization.id)),
                organizations::kind.eq(organization.kind.label()),
                organizations::name.eq(organization.name.as_str()),
                organizations::credit_code.eq(organization.credit_code.as_str()),
                organizations::status.eq(organization.status.label()),
                organizations::version.eq(organization.version.number()),
                organizations::created_at.eq(app_clock()),
            )
        })
        .collect();
    let added: Vec<Uuid> = diesel::insert_into(organizations::table)
        .values(rows)
        .on_conflict(organizations::credit_code)
        .do_nothing()
        .returning(organizations::id)
        .get_results(tx.connection())
        .await?;
    let added: BTreeSet<OrganizationId> = added.into_iter().map(id).collect();
    let new = wanted.iter().filter(|organization| added.contains(&organization.id));
    let regions: Vec<_> = new
        .flat_map(|organization| organization.regions.iter().map(|region| (organization.id, region)))
        .map(|(organization, region)| {
            (
                organization_regions::organization.eq(column(organization)),
                organization_regions::region.eq(region.to_string()),
            )
        })
        .collect();
    diesel::insert_into(organization_regions::table).values(regions).execute(tx.connection()).await?;
    Ok(added)
}

/// Whether there is an operator.
pub async fn operator_exists(tx: &mut Tx) -> Result<bool, StoreError> {
    let operators = organizations::table.filter(organizations::kind.eq(OrganizationKind::Operator.label()));
    Ok(diesel::select(diesel::dsl::exists(operators)).get_result(tx.connection()).await?)
}

/// One that the scope reaches. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: OrganizationId) -> Result<Organization, StoreError> {
    let found = many(tx, scope, &[wanted]).await?;
    found.into_iter().next().ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Those of the ids that the scope reaches, in any order.
pub async fn many(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &[OrganizationId],
) -> Result<Vec<Organization>, StoreError> {
    let ids: Vec<Uuid> = wanted.iter().map(|wanted| column(*wanted)).collect();
    let rows: Vec<(Row, Vec<String>)> = organizations::table
        .filter(organizations::id.eq_any(ids))
        .filter(reached(terms(scope)))
        .select((Row::as_select(), array(own_regions())))
        .load(tx.connection())
        .await?;
    rows.iter().map(organization).collect()
}

/// One that the scope reaches, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: OrganizationId) -> Result<Organization, StoreError> {
    let rows: Vec<(Row, Vec<String>)> = organizations::table
        .find(column(wanted))
        .filter(reached(terms(scope)))
        .select((Row::as_select(), array(own_regions())))
        .for_update()
        .load(tx.connection())
        .await?;
    let found: Result<Vec<Organization>, StoreError> = rows.iter().map(organization).collect();
    found?.into_iter().next().ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of those that the scope reaches, the newest first.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    page: &Page<OrganizationId>,
) -> Result<Part<Organization>, StoreError> {
    let mut query = organizations::table.select((Row::as_select(), array(own_regions()))).into_boxed();
    // Not `reached`: below an OR Postgres could not begin with the regions where they are the rarer part.
    let Terms { own, covered, wider } = terms(scope);
    query = match scope.organization() {
        Some(_own) => query.filter(organizations::id.eq_any(own)),
        None => query.filter(inside(covered, wider)),
    };
    if let Some(status) = wanted.status {
        query = query.filter(organizations::status.eq(status));
    }
    if let Some(kind) = wanted.kind {
        query = query.filter(organizations::kind.eq(kind.label()));
    }
    if let Some(after) = page.after {
        query = query.filter(organizations::id.lt(column(after)));
    }
    let rows: Vec<(Row, Vec<String>)> =
        query.order(organizations::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let found: Result<Vec<Organization>, StoreError> = rows.iter().map(organization).collect();
    Ok(Part::cut(found?, page))
}

/// Saves a changed one. Errors: `STALE_VERSION` when it is no longer at the expected version, `REGION_UNKNOWN`.
pub async fn save(tx: &mut Tx, changed: &Organization, expected: Version) -> Result<(), StoreError> {
    let current = organizations::table.find(column(changed.id));
    let kept = organizations::status.eq(changed.status.label());
    let since = case_when(kept, organizations::status_since).otherwise(app_clock());
    let saved = diesel::update(current.filter(organizations::version.eq(expected.number())))
        .set((
            organizations::name.eq(changed.name.as_str()),
            organizations::status.eq(changed.status.label()),
            organizations::reason.eq(changed.status.reason().map(Reason::as_str)),
            organizations::version.eq(changed.version.number()),
            organizations::status_since.eq(since),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 0 {
        return Err(Refusal::of(Code::StaleVersion).at("version").into());
    }
    let regions =
        organization_regions::table.filter(organization_regions::organization.eq(column(changed.id)));
    diesel::delete(regions).execute(tx.connection()).await?;
    add_regions(tx, changed).await
}

async fn add_regions(tx: &mut Tx, organization: &Organization) -> Result<(), StoreError> {
    let rows: Vec<_> = organization
        .regions
        .iter()
        .map(|region| {
            (
                organization_regions::organization.eq(column(organization.id)),
                organization_regions::region.eq(region.to_string()),
            )
        })
        .collect();
    diesel::insert_into(organization_regions::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// The own organization; or those with a region that the jurisdiction covers, or that covers a part of it.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn reached(terms: Terms) -> _ {
    let own: Vec<Uuid> = terms.own;
    let covered: Vec<String> = terms.covered;
    let wider: Vec<String> = terms.wider;
    let inside: inside = inside(covered, wider);
    organizations::id.eq_any(own).or(inside)
}

/// The ids of those of a jurisdiction, as a set; some more than once.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn of_jurisdiction(terms: Terms) -> _ {
    let covered: Vec<String> = terms.covered;
    let wider: Vec<String> = terms.wider;
    let region =
        organization_regions::within.overlaps_with(covered).or(organization_regions::region.eq_any(wider));
    organization_regions::table.filter(region).select(organization_regions::organization)
}

/// Asked of each organization by itself: one that is looked for by its id costs one look-up, however many the jurisdiction has.
#[diesel::dsl::auto_type]
fn inside(covered: Vec<String>, wider: Vec<String>) -> _ {
    let region =
        organization_regions::within.overlaps_with(covered).or(organization_regions::region.eq_any(wider));
    exists(
        organization_regions::table
            .filter(organization_regions::organization.eq(organizations::id))
            .filter(region),
    )
}

/// A scope in words of the query; nothing at all by default.
#[derive(Default)]
pub(crate) struct Terms {
    pub(crate) own: Vec<Uuid>,
    pub(crate) covered: Vec<String>,
    pub(crate) wider: Vec<String>,
}

pub(crate) fn terms(scope: &Scope) -> Terms {
    let codes =
        |regions: &mut dyn Iterator<Item = RegionCode>| regions.map(|region| region.to_string()).collect();
    Terms {
        own: scope.organization().map(column).into_iter().collect(),
        covered: codes(&mut scope.regions().iter().copied()),
        wider: codes(&mut scope.regions().iter().flat_map(|region| region.ancestors())),
    }
}

fn organization((row, regions): &(Row, Vec<String>)) -> Result<Organization, StoreError> {
    let unreadable = |_refusal: Refusal| StoreError::row("organization", row.id);
    Ok(Organization {
        id: id(row.id),
        kind: OrganizationKind::from_label(&row.kind).ok_or_else(|| StoreError::row("kind", &row.kind))?,
        name: Name::parse(&row.name).map_err(unreadable)?,
        credit_code: CreditCode::parse(&row.credit_code).map_err(unreadable)?,
        regions: read_codes(regions)?,
        status: status(row)?,
        version: Version::new(row.version),
    })
}

fn status(row: &Row) -> Result<OrganizationStatus, StoreError> {
    let reason = row.reason.as_deref().map(Reason::parse).transpose();
    let reason = reason.map_err(|_refusal| StoreError::row("reason", row.id))?;
    match (row.status.as_str(), reason) {
        ("PENDING", None) => Ok(OrganizationStatus::Pending),
        ("APPROVED", None) => Ok(OrganizationStatus::Approved),
        ("RETURNED", Some(reason)) => Ok(OrganizationStatus::Returned { reason }),
        ("SUSPENDED", Some(reason)) => Ok(OrganizationStatus::Suspended { reason }),
        (other, _reason) => Err(StoreError::row("status", other)),
    }
}
