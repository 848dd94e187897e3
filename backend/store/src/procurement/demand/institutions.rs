//! Institutions that report, whoever reports for them, and where there are reviewers.
use std::collections::BTreeMap;

use diesel::dsl::array;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{OrganizationKind, RegionCode, Scope};
use jicai_domain::ids::{OrganizationId, RoundId};
use uuid::Uuid;

use super::forms::{Reach, reach};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::{own_regions, read_codes};
use crate::ids::{column, id};
use crate::schema::{demand_forms, demand_leads, organization_regions, organizations};

/// An approved institution.
#[derive(Clone, Debug)]
pub struct Hospital {
    /// Its id.
    pub id: OrganizationId,
    /// The regions that it acts in.
    pub regions: Vec<RegionCode>,
}

type Row = (Uuid, String, Vec<String>);

/// The own institution, a member that it leads now, or one with a region of the jurisdiction.
#[diesel::dsl::auto_type(no_type_alias)]
fn reporting(reach: Reach) -> _ {
    let own: Vec<Uuid> = reach.own;
    let lead: Option<Uuid> = reach.lead;
    let covered: Vec<String> = reach.covered;
    let led = demand_leads::lead.nullable().eq(lead).and(demand_leads::left_at.is_null());
    let members = demand_leads::table.filter(led).select(demand_leads::member);
    let inside = organization_regions::table
        .filter(organization_regions::within.overlaps_with(covered))
        .select(organization_regions::organization);
    organizations::id.eq_any(own).or(organizations::id.eq_any(members)).or(organizations::id.eq_any(inside))
}

/// One for which the scope reports. Errors: `NOT_FOUND`.
pub async fn hospital(tx: &mut Tx, scope: &Scope, wanted: OrganizationId) -> Result<Hospital, StoreError> {
    let rows: Vec<Row> = organizations::table
        .filter(organizations::id.eq(column(wanted)))
        .filter(organizations::kind.eq(OrganizationKind::Hospital.label()))
        .filter(organizations::status.eq("APPROVED"))
        .filter(reporting(reach(scope)))
        .select((organizations::id, organizations::credit_code, array(own_regions())))
        .load(tx.connection())
        .await?;
    let found = rows.into_iter().next().ok_or(Refusal::of(Code::NotFound))?;
    let (_code, hospital) = read(found, scope)?.ok_or(Refusal::of(Code::NotFound))?;
    Ok(hospital)
}

/// Those for which the scope reports, by their unified social credit codes.
pub async fn by_codes(
    tx: &mut Tx,
    scope: &Scope,
    codes: &[&str],
) -> Result<BTreeMap<String, Hospital>, StoreError> {
    let rows: Vec<Row> = organizations::table
        .filter(organizations::credit_code.eq_any(codes))
        .filter(organizations::kind.eq(OrganizationKind::Hospital.label()))
        .filter(organizations::status.eq("APPROVED"))
        .filter(reporting(reach(scope)))
        .select((organizations::id, organizations::credit_code, array(own_regions())))
        .load(tx.connection())
        .await?;
    rows.into_iter().filter_map(|row| read(row, scope).transpose()).collect()
}

/// None for an institution that lies inside the jurisdiction only in part.
fn read((row, code, regions): Row, scope: &Scope) -> Result<Option<(String, Hospital)>, StoreError> {
    let regions = read_codes(&regions)?;
    let inside = scope.organization().is_some() || regions.iter().all(|region| scope.covers(*region));
    Ok(inside.then(|| (code, Hospital { id: id(row), regions })))
}

/// Everybody for whom an institution reports: itself and the members that it leads now.
pub async fn reported_by(tx: &mut Tx, scope: &Scope) -> Result<Vec<OrganizationId>, StoreError> {
    let Some(own) = scope.organization() else { return Ok(Vec::new()) };
    let members: Vec<Uuid> = demand_leads::table
        .filter(demand_leads::lead.eq(column(own)))
        .filter(demand_leads::left_at.is_null())
        .select(demand_leads::member)
        .load(tx.connection())
        .await?;
    Ok(std::iter::once(own).chain(members.into_iter().map(id)).collect())
}

/// The institutions that have a form for a round: they are told what happens to it.
pub(crate) async fn institutions_of(tx: &mut Tx, round: RoundId) -> Result<Vec<OrganizationId>, StoreError> {
    let found: Vec<Uuid> = demand_forms::table
        .filter(demand_forms::round.eq(column(round)))
        .select(demand_forms::institution)
        .load(tx.connection())
        .await?;
    Ok(found.into_iter().map(id).collect())
}

/// Those of the regions that have reviewers of their own.
pub async fn staffed(tx: &mut Tx, regions: &[RegionCode]) -> Result<Vec<RegionCode>, StoreError> {
    let wanted: Vec<String> = regions.iter().map(ToString::to_string).collect();
    let found: Vec<String> = organization_regions::table
        .inner_join(organizations::table)
        .filter(organization_regions::region.eq_any(wanted))
        .filter(organizations::kind.eq(OrganizationKind::ReviewBody.label()))
        .filter(organizations::status.eq("APPROVED"))
        .select(organization_regions::region)
        .distinct()
        .load(tx.connection())
        .await?;
    read_codes(&found)
}
