//! The ledger for those who may see it: agencies, regulators and auditors of its area, and parties their own balances.
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{Caller, Permission, Scope};
use jicai_domain::ids::{LedgerEventId, OrganizationId};
use jicai_domain::settlement::exposure::exposure_preset;
use jicai_domain::settlement::ledger::Book;
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Day;
use jicai_store::settlement::exposure::{self, Outlay};
use jicai_store::settlement::journal::{self, Balance, ShownEvent, Wanted};
use jicai_store::settlement::ledger::{self, Closed};
use jicai_store::settlement::proof::{self, Proof};
use jicai_store::settlement::proposals::{self, Proposal};
use jicai_store::settlement::reach;
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;

/// What a hospital owes, and how much it may.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// What the fund has laid out.
    pub outlay: Outlay,
    /// How much may be paid on its commission; none before it has claimed anything.
    pub limit: Option<Money>,
    /// The rules that say so.
    pub rules: String,
}

pub(super) fn observed(caller: &Caller) -> Result<Scope, Refusal> {
    caller.require(Permission::ObserveSettlement)
}

pub(super) fn own_or_observed(caller: &Caller) -> Result<Scope, Refusal> {
    caller.require(Permission::OwnSettlement).or_else(|_forbidden| observed(caller))
}

/// The books of the caller's jurisdiction. Errors: `FORBIDDEN`.
pub async fn books(app: &App, caller: &Caller, page: &Page<String>) -> Result<Part<Closed>, Error> {
    let scope = observed(caller)?;
    let mut tx = app.store.read().await?;
    let seen = |closed: &Closed| page.after.as_ref().is_none_or(|after| closed.book.to_string() > *after);
    let mut rows: Vec<Closed> = ledger::books(&mut tx, &scope).await?.into_iter().filter(seen).collect();
    let more = rows.len() > usize::from(page.first);
    rows.truncate(usize::from(page.first));
    Ok(Part { rows, more })
}

/// A part of the journal, in the order of posting. Errors: `FORBIDDEN`.
pub async fn events(
    app: &App,
    caller: &Caller,
    wanted: Wanted,
    page: &Page<i64>,
) -> Result<Part<ShownEvent>, Error> {
    let scope = observed(caller)?;
    app.store
        .keep("read_ledger", async |tx| {
            reach(tx, &scope).await?;
            Ok::<_, Error>(journal::events(tx, &wanted, page).await?)
        })
        .await
}

/// A part of the balances: of the jurisdiction, or the caller's own. Errors: `FORBIDDEN`.
pub async fn balances(
    app: &App,
    caller: &Caller,
    wanted: Wanted,
    page: &Page<String>,
) -> Result<Part<Balance>, Error> {
    let scope = own_or_observed(caller)?;
    app.store
        .keep("read_balances", async |tx| {
            reach(tx, &scope).await?;
            let party = scope.organization().or(wanted.party);
            Ok::<_, Error>(journal::balances(tx, &Wanted { party, ..wanted }, page).await?)
        })
        .await
}

/// A part of what was prepared, the newest first. Errors: `FORBIDDEN`.
pub async fn proposals_of(
    app: &App,
    caller: &Caller,
    status: Option<&str>,
    page: &Page<LedgerEventId>,
) -> Result<Part<Proposal>, Error> {
    let scope = observed(caller)?;
    app.store
        .keep("read_proposals", async |tx| {
            reach(tx, &scope).await?;
            Ok::<_, Error>(proposals::page(tx, status, page).await?)
        })
        .await
}

/// The exposure of a book by hospital. Errors: `FORBIDDEN`.
pub async fn exposures(
    app: &App,
    caller: &Caller,
    book: Book,
    page: &Page<OrganizationId>,
) -> Result<Part<Exposure>, Error> {
    let scope = observed(caller)?;
    let rules = exposure_preset()?;
    app.store
        .keep("read_exposures", async |tx| {
            reach(tx, &scope).await?;
            let since = averaged_since(tx.now().await?.day_in_china(), rules.averaged_months);
            let part = exposure::outlays(tx, (book, None), since, page).await?;
            let shown = part.rows.into_iter().map(|outlay| {
                let limit = rules.limit(outlay.claimed, outlay.months)?;
                Ok(Exposure { outlay, limit, rules: format!("{} {}", rules.head.id, rules.head.version) })
            });
            let rows = shown.collect::<Result<_, Refusal>>()?;
            Ok::<_, Error>(Part { rows, more: part.more })
        })
        .await
}

/// The first day of the months that claims are averaged over.
pub(super) fn averaged_since(today: Day, months: u32) -> Day {
    let days = i32::try_from(months.saturating_mul(30)).unwrap_or(i32::MAX);
    today.plus_days(days.saturating_neg())
}

/// Whether the balances agree with the entries, reckoned now over all books. Errors: `FORBIDDEN`.
pub async fn proof_of(app: &App, caller: &Caller) -> Result<Proof, Error> {
    let scope = observed(caller)?;
    app.store
        .keep("read_proof", async |tx| {
            reach(tx, &scope).await?;
            Ok::<_, Error>(proof::prove(tx).await?)
        })
        .await
}
