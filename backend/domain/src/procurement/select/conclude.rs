//! Sections 10 to 13: classes, volume share, period, volumes; and the decision as it is told.
use super::judgement::{Entry, How, Judgement, Place, Selected};
use super::price::identity;
use super::volumes::{Supply, supply};
use crate::exact::Exact;
use crate::procurement::decision::{BidDecision, LotDecision, LotStatus, Period};
use crate::procurement::reason::Reason;
use crate::procurement::rules::{Blocks, Number, PeriodRule, RuleSet};

/// The rank that makes class A into A1.
const FIRST_RANK: u64 = 1;

/// Gives the selected bids of a lot their shares, period, regions and volumes, and tells the decision. Shares are fractions of the
/// reported volume; volumes add up to the unit. A tie that turns out to matter here leaves the lot without selection.
pub(super) fn conclude(rules: &RuleSet, mut judgement: Judgement<'_>) -> LotDecision {
    tie_for_first_class(rules, &mut judgement);
    let count = number_selected(&judgement);
    let shares = shares(rules, &mut judgement, count);
    let supply = if judgement.tied { Supply::default() } else { supply(rules, &mut judgement, &shares) };
    if judgement.tied {
        judgement.entries.iter_mut().for_each(|entry| entry.selected = None);
    }
    let period = period(rules, &mut judgement, count);
    tell(judgement, &shares, period, supply)
}

/// The class of a selected bid of an insulin-type round.
fn class_of(entry: &Entry<'_>) -> Option<&'static str> {
    match entry.selected.as_ref()?.how {
        How::Fuse if entry.rank == FIRST_RANK => Some("A1"),
        How::Fuse => Some("A"),
        How::Printed => Some("B"),
        How::RevivedFormer => Some("C"),
        How::Other | How::Revived | How::RevivedByBrand | How::RevivedReference | How::ZeroVolume => None,
    }
}

fn tie_for_first_class(rules: &RuleSet, judgement: &mut Judgement<'_>) {
    if rules.classes.is_none() || judgement.tied {
        return;
    }
    let first: Vec<usize> = judgement
        .entries
        .iter()
        .filter(|entry| class_of(entry) == Some("A1"))
        .map(|entry| entry.unit)
        .collect();
    if first.windows(2).any(|pair| pair.first() != pair.last()) {
        judgement.declare_tie(|entry| class_of(entry) == Some("A1"));
    }
}

/// Competing units with a selected bid that has volume.
fn number_selected(judgement: &Judgement<'_>) -> u64 {
    let mut units: Vec<usize> =
        judgement.selected().filter(|entry| entry.has_volume()).map(|entry| entry.unit).collect();
    units.sort_unstable();
    units.dedup();
    u64::try_from(units.len()).unwrap_or(u64::MAX)
}

/// The volume share of each entry: of its class, else of the lot's volume class by number selected.
fn shares(rules: &RuleSet, judgement: &mut Judgement<'_>, count: u64) -> Vec<Option<Exact>> {
    if judgement.tell_unknown(rules, Blocks::Volume, |entry| entry.selected.is_some()) {
        return vec![None; judgement.entries.len()];
    }
    let lot = judgement.lot;
    let by_count =
        rules.share_class(lot.volume_class.as_deref(), &lot.name).and_then(|class| class.table.at(count));
    let mut consulted = judgement.consulted;
    let mut number = |number: &Number| {
        consulted.add(number.provision);
        number.value.clone()
    };
    let share = |entry: &mut Entry<'_>| {
        let selected = entry.selected.as_ref()?;
        if !selected.how.has_volume() {
            return Some(Exact::zero());
        }
        match (&rules.classes, class_of(entry)) {
            (Some(classes), Some(class)) => {
                entry.reasons.push(Reason::Class { class: class.into() });
                let share = match class {
                    "A1" => &classes.a1,
                    "A" => &classes.a,
                    "B" => &classes.b,
                    _ => &classes.c,
                };
                Some(number(share))
            }
            _ => by_count.map(&mut number),
        }
    };
    let shares = judgement.entries.iter_mut().map(share).collect();
    judgement.consulted = consulted;
    shares
}

/// How long the contracts run: of a listed lot, to a fixed date, or by number selected, of the volume class first.
fn period(rules: &RuleSet, judgement: &mut Judgement<'_>, count: u64) -> Option<Period> {
    let rule = rules.period.as_ref().filter(|_| count > 0 && !judgement.tied)?;
    let listed =
        rule.listed.iter().find(|(_, lots)| lots.iter().any(|listed| **listed == *judgement.lot.name));
    if let Some((months, _)) = listed {
        return Some(Period::Months(judgement.count(months)));
    }
    if let Some((until, provision)) = &rule.until {
        judgement.consult(*provision);
        return Some(Period::Until(until.clone()));
    }
    months(rules, rule, judgement, count)
}

fn months(rules: &RuleSet, rule: &PeriodRule, judgement: &mut Judgement<'_>, count: u64) -> Option<Period> {
    let lot = judgement.lot;
    let class = rules.share_class(lot.volume_class.as_deref(), &lot.name);
    let of_class = class.and_then(|class| rule.classes.iter().find(|(name, _)| *name == class.name));
    let table = of_class.map(|(_, table)| table).or(rule.months.as_ref())?;
    Some(Period::Months(judgement.count(table.at(count)?)))
}

fn tell(
    judgement: Judgement<'_>,
    shares: &[Option<Exact>],
    period: Option<Period>,
    supply: Supply,
) -> LotDecision {
    let lot = judgement.lot;
    let reported = !lot.demand.is_empty() || lot.bids.iter().any(|bid| bid.brand_volume.is_some());
    let agreed = |position: usize| supply.agreed.get(position).copied().filter(|_| reported);
    let status = match (judgement.tied, judgement.entries.is_empty()) {
        (true, _) => LotStatus::Tied,
        (false, true) => LotStatus::NoValidBid,
        (false, false) => LotStatus::Decided,
    };
    let mut entries: Vec<(usize, Entry<'_>)> = judgement.entries.into_iter().enumerate().collect();
    entries.sort_by(|(_, a), (_, b)| {
        (a.rank, &a.comparable, identity(a)).cmp(&(b.rank, &b.comparable, identity(b)))
    });
    let valid = entries.into_iter().map(|(position, entry)| {
        let share = shares.get(position).cloned().flatten();
        let agreed = share.as_ref().and_then(|_| agreed(position));
        tell_bid(entry, true, share, agreed)
    });
    let void = judgement.void.into_iter().map(|entry| tell_bid(entry, false, None, None));
    LotDecision {
        lot: lot.name.clone(),
        status,
        qualified_bidders: judgement.qualified,
        cap: judgement.cap,
        lowest: judgement.lowest,
        anchor: judgement.anchor,
        period,
        bids: valid.chain(void).collect(),
        regions: supply.regions,
        brand_volumes: supply.brands,
        consulted: judgement.consulted,
    }
}

fn tell_bid(entry: Entry<'_>, valid: bool, share: Option<Exact>, agreed: Option<u64>) -> BidDecision {
    let selected = entry.selected.is_some();
    let final_price = entry.selected.as_ref().map(|selected| final_price(&entry, selected));
    BidDecision {
        bidder: entry.bid.bidder.clone(),
        group: entry.bid.group_name().clone(),
        product: entry.bid.product.clone(),
        content: entry.content,
        unit_price: entry.unit_price,
        comparable_price: entry.comparable,
        rank: valid.then_some(entry.rank),
        valid,
        shortlisted: entry.place == Place::Shortlisted,
        selected,
        final_price,
        share: share.filter(|_| selected),
        agreed_volume: agreed.filter(|_| selected),
        reasons: entry.reasons,
    }
}

/// Back from the comparable price to the price per unit of the bid's own content.
fn final_price(entry: &Entry<'_>, selected: &Selected) -> Exact {
    if selected.comparable == entry.comparable {
        return entry.unit_price.clone();
    }
    entry.factor.as_ref().map_or_else(|| selected.comparable.clone(), |factor| &selected.comparable * factor)
}
