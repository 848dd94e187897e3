//! What is left open (README section 13) and the result in printable form.
use super::number::print;
use super::{BidResult, Case, Decision, Entry, Rules};

/// Section 13: `rejection` leaves open whoever no known test selects, `volume` the volumes of those selected.
pub(super) fn left_open(rules: &Rules, case: &mut Case) {
    let (rejection, volume) = (rules.blocks("rejection"), rules.blocks("volume"));
    for entry in case.entries.iter_mut().filter(|e| e.valid) {
        if (entry.selected && volume) || (!entry.selected && entry.stands && rejection) {
            entry.note("RULE_UNKNOWN");
        }
    }
}

pub(super) fn decision(case: Case) -> Decision {
    let status = match (case.groups, case.tied) {
        (0, _) => "no_valid_bid",
        (_, true) => "tied",
        (_, false) => "decided",
    };
    let tied = case.tied;
    Decision {
        lot: case.lot.name.clone(),
        status: status.to_string(),
        qualified_bidders: case.groups,
        cap: case.cap,
        lowest: case.lowest.as_ref().map(print),
        anchor: case.anchor.as_ref().map(print),
        bids: case.entries.into_iter().map(|entry| result(entry, tied)).collect(),
        regions: if tied { Vec::new() } else { case.regions },
    }
}

/// In a tied lot nobody is selected (section 3).
fn result(entry: Entry, tied: bool) -> BidResult {
    let selected = entry.selected && !tied;
    let final_price = entry.final_comparable.as_ref().map(|price| price * &entry.factor);
    BidResult {
        bidder: entry.bid.bidder.clone(),
        product: entry.bid.product.clone(),
        content: entry.bid.content.clone(),
        rank: entry.valid.then_some(entry.rank),
        valid: entry.valid,
        shortlisted: entry.shortlisted,
        selected,
        final_price: final_price.filter(|_| selected).as_ref().map(print),
        share: entry.share.filter(|_| selected).as_ref().map(print),
        agreed_volume: entry.agreed_volume.filter(|_| selected),
        codes: entry.codes,
    }
}
