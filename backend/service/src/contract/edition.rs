//! 中选结果更新: the contracts of a newer edition of a result while those of the edition before run.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::contract::agreement::{Contract, ContractCommand};
use jicai_domain::contract::compare::ProductKey;
use jicai_domain::contract::edition::{Fate, agreed_in, fate, rest_of};
use jicai_domain::contract::official::SelectedProduct;
use jicai_domain::contract::term::{AgreementYear, Term};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode};
use jicai_domain::ids::OfficialResultId;
use jicai_domain::time::Day;
use jicai_store::audit::record_with;
use jicai_store::contract::contracts::{self, Held, NewContract};
use jicai_store::contract::lifetime::{self, Follows, NextContract};
use jicai_store::contract::official;
use jicai_store::{Tx, fresh};

use super::calendar::schedule;
use super::lifetime::{Newest, followed_up, kept_price};
use crate::app::App;
use crate::audit::{Answer, actor, keyed, once};
use crate::errors::Error;

/// A newer edition whose contracts are to begin while those of the one before run.
pub struct SucceedContracts {
    /// The result, in its newest edition.
    pub result: OfficialResultId,
    /// The first day of what is different.
    pub from: Day,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// What became of the contracts of the editions before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Succession {
    /// Contracts that stay as they are.
    pub kept: usize,
    /// Contracts that others replace.
    pub replaced: usize,
    /// Contracts that end.
    pub ended: usize,
    /// Contracts of products and regions that had none.
    pub added: usize,
}

impl Answer for Succession {
    fn to_text(&self) -> String {
        format!("{} {} {} {}", self.kept, self.replaced, self.ended, self.added)
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut number = || words.next()?.parse().ok();
        Some(Succession { kept: number()?, replaced: number()?, ended: number()?, added: number()? })
    }
}

/// What is to be done.
struct Work<'a> {
    newest: &'a Newest,
    products: Vec<SelectedProduct>,
    from: Day,
    reason: Reason,
    done: Succession,
    next: Vec<NextContract>,
    acts: Vec<Act>,
    /// The products and regions that have contracts.
    held: BTreeSet<(ProductKey, RegionCode)>,
}

/// Lets a newer edition of a result of the caller's office take effect from a day on. A contract that it does not change stays as it was sealed,
/// under its edition; one that it changes ends the day before, and another of the newer edition has the rest of its year; one that it does
/// without ends the day before. What is not sealed by all, or would begin later, ends at once. Errors: `FORBIDDEN`, `NOT_FOUND`, `RESULT_INVALID`
/// for another edition than the newest, `DATE_INVALID` for a day that has passed or is before the result's first.
pub async fn succeed_contracts(
    app: &App,
    caller: &Caller,
    command: SucceedContracts,
) -> Result<Succession, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let SucceedContracts { result, from, key } = command;
    let said = [result.to_string(), from.to_string()];
    let keyed = keyed(app, Some(caller), &key, "succeed_contracts", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let own = official::own(tx, &scope, result).await?;
        let newest = Newest::of(tx, own).await?;
        let least = tx.now().await?.day_in_china().max(newest.result.starts_on);
        if from < least {
            return Err(Refusal::of(Code::DateInvalid).at("from").allowing(format!("from {least}")).into());
        }
        let reason = Reason::parse(&format!("第{}版中选结果自{from}起执行", newest.result.edition))?;
        let products = newest.products.values().cloned().collect();
        let mut work = Work {
            newest: &newest,
            products,
            from,
            reason,
            done: Succession::default(),
            next: Vec::new(),
            acts: Vec::new(),
            held: BTreeSet::new(),
        };
        work.held = work.of_newest(tx).await?;
        for contract in lifetime::of_earlier_editions(tx, &newest.result).await? {
            let held = contracts::lock(tx, contract).await?;
            work.judge(tx, held).await?;
        }
        work.add_others()?;
        let Work { done, next, acts, .. } = work;
        lifetime::add(tx, &next).await?;
        followed_up(tx, &next).await?;
        let terms = newest.products.values().map(|product| product.until);
        schedule(tx, result, std::iter::empty(), terms).await?;
        let act = Act::new("ResultSucceeded", result)
            .concerning(newest.result.office)
            .with("from", from)
            .with("kept", done.kept)
            .with("replaced", done.replaced)
            .with("ended", done.ended)
            .with("added", done.added);
        Ok(record_with(tx, actor(caller), act, acts, done).await?)
    })
    .await
}

impl Work<'_> {
    /// The products and regions that have a contract of the newer edition already: whoever asks again adds none.
    async fn of_newest(&self, tx: &mut Tx) -> Result<BTreeSet<(ProductKey, RegionCode)>, Error> {
        let places = lifetime::places(tx, self.newest.result.id).await?;
        let key = |(product, region)| {
            let known = self.products.iter().find(|one| one.id == product)?;
            Some((ProductKey::of(known), region))
        };
        Ok(places.into_iter().filter_map(key).collect())
    }

    /// Says what becomes of a contract of an edition before.
    async fn judge(&mut self, tx: &mut Tx, held: Held) -> Result<(), Error> {
        let was = official::product(tx, held.contract.product).await?.product;
        let contract = &held.contract;
        let fate = fate(&was, (contract.region, &contract.year), &self.products);
        if contract.last_day() < self.from {
            // It is over by then, or an edition between has ended it.
            return Ok(());
        }
        self.held.insert((ProductKey::of(&was), contract.region));
        match fate {
            Fate::Stays => {
                self.done.kept = self.done.kept.saturating_add(1);
                Ok(())
            }
            Fate::Replaced(is) => {
                let price = lifetime::lowered_price(tx, contract.id).await?;
                let next = replacing(contract, is, self.from).map(|new| NextContract {
                    new,
                    result: self.newest.part(is.id),
                    supplement: None,
                    follows: Follows::Replaces(contract.id),
                    lowered_price: kept_price(price, is),
                });
                self.next.extend(next);
                self.done.replaced = self.done.replaced.saturating_add(1);
                self.ends(tx, held).await
            }
            Fate::Ends => {
                self.done.ended = self.done.ended.saturating_add(1);
                self.ends(tx, held).await
            }
        }
    }

    async fn ends(&mut self, tx: &mut Tx, held: Held) -> Result<(), Error> {
        let expected = held.contract.version;
        let reason = self.reason.clone();
        let ended = held.contract.apply(ContractCommand::Supersede { from: self.from, reason })?;
        contracts::save(tx, &ended, expected, held.parts_sha256).await?;
        // The contract is of the edition before, whose dates its job knows; this day is another one.
        let year = AgreementYear { end: ended.last_day(), ..ended.year };
        schedule(tx, ended.result, std::iter::once(year), std::iter::empty()).await?;
        let act = Act::new("ContractSuperseded", ended.id)
            .concerning(ended.holder)
            .with("from", self.from)
            .with("status", ended.status.label());
        self.acts.push(act);
        Ok(())
    }

    /// Contracts of what had none, from the day on for an agreement year of their own.
    fn add_others(&mut self) -> Result<(), Refusal> {
        for product in &self.products {
            let Some(holder) = product.holder.organization else { continue };
            let start = self.newest.result.starts_on.max(self.from);
            let Some(year) = Term::between(start, product.until).ok().and_then(|term| term.year(1)) else {
                continue;
            };
            let regions: BTreeSet<RegionCode> = product.supplies.iter().map(|supply| supply.region).collect();
            for region in regions {
                let agreed = agreed_in(product, region);
                if agreed.total() == 0 || self.held.contains(&(ProductKey::of(product), region)) {
                    continue;
                }
                let new = NewContract { id: fresh(), product: product.id, region, holder, year, agreed };
                let (result, follows) = (self.newest.part(product.id), Follows::Nothing);
                let next = NextContract { new, result, supplement: None, follows, lowered_price: None };
                self.next.push(next);
                self.done.added = self.done.added.saturating_add(1);
            }
        }
        Ok(())
    }
}

/// The contract that has the rest of another's year. None where nothing is left of it.
fn replacing(contract: &Contract, is: &SelectedProduct, from: Day) -> Option<NewContract> {
    let holder = is.holder.organization.unwrap_or(contract.holder);
    let year = rest_of(&contract.year, from, is.until)?;
    let agreed = agreed_in(is, contract.region);
    Some(NewContract { id: fresh(), product: is.id, region: contract.region, holder, year, agreed })
}
