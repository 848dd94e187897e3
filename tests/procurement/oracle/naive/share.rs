//! README sections 10 and 11: classes and volume share.
use super::number::whole;
use super::{Case, Entry, Q, Rules};
use std::collections::BTreeSet;
use toml::Value;

/// Section 10. `None`: the file has no classes, or the bid was selected by another rule.
fn class(rules: &Rules, entry: &Entry) -> Option<&'static str> {
    if !rules.has("classes") || !entry.selected {
        return None;
    }
    match entry.passed {
        Some("fuse") if entry.rank == 1 => Some("A1"),
        Some("fuse") => Some("A"),
        Some("printed") => Some("B"),
        _ if entry.codes.contains("REVIVED_FORMER") => Some("C"),
        _ => None,
    }
}

pub(super) fn classes(rules: &Rules, case: &mut Case) {
    let mut first: Vec<usize> = Vec::new();
    for i in 0..case.entries.len() {
        let Some(class) = class(rules, &case.entries[i]) else { continue };
        case.entries[i].note("CLASS");
        if class == "A1" {
            first.push(i);
        }
    }
    let units: BTreeSet<&str> = first.iter().map(|&i| case.entries[i].unit.as_str()).collect();
    if units.len() > 1 {
        case.tie(&first);
    }
}

/// Section 11. `volume` blocked: no share.
pub(super) fn shares(rules: &Rules, case: &mut Case) {
    if rules.blocks("volume") {
        return;
    }
    let supplying = case.entries.iter().filter(|e| e.supplies());
    let units: BTreeSet<&str> = supplying.map(|e| e.unit.as_str()).collect();
    let by_number = rules.by_count(&format!("share.{}", volume_class(rules, case)), units.len());
    for entry in case.entries.iter_mut().filter(|e| e.selected) {
        entry.share = match class(rules, entry) {
            _ if entry.no_volume => Some(whole(0)),
            Some(class) => class_share(rules, class).or_else(|| by_number.clone()),
            None => by_number.clone(),
        };
    }
}

fn class_share(rules: &Rules, class: &str) -> Option<Q> {
    rules.number(&format!("classes.share.{class}"))
}

/// The lot's own class, else the one that lists its name, else `standard`.
fn volume_class(rules: &Rules, case: &Case) -> String {
    if let Some(class) = &case.lot.volume_class {
        return class.clone();
    }
    for class in rules.tables("share") {
        let lots = rules.list(&format!("share.{class}.lots"));
        if lots.iter().filter_map(Value::as_str).any(|name| name == case.lot.name) {
            return class;
        }
    }
    "standard".to_string()
}
