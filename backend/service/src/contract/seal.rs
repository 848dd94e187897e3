//! 电子签章: the documents of contracts in one form, the keys of parties, and their seals.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey, hex};
use jicai_domain::contract::agreement::{Contract, ContractCommand, ContractStatus, may_seal};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{ContractId, ContractKeyId, Id, SubContractId};
use jicai_seal::{
    ContractDocument, ContractItem, ContractPublic, ContractSeal, Sealable, SubContractDocument,
};
use jicai_store::audit::{record, record_with};
use jicai_store::contract::contracts::{self, Held};
use jicai_store::contract::official;
use jicai_store::contract::parts::{self, Part};
use jicai_store::{Tx, fresh};
use sha2::{Digest as _, Sha256};

use super::calendar::start_tomorrow;
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// Seals that one request brings.
pub const SEALS_MAX: usize = 100;

/// Registers the key that seals the contracts of the caller's organization, in place of the one before: what was sealed stays under that.
/// Errors: `FORBIDDEN`, `PUBLIC_KEY_TAKEN`.
pub async fn register_contract_key(
    app: &App,
    caller: &Caller,
    public: &ContractPublic,
    key: &IdempotencyKey,
) -> Result<ContractKeyId, Error> {
    caller.require(Permission::SealContracts)?;
    let line = public.to_string();
    let keyed = keyed(app, Some(caller), key, "register_contract_key", &[&line]);
    once(app, &keyed, async |tx| {
        let id: ContractKeyId = fresh();
        parts::add_key(tx, caller.organization, (id, &line)).await?;
        let act = Act::new("ContractKeyRegistered", id).with("publicLine", &line);
        Ok(record(tx, actor(caller), act, id).await?)
    })
    .await
}

/// The public line of the key that seals the contracts of the caller's organization; none when none is registered. Errors: `FORBIDDEN`.
pub async fn contract_key(app: &App, caller: &Caller) -> Result<Option<String>, Error> {
    let scope = caller.require(Permission::SealContracts)?;
    let mut tx = app.store.read().await?;
    Ok(parts::key(&mut tx, &scope).await?.map(|(_key, line)| line))
}

/// Takes seals of the caller's organization over contracts and parts, all or none. Errors: `FORBIDDEN`, `BATCH_TOO_LARGE`, `NOT_FOUND`,
/// `CONTRACT_KEY_MISSING`, `SEAL_INVALID` naming the contract, `CONTRACT_STATE`, `CONTRACT_STANDSTILL`, `CONTRACT_BLOCKED`.
pub async fn seal_contracts(
    app: &App,
    caller: &Caller,
    seals: &[ContractSeal],
    key: &IdempotencyKey,
) -> Result<ContractKeyId, Error> {
    let scope = caller.require(Permission::SealContracts)?;
    if seals.is_empty() || seals.len() > SEALS_MAX {
        return Err(Refusal::of(Code::BatchTooLarge)
            .at("seals")
            .allowing(format!("1 to {SEALS_MAX}"))
            .into());
    }
    let mut seals: Vec<&ContractSeal> = seals.iter().collect();
    // Whoever seals the same contracts takes them in the same order.
    seals.sort_by(|one, other| one.subject.cmp(&other.subject));
    let said: Vec<String> = seals.iter().map(|seal| seal.to_canonical()).collect();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    let keyed = keyed(app, Some(caller), key, "seal_contracts", &said);
    once(app, &keyed, async |tx| {
        let registered = parts::key(tx, &scope).await?.ok_or(Refusal::of(Code::ContractKeyMissing))?;
        let mut acts = Vec::with_capacity(seals.len());
        let mut begun = BTreeSet::new();
        for seal in &seals {
            let (act, contract) = sealed(tx, caller, seal, &registered).await?;
            if contract.status == ContractStatus::Sealed {
                begun.insert(contract.result);
            }
            acts.push(act);
        }
        start_tomorrow(tx, &begun).await?;
        let act = Act::new("ContractSealsGiven", registered.0).with("seals", seals.len());
        Ok(record_with(tx, actor(caller), act, acts, registered.0).await?)
    })
    .await
}

async fn sealed(
    tx: &mut Tx,
    caller: &Caller,
    seal: &ContractSeal,
    (key, line): &(ContractKeyId, String),
) -> Result<(Act, Contract), Error> {
    let invalid = || Refusal::of(Code::SealInvalid).at("seals").allowing(seal.subject.clone());
    let (contract, part) = party_of(tx, caller, &seal.subject).await?;
    let held = contracts::lock(tx, contract).await?;
    let supplies =
        [Some(held.contract.holder), held.contract.distributor].contains(&Some(caller.organization));
    if part.is_none() && !supplies {
        return Err(Refusal::of(Code::NotFound).into());
    }
    let result = official::find(tx, held.contract.result).await?;
    let product = official::product(tx, held.contract.product).await?.product;
    may_seal(&result, product.blocked.as_deref(), tx.now().await?)?;
    let document = match part {
        None => main_document(tx, &held).await?,
        Some(part) => part_document(tx, &held, part).await?,
    };
    let public = ContractPublic::parse(line).map_err(|error| Error::broken(error.to_string()))?;
    if seal.party != caller.organization.to_string() || seal.verify(&document, &public).is_err() {
        return Err(invalid().into());
    }
    let of = (contract, part.map(|part| part.id));
    if !parts::add_seal(tx, of, (caller.organization, *key), &seal.to_canonical()).await? {
        return Err(Refusal::of(Code::ContractState)
            .at("seals")
            .allowing(format!("{} once", seal.subject))
            .into());
    }
    let Held { contract, parts_sha256, .. } = held;
    let expected = contract.version;
    let changed: Contract = contract.apply(ContractCommand::Seal)?;
    contracts::save(tx, &changed, expected, parts_sha256).await?;
    let act = Act::new("ContractSealed", changed.id)
        .concerning(changed.holder)
        .concerning(caller.organization)
        .with("subject", &seal.subject)
        .with("party", caller.organization)
        .with("documentSha256", hex(&seal.document_sha256))
        .with("status", changed.status.label());
    Ok((act, changed))
}

/// The contract that a seal is about, and the part where the caller's institution has one. Errors: `NOT_FOUND`.
async fn party_of(tx: &mut Tx, caller: &Caller, subject: &str) -> Result<(ContractId, Option<Part>), Error> {
    if let Ok(contract) = ContractId::parse(subject) {
        return Ok((contract, None));
    }
    let part = SubContractId::parse(subject).map_err(|refusal| refusal.at("seals"))?;
    let (contract, part) = parts::find(tx, part).await?;
    if part.institution == caller.organization {
        Ok((contract, Some(part)))
    } else {
        Err(Refusal::of(Code::NotFound).into())
    }
}

/// The document of a main contract. Everything in it stays as it is once somebody has sealed. Errors: `CONTRACT_STATE` before it is divided.
pub(super) async fn main_document(tx: &mut Tx, held: &Held) -> Result<Sealable, Error> {
    let contract = &held.contract;
    let undivided = || Refusal::of(Code::ContractState).allowing("once it is divided");
    let (institutions, parts) = contract.institutions.zip(held.parts_sha256).ok_or_else(undivided)?;
    let result = official::find(tx, contract.result).await?;
    let product = official::product(tx, contract.product).await?.product;
    let named = contracts::named(tx, &[contract.holder]).await?;
    let (_name, credit_code) = named.get(&contract.holder).cloned().unwrap_or_default();
    let content = |content: jicai_domain::contract::official::Content| {
        [content.own, content.representative].map(|one| one.normalize().to_string())
    };
    let price = held.agreed_price.or(product.price.map(|price| price.price));
    Ok(Sealable::Main(Box::new(ContractDocument {
        contract: contract.id.to_string(),
        result: result.id.to_string(),
        result_sha256: result.sha256.to_string(),
        office: result.office.to_string(),
        lot: product.lot_number,
        content: product.content.map(content),
        price: price.map(|price| price.normalize().to_string()),
        lot_name: product.lot_name,
        product: product.id.to_string(),
        product_name: product.name,
        spec: product.spec,
        item: product.item.map(|used| ContractItem {
            system: used.system.name().to_owned(),
            code: used.code,
            item: used.item.map(|item| item.to_string()),
            release: used.release,
        }),
        unit: product.unit,
        holder: contract.holder.to_string(),
        holder_name: product.holder.name,
        holder_credit_code: credit_code,
        distributor: contract.distributor.map(|distributor| distributor.to_string()),
        region: contract.region.to_string(),
        year: contract.year.number,
        starts_on: contract.year.start.to_string(),
        until: contract.year.end.to_string(),
        volume: contract.volume,
        institutions,
        sub_contracts_sha256: parts.to_string(),
    })))
}

/// The document of an institution's part.
pub(super) async fn part_document(tx: &mut Tx, held: &Held, part: Part) -> Result<Sealable, Error> {
    let main = main_document(tx, held).await?.to_canonical();
    let named = contracts::named(tx, &[part.institution]).await?;
    let (_name, institution_credit_code) = named.get(&part.institution).cloned().unwrap_or_default();
    let digest: [u8; 32] = Sha256::digest(main.as_bytes()).into();
    Ok(Sealable::Sub(SubContractDocument {
        sub_contract: part.id.to_string(),
        contract: held.contract.id.to_string(),
        contract_sha256: hex(&digest),
        institution: part.institution.to_string(),
        institution_credit_code,
        volume: part.volume,
    }))
}
