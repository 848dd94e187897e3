//! Lots of the drug rounds.
use super::demand::add_demand;
use super::{Family, Random, money};
use crate::naive::{Bid, Lot};

const RATIOS: [u64; 14] = [
    10_000, 10_000, 10_001, 5_000, 9_999, 17_999, 18_000, 18_000, 18_001, 20_000, 20_000, 25_000, 40_000,
    90_000,
];

/// How the prices of a lot are drawn.
struct Prices {
    style: u64,
    base: u64,
}

impl Prices {
    fn new(r: &mut Random) -> Prices {
        Prices { style: r.below(6), base: r.pick(&[500, 999, 1_000, 1_001, 5_555, 10_000, 20_000, 100_000]) }
    }

    /// Unit price in ten-thousandths.
    fn draw(&self, r: &mut Random) -> u64 {
        let base = self.base;
        let price = match self.style {
            0 => base * r.pick(&RATIOS) / 10_000,
            1 => base + r.below(6) * base / 20,
            2 => base * r.between(1, 9) / 4,
            3 => base * r.between(1, 400) / 100,
            // A low one far from a crowd: zero-volume selection and the anchors.
            4 => base * if r.percent(12) { 10 } else { r.pick(&[100, 100, 101, 105]) } / 10,
            _ => base * r.pick(&[1, 2, 2, 3, 3, 3, 4]),
        };
        price.max(1)
    }
}

const CLASSES: [&str; 3] = ["standard", "minus10_antimicrobial_or_listed", "minus20_special_listed"];

pub(super) fn lot(r: &mut Random, family: Family, number: u64) -> Lot {
    let mut lot = Lot { name: name(r, number), ..Lot::default() };
    if r.percent(40) {
        lot.form = Some(r.pick(&["oral", "small_injection", "large_injection", "consumable"]).to_string());
    }
    if r.percent(20) {
        let classes = if family == Family::Union { &CLASSES[..1] } else { &CLASSES[..] };
        lot.volume_class = Some(r.pick(classes).to_string());
    }
    if r.percent(15) {
        lot.cap = Some(r.between(1, 6));
    }
    let crowd = family == Family::Round12 && r.percent(40);
    let bidders = if crowd { r.between(9, 14) } else { r.bidders() };
    add_bids(r, &mut lot, bidders);
    add_ceilings(r, &mut lot);
    add_groups(r, &mut lot);
    add_keys(r, &mut lot);
    let with_brands = matches!(family, Family::Round11 | Family::Round12);
    add_brand_volumes(r, &mut lot, if with_brands { 35 } else { 10 });
    if family == Family::Round12 {
        add_references(r, &mut lot);
    }
    add_demand(r, &mut lot);
    lot
}

fn name(r: &mut Random, number: u64) -> String {
    match r.below(10) {
        0 if number == 0 => "利奈唑胺口服常释剂型".to_string(),
        1 if number == 0 => "美罗培南注射剂".to_string(),
        _ => format!("lot {number}"),
    }
}

fn add_bids(r: &mut Random, lot: &mut Lot, bidders: u64) {
    let prices = Prices::new(r);
    let packs: &[u64] = if r.percent(60) { &[1, 10, 20] } else { &[1, 3, 6, 7, 12, 21] };
    let whole_packs = r.percent(30);
    let powers = r.percent(50);
    let contents: &[&str] = match r.below(10) {
        0..6 => &[],
        6..8 => &["75", "37.5", "150", "300"],
        _ => &["75", "25", "50", "100", "150"],
    };
    if !contents.is_empty() || r.percent(10) {
        lot.representative_content = Some("75".to_string());
    }
    for number in 1..=bidders {
        let mut mine: Vec<&str> = contents.to_vec();
        r.shuffle(&mut mine);
        mine.truncate(if r.percent(25) { 3 } else { 1 });
        if mine.is_empty() {
            mine.push("");
        }
        let product = r.percent(20);
        for (k, content) in mine.into_iter().enumerate() {
            let mut unit = prices.draw(r);
            // The power of section 1, so that different contents can be tied.
            let (factor, over) = match content {
                "75" => (17, 10),
                "150" => (289, 100),
                "300" => (4_913, 1_000),
                _ => (1, 1),
            };
            if powers {
                unit = unit * factor / over;
            }
            let units = r.pick(packs);
            let pack = if whole_packs { unit.div_ceil(100) * 100 } else { unit * units };
            lot.bids.push(Bid {
                bidder: format!("firm {number:02}"),
                product: product.then(|| format!("brand {number:02}{}", ["a", "b", "c"][k])),
                price: money(pack),
                units,
                content: stated(r, content),
                ..Bid::default()
            });
        }
    }
}

/// The representative content may be left out.
fn stated(r: &mut Random, content: &str) -> Option<String> {
    match content {
        "" => None,
        "75" if r.percent(50) => None,
        _ => Some(content.to_string()),
    }
}

fn pack_in_ten_thousandths(bid: &Bid) -> u64 {
    bid.price.replace('.', "").parse().unwrap()
}

fn add_ceilings(r: &mut Random, lot: &mut Lot) {
    let style = r.below(6);
    let common = lot.bids.first().map_or(0, |b| pack_in_ten_thousandths(b) / b.units) * r.between(1, 5);
    for bid in &mut lot.bids {
        let unit = pack_in_ten_thousandths(bid) / bid.units;
        let ceiling = match style {
            0 => 0,
            1 => common,
            2 => unit * r.pick(&[0, 2, 2, 3]),
            3 => unit * r.pick(&[20_000, 19_999, 20_001, 10_000, 9_999]) / 10_000,
            4 => unit * r.pick(&[1, 1, 2, 4]),
            _ => [0, common, unit * 2, unit][usize::try_from(r.below(4)).unwrap()],
        };
        if ceiling > 0 {
            bid.ceiling = Some(money(ceiling));
        }
    }
}

/// A group holds whole bidders.
fn add_groups(r: &mut Random, lot: &mut Lot) {
    if !r.percent(25) {
        return;
    }
    let mut known: Vec<(String, Option<String>)> = Vec::new();
    for bid in &mut lot.bids {
        if !known.iter().any(|(bidder, _)| *bidder == bid.bidder) {
            let group = r.percent(45).then(|| r.pick(&["group X", "group Y", "group Z"]).to_string());
            known.push((bid.bidder.clone(), group));
        }
        bid.group = known.iter().find(|(bidder, _)| *bidder == bid.bidder).and_then(|(_, g)| g.clone());
    }
}

fn add_keys(r: &mut Random, lot: &mut Lot) {
    let style = r.below(4);
    let dates = ["2018-12-31", "2019-01-01", "2019-10-02", "2021-03-04"];
    let mut unique: u64 = 0;
    for bid in &mut lot.bids {
        unique += 1;
        let mut set = |column: &str, value: String| bid.columns.insert(column.to_string(), value);
        if style == 0 {
            continue;
        }
        if style == 1 {
            set("prior_volume", (unique * 7_919 % 1_000).to_string());
            continue;
        }
        if r.percent(70) {
            set("supply_record", r.pick(&["0", "1"]).to_string());
        }
        if r.percent(70) {
            set("prior_volume", r.pick(&["100", "200", "100.5"]).to_string());
        }
        if style == 3 && r.percent(80) {
            set("evaluation_date", r.pick(&dates).to_string());
        }
    }
}

fn add_brand_volumes(r: &mut Random, lot: &mut Lot, chance: u64) {
    let (some, all) = (r.percent(chance), r.percent(50));
    for bid in lot.bids.iter_mut().filter(|_| some) {
        if all || r.percent(50) {
            bid.brand_volume = Some(r.pick(&[0, 10, 10, 20, 30, 999]));
        }
    }
}

fn add_references(r: &mut Random, lot: &mut Lot) {
    for bid in &mut lot.bids {
        if r.percent(10) {
            bid.columns.insert("reference_product".to_string(), r.pick(&["yes", "yes", "no"]).to_string());
        }
    }
}

/// 4+7: few bidders, one bid each, cuts from a small set so that lots tie.
pub(super) fn four_plus_seven(r: &mut Random, number: u64) -> Lot {
    let mut lot = Lot { name: format!("lot {number:02}"), ..Lot::default() };
    let unit = r.pick(&[100, 1_000, 30_000]);
    let ceilings = r.percent(85);
    let negotiated = r.percent(70);
    for bidder in 1..=r.between(1, 4) {
        let units = r.pick(&[1, 7, 10]);
        let price = unit * r.pick(&[30, 40, 50, 50, 60, 77, 90, 100, 101]) / 100;
        let mut bid = Bid {
            bidder: format!("firm {bidder}"),
            price: money(price.max(1) * units),
            units,
            ceiling: ceilings.then(|| money(unit)),
            ..Bid::default()
        };
        let mut set = |column: &str, value: u64| bid.columns.insert(column.to_string(), value.to_string());
        if r.percent(90) {
            set("cities_supplied", r.between(1, 11));
        }
        if r.percent(90) {
            set("sales_volume", r.between(1, 1_000));
        }
        if negotiated && r.percent(80) {
            let asked = unit * r.pick(&[20, 30, 45, 50, 60, 70]) / 100;
            bid.columns.insert("negotiated_price".to_string(), money(asked.max(1) * units));
        }
        lot.bids.push(bid);
    }
    add_groups(r, &mut lot);
    add_demand(r, &mut lot);
    lot
}
