//! README section 4: units A and B of consumables.
use super::number::Q;
use super::order::settles;
use super::revival::reported;
use super::{Case, Entry, Rules};
use num_traits::Zero;
use std::collections::{BTreeMap, BTreeSet};
use toml::Value;

/// A group with the indices of its valid bids.
struct Group {
    entries: Vec<usize>,
    volume: Q,
    qualifies: bool,
    /// Minus the place in the order drawn, where that settles a tie; else zero.
    turn: Q,
}

impl Group {
    /// The larger, the earlier.
    fn size(&self) -> (&Q, &Q) {
        (&self.volume, &self.turn)
    }
}

pub(super) fn sort_into_a_and_b(rules: &Rules, case: &mut Case) {
    if !rules.has("units") {
        return;
    }
    let groups = groups(rules, case);
    for group in groups.iter().filter(|group| !group.turn.is_zero()) {
        group.entries.iter().for_each(|&i| case.entries[i].note("TIE_SETTLED"));
    }
    let total: Q = groups.iter().map(|g| &g.volume).sum();
    let threshold = rules.number("units.cumulative").unwrap() * total;
    let fill_to = rules.count("units.fill_to").unwrap_or(0);
    let mut before = Q::zero();
    let mut in_a = 0;
    for group in &groups {
        let code = match (group.qualifies, before < threshold) {
            (true, true) => "UNIT_A",
            (true, false) if in_a < fill_to => "UNIT_A_FILLED",
            _ => "UNIT_B",
        };
        in_a += usize::from(code != "UNIT_B");
        group.entries.iter().for_each(|&i| case.entries[i].note(code));
        before += &group.volume;
    }
    let undetermined = undetermined(&groups, &threshold, fill_to);
    case.tie(&undetermined);
}

/// All groups, largest volume first.
fn groups(rules: &Rules, case: &Case) -> Vec<Group> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, entry) in case.entries.iter().enumerate().filter(|(_, e)| e.valid) {
        by_name.entry(&entry.group).or_default().push(i);
    }
    let mut groups: Vec<Group> = Vec::new();
    for entries in by_name.into_values() {
        let bidders: BTreeSet<&str> = entries.iter().map(|&i| case.entries[i].bid.bidder.as_str()).collect();
        let volume = bidders.into_iter().map(|bidder| reported(case, bidder)).sum();
        let qualifies = entries.iter().all(|&i| meets_conditions(rules, case, &case.entries[i]));
        groups.push(Group { entries, volume, qualifies, turn: Q::zero() });
    }
    draw(case, &mut groups);
    let name = |group: &Group| {
        let bid = case.entries[group.entries[0]].bid;
        bid.group.clone().unwrap_or_else(|| bid.bidder.clone())
    };
    groups.sort_by(|a, b| b.size().cmp(&a.size()).then_with(|| name(a).cmp(&name(b))));
    groups
}

/// Groups of equal volume are in the order drawn, if they all have a place in it; a group's place is the first of its bids'.
fn draw(case: &Case, groups: &mut [Group]) {
    let place = |group: &Group| group.entries.iter().filter_map(|&i| case.entries[i].tie_order()).min();
    let mut turns = Vec::new();
    for me in groups.iter() {
        let equal: Vec<&Group> = groups.iter().filter(|g| g.volume == me.volume).collect();
        let settled = settles(equal.into_iter().map(place));
        turns.push(place(me).filter(|_| settled).map_or_else(Q::zero, |place| -place));
    }
    groups.iter_mut().zip(turns).for_each(|(group, turn)| group.turn = turn);
}

fn meets_conditions(rules: &Rules, case: &Case, entry: &Entry) -> bool {
    rules.list("units.conditions").iter().all(|condition| {
        let column = condition.get("column").and_then(Value::as_str).unwrap();
        let lots = condition.get("lots").and_then(Value::as_array);
        let applies = lots.is_none_or(|lots| lots.iter().any(|l| l.as_str() == Some(&case.lot.name)));
        !applies || entry.bid.columns.get(column).map(String::as_str) == Some("yes")
    })
}

/// The bids of groups whose place in A or B hangs on the order of groups with equal volume.
///
/// Within A the larger volume goes first, so A is always the first so many of the qualifying groups. Of the groups of one
/// volume that stand on both sides of the bound, any `k` can be the first `k`; with them changes how many qualify.
fn undetermined(groups: &[Group], threshold: &Q, fill_to: usize) -> Vec<usize> {
    let qualifying: Vec<&Group> = groups.iter().filter(|g| g.qualifies).collect();
    let mut sizes: Vec<usize> = Vec::new();
    for in_bound in possible_numbers(groups, threshold) {
        sizes.push(in_bound.max(fill_to.min(qualifying.len())));
    }
    let (smallest, largest) = (*sizes.iter().min().unwrap(), *sizes.iter().max().unwrap());
    let mut found = Vec::new();
    for group in &qualifying {
        let equal: Vec<usize> =
            (0..qualifying.len()).filter(|&i| qualifying[i].size() == group.size()).collect();
        let (first, last) = (equal[0], equal[equal.len() - 1]);
        let surely_in = last < smallest;
        let surely_out = first >= largest;
        if !surely_in && !surely_out {
            found.extend(&group.entries);
        }
    }
    found
}

/// How many qualifying groups can come before the bound, over all orders of groups with equal volume.
fn possible_numbers(groups: &[Group], threshold: &Q) -> Vec<usize> {
    let mut before = Q::zero();
    let mut inside = 0;
    while inside < groups.len() && before < *threshold {
        before += &groups[inside].volume;
        inside += 1;
    }
    if inside == 0 {
        return vec![0];
    }
    let edge = groups[inside - 1].size();
    let larger = groups.iter().filter(|g| g.size() > edge);
    let (surely, rest) = (larger.clone().filter(|g| g.qualifies).count(), inside - larger.count());
    let at_edge = groups.iter().filter(|g| g.size() == edge);
    let (yes, all) = (at_edge.clone().filter(|g| g.qualifies).count(), at_edge.count());
    let fewest = rest.saturating_sub(all - yes);
    let most = rest.min(yes);
    (fewest..=most).map(|x| surely + x).collect()
}
