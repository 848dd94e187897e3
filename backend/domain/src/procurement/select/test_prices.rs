//! Section 7: the anchor, the tests of which a shortlisted bid must pass any one, and the exclusion of the highest bid.
use super::judgement::{Entry, How, Judgement, Place};
use crate::exact::Exact;
use crate::procurement::reason::Reason;
use crate::procurement::rules::{Anchor, Consulted, Number, RuleSet};

/// The limits that hold for every bid of the lot.
struct Limits<'r> {
    rules: &'r RuleSet,
    /// Fuse limit and anchor.
    fuse: Option<(Exact, Exact)>,
    floor: Option<&'r Number>,
}

/// What one test found of one bid: how it passed, or why not; both with the numbers.
type Verdict = Result<(How, Reason), Reason>;

/// Tests every shortlisted bid and selects those that pass.
pub(super) fn test_prices(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    if rules.tests.is_empty() {
        return select_by_rank(judgement);
    }
    let limits = limits(rules, judgement);
    let mut consulted = judgement.consulted;
    for entry in judgement.entries.iter_mut().filter(|entry| entry.place == Place::Shortlisted) {
        match test(&limits, entry, &mut consulted) {
            Some((how, reason)) => entry.select(how, entry.comparable.clone(), reason),
            None => entry.failed_tests = true,
        }
    }
    judgement.consulted = consulted;
}

fn select_by_rank(judgement: &mut Judgement<'_>) {
    for entry in judgement.entries.iter_mut().filter(|entry| entry.place == Place::Shortlisted) {
        entry.select(How::Other, entry.comparable.clone(), Reason::ByRank { rank: entry.rank });
    }
}

fn limits<'r>(rules: &'r RuleSet, judgement: &mut Judgement<'_>) -> Limits<'r> {
    let fuse = rules.tests.fuse.as_ref().and_then(|multiple| {
        let anchor = anchor(rules, judgement)?;
        judgement.anchor = Some(anchor.clone());
        Some((judgement.number(multiple) * &anchor, anchor))
    });
    let form = judgement.lot.form;
    let floor = rules.tests.floor.iter().find(|(of, _)| *of == form).map(|(_, floor)| floor);
    Limits { rules, fuse, floor }
}

/// The price against which the fuse is measured (锚点价), over the shortlisted units' first bids.
fn anchor(rules: &RuleSet, judgement: &mut Judgement<'_>) -> Option<Exact> {
    let (method, provision) = &rules.anchor;
    provision.iter().for_each(|provision| judgement.consult(*provision));
    let firsts = judgement.shortlisted_first();
    let prices: Vec<&Exact> = firsts.iter().map(|entry| &entry.comparable).collect();
    let lowest = (*prices.first()?).clone();
    match method {
        Anchor::Lowest => Some(lowest),
        Anchor::HalfMean(factor) => {
            let bound = &factor.value * &Exact::mean(prices)?;
            judgement.number(factor);
            Some(Exact::max_of(&lowest, &bound))
        }
        Anchor::MeanLessDeviation(deviations) => {
            let below = &deviations.value * &Exact::standard_deviation(&prices)?;
            let bound = &Exact::mean(prices)? - &below;
            judgement.number(deviations);
            Some(Exact::max_of(&lowest, &bound))
        }
    }
}

/// Runs the tests in order until one passes; the failed ones stay in the bid's reasons.
fn test(limits: &Limits<'_>, entry: &mut Entry<'_>, consulted: &mut Consulted) -> Option<(How, Reason)> {
    for verdict in [test_fuse, test_cut, test_floor, test_reference, test_printed] {
        match verdict(limits, entry, consulted) {
            Some(Ok(passed)) => return Some(passed),
            Some(Err(reason)) => entry.reasons.push(reason),
            None => {}
        }
    }
    None
}

fn verdict(passed: bool, how: How, yes: Reason, no: Reason) -> Option<Verdict> {
    Some(if passed { Ok((how, yes)) } else { Err(no) })
}

fn test_fuse(limits: &Limits<'_>, entry: &Entry<'_>, _: &mut Consulted) -> Option<Verdict> {
    let (limit, anchor) = limits.fuse.as_ref()?;
    let (price, limit, anchor) = (entry.comparable.clone(), limit.clone(), anchor.clone());
    let yes = Reason::WithinFuse { price: price.clone(), limit: limit.clone(), anchor: anchor.clone() };
    verdict(price <= limit, How::Fuse, yes, Reason::AboveFuse { price, limit, anchor })
}

fn test_cut(limits: &Limits<'_>, entry: &Entry<'_>, consulted: &mut Consulted) -> Option<Verdict> {
    let number = limits.rules.tests.cut.as_ref()?;
    consulted.add(number.provision);
    let threshold = number.value.clone();
    let Some(cut) = cut_of(entry, &entry.unit_price) else {
        return Some(Err(Reason::NoCeiling { threshold }));
    };
    let yes = Reason::CutAtLeast { cut: cut.clone(), threshold: threshold.clone() };
    verdict(cut >= threshold, How::Other, yes, Reason::CutBelow { cut, threshold })
}

/// 1 − unit price / ceiling (降幅); `None` without a ceiling.
pub(super) fn cut_of(entry: &Entry<'_>, unit_price: &Exact) -> Option<Exact> {
    let kept = unit_price.checked_div(&Exact::from(entry.bid.ceiling?))?;
    Some(&Exact::one() - &kept)
}

fn test_floor(limits: &Limits<'_>, entry: &Entry<'_>, consulted: &mut Consulted) -> Option<Verdict> {
    let number = limits.floor?;
    consulted.add(number.provision);
    let (price, floor) = (entry.comparable.clone(), number.value.clone());
    let yes = Reason::AtMostFloor { price: price.clone(), floor: floor.clone() };
    verdict(price <= floor, How::Other, yes, Reason::AboveFloor { price, floor })
}

fn test_reference(limits: &Limits<'_>, entry: &Entry<'_>, consulted: &mut Consulted) -> Option<Verdict> {
    let number = limits.rules.tests.reference.as_ref()?;
    consulted.add(number.provision);
    let (price, reference) = (entry.comparable.clone(), number.value.clone());
    let yes = Reason::AtMostReference { price: price.clone(), reference: reference.clone() };
    verdict(price <= reference, How::Other, yes, Reason::AboveReference { price, reference })
}

fn test_printed(limits: &Limits<'_>, entry: &Entry<'_>, _: &mut Consulted) -> Option<Verdict> {
    let printed = Exact::from(entry.bid.extra(limits.rules.tests.printed?)?);
    let price = entry.comparable.clone();
    let yes = Reason::AtMostPrinted { price: price.clone(), printed: printed.clone() };
    verdict(price <= printed, How::Printed, yes, Reason::AbovePrinted { price, printed })
}

/// A bid that passed is out after all when it is the highest valid one and its rank is not exempt.
pub(super) fn exclude_highest(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    let (Some(exempt), Some(highest)) = (&rules.highest_excluded, judgement.highest()) else { return };
    let exempt_ranks = exempt.value;
    let excluded = |entry: &Entry<'_>| {
        entry.selected.as_ref().is_some_and(|selected| selected.how != How::ZeroVolume)
            && entry.comparable == highest
            && entry.rank > exempt_ranks
    };
    let mut any = false;
    for entry in judgement.entries.iter_mut().filter(|entry| excluded(entry)) {
        any = true;
        entry.selected = None;
        entry.reasons.push(Reason::HighestBid { price: entry.comparable.clone(), rank: entry.rank });
    }
    if any {
        judgement.count(exempt);
    }
}
