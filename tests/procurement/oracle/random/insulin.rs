//! Lots of the insulin rounds: one of six groups, several products of a firm.
use super::demand::add_demand;
use super::{Family, Random, money};
use crate::naive::{Bid, Lot};

pub(super) fn lot(r: &mut Random, family: Family, number: u64) -> Lot {
    let mut lot = Lot {
        name: format!("group {number}"),
        representative_content: Some("300".to_string()),
        ..Lot::default()
    };
    if r.percent(10) {
        lot.cap = Some(r.between(1, 5));
    }
    let ceiling = r.pick(&[720_000, 700_000, 500_000]);
    let ladder = r.percent(60);
    for bidder in 1..=r.between(1, 8) {
        let group = r.percent(15).then(|| r.pick(&["group X", "group Y"]).to_string());
        for product in 0..r.pick(&[1, 1, 1, 2, 3]) {
            let content = r.pick(&["", "300", "400", "450"]);
            let unit = unit_price(r, ceiling, ladder);
            let units = r.pick(&[1, 1, 3, 5]);
            let mut bid = Bid {
                bidder: format!("firm {bidder}"),
                group: group.clone(),
                product: Some(format!("brand {bidder}{product}")),
                price: money(unit * units),
                units,
                content: (!content.is_empty()).then(|| content.to_string()),
                ceiling: r.percent(85).then(|| money(ceiling)),
                ..Bid::default()
            };
            if family == Family::Insulin2024 {
                add_columns(r, &mut bid, unit);
            }
            lot.bids.push(bid);
        }
    }
    let brand_volumes = r.percent(30);
    for bid in lot.bids.iter_mut().filter(|_| brand_volumes) {
        bid.brand_volume = Some(r.between(1, 500));
    }
    if !(brand_volumes && r.percent(60)) {
        add_demand(r, &mut lot);
        lot.preferences.clear();
    }
    lot
}

/// Around a cut of 40 %, around 1.3 times the lowest.
fn unit_price(r: &mut Random, ceiling: u64, ladder: bool) -> u64 {
    if ladder {
        return ceiling * r.between(30, 102) / 100;
    }
    ceiling * r.pick(&[40, 50, 52, 60, 60, 65, 66, 70, 78, 91, 100, 101]) / 100
}

fn add_columns(r: &mut Random, bid: &mut Bid, unit: u64) {
    if r.percent(60) {
        let printed = unit * r.pick(&[7_692, 9_000, 9_999, 10_000, 10_001, 12_000]) / 10_000;
        bid.columns.insert("b_class_price".to_string(), money(printed));
    }
    if r.percent(50) {
        let former = unit * r.pick(&[9_000, 9_999, 10_000, 11_000]) / 10_000;
        bid.columns.insert("former_price".to_string(), money(former));
    }
}
