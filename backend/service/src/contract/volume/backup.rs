//! Agreed volume goes to a backup that supplies in the place of a product, and comes back: in supplements that are in force by the decision.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::audit::Act;
use jicai_domain::contract::agreement::ContractCommand;
use jicai_domain::contract::backup::BackupSupply;
use jicai_domain::contract::ledger::{Account, Buyer, Cause, Entry, Holding};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{ContractId, SelectedProductId};
use jicai_store::Tx;
use jicai_store::contract::volume::entries::Source;
use jicai_store::contract::volume::holdings::{self, Balance};
use jicai_store::contract::{backups, contracts};
use rust_decimal::Decimal;

use super::settle::{Key, Move, Settling, ended, land};
use crate::errors::Error;

/// What moved.
pub(in crate::contract) struct Shifted {
    /// What was done.
    pub(in crate::contract) acts: Vec<Act>,
    /// How much, in units of the lot's representative.
    pub(in crate::contract) volume: u64,
}

/// The backup supplies: what the product's contracts agree in the region and has not come goes to it, at its own price, and so do new orders.
/// Errors: `BACKUP_SUPPLY_STATE` where nothing is left to supply.
pub(in crate::contract) async fn hand_over(tx: &mut Tx, supply: &BackupSupply) -> Result<Shifted, Error> {
    let own = of_product(tx, supply, supply.product).await?;
    let landed = shift(tx, supply, (&own, supply.backup), Cause::MovedToBackup).await?;
    if landed.shifted.volume == 0 {
        return Err(Refusal::of(Code::BackupSupplyState)
            .at("product")
            .allowing("what has not come yet")
            .into());
    }
    direct(tx, &own, &landed.contracts).await?;
    Ok(landed.shifted)
}

/// The product supplies again: what the backup has not delivered comes back, new orders go where it came to, and what stood in ends.
pub(in crate::contract) async fn take_back(
    tx: &mut Tx,
    supply: &BackupSupply,
    reason: &Reason,
) -> Result<Shifted, Error> {
    let own = of_product(tx, supply, supply.product).await?;
    let targets = backups::standing_in(tx, (supply.backup, supply.region), supply.product).await?;
    let stood: Vec<Balance> = of_product(tx, supply, supply.backup)
        .await?
        .into_iter()
        .filter(|held| targets.contains(&held.contract))
        .collect();
    let mut landed = shift(tx, supply, (&stood, supply.product), Cause::MovedBack).await?;
    direct(tx, &own, &landed.contracts).await?;
    for contract in targets {
        let held = contracts::lock(tx, contract).await?;
        landed.shifted.acts.push(ended(tx, &held, reason).await?);
    }
    Ok(landed.shifted)
}

/// What a product's contracts in force hold in the region, with the contracts held.
async fn of_product(
    tx: &mut Tx,
    supply: &BackupSupply,
    product: SelectedProductId,
) -> Result<Vec<Balance>, Error> {
    holdings::lock_running(tx, product).await?;
    let held = holdings::in_force(tx, product).await?;
    Ok(held.into_iter().filter(|held| held.holding.place.region == supply.region).collect())
}

struct Landed {
    shifted: Shifted,
    contracts: BTreeMap<Key, ContractId>,
}

/// Moves what has not come of those holdings to a supplier, year by year.
async fn shift(
    tx: &mut Tx,
    supply: &BackupSupply,
    (held, to): (&[Balance], SelectedProductId),
    cause: Cause,
) -> Result<Landed, Error> {
    let stays = backups::stays(tx, &held.iter().map(|one| one.contract).collect()).await?;
    let mut years: BTreeMap<u32, Vec<Move>> = BTreeMap::new();
    let mut landed = Landed { shifted: Shifted { acts: Vec::new(), volume: 0 }, contracts: BTreeMap::new() };
    for one in held {
        let Buyer::Institution(institution) = one.holding.place.buyer else { continue };
        let stay = stays.get(&(one.contract, institution)).copied().unwrap_or(0);
        let volume = one.agreed.saturating_sub(stay);
        if volume == 0 {
            continue;
        }
        let to = Account::Held(Holding { supplier: to, ..one.holding });
        let entry = Entry { from: Account::Held(one.holding), to, volume, cause };
        landed.shifted.volume = landed.shifted.volume.saturating_add(volume);
        years.entry(one.year.number).or_default().push(Move::of(entry, one));
    }
    let (distributor, prices) = terms(tx, supply, to).await?;
    for (number, moves) in years {
        let Some(first) = held.iter().find(|one| one.year.number == number) else { continue };
        let (source, prices) = (Source::Backup(supply.id), prices.clone());
        let settling = Settling { book: first.book(), source, year: first.year, distributor, prices };
        let (acts, contracts) = land(tx, &settling, &moves).await?;
        landed.shifted.acts.extend(acts);
        landed.contracts.extend(contracts);
    }
    for contract in landed.contracts.values() {
        stand_in(tx, *contract).await?;
    }
    Ok(landed)
}

type Terms = (Option<(SelectedProductId, jicai_domain::ids::OrganizationId)>, BTreeMap<Key, Decimal>);

/// Who supplies again does so as in its contract: with the same distributor, at the same price. A backup supplies at its own.
async fn terms(tx: &mut Tx, supply: &BackupSupply, to: SelectedProductId) -> Result<Terms, Error> {
    if to != supply.product {
        return Ok((None, BTreeMap::new()));
    }
    let (mut distributor, mut prices) = (None, BTreeMap::new());
    for one in of_product(tx, supply, to).await? {
        distributor = distributor.or(one.distributor.map(|who| (to, who)));
        let lowered = contracts::find(tx, one.contract).await?.lowered_price;
        if let Some(price) = lowered {
            prices.insert((to, one.holding.place.region, one.holding.place.content), price);
        }
    }
    Ok((distributor, prices))
}

/// A supplement comes into force by the decision.
async fn stand_in(tx: &mut Tx, contract: ContractId) -> Result<(), Error> {
    let held = contracts::lock(tx, contract).await?;
    let expected = held.contract.version;
    let begun = held.contract.apply(ContractCommand::StandIn)?;
    Ok(contracts::save(tx, &begun, expected, held.parts_sha256).await?)
}

/// New orders on contracts go to the supplement of their content, or where there is none stay where they are.
async fn direct(tx: &mut Tx, held: &[Balance], landed: &BTreeMap<Key, ContractId>) -> Result<(), Error> {
    let mut by_content: BTreeMap<Option<Decimal>, BTreeSet<ContractId>> = BTreeMap::new();
    for one in held {
        by_content.entry(one.holding.place.content).or_default().insert(one.contract);
    }
    for (content, contracts) in by_content {
        let to = landed.iter().find(|((_, _, of), _)| *of == content).map(|(_, contract)| *contract);
        backups::direct(tx, &contracts, to).await?;
    }
    Ok(())
}
