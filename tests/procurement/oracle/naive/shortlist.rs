//! README sections 5 and 6: zero-volume selection, cap, limit per group.
use super::number::{Q, square_root, whole};
use super::order::compare;
use super::{Case, Rules};
use num_traits::Zero;
use std::cmp::Ordering;

pub(super) fn run(rules: &Rules, case: &mut Case) {
    if case.cap.is_none() {
        case.cap = rules.by_count("cap.by_bidders", case.groups).map(|q| q.to_integer().try_into().unwrap());
    }
    zero_volume(rules, case);
    match rules.count("cap.per_group") {
        Some(limit) if rules.text("cap.competes").as_deref() == Some("product") => per_group(case, limit),
        _ => plain(case),
    }
}

/// Mean and population standard deviation.
pub(super) fn mean_and_deviation(prices: &[Q]) -> (Q, Q) {
    let n = whole(prices.len());
    let mean = prices.iter().sum::<Q>() / &n;
    let mut squares = Q::zero();
    for price in prices {
        squares += (price - &mean) * (price - &mean);
    }
    (mean, square_root(&(squares / n)))
}

/// Section 5. The unit takes no place, so it leaves `case.units`.
fn zero_volume(rules: &Rules, case: &mut Case) {
    let Some(deviations) = rules.number("zero_volume.deviations") else { return };
    let first = |unit: &Vec<usize>| case.entries[unit[0]].comparable.clone();
    let bound = case.cap.unwrap_or(case.units.len());
    let prices: Vec<Q> = case.units.iter().take(bound).map(first).collect();
    if prices.is_empty() {
        return;
    }
    let (mean, deviation) = mean_and_deviation(&prices);
    let limit = mean - deviations * deviation;
    let (mut kept, mut taken) = (Vec::new(), Vec::new());
    for (place, unit) in std::mem::take(&mut case.units).into_iter().enumerate() {
        let low = place < bound && case.entries[unit[0]].comparable < limit;
        if low { taken.push(unit) } else { kept.push(unit) }
    }
    case.units = kept;
    for i in taken.into_iter().flatten() {
        let entry = &mut case.entries[i];
        entry.no_volume = true;
        let own = entry.comparable.clone();
        entry.select("ZERO_VOLUME", own);
    }
}

/// Section 6 without a limit per group: the first `cap` units.
fn plain(case: &mut Case) {
    let cap = case.cap.unwrap_or(case.units.len());
    for (place, unit) in case.units.clone().into_iter().enumerate() {
        for i in unit {
            mark(case, i, if place < cap { "SHORTLISTED" } else { "OUTSIDE_CAP" });
        }
    }
    if cap == 0 || cap >= case.units.len() {
        return;
    }
    let (last_in, first_out) = (case.units[cap - 1][0], case.units[cap][0]);
    if compare(&case.entries[last_in], &case.entries[first_out]) == Ordering::Equal {
        let tied = equals(case, last_in);
        case.tie(&tied);
    }
}

fn mark(case: &mut Case, i: usize, code: &str) {
    case.entries[i].shortlisted = code == "SHORTLISTED";
    case.entries[i].note(code);
}

/// The standing bids that are tied with this one.
fn equals(case: &Case, i: usize) -> Vec<usize> {
    let mut found = Vec::new();
    for unit in &case.units {
        if compare(&case.entries[i], &case.entries[unit[0]]) != Ordering::Equal {
            continue;
        }
        found.extend(
            unit.iter().copied().filter(|&j| compare(&case.entries[i], &case.entries[j]) == Ordering::Equal),
        );
    }
    found
}

/// Section 6 with `per_group`: every unit is one bid. Its ties: see `ties_with_limit`.
fn per_group(case: &mut Case, limit: usize) {
    let order: Vec<usize> = case.units.iter().map(|unit| unit[0]).collect();
    let chosen = choose(case, limit, &order);
    let cap = case.cap.unwrap_or(order.len());
    for &i in &order {
        let equals = equals(case, i);
        let ahead = order.iter().take_while(|j| !equals.contains(j)).filter(|j| chosen.contains(j)).count();
        let code = match (chosen.contains(&i), ahead < cap) {
            (true, _) => "SHORTLISTED",
            (false, true) => "GROUP_LIMIT",
            (false, false) => "OUTSIDE_CAP",
        };
        mark(case, i, code);
    }
    ties_with_limit(case, limit, &order);
}

fn choose(case: &Case, limit: usize, order: &[usize]) -> Vec<usize> {
    let cap = case.cap.unwrap_or(order.len());
    let mut chosen: Vec<usize> = Vec::new();
    for &i in order {
        let of_group = chosen.iter().filter(|&&j| case.entries[j].group == case.entries[i].group).count();
        if chosen.len() < cap && of_group < limit {
            chosen.push(i);
        }
    }
    chosen
}

/// A tied bid matters when it gets in as the first of its equals and stays out as the last of them.
fn ties_with_limit(case: &mut Case, limit: usize, order: &[usize]) {
    let mut found = Vec::new();
    for &i in order {
        let equals = equals(case, i);
        let others: Vec<usize> = equals.iter().copied().filter(|&j| j != i).collect();
        let start = order.iter().position(|j| equals.contains(j)).unwrap();
        let before = &order[..start];
        let first = [before, &[i], &others].concat();
        let last = [before, &others, &[i]].concat();
        if choose(case, limit, &first).contains(&i) && !choose(case, limit, &last).contains(&i) {
            found.push(i);
        }
    }
    case.tie(&found);
}
