//! What the calendar asks of a round, done when its time has come. A job is due at each date; every use case judges the round as
//! the calendar has it, so a job that comes late closes nobody out.
use jicai_domain::audit::{Act, Actor};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::RoundId;
use jicai_domain::jobs::JobKind;
use jicai_domain::procurement::round::{Calendar, RoundCommand};
use jicai_store::audit::record;
use jicai_store::procurement::rounds;
use jicai_store::{Tx, jobs};

use super::sealing::seal;
use crate::app::App;
use crate::errors::Error;

/// Makes every move that is due, one after the other. Does nothing the second time.
pub(crate) async fn settle(app: &App, round: RoundId) -> Result<(), Error> {
    let mut refused = None;
    while let Some(command) = due(app, round).await? {
        if refused.as_ref() == Some(&command) {
            return Err(Refusal::of(Code::RoundState).into());
        }
        let moved = match &command {
            RoundCommand::BeginDemand => begin(app, round, &command, "RoundDemandOpened").await,
            RoundCommand::BeginBidding => begin(app, round, &command, "RoundBiddingOpened").await,
            RoundCommand::Seal => seal(app, round).await,
            RoundCommand::Revise { .. }
            | RoundCommand::Announce { .. }
            | RoundCommand::Correct { .. }
            | RoundCommand::BeginOpening
            | RoundCommand::Conclude
            | RoundCommand::SettleTie
            | RoundCommand::BeginChoosing
            | RoundCommand::Redecide
            | RoundCommand::PublishNotice
            | RoundCommand::AnnouncePart
            | RoundCommand::AnnounceResult
            | RoundCommand::EnterForce
            | RoundCommand::Close
            | RoundCommand::Cancel { .. } => return Ok(()),
        };
        match moved {
            Ok(()) => {}
            // Somebody else made the move, or cancelled the round, meanwhile: then it is not due again.
            Err(Error::Refused(Refusal { code: Code::RoundState, .. })) => refused = Some(command),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Has the dates of a calendar looked at when they come.
pub(super) async fn schedule(tx: &mut Tx, round: RoundId, calendar: &Calendar) -> Result<(), Error> {
    let dates = [calendar.demand_from, calendar.bids_from, calendar.bids_until];
    Ok(jobs::put_at(tx, JobKind::MoveRound, &round.to_string(), &dates).await?)
}

async fn due(app: &App, round: RoundId) -> Result<Option<RoundCommand>, Error> {
    let mut tx = app.store.read().await?;
    let found = rounds::announced(&mut tx, round).await?;
    Ok(found.due(tx.now().await?))
}

/// Moves the round. Errors: `ROUND_STATE` when somebody else did.
async fn begin(app: &App, round: RoundId, command: &RoundCommand, kind: &'static str) -> Result<(), Error> {
    app.store
        .write("move_round", async |tx| {
            let current = rounds::lock_announced(tx, round).await?;
            let seen = current.version;
            let moved = current.apply(command.clone())?;
            rounds::save_state(tx, &moved, seen).await?;
            let act = Act::new(kind, round).concerning(moved.office);
            Ok::<_, Error>(record(tx, Actor::Platform, act, ()).await?)
        })
        .await
}
