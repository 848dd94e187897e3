//! Runs of the monitors.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::ids::MonitorRunId;
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, monitor_runs};
use crate::times::timestamp;

/// What a part of a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Groups looked at.
    pub groups: usize,
    /// Observations in them.
    pub observations: usize,
    /// Alerts that came to stand.
    pub raised: usize,
    /// Alerts found otherwise.
    pub changed: usize,
    /// Alerts found no longer.
    pub cleared: usize,
    /// Alerts that were told of.
    pub opened: usize,
    /// Alerts that were told of and are held by now.
    pub held: usize,
}

/// A run.
#[derive(Clone, Debug)]
pub struct MonitorRun {
    /// Its id.
    pub id: MonitorRunId,
    /// The rule file and its version.
    pub rules: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What it did.
    pub counts: Counts,
    /// The monitors at its end, as text.
    pub monitors: Option<String>,
}

/// Begins a run, unless it has begun.
pub async fn begin(tx: &mut Tx, run: MonitorRunId, rules: &str) -> Result<(), StoreError> {
    let row = (
        monitor_runs::id.eq(column(run)),
        monitor_runs::rules.eq(rules),
        monitor_runs::state.eq("RUNNING"),
        monitor_runs::started_at.eq(app_clock()),
        monitor_runs::groups.eq(0_i64),
        monitor_runs::observations.eq(0_i64),
        monitor_runs::raised.eq(0_i64),
        monitor_runs::changed.eq(0_i64),
        monitor_runs::cleared.eq(0_i64),
        monitor_runs::opened.eq(0_i64),
        monitor_runs::held.eq(0_i64),
    );
    diesel::insert_into(monitor_runs::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Whether a run has begun and is not over.
pub async fn is_running(tx: &mut Tx, run: MonitorRunId) -> Result<bool, StoreError> {
    let running = monitor_runs::table.find(column(run)).filter(monitor_runs::state.eq("RUNNING"));
    Ok(diesel::select(diesel::dsl::exists(running)).get_result(tx.connection()).await?)
}

/// Adds what a part did.
pub async fn count(tx: &mut Tx, run: MonitorRunId, counts: Counts) -> Result<(), StoreError> {
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let counted = diesel::update(monitor_runs::table.find(column(run))).set((
        monitor_runs::groups.eq(monitor_runs::groups + whole(counts.groups)),
        monitor_runs::observations.eq(monitor_runs::observations + whole(counts.observations)),
        monitor_runs::raised.eq(monitor_runs::raised + whole(counts.raised)),
        monitor_runs::changed.eq(monitor_runs::changed + whole(counts.changed)),
        monitor_runs::cleared.eq(monitor_runs::cleared + whole(counts.cleared)),
        monitor_runs::opened.eq(monitor_runs::opened + whole(counts.opened)),
        monitor_runs::held.eq(monitor_runs::held + whole(counts.held)),
    ));
    counted.execute(tx.connection()).await?;
    Ok(())
}

/// Ends a run.
pub async fn end(tx: &mut Tx, run: MonitorRunId, monitors: &str) -> Result<(), StoreError> {
    diesel::update(monitor_runs::table.find(column(run)))
        .set((
            monitor_runs::state.eq("DONE"),
            monitor_runs::ended_at.eq(app_clock().nullable()),
            monitor_runs::monitors.eq(monitors),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

type Row = (Uuid, String, PgTimestamp, Option<PgTimestamp>, [i64; 7], Option<String>);

/// A part of the runs, the newest first. They tell of no price, so that there is no scope.
pub async fn list(tx: &mut Tx, page: &Page<MonitorRunId>) -> Result<Part<MonitorRun>, StoreError> {
    let mut query = monitor_runs::table
        .select((
            (monitor_runs::id, monitor_runs::rules, monitor_runs::started_at, monitor_runs::ended_at),
            (
                monitor_runs::groups,
                monitor_runs::observations,
                monitor_runs::raised,
                monitor_runs::changed,
                monitor_runs::cleared,
                monitor_runs::opened,
                monitor_runs::held,
            ),
            monitor_runs::monitors,
        ))
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(monitor_runs::id.lt(column(after)));
    }
    type Counted = (i64, i64, i64, i64, i64, i64, i64);
    type Selected = ((Uuid, String, PgTimestamp, Option<PgTimestamp>), Counted, Option<String>);
    let rows: Vec<Selected> =
        query.order(monitor_runs::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let rows = rows.into_iter().map(|((id, rules, from, to), (a, b, c, d, e, f, g), monitors)| {
        read((id, rules, from, to, [a, b, c, d, e, f, g], monitors))
    });
    Ok(Part::cut(rows.collect(), page))
}

fn read((run, rules, from, to, counts, monitors): Row) -> MonitorRun {
    let [groups, observations, raised, changed, cleared, opened, held] =
        counts.map(|count| usize::try_from(count).unwrap_or(0));
    MonitorRun {
        id: id(run),
        rules,
        started_at: timestamp(from),
        ended_at: to.map(timestamp),
        counts: Counts { groups, observations, raised, changed, cleared, opened, held },
        monitors,
    }
}
