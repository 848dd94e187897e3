//! README section 9: the second step of 4+7.
use super::number::{Q, whole};
use super::order::settles;
use super::price_tests::column_value;
use super::{Case, Rules};
use num_traits::Zero;

/// The pre-selected bid of one lot.
struct First {
    case: usize,
    entry: usize,
    cut: Option<Q>,
    /// Minus the place in the order drawn, where that settles a tie; else zero.
    turn: Q,
}

impl First {
    /// The larger, the earlier.
    fn size(&self) -> (&Option<Q>, &Q) {
        (&self.cut, &self.turn)
    }
}

pub(super) fn run(rules: &Rules, cases: &mut [Case]) {
    let Some(at_once) = rules.count("second_step.at_once") else { return };
    let mut first = pre_selected(cases);
    draw(cases, &mut first);
    let fits = first.len() <= at_once;
    let place = |f: &First| first.iter().filter(|o| o.size() > f.size()).count();
    let equals = |f: &First| first.iter().filter(|o| o.size() == f.size()).count();
    let mut negotiating = Vec::new();
    let mut cuts = Vec::new();
    let mut tied = Vec::new();
    let least = rules.count("second_step.minimum_from_bidders").unwrap_or(0);
    for f in &first {
        let case = &mut cases[f.case];
        if fits || (f.cut.is_some() && place(f) + equals(f) <= at_once) {
            case.entries[f.entry].selected = true;
            case.entries[f.entry].note("SELECTED_AT_ONCE");
            cuts.extend(f.cut.clone().filter(|_| case.groups >= least));
        } else if f.cut.is_some() && place(f) < at_once {
            case.tie(&[f.entry]);
            tied.push((f, case.groups >= least));
        } else {
            negotiating.push(f);
        }
    }
    // The tied lots share one cut: it counts once for each place they compete for, if whoever gets it sets the minimum.
    let places = tied.first().map_or(0, |(f, _)| at_once - place(f));
    let tied_set_minimum = tied.iter().any(|(_, sets)| *sets) && !tied.iter().all(|(_, sets)| *sets);
    if tied.iter().all(|(_, sets)| *sets) {
        cuts.extend(tied.iter().take(places).filter_map(|(f, _)| f.cut.clone()));
    }
    let minimum = (!cuts.is_empty()).then(|| cuts.iter().sum::<Q>() / whole(cuts.len()));
    for f in negotiating {
        if tied_set_minimum && f.cut.is_some() {
            cases[f.case].tie(&[f.entry]);
            continue;
        }
        negotiate(rules, &mut cases[f.case], f, minimum.as_ref());
    }
}

/// The first bid that passed of every lot that is not tied. Everybody's selection waits for the second step.
fn pre_selected(cases: &mut [Case]) -> Vec<First> {
    let mut found = Vec::new();
    for (number, case) in cases.iter_mut().enumerate() {
        let chosen = case.entries.iter().position(|e| e.selected).filter(|_| !case.tied);
        case.entries.iter_mut().for_each(|e| e.selected = false);
        if let Some(entry) = chosen {
            case.entries[entry].note("PRESELECTED");
            found.push(First { case: number, entry, cut: case.entries[entry].cut(), turn: Q::zero() });
        }
    }
    found
}

/// Lots of equal cut are in the order drawn, if their bids all have a place in it.
fn draw(cases: &mut [Case], first: &mut [First]) {
    let mut settled = Vec::new();
    for me in first.iter() {
        let equal = first.iter().filter(|f| f.cut == me.cut);
        settled.push(me.cut.is_some() && settles(equal.map(|f| cases[f.case].entries[f.entry].tie_order())));
    }
    for (f, _) in first.iter_mut().zip(settled).filter(|(_, settled)| *settled) {
        let entry = &mut cases[f.case].entries[f.entry];
        f.turn = -entry.tie_order().unwrap();
        entry.note("TIE_SETTLED");
    }
}

fn negotiate(rules: &Rules, case: &mut Case, first: &First, minimum: Option<&Q>) {
    let entry = &mut case.entries[first.entry];
    if first.cut.is_none() {
        entry.note("CUT_UNKNOWN");
        return;
    }
    let Some(minimum) = minimum else {
        entry.note("RULE_UNKNOWN");
        return;
    };
    let unit_price =
        column_value(rules, "second_step.column", entry).map(|pack| pack / whole(entry.bid.units));
    if let (Some(price), Some(ceiling)) = (unit_price, &entry.ceiling)
        && whole(1) - &price / ceiling >= *minimum
    {
        let comparable = price / &entry.factor;
        entry.selected = true;
        entry.final_comparable = Some(comparable);
        entry.note("NEGOTIATED");
    } else {
        entry.note("NEGOTIATION");
    }
}
