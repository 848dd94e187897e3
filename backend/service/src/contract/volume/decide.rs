//! What becomes of a change that was asked for: the receiving side agrees, the office decides, the institution takes it back.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::contract::change::{Application, Command, Status};
use jicai_domain::contract::volume::VolumeChange;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::VolumeChangeId;
use jicai_store::audit::record_with;
use jicai_store::contract::volume::changes::{self, Asked};
use jicai_store::contract::volume::entries::Source;
use jicai_store::contract::volume::holdings;
use jicai_store::contract::{contracts, official};
use jicai_store::{Recorded, Tx};

use super::judge::judged;
use super::settle::{Move, Settling, ended_if_empty, settle};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// What somebody decides about a change.
#[derive(Clone, Debug)]
pub enum Decision {
    /// The receiving side agrees.
    Agree,
    /// The office approves: the volume moves.
    Approve,
    /// The receiving side, as long as it has not agreed, or the office refuses.
    Reject(Reason),
}

/// Decides a change that waits for the caller: as the one that the volume comes to, or as the office. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `STALE_VERSION`, `VOLUME_CHANGE_STATE`, `SECOND_PERSON_NEEDED`; approving also what asking for it is refused with.
pub async fn decide_volume_change(
    app: &App,
    caller: &Caller,
    (change, version): (VolumeChangeId, Version),
    decision: Decision,
    key: &IdempotencyKey,
) -> Result<Changed<VolumeChangeId>, Error> {
    let office = caller.require(Permission::ManageContracts).is_ok();
    if !office {
        caller.require(Permission::ChangeVolumes)?;
    }
    let by = caller.user()?;
    let said = [change.to_string(), version.number().to_string(), format!("{decision:?}")];
    let keyed = keyed(app, Some(caller), key, "decide_volume_change", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let asked = changes::lock(tx, change).await?;
        let decides = if office { Some(asked.office) } else { asked.change.receiver };
        if decides != Some(caller.organization) {
            return Err(Refusal::of(Code::NotFound).into());
        }
        at_version(&asked, version)?;
        let command = command(&asked, office, &decision)?;
        let approved = matches!(command, Command::Approve);
        let changed = next(&asked.change, |application| application.next(command, by))?;
        changes::save(tx, &changed, version).await?;
        let more = if approved { approve(tx, &asked).await? } else { Vec::new() };
        answered(tx, caller, (&asked, &changed), more).await
    })
    .await
}

/// Takes a change back that the caller's institution asked for. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `VOLUME_CHANGE_STATE`.
pub async fn withdraw_volume_change(
    app: &App,
    caller: &Caller,
    (change, version): (VolumeChangeId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<VolumeChangeId>, Error> {
    caller.require(Permission::ChangeVolumes)?;
    let by = caller.user()?;
    let said = [change.to_string(), version.number().to_string()];
    let keyed = keyed(app, Some(caller), key, "withdraw_volume_change", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let asked = changes::lock(tx, change).await?;
        if asked.institution != caller.organization {
            return Err(Refusal::of(Code::NotFound).into());
        }
        at_version(&asked, version)?;
        let changed = next(&asked.change, |application| application.next(Command::Withdraw, by))?;
        changes::save(tx, &changed, version).await?;
        answered(tx, caller, (&asked, &changed), Vec::new()).await
    })
    .await
}

fn at_version(asked: &Asked, version: Version) -> Result<(), Refusal> {
    if asked.change.version == version { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version")) }
}

/// The office does not agree for others, and whoever has agreed leaves the rest to the office.
fn command(asked: &Asked, office: bool, decision: &Decision) -> Result<Command, Refusal> {
    let waits = asked.change.application.status == Status::Applied;
    match decision {
        Decision::Agree if office => Err(Refusal::of(Code::Forbidden)),
        Decision::Approve if !office => Err(Refusal::of(Code::Forbidden)),
        Decision::Reject(_) if !office && !waits => Err(Refusal::of(Code::VolumeChangeState)),
        Decision::Agree => Ok(Command::Agree),
        Decision::Approve => Ok(Command::Approve),
        Decision::Reject(reason) => Ok(Command::Reject { reason: reason.clone() }),
    }
}

fn next(
    change: &VolumeChange,
    step: impl FnOnce(Application) -> Result<Application, Refusal>,
) -> Result<VolumeChange, Refusal> {
    let application = step(change.application.clone())?;
    Ok(VolumeChange { application, version: change.version.next(), ..change.clone() })
}

/// Moves the volume, as far as the ledger has it now.
async fn approve(tx: &mut Tx, asked: &Asked) -> Result<Vec<Act>, Error> {
    official::lock_lot(tx, asked.result, asked.lot_number).await?;
    let contract = contracts::lock(tx, asked.contract).await?;
    let held = holdings::part(tx, asked.change.part).await?;
    let change = &asked.change.application.change;
    let entries = judged(tx, change, (&held, &contract.contract)).await?;
    let moves: Vec<Move> = entries.into_iter().map(|entry| Move::of(entry, &held)).collect();
    let settling = Settling::of(&held, &contract, Source::Change(asked.change.id));
    let mut acts = settle(tx, &settling, &moves).await?;
    acts.extend(ended_if_empty(tx, &contract, &asked.change.application.reason).await?);
    Ok(acts)
}

/// The entry of the log, told to the institution and to whoever else has a say.
async fn answered(
    tx: &mut Tx,
    caller: &Caller,
    (asked, changed): (&Asked, &VolumeChange),
    more: Vec<Act>,
) -> Result<Recorded<Changed<VolumeChangeId>>, Error> {
    let status = &changed.application.status;
    let kind = match status {
        Status::Agreed => "VolumeChangeAgreed",
        Status::Withdrawn => "VolumeChangeWithdrawn",
        Status::Applied | Status::Approved { .. } | Status::Rejected { .. } => "VolumeChangeDecided",
    };
    let act = Act::new(kind, changed.id)
        .concerning(asked.institution)
        .concerning(asked.office)
        .with("subContract", changed.part)
        .with("status", status.label());
    let act = changed.receiver.into_iter().fold(act, Act::concerning);
    let act = status.reason().into_iter().fold(act, |act, reason| act.with("reason", reason.as_str()));
    let answer = Changed { id: changed.id, version: changed.version };
    Ok(record_with(tx, actor(caller), act, more, answer).await?)
}
