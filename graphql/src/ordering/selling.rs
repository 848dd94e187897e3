//! What sellers do with orders.
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{GoodsDeliveryId, Id, OrganizationId, SelectedProductId};
use jicai_domain::ordering::delivery::{CODES_MAX, parse_label};
use jicai_domain::ordering::quantity::{parse_pack_units, parse_packs};
use jicai_service::ordering as cases;

use super::{each, ids, line_id};
use crate::asking::{app, caller};
use crate::dates::Date;
use crate::error::ApiError;

/// A pack of a product.
#[derive(InputObject)]
struct DeclarePackInput {
    /// The own selected product.
    product: ID,
    /// Smallest units in the pack, as a decimal number.
    units: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Lines that are promised.
#[derive(InputObject)]
struct ConfirmOrderLinesInput {
    /// The lines, 1 to 2,000.
    lines: Vec<ConfirmLineInput>,
    /// The day by whose end they are delivered; the time that the region gives where it is not said.
    deliver_on: Option<Date>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A line that is promised.
#[derive(InputObject)]
struct ConfirmLineInput {
    /// The line.
    line: ID,
    /// How many packs; all of them where it is not said.
    packs: Option<String>,
    /// Why no more.
    reason: Option<String>,
}

impl ConfirmLineInput {
    fn read(&self) -> Result<cases::ConfirmLine, Refusal> {
        let packs = self.packs.as_deref().map(parse_packs).transpose();
        Ok(cases::ConfirmLine {
            line: line_id(&self.line)?,
            packs: packs.map_err(|refusal| refusal.at("packs"))?,
            reason: self.reason.as_deref().map(Reason::parse).transpose()?,
        })
    }
}

/// Lines that are refused, or of which no more is sent.
#[derive(InputObject)]
struct EndOrderLinesInput {
    /// The lines, 1 to 2,000.
    lines: Vec<ID>,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What is shipped with a note.
#[derive(InputObject)]
struct ShipOrderLinesInput {
    /// The institution that the note names.
    hospital: ID,
    /// 随货同行单号, the number of the note.
    note: String,
    /// What is in it, 1 to 2,000 lines.
    lines: Vec<ShipLineInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What is shipped of a line, of one batch.
#[derive(InputObject)]
struct ShipLineInput {
    /// The line.
    line: ID,
    /// How many packs.
    packs: String,
    /// 批号, the batch.
    batch: String,
    /// 有效期至, the last day that it is good.
    expires_on: Date,
    /// Trace codes or UDI of what is in it, at most 1,000.
    #[graphql(default)]
    codes: Vec<String>,
}

impl ShipLineInput {
    fn read(&self) -> Result<cases::ShipLine, Refusal> {
        if self.codes.len() > CODES_MAX {
            let most = format!("at most {CODES_MAX}");
            return Err(Refusal::of(Code::DeliveryInvalid).at("codes").allowing(most));
        }
        Ok(cases::ShipLine {
            line: line_id(&self.line)?,
            packs: parse_packs(&self.packs).map_err(|refusal| refusal.at("packs"))?,
            batch: parse_label(&self.batch, "batch")?,
            expires_on: self.expires_on.0,
            codes: self.codes.iter().map(|code| parse_label(code, "codes")).collect::<Result<_, _>>()?,
        })
    }
}

/// Deliveries that arrived.
#[derive(InputObject)]
struct ReportArrivalInput {
    /// The deliveries, 1 to 2,000.
    deliveries: Vec<ID>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Mutations of orders by sellers.
#[derive(Default)]
pub(crate) struct SellingMutation;

#[Object]
impl SellingMutation {
    /// Say in which packs an own selected product is delivered. A product may have several. 申报包装规格
    async fn declare_pack(&self, ctx: &Context<'_>, input: DeclarePackInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let product = SelectedProductId::parse(&input.product).map_err(|refusal| refusal.at("product"))?;
        let units = parse_pack_units(&input.units).map_err(|refusal| refusal.at("units"))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ID(cases::declare_pack(app(ctx)?, caller, (product, units), &key).await?.to_string()))
    }

    /// Promise lines, whole or in part. 确认采购明细
    async fn confirm_order_lines(
        &self,
        ctx: &Context<'_>,
        input: ConfirmOrderLinesInput,
    ) -> Result<Vec<ID>, ApiError> {
        let caller = caller(ctx)?;
        let lines = each(&input.lines, ConfirmLineInput::read)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let promised = input.deliver_on.map(|day| day.0);
        Ok(ids(&cases::confirm_order_lines(app(ctx)?, caller, (&lines, promised), &key).await?.0))
    }

    /// Refuse lines. 拒绝采购明细
    async fn refuse_order_lines(
        &self,
        ctx: &Context<'_>,
        input: EndOrderLinesInput,
    ) -> Result<Vec<ID>, ApiError> {
        let caller = caller(ctx)?;
        let lines = each(&input.lines, line_id)?;
        let reason = Reason::parse(&input.reason)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ids(&cases::end_order_lines(app(ctx)?, caller, cases::Ending::Refused, (&lines, &reason), &key)
            .await?
            .0))
    }

    /// Ship confirmed lines with a note; the ids of the deliveries. 发货
    async fn ship_order_lines(
        &self,
        ctx: &Context<'_>,
        input: ShipOrderLinesInput,
    ) -> Result<Vec<ID>, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::ShipOrder {
            hospital: OrganizationId::parse(&input.hospital).map_err(|refusal| refusal.at("hospital"))?,
            note: parse_label(&input.note, "note")?,
            lines: each(&input.lines, ShipLineInput::read)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(ids(&cases::ship_order_lines(app(ctx)?, caller, command).await?.0))
    }

    /// Say that deliveries arrived. 送达
    async fn report_arrival(
        &self,
        ctx: &Context<'_>,
        input: ReportArrivalInput,
    ) -> Result<Vec<ID>, ApiError> {
        let caller = caller(ctx)?;
        let read = |id: &ID| GoodsDeliveryId::parse(id).map_err(|refusal| refusal.at("deliveries"));
        let deliveries = each(&input.deliveries, read)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ids(&cases::report_arrival(app(ctx)?, caller, &deliveries, &key).await?.0))
    }

    /// Send no more of lines than was sent. 终止配送
    async fn close_order_lines(
        &self,
        ctx: &Context<'_>,
        input: EndOrderLinesInput,
    ) -> Result<Vec<ID>, ApiError> {
        let caller = caller(ctx)?;
        let lines = each(&input.lines, line_id)?;
        let reason = Reason::parse(&input.reason)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ids(&cases::end_order_lines(app(ctx)?, caller, cases::Ending::Closed, (&lines, &reason), &key)
            .await?
            .0))
    }
}
