//! Work to be done. It belongs to the platform and to no organization, so nothing here takes a scope.
use diesel::dsl::Eq;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::JobId;
use jicai_domain::jobs::{Job, JobCommand, JobKind, JobState, Lane};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, fresh, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, jobs};
use crate::times;

#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs)]
struct Row {
    id: Uuid,
    kind: String,
    subject: String,
    status: String,
    due_at: Option<PgTimestamp>,
    tries: i32,
    fault: Option<String>,
}

/// Which jobs a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobStatus {
    /// Waiting until they are due.
    Queued,
    /// In the hands of a worker.
    Running,
    /// Done.
    Done,
    /// Given up.
    Dead,
}

impl JobStatus {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Done => "DONE",
            Self::Dead => "DEAD",
        }
    }

    /// The status of a state.
    pub const fn of(state: &JobState) -> JobStatus {
        match state {
            JobState::Queued { .. } => Self::Queued,
            JobState::Running { .. } => Self::Running,
            JobState::Done => Self::Done,
            JobState::Dead { .. } => Self::Dead,
        }
    }
}

/// What every new piece of work begins with.
type Queued = (
    Eq<jobs::id, Uuid>,
    Eq<jobs::kind, &'static str>,
    Eq<jobs::subject, String>,
    Eq<jobs::status, &'static str>,
    Eq<jobs::tries, i32>,
    Eq<jobs::created_at, app_clock>,
);

fn queued(id: JobId, kind: JobKind, subject: &str) -> Queued {
    (
        jobs::id.eq(column(id)),
        jobs::kind.eq(kind.rule().name),
        jobs::subject.eq(subject.to_owned()),
        jobs::status.eq(JobStatus::Queued.label()),
        jobs::tries.eq(0),
        jobs::created_at.eq(app_clock()),
    )
}

/// Puts up work that is due at once, in the transaction of the change that leaves it.
pub async fn put(tx: &mut Tx, kind: JobKind, subject: &str) -> Result<JobId, StoreError> {
    let put = put_each(tx, kind, &[subject]).await?;
    put.into_iter().next().ok_or_else(|| StoreError::row("job", subject))
}

/// Puts up work that was given up once more, or anew where it is not there.
pub async fn put_again(tx: &mut Tx, kind: JobKind, subject: &str) -> Result<JobId, StoreError> {
    let row: Option<Row> = jobs::table
        .filter(jobs::status.eq(JobStatus::Dead.label()))
        .filter(jobs::kind.eq(kind.rule().name))
        .filter(jobs::subject.eq(subject))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    let Some(row) = row else { return put(tx, kind, subject).await };
    tx.leaves_work();
    let now = tx.now().await?;
    let revived = job(row)?.apply(JobCommand::Revive, now)?;
    save(tx, &revived).await?;
    Ok(revived.id)
}

/// Puts up a piece of work for each subject, in one statement.
pub async fn put_each(
    tx: &mut Tx,
    kind: JobKind,
    subjects: &[impl AsRef<str>],
) -> Result<Vec<JobId>, StoreError> {
    tx.leaves_work();
    let put: Vec<JobId> = subjects.iter().map(|_subject| fresh()).collect();
    let rows = put.iter().zip(subjects);
    let rows = rows.map(|(job, subject)| {
        (queued(*job, kind, subject.as_ref()), jobs::due_at.eq(app_clock().nullable()))
    });
    let rows: Vec<_> = rows.collect();
    tx.later(diesel::insert_into(jobs::table).values(rows)).await?;
    Ok(put)
}

/// Puts up a piece of work for each of those times.
pub async fn put_at(
    tx: &mut Tx,
    kind: JobKind,
    subject: &str,
    dates: &[Timestamp],
) -> Result<(), StoreError> {
    let rows = dates.iter().map(|due| (queued(fresh(), kind, subject), jobs::due_at.eq(times::at(*due))));
    let rows: Vec<_> = rows.collect();
    diesel::insert_into(jobs::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// Puts up a turn of regular work, unless somebody did.
pub async fn put_turn(tx: &mut Tx, kind: JobKind, turn: &str) -> Result<(), StoreError> {
    diesel::insert_into(jobs::table)
        .values((queued(fresh(), kind, ""), jobs::turn.eq(turn), jobs::due_at.eq(app_clock().nullable())))
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Takes the work of a lane that has been due for longest and that nobody else is taking; none when nothing is due. What was tried too often
/// comes back dead.
pub async fn take(tx: &mut Tx, lane: Lane) -> Result<Option<Job>, StoreError> {
    let kinds: Vec<&str> = JobKind::of(lane).map(|kind| kind.rule().name).collect();
    // A volatile function in the WHERE would be called for every row and keep the index out of it.
    let now = tx.now().await?;
    let row: Option<Row> = jobs::table
        .filter(jobs::status.eq_any([JobStatus::Queued.label(), JobStatus::Running.label()]))
        .filter(jobs::due_at.le(times::at(now)))
        .filter(jobs::kind.eq_any(kinds))
        .order(jobs::due_at)
        .select(Row::as_select())
        .for_update()
        .skip_locked()
        .first(tx.connection())
        .await
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let taken = job(row)?.apply(JobCommand::Take, now)?;
    save(tx, &taken).await?;
    Ok(Some(taken))
}

/// The work in the hands of the worker that took it, held until the transaction ends; none when its lease ran out and somebody else took
/// it.
pub async fn held(tx: &mut Tx, taken: &Job) -> Result<Option<Job>, StoreError> {
    let JobState::Running { until } = taken.state else { return Ok(None) };
    let row: Option<Row> = jobs::table
        .find(column(taken.id))
        .filter(jobs::status.eq(JobStatus::Running.label()))
        .filter(jobs::due_at.eq(times::at(until)))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    row.map(job).transpose()
}

/// One, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, wanted: JobId) -> Result<Job, StoreError> {
    let row = jobs::table.find(column(wanted)).select(Row::as_select()).for_update();
    let row: Option<Row> = row.first(tx.connection()).await.optional()?;
    row.map(job).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Saves work that the transaction holds.
pub async fn save(tx: &mut Tx, changed: &Job) -> Result<(), StoreError> {
    let (due, fault) = match &changed.state {
        JobState::Queued { due } => (Some(*due), None),
        JobState::Running { until } => (Some(*until), None),
        JobState::Done => (None, None),
        JobState::Dead { fault } => (None, Some(fault.as_str())),
    };
    let ended = if due.is_none() { Some(times::at(tx.now().await?)) } else { None };
    diesel::update(jobs::table.find(column(changed.id)))
        .set((
            jobs::status.eq(JobStatus::of(&changed.state).label()),
            jobs::due_at.eq(due.map(times::at)),
            jobs::tries.eq(changed.tries),
            jobs::fault.eq(fault),
            jobs::ended_at.eq(ended),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A part of the work of a status, the newest first.
pub async fn list(tx: &mut Tx, status: JobStatus, page: &Page<JobId>) -> Result<Part<Job>, StoreError> {
    let mut query = jobs::table.filter(jobs::status.eq(status.label())).select(Row::as_select()).into_boxed();
    if let Some(after) = page.after {
        query = query.filter(jobs::id.lt(column(after)));
    }
    let rows: Vec<Row> = query.order(jobs::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let read: Result<Vec<Job>, StoreError> = rows.into_iter().map(job).collect();
    Ok(Part::cut(read?, page))
}

/// How much work there is.
#[derive(Clone, Copy, Debug, PartialEq, QueryableByName)]
pub struct Backlog {
    /// Pieces that are due and not taken.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Seconds for which the oldest of them has been due.
    #[diesel(sql_type = Double)]
    pub lag_seconds: f64,
    /// Pieces that were given up.
    #[diesel(sql_type = BigInt)]
    pub dead: i64,
}

/// How much work there is now.
pub async fn backlog(tx: &mut Tx) -> Result<Backlog, StoreError> {
    let backlog = diesel::sql_query(
        "WITH clock AS MATERIALIZED (SELECT app_clock() AS now), \
         due AS (SELECT count(*) AS waiting, min(due_at) AS oldest FROM jobs, clock \
             WHERE status IN ('QUEUED', 'RUNNING') AND due_at <= now) \
         SELECT waiting, coalesce(extract(epoch FROM now - oldest), 0)::float8 AS lag_seconds, \
             (SELECT count(*) FROM jobs WHERE status = 'DEAD') AS dead FROM due, clock",
    );
    Ok(backlog.get_result(tx.connection()).await?)
}

/// Forgets work that was done before then, at most so many pieces; how many it forgot.
pub async fn forget_done(tx: &mut Tx, before: Timestamp, most: i64) -> Result<usize, StoreError> {
    let old = jobs::table
        .filter(jobs::status.eq(JobStatus::Done.label()))
        .filter(jobs::ended_at.lt(times::at(before)))
        .order(jobs::ended_at)
        .limit(most)
        .select(jobs::id);
    let old: Vec<Uuid> = old.load(tx.connection()).await?;
    Ok(diesel::delete(jobs::table.filter(jobs::id.eq_any(old))).execute(tx.connection()).await?)
}

fn job(row: Row) -> Result<Job, StoreError> {
    let state = match (row.status.as_str(), row.due_at, row.fault) {
        ("QUEUED", Some(due), None) => JobState::Queued { due: times::timestamp(due) },
        ("RUNNING", Some(until), None) => JobState::Running { until: times::timestamp(until) },
        ("DONE", None, None) => JobState::Done,
        ("DEAD", None, Some(fault)) => JobState::Dead { fault },
        (status, due, fault) => return Err(StoreError::row("job", (status, due.is_some(), fault))),
    };
    let kind = JobKind::from_name(&row.kind).ok_or_else(|| StoreError::row("kind", &row.kind))?;
    Ok(Job { id: id(row.id), kind, subject: row.subject, state, tries: row.tries })
}
