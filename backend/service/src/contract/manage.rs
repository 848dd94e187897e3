//! What becomes of contracts beside their seals: who distributes, a lower price, the calendar, the end.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::contract::agreement::{ContractCommand, ContractStatus};
use jicai_domain::contract::renewal::new_price;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::exact::Exact;
use jicai_domain::identity::{Caller, OrganizationKind, Permission, Reason, Version};
use jicai_domain::ids::{ContractId, OfficialResultId, OrganizationId};
use jicai_store::Tx;
use jicai_store::audit::{record, record_with};
use jicai_store::contract::contracts::{self, Held};
use jicai_store::contract::official;
use rust_decimal::Decimal;

use super::calendar::{MOVED_AT_ONCE, move_with};
use super::generate::{answered, lock_own};
use super::volume::settle::ended_with_rest;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// Names who distributes a contract that the caller's organization supplies, until somebody has sealed it. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `STALE_VERSION`, `CONTRACT_STATE`, `ORGANIZATION_KIND` for what is no approved distributor.
pub async fn name_distributor(
    app: &App,
    caller: &Caller,
    (contract, version): (ContractId, Version),
    distributor: OrganizationId,
    key: &IdempotencyKey,
) -> Result<Changed<ContractId>, Error> {
    caller.require(Permission::SealContracts)?;
    let said = [contract.to_string(), version.number().to_string(), distributor.to_string()];
    let keyed = keyed(app, Some(caller), key, "name_distributor", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let held = lock_supplied(tx, caller, (contract, version)).await?;
        if !contracts::is_approved(tx, distributor, OrganizationKind::Distributor.label()).await? {
            let wrong = Refusal::of(Code::OrganizationKind).at("distributor");
            return Err(wrong.allowing(OrganizationKind::Distributor.label()).into());
        }
        let changed = held.contract.apply(ContractCommand::NameDistributor { distributor })?;
        contracts::save(tx, &changed, version, held.parts_sha256).await?;
        let act = Act::new("ContractDistributorNamed", contract).concerning(distributor);
        answered(tx, caller, act.with("distributor", distributor), &changed).await
    })
    .await
}

/// Offers a price below the selected one for a contract that the caller's organization supplies; never above. What was sealed stays sealed.
/// Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `CONTRACT_STATE` once it has ended, `PRICE_ABOVE_SELECTED`, `DECIMAL_INVALID`.
pub async fn lower_price(
    app: &App,
    caller: &Caller,
    (contract, version): (ContractId, Version),
    price: Decimal,
    key: &IdempotencyKey,
) -> Result<Changed<ContractId>, Error> {
    caller.require(Permission::SealContracts)?;
    let said = [contract.to_string(), version.number().to_string(), price.to_string()];
    let keyed = keyed(app, Some(caller), key, "lower_price", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let Held { contract, lowered_price, .. } = lock_supplied(tx, caller, (contract, version)).await?;
        if matches!(contract.status, ContractStatus::Closed | ContractStatus::Terminated { .. }) {
            return Err(Refusal::of(Code::ContractState).into());
        }
        let product = official::product(tx, contract.product).await?.product;
        let selected = product.price.ok_or(Refusal::of(Code::ContractState).allowing("a selected price"))?;
        new_price(&Exact::from(lowered_price.unwrap_or(selected.price)), &Exact::from(price))?;
        contracts::lower_price(tx, &contract, version, price).await?;
        // No amount: whoever reads the firm's entries elsewhere may not see the price here.
        let act = Act::new("ContractPriceLowered", contract.id).concerning(contract.holder);
        let changed = jicai_domain::contract::agreement::Contract { version: version.next(), ..contract };
        answered(tx, caller, act, &changed).await
    })
    .await
}

/// Ends a contract of the caller's office before its time; what it agrees is left over. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `CONTRACT_STATE`.
pub async fn terminate_contract(
    app: &App,
    caller: &Caller,
    (contract, version): (ContractId, Version),
    reason: &Reason,
    key: &IdempotencyKey,
) -> Result<Changed<ContractId>, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let said = [contract.to_string(), version.number().to_string(), reason.as_str().to_owned()];
    let keyed = keyed(app, Some(caller), key, "terminate_contract", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let held = lock_own(tx, &scope, (contract, version)).await?;
        let act = ended_with_rest(tx, &held, reason).await?;
        let answer = Changed { id: contract, version: version.next() };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// Brings contracts of a result of the caller's office into force whose first day has come, and closes those whose last day has passed, at most
/// 500 at once. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn move_contracts(
    app: &App,
    caller: &Caller,
    result: OfficialResultId,
    key: &IdempotencyKey,
) -> Result<OfficialResultId, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let keyed = keyed(app, Some(caller), key, "move_contracts", &[&result.to_string()]);
    once(app, &keyed, async |tx| {
        let result = official::own(tx, &scope, result).await?;
        let today = tx.now().await?.day_in_china();
        let acts = move_with(tx, &result, today, MOVED_AT_ONCE).await?;
        let act =
            Act::new("ContractsMoved", result.id).concerning(result.office).with("contracts", acts.len());
        Ok(record_with(tx, actor(caller), act, acts, result.id).await?)
    })
    .await
}

/// A contract that the caller's organization supplies, at a version, held until the transaction ends.
async fn lock_supplied(
    tx: &mut Tx,
    caller: &Caller,
    (contract, version): (ContractId, Version),
) -> Result<Held, Error> {
    let held = contracts::lock(tx, contract).await?;
    if held.contract.holder != caller.organization {
        return Err(Refusal::of(Code::NotFound).into());
    }
    if held.contract.version == version {
        Ok(held)
    } else {
        Err(Refusal::of(Code::StaleVersion).at("version").into())
    }
}
