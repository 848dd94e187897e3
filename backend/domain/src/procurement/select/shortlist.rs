//! Sections 5 and 6: zero-volume selection and the cap.
use std::collections::BTreeMap;

use super::judgement::{Entry, How, Judgement, Place};
use crate::exact::Exact;
use crate::procurement::reason::Reason;
use crate::procurement::rules::RuleSet;
use crate::procurement::values::Name;

/// A competing unit's place in the walk down the list.
struct Unit {
    unit: usize,
    class: usize,
    group: Name,
    comparable: Exact,
}

/// Places every competing unit; declares a tie where equal bids stand on both sides of the cap or of a group's limit.
pub(super) fn shortlist(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    if judgement.entries.is_empty() {
        return;
    }
    judgement.cap = cap_of(rules, judgement);
    let places = judgement.cap.and_then(|cap| usize::try_from(cap).ok()).unwrap_or(usize::MAX);
    let mut units = units_in_order(judgement);
    select_zero_volume(rules, judgement, &mut units, places);
    let limit = rules.cap.as_ref().and_then(|cap| cap.per_group).map(|limit| judgement.count(&limit));
    walk(judgement, &units, places, limit);
}

fn cap_of(rules: &RuleSet, judgement: &mut Judgement<'_>) -> Option<u64> {
    if judgement.lot.cap.is_some() {
        return judgement.lot.cap;
    }
    let count = *rules.cap.as_ref()?.by_bidders.as_ref()?.at(judgement.qualified)?;
    Some(judgement.count(&count))
}

fn units_in_order(judgement: &Judgement<'_>) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for entry in &judgement.entries {
        if entry.unit == units.len() {
            units.push(Unit {
                unit: entry.unit,
                class: entry.class,
                group: entry.bid.group_name().clone(),
                comparable: entry.comparable.clone(),
            });
        }
    }
    units
}

fn select_zero_volume(rules: &RuleSet, judgement: &mut Judgement<'_>, units: &mut Vec<Unit>, places: usize) {
    let Some(number) = &rules.zero_volume else { return };
    let deviations = judgement.number(number);
    let prices: Vec<&Exact> = units.iter().take(places).map(|unit| &unit.comparable).collect();
    let (Some(mean), Some(deviation)) =
        (Exact::mean(prices.iter().copied()), Exact::standard_deviation(&prices))
    else {
        return;
    };
    let limit = &mean - &(deviations * &deviation);
    let below: Vec<usize> =
        units.iter().filter(|unit| unit.comparable < limit).map(|unit| unit.unit).collect();
    units.retain(|unit| !below.contains(&unit.unit));
    for entry in judgement.standing_mut().filter(|entry| below.contains(&entry.unit)) {
        entry.place = Place::ZeroVolume;
        let reason = Reason::ZeroVolume { price: entry.comparable.clone(), limit: limit.clone() };
        entry.select(How::ZeroVolume, entry.comparable.clone(), reason);
    }
}

fn walk(judgement: &mut Judgement<'_>, units: &[Unit], places: usize, limit: Option<u64>) {
    let cap = judgement.cap.unwrap_or(u64::try_from(units.len()).unwrap_or(u64::MAX));
    let mut left = places;
    let mut by_group: BTreeMap<&Name, u64> = BTreeMap::new();
    let mut outcome: BTreeMap<usize, Place> = BTreeMap::new();
    let mut tied = Vec::new();
    for class in units.chunk_by(|a, b| a.class == b.class) {
        let (over, rest): (Vec<&Unit>, Vec<&Unit>) = class.iter().partition(|unit| {
            left > 0
                && limit.is_some_and(|limit| by_group.get(&unit.group).is_some_and(|used| *used >= limit))
        });
        outcome.extend(over.iter().map(|unit| (unit.unit, Place::OverGroupLimit)));
        tied.extend(limit.into_iter().flat_map(|limit| split_by_limit(&rest, &by_group, limit, left)));
        if left > 0 && rest.len() > left {
            tied.extend(rest.iter().map(|unit| unit.unit));
        }
        for unit in rest {
            let place = if left > 0 { Place::Shortlisted } else { Place::OutsideCap };
            outcome.insert(unit.unit, place);
            left = left.saturating_sub(1);
            let used = by_group.entry(&unit.group).or_default();
            *used = used.saturating_add(1);
        }
    }
    tell(judgement, &outcome, cap, limit);
    if !tied.is_empty() {
        judgement
            .entries
            .iter_mut()
            .filter(|entry| tied.contains(&entry.unit))
            .for_each(|entry| entry.place = Place::None);
        let first_class: BTreeMap<usize, usize> = units.iter().map(|unit| (unit.unit, unit.class)).collect();
        judgement.declare_tie(|entry| {
            tied.contains(&entry.unit) && first_class.get(&entry.unit) == Some(&entry.class)
        });
    }
}

/// The equal products of a group that has room for some of them only.
fn split_by_limit(class: &[&Unit], by_group: &BTreeMap<&Name, u64>, limit: u64, left: usize) -> Vec<usize> {
    let mut of_group: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
    for unit in class {
        of_group.entry(&unit.group).or_default().push(unit.unit);
    }
    let room = |group: &Name| limit.saturating_sub(by_group.get(group).copied().unwrap_or(0));
    let split = |(group, units): (&Name, Vec<usize>)| {
        (left > 0 && u64::try_from(units.len()).unwrap_or(u64::MAX) > room(group)).then_some(units)
    };
    of_group.into_iter().filter_map(split).flatten().collect()
}

fn tell(judgement: &mut Judgement<'_>, outcome: &BTreeMap<usize, Place>, cap: u64, limit: Option<u64>) {
    for entry in judgement.standing_mut() {
        let Some(place) = outcome.get(&entry.unit) else { continue };
        entry.place = *place;
        entry.reasons.extend(reason_for(entry, *place, cap, limit));
    }
}

fn reason_for(entry: &Entry<'_>, place: Place, cap: u64, limit: Option<u64>) -> Option<Reason> {
    let rank = entry.rank;
    match place {
        Place::Shortlisted => Some(Reason::Shortlisted { rank, cap }),
        Place::OutsideCap => Some(Reason::OutsideCap { rank, cap }),
        Place::OverGroupLimit => {
            Some(Reason::GroupLimit { group: entry.bid.group_name().clone(), limit: limit.unwrap_or(0) })
        }
        Place::None | Place::ZeroVolume => None,
    }
}
