//! The selection (拟中选): rule set + lots with bids and demand -> who is selected, why, at what price and volume, for which
//! regions. The steps are those of `backend/domain/rules/README.md`, in its order.
mod conclude;
mod judgement;
mod price;
mod rank;
mod regions;
mod revive;
mod second_step;
mod shortlist;
mod test_prices;
mod turns;
mod units;
mod volumes;

pub use price::Factors;

use judgement::Judgement;

use super::decision::LotDecision;
use super::rules::{Blocks, RuleSet};
use super::supply::Market;
use super::tables::Lot;

/// Decides a round. The result depends on nothing but its arguments, and not on the order of bids, demand or preferences.
/// Prices are yuan per smallest unit, compared as exact ratios; volumes are whole units of the representative content.
/// Lots come back in their order. It cannot fail: faults of the input are found by [`assemble`](super::tables::assemble).
pub fn select(rules: &RuleSet, lots: &[Lot]) -> Vec<LotDecision> {
    select_part(rules, &Factors::of(rules, lots), lots)
}

/// [`select`] on some lots of a round whose rule set has no second step, so that a large round can be decided in parts; with one, on
/// all of them. Units, scale and order are those of [`select`].
pub fn select_part(rules: &RuleSet, factors: &Factors, lots: &[Lot]) -> Vec<LotDecision> {
    let mut judgements: Vec<Judgement<'_>> = lots.iter().map(|lot| judge(rules, factors, lot)).collect();
    second_step::second_step(rules, &mut judgements);
    judgements.into_iter().map(|judgement| conclude::conclude(rules, judgement)).collect()
}

/// The market of each lot, in which its selected firms choose regions (section 12); none for a lot where nothing is chosen. Preferences
/// do not matter.
pub fn markets(rules: &RuleSet, lots: &[Lot]) -> Vec<Option<Market>> {
    let factors = Factors::of(rules, lots);
    let mut judgements: Vec<Judgement<'_>> = lots.iter().map(|lot| judge(rules, &factors, lot)).collect();
    second_step::second_step(rules, &mut judgements);
    judgements.iter().map(|judgement| volumes::market(rules, judgement)).collect()
}

/// Sections 1 to 8 for one lot: validity, order, groups, units, shortlist, tests and revivals.
fn judge<'a>(rules: &RuleSet, factors: &Factors, lot: &'a Lot) -> Judgement<'a> {
    let mut judgement = price::price_bids(rules, factors, lot);
    rank::rank(rules, &mut judgement);
    rank::stand_for_groups(rules, &mut judgement);
    units::sort_into_units(rules, &mut judgement);
    if judgement.tell_unknown(rules, Blocks::Selection, |entry| entry.stands) {
        return judgement;
    }
    shortlist::shortlist(rules, &mut judgement);
    if !judgement.tied {
        test_prices::test_prices(rules, &mut judgement);
        test_prices::exclude_highest(rules, &mut judgement);
        revive::revive(rules, &mut judgement);
    }
    rank::settle_standing(rules, &mut judgement);
    judgement
}
