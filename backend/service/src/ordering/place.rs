//! A hospital orders.
use std::collections::BTreeMap;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode};
use jicai_domain::ids::{ContractId, Id, OrderId, OrganizationId, SelectedProductId};
use jicai_domain::ordering::counts::Counts;
use jicai_domain::ordering::line::{Command, Line};
use jicai_domain::ordering::price::{amount, pack_price};
use jicai_domain::ordering::quantity::same;
use jicai_domain::ordering::rules::{OrderingRules, ordering_rules};
use jicai_domain::procurement::demand::region_of;
use jicai_domain::time::Timestamp;
use jicai_store::audit::record;
use jicai_store::ordering::months::{self, Moved};
use jicai_store::ordering::packs;
use jicai_store::ordering::place::{self, NewLine, NewOrder, Terms};
use jicai_store::ordering::rationings::{self, Units};
use jicai_store::{Tx, fresh};

use super::bounded;
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// A line that is wished for.
#[derive(Clone, Debug)]
pub struct OrderLineWish {
    /// The contract.
    pub contract: ContractId,
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

/// Places an order on contracts in force. Errors, with the line: `FORBIDDEN`, `NOT_FOUND`, `ORDER_INVALID`, `CONTRACT_STATE`, `PACK_UNKNOWN`,
/// `PRICE_UNKNOWN`, `PACK_UNIT_SLIP`, `QUANTITY_INVALID`, `AMOUNT_INVALID`, `RATION_EXCEEDED`.
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
        let (hospital, region) = whom(tx, caller, command.institution).await?;
        let wanted: Vec<(ContractId, u64)> =
            command.lines.iter().map(|wish| (wish.contract, wish.pack_units)).collect();
        let terms = place::terms(tx, hospital, &wanted).await?;
        let lines = judged(&command.lines, &terms)?;
        let rules = ordering_rules(region).ok_or_else(|| Error::broken("no rules of ordering"))?;
        let now = terms.first().map_or(Timestamp::from_micros(0), |terms| terms.now);
        let order = heading(&command, (hospital, region), (rules, now));
        place::add(tx, &order, &lines).await?;
        ration(tx, hospital, &lines).await?;
        months::add(tx, now.day_in_china(), &counted(&order, &lines)).await?;
        Ok(record(tx, actor(caller), placed(&order, &lines)?, order.id).await?)
    })
    .await
}

/// The institution and the smallest region that holds it. Errors: `NOT_FOUND` for one that the caller's does not lead.
async fn whom(
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

fn heading(
    command: &PlaceOrder,
    (hospital, region): (OrganizationId, RegionCode),
    (rules, at): (&OrderingRules, Timestamp),
) -> NewOrder {
    NewOrder {
        id: fresh(),
        hospital,
        region,
        number: command.number.clone(),
        rules: rules.name(),
        at,
        confirm_by: at.plus_seconds(i64::from(rules.confirm_hours) * 3600),
    }
}

/// The lines as they are ordered, or what is wrong with the first one at fault.
fn judged(wishes: &[OrderLineWish], terms: &[Terms]) -> Result<Vec<NewLine>, Refusal> {
    let by_place: BTreeMap<usize, &Terms> = terms.iter().map(|terms| (terms.place, terms)).collect();
    let judge = |(at, wish): (usize, &OrderLineWish)| {
        let unknown = Refusal::of(Code::NotFound).at("contract");
        let terms = by_place.get(&at).filter(|terms| terms.own).ok_or(unknown);
        terms.and_then(|terms| line(wish, terms)).map_err(|refusal| refusal.on_line(at))
    };
    wishes.iter().enumerate().map(judge).collect()
}

fn line(wish: &OrderLineWish, terms: &Terms) -> Result<NewLine, Refusal> {
    if terms.status != "IN_FORCE" {
        let not = format!("not while {}", terms.status);
        return Err(Refusal::of(Code::ContractState).at("contract").allowing(not));
    }
    if !terms.packed {
        return Err(Refusal::of(Code::PackUnknown).at("packUnits"));
    }
    let unknown = Refusal::of(Code::PriceUnknown).at("contract");
    let price = terms.unit_price.and_then(|price| pack_price(price, wish.pack_units)).ok_or(unknown)?;
    amount(price, wish.packs).map_err(|refusal| refusal.at("packs"))?;
    Ok(NewLine {
        id: fresh(),
        contract: wish.contract,
        rationing: terms.rationing,
        seller: terms.distributor.unwrap_or(terms.holder),
        manufacturer: terms.holder,
        pack_units: wish.pack_units,
        price,
        packs: wish.packs,
    })
}

/// Takes what is rationed. Errors: `RATION_EXCEEDED` with the first line of it.
async fn ration(tx: &mut Tx, hospital: OrganizationId, lines: &[NewLine]) -> Result<(), Error> {
    let mut units = Units::new();
    for line in lines {
        if let Some(rationing) = line.rationing {
            let sum = units.entry(rationing).or_default();
            *sum = sum.saturating_add(line.packs.saturating_mul(line.pack_units));
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
    let moved = |line: &NewLine| Moved {
        hospital: order.hospital,
        basis: line.contract.number(),
        kind: "SELECTED".to_owned(),
        region: order.region,
        counts: Counts::placed(&Line::draft(line.packs, line.pack_units)),
    };
    lines.iter().map(moved).collect()
}

fn placed(order: &NewOrder, lines: &[NewLine]) -> Result<Act, Refusal> {
    // A draft becomes an order by the same function as every other change.
    for line in lines {
        Line::draft(line.packs, line.pack_units).next(Command::Place)?;
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
