//! 合同的生效与到期: contracts move with the calendar, and their round with them. A job is due at each of their dates.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, Actor};
use jicai_domain::contract::agreement::{ContractCommand, ContractStatus};
use jicai_domain::contract::lifetime::follows;
use jicai_domain::contract::official::{OfficialResult, ResultSource};
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::ids::{Id, OfficialResultId, RoundId};
use jicai_domain::jobs::JobKind;
use jicai_domain::procurement::round::RoundStatus;
use jicai_domain::time::{Day, Timestamp};
use jicai_store::audit::record_with;
use jicai_store::contract::{contracts, lifetime, official};
use jicai_store::procurement::rounds;
use jicai_store::{Tx, jobs};

use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;

/// Contracts that one transaction moves.
pub(super) const MOVED_AT_ONCE: i64 = 500;

/// Moves what is due of a result, and its round. Does nothing the second time.
pub(crate) async fn move_due(app: &App, subject: &str) -> Result<Progress, Error> {
    let id = OfficialResultId::parse(subject)?;
    let mut tx = app.store.read().await?;
    let today = tx.now().await?.day_in_china();
    let result = official::find(&mut tx, id).await?;
    let due = !contracts::due(&mut tx, id, today, 1).await?.is_empty();
    let round = match result.source {
        ResultSource::Round(round) => {
            let status = rounds::announced(&mut tx, round).await?.status;
            follows(&status, &lifetime::of_round(&mut tx, round).await?, today).is_some()
        }
        ResultSource::Import(_) => false,
    };
    drop(tx);
    if !due && !round {
        return Ok(Progress::Done);
    }
    app.store
        .write("move_contracts", async |tx| {
            let acts = move_with(tx, &result, today, MOVED_AT_ONCE).await?;
            let act = Act::new("ContractsMoved", id).concerning(result.office).with("contracts", acts.len());
            Ok::<_, Error>(record_with(tx, Actor::Platform, act, acts, ()).await?)
        })
        .await?;
    Ok(Progress::Part)
}

/// Moves contracts of a result whose dates have come, then its round as far as its contracts take it.
pub(super) async fn move_with(
    tx: &mut Tx,
    result: &OfficialResult,
    today: Day,
    most: i64,
) -> Result<Vec<Act>, Error> {
    let mut acts = Vec::new();
    for due in contracts::due(tx, result.id, today, most).await? {
        let held = contracts::lock(tx, due).await?;
        let expected = held.contract.version;
        let command = match held.contract.status {
            ContractStatus::Sealed => ContractCommand::Start { today },
            ContractStatus::InForce => ContractCommand::Close { today },
            ContractStatus::Draft
            | ContractStatus::Sealing
            | ContractStatus::Closed
            | ContractStatus::Terminated { .. } => continue,
        };
        let changed = held.contract.apply(command)?;
        contracts::save(tx, &changed, expected, held.parts_sha256).await?;
        let act = Act::new("ContractMoved", changed.id).concerning(changed.holder);
        acts.push(act.with("status", changed.status.label()));
    }
    if let ResultSource::Round(round) = result.source {
        move_round(tx, round, today, &mut acts).await?;
    }
    Ok(acts)
}

async fn move_round(tx: &mut Tx, round: RoundId, today: Day, acts: &mut Vec<Act>) -> Result<(), Error> {
    loop {
        let current = rounds::lock_announced(tx, round).await?;
        let standing = lifetime::of_round(tx, round).await?;
        let Some(command) = follows(&current.status, &standing, today) else { return Ok(()) };
        let seen = current.version;
        let moved = current.apply(command)?;
        rounds::save_state(tx, &moved, seen).await?;
        let kind = if moved.status == RoundStatus::InForce { "RoundInForce" } else { "RoundClosed" };
        acts.push(Act::new(kind, round).concerning(moved.office));
    }
}

/// Has the dates of contracts looked at when they come: each first day, the day after each last one, and after the last of a term.
pub(super) async fn schedule(
    tx: &mut Tx,
    result: OfficialResultId,
    years: impl Iterator<Item = AgreementYear>,
    terms: impl Iterator<Item = Day>,
) -> Result<(), Error> {
    let mut days: BTreeSet<Day> = terms.map(|last| last.plus_days(1)).collect();
    days.extend(years.flat_map(|year| [year.start, year.end.plus_days(1)]));
    let now = tx.now().await?;
    let dates: Vec<Timestamp> =
        days.into_iter().map(Day::begins_in_china).filter(|date| *date > now).collect();
    if dates.is_empty() {
        return Ok(());
    }
    Ok(jobs::put_at(tx, JobKind::MoveContracts, &result.to_string(), &dates).await?)
}

/// Contracts that every party has sealed by now come into force with the next day, where their own first day has come already.
pub(super) async fn start_tomorrow(tx: &mut Tx, results: &BTreeSet<OfficialResultId>) -> Result<(), Error> {
    let tomorrow = tx.now().await?.day_in_china().plus_days(1).begins_in_china();
    for result in results {
        jobs::put_at(tx, JobKind::MoveContracts, &result.to_string(), &[tomorrow]).await?;
    }
    Ok(())
}
