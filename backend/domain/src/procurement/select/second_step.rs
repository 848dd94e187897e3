//! Section 9: the second step of the 4+7 pilot, over all lots of the round.
use super::judgement::{Entry, How, Judgement, drawn_apart, others};
use super::test_prices::cut_of;
use crate::exact::Exact;
use crate::procurement::reason::Reason;
use crate::procurement::rules::{RuleSet, SecondStep};
use crate::procurement::values::Name;

/// A lot with a pre-selected bid.
struct Candidate {
    /// Position of its judgement.
    lot: usize,
    /// Cut of its first pre-selected bid; `None` without a ceiling.
    cut: Option<Exact>,
    /// The place of that bid in the order drawn or set on site; kept only where it settles a tie.
    order: Option<u64>,
    groups: u64,
}

impl Candidate {
    /// Neither cut nor order tells the two apart.
    fn equals(&self, other: &Self) -> bool {
        self.cut == other.cut && self.order == other.order
    }
}

/// Orders the lots by the cut of their pre-selected bids, selects the first at once and settles the others by negotiation
/// (4+7 pilot, step two). Cuts are fractions of the ceiling, exact. Does nothing for rule sets without a second step.
pub(super) fn second_step(rules: &RuleSet, judgements: &mut [Judgement<'_>]) {
    let Some(step) = &rules.second_step else { return };
    let mut candidates = pre_select(judgements);
    candidates.sort_by(|a, b| b.cut.cmp(&a.cut));
    order_equal_cuts(judgements, &mut candidates);
    let at_once = usize::try_from(step.at_once.value).unwrap_or(usize::MAX);
    let tied = tied_at_bound(step, &candidates, at_once);
    let ranked = if candidates.len() <= at_once {
        candidates.len()
    } else {
        candidates.iter().filter(|candidate| candidate.cut.is_some()).count()
    };
    let (first, rest) = candidates.split_at(ranked.min(at_once));
    let minimum = minimum_cut(step, first);
    for (place, candidate) in (1..).zip(first) {
        with_lot(judgements, candidate, |judgement| select_at_once(judgement, step, place));
    }
    for candidate in rest {
        with_lot(judgements, candidate, |judgement| negotiate(judgement, step, minimum.as_ref()));
    }
    tie_lots(judgements, &tied);
}

/// Puts whole lots in a tie; each names the others.
fn tie_lots(judgements: &mut [Judgement<'_>], tied: &[usize]) {
    let labels = lot_names(judgements, tied.iter().copied());
    for (lot, _) in &labels {
        let Some(judgement) = judgements.get_mut(*lot) else { continue };
        let pre_selected: Vec<bool> = judgement.entries.iter().map(is_pre_selected).collect();
        judgement.tie_with(&others(&labels, *lot), |position| pre_selected.get(position) == Some(&true));
    }
}

fn is_pre_selected(entry: &Entry<'_>) -> bool {
    entry.reasons.iter().any(|reason| matches!(reason, Reason::Preselected { .. }))
}

fn with_lot<'a>(
    judgements: &mut [Judgement<'a>],
    candidate: &Candidate,
    act: impl FnOnce(&mut Judgement<'a>),
) {
    if let Some(judgement) = judgements.get_mut(candidate.lot) {
        act(judgement);
    }
}

fn pre_select(judgements: &mut [Judgement<'_>]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (lot, judgement) in judgements.iter_mut().enumerate().filter(|(_, judgement)| !judgement.tied) {
        let groups = judgement.qualified;
        let mut first = None;
        for entry in judgement.entries.iter_mut().filter(|entry| entry.selected.is_some()) {
            let cut = || cut_of(entry, &entry.unit_price);
            first.get_or_insert_with(|| Candidate { lot, cut: cut(), order: entry.bid.tie_order, groups });
            entry.reasons.push(Reason::Preselected { price: entry.comparable.clone() });
        }
        candidates.extend(first);
    }
    candidates
}

/// Orders lots of equal cut as drawn or set on site, where that order tells them apart, and says so.
fn order_equal_cuts(judgements: &mut [Judgement<'_>], candidates: &mut [Candidate]) {
    for equal in candidates.chunk_by_mut(|a, b| a.cut == b.cut) {
        if equal.iter().any(|candidate| candidate.cut.is_none())
            || !drawn_apart(equal.iter().map(|candidate| candidate.order))
        {
            equal.iter_mut().for_each(|candidate| candidate.order = None);
            continue;
        }
        equal.sort_by_key(|candidate| candidate.order);
        let labels = lot_names(judgements, equal.iter().map(|candidate| candidate.lot));
        for candidate in &*equal {
            let order = candidate.order.unwrap_or_default();
            let reason = Reason::TieSettled { order, with: others(&labels, candidate.lot) };
            with_lot(judgements, candidate, |judgement| {
                let pre_selected = judgement.entries.iter_mut().filter(|entry| is_pre_selected(entry));
                pre_selected.for_each(|entry| entry.reasons.push(reason.clone()));
            });
        }
    }
}

fn lot_names(judgements: &[Judgement<'_>], lots: impl Iterator<Item = usize>) -> Vec<(usize, Name)> {
    lots.filter_map(|lot| Some((lot, judgements.get(lot)?.lot.name.clone()))).collect()
}

/// The lots with the same cut on both sides of the bound; and, where it depends on them which lots set the minimum cut, all that
/// come after them.
fn tied_at_bound(step: &SecondStep, candidates: &[Candidate], at_once: usize) -> Vec<usize> {
    let last = at_once.checked_sub(1).and_then(|last| candidates.get(last));
    let (Some(last), Some(next)) = (last, candidates.get(at_once)) else { return Vec::new() };
    if !last.equals(next) || last.cut.is_none() {
        return Vec::new();
    }
    let enough = |candidate: &Candidate| candidate.groups >= step.minimum_from_bidders.value;
    let tied: Vec<&Candidate> = candidates.iter().filter(|candidate| candidate.equals(last)).collect();
    let mixed =
        tied.iter().any(|candidate| enough(candidate)) && !tied.iter().all(|candidate| enough(candidate));
    let after = |candidate: &Candidate| {
        candidate.cut.is_some() && (&last.cut, candidate.order) > (&candidate.cut, last.order)
    };
    let depends = |candidate: &Candidate| candidate.equals(last) || (mixed && after(candidate));
    candidates.iter().filter(|candidate| depends(candidate)).map(|candidate| candidate.lot).collect()
}

/// The mean cut of the lots selected at once in which enough groups bid.
fn minimum_cut(step: &SecondStep, first: &[Candidate]) -> Option<Exact> {
    let enough = first.iter().filter(|candidate| candidate.groups >= step.minimum_from_bidders.value);
    Exact::mean(enough.filter_map(|candidate| candidate.cut.as_ref()))
}

fn select_at_once(judgement: &mut Judgement<'_>, step: &SecondStep, place: u64) {
    let at_once = judgement.count(&step.at_once);
    for entry in judgement.entries.iter_mut().filter(|entry| entry.selected.is_some()) {
        entry.reasons.push(Reason::SelectedAtOnce { place, at_once });
    }
}

fn negotiate(judgement: &mut Judgement<'_>, step: &SecondStep, minimum: Option<&Exact>) {
    let at_once = judgement.count(&step.at_once);
    judgement.count(&step.minimum_from_bidders);
    for entry in judgement.entries.iter_mut().filter(|entry| entry.selected.is_some()) {
        entry.selected = None;
        let Some(cut) = cut_of(entry, &entry.unit_price) else {
            entry.reasons.push(Reason::CutUnknown { at_once });
            continue;
        };
        match minimum {
            Some(minimum) => settle(entry, step, cut, minimum.clone()),
            None => entry.reasons.push(Reason::RuleUnknown { rule: "minimum_cut".into() }),
        }
    }
}

fn settle(entry: &mut Entry<'_>, step: &SecondStep, cut: Exact, minimum: Exact) {
    let negotiated = step.column.and_then(|column| entry.bid.extra(column));
    let unit_price =
        negotiated.and_then(|price| Exact::from(price).checked_div(&Exact::from(entry.bid.units)));
    let offer = unit_price.and_then(|unit_price| Some((cut_of(entry, &unit_price)?, unit_price)));
    let cut = offer.as_ref().map_or(cut, |(cut, _)| cut.clone());
    match offer {
        Some((_, unit_price)) if cut >= minimum => {
            let comparable =
                entry.factor.as_ref().and_then(|factor| unit_price.checked_div(factor)).unwrap_or(unit_price);
            entry.select(How::Other, comparable, Reason::Negotiated { cut, minimum });
        }
        Some(_) | None => entry.reasons.push(Reason::Negotiation { cut, minimum }),
    }
}
