//! What is shown of orders.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use jicai_domain::ids::{Id, OrderLineId};
use jicai_domain::settlement::money::Money;
use jicai_service::{Changed, ordering as cases};

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// How far a line of an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::ordering::line::Status")]
pub(super) enum OrderLineStatus {
    /// It is being written.
    Draft,
    /// 待确认: the seller has to answer.
    Placed,
    /// 已确认.
    Confirmed,
    /// 已拒绝: the seller does not deliver it.
    Refused,
    /// 配送中: something was sent.
    Shipped,
    /// 已送达: something arrived and waits for acceptance.
    Delivered,
    /// 部分验收: something was taken, and something was rejected or is still to come.
    AcceptedInPart,
    /// 已验收: all that comes was taken.
    Accepted,
    /// 已退货: all that was taken went back.
    Returned,
    /// 已关闭: nothing came, or all of it was rejected.
    Closed,
    /// 已撤销: the hospital cancelled it before anything was sent.
    Cancelled,
}

/// 采购单, an order.
pub(super) struct Order(pub(super) cases::ShownOrder);

#[Object]
impl Order {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id of the institution that it is for.
    async fn hospital_id(&self) -> ID {
        ID(self.0.hospital.to_string())
    }

    /// The name of that institution.
    async fn hospital_name(&self) -> &str {
        &self.0.hospital_name
    }

    /// The code of the smallest region that holds it.
    async fn region_code(&self) -> String {
        self.0.region.to_string()
    }

    /// The hospital's own number of it.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// How many lines it has.
    async fn line_count(&self) -> i32 {
        self.0.lines
    }

    /// When it was placed.
    async fn placed_at(&self) -> DateTime {
        DateTime(self.0.placed_at)
    }

    /// Its lines as far as the caller may see them, the last first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn lines(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, OrderLine>, ApiError> {
        let page = page(first, after.as_deref(), OrderLineId::parse)?;
        let wanted = cases::WantedLines { order: Some(self.0.id), ..Default::default() };
        let part = cases::order_lines(app(ctx)?, caller(ctx)?, &wanted, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), OrderLine::of))
    }
}

/// 采购明细, a line of an order. Quantities are whole packs, as decimal numbers.
#[derive(SimpleObject)]
pub(super) struct OrderLine {
    /// Its id.
    id: ID,
    /// The id of the order.
    order_id: ID,
    /// The hospital's own number of the order.
    order_number: Option<String>,
    /// The hospital's own number of the line, where it came by a table.
    row_number: Option<String>,
    /// Its place in the order, from 1.
    place: i32,
    /// SELECTED on a contract, LISTED at the listed price, NEGOTIATED below it, FILED with the office's approval, or EMERGENCY.
    kind: String,
    /// The id of the contract.
    contract_id: Option<ID>,
    /// The id of the added pack of its product.
    added_pack_id: Option<ID>,
    /// The id of the listing.
    listing_id: Option<ID>,
    /// The id of the negotiated price.
    negotiated_id: Option<ID>,
    /// The id of the filing.
    filing_id: Option<ID>,
    /// The id of the rationing that it took from.
    rationing_id: Option<ID>,
    /// The product's name.
    product_name: Option<String>,
    /// Its specification.
    spec: Option<String>,
    /// The smallest unit.
    unit: Option<String>,
    /// The id of the institution that ordered.
    hospital_id: ID,
    /// Its name.
    hospital_name: String,
    /// The id of who delivers and invoices.
    seller_id: ID,
    /// Its name.
    seller_name: String,
    /// The id of the selected enterprise.
    manufacturer_id: ID,
    /// The code of the institution's region.
    region_code: String,
    /// Smallest units in a pack, as a decimal number.
    pack_units: String,
    /// The price of a pack when it was ordered, tax included, as a decimal.
    price: String,
    /// What was ordered.
    ordered: String,
    /// What the seller promised.
    confirmed: String,
    /// What will not come.
    cancelled: String,
    /// What was sent.
    shipped: String,
    /// What was taken.
    accepted: String,
    /// What was rejected.
    rejected: String,
    /// What went back later.
    returned: String,
    /// How far it is.
    status: OrderLineStatus,
    /// Why it was refused or cancelled, or why less comes.
    reason: Option<String>,
    /// The rule file that it was ordered under, with its version.
    rules: String,
    /// When it was placed.
    placed_at: DateTime,
    /// By when the seller answers.
    confirm_by: DateTime,
    /// When the seller confirmed.
    confirmed_at: Option<DateTime>,
    /// By when it is to be delivered.
    deliver_by: Option<DateTime>,
    /// Why it is an emergency.
    emergency: Option<String>,
    /// By when an emergency is to be reported.
    report_by: Option<DateTime>,
    /// What was reported of it.
    report: Option<String>,
    /// When.
    reported_at: Option<DateTime>,
    /// How often it changed.
    version: i32,
}

impl OrderLine {
    pub(super) fn of(line: cases::ShownLine) -> OrderLine {
        let packs = line.packs;
        OrderLine {
            id: ID(line.id.to_string()),
            order_id: ID(line.order.to_string()),
            order_number: line.number,
            row_number: line.row,
            place: line.place,
            kind: line.kind.label().to_owned(),
            contract_id: line.contract.map(|id| ID(id.to_string())),
            added_pack_id: line.added_pack.map(|id| ID(id.to_string())),
            listing_id: line.listing.map(|id| ID(id.to_string())),
            negotiated_id: line.negotiated.map(|id| ID(id.to_string())),
            filing_id: line.filing.map(|id| ID(id.to_string())),
            rationing_id: line.rationing.map(|id| ID(id.to_string())),
            product_name: line.product_name,
            spec: line.spec,
            unit: line.unit,
            hospital_id: ID(line.hospital.to_string()),
            hospital_name: line.hospital_name,
            seller_id: ID(line.seller.to_string()),
            seller_name: line.seller_name,
            manufacturer_id: ID(line.manufacturer.to_string()),
            region_code: line.region.to_string(),
            pack_units: line.pack_units.to_string(),
            price: line.price.normalize().to_string(),
            ordered: packs.ordered.to_string(),
            confirmed: packs.confirmed.to_string(),
            cancelled: packs.cancelled.to_string(),
            shipped: packs.shipped.to_string(),
            accepted: packs.accepted.to_string(),
            rejected: packs.rejected.to_string(),
            returned: packs.returned.to_string(),
            status: line.status.into(),
            reason: line.reason,
            rules: line.rules,
            placed_at: DateTime(line.placed_at),
            confirm_by: DateTime(line.confirm_by),
            confirmed_at: line.confirmed_at.map(DateTime),
            deliver_by: line.deliver_by.map(DateTime),
            emergency: line.because,
            report_by: line.report_by.map(DateTime),
            report: line.report,
            reported_at: line.reported_at.map(DateTime),
            version: line.version,
        }
    }
}

/// 配送单, what was shipped of a line, of one batch.
#[derive(SimpleObject)]
pub(super) struct GoodsDelivery {
    /// Its id.
    id: ID,
    /// The id of the line.
    line_id: ID,
    /// The id of the institution.
    hospital_id: ID,
    /// The id of who delivers.
    seller_id: ID,
    /// 随货同行单号, the number of the note.
    note: String,
    /// 批号, the batch.
    batch: String,
    /// 有效期至, the last day that it is good.
    expires_on: Date,
    /// Trace codes or UDI of what is in it.
    codes: Vec<String>,
    /// How many packs, as a decimal number.
    packs: String,
    /// What of it was taken.
    accepted: String,
    /// What of it was rejected.
    rejected: String,
    /// Why.
    reason: Option<String>,
    /// When it was sent.
    shipped_at: DateTime,
    /// When it arrived.
    arrived_at: Option<DateTime>,
    /// Whether that was in time.
    on_time: Option<bool>,
}

impl GoodsDelivery {
    pub(super) fn of(delivery: cases::ShownDelivery) -> GoodsDelivery {
        GoodsDelivery {
            id: ID(delivery.id.to_string()),
            line_id: ID(delivery.line.to_string()),
            hospital_id: ID(delivery.hospital.to_string()),
            seller_id: ID(delivery.seller.to_string()),
            note: delivery.note,
            batch: delivery.batch,
            expires_on: Date(delivery.expires_on),
            codes: delivery.codes,
            packs: delivery.packs.to_string(),
            accepted: delivery.accepted.to_string(),
            rejected: delivery.rejected.to_string(),
            reason: delivery.reason,
            shipped_at: DateTime(delivery.shipped_at),
            arrived_at: delivery.arrived_at.map(DateTime),
            on_time: delivery.on_time,
        }
    }
}

/// 验收, what a hospital took of a delivery. Amounts are yuan with two decimals.
#[derive(SimpleObject)]
pub(super) struct Acceptance {
    /// Its id.
    id: ID,
    /// The id of the line.
    line_id: ID,
    /// The id of the delivery.
    delivery_id: ID,
    /// The id of the institution.
    hospital_id: ID,
    /// The id of who is paid.
    seller_id: ID,
    /// How many packs, as a decimal number.
    packs: String,
    /// What one of them cost, as a decimal: the price of the order or that of the acceptance, as the region has it.
    price: String,
    /// What they cost together.
    amount: String,
    /// 差价, that less what they came to at the price of the order; 0.00 where the price is the same.
    difference: String,
    /// How many packs went back.
    returned: String,
    /// What they had cost.
    returned_amount: String,
    /// When they were taken.
    accepted_at: DateTime,
}

impl Acceptance {
    pub(super) fn of(one: cases::ShownAcceptance) -> Acceptance {
        Acceptance {
            id: ID(one.id.to_string()),
            line_id: ID(one.line.to_string()),
            delivery_id: ID(one.delivery.to_string()),
            hospital_id: ID(one.hospital.to_string()),
            seller_id: ID(one.seller.to_string()),
            packs: one.packs.to_string(),
            price: one.price.normalize().to_string(),
            amount: yuan(one.amount_fen),
            difference: yuan(one.difference_fen),
            returned: one.returned.to_string(),
            returned_amount: yuan(one.returned_fen),
            accepted_at: DateTime(one.accepted_at),
        }
    }
}

/// Fen as yuan.
pub(super) fn yuan(fen: i64) -> String {
    Money::of_fen(fen).unwrap_or_default().to_string()
}

/// Something that changed, and its version now.
#[derive(SimpleObject)]
#[graphql(name = "OrderBasisChanged")]
pub(super) struct Moved {
    /// Its id.
    id: ID,
    /// How often it changed.
    version: i32,
}

impl Moved {
    pub(super) fn of<T: ToString>(changed: &Changed<T>) -> Moved {
        Moved { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}
