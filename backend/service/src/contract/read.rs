//! Contracts for those who may see them: the parties, the office, and the regulators and auditors of the region.
use jicai_domain::audit::hex;
use jicai_domain::contract::progress::{percent, progress};
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{Caller, Permission, Scope};
use jicai_domain::ids::{ContractId, Id, SubContractId};
use jicai_seal::{ContractDocument, Sealable, SubContractDocument};
pub use jicai_store::contract::shown::{ShownContract, ShownPart, ShownSeal, Wanted};
use jicai_store::contract::{contracts, parts, shown};
use jicai_store::{Page, Part};
use sha2::{Digest as _, Sha256};

use super::seal::{main_document, part_document};
use crate::app::App;
use crate::errors::Error;
use crate::ordering::bought;

pub(crate) fn scope(caller: &Caller) -> Result<Scope, Refusal> {
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

/// A contract, or an institution's part of one, to be read on paper.
#[derive(Clone, Debug)]
pub struct Paper {
    /// The id of the contract or the part.
    pub subject: String,
    /// The main contract.
    pub main: Box<ContractDocument>,
    /// The part.
    pub part: Option<SubContractDocument>,
    /// SHA-256 over the document that is sealed.
    pub sha256: String,
    /// The seals over it.
    pub seals: Vec<ShownSeal>,
}

/// A contract or a part that the caller may see, by its id. Errors: `FORBIDDEN`, `ID_MALFORMED`, `NOT_FOUND`, `CONTRACT_STATE` before it is
/// divided.
pub async fn contract_paper(app: &App, caller: &Caller, subject: &str) -> Result<Paper, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    let (contract, part) = if let Ok(part) = SubContractId::parse(subject) {
        let shown = shown::find_part(&mut tx, &scope, part).await?;
        (shown.contract.id, Some(parts::find(&mut tx, part).await?.1))
    } else {
        let contract = ContractId::parse(subject).map_err(|refusal| refusal.at("id"))?;
        (shown::find(&mut tx, &scope, contract).await?.id, None)
    };
    let held = contracts::find(&mut tx, contract).await?;
    let main = main_document(&mut tx, &held).await?;
    let of_part = match part {
        Some(part) => Some(part_document(&mut tx, &held, part).await?),
        None => None,
    };
    let digest: [u8; 32] = Sha256::digest(of_part.as_ref().unwrap_or(&main).to_canonical().as_bytes()).into();
    let seals = shown::seals(&mut tx, contract, part.map(|part| part.id)).await?;
    let (Sealable::Main(main), part) = (main, of_part) else {
        return Err(Error::broken("a main contract without its document"));
    };
    let part = part.and_then(|part| match part {
        Sealable::Sub(part) => Some(part),
        Sealable::Main(_) => None,
    });
    Ok(Paper { subject: subject.to_owned(), main, part, sha256: hex(&digest), seals })
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

/// Where a part stands today: what was accepted on it and not returned is bought.
pub async fn fulfilment(app: &App, part: &ShownPart) -> Result<Fulfilment, Error> {
    let mut tx = app.store.read().await?;
    let today = tx.now().await?.day_in_china();
    let bought = bought(&mut tx, part.contract.id, part.institution).await?;
    let stands = progress(&part.contract.year, today, part.agreed, bought);
    let elapsed = percent(&stands.elapsed);
    Ok(Fulfilment { bought: stands.bought, remaining: stands.remaining, elapsed, due: stands.due })
}
