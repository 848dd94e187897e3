//! README section 12: agreed volumes, to the unit.
use super::number::{Q, parse, print, round, whole};
use super::order::ratio;
use super::regions::{Setting, setting};
use super::{Case, Entry, Lot, RegionResult, Rules};
use num_traits::{ToPrimitive, Zero};
use std::collections::BTreeMap;

/// A row of the demand, its volume in units of the representative content.
pub(super) struct Row<'a> {
    pub(super) region: Option<&'a str>,
    pub(super) content: Option<Q>,
    pub(super) volume: Q,
    pub(super) bidder: Option<&'a String>,
    pub(super) product: Option<&'a String>,
    /// Reported for this very bid (a lot without demand rows).
    pub(super) bid: Option<usize>,
}

/// The lot's demand; without any, the bids' `brand_volume`.
pub(super) fn demand_rows<'a>(lot: &'a Lot, entries: &[Entry<'a>]) -> Vec<Row<'a>> {
    let representative = lot.representative_content.as_deref().and_then(parse);
    let mut rows = Vec::new();
    for demand in &lot.demand {
        let content = demand.content.as_deref().and_then(parse);
        rows.push(Row {
            region: Some(&demand.region),
            volume: whole(demand.volume) * ratio(content.as_ref(), representative.as_ref()),
            content,
            bidder: demand.bidder.as_ref(),
            product: demand.product.as_ref(),
            bid: None,
        });
    }
    if !rows.is_empty() {
        return rows;
    }
    for (i, entry) in entries.iter().enumerate() {
        let Some(volume) = entry.bid.brand_volume else { continue };
        rows.push(Row {
            region: None,
            content: entry.content.clone(),
            volume: whole(volume) * &entry.ratio,
            bidder: Some(&entry.bid.bidder),
            product: entry.bid.product.as_ref(),
            bid: Some(i),
        });
    }
    rows
}

/// One row of "to the unit": exact volume, whose it is, and the region row that shows it.
struct Line {
    exact: Q,
    entry: usize,
    region: Option<usize>,
}

/// Nothing reported, nothing agreed: the volumes stay empty.
pub(super) fn run(rules: &Rules, case: &mut Case) {
    let no_share = case.entries.iter().any(|e| e.selected && e.share.is_none());
    if rules.blocks("volume") || no_share || case.rows.is_empty() {
        return;
    }
    let mut lines = match setting(rules, case) {
        Some(setting) => pool_lines(case, &setting),
        None => Vec::new(),
    };
    lines.extend(brand_lines(rules, case));
    let units = to_the_unit(&lines);
    for entry in case.entries.iter_mut().filter(|e| e.selected) {
        entry.agreed_volume = Some(0);
    }
    for (line, units) in lines.iter().zip(units) {
        let sum = &mut case.entries[line.entry].agreed_volume;
        *sum = sum.map(|sum| sum + units);
        if let Some(region) = line.region {
            case.regions[region].volume = units;
        }
    }
}

fn share(case: &Case, entry: usize) -> Q {
    case.entries[entry].share.clone().unwrap_or_else(Q::zero)
}

/// Pool rows by region, then content, each supplied by its main supplier.
fn pool_lines(case: &mut Case, setting: &Setting) -> Vec<Line> {
    let order: Vec<_> = setting.firms.iter().collect();
    let supply = setting.choose(&order);
    let mut lines = Vec::new();
    for (region, pool) in &setting.pools {
        for (content, volume) in pool {
            let (main, backup) = setting.suppliers(&supply, region, content);
            if let Some(firm) = setting.firms.iter().find(|f| Some(&f.bidder) == main.as_ref()) {
                let quoting = firm.entries.iter().copied().find(|&i| case.entries[i].content == *content);
                let entry = quoting.unwrap_or(firm.entries[0]);
                let exact = volume * share(case, entry);
                lines.push(Line { exact, entry, region: Some(case.regions.len()) });
            }
            let content = content.as_ref().map(print);
            case.regions.push(RegionResult { region: region.clone(), content, main, backup, volume: 0 });
        }
    }
    lines
}

/// The selected bid with volume that a demand row is reported for (README section 12).
pub(super) fn target(case: &Case, row: &Row) -> Option<usize> {
    let of_bidder: Vec<usize> = (0..case.entries.len())
        .filter(|&i| case.entries[i].supplies() && row.bidder == Some(&case.entries[i].bid.bidder))
        .collect();
    match (row.bid, row.product) {
        (Some(bid), _) => of_bidder.into_iter().find(|&i| i == bid),
        (None, Some(product)) => {
            of_bidder.into_iter().find(|&i| case.entries[i].bid.product.as_ref() == Some(product))
        }
        (None, None) => of_bidder.first().copied(),
    }
}

/// The rows of what follows brands: region, content, bidder, product, and the bid itself, in this order.
type BrandRows<'a> = BTreeMap<(Option<&'a str>, Option<Q>, &'a str, Option<&'a str>, usize), Q>;

fn brand_lines(rules: &Rules, case: &Case) -> Vec<Line> {
    let mut rows = BrandRows::new();
    let spread = rules.text("volume.reassign").as_deref() == Some("in_proportion");
    let parts = proportions(case);
    for row in &case.rows {
        let receivers = match target(case, row) {
            Some(entry) => BTreeMap::from([(entry, whole(1))]),
            None if spread => parts.clone(),
            None => BTreeMap::new(),
        };
        for (i, part) in receivers {
            let bid = case.entries[i].bid;
            let key = (row.region, row.content.clone(), bid.bidder.as_str(), bid.product.as_deref(), i);
            *rows.entry(key).or_insert_with(Q::zero) += &row.volume * part;
        }
    }
    let mut lines = Vec::new();
    for ((_, _, _, _, entry), volume) in rows {
        lines.push(Line { exact: volume * share(case, entry), entry, region: None });
    }
    lines
}

/// The selected bids' parts of the volume reported for them; equal ones if all of it is zero.
fn proportions(case: &Case) -> BTreeMap<usize, Q> {
    let mut own = BTreeMap::new();
    for i in (0..case.entries.len()).filter(|&i| case.entries[i].supplies()) {
        own.insert(i, Q::zero());
    }
    for row in &case.rows {
        if let Some(entry) = target(case, row) {
            *own.get_mut(&entry).unwrap() += &row.volume;
        }
    }
    let total: Q = own.values().sum();
    let number = whole(own.len());
    for part in own.values_mut() {
        *part = if total.is_zero() { whole(1) / &number } else { &*part / &total };
    }
    own
}

/// Floors, and the missing units one each to the largest fractions, earlier rows first.
fn to_the_unit(lines: &[Line]) -> Vec<u64> {
    let total: Q = lines.iter().map(|line| &line.exact).sum();
    let mut units: Vec<_> = lines.iter().map(|line| line.exact.floor().to_integer()).collect();
    let given: num_bigint::BigInt = units.iter().sum();
    let missing = (round(&total) - given).to_usize().unwrap();
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|&a, &b| lines[b].exact.fract().cmp(&lines[a].exact.fract()));
    for &i in order.iter().take(missing) {
        units[i] += 1;
    }
    units.into_iter().map(|units| units.to_u64().unwrap()).collect()
}
