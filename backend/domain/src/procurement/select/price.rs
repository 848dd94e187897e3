//! Sections 1 and 2: unit price, comparable price, validity.
use std::collections::HashMap;

use rust_decimal::Decimal;

use super::judgement::{Entry, Judgement, Place};
use crate::exact::Exact;
use crate::procurement::reason::Reason;
use crate::procurement::round::{Bid, Lot};
use crate::procurement::rules::{Comparable, Consulted, RuleSet};

/// The factors K met so far; each is computed once.
#[derive(Debug, Default)]
pub struct Factors(HashMap<(Decimal, Decimal), Option<Exact>>);

impl Factors {
    /// K of a content; `None` is 1.
    fn of(
        &mut self,
        rules: &RuleSet,
        lot: &Lot,
        content: Option<Decimal>,
        consulted: &mut Consulted,
    ) -> Option<Exact> {
        let content = content.or(lot.representative_content)?;
        match &rules.comparable {
            Comparable::Same => None,
            Comparable::Ratios(listed) => {
                let (_, ratio) = listed.iter().find(|(known, _)| *known == content)?;
                consulted.add(ratio.provision);
                Some(ratio.value.clone())
            }
            Comparable::Power(base) => {
                let representative =
                    lot.representative_content.filter(|representative| *representative != content)?;
                consulted.add(base.provision);
                let power = || {
                    Exact::from(content)
                        .checked_div(&Exact::from(representative))
                        .and_then(|ratio| base.value.power_of_log2(&ratio))
                };
                self.0.entry((content, representative)).or_insert_with(power).clone()
            }
        }
    }
}

/// Prices every bid and sets the void ones apart.
pub(super) fn price_bids<'a>(rules: &RuleSet, factors: &mut Factors, lot: &'a Lot) -> Judgement<'a> {
    let mut judgement = Judgement {
        lot,
        entries: Vec::with_capacity(lot.bids.len()),
        void: Vec::new(),
        qualified: 0,
        cap: None,
        anchor: None,
        tied: false,
        consulted: Consulted::default(),
    };
    for bid in &lot.bids {
        let factor = factors.of(rules, lot, bid.content, &mut judgement.consulted);
        let mut entry = price_bid(bid, factor);
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
    (&entry.bid.bidder, &entry.bid.product, entry.bid.content)
}

fn price_bid(bid: &Bid, factor: Option<Exact>) -> Entry<'_> {
    let price = Exact::from(bid.price);
    let unit_price =
        if bid.units == 1 { price } else { price.checked_div(&Exact::from(bid.units)).unwrap_or(price) };
    let comparable = factor
        .as_ref()
        .and_then(|factor| unit_price.checked_div(factor))
        .unwrap_or_else(|| unit_price.clone());
    Entry {
        bid,
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
