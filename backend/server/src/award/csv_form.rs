//! Decisions as CSV: one row per bid, or, against another rule set, one row per bid that differs.
use std::io::{self, Write};

use jicai_domain::procurement::decision::{BidDecision, LotDecision};
use jicai_domain::procurement::rules::{Consulted, RuleSet};
use jicai_service::procurement::form::{Change, Form, SHARE_PLACES, Standing, price_text};

use super::optional;

const BID_HEADER: [&str; 16] = [
    "lot",
    "status",
    "bidder",
    "group",
    "product",
    "content",
    "unit_price",
    "comparable_price",
    "rank",
    "valid",
    "shortlisted",
    "selected",
    "final_price",
    "share",
    "agreed_volume",
    "reasons",
];
const CHANGE_HEADER: [&str; 12] = [
    "lot",
    "bidder",
    "product",
    "content",
    "status",
    "selected",
    "final_price",
    "agreed_volume",
    "against_status",
    "against_selected",
    "against_final_price",
    "against_agreed_volume",
];

/// CSV: every bid, or only those that differ under the other rule set.
pub struct CsvForm {
    /// Whether only the differing bids are wanted.
    pub changes_only: bool,
}

impl Form for CsvForm {
    fn begin(&self, _: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
        let header: &[&str] = if self.changes_only { &CHANGE_HEADER } else { &BID_HEADER };
        Ok(csv::Writer::from_writer(out).write_record(header)?)
    }

    fn lot(&self, _: &RuleSet, decision: &LotDecision, out: &mut Vec<u8>) -> io::Result<()> {
        if self.changes_only {
            return Ok(());
        }
        let mut writer = csv::Writer::from_writer(out);
        decision.bids.iter().try_for_each(|bid| Ok(writer.write_record(bid_record(decision, bid))?))
    }

    fn end(
        &self,
        _: &RuleSet,
        _: Consulted,
        against: Option<(&RuleSet, &[Change])>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        for change in against.iter().flat_map(|(_, changes)| *changes) {
            writer.write_record(change_record(change))?;
        }
        writer.flush()
    }
}
fn bid_record(decision: &LotDecision, bid: &BidDecision) -> [String; 16] {
    let reasons: Vec<String> = bid.reasons.iter().map(reason_text).collect();
    [
        decision.lot.to_string(),
        decision.status.as_str().to_owned(),
        bid.bidder.to_string(),
        bid.group.to_string(),
        optional(bid.product.as_ref()),
        optional(bid.content.map(|content| content.normalize())),
        price_text(&bid.unit_price),
        price_text(&bid.comparable_price),
        optional(bid.rank),
        bid.valid.to_string(),
        bid.shortlisted.to_string(),
        bid.selected.to_string(),
        optional(bid.final_price.as_ref().map(price_text)),
        optional(bid.share.as_ref().map(|share| share.to_short(SHARE_PLACES))),
        optional(bid.agreed_volume),
        reasons.join("; "),
    ]
}

/// `CODE name=value name=value`.
fn reason_text(reason: &jicai_domain::procurement::reason::Reason) -> String {
    let values = reason.values().into_iter().map(|(name, value)| format!(" {name}={}", value.shown()));
    std::iter::once(reason.code().to_owned()).chain(values).collect()
}

fn change_record(change: &Change) -> [String; 12] {
    let [status, selected, price, volume] = standing_fields(&change.here);
    let [other_status, other_selected, other_price, other_volume] = standing_fields(&change.there);
    [
        change.lot.to_string(),
        change.bidder.to_string(),
        optional(change.product.as_ref()),
        optional(change.content.map(|content| content.normalize())),
        status,
        selected,
        price,
        volume,
        other_status,
        other_selected,
        other_price,
        other_volume,
    ]
}

fn standing_fields(standing: &Standing) -> [String; 4] {
    [
        standing.status.as_str().to_owned(),
        standing.selected.to_string(),
        optional(standing.final_price.as_ref().map(price_text)),
        optional(standing.agreed_volume),
    ]
}
