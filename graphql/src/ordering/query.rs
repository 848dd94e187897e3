//! What can be asked about orders.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::errors::Refusal;
use jicai_domain::ids::{AcceptanceId, ContractId, GoodsDeliveryId, Id, OrderId, OrderLineId, RationingId};
use jicai_service::ordering as cases;

use super::rationing::Rationing;
use super::types::{Acceptance, GoodsDelivery, Order, OrderLine, OrderLineStatus};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// Which lines.
#[derive(Default, InputObject)]
struct OrderLineFilter {
    /// Of that order.
    order: Option<ID>,
    /// On that contract.
    contract: Option<ID>,
    /// That far.
    status: Option<OrderLineStatus>,
}

impl TryFrom<OrderLineFilter> for cases::WantedLines {
    type Error = Refusal;

    fn try_from(filter: OrderLineFilter) -> Result<Self, Refusal> {
        let order = filter.order.map(|order| OrderId::parse(&order)).transpose();
        let contract = filter.contract.map(|contract| ContractId::parse(&contract)).transpose();
        Ok(Self {
            order: order.map_err(|refusal| refusal.at("order"))?,
            contract: contract.map_err(|refusal| refusal.at("contract"))?,
            status: filter.status.map(Into::into),
            line: None,
        })
    }
}

/// Which deliveries.
#[derive(Default, InputObject)]
struct GoodsDeliveryFilter {
    /// Of that line.
    line: Option<ID>,
    /// That came with the note of that number.
    note: Option<String>,
    /// Only those of which something waits to be taken or rejected.
    #[graphql(default)]
    waiting: bool,
}

/// Queries about orders.
#[derive(Default)]
pub(crate) struct OrderingQuery;

#[Object]
impl OrderingQuery {
    /// An order of which the caller may see a line: as the hospital, the seller, the enterprise, the office or the authority. 采购单
    #[graphql(complexity = "1 + child_complexity")]
    async fn order(&self, ctx: &Context<'_>, id: ID) -> Result<Order, ApiError> {
        let caller = caller(ctx)?;
        let id = OrderId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(Order(cases::order(app(ctx)?, caller, id).await?))
    }

    /// Such orders, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Order>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), OrderId::parse)?;
        let part = cases::orders(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), Order))
    }

    /// A line that the caller may see. 采购明细
    #[graphql(complexity = "1 + child_complexity")]
    async fn order_line(&self, ctx: &Context<'_>, id: ID) -> Result<OrderLine, ApiError> {
        let caller = caller(ctx)?;
        let id = OrderLineId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(OrderLine::of(cases::order_line(app(ctx)?, caller, id).await?))
    }

    /// Such lines, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn order_lines(
        &self,
        ctx: &Context<'_>,
        filter: Option<OrderLineFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, OrderLine>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), OrderLineId::parse)?;
        let wanted = filter.unwrap_or_default().try_into()?;
        let part = cases::order_lines(app(ctx)?, caller, &wanted, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), OrderLine::of))
    }

    /// Deliveries of such lines, the newest first. 配送单
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn goods_deliveries(
        &self,
        ctx: &Context<'_>,
        filter: Option<GoodsDeliveryFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, GoodsDelivery>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), GoodsDeliveryId::parse)?;
        let filter = filter.unwrap_or_default();
        let line = filter.line.as_ref().map(super::line_id).transpose()?;
        let wanted = cases::WantedDeliveries { line, note: filter.note, waiting: filter.waiting };
        let part = cases::deliveries(app(ctx)?, caller, &wanted, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), GoodsDelivery::of))
    }

    /// Acceptances of such lines, or of that one, the newest first. 验收单
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn acceptances(
        &self,
        ctx: &Context<'_>,
        line: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Acceptance>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), AcceptanceId::parse)?;
        let line = line.as_ref().map(super::line_id).transpose()?;
        let part = cases::acceptances(app(ctx)?, caller, line, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), Acceptance::of))
    }

    /// 限量供应, rationings of the caller's regions, products or office, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn rationings(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Rationing>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), RationingId::parse)?;
        let part = cases::rationings(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), Rationing::of))
    }
}
