//! Contracts come from an official result: main contracts at once, their division over institutions by a job, a contract a transaction.
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::future::try_join;
use jicai_domain::audit::{Act, Actor, IdempotencyKey};
use jicai_domain::contract::agreement::{Contract, ContractCommand};
use jicai_domain::contract::edition::agreed_in;
use jicai_domain::contract::lifetime::in_shares;
use jicai_domain::contract::official::{OfficialResult, ResultSource, SelectedProduct};
use jicai_domain::contract::split::{Reported, by_list, by_reports};
use jicai_domain::contract::term::Term;
use jicai_domain::contract::volume::standing;
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode, Version};
use jicai_domain::ids::{ContractId, Id, OfficialResultId, OrganizationId, RoundProductId};
use jicai_domain::jobs::JobKind;
use jicai_store::audit::{record, record_with};
use jicai_store::contract::contracts::{self, Held, NewContract, Undivided};
use jicai_store::contract::lifetime;
use jicai_store::contract::official;
use jicai_store::contract::parts::{self, Part};
use jicai_store::contract::volume::holdings;
use jicai_store::contract::withdrawals;
use jicai_store::{Recorded, Tx, fresh, jobs};
use sha2::{Digest as _, Sha256};

use super::calendar::schedule;
use super::withdrawal::Standing;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::jobs::Progress;

/// After so long the rest is left to another try, well before the job's lease ends.
const TURN: Duration = Duration::from_secs(20);
/// Contracts that are looked up at once.
const BATCH: i64 = 100;
/// Contracts whose reports are read at once, and held in memory: 46,000 institutions come to some ten megabytes a contract.
const TOGETHER: usize = 8;

/// Makes the main contracts of an agreement year from the newest edition of a result of the caller's office: one a product and region whose
/// firm is known and whose volume is agreed, leaving those that are there. Those of a round are then divided by its locked demand.
/// Errors: `FORBIDDEN`, `NOT_FOUND`, `RESULT_INVALID` where nothing can be made of it, `CONTRACT_STATE` while contracts of an edition before
/// have not ended.
pub async fn generate_contracts(
    app: &App,
    caller: &Caller,
    (result, year): (OfficialResultId, u32),
    key: &IdempotencyKey,
) -> Result<OfficialResultId, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let said = [result.to_string(), year.to_string()];
    let keyed = keyed(app, Some(caller), key, "generate_contracts", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let result = official::own(tx, &scope, result).await?;
        let standing = official::standing(tx, result.office, &result.name).await?;
        if standing.is_none_or(|standing| standing.edition != result.edition) {
            return Err(Refusal::of(Code::ResultInvalid).at("result").allowing("the newest edition").into());
        }
        if contracts::earlier_run(tx, &result).await? {
            let wrong = Refusal::of(Code::ContractState).at("result");
            return Err(wrong.allowing("succeedContracts, or after those of the edition before").into());
        }
        let mut new = Vec::new();
        let products = as_they_stand(tx, result.id).await?;
        for product in &products {
            of_product(&result, product, year, &mut new)?;
        }
        if new.is_empty() {
            let wrong = Refusal::of(Code::ResultInvalid).at("result");
            return Err(wrong.allowing("a known firm with an agreed volume in that year").into());
        }
        let added = contracts::add(tx, result.id, &new).await?;
        let years = new.iter().map(|one| one.year);
        schedule(tx, result.id, years, products.iter().map(|product| product.until)).await?;
        if matches!(result.source, ResultSource::Round(_)) {
            jobs::put(tx, JobKind::DivideContracts, &result.id.to_string()).await?;
        }
        let act = Act::new("ContractsGenerated", result.id)
            .concerning(result.office)
            .with("year", year)
            .with("contracts", added);
        Ok(record(tx, actor(caller), act, result.id).await?)
    })
    .await
}

/// The products of a result with the volumes that they have, where others have left.
async fn as_they_stand(tx: &mut Tx, result: OfficialResultId) -> Result<Vec<SelectedProduct>, Error> {
    let placed = official::all_products(tx, result).await?;
    let mut products: Vec<SelectedProduct> = placed.into_iter().map(|placed| placed.product).collect();
    for lot_number in withdrawals::lots_left(tx, result).await? {
        let Standing { products: of_lot, ledger, .. } = Standing::of(tx, result, lot_number).await?;
        products.retain(|product| product.lot_number != lot_number);
        products.extend(standing(of_lot, &ledger));
    }
    Ok(products)
}

fn of_product(
    result: &OfficialResult,
    product: &SelectedProduct,
    year: u32,
    new: &mut Vec<NewContract>,
) -> Result<(), Refusal> {
    let Some(holder) = product.holder.organization else { return Ok(()) };
    let Some(year) = Term::between(result.starts_on, product.until)?.year(year) else { return Ok(()) };
    let regions: BTreeSet<RegionCode> = product.supplies.iter().map(|supply| supply.region).collect();
    let agreed = regions.into_iter().map(|region| (region, agreed_in(product, region)));
    let agreed = agreed.filter(|(_, agreed)| agreed.total() > 0);
    new.extend(agreed.map(|(region, agreed)| NewContract {
        id: fresh(),
        product: product.id,
        region,
        holder,
        year,
        agreed,
    }));
    Ok(())
}

/// Divides the contracts of a result for as long as a try may take. What is divided is left alone, so whoever goes on after a crash divides
/// none twice and leaves none out.
pub(crate) async fn divide(app: &App, subject: &str) -> Result<Progress, Error> {
    let result = OfficialResultId::parse(subject)?;
    let begun = Instant::now();
    let mut after = None;
    loop {
        let mut tx = app.store.read().await?;
        let mut batch = contracts::undivided(&mut tx, result, after, BATCH).await?;
        drop(tx);
        let Some(last) = batch.last() else { return Ok(Progress::Done) };
        after = Some(last.id);
        batch.sort_by_key(|one| (one.region, one.id));
        for of_region in batch.chunk_by(|one, next| one.region == next.region) {
            for some in of_region.chunks(TOGETHER) {
                by_demand_each(app, result, some).await?;
                if begun.elapsed() > TURN {
                    return Ok(Progress::Part);
                }
            }
        }
    }
}

/// Divides contracts of one region, a transaction each. What was reported is read before, for all of them: it changes no more once a round
/// has a result.
async fn by_demand_each(app: &App, result: OfficialResultId, some: &[Undivided]) -> Result<(), Error> {
    let products: Vec<RoundProductId> = some.iter().filter_map(|one| one.reported).collect();
    let reports = match some.first() {
        Some(first) if !products.is_empty() => {
            let read = async |tx: &mut Tx| {
                Ok::<_, Error>(parts::reported(tx, (result, &products), first.region).await?)
            };
            app.store.keep("read_reports", read).await?
        }
        _ => BTreeMap::new(),
    };
    let of_product = |product| reports.get(&product).map_or(&[][..], Vec::as_slice);
    // Two at once: one is worked out while Postgres takes the rows of the other.
    for two in some.chunks(2) {
        match two {
            [one, other] => {
                let one = by_demand_or_office(app, one.id, one.reported.map(of_product));
                let other = by_demand_or_office(app, other.id, other.reported.map(of_product));
                try_join(one, other).await?;
            }
            rest => {
                for one in rest {
                    by_demand_or_office(app, one.id, one.reported.map(of_product)).await?;
                }
            }
        }
    }
    Ok(())
}

/// Divides a contract, or leaves it to the office, if to anybody: where nobody reported what it agrees, or it was ended or divided meanwhile.
async fn by_demand_or_office(
    app: &App,
    contract: ContractId,
    reported: Option<&[Reported]>,
) -> Result<(), Error> {
    match by_demand(app, contract, reported).await {
        Err(Error::Refused(Refusal { code: Code::SplitInvalid | Code::ContractState, .. })) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn by_demand(
    app: &App,
    contract: ContractId,
    reported: Option<&[Reported]>,
) -> Result<ContractId, Error> {
    app.store
        .write("divide_contract", async |tx| {
            let held = contracts::lock(tx, contract).await?;
            let divided = match (shares_before(tx, &held).await?, reported) {
                (Some(divided), _) => Some(divided),
                (None, Some(reported)) => by_reports(held.agreed, reported),
                (None, None) => by_reports(held.agreed, &reported_now(tx, &held).await?),
            };
            let divided = divided.ok_or_else(|| Refusal::of(Code::SplitInvalid))?;
            let (changed, act) = divided_as(tx, &held, divided).await?;
            Ok::<_, Error>(record_with(tx, Actor::Platform, act, Vec::new(), changed.id).await?)
        })
        .await
}

/// What was reported for one contract.
async fn reported_now(tx: &mut Tx, held: &Held) -> Result<Vec<Reported>, Error> {
    let product = parts::round_product(tx, held.contract.product).await?;
    let product = product.ok_or_else(|| Refusal::of(Code::SplitInvalid))?;
    let source = (held.contract.result, &[product][..]);
    let mut found = parts::reported(tx, source, held.contract.region).await?;
    Ok(found.remove(&product).unwrap_or_default())
}

/// The parts of a contract that follows another: its institutions keep their shares. None where it follows none, or one that was not divided.
async fn shares_before(tx: &mut Tx, held: &Held) -> Result<Option<BTreeMap<OrganizationId, u64>>, Error> {
    let Some(before) = lifetime::before(tx, held.contract.id).await? else { return Ok(None) };
    Ok(in_shares(held.contract.volume, &holdings::by_institution(tx, before).await?))
}

/// Divides a contract of the caller's office by a list. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `CONTRACT_STATE` once it is divided,
/// `SPLIT_INVALID`.
pub async fn split_contract(
    app: &App,
    caller: &Caller,
    (contract, version): (ContractId, Version),
    list: &[(OrganizationId, u64)],
    key: &IdempotencyKey,
) -> Result<Changed<ContractId>, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let said = [contract.to_string(), version.number().to_string(), format!("{list:?}")];
    let keyed = keyed(app, Some(caller), key, "split_contract", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let held = lock_own(tx, &scope, (contract, version)).await?;
        let divided = by_list(held.contract.volume, list)?;
        let named: Vec<OrganizationId> = divided.keys().copied().collect();
        let there = parts::institutions(tx, held.contract.region, &named).await?;
        if let Some(stranger) = named.iter().find(|one| !there.contains(one)) {
            let wrong = Refusal::of(Code::SplitInvalid).at("parts");
            return Err(wrong.allowing(format!("{stranger} is no institution of the region")).into());
        }
        let (changed, act) = divided_as(tx, &held, divided).await?;
        answered(tx, caller, act, &changed).await
    })
    .await
}

/// Adds the parts of a contract, in the order of institutions, with the digest over them.
pub(super) async fn divided_as(
    tx: &mut Tx,
    held: &Held,
    divided: BTreeMap<OrganizationId, u64>,
) -> Result<(Contract, Act), Error> {
    let current = held.contract.clone();
    let expected = current.version;
    let institutions = u64::try_from(divided.len()).unwrap_or(u64::MAX);
    let changed = current.apply(ContractCommand::Divide { institutions })?;
    let parts: Vec<Part> =
        divided.into_iter().map(|(institution, volume)| Part { id: fresh(), institution, volume }).collect();
    let digest = parts_digest(&parts);
    parts::add(tx, changed.id, &parts).await?;
    contracts::save(tx, &changed, expected, Some(digest)).await?;
    let act = Act::new("ContractDivided", changed.id)
        .concerning(changed.holder)
        .with("institutions", institutions)
        .with("sha256", digest);
    Ok((changed, act))
}

/// SHA-256 over a line for each part, in their order.
pub(super) fn parts_digest(parts: &[Part]) -> Digest {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(format!("{} {} {}\n", part.id, part.institution, part.volume).as_bytes());
    }
    Digest::new(digest.finalize().into())
}

/// A contract of the scope's own office at a version, held until the transaction ends.
pub(super) async fn lock_own(
    tx: &mut Tx,
    scope: &jicai_domain::identity::Scope,
    (contract, version): (ContractId, Version),
) -> Result<Held, Error> {
    let held = contracts::lock(tx, contract).await?;
    official::own(tx, scope, held.contract.result).await?;
    if held.contract.version == version {
        Ok(held)
    } else {
        Err(Refusal::of(Code::StaleVersion).at("version").into())
    }
}

pub(super) async fn answered(
    tx: &mut Tx,
    caller: &Caller,
    act: Act,
    changed: &Contract,
) -> Result<Recorded<Changed<ContractId>>, Error> {
    let answer = Changed { id: changed.id, version: changed.version };
    Ok(record(tx, actor(caller), act, answer).await?)
}
