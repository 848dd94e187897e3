//! What a run ends with: whoever is concerned is told of what was found, except where a monitor finds so much that its threshold is in doubt.
//! Then its alerts are held, those too that were told of and that nobody has taken up, and the run says so.
use std::collections::BTreeMap;

use jicai_domain::alert::live::{AlertCommand, AlertState, Basis, PriceAlert};
use jicai_domain::alert::rules::MonitorRules;
use jicai_domain::alert::{Kind, Tally};
use jicai_domain::audit::{Act, Actor};
use jicai_domain::ids::MonitorRunId;
use jicai_store::Tx;
use jicai_store::alert::runs::{self, Counts};
use jicai_store::alert::{alerts, changes, groups};
use jicai_store::audit::record_with;
use serde::{Deserialize, Serialize};

use super::monitor::act;
use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;

/// Alerts that one transaction tells of.
const AT_ONCE: i64 = 250;

/// How a monitor stood at the end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stood {
    pub(super) basis: String,
    pub(super) monitor: String,
    pub(super) judged: usize,
    pub(super) found: usize,
    pub(super) too_few: usize,
    pub(super) share: f64,
    pub(super) too_much: bool,
}

/// Releases or holds a part of the alerts; ends the run when all are where they belong.
pub(super) async fn settle(app: &App, run: MonitorRunId, rules: &MonitorRules) -> Result<Progress, Error> {
    let left = app.store.keep("settle_alerts", async |tx| part(tx, run, rules).await).await?;
    Ok(if left { Progress::Part } else { Progress::Done })
}

async fn part(tx: &mut Tx, run: MonitorRunId, rules: &MonitorRules) -> Result<bool, Error> {
    if !runs::is_running(tx, run).await? {
        return Ok(false);
    }
    let stood = stood(rules, groups::tallies(tx).await?);
    let those = |too_much: bool| -> Vec<(Basis, Kind)> {
        let those = stood.iter().filter(|(_, stood)| stood.too_much == too_much);
        those.map(|(monitor, _)| *monitor).collect()
    };
    let released = moved(tx, run, ("HELD", &those(false)), &AlertCommand::Release).await?;
    let held = moved(tx, run, ("OPEN", &those(true)), &AlertCommand::Hold).await?;
    runs::count(tx, run, Counts { opened: released.len(), held: held.len(), ..Counts::default() }).await?;
    let mut acts: Vec<Act> = released.iter().map(|alert| act("PriceAlertOpened", alert)).collect();
    acts.extend(held.iter().map(|alert| act("PriceAlertHeld", alert)));
    if !acts.is_empty() {
        let told =
            Act::new("PriceAlertsSettled", run).with("opened", released.len()).with("held", held.len());
        let _recorded = record_with(tx, Actor::Platform, told, acts, ()).await?;
        return Ok(true);
    }
    end(tx, run, stood.into_values().collect()).await?;
    Ok(false)
}

async fn moved(
    tx: &mut Tx,
    run: MonitorRunId,
    those: (&'static str, &[(Basis, Kind)]),
    command: &AlertCommand,
) -> Result<Vec<PriceAlert>, Error> {
    let now = tx.now().await?;
    let mut moved = Vec::new();
    for before in alerts::hold_to_settle(tx, run, those, AT_ONCE).await? {
        let state = before.state.clone().next(command.clone())?;
        let opened_at = before.opened_at.or((state == AlertState::Open).then_some(now));
        let version = before.version.next();
        let after = PriceAlert { state, opened_at, version, state_since: now, ..before };
        alerts::save_state(tx, &after).await?;
        moved.push(after);
    }
    let change = if *command == AlertCommand::Release { "OPENED" } else { "HELD" };
    let told: Vec<(&'static str, &PriceAlert)> = moved.iter().map(|alert| (change, alert)).collect();
    changes::add(tx, &told, None).await?;
    Ok(moved)
}

/// How each monitor stands over all groups, and whether it finds too much by its rule file.
fn stood(rules: &MonitorRules, tallies: BTreeMap<(Basis, Kind), Tally>) -> BTreeMap<(Basis, Kind), Stood> {
    let one = |((basis, kind), tally): ((Basis, Kind), Tally)| {
        let share = tally.share();
        let too_much =
            rules.noise.as_ref().is_some_and(|rule| tally.judged >= rule.sample && share > rule.share);
        let stood = Stood {
            basis: basis.label().to_owned(),
            monitor: kind.name().to_owned(),
            judged: tally.judged,
            found: tally.found,
            too_few: tally.too_few,
            share,
            too_much,
        };
        ((basis, kind), stood)
    };
    tallies.into_iter().map(one).collect()
}

async fn end(tx: &mut Tx, run: MonitorRunId, stood: Vec<Stood>) -> Result<(), Error> {
    let text = serde_json::to_string(&stood).map_err(|error| Error::Broken(error.into()))?;
    runs::end(tx, run, &text).await?;
    let noisy =
        stood.iter().filter(|stood| stood.too_much).map(|stood| format!("{} {}", stood.basis, stood.monitor));
    let told = Act::new("MonitorRunEnded", run).with("inDoubt", noisy.collect::<Vec<_>>().join(", "));
    let _recorded = record_with(tx, Actor::Platform, told, Vec::new(), ()).await?;
    Ok(())
}
