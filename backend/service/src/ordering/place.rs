//! A hospital orders.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode};
use jicai_domain::ids::{
    AddedPackId, ContractId, FilingId, Id, ListingId, NegotiatedPriceId, OrderId, OrganizationId,
    SelectedProductId,
};
use jicai_domain::ordering::counts::Counts;
use jicai_domain::ordering::line::Command;
use jicai_domain::ordering::quantity::same;
use jicai_domain::ordering::rules::{OrderingRules, ordering_rules};
use jicai_domain::procurement::demand::region_of;
use jicai_domain::time::Timestamp;
use jicai_store::audit::record;
use jicai_store::ordering::filings::{self, Packs};
use jicai_store::ordering::months::{self, Moved};
use jicai_store::ordering::packs;
use jicai_store::ordering::place::{self, NewLine, NewOrder};
use jicai_store::ordering::rationings::{self, Units};
use jicai_store::{Tx, fresh};

use super::bounded;
use super::terms::{Buyer, Grounds};
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// What a line is ordered on.
#[derive(Clone, Debug)]
pub enum OrderedOn {
    /// A contract, in one of its product's packs or in one that was added.
    Contract(ContractId, Option<AddedPackId>),
    /// A listing of the region.
    Listing(ListingId),
    /// A price that was agreed on.
    Negotiated(NegotiatedPriceId),
    /// What is listed anywhere, in an emergency.
    Emergency(ListingId, Reason),
    /// A filing that was approved.
    Filing(FilingId),
}

/// A line that is wished for.
#[derive(Clone, Debug)]
pub struct OrderLineWish {
    /// What it is ordered on.
    pub on: OrderedOn,
    /// Smallest units in a pack.
    pub pack_units: u64,
    /// How many packs.
    pub packs: u64,
    /// The same in smallest units, where the hospital counts them, too.
    pub units: Option<u64>,
}

/// An order.
#[derive(Clone, Debug)]
pub struct PlaceOrder {
    /// For a member that the caller's institution leads; for itself where it is none.
    pub institution: Option<OrganizationId>,
    /// The hospital's own number.
    pub number: Option<String>,
    /// Its lines.
    pub lines: Vec<OrderLineWish>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Places an order. Errors, with the line: `FORBIDDEN`, `NOT_FOUND`, `ORDER_INVALID`, `PACK_UNIT_SLIP`, `QUANTITY_INVALID`, those of
/// `Grounds::line`, `RATION_EXCEEDED`, `FILING_LIMIT`.
pub async fn place_order(app: &App, caller: &Caller, command: PlaceOrder) -> Result<OrderId, Error> {
    caller.require(Permission::PlaceOrders)?;
    bounded(&command.lines)?;
    for (at, wish) in command.lines.iter().enumerate() {
        let units = wish.units.unwrap_or(wish.packs.saturating_mul(wish.pack_units));
        same(wish.packs, wish.pack_units, units).map_err(|refusal| refusal.on_line(at))?;
    }
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "place_order", &[&said]);
    once(app, &keyed, async |tx| {
        let (act, order) = placing(tx, caller, &command).await?;
        Ok(record(tx, actor(caller), act, order).await?)
    })
    .await
}

/// Writes an order and all that follows from it; the entry of the log, and its id.
pub(super) async fn placing(
    tx: &mut Tx,
    caller: &Caller,
    command: &PlaceOrder,
) -> Result<(Act, OrderId), Error> {
    let (hospital, region) = whom(tx, caller, command.institution).await?;
    let rules = ordering_rules(region).ok_or_else(|| Error::broken("no rules of ordering"))?;
    let buyer = Buyer { hospital, caller: caller.organization, region, rules };
    let grounds = Grounds::read(tx, buyer, &command.lines).await?;
    let judged =
        |(at, wish): (usize, &OrderLineWish)| grounds.line(at, wish).map_err(|refusal| refusal.on_line(at));
    let lines: Vec<NewLine> = command.lines.iter().enumerate().map(judged).collect::<Result<_, _>>()?;
    let order = heading(command.number.clone(), (hospital, region), (rules, grounds.now));
    Ok((written(tx, &order, &lines).await?, order.id))
}

/// Writes an order with its lines, takes what is rationed and was approved, and adds to the months; the entry of the log. Errors:
/// `RATION_EXCEEDED`, `FILING_LIMIT`.
pub(super) async fn written(tx: &mut Tx, order: &NewOrder, lines: &[NewLine]) -> Result<Act, Error> {
    place::add(tx, order, lines).await?;
    draws(tx, order, lines).await?;
    ration(tx, order.hospital, lines).await?;
    months::add(tx, order.at.day_in_china(), &counted(order, lines)).await?;
    Ok(placed(order, lines)?)
}

/// The institution and the smallest region that holds it. Errors: `NOT_FOUND` for one that the caller's does not lead.
pub(super) async fn whom(
    tx: &mut Tx,
    caller: &Caller,
    institution: Option<OrganizationId>,
) -> Result<(OrganizationId, RegionCode), Error> {
    let Some(member) = institution.filter(|member| *member != caller.organization) else {
        return Ok((caller.organization, region_of(&caller.regions)?));
    };
    let regions = place::led(tx, caller.organization, member).await?;
    if regions.is_empty() {
        return Err(Refusal::of(Code::NotFound).at("institution").into());
    }
    Ok((member, region_of(&regions)?))
}

pub(super) fn heading(
    number: Option<String>,
    (hospital, region): (OrganizationId, RegionCode),
    (rules, at): (&OrderingRules, Timestamp),
) -> NewOrder {
    NewOrder {
        id: fresh(),
        hospital,
        region,
        number,
        rules: rules.name(),
        at,
        confirm_by: at.plus_seconds(i64::from(rules.confirm_hours) * 3600),
    }
}

/// Takes what was approved. Errors: `FILING_LIMIT` with the first line of it.
async fn draws(tx: &mut Tx, order: &NewOrder, lines: &[NewLine]) -> Result<(), Error> {
    let mut packs = Packs::new();
    for line in lines {
        if let Some(filing) = line.filing {
            let sum = packs.entry(filing).or_default();
            *sum = sum.saturating_add(line.line.packs.ordered);
        }
    }
    if packs.is_empty() {
        return Ok(());
    }
    let short = filings::take(tx, &packs, order.at.day_in_china()).await?;
    let at = lines.iter().position(|line| line.filing.is_some_and(|one| short.contains(&one)));
    match at {
        Some(at) => Err(Refusal::of(Code::FilingLimit).on_line(at).at("packs").into()),
        None => Ok(()),
    }
}

/// Takes what is rationed. Errors: `RATION_EXCEEDED` with the first line of it.
async fn ration(tx: &mut Tx, hospital: OrganizationId, lines: &[NewLine]) -> Result<(), Error> {
    let mut units = Units::new();
    for line in lines {
        if let Some(rationing) = line.rationing {
            let sum = units.entry(rationing).or_default();
            *sum = sum.saturating_add(line.line.units(line.line.packs.ordered));
        }
    }
    if units.is_empty() {
        return Ok(());
    }
    let short = rationings::take(tx, hospital, &units).await?;
    let at = lines.iter().position(|line| line.rationing.is_some_and(|one| short.contains(&one)));
    match at {
        Some(at) => Err(Refusal::of(Code::RationExceeded).on_line(at).at("packs").into()),
        None => Ok(()),
    }
}

fn counted(order: &NewOrder, lines: &[NewLine]) -> Vec<Moved> {
    let moved = |line: &NewLine| {
        let listed = line.listing.map(Id::number).or(line.filing.map(Id::number));
        Some(Moved {
            hospital: order.hospital,
            basis: line.contract.map(Id::number).or(listed)?,
            kind: line.kind,
            region: order.region,
            counts: Counts::placed(&line.line),
        })
    };
    lines.iter().filter_map(moved).collect()
}

fn placed(order: &NewOrder, lines: &[NewLine]) -> Result<Act, Refusal> {
    // A draft becomes an order by the same function as every other change.
    for line in lines {
        line.line.next(Command::Place)?;
    }
    let mut told: Vec<OrganizationId> =
        lines.iter().flat_map(|line| [line.seller, line.manufacturer]).collect();
    told.push(order.hospital);
    told.sort_unstable();
    told.dedup();
    let act = told.into_iter().fold(Act::new("OrderPlaced", order.id), Act::concerning);
    let act = act.with("lines", lines.len()).with("rules", order.rules.as_str());
    Ok(order.number.iter().fold(act, |act, number| act.with("number", number.as_str())))
}

/// Declares a pack that a product of the caller's firm is delivered in. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn declare_pack(
    app: &App,
    caller: &Caller,
    (product, units): (SelectedProductId, u64),
    key: &IdempotencyKey,
) -> Result<SelectedProductId, Error> {
    caller.require(Permission::FulfilOrders)?;
    let by = caller.user()?;
    let said = [product.to_string(), units.to_string()];
    let keyed = keyed(app, Some(caller), key, "declare_pack", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        if !packs::is_of(tx, product, caller.organization).await? {
            return Err(Refusal::of(Code::NotFound).at("product").into());
        }
        packs::add(tx, product, units, by).await?;
        let act = Act::new("PackDeclared", product).concerning(caller.organization).with("units", units);
        Ok(record(tx, actor(caller), act, product).await?)
    })
    .await
}
