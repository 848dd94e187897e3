//! What is read of demand: forms by those who fill and review them, totals by the round's office and its observers.
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{Caller, Permission, RegionLevel, Scope};
use jicai_domain::ids::{DemandFormId, OrganizationId, RoundId, RoundProductId};
use jicai_domain::procurement::demand::shows_totals;
use jicai_domain::procurement::qualification::Entry;
use jicai_store::procurement::demand::{Led, ListedLine, Reported, Total, WantedForms};
pub use jicai_store::procurement::demand::{LinePlace, TotalPlace};
use jicai_store::procurement::{demand, qualification, rounds};
use jicai_store::{Page, Part};

use super::reach;
use crate::app::App;
use crate::errors::Error;

/// A form of the caller's institution, of a member that it leads, or of the jurisdiction. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn demand_form(app: &App, caller: &Caller, id: DemandFormId) -> Result<Reported, Error> {
    let scope = reach(caller)?;
    let mut tx = app.store.read().await?;
    Ok(demand::find(&mut tx, &scope, id).await?)
}

/// Those forms for a round, the newest first; only of a status, and only those that wait for reviewers at a level. Errors: `FORBIDDEN`,
/// `NOT_FOUND` for a round that was not announced.
pub async fn demand_forms(
    app: &App,
    caller: &Caller,
    (round, status, stage): (RoundId, Option<&'static str>, Option<RegionLevel>),
    page: &Page<DemandFormId>,
) -> Result<Part<Reported>, Error> {
    let scope = reach(caller)?;
    let mut tx = app.store.read().await?;
    rounds::announced(&mut tx, round).await?;
    Ok(demand::list(&mut tx, &scope, WantedForms { round, status, stage }, page).await?)
}

/// The lines of such a form, by spec, the generic name before the brands. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn demand_lines(
    app: &App,
    caller: &Caller,
    form: DemandFormId,
    page: &Page<LinePlace>,
) -> Result<Part<ListedLine>, Error> {
    let scope = reach(caller)?;
    let mut tx = app.store.read().await?;
    let found = demand::find(&mut tx, &scope, form).await?;
    Ok(demand::part(&mut tx, found.form.id, page).await?)
}

/// The products of a round that are qualified by now, which brand demand may name, while demand is reported and reviewed: for those who
/// report and those who review. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`.
pub async fn demand_brands(
    app: &App,
    caller: &Caller,
    round: RoundId,
    page: &Page<RoundProductId>,
) -> Result<Part<Entry>, Error> {
    reach(caller)?;
    let mut tx = app.store.read().await?;
    let found = rounds::announced(&mut tx, round).await?;
    found.accepts_demand_reviews(tx.now().await?)?;
    Ok(qualification::qualified(&mut tx, round, page).await?)
}

/// The members that the caller's institution leads, or all of the jurisdiction. Errors: `FORBIDDEN`.
pub async fn demand_leads(
    app: &App,
    caller: &Caller,
    page: &Page<OrganizationId>,
) -> Result<Part<Led>, Error> {
    let scope = reach(caller)?;
    let mut tx = app.store.read().await?;
    Ok(demand::leads_list(&mut tx, &scope, page).await?)
}

/// What the locked forms of a round come to, once reporting is over: for its office, and for observers within their jurisdiction.
/// Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`.
pub async fn demand_totals(
    app: &App,
    caller: &Caller,
    round: RoundId,
    page: &Page<TotalPlace>,
) -> Result<Part<Total>, Error> {
    let scope = observer(caller)?;
    let mut tx = app.store.read().await?;
    let found = rounds::announced(&mut tx, round).await?;
    let regions = demand::visible_regions(&mut tx, &scope, round).await?;
    shows_totals(&found, tx.now().await?)?;
    Ok(demand::totals(&mut tx, (round, &regions), page).await?)
}

fn observer(caller: &Caller) -> Result<Scope, Refusal> {
    caller.require(Permission::PublishRounds).or_else(|_forbidden| caller.require(Permission::ObserveRounds))
}
