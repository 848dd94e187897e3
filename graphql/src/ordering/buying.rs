//! What hospitals do with orders.
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{AcceptanceId, GoodsDeliveryId, Id, OrganizationId};
use jicai_domain::ordering::delivery::parse_label;
use jicai_domain::ordering::quantity::{parse_pack_units, parse_packs, parse_packs_or_none, parse_units};
use jicai_domain::procurement::values::parse_positive;
use jicai_service::ordering as cases;

use super::types::{Order, OrderLine};
use super::{each, ids, line_id};
use crate::asking::{app, caller};
use crate::error::ApiError;

/// An order.
#[derive(InputObject)]
struct PlaceOrderInput {
    /// A member that the own institution leads, where the order is for that one.
    institution: Option<ID>,
    /// The hospital's own number of it.
    number: Option<String>,
    /// Its lines, 1 to 2,000.
    lines: Vec<OrderLineInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A line of an order: on a contract, a listing, a negotiated price or a filing; on one of them.
#[derive(InputObject)]
struct OrderLineInput {
    /// A contract in force that the institution has a part of.
    contract: Option<ID>,
    /// With a contract: a pack that was added to its product, at its own price.
    added_pack: Option<ID>,
    /// A listing of the institution's region, at the listed price; in an emergency, of any region.
    listing: Option<ID>,
    /// With a listing: why it is an emergency. It is reported afterwards.
    emergency: Option<String>,
    /// A price that the institution and the firm agreed on.
    negotiated: Option<ID>,
    /// A filing that was approved.
    filing: Option<ID>,
    /// Smallest units in the pack, as a decimal number.
    pack_units: String,
    /// How many packs, a whole number.
    packs: String,
    /// The same in smallest units, to be compared, where the hospital's system counts them.
    units: Option<String>,
}

impl OrderLineInput {
    fn read(&self) -> Result<cases::OrderLineWish, Refusal> {
        let units = self.units.as_deref().map(parse_units).transpose();
        Ok(cases::OrderLineWish {
            on: self.on()?,
            pack_units: parse_pack_units(&self.pack_units).map_err(|refusal| refusal.at("packUnits"))?,
            packs: parse_packs(&self.packs).map_err(|refusal| refusal.at("packs"))?,
            units: units.map_err(|refusal| refusal.at("units"))?,
        })
    }

    fn on(&self) -> Result<cases::OrderedOn, Refusal> {
        let contract = one(self.contract.as_ref(), "contract")?;
        let added = one(self.added_pack.as_ref(), "addedPack")?;
        let listing = one(self.listing.as_ref(), "listing")?;
        let negotiated = one(self.negotiated.as_ref(), "negotiated")?;
        let filing = one(self.filing.as_ref(), "filing")?;
        let emergency = self.emergency.as_deref().map(Reason::parse).transpose();
        let emergency = emergency.map_err(|refusal| refusal.at("emergency"))?;
        match (contract, added, listing, emergency, negotiated, filing) {
            (Some(contract), added, None, None, None, None) => {
                Ok(cases::OrderedOn::Contract(contract, added))
            }
            (None, None, Some(listing), None, None, None) => Ok(cases::OrderedOn::Listing(listing)),
            (None, None, Some(listing), Some(why), None, None) => {
                Ok(cases::OrderedOn::Emergency(listing, why))
            }
            (None, None, None, None, Some(price), None) => Ok(cases::OrderedOn::Negotiated(price)),
            (None, None, None, None, None, Some(filing)) => Ok(cases::OrderedOn::Filing(filing)),
            _several => Err(Refusal::of(Code::OrderBasis).at("contract")),
        }
    }
}

fn one<T: Id>(id: Option<&ID>, field: &'static str) -> Result<Option<T>, Refusal> {
    id.map(|id| T::parse(id)).transpose().map_err(|refusal| refusal.at(field))
}

/// Lines that are cancelled.
#[derive(InputObject)]
struct CancelOrderLinesInput {
    /// The lines, 1 to 2,000.
    lines: Vec<ID>,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What an emergency was.
#[derive(InputObject)]
struct ReportEmergencyInput {
    /// The line.
    line: ID,
    /// What happened, who decided, why nothing else would do.
    report: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What is decided about deliveries.
#[derive(InputObject)]
struct AcceptDeliveriesInput {
    /// The deliveries, 1 to 2,000.
    lines: Vec<AcceptLineInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What is decided about a delivery.
#[derive(InputObject)]
struct AcceptLineInput {
    /// The delivery.
    delivery: ID,
    /// How many packs are taken; all that are not rejected where it is not said.
    accepted: Option<String>,
    /// How many packs are rejected.
    rejected: Option<String>,
    /// Why packs are rejected.
    reason: Option<String>,
    /// What patients are charged for a pack, as a decimal: no more than what is paid and the mark-up that the region allows.
    charge_price: Option<String>,
}

impl AcceptLineInput {
    fn read(&self) -> Result<cases::AcceptLine, Refusal> {
        let delivery = GoodsDeliveryId::parse(&self.delivery).map_err(|refusal| refusal.at("delivery"))?;
        let accepted = self.accepted.as_deref().map(parse_packs_or_none).transpose();
        let rejected = self.rejected.as_deref().map(parse_packs_or_none).transpose();
        let charge = self.charge_price.as_deref().map(parse_positive).transpose();
        Ok(cases::AcceptLine {
            delivery,
            accepted: accepted.map_err(|refusal| refusal.at("accepted"))?,
            rejected: rejected.map_err(|refusal| refusal.at("rejected"))?.unwrap_or(0),
            reason: self.reason.as_deref().map(Reason::parse).transpose()?,
            charge_price: charge.map_err(|_value| Refusal::of(Code::DecimalInvalid).at("chargePrice"))?,
        })
    }
}

/// Goods that go back.
#[derive(InputObject)]
struct ReturnGoodsInput {
    /// What goes back, 1 to 2,000.
    lines: Vec<ReturnLineInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What goes back of an acceptance.
#[derive(InputObject)]
struct ReturnLineInput {
    /// The acceptance.
    acceptance: ID,
    /// How many packs.
    packs: String,
    /// Why.
    reason: String,
}

impl ReturnLineInput {
    fn read(&self) -> Result<cases::ReturnLine, Refusal> {
        Ok(cases::ReturnLine {
            acceptance: AcceptanceId::parse(&self.acceptance).map_err(|refusal| refusal.at("acceptance"))?,
            packs: parse_packs(&self.packs).map_err(|refusal| refusal.at("packs"))?,
            reason: Reason::parse(&self.reason)?,
        })
    }
}

/// Mutations of orders by hospitals.
#[derive(Default)]
pub(crate) struct OrderingMutation;

#[Object]
impl OrderingMutation {
    /// Order for the own institution, or for a member that it leads: on contracts in force, listings, negotiated prices and filings. 提交采购单
    #[graphql(complexity = "1 + child_complexity")]
    async fn place_order(&self, ctx: &Context<'_>, input: PlaceOrderInput) -> Result<Order, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let institution = input.institution.as_ref().map(|id| OrganizationId::parse(id)).transpose();
        let number = input.number.as_deref().map(|number| parse_label(number, "number")).transpose()?;
        let command = cases::PlaceOrder {
            institution: institution.map_err(|refusal| refusal.at("institution"))?,
            number,
            lines: each(&input.lines, OrderLineInput::read)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let id = cases::place_order(app, caller, command).await?;
        Ok(Order(cases::order(app, caller, id).await?))
    }

    /// Cancel lines of which nothing was sent. 撤销采购明细
    async fn cancel_order_lines(
        &self,
        ctx: &Context<'_>,
        input: CancelOrderLinesInput,
    ) -> Result<Vec<ID>, ApiError> {
        let caller = caller(ctx)?;
        let lines = each(&input.lines, line_id)?;
        let reason = Reason::parse(&input.reason)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ids(&cases::end_order_lines(app(ctx)?, caller, cases::Ending::Cancelled, (&lines, &reason), &key)
            .await?
            .0))
    }

    /// Say afterwards what an emergency was. 补报应急采购
    #[graphql(complexity = "1 + child_complexity")]
    async fn report_emergency(
        &self,
        ctx: &Context<'_>,
        input: ReportEmergencyInput,
    ) -> Result<OrderLine, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let line = line_id(&input.line)?;
        let text = Reason::parse(&input.report).map_err(|refusal| refusal.at("report"))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        cases::report_emergency(app, caller, (line, &text), &key).await?;
        Ok(OrderLine::of(cases::order_line(app, caller, line).await?))
    }

    /// Take deliveries whole or in part, or reject them; the ids of the acceptances. 验收
    async fn accept_deliveries(
        &self,
        ctx: &Context<'_>,
        input: AcceptDeliveriesInput,
    ) -> Result<Vec<ID>, ApiError> {
        let caller = caller(ctx)?;
        let lines = each(&input.lines, AcceptLineInput::read)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ids(&cases::accept_deliveries(app(ctx)?, caller, &lines, &key).await?.0))
    }

    /// Give back goods that were taken; the ids of the returns. 退货
    async fn return_goods(&self, ctx: &Context<'_>, input: ReturnGoodsInput) -> Result<Vec<ID>, ApiError> {
        let caller = caller(ctx)?;
        let lines = each(&input.lines, ReturnLineInput::read)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ids(&cases::return_goods(app(ctx)?, caller, &lines, &key).await?.0))
    }
}
