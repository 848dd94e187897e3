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
    judgement.lowest = units.first().map(|unit| unit.comparable.clone());
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

/// What the walk down the list has given out.
struct Walk<'u> {
    places: usize,
    limit: Option<u64>,
    by_group: BTreeMap<&'u Name, u64>,
    outcome: BTreeMap<usize, Place>,
    tied: Vec<&'u Unit>,
}

fn walk(judgement: &mut Judgement<'_>, units: &[Unit], places: usize, limit: Option<u64>) {
    let cap = judgement.cap.unwrap_or(u64::try_from(units.len()).unwrap_or(u64::MAX));
    let mut walk =
        Walk { places, limit, by_group: BTreeMap::new(), outcome: BTreeMap::new(), tied: Vec::new() };
    units.chunk_by(|a, b| a.class == b.class).for_each(|class| walk.place(class));
    tell(judgement, &walk.outcome, cap, limit);
    if !walk.tied.is_empty() {
        let tied: BTreeMap<usize, usize> = walk.tied.iter().map(|unit| (unit.unit, unit.class)).collect();
        judgement.declare_tie(|entry| tied.get(&entry.unit) == Some(&entry.class));
    }
}

impl<'u> Walk<'u> {
    /// Places the units of one class: those that all fit are in, and where only some fit those are tied.
    fn place(&mut self, class: &'u [Unit]) {
        if self.places == 0 {
            return self.set(class.iter(), Place::OutsideCap);
        }
        let mut of_group: BTreeMap<&Name, Vec<&'u Unit>> = BTreeMap::new();
        class.iter().for_each(|unit| of_group.entry(&unit.group).or_default().push(unit));
        let room = |group: &Name| match self.limit {
            Some(limit) => limit.saturating_sub(self.by_group.get(group).copied().unwrap_or(0)),
            None => u64::MAX,
        };
        let groups: Vec<(Vec<&'u Unit>, usize)> = of_group
            .into_iter()
            .map(|(group, units)| (units, usize::try_from(room(group)).unwrap_or(usize::MAX)))
            .collect();
        let wanted =
            groups.iter().fold(0usize, |sum, (units, room)| sum.saturating_add(units.len().min(*room)));
        for (units, room) in groups {
            if room == 0 {
                self.set(units.into_iter(), Place::OverGroupLimit);
            } else if wanted > self.places || units.len() > room {
                self.count(&units, room);
                self.tied.extend(units);
            } else {
                self.count(&units, room);
                self.set(units.into_iter(), Place::Shortlisted);
            }
        }
        self.places = self.places.saturating_sub(wanted);
    }

    fn set(&mut self, units: impl Iterator<Item = &'u Unit>, place: Place) {
        self.outcome.extend(units.map(|unit| (unit.unit, place)));
    }

    fn count(&mut self, units: &[&'u Unit], room: usize) {
        if let Some(first) = units.first() {
            let used = self.by_group.entry(&first.group).or_default();
            *used = used.saturating_add(u64::try_from(units.len().min(room)).unwrap_or(u64::MAX));
        }
    }
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
