//! Demand by region, by brand and by content, and preferences.
use super::Random;
use crate::naive::{Demand, Lot, Preference};
use std::collections::BTreeSet;

const REGIONS: [&str; 12] = [
    "上海",
    "北京",
    "天津",
    "Anhui",
    "Hebei",
    "Hunan",
    "Jilin",
    "anhui",
    "region 1",
    "region 10",
    "region 2",
    "云南",
];

pub(super) fn add_demand(r: &mut Random, lot: &mut Lot) {
    let many = match r.below(10) {
        0 => 0,
        1..7 => r.between(1, 5),
        _ => r.between(4, 12),
    };
    let mut regions = REGIONS.to_vec();
    r.shuffle(&mut regions);
    regions.truncate(usize::try_from(many).unwrap());
    let volumes: &[u64] =
        if r.percent(50) { &[1, 2, 3, 10, 10] } else { &[100, 1_000, 1_000, 12_345, 999_983] };
    let mut contents: BTreeSet<Option<String>> = lot.bids.iter().map(|b| b.content.clone()).collect();
    contents.insert(None);
    let contents: Vec<_> = contents.into_iter().collect();
    let brands = r.percent(50);
    for region in &regions {
        let generic = if r.percent(90) { r.between(1, 2) } else { 0 };
        for _ in 0..generic {
            let content = r.pick(&contents);
            push(lot, Demand { content, ..row(region, r.pick(volumes)) });
        }
        if brands {
            add_brand_rows(r, lot, region, volumes);
        }
    }
    add_preferences(r, lot, &regions);
}

fn row(region: &str, volume: u64) -> Demand {
    Demand { region: region.to_string(), volume, ..Demand::default() }
}

/// Rows for bidders of the lot, with or without product, and for one that did not bid.
fn add_brand_rows(r: &mut Random, lot: &mut Lot, region: &str, volumes: &[u64]) {
    for _ in 0..r.below(4) {
        let bid = r.pick(&lot.bids);
        let (named, stated) = (r.percent(60), r.percent(80));
        let brand = Demand {
            bidder: Some(bid.bidder.clone()),
            product: bid.product.clone().filter(|_| named),
            content: bid.content.clone().filter(|_| stated),
            ..row(region, r.pick(volumes))
        };
        push(lot, brand);
    }
    if r.percent(25) {
        let stranger = Some("no bidder".to_string());
        push(lot, Demand { bidder: stranger, ..row(region, r.pick(volumes)) });
    }
}

/// No two rows with the same key. The representative content and no content are the same.
fn push(lot: &mut Lot, row: Demand) {
    let representative = lot.representative_content.clone();
    let key = |d: &Demand| {
        let content = d.content.clone().or_else(|| representative.clone());
        (d.region.clone(), d.bidder.clone(), d.product.clone(), content)
    };
    if !lot.demand.iter().any(|d| key(d) == key(&row)) {
        lot.demand.push(row);
    }
}

fn add_preferences(r: &mut Random, lot: &mut Lot, regions: &[&str]) {
    if !r.percent(40) {
        return;
    }
    let named: BTreeSet<String> = lot.demand.iter().map(|d| d.region.clone()).collect();
    let bidders: BTreeSet<String> = lot.bids.iter().map(|b| b.bidder.clone()).collect();
    for bidder in bidders {
        if r.percent(40) {
            continue;
        }
        let mut list: Vec<&&str> = regions.iter().filter(|region| named.contains(**region)).collect();
        r.shuffle(&mut list);
        list.truncate(usize::try_from(r.below(5)).unwrap());
        let mut order = 0;
        for region in list {
            order += r.between(1, 3);
            lot.preferences.push(Preference { bidder: bidder.clone(), region: region.to_string(), order });
        }
    }
}
