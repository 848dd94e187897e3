//! Section 4: the A and B units of consumable rounds, and the brand volumes they are sorted by.
use std::collections::BTreeMap;

use super::judgement::{Entry, Judgement};
use super::volumes::linear_ratio;
use crate::exact::Exact;
use crate::procurement::reason::Reason;
use crate::procurement::round::Lot;
use crate::procurement::rules::{RuleSet, Units};
use crate::procurement::values::Name;

/// Reported brand volume of each bidder with a valid bid, in units of the representative content: the sum of its valid bids'
/// `brand_volume`, or, where none has one, of the demand rows for it.
pub(super) fn brand_volumes<'j>(judgement: &'j Judgement<'_>) -> BTreeMap<&'j Name, Exact> {
    let mut stated: BTreeMap<&Name, Option<u64>> = BTreeMap::new();
    for entry in &judgement.entries {
        let sum = stated.entry(&entry.bid.bidder).or_default();
        *sum = entry.bid.brand_volume.map(|volume| sum.unwrap_or(0).saturating_add(volume)).or(*sum);
    }
    let from_demand = demand_by_bidder(judgement.lot);
    stated
        .into_iter()
        .map(|(bidder, volume)| match volume {
            Some(volume) => (bidder, Exact::from(volume)),
            None => (bidder, from_demand.get(bidder).cloned().unwrap_or_else(Exact::zero)),
        })
        .collect()
}

fn demand_by_bidder(lot: &Lot) -> BTreeMap<&Name, Exact> {
    let mut volumes: BTreeMap<&Name, Exact> = BTreeMap::new();
    for demand in &lot.demand {
        if let Some(bidder) = &demand.bidder {
            let volume = volumes.entry(bidder).or_insert_with(Exact::zero);
            *volume = &*volume + &(&Exact::from(demand.volume) * &linear_ratio(lot, demand.content));
        }
    }
    volumes
}

/// A firm, merged over its group.
struct Merged {
    group: Name,
    volume: Exact,
    qualifies: bool,
    reason: Option<Reason>,
}

/// Sorts the groups into units A and B and tells each bid.
pub(super) fn sort_into_units(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    let Some(units) = &rules.units else { return };
    let mut groups = merge(judgement, units);
    groups.sort_by(|a, b| b.volume.cmp(&a.volume).then_with(|| a.group.cmp(&b.group)));
    let bound = judgement.number(&units.cumulative).clone();
    let fill_to = judgement.count(&units.fill_to);
    let mut tied = cover(&mut groups, &bound);
    tied.extend(fill(&mut groups, fill_to));
    tell(judgement, &groups);
    if !tied.is_empty() {
        judgement.declare_tie(|entry| tied.contains(entry.bid.group_name()));
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
            reason: None,
        });
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

fn meets_conditions(lot: &Lot, units: &Units, entry: &Entry<'_>) -> bool {
    let applies = |lots: &[String]| lots.is_empty() || lots.iter().any(|listed| **listed == *lot.name);
    units.conditions.iter().filter(|(_, lots)| applies(lots)).all(|(column, _)| entry.bid.says_yes(*column))
}

/// Puts the qualifying groups that cover the first share of the volume into A. Returns the groups whose tie matters.
fn cover(groups: &mut [Merged], share: &Exact) -> Vec<Name> {
    let total = groups.iter().fold(Exact::zero(), |sum, group| &sum + &group.volume);
    let bound = share * &total;
    let mut before = Exact::zero();
    let mut tied = Vec::new();
    for equal in groups.chunk_by_mut(|a, b| a.volume == b.volume) {
        let (first, mut last) = (before.clone(), before.clone());
        for group in equal.iter_mut() {
            last = before.clone();
            if group.qualifies && before < bound {
                let reason = Reason::UnitA {
                    volume: group.volume.clone(),
                    before: before.clone(),
                    bound: bound.clone(),
                };
                group.reason = Some(reason);
            }
            before = &before + &group.volume;
        }
        if first < bound && last >= bound && equal.iter().any(|group| group.qualifies) {
            tied.extend(equal.iter().map(|group| group.group.clone()));
        }
    }
    tied
}

/// Fills A up with the largest qualifying groups that are left. Returns the groups whose tie matters.
fn fill(groups: &mut [Merged], fill_to: u64) -> Vec<Name> {
    let in_a = groups.iter().filter(|group| group.reason.is_some()).count();
    let mut places = usize::try_from(fill_to).unwrap_or(usize::MAX).saturating_sub(in_a);
    let mut tied = Vec::new();
    for equal in groups.chunk_by_mut(|a, b| a.volume == b.volume) {
        let open: Vec<&mut Merged> =
            equal.iter_mut().filter(|group| group.qualifies && group.reason.is_none()).collect();
        if places > 0 && open.len() > places {
            tied.extend(open.iter().map(|group| group.group.clone()));
        }
        for group in open.into_iter().take(places) {
            group.reason = Some(Reason::UnitAFilled { volume: group.volume.clone(), fill_to });
            places = places.saturating_sub(1);
        }
    }
    tied
}

fn tell(judgement: &mut Judgement<'_>, groups: &[Merged]) {
    let by_name: BTreeMap<&Name, &Merged> = groups.iter().map(|group| (&group.group, group)).collect();
    for entry in &mut judgement.entries {
        if let Some(group) = by_name.get(entry.bid.group_name()) {
            let in_b = || Reason::UnitB { volume: group.volume.clone() };
            entry.reasons.push(group.reason.clone().unwrap_or_else(in_b));
        }
    }
}
