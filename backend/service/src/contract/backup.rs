//! 备选供应: one clerk of an office proposes that a backup supplies in the place of a product, another confirms it; the office ends it.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::contract::backup::{BackupCommand, BackupStatus, BackupSupply};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode, Version};
use jicai_domain::ids::{BackupSupplyId, SelectedProductId};
use jicai_domain::time::Day;
use jicai_store::audit::{record, record_with};
use jicai_store::contract::{backups, official, withdrawals};
use jicai_store::{Page, Part, Tx, fresh};

use super::read::scope;
use super::volume::backup::{hand_over, take_back};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A backup supply that a clerk proposes.
#[derive(Clone, Debug)]
pub struct ProposeBackupSupply {
    /// The product that does not supply.
    pub product: SelectedProductId,
    /// The one that is to supply in its place.
    pub backup: SelectedProductId,
    /// Where.
    pub region: RegionCode,
    /// Not before this day.
    pub from: Day,
    /// Why.
    pub reason: Reason,
    /// What shows it.
    pub evidence: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Proposes it. Errors: `FORBIDDEN`, `BACKUP_SUPPLY_INVALID`, `BACKUP_SUPPLY_STATE` where one is proposed or in force.
pub async fn propose_backup_supply(
    app: &App,
    caller: &Caller,
    command: ProposeBackupSupply,
) -> Result<Changed<BackupSupplyId>, Error> {
    caller.require(Permission::ManageContracts)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "propose_backup_supply", &[&said]);
    once(app, &keyed, async |tx| {
        let supply = BackupSupply {
            id: fresh(),
            office: caller.organization,
            product: command.product,
            backup: command.backup,
            region: command.region,
            from: command.from,
            reason: command.reason.clone(),
            evidence: command.evidence.clone(),
            proposed: (by, tx.now().await?),
            status: BackupStatus::Proposed,
            moved: 0,
            returned: 0,
            version: Version::FIRST,
        };
        if !backups::fits(tx, &supply).await? {
            return Err(Refusal::of(Code::BackupSupplyInvalid).at("backup").into());
        }
        backups::add(tx, &supply).await?;
        let answer = Changed { id: supply.id, version: supply.version };
        let act = told("BackupSupplyProposed", &supply).with("evidence", supply.evidence.as_str());
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// What an office decides of a backup supply.
#[derive(Clone, Debug)]
pub struct DecideBackupSupply {
    /// Which.
    pub id: BackupSupplyId,
    /// The version that was seen.
    pub version: Version,
    /// What.
    pub command: BackupCommand,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Confirms, refuses or ends it: volumes and the way of new orders change with the decision, in one commit. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `STALE_VERSION`, `SECOND_PERSON_NEEDED`, `BACKUP_SUPPLY_STATE`, `BACKUP_SUPPLY_INVALID`, `CONTRACT_STATE`.
pub async fn decide_backup_supply(
    app: &App,
    caller: &Caller,
    command: DecideBackupSupply,
) -> Result<Changed<BackupSupplyId>, Error> {
    caller.require(Permission::ManageContracts)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "decide_backup_supply", &[&said]);
    once(app, &keyed, async |tx| {
        let before = backups::lock(tx, caller.organization, command.id).await?;
        if before.version != command.version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let mut next = before.apply(command.command.clone(), by, tx.now().await?)?;
        let acts = moved(tx, &mut next, &command.command).await?;
        backups::save(tx, &next, command.version).await?;
        let act = told("BackupSupplyDecided", &next)
            .with("status", next.status.label())
            .with("moved", next.moved)
            .with("returned", next.returned);
        let act = next.status.reason().into_iter().fold(act, |act, why| act.with("because", why.as_str()));
        let act = parties(tx, &next, act).await?;
        let answer = Changed { id: next.id, version: next.version };
        Ok(record_with(tx, actor(caller), act, acts, answer).await?)
    })
    .await
}

/// Moves what the decision moves, with the lot held.
async fn moved(tx: &mut Tx, supply: &mut BackupSupply, command: &BackupCommand) -> Result<Vec<Act>, Error> {
    if matches!(command, BackupCommand::Refuse(_)) {
        return Ok(Vec::new());
    }
    let placed = official::product(tx, supply.product).await?;
    official::lock_lot(tx, placed.result, placed.product.lot_number).await?;
    match command {
        BackupCommand::Refuse(_) => Ok(Vec::new()),
        BackupCommand::Confirm => {
            if !backups::fits(tx, supply).await? {
                return Err(Refusal::of(Code::BackupSupplyInvalid).at("backup").into());
            }
            let shifted = hand_over(tx, supply).await?;
            supply.moved = shifted.volume;
            Ok(shifted.acts)
        }
        BackupCommand::End(reason) => {
            if withdrawals::of_product(tx, supply.product).await?.is_some() {
                let left = "not once the product has left";
                return Err(Refusal::of(Code::BackupSupplyState).at("id").allowing(left).into());
            }
            let shifted = take_back(tx, supply, reason).await?;
            supply.returned = shifted.volume;
            Ok(shifted.acts)
        }
    }
}

fn told(kind: &'static str, supply: &BackupSupply) -> Act {
    Act::new(kind, supply.id)
        .concerning(supply.office)
        .with("product", supply.product)
        .with("backup", supply.backup)
        .with("region", supply.region)
        .with("from", supply.from)
        .with("reason", supply.reason.as_str())
}

/// The firms of both products hear of it. Institutions hear of their new parts.
async fn parties(tx: &mut Tx, supply: &BackupSupply, act: Act) -> Result<Act, Error> {
    let mut act = act;
    for product in [supply.product, supply.backup] {
        let holder = official::product(tx, product).await?.product.holder.organization;
        act = holder.into_iter().fold(act, Act::concerning);
    }
    Ok(act)
}

/// Backup supplies that the caller may see, the newest first. Errors: `FORBIDDEN`.
pub async fn backup_supplies(
    app: &App,
    caller: &Caller,
    page: &Page<BackupSupplyId>,
) -> Result<Part<BackupSupply>, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(backups::page(&mut tx, &scope, page).await?)
}
