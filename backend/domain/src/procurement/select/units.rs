//! Section 4: the A and B units of consumable rounds, and the brand volumes they are sorted by.
use std::collections::BTreeMap;

use super::judgement::{Entry, Judgement, drawn_apart, others};
use crate::exact::Exact;
use crate::procurement::reason::Reason;
use crate::procurement::rules::{RuleSet, Units};
use crate::procurement::tables::Lot;
use crate::procurement::values::Name;

/// Reported brand volume of each bidder with a valid bid, in units of the representative content: the sum of its valid bids'
/// `brand_volume`, or, where none has one, of the demand rows for it.
pub(super) fn brand_volumes<'j>(judgement: &'j Judgement<'_>) -> BTreeMap<&'j Name, Exact> {
    let mut stated: BTreeMap<&Name, Option<Exact>> = BTreeMap::new();
    for entry in &judgement.entries {
        let sum = stated.entry(&entry.bid.bidder).or_default();
        if let Some(volume) = entry.bid.brand_volume {
            let volume = judgement.lot.in_representative_units(volume, entry.bid.content);
            *sum = Some(sum.as_ref().map_or_else(|| volume.clone(), |sum| sum + &volume));
        }
    }
    let from_demand = demand_by_bidder(judgement.lot);
    let demanded = |bidder: &Name| from_demand.get(bidder).cloned().unwrap_or_else(Exact::zero);
    stated.into_iter().map(|(bidder, volume)| (bidder, volume.unwrap_or_else(|| demanded(bidder)))).collect()
}

fn demand_by_bidder(lot: &Lot) -> BTreeMap<&Name, Exact> {
    let mut volumes: BTreeMap<&Name, Exact> = BTreeMap::new();
    for demand in &lot.demand {
        if let Some(bidder) = &demand.bidder {
            let volume = volumes.entry(bidder).or_insert_with(Exact::zero);
            *volume = &*volume + &lot.in_representative_units(demand.volume, demand.content);
        }
    }
    volumes
}

/// A firm, merged over its group.
struct Merged {
    group: Name,
    volume: Exact,
    qualifies: bool,
    /// The first place that its bids have in the order drawn or set on site; kept only where it settles a tie.
    order: Option<u64>,
}

/// The bounds of unit A.
struct Bounds {
    /// Volume that A covers first.
    volume: Exact,
    fill_to: u64,
}

/// Sorts the groups into units A and B and tells each bid.
pub(super) fn sort_into_units(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    let Some(units) = &rules.units else { return };
    let mut groups = merge(judgement, units);
    groups.sort_by(|a, b| b.volume.cmp(&a.volume).then_with(|| a.group.cmp(&b.group)));
    let settled = order_equal_volumes(&mut groups);
    let total = groups.iter().fold(Exact::zero(), |sum, group| &sum + &group.volume);
    let bounds = Bounds {
        volume: judgement.number(&units.cumulative) * &total,
        fill_to: judgement.count(&units.fill_to),
    };
    let order: Vec<&Merged> = groups.iter().collect();
    for entry in &mut judgement.entries {
        entry.reasons.extend(settled.get(entry.bid.group_name()).cloned());
    }
    tell(judgement, &order, &unit_a(&order, &bounds));
    let tied = tied(&order, &bounds);
    if !tied.is_empty() {
        judgement.declare_tie(|entry| tied.contains(&entry.bid.group_name()));
    }
}

fn merge(judgement: &Judgement<'_>, units: &Units) -> Vec<Merged> {
    let volumes = brand_volumes(judgement);
    let mut groups: BTreeMap<&Name, Merged> = BTreeMap::new();
    for entry in &judgement.entries {
        let group = entry.bid.group_name();
        let merged = groups.entry(group).or_insert_with(|| Merged {
            group: group.clone(),
            volume: Exact::zero(),
            qualifies: true,
            order: None,
        });
        merged.order = merged.order.into_iter().chain(entry.bid.tie_order).min();
        merged.qualifies &= meets_conditions(judgement.lot, units, entry);
    }
    let bidder_groups: BTreeMap<&Name, &Name> =
        judgement.entries.iter().map(|entry| (&entry.bid.bidder, entry.bid.group_name())).collect();
    for (bidder, group) in bidder_groups {
        if let (Some(merged), Some(volume)) = (groups.get_mut(group), volumes.get(bidder)) {
            merged.volume = &merged.volume + volume;
        }
    }
    groups.into_values().collect()
}

/// Orders groups of equal volume as drawn or set on site, where that order tells them apart; why, by group.
fn order_equal_volumes(groups: &mut [Merged]) -> BTreeMap<Name, Reason> {
    let mut reasons = BTreeMap::new();
    for equal in groups.chunk_by_mut(|a, b| a.volume == b.volume) {
        if !drawn_apart(equal.iter().map(|group| group.order)) {
            equal.iter_mut().for_each(|group| group.order = None);
            continue;
        }
        equal.sort_by_key(|group| group.order);
        let labels: Vec<(usize, Name)> =
            equal.iter().enumerate().map(|(index, group)| (index, group.group.clone())).collect();
        for (index, group) in equal.iter().enumerate() {
            let order = group.order.unwrap_or_default();
            reasons.insert(group.group.clone(), Reason::TieSettled { order, with: others(&labels, index) });
        }
    }
    reasons
}

fn meets_conditions(lot: &Lot, units: &Units, entry: &Entry<'_>) -> bool {
    let applies = |lots: &[String]| lots.is_empty() || lots.iter().any(|listed| **listed == *lot.name);
    units.conditions.iter().filter(|(_, lots)| applies(lots)).all(|(column, _)| entry.bid.says_yes(*column))
}

/// Why each group of an order is in A; `None` is B. The qualifying groups that cover the first share of the volume come first, then
/// the largest that are left, up to the bound.
fn unit_a(order: &[&Merged], bounds: &Bounds) -> Vec<Option<Reason>> {
    let mut before = Exact::zero();
    let mut reasons = Vec::new();
    for group in order {
        let covers = group.qualifies && before < bounds.volume;
        let reason = || Reason::UnitA {
            volume: group.volume.clone(),
            before: before.clone(),
            bound: bounds.volume.clone(),
        };
        reasons.push(covers.then(reason));
        before = &before + &group.volume;
    }
    let covered = reasons.iter().flatten().count();
    let places = usize::try_from(bounds.fill_to).unwrap_or(usize::MAX).saturating_sub(covered);
    let open = reasons.iter_mut().zip(order).filter(|(reason, group)| group.qualifies && reason.is_none());
    for (reason, group) in open.take(places) {
        *reason = Some(Reason::UnitAFilled { volume: group.volume.clone(), fill_to: bounds.fill_to });
    }
    reasons
}

/// The groups of equal volume that are in A as the first of their equals and in B as the last. Equal groups that qualify are
/// interchangeable, so one of them speaks for all.
fn tied<'g>(order: &[&'g Merged], bounds: &Bounds) -> Vec<&'g Name> {
    let mut tied = Vec::new();
    let mut start = 0usize;
    for equal in order.chunk_by(|a, b| a.volume == b.volume && a.order == b.order) {
        let end = start.saturating_add(equal.len());
        let (larger, smaller) =
            (order.get(..start).unwrap_or_default(), order.get(end..).unwrap_or_default());
        start = end;
        let Some(&one) = equal.iter().find(|group| group.qualifies).filter(|_| equal.len() > 1) else {
            continue;
        };
        let others: Vec<&Merged> = equal.iter().copied().filter(|other| other.group != one.group).collect();
        let first = unit_a(&[larger, &[one], &others, smaller].concat(), bounds);
        let last = unit_a(&[larger, &others, &[one], smaller].concat(), bounds);
        let in_a =
            |reasons: &[Option<Reason>], position: usize| reasons.get(position).is_some_and(Option::is_some);
        if in_a(&first, larger.len()) != in_a(&last, end.saturating_sub(1)) {
            tied.extend(equal.iter().filter(|group| group.qualifies).map(|group| &group.group));
        }
    }
    tied
}

fn tell(judgement: &mut Judgement<'_>, order: &[&Merged], reasons: &[Option<Reason>]) {
    let pairs = order.iter().zip(reasons).map(|(group, reason)| {
        let in_b = || Reason::UnitB { volume: group.volume.clone() };
        (&group.group, reason.clone().unwrap_or_else(in_b))
    });
    let by_group: BTreeMap<&Name, Reason> = pairs.collect();
    for entry in &mut judgement.entries {
        entry.reasons.extend(by_group.get(entry.bid.group_name()).cloned());
    }
}
