//! Sections 1 and 2: unit price, comparable price, validity.
use std::collections::HashMap;

use rust_decimal::Decimal;

use super::judgement::{Entry, Judgement, Place};
use crate::exact::Exact;
use crate::procurement::reason::Reason;
use crate::procurement::rules::{Comparable, Consulted, Number, RuleSet};
use crate::procurement::tables::{Bid, Lot};

/// The power factors K of a round's contents (section 1), computed once before its lots are judged.
#[derive(Debug, Default)]
pub struct Factors(HashMap<(Decimal, Decimal), Option<Exact>>);

impl Factors {
    /// The factors of all contents that the lots' bids quote: pure numbers, rounded as
    /// [`Exact::power_of_log2`] says.
    pub fn of(rules: &RuleSet, lots: &[Lot]) -> Self {
        let mut factors = HashMap::new();
        if let Comparable::Power(base) = &rules.comparable {
            for lot in lots {
                for pair in lot.bids.iter().filter_map(|bid| differing_contents(lot, bid)) {
                    factors.entry(pair).or_insert_with(|| power(base, pair));
                }
            }
        }
        Self(factors)
    }

    /// K of a bid's content; `None` is 1.
    fn get(&self, rules: &RuleSet, lot: &Lot, bid: &Bid, consulted: &mut Consulted) -> Option<Exact> {
        match &rules.comparable {
            Comparable::Same => None,
            Comparable::Ratios(listed) => {
                let content = bid.content.or(lot.representative_content)?;
                let (_, ratio) = listed.iter().find(|(known, _)| *known == content)?;
                consulted.add(ratio.provision);
                Some(ratio.value.clone())
            }
            Comparable::Power(base) => {
                let pair = differing_contents(lot, bid)?;
                consulted.add(base.provision);
                self.0.get(&pair).cloned().unwrap_or_else(|| power(base, pair))
            }
        }
    }
}

/// A bid's content and the representative one, where they differ.
fn differing_contents(lot: &Lot, bid: &Bid) -> Option<(Decimal, Decimal)> {
    let pair = (bid.content?, lot.representative_content?);
    (pair.0 != pair.1).then_some(pair)
}

fn power(base: &Number, (content, representative): (Decimal, Decimal)) -> Option<Exact> {
    base.value.power_of_log2(&Exact::from(content).checked_div(&Exact::from(representative))?)
}

/// Prices every bid and sets the void ones apart.
pub(super) fn price_bids<'a>(rules: &RuleSet, factors: &Factors, lot: &'a Lot) -> Judgement<'a> {
    let mut judgement = Judgement {
        lot,
        entries: Vec::with_capacity(lot.bids.len()),
        void: Vec::new(),
        qualified: 0,
        cap: None,
        lowest: None,
        anchor: None,
        tied: false,
        consulted: Consulted::default(),
    };
    for bid in &lot.bids {
        let factor = factors.get(rules, lot, bid, &mut judgement.consulted);
        let mut entry = price_bid(lot, bid, factor);
        match bid.ceiling.map(Exact::from).filter(|ceiling| entry.unit_price > *ceiling) {
            Some(ceiling) => {
                entry.reasons.push(Reason::AboveCeiling { price: entry.unit_price.clone(), ceiling });
                judgement.void.push(entry);
            }
            None => judgement.entries.push(entry),
        }
    }
    judgement.void.sort_by(|a, b| identity(a).cmp(&identity(b)));
    judgement
}

/// What orders bids that nothing else orders, so that the input's order never matters.
pub(super) fn identity<'e>(entry: &'e Entry<'_>) -> impl Ord + use<'e> {
    (&entry.bid.bidder, &entry.bid.product, entry.content)
}

fn price_bid<'a>(lot: &Lot, bid: &'a Bid, factor: Option<Exact>) -> Entry<'a> {
    let price = Exact::from(bid.price);
    let unit_price =
        if bid.units == 1 { price } else { price.checked_div(&Exact::from(bid.units)).unwrap_or(price) };
    let comparable = factor
        .as_ref()
        .and_then(|factor| unit_price.checked_div(factor))
        .unwrap_or_else(|| unit_price.clone());
    Entry {
        bid,
        content: bid.content.or(lot.representative_content),
        unit_price,
        factor,
        comparable,
        unit: 0,
        class: 0,
        rank: 0,
        stands: false,
        contests: false,
        place: Place::None,
        failed_tests: false,
        selected: None,
        reasons: Vec::new(),
    }
}
