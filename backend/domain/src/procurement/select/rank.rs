//! Section 3: order, ties, competing units and groups.
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::judgement::{Entry, Judgement, Place, drawn_apart, others};
use super::price::identity;
use crate::procurement::reason::Reason;
use crate::procurement::rules::{Competes, RuleSet, TieKey};
use crate::procurement::tables::Bid;
use crate::procurement::values::Name;

/// Puts the valid bids in order, numbers tie classes and competing units, and ranks.
pub(super) fn rank(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    judgement.entries.sort_by(|a, b| in_order(&rules.ties, a, b).then_with(|| identity(a).cmp(&identity(b))));
    number_classes(rules, judgement);
    settle_classes(judgement);
    number_units(rules, judgement);
    assign_ranks(judgement);
    tell_keys(rules, judgement);
}

fn in_order(keys: &[TieKey], a: &Entry<'_>, b: &Entry<'_>) -> Ordering {
    a.comparable.cmp(&b.comparable).then_with(|| by_keys(keys, a.bid, b.bid))
}

fn by_keys(keys: &[TieKey], a: &Bid, b: &Bid) -> Ordering {
    keys.iter().map(|key| by_key(key, a, b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn by_key(key: &TieKey, a: &Bid, b: &Bid) -> Ordering {
    match (a.extra(key.column), b.extra(key.column)) {
        (Some(a), Some(b)) if key.highest_first => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn number_classes(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    let mut class = 0usize;
    let mut previous: Option<(crate::exact::Exact, &Bid)> = None;
    for entry in &mut judgement.entries {
        let same = previous.as_ref().is_none_or(|(comparable, bid)| {
            *comparable == entry.comparable && by_keys(&rules.ties, bid, entry.bid).is_eq()
        });
        if !same {
            class = class.saturating_add(1);
        }
        entry.class = class;
        previous = Some((entry.comparable.clone(), entry.bid));
    }
}

/// Orders the bids of a class as drawn or set on site, where that order tells them apart, and says so.
fn settle_classes(judgement: &mut Judgement<'_>) {
    let mut class = 0usize;
    for tied in judgement.entries.chunk_by_mut(|a, b| a.class == b.class) {
        let settled = drawn_apart(tied.iter().map(|entry| entry.bid.tie_order));
        if settled {
            tied.sort_by_key(|entry| entry.bid.tie_order);
            tell_order(tied);
        }
        for equal in tied.chunk_by_mut(|a, b| !settled || a.bid.tie_order == b.bid.tie_order) {
            equal.iter_mut().for_each(|entry| entry.class = class);
            class = class.saturating_add(1);
        }
    }
}

fn tell_order(settled: &mut [Entry<'_>]) {
    let labels: Vec<(usize, Name)> =
        settled.iter().enumerate().map(|(index, entry)| (index, entry.label())).collect();
    for (index, entry) in settled.iter_mut().enumerate() {
        let order = entry.bid.tie_order.unwrap_or_default();
        entry.reasons.push(Reason::TieSettled { order, with: others(&labels, index) });
    }
}

fn number_units(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    let mut groups: BTreeMap<&Name, usize> = BTreeMap::new();
    for (position, entry) in judgement.entries.iter_mut().enumerate() {
        let next = groups.len();
        let group = *groups.entry(entry.bid.group_name()).or_insert(next);
        entry.unit = match rules.competes {
            Competes::Bidder => group,
            Competes::Product => position,
        };
    }
    judgement.qualified = u64::try_from(groups.len()).unwrap_or(u64::MAX);
}

/// `rank` = 1 + other competing units with a bid strictly ahead. Units are numbered by their first bid, so the units seen in
/// earlier classes are those below `ahead`.
fn assign_ranks(judgement: &mut Judgement<'_>) {
    let mut ahead = 0usize;
    for class in judgement.entries.chunk_by_mut(|a, b| a.class == b.class) {
        let mut seen = ahead;
        for entry in class {
            let other = if entry.unit < ahead { ahead.saturating_sub(1) } else { ahead };
            entry.rank = u64::try_from(other.saturating_add(1)).unwrap_or(u64::MAX);
            seen = seen.max(entry.unit.saturating_add(1));
        }
        ahead = seen;
    }
}

/// Says by which key bids of equal price were ordered.
fn tell_keys(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    let mut used = Vec::new();
    for run in judgement.entries.chunk_by_mut(|a, b| a.comparable == b.comparable) {
        let Some(deciding) = deciding_key(&rules.ties, run) else { continue };
        used.extend(rules.ties.iter().take(deciding.saturating_add(1)).map(|key| key.provision));
        let name = rules.ties.get(deciding).and_then(|key| rules.columns.get(key.column.0));
        let Some(key) = name.map(|column| Name::from(column.name.as_str())) else { continue };
        let labels: Vec<(usize, Name)> =
            run.iter().enumerate().map(|(index, entry)| (index, entry.label())).collect();
        for (index, entry) in run.iter_mut().enumerate() {
            entry.reasons.push(Reason::TieKeyUsed { key: key.clone(), with: others(&labels, index) });
        }
    }
    used.into_iter().for_each(|provision| judgement.consult(provision));
}

fn deciding_key(keys: &[TieKey], run: &[Entry<'_>]) -> Option<usize> {
    let (first, last) = (run.first()?, run.last()?);
    if first.class == last.class {
        return None;
    }
    keys.iter().position(|key| {
        let values: Vec<Option<Decimal>> = run.iter().map(|entry| entry.bid.extra(key.column)).collect();
        values.windows(2).any(|pair| pair.first() != pair.last())
    })
}

/// One firm stands for each group; the bids of its other firms are out.
pub(super) fn stand_for_groups(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    if rules.competes == Competes::Product {
        judgement.entries.iter_mut().for_each(|entry| entry.stands = true);
        return;
    }
    let firsts = first_bids(judgement);
    for entry in &mut judgement.entries {
        let Some((class, bidder)) = firsts.get(entry.unit) else { continue };
        entry.stands = entry.bid.bidder == *bidder;
        entry.contests = !entry.stands && entry.class == *class;
        if !entry.stands {
            let group = entry.bid.group_name().clone();
            entry.reasons.push(Reason::GroupCountedOnce { group, bidder: bidder.clone() });
        }
    }
}

/// Two firms of one group tie for standing: it matters where the group is placed or selected, or its brand volume might revive it.
pub(super) fn settle_standing(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    let contested: BTreeSet<usize> =
        judgement.entries.iter().filter(|entry| entry.contests).map(|entry| entry.unit).collect();
    let matters = |entry: &Entry<'_>| match entry.place {
        Place::Shortlisted | Place::ZeroVolume => true,
        Place::OutsideCap | Place::OverGroupLimit => {
            rules.revival.brand.is_some() || entry.selected.is_some()
        }
        Place::None => entry.selected.is_some(),
    };
    let mattering: BTreeSet<usize> = judgement
        .standing()
        .filter(|entry| contested.contains(&entry.unit) && matters(entry))
        .map(|entry| entry.unit)
        .collect();
    let classes: Vec<usize> = first_bids(judgement).into_iter().map(|(class, _)| class).collect();
    let mut tied: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (position, entry) in judgement.entries.iter().enumerate() {
        if mattering.contains(&entry.unit) && classes.get(entry.unit) == Some(&entry.class) {
            tied.entry(entry.unit).or_default().push(position);
        }
    }
    tied.values().for_each(|positions| judgement.declare_tie_at(positions));
}

/// Class and bidder of each unit's first bid.
fn first_bids(judgement: &Judgement<'_>) -> Vec<(usize, Name)> {
    let mut firsts: Vec<(usize, Name)> = Vec::new();
    for entry in &judgement.entries {
        if entry.unit == firsts.len() {
            firsts.push((entry.class, entry.bid.bidder.clone()));
        }
    }
    firsts
}
