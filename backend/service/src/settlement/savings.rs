//! Retained savings (结余留用): reckoned from what a hospital was given and kept, prepared by one person and posted by another as any other event.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act as Entry, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode};
use jicai_domain::ids::{ContractId, LedgerEventId, OrganizationId};
use jicai_domain::settlement::ledger::{Act, Book, Event, Ledger};
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::savings::{Use, retained, savings_preset};
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::settlement::savings::{self as rows, Savings, ShownSavings};
use jicai_store::settlement::{ledger as ledger_rows, proposals, reach, reach_area};
use jicai_store::{Page, Part};
use rust_decimal::Decimal;

use super::ledger::{changed, within};
use super::read::own_or_observed;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// Contracts of one reckoning.
const USES_MAX: usize = 2_000;

/// Savings that are reckoned.
#[derive(Clone, Debug)]
pub struct PrepareSavings {
    /// The id of the event.
    pub id: LedgerEventId,
    /// The book.
    pub book: Book,
    /// The day that it belongs to.
    pub day: Day,
    /// The hospital.
    pub hospital: OrganizationId,
    /// The fund's share of what is spent.
    pub fund_share: Decimal,
    /// The ratio of the assessment.
    pub ratio: Decimal,
    /// What the platform does not know of each contract.
    pub uses: Vec<SavingsUse>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// What the platform does not know of a contract.
#[derive(Clone, Debug)]
pub struct SavingsUse {
    /// The contract.
    pub contract: ContractId,
    /// The volume that the agreed one was taken from, in units of the lot's representative.
    pub base: u64,
    /// The weighted price of such a unit before the result.
    pub before: Decimal,
    /// What was spent on products that were not selected.
    pub others: Money,
}

/// Reckons what a hospital keeps, and prepares its posting. The volumes and prices are those of its contracts. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `BATCH_TOO_LARGE`, `SAVINGS_COUNTED`, `RATIO_TOO_HIGH`, `NOTHING_TO_SETTLE` where it keeps nothing, with what was saved, and those of the ledger.
pub async fn prepare_savings(
    app: &App,
    caller: &Caller,
    command: PrepareSavings,
) -> Result<Changed<LedgerEventId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    within(&scope, command.book)?;
    let wanted: BTreeSet<ContractId> = command.uses.iter().map(|one| one.contract).collect();
    if wanted.is_empty() || wanted.len() != command.uses.len() || wanted.len() > USES_MAX {
        let range = format!("1 to {USES_MAX}, each once");
        return Err(Refusal::of(Code::BatchTooLarge).at("uses").allowing(range).into());
    }
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "prepare_savings", &[&said]);
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let PrepareSavings { id, book, day, hospital, fund_share, ratio, .. } = command;
        let held = ledger_rows::hold_books(tx, &[book]).await?;
        let contracts: Vec<ContractId> = wanted.iter().copied().collect();
        let fulfilled = rows::fulfilled(tx, (book.area, hospital), &contracts).await?;
        let uses = uses(&command.uses, &fulfilled);
        let rules = savings_preset()?;
        let plain: Vec<Use> = uses.iter().map(|(_, one)| one.clone()).collect();
        let kept = retained(&rules, &plain, fund_share, ratio)?;
        if !kept.retained.is_positive() {
            let saved = format!("saved {}", kept.saved);
            return Err(Refusal::of(Code::NothingToSettle).at("hospital").allowing(saved).into());
        }
        let event = Event { id, book, day, act: Act::Retained { hospital, amount: kept.retained } };
        if !proposals::add(tx, (&event, None), by).await? {
            return Err(Refusal::of(Code::LedgerEventConflict).at("id").into());
        }
        Ledger::standing(ledger_rows::standing(tx, &held, std::slice::from_ref(&event)).await?)
            .post(&event)?;
        let savings = Savings {
            event: id,
            hospital,
            fund_share,
            ratio,
            rules: format!("{} {}", rules.head.id, rules.head.version),
            retained: kept,
        };
        rows::add(tx, book.area, &savings, &uses).await?;
        let entry = Entry::new("SavingsPrepared", id)
            .concerning(hospital)
            .with("hospital", hospital)
            .with("book", book)
            .with("contracts", uses.len())
            .with("budget", kept.budget)
            .with("spending", kept.spending)
            .with("ratio", ratio)
            .with("retained", kept.retained);
        Ok(record(tx, actor(caller), entry, changed(id, 1)).await?)
    })
    .await
}

fn uses(told: &[SavingsUse], fulfilled: &[rows::Fulfilled]) -> Vec<(ContractId, Use)> {
    let of = |one: &SavingsUse| {
        let found = fulfilled.iter().find(|found| found.contract == one.contract)?;
        let SavingsUse { base, before, others, .. } = *one;
        let rows::Fulfilled { agreed, selected, price, .. } = *found;
        Some((one.contract, Use { base, before, agreed, selected, price, others }))
    };
    told.iter().filter_map(of).collect()
}

/// A part of the savings of the jurisdiction, or of the own organization, the newest first. Errors: `FORBIDDEN`.
pub async fn retained_savings(
    app: &App,
    caller: &Caller,
    page: &Page<LedgerEventId>,
) -> Result<Part<ShownSavings>, Error> {
    let scope = own_or_observed(caller)?;
    app.store
        .keep("read_retained_savings", async |tx| {
            // The page is of the scope; where each stands is behind the wall.
            reach_area(tx, RegionCode::NATION).await?;
            Ok::<_, Error>(rows::page(tx, &scope, page).await?)
        })
        .await
}
