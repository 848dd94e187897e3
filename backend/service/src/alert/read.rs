//! Alerts for those who may see them: the authorities of the region, and the firm, which is told nothing that rests on what others ask.
use jicai_domain::alert::live::{PriceAlert, rests_on_others};
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{Caller, Permission, RegionCode, Scope};
use jicai_domain::ids::{AlertChangeId, MonitorRunId, PriceAlertId};
use jicai_store::alert::alerts::{self as rows, Seen, Wanted};
use jicai_store::alert::changes::{self, AlertChange};
use jicai_store::alert::runs::{self, MonitorRun};
use jicai_store::{Page, Part};

use super::evidence::{Evidence, SeenRow};
use super::settle::Stood;
use crate::app::App;
use crate::errors::Error;

/// An alert as somebody sees it.
#[derive(Clone, Debug)]
pub struct ShownAlert {
    /// The alert, with words and figures as they are told to whoever looks.
    pub alert: PriceAlert,
    /// What it was compared with; none where that is withheld.
    pub benchmark: Option<String>,
    /// What it was not to exceed; none where that is withheld.
    pub threshold: Option<String>,
    /// The observations that it rests on, as far as they are told.
    pub evidence: Evidence,
    /// Whether something is withheld from whoever looks.
    pub withheld: bool,
    /// Whether an authority looks.
    pub inside: bool,
}

pub(super) fn seen(caller: &Caller) -> Result<Seen, Refusal> {
    match caller.require(Permission::OwnAlerts) {
        Ok(own) => Ok(Seen::Firm(own)),
        Err(_other) => Ok(Seen::Jurisdiction(caller.require(Permission::ObserveAlerts)?)),
    }
}

/// The one door by which an alert leaves: whatever shows one shows this.
pub(super) fn shown(seen: &Seen, alert: PriceAlert) -> Result<ShownAlert, Error> {
    let evidence = Evidence::from_text(&alert.found.evidence)?;
    match seen {
        Seen::Firm(_) => Ok(for_firm(alert, evidence)),
        Seen::Jurisdiction(scope) => Ok(for_authority(scope, alert, evidence)),
    }
}

/// A firm sees the rows of its own products, and figures that rest on nothing else.
fn for_firm(mut alert: PriceAlert, evidence: Evidence) -> ShownAlert {
    let others = rests_on_others(alert.found.subject.kind);
    let own = |row: &SeenRow| row.maker == alert.found.subject.maker;
    let rows = evidence.rows.into_iter().filter(own).collect();
    let compared: Vec<SeenRow> =
        if others { Vec::new() } else { evidence.compared.into_iter().filter(own).collect() };
    let excluded = evidence.excluded.into_iter().filter(own).collect();
    let evidence = Evidence { rows, compared, excluded, at_fault: evidence.at_fault };
    let told = |figure: &String| (!others).then(|| figure.clone());
    let (benchmark, threshold) = (told(&alert.found.benchmark), told(&alert.found.threshold));
    alert.found.reason = alert.found.told.clone();
    if others {
        alert.found.benchmark.clear();
        alert.found.threshold.clear();
    }
    alert.found.evidence.clear();
    alert.assignee = None;
    ShownAlert { benchmark, threshold, evidence, withheld: others, inside: false, alert }
}

/// An authority sees every figure; of rows of other regions the price only where everybody may know it.
fn for_authority(scope: &Scope, mut alert: PriceAlert, mut evidence: Evidence) -> ShownAlert {
    let covered = |region: &str| RegionCode::parse(region).is_ok_and(|region| scope.covers(region));
    let mut withheld = false;
    for row in evidence.compared.iter_mut().chain(&mut evidence.excluded) {
        if !row.disclosed && !covered(&row.region) {
            row.price = None;
            withheld = true;
        }
    }
    alert.found.evidence.clear();
    let (benchmark, threshold) = (alert.found.benchmark.clone(), alert.found.threshold.clone());
    ShownAlert {
        benchmark: Some(benchmark),
        threshold: Some(threshold),
        evidence,
        withheld,
        inside: true,
        alert,
    }
}

/// An alert that the caller sees. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn alert(app: &App, caller: &Caller, id: PriceAlertId) -> Result<ShownAlert, Error> {
    let seen = seen(caller)?;
    let mut tx = app.store.read().await?;
    shown(&seen, rows::find(&mut tx, &seen, id).await?)
}

/// Those of them that the caller sees, in any order. Errors: `FORBIDDEN`.
pub async fn alerts_of(app: &App, caller: &Caller, ids: &[PriceAlertId]) -> Result<Vec<ShownAlert>, Error> {
    let seen = seen(caller)?;
    let mut tx = app.store.read().await?;
    let found = rows::find_many(&mut tx, &seen, ids).await?;
    found.into_iter().map(|alert| shown(&seen, alert)).collect()
}

/// A part of the alerts that the caller sees. Errors: `FORBIDDEN`.
pub async fn alerts(
    app: &App,
    caller: &Caller,
    wanted: &Wanted,
    page: &Page<PriceAlertId>,
) -> Result<Part<ShownAlert>, Error> {
    let seen = seen(caller)?;
    let mut tx = app.store.read().await?;
    let part = rows::list(&mut tx, &seen, wanted, page).await?;
    let rows = part.rows.into_iter().map(|alert| shown(&seen, alert)).collect::<Result<_, _>>()?;
    Ok(Part { rows, more: part.more })
}

/// A part of what changed of the alerts that the caller sees, after a change. Nothing is skipped, however late it commits. Errors: `FORBIDDEN`,
/// `CURSOR_INVALID`.
pub async fn alert_feed(
    app: &App,
    caller: &Caller,
    page: &Page<AlertChangeId>,
) -> Result<Part<AlertChange>, Error> {
    let seen = seen(caller)?;
    let mut tx = app.store.read().await?;
    Ok(changes::feed(&mut tx, &seen, page).await?)
}

/// A part of what changed of one alert, the newest first. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn alert_changes(
    app: &App,
    caller: &Caller,
    id: PriceAlertId,
    page: &Page<AlertChangeId>,
) -> Result<Part<AlertChange>, Error> {
    let seen = Seen::Jurisdiction(caller.require(Permission::ObserveAlerts)?);
    let mut tx = app.store.read().await?;
    rows::find(&mut tx, &seen, id).await?;
    Ok(changes::of_alert(&mut tx, id, page).await?)
}

/// How a monitor stood at the end of a run.
#[derive(Clone, Debug)]
pub struct MonitorShare {
    /// Which prices.
    pub basis: String,
    /// The monitor.
    pub monitor: String,
    /// Values judged.
    pub judged: usize,
    /// Of them found.
    pub found: usize,
    /// Values with too little to compare with.
    pub too_few: usize,
    /// The share found of what was judged.
    pub share: f64,
    /// Whether that is more than the rule file says a monitor should: its alerts are held.
    pub too_much: bool,
}

/// A run with its monitors.
#[derive(Clone, Debug)]
pub struct ShownRun {
    /// The run.
    pub run: MonitorRun,
    /// The monitors at its end; none while it runs.
    pub monitors: Vec<MonitorShare>,
}

/// A part of the runs of the monitors, the newest first. Errors: `FORBIDDEN`.
pub async fn monitor_runs(
    app: &App,
    caller: &Caller,
    page: &Page<MonitorRunId>,
) -> Result<Part<ShownRun>, Error> {
    caller.require(Permission::ObserveAlerts)?;
    let mut tx = app.store.read().await?;
    let part = runs::list(&mut tx, page).await?;
    let one = |run: MonitorRun| {
        let text = run.monitors.as_deref().unwrap_or("[]");
        let stood: Vec<Stood> = serde_json::from_str(text).map_err(|error| Error::Broken(error.into()))?;
        Ok::<_, Error>(ShownRun { monitors: stood.into_iter().map(share).collect(), run })
    };
    Ok(Part { rows: part.rows.into_iter().map(one).collect::<Result<_, _>>()?, more: part.more })
}

fn share(stood: Stood) -> MonitorShare {
    let Stood { basis, monitor, judged, found, too_few, share, too_much } = stood;
    MonitorShare { basis, monitor, judged, found, too_few, share, too_much }
}
