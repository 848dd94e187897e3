//! README section 8: revival.
use super::number::{Q, whole};
use super::price_tests::column_value;
use super::{Case, Rules};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn run(rules: &Rules, case: &mut Case) {
    if rules.has("revival.shortlisted") {
        shortlisted(rules, case);
    }
    if rules.has("revival.brand") {
        brand(rules, case);
    }
    if rules.has("revival.reference") {
        reference(rules, case);
    }
    if rules.has("revival.former") {
        former(rules, case);
    }
}

fn shortlisted(rules: &Rules, case: &mut Case) {
    let passed = || case.entries.iter().filter(|e| e.shortlisted && e.passed.is_some());
    let units: BTreeSet<&str> = passed().map(|e| e.unit.as_str()).collect();
    let Some(highest) = passed().map(|e| e.comparable.clone()).max() else { return };
    let lowest = passed().map(|e| e.comparable.clone()).min().unwrap();
    let price = if units.len() > 1 {
        highest
    } else {
        let multiple = rules.number("revival.shortlisted.sole_multiple").unwrap();
        match rules.text("revival.shortlisted.sole_of").as_deref() {
            Some("anchor") => multiple * case.anchor.as_ref().unwrap(),
            _ => multiple * lowest,
        }
    };
    for entry in case.entries.iter_mut().filter(|e| e.shortlisted && e.passed.is_none()) {
        let own = entry.comparable.clone();
        entry.select("REVIVED", own.min(price.clone()));
    }
}

/// The highest final comparable price of the shortlisted selected bids.
fn selected_level(case: &Case) -> Option<Q> {
    case.entries
        .iter()
        .filter(|e| e.shortlisted && e.selected)
        .filter_map(|e| e.final_comparable.clone())
        .max()
}

fn brand(rules: &Rules, case: &mut Case) {
    let bidders: BTreeSet<&str> =
        case.entries.iter().filter(|e| e.valid).map(|e| e.bid.bidder.as_str()).collect();
    let volumes: BTreeMap<&str, Q> = bidders.into_iter().map(|b| (b, reported(case, b))).collect();
    let total: Q = volumes.values().sum();
    let needed = rules.number("revival.brand.mean_multiple").unwrap() * total / whole(case.groups);
    let highest = case.entries.iter().filter(|e| e.valid).map(|e| e.comparable.clone()).max().unwrap();
    let level = selected_level(case);
    for entry in case.entries.iter_mut().filter(|e| e.codes.contains("OUTSIDE_CAP")) {
        let volume = &volumes[entry.bid.bidder.as_str()];
        if *volume <= whole(0) || *volume < needed {
            entry.note("BRAND_VOLUME_BELOW_MEAN");
        } else if entry.comparable == highest {
            entry.note("HIGHEST_NOT_REVIVED");
        } else if let Some(level) = &level {
            let own = entry.comparable.clone();
            entry.select("REVIVED_BY_BRAND", own.min(level.clone()));
        }
    }
}

/// A bidder's reported brand volume: the `brand_volume` of its valid bids; where none has one, the demand rows for it.
pub(super) fn reported(case: &Case, bidder: &str) -> Q {
    let mut sum = None;
    for entry in case.entries.iter().filter(|e| e.valid && e.bid.bidder == bidder) {
        if let Some(volume) = entry.bid.brand_volume {
            sum = Some(sum.unwrap_or_else(|| whole(0)) + whole(volume) * &entry.ratio);
        }
    }
    sum.unwrap_or_else(|| {
        let rows =
            case.rows.iter().filter(|row| row.bid.is_none() && row.bidder.is_some_and(|b| b == bidder));
        rows.map(|row| &row.volume).sum()
    })
}

/// "At that same price": as by brand, its own if smaller.
fn reference(rules: &Rules, case: &mut Case) {
    let column = rules.text("revival.reference.column").unwrap();
    let Some(level) = selected_level(case) else { return };
    for entry in case.entries.iter_mut().filter(|e| e.codes.contains("OUTSIDE_CAP") && !e.selected) {
        if entry.bid.columns.get(&column).map(String::as_str) == Some("yes") {
            entry.no_volume = true;
            let own = entry.comparable.clone();
            entry.select("REVIVED_REFERENCE", own.min(level.clone()));
        }
    }
}

fn former(rules: &Rules, case: &mut Case) {
    for entry in case.entries.iter_mut().filter(|e| e.valid && e.stands && !e.selected) {
        let Some(limit) = column_value(rules, "revival.former.column", entry) else { continue };
        if entry.unit_price <= limit {
            let own = entry.comparable.clone();
            entry.select("REVIVED_FORMER", own);
        } else {
            entry.note("ABOVE_FORMER");
        }
    }
}
