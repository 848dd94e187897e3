//! What another rule set would have decided on the same bids.
use std::collections::HashMap;

use jicai_domain::exact::Exact;
use jicai_domain::procurement::decision::{BidDecision, LotDecision, LotStatus};
use jicai_domain::procurement::values::Name;
use rust_decimal::Decimal;

/// One bid's result under one rule set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The lot's status.
    pub status: LotStatus,
    /// Whether it is selected.
    pub selected: bool,
    /// At what price.
    pub final_price: Option<Exact>,
    /// With what volume.
    pub agreed_volume: Option<u64>,
}

impl Standing {
    fn of(lot: &LotDecision, bid: &BidDecision) -> Self {
        Self {
            status: lot.status,
            selected: bid.selected,
            final_price: bid.final_price.clone(),
            agreed_volume: bid.agreed_volume,
        }
    }
}

/// A bid whose result differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The lot.
    pub lot: Name,
    /// The bidder.
    pub bidder: Name,
    /// Its product.
    pub product: Option<Name>,
    /// Its content.
    pub content: Option<Decimal>,
    /// Under the rule set of the award.
    pub here: Standing,
    /// Under the other rule set.
    pub there: Standing,
}

/// The bids of a lot whose result differs between two decisions on it, in the order of the first.
pub fn compare(one: &LotDecision, other: &LotDecision) -> Vec<Change> {
    let counterparts: HashMap<_, &BidDecision> = other.bids.iter().map(|bid| (identity(bid), bid)).collect();
    let changes = one.bids.iter().filter_map(|bid| {
        let counterpart = counterparts.get(&identity(bid))?;
        let (here, there) = (Standing::of(one, bid), Standing::of(other, counterpart));
        (here != there).then(|| Change {
            lot: one.lot.clone(),
            bidder: bid.bidder.clone(),
            product: bid.product.clone(),
            content: bid.content,
            here,
            there,
        })
    });
    changes.collect()
}

fn identity(bid: &BidDecision) -> (&Name, Option<&Name>, Option<Decimal>) {
    (&bid.bidder, bid.product.as_ref(), bid.content)
}
