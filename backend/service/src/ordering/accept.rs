//! Hospitals take what came, reject it, and give it back later.
use std::collections::BTreeMap;

use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason};
use jicai_domain::ids::{AcceptanceId, GoodsDeliveryId, GoodsReturnId, OrderLineId};
use jicai_domain::ordering::counts::Counts;
use jicai_domain::ordering::line::Command;
use jicai_domain::ordering::price::{charged, given_back, priced};
use jicai_domain::ordering::quantity::within;
use jicai_domain::ordering::rules::rules_of;
use jicai_store::fresh;
use jicai_store::ordering::deliveries::{self, NewAcceptance, NewReturn, Shipped};
use jicai_store::ordering::lines::Held;
use rust_decimal::Decimal;

use super::answer::answered;
use super::ship::{arrives, places};
use super::work::{Side, Work};
use super::{Several, bounded, each_once};
use crate::app::App;
use crate::audit::{keyed, once};
use crate::errors::Error;
use crate::pricing::leave_bought;

/// What a hospital decides about a delivery.
#[derive(Clone, Debug)]
pub struct AcceptLine {
    /// The delivery.
    pub delivery: GoodsDeliveryId,
    /// How many packs it takes; all that it does not reject where it is not said.
    pub accepted: Option<u64>,
    /// How many it rejects.
    pub rejected: u64,
    /// Why.
    pub reason: Option<Reason>,
    /// What patients are charged for a pack.
    pub charge_price: Option<Decimal>,
}

/// Takes deliveries whole or in part; the acceptances, in the order of the request. Errors, with the line: `FORBIDDEN`, `NOT_FOUND`,
/// `ORDER_LINE_STATE`, `ACCEPTANCE_EXCEEDS`, `PACK_UNIT_SLIP`, `QUANTITY_INVALID`, `REASON_MISSING`, `CHARGE_MARKED_UP`.
pub async fn accept_deliveries(
    app: &App,
    caller: &Caller,
    lines: &[AcceptLine],
    key: &IdempotencyKey,
) -> Result<Several<AcceptanceId>, Error> {
    caller.require(Permission::PlaceOrders)?;
    bounded(lines)?;
    each_once(lines.iter().map(|one| one.delivery))?;
    let said = format!("{lines:?}");
    let keyed = keyed(app, Some(caller), key, "accept_deliveries", &[&said]);
    once(app, &keyed, async |tx| {
        let wanted: Vec<GoodsDeliveryId> = lines.iter().map(|one| one.delivery).collect();
        let of = deliveries::lines(tx, &wanted).await?;
        let ids = places(&wanted, |one| of.get(&one).copied())?;
        let mut work = Work::begin(tx, caller, Side::Hospital, &ids).await?;
        let mut shipped = deliveries::of_held(tx, &wanted).await?;
        let mut taken: Vec<(OrderLineId, NewAcceptance)> = Vec::new();
        for (place, one) in lines.iter().enumerate() {
            let Some(shipped) = shipped.get_mut(&one.delivery) else { continue };
            let accepted = decide(&mut work, (place, one), shipped)?;
            taken.extend(accepted.map(|accepted| (shipped.line, accepted)));
        }
        deliveries::save(tx, &shipped.values().collect::<Vec<_>>()).await?;
        let now = work.now;
        let held = work.end(tx).await?;
        let by_id: BTreeMap<OrderLineId, &Held> = held.iter().map(|held| (held.id, held)).collect();
        let answer: Vec<AcceptanceId> = taken.iter().map(|(_line, one)| one.id).collect();
        leave_bought(tx, &answer).await?;
        let new = taken.into_iter().filter_map(|(line, one)| Some((*by_id.get(&line)?, one)));
        deliveries::accept(tx, now, &new.collect::<Vec<_>>()).await?;
        answered(tx, caller, ("GoodsAccepted", &[]), (&held, answer)).await
    })
    .await
}

/// What is taken of a delivery, at what price; nothing where all of it is rejected.
fn decide(
    work: &mut Work,
    (place, one): (usize, &AcceptLine),
    shipped: &mut Shipped,
) -> Result<Option<NewAcceptance>, Refusal> {
    let at = |refusal: Refusal| refusal.on_line(place);
    let undecided = shipped.undecided();
    let accepted = one.accepted.unwrap_or(undecided.saturating_sub(one.rejected));
    let decided = accepted.saturating_add(one.rejected);
    if decided == 0 {
        return Err(at(Refusal::of(Code::QuantityInvalid).at("accepted")));
    }
    if (one.rejected > 0) != one.reason.is_some() {
        return Err(at(Refusal::of(Code::ReasonMissing).at("reason").allowing("why packs are rejected")));
    }
    let pack_units = work.line(shipped.line)?.line.pack_units;
    within(decided, undecided, pack_units, Code::AcceptanceExceeds).map_err(at)?;
    if shipped.arrived_at.is_none() {
        arrives(work, shipped)?;
    }
    work.moves(place, shipped.line, Command::Accept { accepted, rejected: one.rejected })?;
    shipped.accepted = shipped.accepted.saturating_add(accepted);
    shipped.rejected = shipped.rejected.saturating_add(one.rejected);
    if let Some(reason) = &one.reason {
        shipped.reason = Some(reason.as_str().to_owned());
    }
    if accepted == 0 {
        return Ok(None);
    }
    let held = work.line(shipped.line)?;
    let rules = rules_of(&held.rules, held.region).ok_or(Refusal::of(Code::Internal))?;
    let priced = priced(rules.price_date, held.price, held.price_now, accepted).map_err(at)?;
    if let Some(charge) = one.charge_price {
        charged(charge, priced.price, rules.markup).map_err(at)?;
    }
    work.happens(shipped.line, Counts { amount_fen: priced.amount.fen(), ..Counts::default() });
    Ok(Some(NewAcceptance { id: fresh(), delivery: shipped.id, packs: accepted, priced }))
}

/// What a hospital gives back.
#[derive(Clone, Debug)]
pub struct ReturnLine {
    /// What was taken.
    pub acceptance: AcceptanceId,
    /// How many packs of it.
    pub packs: u64,
    /// Why.
    pub reason: Reason,
}

/// Gives goods back; the returns, in the order of the request. Errors, with the line: `FORBIDDEN`, `NOT_FOUND`, `ORDER_LINE_STATE`, `RETURN_EXCEEDS`,
/// `PACK_UNIT_SLIP`.
pub async fn return_goods(
    app: &App,
    caller: &Caller,
    lines: &[ReturnLine],
    key: &IdempotencyKey,
) -> Result<Several<GoodsReturnId>, Error> {
    caller.require(Permission::PlaceOrders)?;
    bounded(lines)?;
    each_once(lines.iter().map(|one| one.acceptance))?;
    let said = format!("{lines:?}");
    let keyed = keyed(app, Some(caller), key, "return_goods", &[&said]);
    once(app, &keyed, async |tx| {
        let wanted: Vec<AcceptanceId> = lines.iter().map(|one| one.acceptance).collect();
        let of = deliveries::accepted_lines(tx, &wanted).await?;
        let ids = places(&wanted, |one| of.get(&one).copied())?;
        let mut work = Work::begin(tx, caller, Side::Hospital, &ids).await?;
        let taken = deliveries::taken(tx, &wanted).await?;
        let mut new = Vec::new();
        for (place, (one, line)) in lines.iter().zip(&ids).enumerate() {
            let Some(taken) = taken.get(&one.acceptance) else { continue };
            let left = taken.packs.saturating_sub(taken.returned);
            let pack_units = work.line(*line)?.line.pack_units;
            within(one.packs, left, pack_units, Code::ReturnExceeds)
                .map_err(|refusal| refusal.on_line(place))?;
            work.moves(place, *line, Command::Return { packs: one.packs })?;
            let amount = given_back(taken.price, taken.returned, one.packs)?;
            work.happens(*line, Counts { amount_fen: amount.negative().fen(), ..Counts::default() });
            let reason = one.reason.as_str().to_owned();
            new.push(NewReturn { id: fresh(), acceptance: one.acceptance, packs: one.packs, amount, reason });
        }
        let held = work.end(tx).await?;
        deliveries::give_back(tx, &new).await?;
        leave_bought(tx, &wanted).await?;
        let answer = new.iter().map(|one| one.id).collect();
        answered(tx, caller, ("GoodsReturned", &[]), (&held, answer)).await
    })
    .await
}
