//! README sections 1 to 3: comparable price, validity, order, groups, rank.
use super::number::{Q, content_factor, parse, whole};
use super::volume::demand_rows;
use super::{Bid, Case, Entry, Lot, Rules};
use num_traits::One;
use std::cmp::Ordering;
use std::collections::BTreeSet;

pub(super) fn prepare<'a>(rules: &Rules, lot: &'a Lot) -> Case<'a> {
    let mut entries: Vec<Entry> = Vec::new();
    for bid in &lot.bids {
        entries.push(entry(rules, lot, bid, entries.len()));
    }
    entries.sort_by(in_order);
    drawn(&mut entries);
    entries.sort_by(in_order);
    let groups: BTreeSet<String> = entries.iter().filter(|e| e.valid).map(|e| e.group.clone()).collect();
    let mut case = Case {
        lot,
        rows: demand_rows(lot, &entries),
        entries,
        units: Vec::new(),
        groups: groups.len(),
        cap: lot.cap.map(|cap| cap.try_into().unwrap()),
        lowest: None,
        anchor: None,
        tied: false,
        standing_ties: Vec::new(),
        regions: Vec::new(),
    };
    rank(&mut case);
    standing(rules, &mut case);
    case
}

fn entry<'a>(rules: &Rules, lot: &'a Lot, bid: &'a Bid, number: usize) -> Entry<'a> {
    let representative = lot.representative_content.as_deref().and_then(parse);
    let content = bid.content.as_deref().and_then(parse).or_else(|| representative.clone());
    let ratio = ratio(content.as_ref(), representative.as_ref());
    let factor = factor(rules, content.as_ref(), &ratio);
    let unit_price = parse(&bid.price).unwrap() / whole(bid.units);
    let ceiling = bid.ceiling.as_deref().and_then(parse);
    let group = bid.group.clone().unwrap_or_else(|| format!("bidder {}", bid.bidder));
    let by_product = rules.text("cap.competes").as_deref() == Some("product");
    Entry {
        bid,
        unit: if by_product { number.to_string() } else { group.clone() },
        group,
        comparable: &unit_price / &factor,
        valid: ceiling.as_ref().is_none_or(|ceiling| unit_price <= *ceiling),
        content,
        ratio,
        factor,
        unit_price,
        ceiling,
        keys: tie_keys(rules, bid),
        rank: 0,
        stands: true,
        shortlisted: false,
        passed: None,
        selected: false,
        no_volume: false,
        final_comparable: None,
        share: None,
        agreed_volume: None,
        codes: BTreeSet::new(),
    }
}

/// Linear coefficient: content / representative content.
pub(super) fn ratio(content: Option<&Q>, representative: Option<&Q>) -> Q {
    match (content, representative) {
        (Some(content), Some(representative)) => content / representative,
        _ => Q::one(),
    }
}

/// Section 1: K. Without a content there is nothing to compare with, so 1.
fn factor(rules: &Rules, content: Option<&Q>, ratio: &Q) -> Q {
    if let Some(base) = rules.number("comparable.content_base") {
        return content_factor(&base, ratio);
    }
    match content {
        Some(content) if rules.has("comparable.ratios") => {
            rules.listed("comparable.ratios", content).unwrap()
        }
        _ => Q::one(),
    }
}

/// Section 3: the values of the tie keys as numbers, such that the smaller one is ahead.
fn tie_keys(rules: &Rules, bid: &Bid) -> Vec<Option<Q>> {
    let mut values = Vec::new();
    for key in rules.list("ties.keys") {
        let field = |name| key.get(name).and_then(toml::Value::as_str).unwrap_or_default();
        let text = bid.columns.get(field("column")).map(String::as_str).unwrap_or_default();
        let value = match field("kind") {
            "date" => parse(&text.replace('-', "")),
            _ => parse(text),
        };
        values.push(if field("order") == "highest_first" { value.map(|v| -v) } else { value });
    }
    values
}

/// Section 3: the order drawn or set on site is one more key for tied bids that all have it.
fn drawn(entries: &mut [Entry]) {
    let mut places = Vec::new();
    for me in entries.iter() {
        let tied: Vec<&Entry> = entries.iter().filter(|e| e.valid && compare(e, me).is_eq()).collect();
        places.push(if me.valid && settles(tied.iter().map(|e| e.tie_order())) {
            me.tie_order()
        } else {
            None
        });
    }
    for (entry, place) in entries.iter_mut().zip(places) {
        if place.is_some() {
            entry.note("TIE_SETTLED");
        }
        entry.keys.push(place);
    }
}

/// All have a place, and there are at least two places.
pub(super) fn settles(places: impl Iterator<Item = Option<Q>>) -> bool {
    let places: Vec<Option<Q>> = places.collect();
    places.iter().all(Option::is_some) && places.iter().any(|place| *place != places[0])
}

/// Section 3: comparable price, then the tie keys; a bid without a value after those that have one.
pub(super) fn compare(a: &Entry, b: &Entry) -> Ordering {
    let mut order = a.comparable.cmp(&b.comparable);
    for (x, y) in a.keys.iter().zip(&b.keys) {
        order = order.then(match (x, y) {
            (Some(x), Some(y)) => x.cmp(y),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
    }
    order
}

/// Void bids last; tied bids by bidder, product and content, so that the order of the input says nothing.
fn in_order(a: &Entry, b: &Entry) -> Ordering {
    let name = |e: &Entry| (e.bid.bidder.clone(), e.bid.product.clone(), e.content.clone());
    b.valid.cmp(&a.valid).then_with(|| compare(a, b)).then_with(|| name(a).cmp(&name(b)))
}

/// 1 + the number of other units with a bid strictly ahead.
fn rank(case: &mut Case) {
    for i in 0..case.entries.len() {
        let mut ahead: BTreeSet<&str> = BTreeSet::new();
        let me = &case.entries[i];
        for other in case.entries.iter().filter(|e| e.valid && e.unit != me.unit) {
            if compare(other, me) == Ordering::Less {
                ahead.insert(&other.unit);
            }
        }
        let rank = 1 + ahead.len();
        case.entries[i].rank = rank;
        if !case.entries[i].valid {
            case.entries[i].note("ABOVE_CEILING");
        }
    }
}

/// Who stands for the group, and the units in order.
fn standing(rules: &Rules, case: &mut Case) {
    let by_product = rules.text("cap.competes").as_deref() == Some("product");
    let valid: Vec<usize> = (0..case.entries.len()).filter(|&i| case.entries[i].valid).collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for &first in &valid {
        if !seen.insert(case.entries[first].unit.clone()) {
            continue;
        }
        let mine: Vec<usize> =
            valid.iter().copied().filter(|&i| case.entries[i].unit == case.entries[first].unit).collect();
        let bidder = case.entries[first].bid.bidder.clone();
        let equal: Vec<usize> = mine
            .iter()
            .copied()
            .filter(|&i| compare(&case.entries[i], &case.entries[first]) == Ordering::Equal)
            .collect();
        if !by_product && equal.iter().any(|&i| case.entries[i].bid.bidder != bidder) {
            case.standing_ties.push(equal);
        }
        let mut unit = Vec::new();
        for i in mine {
            if case.entries[i].bid.bidder == bidder {
                unit.push(i);
            } else {
                case.entries[i].stands = false;
                case.entries[i].note("GROUP_COUNTED_ONCE");
            }
        }
        case.units.push(unit);
    }
}
