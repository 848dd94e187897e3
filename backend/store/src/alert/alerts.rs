//! Alerts.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::alert::live::{AlertState, Basis, Found, PriceAlert, Subject};
use jicai_domain::alert::{Kind, Severity};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Scope, Version};
use jicai_domain::ids::{ItemId, MonitorRunId, OrganizationId, PriceAlertId, UserId};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::groups::GroupKey;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{alerts, monitor_runs};
use crate::times::{at, timestamp};

/// Who looks.
#[derive(Clone, Debug)]
pub enum Seen {
    /// The firm that an alert is about: once it was told of.
    Firm(Scope),
    /// The authorities of its region: also while it is held.
    Jurisdiction(Scope),
}

/// Which alerts.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// In that region, or in one that is part of it.
    pub region: Option<RegionCode>,
    /// That grave.
    pub severity: Option<Severity>,
    /// Of that group.
    pub group: Option<String>,
    /// Of that maker.
    pub maker: Option<String>,
    /// Of that firm.
    pub manufacturer: Option<OrganizationId>,
    /// Of that item.
    pub item: Option<ItemId>,
    /// That a monitor of that kind raised.
    pub kind: Option<Kind>,
    /// Of such prices.
    pub basis: Option<Basis>,
    /// That stand like this: the label of a state.
    pub state: Option<&'static str>,
    /// Given to that person.
    pub assignee: Option<UserId>,
    /// The oldest first.
    pub oldest_first: bool,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = alerts)]
struct Row {
    id: Uuid,
    basis: String,
    kind: String,
    product: String,
    maker: String,
    region: String,
    grp: String,
    item: Option<Uuid>,
    manufacturer: Option<Uuid>,
    rules: Vec<String>,
    severity: String,
    tests: Vec<String>,
    figures: Vec<String>,
    sample: i32,
    highest: Decimal,
    periods: Vec<String>,
    findings: i32,
    words: Vec<String>,
    evidence: String,
    state: String,
    state_by: Option<Uuid>,
    state_reason: Option<String>,
    state_since: PgTimestamp,
    assignee: Option<Uuid>,
    follows: Option<Uuid>,
    opened_at: Option<PgTimestamp>,
    version: i32,
}

/// What is known of groups, held until the transaction ends: what stands, what was dismissed, and whatever stands of those products in other
/// groups.
pub async fn hold_of_groups(
    tx: &mut Tx,
    groups: &[GroupKey],
    products: &[(Basis, String)],
) -> Result<Vec<PriceAlert>, StoreError> {
    let mut known = Vec::new();
    for basis in Basis::ALL {
        let of: Vec<&str> =
            groups.iter().filter(|(one, _)| one == basis).map(|(_, group)| group.as_str()).collect();
        let named: Vec<&str> =
            products.iter().filter(|(one, _)| one == basis).map(|(_, name)| name.as_str()).collect();
        if of.is_empty() {
            continue;
        }
        let rows: Vec<Row> = alerts::table
            .filter(alerts::basis.eq(basis.label()))
            .filter(alerts::grp.eq_any(of).or(alerts::product.eq_any(named)))
            .filter(alerts::state.ne("CLOSED"))
            .order(alerts::id)
            .select(Row::as_select())
            .for_no_key_update()
            .load(tx.connection())
            .await?;
        known.extend(rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(known)
}

/// Adds new ones.
pub async fn add(tx: &mut Tx, run: MonitorRunId, new: &[PriceAlert]) -> Result<(), StoreError> {
    let rows = new.iter().map(|one| Ok((row(one)?, alerts::run.eq(column(run)))));
    let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
    if !rows.is_empty() {
        diesel::insert_into(alerts::table).values(rows).execute(tx.connection()).await?;
    }
    Ok(())
}

/// Saves what a run found otherwise about one that the transaction holds.
pub async fn save_found(tx: &mut Tx, run: MonitorRunId, changed: &PriceAlert) -> Result<(), StoreError> {
    let row = row(changed)?;
    let saved = diesel::update(alerts::table.find(row.id)).set((
        (
            alerts::grp.eq(row.grp),
            alerts::item.eq(row.item),
            alerts::manufacturer.eq(row.manufacturer),
            alerts::rules.eq(row.rules),
            alerts::severity.eq(row.severity),
            alerts::tests.eq(row.tests),
            alerts::figures.eq(row.figures),
            alerts::sample.eq(row.sample),
        ),
        (
            alerts::highest.eq(row.highest),
            alerts::periods.eq(row.periods),
            alerts::findings.eq(row.findings),
            alerts::words.eq(row.words),
            alerts::evidence.eq(row.evidence),
            alerts::run.eq(column(run)),
            alerts::version.eq(row.version),
        ),
    ));
    tx.later(saved).await
}

/// Saves how one stands that the transaction holds, and who is to work on it.
pub async fn save_state(tx: &mut Tx, changed: &PriceAlert) -> Result<(), StoreError> {
    let row = row(changed)?;
    let saved = diesel::update(alerts::table.find(row.id)).set((
        alerts::state.eq(row.state),
        alerts::state_by.eq(row.state_by),
        alerts::state_reason.eq(row.state_reason),
        alerts::state_since.eq(row.state_since),
        alerts::assignee.eq(row.assignee),
        alerts::opened_at.eq(row.opened_at),
        alerts::version.eq(row.version),
    ));
    tx.later(saved).await
}

/// Alerts that stand like this although their monitors are, or are not, among those that find too much; of runs that are over, or of this one.
/// Held until the transaction ends; what another transaction holds is left out.
pub async fn hold_to_settle(
    tx: &mut Tx,
    run: MonitorRunId,
    (state, kinds): (&'static str, &[(Basis, Kind)]),
    most: i64,
) -> Result<Vec<PriceAlert>, StoreError> {
    let over = monitor_runs::table
        .filter(monitor_runs::state.eq("DONE").or(monitor_runs::id.eq(column(run))))
        .select(monitor_runs::id);
    let mut settled = Vec::new();
    for basis in Basis::ALL {
        let of: Vec<&str> =
            kinds.iter().filter(|(one, _)| one == basis).map(|(_, kind)| kind.name()).collect();
        let room = most.saturating_sub(i64::try_from(settled.len()).unwrap_or(most));
        if of.is_empty() || room == 0 {
            continue;
        }
        let rows: Vec<Row> = alerts::table
            .filter(alerts::basis.eq(basis.label()))
            .filter(alerts::kind.eq_any(of))
            .filter(alerts::state.eq(state))
            .filter(alerts::run.eq_any(over))
            .order(alerts::id)
            .limit(room)
            .select(Row::as_select())
            .for_update()
            .skip_locked()
            .load(tx.connection())
            .await?;
        settled.extend(rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(settled)
}

/// One that an authority may change, held until the transaction ends. Errors: `NOT_FOUND`, `STALE_VERSION`.
pub async fn lock(
    tx: &mut Tx,
    scope: &Scope,
    (wanted, seen): (PriceAlertId, Version),
) -> Result<PriceAlert, StoreError> {
    let row = alerts::table.find(column(wanted)).select(Row::as_select()).for_update();
    let row: Option<Row> = row.first(tx.connection()).await.optional()?;
    let found = row.map(read).transpose()?.filter(|alert| scope.covers(alert.found.subject.region));
    let found = found.ok_or_else(|| Refusal::of(Code::NotFound))?;
    if found.version == seen { Ok(found) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// One that the looker sees. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, seen: &Seen, wanted: PriceAlertId) -> Result<PriceAlert, StoreError> {
    let found = find_many(tx, seen, &[wanted]).await?.pop();
    found.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Those of them that the looker sees, in any order.
pub async fn find_many(
    tx: &mut Tx,
    seen: &Seen,
    wanted: &[PriceAlertId],
) -> Result<Vec<PriceAlert>, StoreError> {
    let wanted: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let mut query = alerts::table
        .filter(alerts::id.eq_any(wanted))
        .select(Row::as_select())
        .into_boxed::<diesel::pg::Pg>();
    query = match seen {
        Seen::Firm(scope) => query
            .filter(alerts::manufacturer.eq(scope.organization().map(column)))
            .filter(alerts::opened_at.is_not_null().and(alerts::state.ne("HELD"))),
        Seen::Jurisdiction(scope) => query
            .filter(alerts::within.overlaps_with(codes(scope)))
            .filter(alerts::opened_at.is_not_null().or(alerts::state.eq("HELD"))),
    };
    let rows: Vec<Row> = query.load(tx.connection()).await?;
    rows.into_iter().map(read).collect()
}

fn codes(scope: &Scope) -> Vec<String> {
    scope.regions().iter().map(ToString::to_string).collect()
}

/// A part of those that the looker sees.
pub async fn list(
    tx: &mut Tx,
    seen: &Seen,
    wanted: &Wanted,
    page: &Page<PriceAlertId>,
) -> Result<Part<PriceAlert>, StoreError> {
    let mut query = alerts::table.select(Row::as_select()).into_boxed::<diesel::pg::Pg>();
    query = match seen {
        Seen::Firm(scope) => query
            .filter(alerts::manufacturer.eq(scope.organization().map(column)))
            .filter(alerts::opened_at.is_not_null().and(alerts::state.ne("HELD"))),
        Seen::Jurisdiction(scope) => query
            .filter(alerts::within.overlaps_with(codes(scope)))
            .filter(alerts::opened_at.is_not_null().or(alerts::state.eq("HELD"))),
    };
    if let Some(region) = wanted.region {
        query = query.filter(alerts::within.overlaps_with(vec![region.to_string()]));
    }
    if let Some(severity) = wanted.severity {
        query = query.filter(alerts::severity.eq(severity.name().to_uppercase()));
    }
    if let Some(group) = &wanted.group {
        query = query.filter(alerts::grp.eq(group));
    }
    if let Some(maker) = &wanted.maker {
        query = query.filter(alerts::maker.eq(maker));
    }
    if let Some(manufacturer) = wanted.manufacturer {
        query = query.filter(alerts::manufacturer.eq(column(manufacturer)));
    }
    if let Some(item) = wanted.item {
        query = query.filter(alerts::item.eq(column(item)));
    }
    if let Some(kind) = wanted.kind {
        query = query.filter(alerts::kind.eq(kind.name()));
    }
    if let Some(basis) = wanted.basis {
        query = query.filter(alerts::basis.eq(basis.label()));
    }
    if let Some(state) = wanted.state {
        query = query.filter(alerts::state.eq(state));
    }
    if let Some(assignee) = wanted.assignee {
        query = query.filter(alerts::assignee.eq(column(assignee)));
    }
    if let Some(after) = page.after.map(column) {
        query = if wanted.oldest_first {
            query.filter(alerts::id.gt(after))
        } else {
            query.filter(alerts::id.lt(after))
        };
    }
    query = if wanted.oldest_first { query.order(alerts::id) } else { query.order(alerts::id.desc()) };
    let rows: Vec<Row> = query.limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

fn row(alert: &PriceAlert) -> Result<Row, StoreError> {
    let PriceAlert { found, state, .. } = alert.clone();
    let Subject { basis, kind, product, maker, region } = found.subject;
    let (state_by, state_reason) = match &state {
        AlertState::Held | AlertState::Open | AlertState::Closed => (None, None),
        AlertState::Acknowledged { by } => (Some(column(*by)), None),
        AlertState::Dismissed { by, reason } => (Some(column(*by)), Some(reason.as_str().to_owned())),
    };
    let count = |count: u32| i32::try_from(count).map_err(|_large| StoreError::row("count", count));
    Ok(Row {
        id: column(alert.id),
        basis: basis.label().to_owned(),
        kind: kind.name().to_owned(),
        product,
        maker,
        region: region.to_string(),
        grp: found.group,
        item: found.item.map(column),
        manufacturer: found.manufacturer.map(column),
        rules: vec![found.rules.0, found.rules.1],
        severity: found.severity.name().to_uppercase(),
        tests: found.tests,
        figures: vec![found.value, found.benchmark, found.threshold],
        sample: count(found.sample)?,
        highest: found.highest,
        periods: vec![found.periods.0, found.periods.1],
        findings: count(found.findings)?,
        words: vec![found.reason.0, found.reason.1, found.told.0, found.told.1],
        evidence: found.evidence,
        state: state.label().to_owned(),
        state_by,
        state_reason,
        state_since: at(alert.state_since),
        assignee: alert.assignee.map(column),
        follows: alert.follows.map(column),
        opened_at: alert.opened_at.map(at),
        version: alert.version.number(),
    })
}

fn read(row: Row) -> Result<PriceAlert, StoreError> {
    let unreadable = || StoreError::row("alert", row.id);
    let state = state(&row)?;
    let [file, version] = <[String; 2]>::try_from(row.rules).map_err(|_other| unreadable())?;
    let [value, benchmark, threshold] =
        <[String; 3]>::try_from(row.figures).map_err(|_other| unreadable())?;
    let [first, last] = <[String; 2]>::try_from(row.periods).map_err(|_other| unreadable())?;
    let [english, chinese, told, told_chinese] =
        <[String; 4]>::try_from(row.words).map_err(|_other| unreadable())?;
    let subject = Subject {
        basis: Basis::from_label(&row.basis).ok_or_else(unreadable)?,
        kind: Kind::from_name(&row.kind).ok_or_else(unreadable)?,
        product: row.product,
        maker: row.maker,
        region: read_code(&row.region)?,
    };
    let found = Found {
        subject,
        group: row.grp,
        item: row.item.map(id),
        manufacturer: row.manufacturer.map(id),
        rules: (file, version),
        severity: Severity::from_name(&row.severity.to_lowercase()).ok_or_else(unreadable)?,
        tests: row.tests,
        value,
        benchmark,
        threshold,
        sample: u32::try_from(row.sample).map_err(|_negative| unreadable())?,
        highest: row.highest,
        periods: (first, last),
        findings: u32::try_from(row.findings).map_err(|_negative| unreadable())?,
        reason: (english, chinese),
        told: (told, told_chinese),
        evidence: row.evidence,
    };
    Ok(PriceAlert {
        id: id(row.id),
        found,
        state,
        assignee: row.assignee.map(id),
        follows: row.follows.map(id),
        opened_at: row.opened_at.map(timestamp),
        state_since: timestamp(row.state_since),
        version: Version::new(row.version),
    })
}

fn state(row: &Row) -> Result<AlertState, StoreError> {
    let unreadable = || StoreError::row("alert", row.id);
    let reason =
        row.state_reason.as_deref().map(Reason::parse).transpose().map_err(|_refusal| unreadable())?;
    match (row.state.as_str(), row.state_by.map(id), reason) {
        ("HELD", None, None) => Ok(AlertState::Held),
        ("OPEN", None, None) => Ok(AlertState::Open),
        ("ACKNOWLEDGED", Some(by), None) => Ok(AlertState::Acknowledged { by }),
        ("DISMISSED", Some(by), Some(reason)) => Ok(AlertState::Dismissed { by, reason }),
        ("CLOSED", None, None) => Ok(AlertState::Closed),
        _other => Err(unreadable()),
    }
}
