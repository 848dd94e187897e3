//! README section 7: anchor, tests, exclusion of the highest bid.
use super::number::Q;
use super::shortlist::mean_and_deviation;
use super::{Case, Entry, Rules};

const TESTS: [&str; 5] = ["fuse", "cut", "floor", "reference", "printed"];

pub(super) fn find_anchor(rules: &Rules, case: &mut Case) {
    let mut prices: Vec<Q> = Vec::new();
    for unit in &case.units {
        if case.entries[unit[0]].shortlisted {
            prices.push(case.entries[unit[0]].comparable.clone());
        }
    }
    let Some(lowest) = prices.iter().min().cloned() else { return };
    let other = match rules.text("anchor.method").as_deref() {
        Some("half_mean") => mean_and_deviation(&prices).0 * rules.number("anchor.factor").unwrap(),
        Some("mean_less_deviation") => {
            let (mean, deviation) = mean_and_deviation(&prices);
            mean - deviation * rules.number("anchor.deviations").unwrap()
        }
        _ => lowest.clone(),
    };
    if rules.has("fuse") {
        case.anchor = Some(other.max(lowest.clone()));
    }
    case.lowest = Some(lowest);
}

/// What one test says of a bid: passed or not, and its reason. `None`: no such test for this bid.
type Verdict = Option<(bool, &'static str)>;

pub(super) fn run(rules: &Rules, case: &mut Case) {
    let highest = case.entries.iter().filter(|e| e.valid).map(|e| e.comparable.clone()).max().unwrap();
    let exempt = rules.count("highest_excluded.exempt_ranks");
    for i in 0..case.entries.len() {
        if !case.entries[i].shortlisted {
            continue;
        }
        try_tests(rules, case, i);
        let entry = &mut case.entries[i];
        if entry.passed.is_none() {
            continue;
        }
        if entry.comparable == highest && exempt.is_some_and(|ranks| entry.rank > ranks) {
            entry.note("HIGHEST_BID");
            continue;
        }
        entry.selected = true;
        entry.final_comparable = Some(entry.comparable.clone());
    }
}

/// The tests in the order of the table; the first that holds ends the row.
fn try_tests(rules: &Rules, case: &mut Case, i: usize) {
    if !TESTS.iter().any(|test| rules.has(test)) {
        case.entries[i].passed = Some("");
        case.entries[i].note("BY_RANK");
        return;
    }
    for test in TESTS.into_iter().filter(|test| rules.has(test)) {
        let verdict = match test {
            "fuse" => fuse(rules, case, i),
            "cut" => cut(rules, &case.entries[i]),
            "floor" => floor(rules, case, i),
            "reference" => at_most(
                &case.entries[i],
                rules.number("reference.price"),
                ["AT_MOST_REFERENCE", "ABOVE_REFERENCE"],
            ),
            _ => printed(rules, &case.entries[i]),
        };
        let Some((holds, code)) = verdict else { continue };
        case.entries[i].note(code);
        if holds {
            case.entries[i].passed = Some(test);
            return;
        }
    }
}

/// Comparable price at most the limit.
fn at_most(entry: &Entry, limit: Option<Q>, codes: [&'static str; 2]) -> Verdict {
    let holds = entry.comparable <= limit?;
    Some((holds, if holds { codes[0] } else { codes[1] }))
}

fn fuse(rules: &Rules, case: &Case, i: usize) -> Verdict {
    let limit = rules.number("fuse.multiple").unwrap() * case.anchor.as_ref()?;
    at_most(&case.entries[i], Some(limit), ["WITHIN_FUSE", "ABOVE_FUSE"])
}

fn cut(rules: &Rules, entry: &Entry) -> Verdict {
    let Some(cut) = entry.cut() else { return Some((false, "NO_CEILING")) };
    let holds = cut >= rules.number("cut.threshold").unwrap();
    Some((holds, if holds { "CUT_AT_LEAST" } else { "CUT_BELOW" }))
}

fn floor(rules: &Rules, case: &Case, i: usize) -> Verdict {
    let form = case.lot.form.as_deref().unwrap_or("oral");
    at_most(&case.entries[i], rules.number(&format!("floor.{form}")), ["AT_MOST_FLOOR", "ABOVE_FLOOR"])
}

fn printed(rules: &Rules, entry: &Entry) -> Verdict {
    let limit = column_value(rules, "printed.column", entry);
    at_most(entry, limit, ["AT_MOST_PRINTED", "ABOVE_PRINTED"])
}

/// The number in the column of the bid that this key of the rules names.
pub(super) fn column_value(rules: &Rules, key: &str, entry: &Entry) -> Option<Q> {
    let text = entry.bid.columns.get(&rules.text(key)?)?;
    super::parse(text)
}
