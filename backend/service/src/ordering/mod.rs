//! Orders, deliveries, acceptances, returns, rationing, and how far agreed volume is fulfilled.
mod accept;
mod answer;
mod place;
mod ration;
mod read;
mod ship;
mod work;

pub use accept::{AcceptLine, ReturnLine, accept_deliveries, return_goods};
pub use answer::{
    Answered, ConfirmLine, cancel_order_lines, close_order_lines, confirm_order_lines, refuse_order_lines,
};
pub use jicai_store::ordering::fulfilment::{MonthKey, Orderable, ShownMonth, Wanted as WantedMonths};
pub use jicai_store::ordering::goods::{ShownAcceptance, ShownDelivery, WantedDeliveries};
pub use jicai_store::ordering::rationings::ShownRationing;
pub use jicai_store::ordering::shown::{ShownLine, ShownOrder, Wanted as WantedLines};
pub use place::{OrderLineWish, PlaceOrder, declare_pack, place_order};
pub use ration::{DeclareRationing, declare_rationing, end_rationing};
pub(crate) use read::bought;
pub use read::{
    ContractStands, Stands, acceptances, contract_fulfilment, deliveries, months, order, order_line,
    order_lines, orderable, orders, rationings, stands,
};
pub use ship::{ShipLine, ShipOrder, report_arrival, ship_order_lines};

use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::Id;
use jicai_domain::ordering::LINES_MAX;

use crate::audit::Answer;

/// Several ids as an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Several<T>(pub Vec<T>);

impl<T: Id + ToString> Answer for Several<T> {
    fn to_text(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    fn from_text(text: &str) -> Option<Self> {
        text.split_whitespace().map(|id| T::parse(id).ok()).collect::<Option<Vec<_>>>().map(Several)
    }
}

/// Refuses no lines, and too many. Errors: `ORDER_INVALID`.
fn bounded<T>(lines: &[T]) -> Result<(), Refusal> {
    if (1..=LINES_MAX).contains(&lines.len()) {
        return Ok(());
    }
    Err(Refusal::of(Code::OrderInvalid).at("lines").allowing(format!("1 to {LINES_MAX}")))
}

/// Refuses something that is named twice. Errors: `ORDER_INVALID` with the line.
fn each_once<T: Ord + Copy>(named: impl Iterator<Item = T>) -> Result<(), Refusal> {
    let mut seen = std::collections::BTreeSet::new();
    for (place, one) in named.enumerate() {
        if !seen.insert(one) {
            return Err(Refusal::of(Code::OrderInvalid).on_line(place).at("lines").allowing("each once"));
        }
    }
    Ok(())
}
