//! Volume that moves lands in supplements: contracts beside those that were sealed, with the parties who have it now.
use std::collections::BTreeMap;

use jicai_domain::audit::Act;
use jicai_domain::contract::agreement::{Contract, ContractCommand, ContractStatus};
use jicai_domain::contract::ledger::{Account, Buyer, Cause, Entry, Holding};
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Version};
use jicai_domain::ids::{ContractId, OrganizationId, SelectedProductId};
use jicai_domain::time::Day;
use jicai_store::contract::contracts::{self, Held};
use jicai_store::contract::official;
use jicai_store::contract::parts::{self, Part};
use jicai_store::contract::volume::entries::{self, Book, Moved, Side, Source};
use jicai_store::contract::volume::holdings::{self, Balance};
use jicai_store::contract::volume::supplements::{self, Supplement};
use jicai_store::{Tx, fresh};
use rust_decimal::Decimal;

use crate::contract::generate::parts_digest;
use crate::errors::Error;

/// An entry with the contract that it leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) entry: Entry,
    pub(super) from: Side,
}

impl Move {
    /// An entry about a part. What is left over of it has no contract, and is still known by the part that it was in.
    pub(super) fn of(entry: Entry, held: &Balance) -> Self {
        let from = match entry.from {
            Account::Outside => Side::NONE,
            Account::Leftover(_) => Side { contract: None, part: held.part },
            Account::Held(_) => held.side(),
        };
        Self { entry, from }
    }
}

/// Where volume moves, and what its supplements agree beside it.
pub(super) struct Settling {
    pub(super) book: Book,
    pub(super) source: Source,
    /// The agreement year that it is agreed for.
    pub(super) year: AgreementYear,
    /// Who distributes for whom: the same distributor goes on with the same product.
    pub(super) distributor: Option<(SelectedProductId, OrganizationId)>,
    /// Prices below the selected ones.
    pub(super) prices: BTreeMap<Key, Decimal>,
}

impl Settling {
    /// Where volume of one part moves. Who supplies it already supplies it on as in its contract: with the same distributor, at the same price.
    pub(super) fn of(held: &Balance, contract: &Held, source: Source) -> Self {
        let Holding { place, supplier } = held.holding;
        let price = contract.lowered_price.map(|price| ((supplier, place.region, place.content), price));
        Self {
            book: held.book(),
            source,
            year: held.year,
            distributor: held.distributor.map(|distributor| (supplier, distributor)),
            prices: price.into_iter().collect(),
        }
    }
}

/// A supplement has one supplier, region and reported content.
pub(super) type Key = (SelectedProductId, RegionCode, Option<Decimal>);

/// A supplement in the making.
struct Group {
    contract: ContractId,
    /// None of a region's volume that is not divided.
    parts: Option<BTreeMap<OrganizationId, Part>>,
    volume: u64,
}

/// Supplements by what they agree, and whether they are divided.
type Groups = BTreeMap<(Key, bool), Group>;

/// Posts what moves, and makes the supplements that it lands in. The caller holds the lot. The result tells the parties.
/// Errors: `CONTRACT_STATE` where a supplier is not known as an organization, or what it was selected for is over.
pub(super) async fn settle(tx: &mut Tx, settling: &Settling, moves: &[Move]) -> Result<Vec<Act>, Error> {
    Ok(land(tx, settling, moves).await?.0)
}

/// The same, with the supplements that it lands in.
pub(super) async fn land(
    tx: &mut Tx,
    settling: &Settling,
    moves: &[Move],
) -> Result<(Vec<Act>, BTreeMap<Key, ContractId>), Error> {
    let mut groups = Groups::new();
    let moved: Vec<Moved> = moves.iter().map(|one| landing(&mut groups, one)).collect();
    let today = tx.now().await?.day_in_china();
    let mut acts = Vec::new();
    for (((supplier, region, content), _divided), group) in &groups {
        let key = (*supplier, *region, *content);
        acts.push(supplement(tx, settling, (key, group), today).await?);
    }
    entries::post(tx, settling.book, settling.source, &moved).await?;
    let landed = groups.iter().map(|((key, _divided), group)| (*key, group.contract));
    Ok((acts, landed.collect()))
}

fn landing(groups: &mut Groups, one: &Move) -> Moved {
    let Account::Held(Holding { place, supplier }) = one.entry.to else {
        return Moved { entry: one.entry, from: one.from, to: Side::NONE };
    };
    let key = (supplier, place.region, place.content);
    let divided = place.buyer != Buyer::Pool;
    let group = groups.entry((key, divided)).or_insert_with(|| Group {
        contract: fresh(),
        parts: divided.then(BTreeMap::new),
        volume: 0,
    });
    group.volume = group.volume.saturating_add(one.entry.volume);
    let part = match (place.buyer, &mut group.parts) {
        (Buyer::Institution(institution), Some(parts)) => {
            let part =
                parts.entry(institution).or_insert_with(|| Part { id: fresh(), institution, volume: 0 });
            part.volume = part.volume.saturating_add(one.entry.volume);
            Some(part.id)
        }
        (Buyer::Institution(_) | Buyer::Pool, _) => None,
    };
    Moved { entry: one.entry, from: one.from, to: Side { contract: Some(group.contract), part } }
}

async fn supplement(
    tx: &mut Tx,
    settling: &Settling,
    ((product, region, content), group): (Key, &Group),
    today: Day,
) -> Result<Act, Error> {
    let selected = official::product(tx, product).await?.product;
    let unknown = || Refusal::of(Code::ContractState).at("supplier").allowing("once its firm is named");
    let holder = selected.holder.organization.ok_or_else(unknown)?;
    let year = AgreementYear {
        start: settling.year.start.max(today),
        end: settling.year.end.min(selected.until),
        ..settling.year
    };
    if year.end < year.start {
        return Err(Refusal::of(Code::ContractState).at("supplier").allowing("until its last day").into());
    }
    let distributor = settling.distributor.filter(|(of, _)| *of == product).map(|(_, who)| who);
    let parts: Option<Vec<Part>> = group.parts.as_ref().map(|parts| parts.values().copied().collect());
    let new = Contract {
        id: group.contract,
        result: settling.book.result,
        product,
        region,
        year,
        holder,
        distributor,
        volume: group.volume,
        status: ContractStatus::Draft,
        institutions: None,
        seals_missing: 0,
        ends_on: None,
        version: Version::FIRST,
    };
    let contract = match &parts {
        Some(parts) => {
            let institutions = u64::try_from(parts.len()).unwrap_or(u64::MAX);
            let divided = new.apply(ContractCommand::Divide { institutions })?;
            Contract { version: Version::FIRST, ..divided }
        }
        None => new,
    };
    let price = settling.prices.get(&(product, region, content)).copied();
    let parts_sha256 = parts.as_deref().map(parts_digest);
    supplements::add(tx, &Supplement { contract, content, price, parts_sha256 }).await?;
    let parts = parts.unwrap_or_default();
    parts::add(tx, group.contract, &parts).await?;
    let act = Act::new("ContractSupplemented", group.contract)
        .concerning(holder)
        .with("product", product)
        .with("region", region)
        .with("volume", group.volume)
        .with("institutions", parts.len());
    Ok(parts.iter().map(|part| part.institution).fold(act, Act::concerning))
}

/// Ends a contract, and tells its parties.
pub(super) async fn ended(tx: &mut Tx, held: &Held, reason: &Reason) -> Result<Act, Error> {
    let contract = held.contract.clone();
    let expected = contract.version;
    let changed = contract.apply(ContractCommand::Terminate { reason: reason.clone() })?;
    contracts::save(tx, &changed, expected, held.parts_sha256).await?;
    let act =
        Act::new("ContractTerminated", changed.id).concerning(changed.holder).with("reason", reason.as_str());
    let act = changed.distributor.into_iter().fold(act, Act::concerning);
    let institutions = holdings::institutions(tx, changed.id).await?;
    Ok(institutions.into_iter().fold(act, Act::concerning))
}

/// Ends a contract before its time: what it agrees is left over, until its institutions choose other suppliers.
pub(in crate::contract) async fn ended_with_rest(
    tx: &mut Tx,
    held: &Held,
    reason: &Reason,
) -> Result<Act, Error> {
    let mut moved = Vec::new();
    let balances = holdings::of_contract(tx, held.contract.id).await?;
    for balance in balances.iter().filter(|balance| balance.agreed > 0) {
        let entry = Entry {
            from: Account::Held(balance.holding),
            to: Account::Leftover(balance.holding.place),
            volume: balance.agreed,
            cause: Cause::Returned,
        };
        moved.push(Moved { entry, from: balance.side(), to: Side::NONE });
    }
    if let Some(balance) = balances.first() {
        entries::post(tx, balance.book(), Source::Act, &moved).await?;
    }
    ended(tx, held, reason).await
}

/// Ends a contract that agrees nothing any more.
pub(super) async fn ended_if_empty(tx: &mut Tx, held: &Held, reason: &Reason) -> Result<Option<Act>, Error> {
    let over = matches!(held.contract.status, ContractStatus::Closed | ContractStatus::Terminated { .. });
    if over || holdings::agreed(tx, held.contract.id).await? > 0 {
        return Ok(None);
    }
    ended(tx, held, reason).await.map(Some)
}
