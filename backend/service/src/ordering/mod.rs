//! Orders, deliveries, acceptances, returns, rationing, and how far agreed volume is fulfilled.
mod accept;
mod answer;
mod block;
mod file;
mod negotiate;
mod offer;
mod place;
mod ration;
mod read;
mod shares;
mod sheet;
mod ship;
mod terms;
mod work;

pub use accept::{AcceptLine, ReturnLine, accept_deliveries, return_goods};
pub use answer::{Answered, ConfirmLine, Ending, confirm_order_lines, end_order_lines, report_emergency};
pub use block::{
    BlockProduct, LiftProductBlock, alternatives, alternatives_to, block_product, lift_product_block,
    product_blocks,
};
pub use file::{DecideFiling, FilePurchase, decide_filing, file_purchase, filings};
pub use jicai_domain::ordering::block::Block;
pub use jicai_domain::ordering::negotiation::NegotiatedPrice;
pub use jicai_store::ordering::blocks::Alternative;
pub use jicai_store::ordering::filings::ShownFiling;
pub use jicai_store::ordering::fulfilment::{MonthKey, ShownMonth, Wanted as WantedMonths};
pub use jicai_store::ordering::goods::{ShownAcceptance, ShownDelivery, WantedDeliveries};
pub use jicai_store::ordering::offers::{OFFERED, Offer, OfferKey, OfferedPart};
pub use jicai_store::ordering::rationings::ShownRationing;
pub use jicai_store::ordering::shown::{ShownLine, ShownOrder, Wanted as WantedLines};
pub use negotiate::{AnswerPrice, ProposePrice, answer_price, negotiated_prices, propose_price};
pub use offer::{Orderable, orderable};
pub use place::{OrderLineWish, OrderedOn, PlaceOrder, declare_pack, place_order};
pub use ration::{DeclareRationing, declare_rationing, end_rationing};
pub(crate) use read::bought;
pub use read::{
    ContractStands, Stands, acceptances, contract_fulfilment, deliveries, months, order, order_line,
    order_lines, orders, rationings, stands,
};
pub use shares::{GenericShare, Span, generic_shares, purchase_kinds};
pub(crate) use sheet::{OrderSheet, order_sheet};
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
