//! Taking work and doing it. Work is done at least once: whoever dies between doing and saying so leaves it to be done again, so
//! every kind of work does nothing the second time.
use jicai_domain::ids::{Id, RoundId};
use jicai_domain::jobs::{Job, JobCommand, JobKind, JobState, Lane};
use jicai_store::jobs as rows;

use crate::alert;
use crate::app::App;
use crate::catalog;
use crate::contract;
use crate::errors::Error;
use crate::imports;
use crate::jobs::purge;
use crate::pricing;
use crate::procurement;
use crate::settlement;
use crate::webhooks;

/// What a try came to.
pub(crate) enum Progress {
    /// It is done.
    Done,
    /// A part is done; the rest follows at once, as a try of its own.
    Part,
}

/// Takes the work of a lane that has been due for longest and does it. False when nothing is due.
pub async fn work_once(app: &App, lane: Lane) -> Result<bool, Error> {
    let taken = app.store.keep("take_job", async |tx| Ok::<_, Error>(rows::take(tx, lane).await?)).await?;
    let Some(job) = taken else { return Ok(false) };
    if let JobState::Dead { fault } = &job.state {
        given_up(app, &job, fault).await?;
        return Ok(true);
    }
    let outcome = perform(app, &job).await;
    settle(app, &job, outcome).await?;
    Ok(true)
}

/// Puts up the turns of regular work that have come.
pub async fn put_up_turns(app: &App) -> Result<(), Error> {
    app.store
        .keep("put_up_turns", async |tx| {
            let now = tx.now().await?;
            for kind in JobKind::ALL {
                if let Some(turn) = kind.turn(now) {
                    rows::put_turn(tx, *kind, &turn).await?;
                }
            }
            Ok::<_, Error>(())
        })
        .await
}

async fn perform(app: &App, job: &Job) -> Result<Progress, Error> {
    match job.kind {
        JobKind::AlertDigest => alert::count_yesterday(app).await,
        JobKind::BookPayments => settlement::book_payments(app, &job.subject).await,
        JobKind::ConfirmSilent => settlement::confirm_silent(app).await,
        JobKind::Deliver => webhooks::deliver(app, &job.subject).await,
        JobKind::DivideContracts => contract::divide(app, &job.subject).await,
        JobKind::Import => imports::import(app, &job.subject).await,
        JobKind::ItemRelease => catalog::work_on_release(app, &job.subject).await,
        JobKind::Monitor => alert::monitor(app, job.id).await,
        JobKind::MoveContracts => contract::move_due(app, &job.subject).await,
        JobKind::MoveRound => {
            procurement::due::settle(app, RoundId::parse(&job.subject)?).await.map(|()| Progress::Done)
        }
        JobKind::DecideSupply => procurement::supply::decide_supply(app, &job.subject).await,
        JobKind::MoveSupply => procurement::supply::move_supply(app, &job.subject).await,
        JobKind::OpenRound => procurement::opening::open(app, &job.subject).await,
        JobKind::PriceFeed => pricing::feed(app, &job.subject).await,
        JobKind::ProveLedger => settlement::prove(app).await,
        JobKind::Purge => purge::purge(app).await,
    }
}

/// Says what became of the work, unless somebody else has it by now.
async fn settle(app: &App, job: &Job, outcome: Result<Progress, Error>) -> Result<(), Error> {
    let command = match outcome {
        Ok(Progress::Done) => JobCommand::Finish,
        Ok(Progress::Part) => JobCommand::Continue,
        Err(error) => {
            let kind = job.kind.rule().name;
            tracing::warn!(job = %job.id, kind, tries = job.tries, error = error.chain(), "a job failed");
            JobCommand::Fail { fault: error.refusal().code.spec().name.to_owned() }
        }
    };
    let settled = app
        .store
        .keep("settle_job", async |tx| {
            let Some(held) = rows::held(tx, job).await? else { return Ok(None) };
            let now = tx.now().await?;
            let settled = held.apply(command.clone(), now)?;
            rows::save(tx, &settled).await?;
            Ok::<_, Error>(Some(settled))
        })
        .await?;
    match settled {
        None => tracing::warn!(job = %job.id, "a job took longer than its lease, and somebody else has it"),
        Some(Job { state: JobState::Dead { fault }, .. }) => given_up(app, job, &fault).await?,
        Some(_alive) => {}
    }
    Ok(())
}

/// Says that work was given up, also to whoever waits for it.
async fn given_up(app: &App, job: &Job, fault: &str) -> Result<(), Error> {
    tracing::error!(job = %job.id, kind = job.kind.rule().name, fault, "a job was given up");
    if job.kind == JobKind::Import {
        imports::give_up(app, &job.subject).await?;
    }
    Ok(())
}
