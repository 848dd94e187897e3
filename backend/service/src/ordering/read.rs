//! Orders and fulfilment for those who may see them: the parties, the office, and the regulators and auditors of the region.
use jicai_domain::contract::progress::{Pace, percent, progress};
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Role};
use jicai_domain::ids::{
    AcceptanceId, ContractId, GoodsDeliveryId, OrderId, OrderLineId, OrganizationId, RationingId,
};
use jicai_domain::ordering::counts::Counts;
use jicai_domain::time::Day;
use jicai_store::contract::shown as contracts;
use jicai_store::ordering::fulfilment::{self, MonthKey, ShownMonth};
use jicai_store::ordering::goods::{self, ShownAcceptance, ShownDelivery, WantedDeliveries};
use jicai_store::ordering::rationings::ShownRationing;
use jicai_store::ordering::shown::{self, Eyes, ShownLine, ShownOrder, Wanted};
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;

/// What the caller sees of orders. Errors: `FORBIDDEN`.
pub(super) fn eyes(caller: &Caller) -> Result<Eyes, Refusal> {
    let own = caller.organization;
    if caller.require(Permission::OwnContracts).is_ok() {
        let of: fn(OrganizationId) -> Eyes = if caller.role == Role::Hospital {
            Eyes::Hospital
        } else if caller.role == Role::Manufacturer {
            Eyes::Manufacturer
        } else {
            Eyes::Distributor
        };
        return Ok(of(own));
    }
    if caller.require(Permission::ManageContracts).is_ok() {
        return Ok(Eyes::Office(own, caller.regions.clone()));
    }
    let scope = caller.require(Permission::ObserveContracts)?;
    Ok(Eyes::Jurisdiction(scope.regions().to_vec()))
}

/// An order with a line that the caller may see. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn order(app: &App, caller: &Caller, id: OrderId) -> Result<ShownOrder, Error> {
    let eyes = eyes(caller)?;
    let mut tx = app.store.read().await?;
    let found = shown::orders(&mut tx, &eyes, Some(id), &Page { first: 1, after: None }).await?;
    Ok(found.rows.into_iter().next().ok_or(Refusal::of(Code::NotFound))?)
}

/// Such orders, the newest first. Errors: `FORBIDDEN`.
pub async fn orders(app: &App, caller: &Caller, page: &Page<OrderId>) -> Result<Part<ShownOrder>, Error> {
    let eyes = eyes(caller)?;
    let mut tx = app.store.read().await?;
    Ok(shown::orders(&mut tx, &eyes, None, page).await?)
}

/// A line that the caller may see. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn order_line(app: &App, caller: &Caller, id: OrderLineId) -> Result<ShownLine, Error> {
    let eyes = eyes(caller)?;
    let mut tx = app.store.read().await?;
    Ok(shown::line_of(&mut tx, &eyes, id).await?)
}

/// Such lines, the newest first. Errors: `FORBIDDEN`.
pub async fn order_lines(
    app: &App,
    caller: &Caller,
    wanted: &Wanted,
    page: &Page<OrderLineId>,
) -> Result<Part<ShownLine>, Error> {
    let eyes = eyes(caller)?;
    let mut tx = app.store.read().await?;
    Ok(shown::lines(&mut tx, &eyes, wanted, page).await?)
}

/// Deliveries of such lines, the newest first. Errors: `FORBIDDEN`.
pub async fn deliveries(
    app: &App,
    caller: &Caller,
    wanted: &WantedDeliveries,
    page: &Page<GoodsDeliveryId>,
) -> Result<Part<ShownDelivery>, Error> {
    let eyes = eyes(caller)?;
    let mut tx = app.store.read().await?;
    Ok(goods::deliveries(&mut tx, &eyes, wanted, page).await?)
}

/// Acceptances of such lines, the newest first. Errors: `FORBIDDEN`.
pub async fn acceptances(
    app: &App,
    caller: &Caller,
    line: Option<OrderLineId>,
    page: &Page<AcceptanceId>,
) -> Result<Part<ShownAcceptance>, Error> {
    let eyes = eyes(caller)?;
    let mut tx = app.store.read().await?;
    Ok(goods::acceptances(&mut tx, &eyes, line, page).await?)
}

/// Rationings of the caller's regions, products or office, the newest first. Errors: `FORBIDDEN`.
pub async fn rationings(
    app: &App,
    caller: &Caller,
    page: &Page<RationingId>,
) -> Result<Part<ShownRationing>, Error> {
    let eyes = eyes(caller)?;
    let whole = matches!(eyes, Eyes::Jurisdiction(_));
    let mut tx = app.store.read().await?;
    let whose = (caller.organization, caller.regions.as_slice());
    Ok(jicai_store::ordering::rationings::page(&mut tx, whose, whole, page).await?)
}

/// How far an agreed volume is.
#[derive(Clone, Debug)]
pub struct Stands {
    /// What was taken and kept.
    pub bought: u64,
    /// What is still to be bought.
    pub remaining: u64,
    /// What was bought beyond the floor, at the same price.
    pub beyond: u64,
    /// What would have been bought by now at an even pace.
    pub due: u64,
    /// 序时进度, the share of the year that has passed, a percentage.
    pub elapsed: String,
    /// The share that was bought, a percentage.
    pub reached: Option<String>,
    /// The one against the other.
    pub pace: Pace,
}

/// Where a volume stands at the end of a day.
pub fn stands(year: &AgreementYear, day: Day, agreed: u64, bought: u64) -> Stands {
    let stands = progress(year, day, agreed, bought);
    Stands {
        bought,
        remaining: stands.remaining,
        beyond: stands.beyond,
        due: stands.due,
        elapsed: percent(&stands.elapsed),
        reached: stands.reached.as_ref().map(percent),
        pace: stands.pace,
    }
}

/// Months of institutions and contracts that the caller may see. Errors: `FORBIDDEN`.
pub async fn months(
    app: &App,
    caller: &Caller,
    mut wanted: fulfilment::Wanted,
    page: &Page<MonthKey>,
) -> Result<(Day, Part<ShownMonth>), Error> {
    let eyes = eyes(caller)?;
    if let (Eyes::Jurisdiction(regions), None) = (&eyes, wanted.province)
        && let [only] = regions.as_slice()
    {
        // The province of a jurisdiction, so that its page is read from the index of provinces.
        wanted.province = only.ancestors().filter(|region| region.prefix().len() == 2).last();
    }
    let mut tx = app.store.read_report().await?;
    let today = tx.now().await?.day_in_china();
    Ok((today, fulfilment::months(&mut tx, &eyes, wanted, page).await?))
}

/// Where a contract stands.
#[derive(Clone, Debug)]
pub struct ContractStands {
    /// What its institutions ordered and got, by month.
    pub months: Vec<(Day, Counts)>,
    /// The same together.
    pub all: Counts,
    /// What it agrees now.
    pub agreed: u64,
    /// How far that is.
    pub stands: Stands,
}

/// Where a contract stands that the caller may see as its enterprise, distributor, office or authority. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn contract_fulfilment(
    app: &App,
    caller: &Caller,
    id: ContractId,
) -> Result<ContractStands, Error> {
    let scope = crate::contract::scope(caller)?;
    if caller.role == Role::Hospital {
        return Err(Refusal::of(Code::Forbidden).into());
    }
    let mut tx = app.store.read().await?;
    contracts::find(&mut tx, &scope, id).await?;
    let today = tx.now().await?.day_in_china();
    let found = fulfilment::of_contract(&mut tx, id).await?;
    let all = found.months.iter().fold(Counts::default(), |all, (_month, counts)| all.and(*counts));
    let stands = stands(&found.year, today, found.agreed, found.bought);
    Ok(ContractStands { months: found.months, all, agreed: found.agreed, stands })
}

/// What an institution took and kept on a contract. The caller has found its part.
pub(crate) async fn bought(
    tx: &mut jicai_store::Tx,
    contract: ContractId,
    hospital: OrganizationId,
) -> Result<u64, Error> {
    Ok(fulfilment::bought(tx, contract, hospital).await?)
}
