//! A decided cascade takes hold: the contracts of the product that left end, and what they agreed is agreed with those who take over.
use std::collections::BTreeMap;

use jicai_domain::audit::Act;
use jicai_domain::contract::cascade::Plan;
use jicai_domain::contract::ledger::{Account, Cause, Entry, Holding, Ledger};
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::exact::Exact;
use jicai_domain::identity::Reason;
use jicai_domain::ids::{ContractId, SelectedProductId, WithdrawalId};
use jicai_store::Tx;
use jicai_store::contract::contracts;
use jicai_store::contract::volume::entries::{Book, Source};
use jicai_store::contract::volume::holdings::{self, Balance};
use rust_decimal::Decimal;

use super::settle::{Key, Move, Settling, ended, settle};
use crate::errors::Error;

/// What the contracts of a product hold in an agreement year.
#[derive(Clone, Debug)]
pub(in crate::contract) struct Year {
    year: AgreementYear,
    held: Vec<Balance>,
}

impl Year {
    /// The ledger of what may leave. Errors: as [`Ledger::post`].
    pub(in crate::contract) fn ledger(&self) -> Result<Ledger, Refusal> {
        let entries = self.held.iter().filter(|held| held.agreed > 0).map(|held| {
            let to = Account::Held(held.holding);
            let cause = Cause::Allotted;
            Entry { from: Account::Outside, to, volume: held.agreed, cause }
        });
        Ledger::replay(&entries.collect::<Vec<_>>())
    }

    /// The entries by the contracts that they leave: what leaves a holding leaves its parts one after another.
    fn moves(&self, entries: &[Entry]) -> Result<Vec<Move>, Refusal> {
        let mut rest: BTreeMap<Holding, Vec<(&Balance, u64)>> = BTreeMap::new();
        for held in self.held.iter().rev() {
            rest.entry(held.holding).or_default().push((held, held.agreed));
        }
        let mut moves = Vec::new();
        for entry in entries {
            let Account::Held(holding) = entry.from else { return Err(Refusal::of(Code::VolumeShort)) };
            let mut open = entry.volume;
            while open > 0 {
                let last = rest.get_mut(&holding).and_then(Vec::pop);
                let (held, there) = last.ok_or(Refusal::of(Code::VolumeShort))?;
                let volume = open.min(there);
                open = open.saturating_sub(volume);
                if volume > 0 {
                    moves.push(Move::of(Entry { volume, ..*entry }, held));
                }
                if volume < there {
                    rest.entry(holding).or_default().push((held, there.saturating_sub(volume)));
                }
            }
        }
        Ok(moves)
    }
}

/// The agreement years in which contracts of a product have not ended.
pub(in crate::contract) async fn running(
    tx: &mut Tx,
    product: SelectedProductId,
) -> Result<Vec<Year>, Error> {
    let mut years: BTreeMap<u32, Year> = BTreeMap::new();
    for held in holdings::running(tx, product).await? {
        let year =
            years.entry(held.year.number).or_insert_with(|| Year { year: held.year, held: Vec::new() });
        year.year.start = year.year.start.min(held.year.start);
        year.year.end = year.year.end.max(held.year.end);
        year.held.push(held);
    }
    Ok(years.into_values().collect())
}

/// What is decided of a product.
pub(in crate::contract) struct Decided<'a> {
    pub(in crate::contract) withdrawal: WithdrawalId,
    pub(in crate::contract) book: Book,
    pub(in crate::contract) reason: &'a Reason,
    /// The contracts that end, held since before the years were read.
    pub(in crate::contract) contracts: Vec<ContractId>,
    /// Selected prices, where they are known.
    pub(in crate::contract) prices: BTreeMap<SelectedProductId, Decimal>,
}

/// Ends the product's contracts and makes the supplements of those who take over, year by year.
pub(in crate::contract) async fn take_hold(
    tx: &mut Tx,
    decided: &Decided<'_>,
    years: &[(Year, Plan)],
) -> Result<Vec<Act>, Error> {
    let mut acts = Vec::new();
    for (year, plan) in years {
        let settling = Settling {
            book: Book { year: year.year.number, ..decided.book },
            source: Source::Withdrawal(decided.withdrawal),
            year: year.year,
            distributor: None,
            prices: accepted(plan, &decided.prices)?,
        };
        acts.extend(settle(tx, &settling, &year.moves(&plan.entries()?)?).await?);
    }
    for contract in &decided.contracts {
        let held = contracts::lock(tx, *contract).await?;
        acts.push(ended(tx, &held, decided.reason).await?);
    }
    Ok(acts)
}

/// The prices below their own that suppliers take over at, as the plan tells them.
fn accepted(
    plan: &Plan,
    selected: &BTreeMap<SelectedProductId, Decimal>,
) -> Result<BTreeMap<Key, Decimal>, Error> {
    let mut prices = BTreeMap::new();
    for succession in &plan.successions {
        for share in &succession.shares {
            let Some(((taker, _), price)) = share.taker.zip(share.price.as_ref()) else { continue };
            let below = selected.get(&taker).is_some_and(|own| *price < Exact::from(*own));
            if below {
                let text = price.to_short(8);
                let price = text.parse().map_err(|_text| Error::broken(format!("a price of {text}")))?;
                prices.insert((taker, succession.region, succession.content), price);
            }
        }
    }
    Ok(prices)
}
