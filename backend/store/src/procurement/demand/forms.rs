//! The heads of demand forms.
use diesel::dsl::case_when;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{CreditCode, Name, Reason, RegionLevel, Scope, Version};
use jicai_domain::ids::{DemandFormId, OrganizationId, RoundId};
use jicai_domain::procurement::demand::{DemandForm, DemandStatus};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, demand_forms, demand_leads, organizations};
use crate::times;

#[derive(Queryable, Selectable)]
#[diesel(table_name = demand_forms)]
pub(super) struct Row {
    id: Uuid,
    round: Uuid,
    institution: Uuid,
    region: String,
    status: String,
    waits_in: Option<String>,
    reason: Option<String>,
    version: i32,
    status_since: PgTimestamp,
}

/// A form as it is shown.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The form.
    pub form: DemandForm,
    /// The institution's name.
    pub institution: Name,
    /// The institution's unified social credit code.
    pub credit_code: CreditCode,
    /// Since when it is as far as it is.
    pub since: Timestamp,
}

/// Which forms of the reachable ones.
#[derive(Clone, Copy, Debug)]
pub struct WantedForms {
    /// Of which round.
    pub round: RoundId,
    /// Only in that state: the label of a status.
    pub status: Option<&'static str>,
    /// Only those that wait for reviewers at that level.
    pub stage: Option<RegionLevel>,
}

/// What a scope reaches, in words of a query.
pub(super) struct Reach {
    pub(super) own: Vec<Uuid>,
    pub(super) lead: Option<Uuid>,
    pub(super) covered: Vec<String>,
}

pub(super) fn reach(scope: &Scope) -> Reach {
    Reach {
        own: scope.organization().map(column).into_iter().collect(),
        lead: scope.organization().map(column),
        covered: scope.regions().iter().map(ToString::to_string).collect(),
    }
}

/// The own institution's, those of the members that it leads now, or those of the jurisdiction.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn reached(reach: Reach) -> _ {
    let own: Vec<Uuid> = reach.own;
    let lead: Option<Uuid> = reach.lead;
    let covered: Vec<String> = reach.covered;
    let led = demand_leads::lead.nullable().eq(lead).and(demand_leads::left_at.is_null());
    let members = demand_leads::table.filter(led).select(demand_leads::member);
    demand_forms::institution
        .eq_any(own)
        .or(demand_forms::institution.eq_any(members))
        .or(demand_forms::within.overlaps_with(covered))
}

/// Adds a new one. Errors: `STALE_VERSION` when there is one of the institution already.
pub async fn add(tx: &mut Tx, form: &DemandForm) -> Result<(), StoreError> {
    diesel::insert_into(demand_forms::table)
        .values((
            demand_forms::id.eq(column(form.id)),
            demand_forms::round.eq(column(form.round)),
            demand_forms::institution.eq(column(form.institution)),
            demand_forms::region.eq(form.region.to_string()),
            demand_forms::status.eq(form.status.label()),
            demand_forms::version.eq(form.version.number()),
            demand_forms::created_at.eq(app_clock()),
            demand_forms::status_since.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One that the scope reaches. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: DemandFormId) -> Result<Reported, StoreError> {
    let row: Option<(Row, String, String)> = demand_forms::table
        .inner_join(organizations::table)
        .filter(demand_forms::id.eq(column(wanted)))
        .filter(reached(reach(scope)))
        .select((Row::as_select(), organizations::name, organizations::credit_code))
        .first(tx.connection())
        .await
        .optional()?;
    row.map(reported).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// One that the scope reaches, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: DemandFormId) -> Result<DemandForm, StoreError> {
    let row: Option<Row> = demand_forms::table
        .filter(demand_forms::id.eq(column(wanted)))
        .filter(reached(reach(scope)))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    let row = row.ok_or(Refusal::of(Code::NotFound))?;
    form(&row)
}

/// The one of an institution that was found in a scope, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock_of(
    tx: &mut Tx,
    round: RoundId,
    institution: OrganizationId,
) -> Result<DemandForm, StoreError> {
    let row: Option<Row> = demand_forms::table
        .filter(demand_forms::round.eq(column(round)))
        .filter(demand_forms::institution.eq(column(institution)))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    let row = row.ok_or(Refusal::of(Code::NotFound))?;
    form(&row)
}

/// A part of those that the scope reaches, the newest first.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    wanted: WantedForms,
    page: &Page<DemandFormId>,
) -> Result<Part<Reported>, StoreError> {
    let mut query = demand_forms::table
        .inner_join(organizations::table)
        .filter(demand_forms::round.eq(column(wanted.round)))
        .filter(reached(reach(scope)))
        .select((Row::as_select(), organizations::name, organizations::credit_code))
        .into_boxed();
    if let Some(status) = wanted.status {
        query = query.filter(demand_forms::status.eq(status));
    }
    let waits_in = demand_forms::waits_in;
    query = match wanted.stage {
        None => query,
        Some(RegionLevel::Nation) => query.filter(waits_in.eq("000000")),
        Some(RegionLevel::Province) => query.filter(waits_in.like("%0000")),
        Some(RegionLevel::Prefecture) => {
            query.filter(waits_in.like("%00")).filter(waits_in.not_like("%0000"))
        }
        Some(RegionLevel::County) => query.filter(waits_in.not_like("%00")),
    };
    if let Some(after) = page.after {
        query = query.filter(demand_forms::id.lt(column(after)));
    }
    let rows: Vec<(Row, String, String)> =
        query.order(demand_forms::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let found: Result<Vec<Reported>, StoreError> = rows.into_iter().map(reported).collect();
    Ok(Part::cut(found?, page))
}

/// Saves a changed one. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &DemandForm, expected: Version) -> Result<(), StoreError> {
    let (label, waits_in) =
        (changed.status.label(), changed.status.waits_in().map(|region| region.to_string()));
    let kept =
        demand_forms::status.eq(label).and(demand_forms::waits_in.is_not_distinct_from(waits_in.clone()));
    let since = case_when(kept, demand_forms::status_since).otherwise(app_clock());
    let saved = diesel::update(demand_forms::table.find(column(changed.id)))
        .filter(demand_forms::version.eq(expected.number()))
        .set((
            demand_forms::region.eq(changed.region.to_string()),
            demand_forms::status.eq(label),
            demand_forms::waits_in.eq(waits_in),
            demand_forms::reason.eq(changed.status.reason().map(Reason::as_str)),
            demand_forms::version.eq(changed.version.number()),
            demand_forms::status_since.eq(since),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

fn reported((row, name, code): (Row, String, String)) -> Result<Reported, StoreError> {
    let unreadable = |_refusal: Refusal| StoreError::row("institution", row.institution);
    Ok(Reported {
        institution: Name::parse(&name).map_err(unreadable)?,
        credit_code: CreditCode::parse(&code).map_err(unreadable)?,
        since: times::timestamp(row.status_since),
        form: form(&row)?,
    })
}

pub(super) fn form(row: &Row) -> Result<DemandForm, StoreError> {
    let unreadable = || StoreError::row("demand form", row.id);
    let reason = row.reason.as_deref().map(Reason::parse).transpose().map_err(|_refusal| unreadable())?;
    let waits_in = row.waits_in.as_deref().map(read_code).transpose()?;
    Ok(DemandForm {
        id: id(row.id),
        round: id(row.round),
        institution: id(row.institution),
        region: read_code(&row.region)?,
        status: DemandStatus::from_row(&row.status, waits_in, reason).ok_or_else(unreadable)?,
        version: Version::new(row.version),
    })
}
