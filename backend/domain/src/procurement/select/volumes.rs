//! Section 12: whose the reported volume is, and its division to the unit.
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::judgement::{Entry, Judgement};
use super::regions::{self, Allocation, Pool};
use crate::division::divide;
use crate::exact::Exact;
use crate::procurement::decision::{BrandVolume, RegionAward};
use crate::procurement::rules::{RuleSet, VolumeMethod};
use crate::procurement::supply::Market;
use crate::procurement::values::Name;

/// What a lot's volume comes to.
#[derive(Default)]
pub(super) struct Supply {
    pub(super) regions: Vec<RegionAward>,
    pub(super) brands: Vec<BrandVolume>,
    /// Agreed volume of each entry.
    pub(super) agreed: Vec<u64>,
}

/// One reported volume, in units of the representative content.
struct Reported<'a> {
    region: Option<&'a Name>,
    content: Option<Decimal>,
    volume: Exact,
    /// The entry that keeps it as its brand's.
    keeper: Option<usize>,
}

/// A volume that follows its brand, before rounding.
struct BrandRow<'a> {
    region: Option<&'a Name>,
    content: Option<Decimal>,
    entry: usize,
    volume: Exact,
}

/// Divides the reported volume over the selected bids, each with its share. Declares a tie where the turns depend on one.
pub(super) fn supply(rules: &RuleSet, judgement: &mut Judgement<'_>, shares: &[Option<Exact>]) -> Supply {
    let reported = reported(judgement);
    match rules.volume {
        VolumeMethod::Regions(provision) => {
            judgement.consult(provision);
            by_region(rules, judgement, &reported, shares)
        }
        VolumeMethod::Own { reassign, provision } => {
            judgement.consult(provision);
            by_brand(judgement, &reported, shares, reassign)
        }
    }
}

fn reported<'a>(judgement: &Judgement<'a>) -> Vec<Reported<'a>> {
    let lot = judgement.lot;
    let mut keepers: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
    for (position, entry) in judgement.entries.iter().enumerate().filter(|(_, entry)| entry.has_volume()) {
        keepers.entry(&entry.bid.bidder).or_default().push(position);
    }
    let product_of =
        |position: &usize| judgement.entries.get(*position).and_then(|entry| entry.bid.product.as_ref());
    let keeper = |bidder: &Name, product: Option<&Name>| {
        let own = keepers.get(bidder)?;
        product.map_or(own.first(), |_| own.iter().find(|position| product_of(position) == product)).copied()
    };
    if lot.demand.is_empty() {
        return stated_by_bids(judgement);
    }
    let rows = lot.demand.iter().map(|demand| Reported {
        region: Some(&demand.region),
        content: demand.content,
        volume: lot.in_representative_units(demand.volume, demand.content),
        keeper: demand.bidder.as_ref().and_then(|bidder| keeper(bidder, demand.product.as_ref())),
    });
    rows.collect()
}

/// Without demand rows, the bids' brand volumes are the demand, each reported for its bid.
fn stated_by_bids<'a>(judgement: &Judgement<'a>) -> Vec<Reported<'a>> {
    let lot = judgement.lot;
    let row = |entry: &Entry<'_>, keeper: Option<usize>| {
        let volume = lot.in_representative_units(entry.bid.brand_volume?, entry.bid.content);
        Some(Reported { region: None, content: entry.content, volume, keeper })
    };
    let valid = judgement.entries.iter().enumerate();
    let valid = valid.filter_map(|(position, entry)| row(entry, entry.has_volume().then_some(position)));
    valid.chain(judgement.void.iter().filter_map(|entry| row(entry, None))).collect()
}

/// The market that the selected firms of a lot choose in; none where no regions are chosen, or there is nobody or nothing.
pub(super) fn market(rules: &RuleSet, judgement: &Judgement<'_>) -> Option<Market> {
    let regions = rules.regions.as_ref()?;
    match rules.volume {
        VolumeMethod::Regions(_) => {
            let market = regions::market(regions, judgement, &pools(&reported(judgement)));
            (!judgement.tied && !market.firms.is_empty() && !market.regions.is_empty()).then_some(market)
        }
        VolumeMethod::Own { .. } => None,
    }
}

fn by_region<'a>(
    rules: &RuleSet,
    judgement: &mut Judgement<'a>,
    reported: &[Reported<'a>],
    shares: &[Option<Exact>],
) -> Supply {
    let pools = pools(reported);
    let allocation = match &rules.regions {
        Some(regions) if !pools.is_empty() => regions::allocate(regions, judgement, &pools),
        Some(_) | None => Allocation::default(),
    };
    if judgement.tied {
        return Supply::default();
    }
    let brands = reported.iter().filter_map(|row| Some(brand_row(row, row.keeper?))).collect();
    to_the_unit(judgement, &allocation, merge(judgement, brands), shares)
}

/// One pool per region and content, in that order; zero where all was reported for brands that keep it.
fn pools<'a>(reported: &[Reported<'a>]) -> Vec<Pool<'a>> {
    let rows = reported.iter().filter_map(|row| {
        let volume = if row.keeper.is_none() { row.volume.clone() } else { Exact::zero() };
        Some(Pool { region: row.region?, content: row.content, volume })
    });
    let mut rows: Vec<Pool<'a>> = rows.collect();
    rows.sort_by(|a, b| (a.region, a.content).cmp(&(b.region, b.content)));
    rows.dedup_by(|row, kept| {
        let same = (row.region, row.content) == (kept.region, kept.content);
        if same {
            kept.volume = &kept.volume + &row.volume;
        }
        same
    });
    rows
}

fn brand_row<'a>(row: &Reported<'a>, entry: usize) -> BrandRow<'a> {
    BrandRow { region: row.region, content: row.content, entry, volume: row.volume.clone() }
}

/// Each selected bid keeps its own volume; the others' is spread in proportion to it, or left.
fn by_brand(
    judgement: &Judgement<'_>,
    reported: &[Reported<'_>],
    shares: &[Option<Exact>],
    reassign: bool,
) -> Supply {
    let takers: Vec<usize> = judgement
        .entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.has_volume())
        .map(|(position, _)| position)
        .collect();
    let own = |entry: usize| {
        let rows = reported.iter().filter(|row| row.keeper == Some(entry));
        rows.fold(Exact::zero(), |sum, row| &sum + &row.volume)
    };
    let weights: Vec<Exact> = takers.iter().map(|entry| own(*entry)).collect();
    let total = weights.iter().fold(Exact::zero(), |sum, weight| &sum + weight);
    let count = Exact::from(u64::try_from(takers.len()).unwrap_or(u64::MAX));
    let mut brands: Vec<BrandRow<'_>> = Vec::new();
    for row in reported {
        match row.keeper {
            Some(entry) => brands.push(brand_row(row, entry)),
            None if reassign => brands.extend(takers.iter().zip(&weights).filter_map(|(&entry, weight)| {
                let part = weight.checked_div(&total).or_else(|| Exact::one().checked_div(&count))?;
                Some(BrandRow { volume: &row.volume * &part, ..brand_row(row, entry) })
            })),
            None => {}
        }
    }
    to_the_unit(judgement, &Allocation::default(), merge(judgement, brands), shares)
}

/// One row per region, content and bid, in that order.
fn merge<'a>(judgement: &Judgement<'_>, mut rows: Vec<BrandRow<'a>>) -> Vec<BrandRow<'a>> {
    let identity = |row: &BrandRow<'_>| {
        judgement.entries.get(row.entry).map(|entry| (entry.bid.bidder.clone(), entry.bid.product.clone()))
    };
    rows.sort_by_cached_key(|row| (row.region, row.content, identity(row), row.entry));
    rows.dedup_by(|row, kept| {
        let same = (row.region, row.content, row.entry) == (kept.region, kept.content, kept.entry);
        if same {
            kept.volume = &kept.volume + &row.volume;
        }
        same
    });
    rows
}

/// Rounds: the lot's total half-up, each row its floor, the missing units to the largest fractions, earlier rows first.
fn to_the_unit(
    judgement: &Judgement<'_>,
    allocation: &Allocation<'_>,
    brands: Vec<BrandRow<'_>>,
    shares: &[Option<Exact>],
) -> Supply {
    let share = |entry: usize| shares.get(entry).cloned().flatten().unwrap_or_else(Exact::zero);
    let region_rows = allocation.rows.iter().map(|row| &row.pool * &share(row.entry));
    let brand_rows = brands.iter().map(|row| &row.volume * &share(row.entry));
    let exact: Vec<Exact> = region_rows.chain(brand_rows).collect();
    let whole = divide(&exact);
    let mut supply = Supply { agreed: vec![0; judgement.entries.len()], ..Supply::default() };
    let mut volumes = whole.into_iter();
    for (row, volume) in allocation.rows.iter().zip(volumes.by_ref()) {
        add(&mut supply.agreed, row.entry, volume);
        supply.regions.push(RegionAward {
            region: row.region.clone(),
            content: row.content,
            main: row.main.clone(),
            backup: row.backup.cloned(),
            volume,
        });
    }
    for (row, volume) in brands.iter().zip(volumes) {
        add(&mut supply.agreed, row.entry, volume);
        supply.brands.extend(judgement.entries.get(row.entry).map(|entry| brand_volume(row, entry, volume)));
    }
    supply
}

fn add(agreed: &mut [u64], entry: usize, volume: u64) {
    if let Some(sum) = agreed.get_mut(entry) {
        *sum = sum.saturating_add(volume);
    }
}

fn brand_volume(row: &BrandRow<'_>, entry: &Entry<'_>, volume: u64) -> BrandVolume {
    BrandVolume {
        region: row.region.cloned(),
        content: row.content,
        bidder: entry.bid.bidder.clone(),
        product: entry.bid.product.clone(),
        volume,
    }
}
