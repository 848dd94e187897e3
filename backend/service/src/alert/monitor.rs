//! The monitors at work. A part looks at a few groups: it takes their marks, holds them, reads all that stands of them, and settles what is found
//! with the alerts that stand, in one commit. So what stands depends on the observations alone: not on the batches that they came in, not on how
//! often or by how many workers a group is looked at, not on who died in between.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::alert::Tallies;
use jicai_domain::alert::live::{
    AlertCommand, AlertState, Basis, Found, PriceAlert, Step, Subject, reconcile,
};
use jicai_domain::alert::rules::MonitorRules;
use jicai_domain::audit::{Act, Actor};
use jicai_domain::identity::Version;
use jicai_domain::ids::{Id, JobId, MonitorRunId};
use jicai_domain::time::Timestamp;
use jicai_store::alert::groups::{self, GroupKey, SeenPrice};
use jicai_store::alert::runs::{self, Counts};
use jicai_store::alert::{alerts, changes};
use jicai_store::audit::record_with;
use jicai_store::identity::regions as tree;
use jicai_store::{Tx, fresh};

use super::finds::{look, regions};
use super::{named, rules, settle};
use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;

/// Looks at a part of what was marked; when nothing is left, tells of what was found. The run has the id of its job.
pub(crate) async fn monitor(app: &App, job: JobId) -> Result<Progress, Error> {
    let (run, rules) = (MonitorRunId::from_number(job.number()), rules()?);
    let looked = app.store.keep("monitor", async |tx| part(tx, run, &rules).await).await?;
    if looked {
        return Ok(Progress::Part);
    }
    let marked = async |tx: &mut Tx| Ok::<_, Error>(groups::mark_outdated(tx, &named(&rules)).await?);
    if app.store.keep("mark_outdated", marked).await? > 0 {
        return Ok(Progress::Part);
    }
    settle::settle(app, run, &rules).await
}

/// Looks at a few groups; false where none is marked, or others look at them.
async fn part(tx: &mut Tx, run: MonitorRunId, rules: &MonitorRules) -> Result<bool, Error> {
    let (marks, groups) = groups::take(tx).await?;
    if marks.is_empty() {
        return Ok(false);
    }
    runs::begin(tx, run, &named(rules)).await?;
    groups::hold(tx, &groups, &named(rules)).await?;
    let seen = groups::seen(tx, &groups).await?;
    let (found, tallies) = found_in(tx, rules, &groups, &seen).await?;
    let known = known(tx, &groups, &found).await?;
    let mut done = Done::at(tx.now().await?);
    for step in reconcile(known, found) {
        done.take(step)?;
    }
    let counts = Counts { groups: groups.len(), observations: seen.len(), ..done.counts };
    save(tx, run, &done).await?;
    groups::keep_tallies(tx, &tallies).await?;
    groups::done(tx, marks).await?;
    runs::count(tx, run, counts).await?;
    let act = Act::new("PricesMonitored", run)
        .with("rules", named(rules))
        .with("groups", counts.groups)
        .with("observations", counts.observations)
        .with("raised", counts.raised)
        .with("changed", counts.changed)
        .with("cleared", counts.cleared);
    let _recorded = record_with(tx, Actor::Platform, act, done.acts(), ()).await?;
    Ok(true)
}

type Tallied = Vec<(GroupKey, Tallies)>;

async fn found_in(
    tx: &mut Tx,
    rules: &MonitorRules,
    groups: &[GroupKey],
    seen: &[SeenPrice],
) -> Result<(Vec<Found>, Tallied), Error> {
    let names = tree::named(tx, &regions(seen)).await?;
    let names: BTreeMap<_, _> = names.into_iter().map(|region| (region.code, region)).collect();
    let mut of: BTreeMap<&GroupKey, Vec<&SeenPrice>> =
        groups.iter().map(|group| (group, Vec::new())).collect();
    for price in seen {
        of.entry(&price.group).or_default().push(price);
    }
    let (mut found, mut tallies) = (Vec::new(), Vec::new());
    for (group, seen) in of {
        let looked = look(rules, group, &seen, &names)?;
        found.extend(looked.found);
        tallies.push((group.clone(), looked.tallies));
    }
    Ok((found, tallies))
}

/// What is known of the groups. An alert of another group counts only where its subject is found in one of these: its product has moved.
async fn known(tx: &mut Tx, groups: &[GroupKey], found: &[Found]) -> Result<Vec<PriceAlert>, Error> {
    let products: BTreeSet<(Basis, String)> =
        found.iter().map(|found| (found.subject.basis, found.subject.product.clone())).collect();
    let products: Vec<(Basis, String)> = products.into_iter().collect();
    let subjects: BTreeSet<&Subject> = found.iter().map(|found| &found.subject).collect();
    let mut known = alerts::hold_of_groups(tx, groups, &products).await?;
    known.retain(|alert| {
        let group = (alert.found.subject.basis, alert.found.group.clone());
        groups.contains(&group) || subjects.contains(&alert.found.subject)
    });
    Ok(known)
}

/// What a part changes.
struct Done {
    now: Timestamp,
    counts: Counts,
    added: Vec<PriceAlert>,
    found: Vec<PriceAlert>,
    moved: Vec<PriceAlert>,
    /// What those hear who were told of an alert before.
    told: Vec<(&'static str, &'static str, PriceAlert)>,
}

impl Done {
    fn at(now: Timestamp) -> Done {
        let (counts, none) = (Counts::default(), Vec::new);
        Done { now, counts, added: none(), found: none(), moved: none(), told: Vec::new() }
    }

    fn take(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Raise { found, follows } => {
                self.counts.raised = self.counts.raised.saturating_add(1);
                self.added.push(PriceAlert {
                    id: fresh(),
                    found,
                    state: AlertState::Held,
                    assignee: None,
                    follows,
                    opened_at: None,
                    state_since: self.now,
                    version: Version::FIRST,
                });
            }
            Step::Change { before, found } => {
                self.counts.changed = self.counts.changed.saturating_add(1);
                let version = before.version.next();
                let after = PriceAlert { found, version, ..*before };
                if after.state != AlertState::Held {
                    self.told.push(("CHANGED", "PriceAlertChanged", after.clone()));
                }
                self.found.push(after);
            }
            Step::Clear(before) => {
                self.counts.cleared = self.counts.cleared.saturating_add(1);
                let (version, was_told) = (before.version.next(), before.state != AlertState::Held);
                let state = before.state.clone().next(AlertCommand::Clear)?;
                let after = PriceAlert { state, version, state_since: self.now, ..before };
                if was_told {
                    self.told.push(("CLOSED", "PriceAlertClosed", after.clone()));
                }
                self.moved.push(after);
            }
        }
        Ok(())
    }

    fn acts(&self) -> Vec<Act> {
        self.told.iter().map(|(_, kind, alert)| act(kind, alert)).collect()
    }
}

/// What the log tells of an alert: no price but the firm's own.
pub(super) fn act(kind: &'static str, alert: &PriceAlert) -> Act {
    let Subject { basis, kind: monitor, region, .. } = &alert.found.subject;
    let act = Act::new(kind, alert.id)
        .with("monitor", monitor.name())
        .with("basis", basis.label())
        .with("region", region)
        .with("severity", alert.found.severity.name())
        .with("value", &alert.found.value)
        .with("state", alert.state.label())
        .with("version", alert.version.number());
    // Whoever was told that it was opened is told what became of it; who works on it is the authority's own matter.
    let own = !matches!(kind, "PriceAlertAcknowledged" | "PriceAlertAssigned");
    alert.found.manufacturer.filter(|_| own).into_iter().fold(act, Act::concerning)
}

async fn save(tx: &mut Tx, run: MonitorRunId, done: &Done) -> Result<(), Error> {
    alerts::add(tx, run, &done.added).await?;
    for changed in &done.found {
        alerts::save_found(tx, run, changed).await?;
    }
    for moved in &done.moved {
        alerts::save_state(tx, moved).await?;
    }
    let told: Vec<(&'static str, &PriceAlert)> =
        done.told.iter().map(|(change, _, alert)| (*change, alert)).collect();
    Ok(changes::add(tx, &told, None).await?)
}
