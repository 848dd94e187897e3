//! Orders, deliveries, acceptances, returns and fulfilment over GraphQL.
mod blocking;
mod buying;
mod filing;
mod fulfilment;
mod negotiating;
mod offering;
mod query;
mod rationing;
mod selling;
mod shares;
mod types;

use async_graphql::{ID, MergedObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, OrderLineId};
use jicai_domain::ordering::LINES_MAX;

/// All that can be asked of orders and fulfilment.
#[derive(MergedObject, Default)]
pub(crate) struct OrderingQueries(
    query::OrderingQuery,
    fulfilment::FulfilmentQuery,
    negotiating::NegotiationQuery,
    filing::FilingQuery,
    blocking::BlockQuery,
    shares::PurchaseShareQuery,
    offering::OfferQuery,
);

/// All that can be done with orders.
#[derive(MergedObject, Default)]
pub(crate) struct OrderingMutations(
    buying::OrderingMutation,
    selling::SellingMutation,
    rationing::RationingMutation,
    negotiating::NegotiationMutation,
    filing::FilingMutation,
    blocking::BlockMutation,
);

/// Refuses more lines than are read. Errors: `ORDER_INVALID`.
fn bounded<T>(lines: &[T]) -> Result<(), Refusal> {
    if lines.len() <= LINES_MAX {
        return Ok(());
    }
    Err(Refusal::of(Code::OrderInvalid).at("lines").allowing(format!("1 to {LINES_MAX}")))
}

/// Reads each line of an input, and says which one is at fault.
fn each<T, U>(lines: &[T], read: impl Fn(&T) -> Result<U, Refusal>) -> Result<Vec<U>, Refusal> {
    bounded(lines)?;
    lines.iter().enumerate().map(|(at, line)| read(line).map_err(|refusal| refusal.on_line(at))).collect()
}

fn line_id(id: &ID) -> Result<OrderLineId, Refusal> {
    OrderLineId::parse(id).map_err(|refusal| refusal.at("line"))
}

fn ids<T: ToString>(answer: &[T]) -> Vec<ID> {
    answer.iter().map(|id| ID(id.to_string())).collect()
}
