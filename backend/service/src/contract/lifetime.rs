//! 续签与延期: the contracts of the next agreement year, and terms that go on until the next result.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::contract::agreement::{Contract, ContractStatus};
use jicai_domain::contract::compare::ProductKey;
use jicai_domain::contract::lifetime::{following, may_renew, next_year, part_of_year, volume_in};
use jicai_domain::contract::official::{OfficialResult, SelectedProduct};
use jicai_domain::contract::renewal::new_price;
use jicai_domain::contract::split::{Agreed, by_list};
use jicai_domain::contract::term::{Extension, Term};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::exact::Exact;
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::{ContractId, OfficialResultId, OrganizationId, SelectedProductId};
use jicai_domain::jobs::JobKind;
use jicai_domain::procurement::rules::succession_preset;
use jicai_domain::time::Day;
use jicai_store::audit::{record, record_with};
use jicai_store::catalog;
use jicai_store::contract::contracts::{self, Held, NewContract};
use jicai_store::contract::lifetime::{self, Follows, NextContract, Supplemented};
use jicai_store::contract::volume::holdings;
use jicai_store::contract::{official, parts};
use jicai_store::{Tx, fresh, jobs};
use rust_decimal::Decimal;

use super::calendar::schedule;
use super::generate::{divided_as, lock_own};
use crate::app::App;
use crate::audit::{Answer, Changed, actor, keyed, once};
use crate::catalog::{Expiring, find_expiring};
use crate::errors::Error;

/// Contracts that one request renews.
const RENEWED_AT_ONCE: i64 = 500;

/// Contracts of a result that are to be renewed as they are.
pub struct RenewContracts {
    /// The result, in its newest edition.
    pub result: OfficialResultId,
    /// Those that end by this day.
    pub ending_by: Day,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// What a request renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// Contracts of the next year.
    pub renewed: usize,
    /// Contracts that end by then and are not renewed: their term or the next year is over, or their product is not selected any more.
    pub ending: usize,
    /// Whether there are more: then another request renews the next ones.
    pub more: bool,
}

/// A contract that is renewed with other volumes or another price.
pub struct RenewContract {
    /// The contract of the year before.
    pub contract: ContractId,
    /// The version that was seen.
    pub version: Version,
    /// What each institution is to have.
    pub parts: Vec<(OrganizationId, u64)>,
    /// What a smallest unit is to cost; none for what it costs now.
    pub price: Option<Decimal>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Terms that are to be extended.
pub struct ExtendContracts {
    /// The result, in its newest edition.
    pub result: OfficialResultId,
    /// Its lots; all where none is named.
    pub lots: Vec<i32>,
    /// How far.
    pub extension: Extension,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

impl Answer for Renewal {
    fn to_text(&self) -> String {
        format!("{} {} {}", self.renewed, self.ending, u8::from(self.more))
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut number = || words.next()?.parse().ok();
        Some(Renewal { renewed: number()?, ending: number()?, more: number()? == 1 })
    }
}

/// The newest edition of a result of the caller's office, with its products by what they are known by.
pub(super) struct Newest {
    /// Its last part.
    pub(super) result: OfficialResult,
    /// The part that each product is in.
    parts: BTreeMap<SelectedProductId, OfficialResultId>,
    pub(super) products: BTreeMap<ProductKey, SelectedProduct>,
    extensions: BTreeMap<SelectedProductId, Extension>,
}

impl Newest {
    /// Errors: `RESULT_INVALID` for another edition than the newest.
    pub(super) async fn of(tx: &mut Tx, result: OfficialResult) -> Result<Newest, Error> {
        let standing = official::standing(tx, result.office, &result.name).await?;
        if standing.is_none_or(|standing| standing.edition != result.edition) {
            return Err(Refusal::of(Code::ResultInvalid).at("result").allowing("the newest edition").into());
        }
        let products = official::of_edition(tx, &result).await?;
        let parts = products.iter().map(|placed| (placed.product.id, placed.result)).collect();
        let products = products.into_iter().map(|placed| (ProductKey::of(&placed.product), placed.product));
        let products: BTreeMap<ProductKey, SelectedProduct> = products.collect();
        let ids: Vec<SelectedProductId> = products.values().map(|product| product.id).collect();
        let extensions = lifetime::extensions(tx, &ids).await?;
        Ok(Newest { result, parts, products, extensions })
    }

    /// The part of the result that a product is in.
    pub(super) fn part(&self, product: SelectedProductId) -> OfficialResultId {
        self.parts.get(&product).copied().unwrap_or(self.result.id)
    }

    fn term(&self, product: &SelectedProduct) -> Result<Term, Refusal> {
        self.extended(product, self.extensions.get(&product.id))
    }

    fn extended(&self, product: &SelectedProduct, by: Option<&Extension>) -> Result<Term, Refusal> {
        let term = Term::between(self.result.starts_on, product.until)?;
        by.map_or(Ok(term), |extension| term.extended(*extension))
    }

    /// The product that a contract of any edition is of.
    async fn product(&self, tx: &mut Tx, contract: &Contract) -> Result<Option<&SelectedProduct>, Error> {
        let was = official::product(tx, contract.product).await?.product;
        Ok(self.products.get(&ProductKey::of(&was)))
    }
}

/// Renews the contracts of a result of the caller's office that end by a day, for the next agreement year with the volumes of the one before;
/// their institutions keep their shares. Errors: `FORBIDDEN`, `NOT_FOUND`, `RESULT_INVALID`.
pub async fn renew_contracts(app: &App, caller: &Caller, command: RenewContracts) -> Result<Renewal, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let RenewContracts { result, ending_by, key } = command;
    let said = [result.to_string(), ending_by.to_string()];
    let keyed = keyed(app, Some(caller), &key, "renew_contracts", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let own = official::own(tx, &scope, result).await?;
        let newest = Newest::of(tx, own).await?;
        let today = tx.now().await?.day_in_china();
        let wanted = lifetime::to_renew(tx, &newest.result, ending_by, RENEWED_AT_ONCE).await?;
        let mut next = Vec::new();
        for contract in &wanted {
            let held = contracts::lock(tx, *contract).await?;
            next.extend(as_before(tx, &newest, &held).await?.filter(|next| today <= next.new.year.end));
        }
        let renewed = lifetime::add(tx, &next).await?;
        followed_up(tx, &next).await?;
        let more = i64::try_from(wanted.len()).is_ok_and(|found| found >= RENEWED_AT_ONCE) && renewed > 0;
        let answer = Renewal { renewed, ending: wanted.len().saturating_sub(renewed), more };
        let act = Act::new("ContractsRenewed", result)
            .concerning(newest.result.office)
            .with("endingBy", ending_by)
            .with("contracts", renewed);
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// Has contracts that follow others divided, and moved on their dates.
pub(super) async fn followed_up(tx: &mut Tx, next: &[NextContract]) -> Result<(), Error> {
    let results: BTreeSet<OfficialResultId> = next.iter().map(|one| one.result).collect();
    for result in results {
        let years = next.iter().filter(|one| one.result == result).map(|one| one.new.year);
        schedule(tx, result, years, std::iter::empty()).await?;
        jobs::put(tx, JobKind::DivideContracts, &result.to_string()).await?;
    }
    Ok(())
}

/// The next year of a contract with what it agrees now, day by day where that is a shorter one. None where no year follows, nothing is agreed
/// any more, or another follows it already.
async fn as_before(tx: &mut Tx, newest: &Newest, held: &Held) -> Result<Option<NextContract>, Error> {
    let contract = &held.contract;
    let Some(product) = newest.product(tx, contract).await? else { return Ok(None) };
    let agreed = agreed_now(tx, contract.id).await?;
    let supplement = supplemented(tx, newest, (contract, product)).await?;
    if agreed == 0 || lifetime::is_followed(tx, contract.id).await? {
        return Ok(None);
    }
    let term = newest.term(product)?;
    let (Some(year), Some(holder)) =
        (next_year(&contract.year, term.last_day()), product.holder.organization)
    else {
        return Ok(None);
    };
    let volume = volume_in(agreed, &year);
    let brand = (&Exact::from(held.agreed.brand.min(agreed)) * &part_of_year(&year)).floor();
    let agreed = Agreed { brand, main: volume.saturating_sub(brand) };
    let new = NewContract { id: fresh(), product: product.id, region: contract.region, holder, year, agreed };
    let lowered_price = kept_price(lifetime::lowered_price(tx, contract.id).await?, product);
    let (result, follows) = (newest.part(product.id), Follows::Renews(contract.id));
    Ok(Some(NextContract { new, result, supplement, follows, lowered_price }))
}

/// What a contract agrees now, with all that has moved.
async fn agreed_now(tx: &mut Tx, contract: ContractId) -> Result<u64, Error> {
    let held = holdings::of_contract(tx, contract).await?;
    Ok(held.iter().fold(0_u64, |sum, balance| sum.saturating_add(balance.agreed)))
}

/// What a supplement's renewal keeps of it, with the lot held: supplements are numbered one after another.
async fn supplemented(
    tx: &mut Tx,
    newest: &Newest,
    (contract, product): (&Contract, &SelectedProduct),
) -> Result<Option<Supplemented>, Error> {
    let only = lifetime::supplemented(tx, contract.id).await?;
    if only.is_some() {
        official::lock_lot(tx, newest.part(product.id), product.lot_number).await?;
    }
    Ok(only)
}

/// A price that was offered stays, as far as it is not above the selected one.
pub(super) fn kept_price(lowered: Option<Decimal>, product: &SelectedProduct) -> Option<Decimal> {
    lowered.filter(|price| product.price.is_some_and(|selected| *price < selected.price))
}

/// Renews a contract of the caller's office with other volumes, or another price: never above the selected one. Errors: `FORBIDDEN`,
/// `NOT_FOUND`, `STALE_VERSION`, `CONTRACT_STATE` where it cannot be followed or is, `TERM_INVALID` where its term or the next year is over, `SPLIT_INVALID`,
/// `RENEWAL_TOO_LOW`, `PRICE_ABOVE_SELECTED`, `DECIMAL_INVALID`, `RESULT_INVALID` where its product is not selected any more.
pub async fn renew_contract(
    app: &App,
    caller: &Caller,
    command: RenewContract,
) -> Result<Changed<ContractId>, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let price = command.price.map(|price| price.to_string()).unwrap_or_default();
    let seen = (command.contract, command.version);
    let said = [seen.0.to_string(), seen.1.number().to_string(), format!("{:?}", command.parts), price];
    let keyed =
        keyed(app, Some(caller), &command.key, "renew_contract", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let held = lock_own(tx, &scope, seen).await?;
        followable(tx, &held.contract).await?;
        let standing = official::find(tx, held.contract.result).await?;
        let newest = official::standing(tx, standing.office, &standing.name).await?.unwrap_or(standing);
        let newest = Newest::of(tx, newest).await?;
        let gone = || Refusal::of(Code::ResultInvalid).at("id").allowing("a product that is selected");
        let product = newest.product(tx, &held.contract).await?.ok_or_else(gone)?;
        let next = with_parts(tx, &newest, (&held, product), &command).await?;
        if lifetime::add(tx, &[next]).await? == 0 {
            return Err(Refusal::of(Code::ContractState).at("id").allowing("renewed once").into());
        }
        schedule(tx, next.result, std::iter::once(next.new.year), std::iter::empty()).await?;
        let divided = by_list(next.new.agreed.total(), &command.parts)?;
        let added = contracts::lock(tx, next.new.id).await?;
        let (changed, act) = divided_as(tx, &added, divided).await?;
        let acts = vec![act];
        let act = Act::new("ContractRenewed", changed.id)
            .concerning(changed.holder)
            .with("renews", held.contract.id)
            .with("volume", changed.volume);
        let answer = Changed { id: changed.id, version: changed.version };
        Ok(record_with(tx, actor(caller), act, acts, answer).await?)
    })
    .await
}

/// Errors: `CONTRACT_STATE`.
async fn followable(tx: &mut Tx, contract: &Contract) -> Result<(), Error> {
    let wrong = |what: &str| Refusal::of(Code::ContractState).at("id").allowing(what.to_owned());
    match contract.status {
        ContractStatus::Sealed | ContractStatus::InForce | ContractStatus::Closed => {}
        ContractStatus::Draft | ContractStatus::Sealing | ContractStatus::Terminated { .. } => {
            return Err(wrong("sealed, in force or over").into());
        }
    }
    if contract.ends_on.is_some() || lifetime::is_followed(tx, contract.id).await? {
        return Err(wrong("one that no other follows").into());
    }
    Ok(())
}

async fn with_parts(
    tx: &mut Tx,
    newest: &Newest,
    (held, product): (&Held, &SelectedProduct),
    command: &RenewContract,
) -> Result<NextContract, Error> {
    let contract = &held.contract;
    let year = following(&contract.year, newest.term(product)?.last_day())?;
    if year.end < tx.now().await?.day_in_china() {
        return Err(Refusal::of(Code::TermInvalid).at("id").allowing("a year that is not over").into());
    }
    let total = command.parts.iter().fold(0_u64, |sum, (_, volume)| sum.saturating_add(*volume));
    let wanted = by_list(total, &command.parts)?;
    let named: Vec<OrganizationId> = wanted.keys().copied().collect();
    let there = parts::institutions(tx, contract.region, &named).await?;
    if let Some(stranger) = named.iter().find(|one| !there.contains(one)) {
        let wrong = Refusal::of(Code::SplitInvalid).at("parts");
        return Err(wrong.allowing(format!("{stranger} is no institution of the region")).into());
    }
    let before = holdings::by_institution(tx, contract.id).await?;
    let supplier = (contract.region, product.id);
    may_renew(&succession_preset(), supplier, (&before, &year), &wanted)?;
    let nobody = || Refusal::of(Code::ContractState).at("id").allowing("a firm that is known");
    let holder = product.holder.organization.ok_or_else(nobody)?;
    let lowered_price = match (command.price, product.price) {
        (None, _) => kept_price(lifetime::lowered_price(tx, contract.id).await?, product),
        (Some(_), None) => {
            return Err(Refusal::of(Code::ContractState).at("price").allowing("a selected price").into());
        }
        (Some(price), Some(selected)) => {
            new_price(&Exact::from(selected.price), &Exact::from(price))?;
            Some(price).filter(|price| *price < selected.price)
        }
    };
    let brand = held.agreed.brand.min(total);
    let agreed = Agreed { brand, main: total.saturating_sub(brand) };
    let new = NewContract { id: fresh(), product: product.id, region: contract.region, holder, year, agreed };
    let supplement = supplemented(tx, newest, (contract, product)).await?;
    let (result, follows) = (newest.part(product.id), Follows::Renews(contract.id));
    Ok(NextContract { new, result, supplement, follows, lowered_price })
}

/// Extends the terms of products of the caller's office's result: to a day, or until the next result. The contracts of the time that follows
/// are renewals. Errors: `FORBIDDEN`, `NOT_FOUND`, `RESULT_INVALID` for an earlier edition or a lot that it has not, `TERM_INVALID` for a day that
/// is not later, and once it runs until the next result.
pub async fn extend_contracts(
    app: &App,
    caller: &Caller,
    command: ExtendContracts,
) -> Result<OfficialResultId, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let by = caller.user()?;
    let ExtendContracts { result, lots, extension, reason, key } = command;
    let said = [result.to_string(), format!("{lots:?} {extension:?}"), reason.as_str().to_owned()];
    let keyed = keyed(app, Some(caller), &key, "extend_contracts", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let own = official::own(tx, &scope, result).await?;
        let newest = Newest::of(tx, own).await?;
        let of_lots = |product: &&SelectedProduct| lots.is_empty() || lots.contains(&product.lot_number);
        let wanted: Vec<&SelectedProduct> = newest.products.values().filter(of_lots).collect();
        if let Some(lot) = lots.iter().find(|lot| wanted.iter().all(|product| product.lot_number != **lot)) {
            let wrong = Refusal::of(Code::ResultInvalid).at("lots");
            return Err(wrong.allowing(format!("lots of the result, not {lot}")).into());
        }
        let mut acts = Vec::with_capacity(wanted.len());
        for product in wanted {
            // Whoever extends the same lot waits, and then finds this extension.
            official::lock_lot(tx, result, product.lot_number).await?;
            let before = lifetime::extensions(tx, &[product.id]).await?;
            newest.extended(product, before.get(&product.id))?.extended(extension)?;
            lifetime::extend(tx, product.id, extension, (&reason, by)).await?;
            if let Some(item) = product.item.as_ref().and_then(|used| used.item) {
                catalog::hold_still(tx).await?;
                find_expiring(tx, Expiring::OfItem(item)).await?;
            }
            let until = match extension {
                Extension::Until(day) => day.to_string(),
                Extension::NextResult => "NEXT_RESULT".to_owned(),
            };
            let mut act = Act::new("ContractTermExtended", product.id).with("until", until);
            if let Some(holder) = product.holder.organization {
                act = act.concerning(holder);
            }
            acts.push(act);
        }
        if let Extension::Until(last) = extension {
            schedule(tx, result, std::iter::empty(), std::iter::once(last)).await?;
        }
        let act = Act::new("ContractTermsExtended", result)
            .concerning(newest.result.office)
            .with("reason", reason.as_str())
            .with("products", acts.len());
        Ok(record_with(tx, actor(caller), act, acts, result).await?)
    })
    .await
}
