//! Sellers ship, and goods arrive.
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{GoodsDeliveryId, OrderLineId, OrganizationId};
use jicai_domain::ordering::counts::Counts;
use jicai_domain::ordering::delivery::still_good;
use jicai_domain::ordering::line::Command;
use jicai_domain::time::{Day, Timestamp};
use jicai_store::fresh;
use jicai_store::ordering::deliveries::{self, NewDelivery, Shipped};
use jicai_store::ordering::lines::Held;

use super::answer::answered;
use super::work::{Side, Work};
use super::{Several, bounded, each_once};
use crate::app::App;
use crate::audit::{keyed, once};
use crate::errors::Error;

/// What is shipped of a line, of one batch.
#[derive(Clone, Debug)]
pub struct ShipLine {
    /// The line.
    pub line: OrderLineId,
    /// How many packs.
    pub packs: u64,
    /// The batch.
    pub batch: String,
    /// The last day that it is good.
    pub expires_on: Day,
    /// Trace codes or UDI.
    pub codes: Vec<String>,
}

/// What is shipped with a note.
#[derive(Clone, Debug)]
pub struct ShipOrder {
    /// Whom the note names.
    pub hospital: OrganizationId,
    /// The number of the note.
    pub note: String,
    /// What is in it.
    pub lines: Vec<ShipLine>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Ships confirmed lines to a hospital; the deliveries, in the order of the request. Errors, with the line: `FORBIDDEN`, `NOT_FOUND`,
/// `ORDER_LINE_STATE`, `SHIPMENT_EXCEEDS`, `PACK_UNIT_SLIP`, `EXPIRY_PAST`, `DELIVERY_ELSEWHERE`.
pub async fn ship_order_lines(
    app: &App,
    caller: &Caller,
    command: ShipOrder,
) -> Result<Several<GoodsDeliveryId>, Error> {
    caller.require(Permission::FulfilOrders)?;
    bounded(&command.lines)?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "ship_order_lines", &[&said]);
    once(app, &keyed, async |tx| {
        let ids: Vec<OrderLineId> = command.lines.iter().map(|one| one.line).collect();
        let mut work = Work::begin(tx, caller, Side::Seller, &ids).await?;
        let today = work.now.day_in_china();
        let mut new = Vec::new();
        for (place, one) in command.lines.iter().enumerate() {
            if work.line(one.line)?.hospital != command.hospital {
                return Err(Refusal::of(Code::DeliveryElsewhere).on_line(place).at("hospital").into());
            }
            still_good(one.expires_on, today).map_err(|refusal| refusal.on_line(place))?;
            work.moves(place, one.line, Command::Ship { packs: one.packs })?;
            new.push(delivery(one));
        }
        let held = work.end(tx).await?;
        let of = |id: OrderLineId| held.iter().find(|held| held.id == id);
        let rows: Vec<(&Held, &NewDelivery)> =
            ids.iter().zip(&new).filter_map(|(id, new)| Some((of(*id)?, new))).collect();
        deliveries::add(tx, &command.note, &rows).await?;
        let answer = new.iter().map(|one| one.id).collect();
        let said = [("note", command.note.clone())];
        answered(tx, caller, ("OrderShipped", &said), (&held, answer)).await
    })
    .await
}

fn delivery(one: &ShipLine) -> NewDelivery {
    NewDelivery {
        id: fresh(),
        packs: one.packs,
        batch: one.batch.clone(),
        expires_on: one.expires_on,
        codes: one.codes.clone(),
    }
}

/// Says that deliveries arrived. Errors, with the line: `FORBIDDEN`, `NOT_FOUND`, `ORDER_LINE_STATE`.
pub async fn report_arrival(
    app: &App,
    caller: &Caller,
    wanted: &[GoodsDeliveryId],
    key: &IdempotencyKey,
) -> Result<Several<GoodsDeliveryId>, Error> {
    caller.require(Permission::FulfilOrders)?;
    bounded(wanted)?;
    each_once(wanted.iter())?;
    let said = format!("{wanted:?}");
    let keyed = keyed(app, Some(caller), key, "report_arrival", &[&said]);
    once(app, &keyed, async |tx| {
        let lines = deliveries::lines(tx, wanted).await?;
        let ids = places(wanted, |one| lines.get(&one).copied())?;
        let mut work = Work::begin(tx, caller, Side::Seller, &ids).await?;
        let mut shipped = deliveries::of_held(tx, wanted).await?;
        for (place, one) in wanted.iter().enumerate() {
            let Some(one) = shipped.get_mut(one) else { continue };
            if one.arrived_at.is_some() {
                return Err(Refusal::of(Code::OrderLineState).on_line(place).at("delivery").into());
            }
            work.moves(place, one.line, Command::Arrive)?;
            arrives(&mut work, one)?;
        }
        deliveries::save(tx, &shipped.values().collect::<Vec<_>>()).await?;
        let held = work.end(tx).await?;
        answered(tx, caller, ("OrderArrived", &[]), (&held, wanted.to_vec())).await
    })
    .await
}

/// The lines of what is named. Errors: `NOT_FOUND` with the place.
pub(super) fn places<T: Copy>(
    named: &[T],
    line: impl Fn(T) -> Option<OrderLineId>,
) -> Result<Vec<OrderLineId>, Refusal> {
    let find = |(place, one): (usize, &T)| line(*one).ok_or(Refusal::of(Code::NotFound).on_line(place));
    named.iter().enumerate().map(find).collect()
}

/// A delivery arrives now, in time or not.
pub(super) fn arrives(work: &mut Work, shipped: &mut Shipped) -> Result<(), Refusal> {
    let now: Timestamp = work.now;
    let held = work.line(shipped.line)?;
    let on_time = held.deliver_by.is_none_or(|by| now <= by);
    let units = held.line.units(shipped.packs);
    shipped.arrived_at = Some(now);
    shipped.on_time = Some(on_time);
    work.happens(shipped.line, Counts::arrived(units, on_time));
    Ok(())
}
