//! What an administrator sees of the work and does with what was given up.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::identity::{Caller, Permission, Reason};
use jicai_domain::ids::JobId;
use jicai_domain::jobs::{Job, JobCommand, JobKind};
use jicai_store::audit::record_with;
use jicai_store::jobs::{self as rows, Backlog, JobStatus};
use jicai_store::{Page, Part};

use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;
use crate::imports::revived;

/// A part of the work of a status, the newest first. Errors: `FORBIDDEN`.
pub async fn jobs(
    app: &App,
    caller: &Caller,
    status: JobStatus,
    page: &Page<JobId>,
) -> Result<Part<Job>, Error> {
    caller.require(Permission::KeepJobs)?;
    let mut tx = app.store.read().await?;
    Ok(rows::list(&mut tx, status, page).await?)
}

/// How much work there is, for the metrics.
pub async fn backlog(app: &App) -> Result<Backlog, Error> {
    let mut tx = app.store.read().await?;
    Ok(rows::backlog(&mut tx).await?)
}

/// Has work that was given up tried again. Errors: `FORBIDDEN`, `NOT_FOUND`, `JOB_STATE`.
pub async fn retry_job(app: &App, caller: &Caller, id: JobId, key: &IdempotencyKey) -> Result<JobId, Error> {
    let act = Act::new("JobRetried", id);
    change(app, caller, (id, JobCommand::Revive), act, key).await
}

/// Gives up work for good. Errors: `FORBIDDEN`, `NOT_FOUND`, `JOB_STATE`.
pub async fn discard_job(
    app: &App,
    caller: &Caller,
    id: JobId,
    reason: &Reason,
    key: &IdempotencyKey,
) -> Result<JobId, Error> {
    let act = Act::new("JobDiscarded", id).with("reason", reason.as_str());
    change(app, caller, (id, JobCommand::Discard), act, key).await
}

async fn change(
    app: &App,
    caller: &Caller,
    (id, command): (JobId, JobCommand),
    act: Act,
    key: &IdempotencyKey,
) -> Result<JobId, Error> {
    caller.require(Permission::KeepJobs)?;
    let details = act.details.iter().map(|(_, value)| value.as_str());
    let subject = id.to_string();
    let said: Vec<&str> = std::iter::once(subject.as_str()).chain(details).collect();
    let keyed = keyed(app, Some(caller), key, act.kind, &said);
    once(app, &keyed, async |tx| {
        let job = rows::lock(tx, id).await?;
        let now = tx.now().await?;
        let read_on = job.kind == JobKind::Import && command == JobCommand::Revive;
        let more = if read_on { revived(tx, &job.subject).await? } else { Vec::new() };
        rows::save(tx, &job.apply(command.clone(), now)?).await?;
        let act = act.clone().with("command", format!("{command:?}"));
        Ok(record_with(tx, actor(caller), act, more, id).await?)
    })
    .await
}
