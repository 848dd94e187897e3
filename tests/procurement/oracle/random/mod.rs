//! Random rounds for the oracle: small, seeded, and full of edges (ties, exact bounds, odd ratios).
mod consumables;
mod demand;
mod drugs;
mod insulin;

use crate::naive::{Decision, Lot};

/// SplitMix64: short, and the same on every machine.
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66 }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 up to and without `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        let place = self.below(items.len().try_into().unwrap());
        items[usize::try_from(place).unwrap()].clone()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(u64::try_from(i).unwrap() + 1);
            items.swap(i, usize::try_from(j).unwrap());
        }
    }

    /// Few bidders mostly, up to 24.
    fn bidders(&mut self) -> u64 {
        match self.below(100) {
            0..30 => self.between(1, 3),
            30..70 => self.between(4, 8),
            70..92 => self.between(9, 13),
            _ => self.between(14, 24),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Family {
    Rounds2To5,
    Rounds7To9,
    Round10,
    Round11,
    Round12,
    Union,
    FourPlusSeven,
    Stent,
    Insulin2021,
    Insulin2024,
    Joint,
}

/// Every family.
pub(crate) const FAMILIES: [Family; 11] = [
    Family::Rounds2To5,
    Family::Rounds7To9,
    Family::Round10,
    Family::Round11,
    Family::Round12,
    Family::Union,
    Family::FourPlusSeven,
    Family::Stent,
    Family::Insulin2021,
    Family::Insulin2024,
    Family::Joint,
];

/// One round: the rule file by its name, and the lots.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) rules: &'static str,
    pub(crate) lots: Vec<Lot>,
}

pub(crate) fn round(family: Family, seed: u64) -> Round {
    let r = &mut Random::new(seed);
    let rules = match family {
        Family::Rounds2To5 => r.pick(&["cn-r2-2019", "cn-r3-2020", "cn-r4-2021", "cn-r5-2021"]),
        Family::Rounds7To9 => r.pick(&["cn-r7-2022", "cn-r8-2023", "cn-r9-2023"]),
        Family::Round10 => "cn-r10-2024",
        Family::Round11 => "cn-r11-2025",
        Family::Round12 => "cn-r12-2026",
        Family::Union => "cn-union-2019",
        Family::FourPlusSeven => "cn-4plus7-2018",
        Family::Stent => "cn-stent-2020",
        Family::Insulin2021 => "cn-insulin-2021",
        Family::Insulin2024 => "cn-insulin-2024",
        Family::Joint => "cn-joint-2021",
    };
    let many = if r.percent(85) { 1 } else { r.between(2, 3) };
    let lots = if family == Family::FourPlusSeven { r.between(1, 11) } else { many };
    let mut lots: Vec<Lot> = (0..lots).map(|number| lot(r, family, number)).collect();
    draw_orders(r, &mut lots);
    Round { rules, lots }
}

/// Some rounds come with an order drawn for tied bids: of all of them, of some, with places given twice.
fn draw_orders(r: &mut Random, lots: &mut [Lot]) {
    if !r.percent(30) {
        return;
    }
    let (chance, places) = (r.pick(&[100, 100, 90]), r.pick(&[3, 40, 1_000]));
    for bid in lots.iter_mut().flat_map(|lot| &mut lot.bids) {
        if r.percent(chance) {
            bid.columns.insert("tie_order".to_string(), r.between(1, places).to_string());
        }
    }
}

fn lot(r: &mut Random, family: Family, number: u64) -> Lot {
    let mut lot = match family {
        Family::Stent => consumables::stents(r, number),
        Family::Joint => consumables::joints(r, number),
        Family::Insulin2021 | Family::Insulin2024 => insulin::lot(r, family, number),
        Family::FourPlusSeven => drugs::four_plus_seven(r, number),
        Family::Rounds2To5
        | Family::Rounds7To9
        | Family::Round10
        | Family::Round11
        | Family::Round12
        | Family::Union => drugs::lot(r, family, number),
    };
    r.shuffle(&mut lot.bids);
    r.shuffle(&mut lot.demand);
    r.shuffle(&mut lot.preferences);
    lot
}

/// `12345` ten-thousandths as `1.2345`.
fn money(ten_thousandths: u64) -> String {
    format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000)
}

/// A preference of an unselected firm is bad input: keep those of the firms that are selected. True when a tied lot lost
/// any; in other lots nobody asks an unselected firm for its preferences, so the decision stays.
pub(crate) fn drop_unselected_preferences(lots: &mut [Lot], decisions: &[Decision]) -> bool {
    let mut changed = false;
    for (lot, decision) in lots.iter_mut().zip(decisions) {
        changed |= decision.status == "tied" && !lot.preferences.is_empty();
        lot.preferences.retain(|p| decision.bids.iter().any(|b| b.selected && b.bidder == p.bidder));
    }
    changed
}
