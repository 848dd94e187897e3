//! The engine on a round that was put together: its decision as it is kept and as the file that `jicai award` writes.
use std::collections::BTreeMap;

use jicai_domain::ids::{LotId, OrganizationId, RoundProductId};
use jicai_domain::procurement::decision::{BidDecision, LotDecision};
use jicai_domain::procurement::reason::Reason;
use jicai_domain::procurement::result::{BidOutcome, LotOutcome};
use jicai_domain::procurement::rules::{Consulted, RuleSet};
use jicai_domain::procurement::select::select;
use jicai_domain::procurement::tables::{Demand, Lot};
use jicai_domain::procurement::values::Name;
use jicai_store::procurement::results::NewLot;

use crate::errors::Error;
use crate::procurement::form::{Form, JsonForm, SHARE_PLACES, price_text, reasons_json};

/// Whose each product is, by the name that it has in the selection.
pub type Owners = BTreeMap<Name, (RoundProductId, OrganizationId)>;

/// A decided round.
#[derive(Clone, Debug)]
pub struct Decided {
    /// What stands before the lots in the file.
    pub head: String,
    /// Its lots.
    pub lots: Vec<NewLot>,
    /// What stands after them.
    pub tail: String,
}

impl Decided {
    /// The file, byte for byte as `jicai award --format json` writes it.
    pub fn file(&self) -> String {
        file(&self.head, self.lots.iter().map(|lot| lot.json.as_str()), &self.tail)
    }
}

/// A result as a file, of its parts.
pub(super) fn file<'p>(head: &str, lots: impl Iterator<Item = &'p str>, tail: &str) -> String {
    let lots: Vec<&str> = lots.collect();
    format!("{head}{}{tail}", lots.join(JsonForm.between()))
}

/// Decides lots and writes each as its part of the file. Errors: `INTERNAL` where a decision names a product that nobody has.
pub fn decide(rules: &RuleSet, lots: &[(LotId, Lot)], owners: &Owners) -> Result<Decided, Error> {
    let (ids, inputs): (Vec<LotId>, Vec<Lot>) = lots.iter().cloned().unzip();
    let decisions = select(rules, &inputs);
    let mut consulted = Consulted::default();
    decisions.iter().for_each(|decision| consulted.merge(decision.consulted));
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    JsonForm.begin(rules, &mut head).map_err(broken)?;
    JsonForm.end(rules, consulted, None, &mut tail).map_err(broken)?;
    let kept = (1..).zip(ids).zip(&inputs).zip(&decisions);
    let lots = kept.map(|(((place, id), input), decision)| {
        let mut json = Vec::new();
        JsonForm.lot(rules, decision, &mut json).map_err(broken)?;
        let bids = (1..).zip(&decision.bids).map(|(place, bid)| bid_outcome((id, place), bid, owners));
        Ok(NewLot {
            outcome: lot_outcome((id, place), decision),
            json: text(json)?,
            bids: bids.collect::<Result<_, Error>>()?,
            demand: demand_json(&input.demand)?,
        })
    });
    Ok(Decided { lots: lots.collect::<Result<_, Error>>()?, head: text(head)?, tail: text(tail)? })
}

/// Whose the products of some bids are.
pub fn owners<'b>(bids: impl Iterator<Item = (&'b Option<Name>, RoundProductId, OrganizationId)>) -> Owners {
    bids.filter_map(|(name, product, bidder)| Some((name.clone()?, (product, bidder)))).collect()
}

fn lot_outcome((lot, place): (LotId, i32), decision: &LotDecision) -> LotOutcome {
    LotOutcome {
        lot,
        place,
        status: decision.status,
        qualified_bidders: decision.qualified_bidders,
        cap: decision.cap,
        lowest: decision.lowest.as_ref().map(price_text),
        anchor: decision.anchor.as_ref().map(price_text),
        period: decision.period.clone(),
    }
}

fn bid_outcome((lot, place): (LotId, i32), bid: &BidDecision, owners: &Owners) -> Result<BidOutcome, Error> {
    let owner = bid.product.as_ref().and_then(|product| owners.get(product));
    let (product, bidder) = *owner.ok_or_else(|| Error::broken(format!("{:?} is nobody's", bid.product)))?;
    Ok(BidOutcome {
        lot,
        product,
        bidder,
        place,
        rank: bid.rank,
        valid: bid.valid,
        shortlisted: bid.shortlisted,
        selected: bid.selected,
        tied: bid.reasons.iter().any(|reason| matches!(reason, Reason::Tied { .. })),
        unit_price: price_text(&bid.unit_price),
        comparable_price: price_text(&bid.comparable_price),
        final_price: bid.final_price.as_ref().map(price_text),
        share: bid.share.as_ref().map(|share| share.to_short(SHARE_PLACES)),
        agreed_volume: bid.agreed_volume,
        reasons: reasons_json(&bid.reasons).map_err(|error| Error::Broken(error.into()))?,
    })
}

type DemandRow = (String, u64, Option<String>, Option<String>, Option<String>);

fn demand_json(demand: &[Demand]) -> Result<String, Error> {
    let rows: Vec<DemandRow> = demand
        .iter()
        .map(|row| {
            let name = |name: &Option<Name>| name.as_ref().map(ToString::to_string);
            let content = row.content.map(|content| content.to_string());
            (row.region.to_string(), row.volume, name(&row.bidder), name(&row.product), content)
        })
        .collect();
    serde_json::to_string(&rows).map_err(|error| Error::Broken(error.into()))
}

/// The demand that a lot was decided on.
pub(super) fn read_demand(json: &str) -> Result<Vec<Demand>, Error> {
    let rows: Vec<DemandRow> = serde_json::from_str(json).map_err(|error| Error::Broken(error.into()))?;
    let read = rows.into_iter().zip(1..).map(|((region, volume, bidder, product, content), row)| {
        let content = content.map(|content| content.parse()).transpose();
        Ok(Demand {
            row,
            region: region.into(),
            volume,
            bidder: bidder.map(Into::into),
            product: product.map(Into::into),
            content: content.map_err(|error: rust_decimal::Error| Error::Broken(error.into()))?,
        })
    });
    read.collect()
}

fn broken(error: std::io::Error) -> Error {
    Error::Broken(error.into())
}

fn text(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| Error::Broken(error.into()))
}
