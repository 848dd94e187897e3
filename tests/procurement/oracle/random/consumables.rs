//! Lots of the consumable rounds: stents and joints.
use super::demand::add_demand;
use super::{Random, money};
use crate::naive::{Bid, Lot};

pub(super) fn stents(r: &mut Random, number: u64) -> Lot {
    let mut lot = Lot { name: format!("stent {number}"), ..Lot::default() };
    if r.percent(15) {
        lot.cap = Some(r.between(1, 8));
    }
    if r.percent(50) {
        lot.form = Some("consumable".to_string());
    }
    let style = r.below(3);
    let ceilings = r.percent(30);
    for bidder in 1..=r.between(1, 7) {
        let group = r.percent(15).then(|| r.pick(&["group X", "group Y"]).to_string());
        for product in 0..r.pick(&[1, 1, 2, 3, 5, 6]) {
            let price = match style {
                0 => r.pick(&[469, 470, 798, 844, 845, 1_000, 2_850, 2_851, 3_000]) * 10_000,
                1 => r.between(20_000_000, 40_000_000),
                _ => r.between(1_000_000, 90_000_000),
            };
            lot.bids.push(Bid {
                bidder: format!("maker {bidder}"),
                group: group.clone(),
                product: Some(format!("stent {bidder}{product}")),
                price: money(price),
                units: 1,
                ceiling: ceilings.then(|| "3000".to_string()),
                ..Bid::default()
            });
        }
    }
    let brand_volumes = r.percent(40);
    for bid in lot.bids.iter_mut().filter(|_| brand_volumes) {
        bid.brand_volume = Some(r.pick(&[0, 1, 7, 100, 12_345]));
    }
    if !brand_volumes || r.percent(20) {
        add_demand(r, &mut lot);
        lot.preferences.clear();
    }
    lot
}

/// The names that the first, second and third lot of a round can have.
const JOINTS: [[&str; 2]; 3] = [
    ["hip ceramic-ceramic", "hip ceramic-polyethylene"],
    ["陶瓷-聚乙烯类髋关节", "hip alloy-polyethylene"],
    ["knee", "knee"],
];

pub(super) fn joints(r: &mut Random, number: u64) -> Lot {
    let names = JOINTS[usize::try_from(number).unwrap()];
    let mut lot = Lot { name: r.pick(&names).to_string(), ..Lot::default() };
    let volumes: &[u64] =
        if r.percent(40) { &[0, 10, 10, 20, 80] } else { &[1, 50, 333, 4_000, 5_001, 77, 850] };
    let spread = r.percent(50);
    let yes = r.pick(&[70, 90, 97]);
    for bidder in 1..=r.bidders() {
        let group = r.percent(20).then(|| r.pick(&["group X", "group Y"]).to_string());
        for system in 0..r.pick(&[1, 1, 1, 2]) {
            let mut volume = r.pick(volumes);
            if spread {
                volume = volume * 100 + r.below(100);
            }
            let mut bid = Bid {
                bidder: format!("maker {bidder:02}"),
                group: group.clone(),
                product: Some(format!("system {bidder:02}{system}")),
                price: money(r.between(50, 150) * 1_000_000),
                units: 1,
                ceiling: r.percent(50).then(|| "14000".to_string()),
                brand_volume: Some(volume),
                ..Bid::default()
            };
            for column in ["supplies_every_prefecture", "cross_linked_liner"] {
                let answer = if r.percent(yes) { "yes" } else { "no" };
                bid.columns.insert(column.to_string(), answer.to_string());
            }
            lot.bids.push(bid);
        }
    }
    if r.percent(30) {
        add_demand(r, &mut lot);
        lot.preferences.clear();
    }
    lot
}
