//! Contracts for those who may see them: the parties, the office, and the regulators and auditors of the region.
use jicai_domain::contract::progress::{percent, progress};
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{Caller, Permission, Scope};
use jicai_domain::ids::{ContractId, SubContractId};
pub use jicai_store::contract::shown::{ShownContract, ShownPart, ShownSeal, Wanted};
use jicai_store::contract::{contracts, parts, shown};
use jicai_store::{Page, Part};

use super::seal::{main_document, part_document};
use crate::app::App;
use crate::errors::Error;

fn scope(caller: &Caller) -> Result<Scope, Refusal> {
    caller
        .require(Permission::OwnContracts)
        .or_else(|_forbidden| caller.require(Permission::ManageContracts))
        .or_else(|_forbidden| caller.require(Permission::ObserveContracts))
}

/// The contracts that the caller may see, the newest first. Errors: `FORBIDDEN`.
pub async fn contracts_of(
    app: &App,
    caller: &Caller,
    wanted: &Wanted,
    page: &Page<ContractId>,
) -> Result<Part<ShownContract>, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(shown::contracts(&mut tx, &scope, wanted, page).await?)
}

/// A contract that the caller may see. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn contract(app: &App, caller: &Caller, id: ContractId) -> Result<ShownContract, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(shown::find(&mut tx, &scope, id).await?)
}

/// The parts that the caller may see, of one contract or of all: an institution sees its own. Errors: `FORBIDDEN`.
pub async fn sub_contracts(
    app: &App,
    caller: &Caller,
    contract: Option<ContractId>,
    page: &Page<SubContractId>,
) -> Result<Part<ShownPart>, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(shown::parts(&mut tx, &scope, contract, page).await?)
}

/// A part that the caller may see. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn sub_contract(app: &App, caller: &Caller, id: SubContractId) -> Result<ShownPart, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(shown::find_part(&mut tx, &scope, id).await?)
}

/// The document of a contract that the caller has found. Errors: `CONTRACT_STATE` before it is divided.
pub async fn contract_document(app: &App, id: ContractId) -> Result<String, Error> {
    let mut tx = app.store.read().await?;
    let held = contracts::find(&mut tx, id).await?;
    Ok(main_document(&mut tx, &held).await?.to_canonical())
}

/// The document of a part that the caller has found.
pub async fn sub_contract_document(app: &App, id: SubContractId) -> Result<String, Error> {
    let mut tx = app.store.read().await?;
    let (contract, part) = parts::find(&mut tx, id).await?;
    let held = contracts::find(&mut tx, contract).await?;
    Ok(part_document(&mut tx, &held, part).await?.to_canonical())
}

/// The seals over a contract itself, or over one of its parts, that the caller has found.
pub async fn seals(
    app: &App,
    contract: ContractId,
    part: Option<SubContractId>,
) -> Result<Vec<ShownSeal>, Error> {
    let mut tx = app.store.read().await?;
    Ok(shown::seals(&mut tx, contract, part).await?)
}

/// How far an agreed volume is, and how much of its year has passed.
#[derive(Clone, Debug)]
pub struct Fulfilment {
    /// What was bought of it.
    pub bought: u64,
    /// What is still to be bought.
    pub remaining: u64,
    /// 序时进度, a percentage with two decimals.
    pub elapsed: String,
    /// What would have been bought by now at an even pace.
    pub due: u64,
}

/// Where a part stands today. Until there are orders, nothing is bought of it.
pub async fn fulfilment(app: &App, part: &ShownPart) -> Result<Fulfilment, Error> {
    let mut tx = app.store.read().await?;
    let today = tx.now().await?.day_in_china();
    let stands = progress(&part.contract.year, today, part.volume, 0);
    let elapsed = percent(&stands.elapsed);
    Ok(Fulfilment { bought: stands.bought, remaining: stands.remaining, elapsed, due: stands.due })
}
