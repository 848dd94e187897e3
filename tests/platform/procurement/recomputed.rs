//! The result that the platform keeps is the one that `jicai award` writes for the tables that it hands out, for random rounds of
//! every shipped rule set.
use std::collections::BTreeMap;

use jicai_domain::identity::Name;
use jicai_domain::ids::{BidId, Id, LotId, OrganizationId, RoundProductId, SpecId};
use jicai_domain::procurement::opening::{
    Case, Firm, LineFault, OfferedLine, OpenedBid, Product, RegionDemand, put_together,
};
use jicai_domain::procurement::round::{AnnouncedLot, Spec};
use jicai_domain::procurement::rules::{ColumnKind, Comparable, PRESETS, RuleSet, parse};
use jicai_domain::procurement::tables::Lot;
use jicai_domain::procurement::values::Form;
use jicai_server::award::award_json;
use jicai_service::procurement::form::tables;
use jicai_service::procurement::result::{decide, owners};
use rust_decimal::Decimal;

const ROUNDS: u64 = 150;

/// SplitMix64: the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[usize::try_from(self.below(items.len().try_into().unwrap())).unwrap()].clone()
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

/// A round as the opening finds it.
struct Random {
    lots: Vec<AnnouncedLot>,
    firms: Vec<Firm>,
    products: Vec<Product>,
    bids: Vec<OpenedBid>,
    demand: Vec<RegionDemand>,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn random(chance: &mut Chance, rules: &RuleSet) -> Random {
    let mut made = Random {
        lots: Vec::new(),
        firms: Vec::new(),
        products: Vec::new(),
        bids: Vec::new(),
        demand: Vec::new(),
    };
    for number in 1..=1 + chance.below(3) {
        made.lots.push(lot(chance, number));
    }
    for number in 1..=1 + chance.below(9) {
        made.firms.push(Firm {
            id: OrganizationId::from_number(number.into()),
            name: chance.pick(&["甲制药", "乙制药", "丙, \"制药\"", "丁制药", "戊制药"]).to_owned(),
            credit_code: format!("91320100MA{number:08}"),
            group: chance.percent(25).then(|| chance.pick(&["甲制药", "华东"]).to_owned()),
        });
    }
    for firm in &made.firms {
        bid(chance, rules, firm, (&made.lots, &mut made.products, &mut made.bids));
    }
    for _row in 0..chance.below(20) {
        let lot = chance.pick(&made.lots);
        // An announcement has no content that its rule set cannot compare.
        if matches!(rules.comparable, Comparable::Ratios(_)) && lot.specs[0].content.is_some() {
            continue;
        }
        let region = chance.pick(&[("110000", "北京市"), ("320000", "江苏省"), ("330000", "江苏省")]);
        let of_lot: Vec<RoundProductId> =
            made.products.iter().filter(|product| product.lot == lot.id).map(|product| product.id).collect();
        made.demand.push(RegionDemand {
            lot: lot.id,
            region: region.0.to_owned(),
            region_name: region.1.to_owned(),
            spec: chance.pick(&lot.specs).id,
            product: (!of_lot.is_empty() && chance.percent(50)).then(|| chance.pick(&of_lot)),
            volume: chance.below(50_000),
        });
    }
    made
}

fn lot(chance: &mut Chance, number: u64) -> AnnouncedLot {
    let contents: &[Option<&str>] = chance.pick(&[
        &[None, None][..],
        &[Some("75"), Some("150"), Some("37.5")],
        &[Some("1"), Some("2")],
        &[Some("450"), Some("300"), Some("7")],
    ]);
    let specs = (0..).zip(contents).map(|(place, content): (u64, &Option<&str>)| Spec {
        id: SpecId::from_number(u128::from(number * 10 + place)),
        code: Name::parse(&format!("{place}")).unwrap(),
        name: Name::parse(&format!("规格{place}")).unwrap(),
        content: content.map(decimal),
        ceiling: decimal(&format!("{}.5", 1 + chance.below(40))),
        representative: place == 0,
        item: None,
    });
    AnnouncedLot {
        id: LotId::from_number(number.into()),
        number: i32::try_from(number).unwrap(),
        specs: specs.collect(),
        name: Name::parse(&format!("{} {number}", chance.pick(&["品种", "knee", "陶瓷-聚乙烯类髋关节"])))
            .unwrap(),
        form: chance.pick(&[Form::Oral, Form::SmallInjection, Form::Consumable]),
        volume_class: None,
        cap: chance.percent(30).then(|| u32::try_from(1 + chance.below(4)).unwrap()),
        unit: Name::parse("片").unwrap(),
    }
}

/// A firm's products, and what it offers for most of them.
fn bid(
    chance: &mut Chance,
    rules: &RuleSet,
    firm: &Firm,
    (lots, products, bids): (&[AnnouncedLot], &mut Vec<Product>, &mut Vec<OpenedBid>),
) {
    let mut lines = Vec::new();
    for _product in 0..=chance.below(3) {
        let lot = chance.pick(lots);
        let id = RoundProductId::from_number(u128::try_from(products.len() + 1).unwrap());
        products.push(Product {
            id,
            applicant: firm.id,
            lot: lot.id,
            spec: chance.pick(&lot.specs).id,
            name: chance.pick(&["安心", "康泰", " 平安 "]).to_owned(),
            qualified: chance.percent(90),
            facts: facts(chance, rules),
        });
        let price = decimal(chance.pick(&["1", "1.8", "2.5", "2.50", "10", "33.3333"]));
        lines.push(OfferedLine { product: id.to_string(), price, units: chance.pick(&[1, 7, 10]) });
    }
    if chance.percent(10) {
        let stranger = chance.pick(&[
            "prd_00000000000000000000000000000001",
            "a price",
            "prd_ffffffffffffffffffffffffffffffff",
        ]);
        lines.push(OfferedLine { product: stranger.to_owned(), price: decimal("1"), units: 1 });
    }
    bids.push(OpenedBid { bid: BidId::from_number(firm.id.number()), bidder: firm.id, lines });
}

fn facts(chance: &mut Chance, rules: &RuleSet) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    for column in &rules.columns {
        if chance.percent(30) {
            continue;
        }
        let value = match column.kind {
            ColumnKind::Number => chance.pick(&["0", "1", "100.5", "-3"]),
            ColumnKind::Date => chance.pick(&["2019-01-01", "2021-03-04", "0999-12-31"]),
            ColumnKind::Flag => chance.pick(&["yes", "no", "是"]),
            ColumnKind::Price => chance.pick(&["2.2", "0.00000001"]),
        };
        facts.insert(column.name.clone(), value.to_owned());
    }
    facts
}

/// Decides the lots as the platform does, and as whoever has its tables.
fn both(text: &str, rules: &RuleSet, lots: &[(LotId, Lot)], case: &Case<'_>) -> Option<(String, String)> {
    let put = put_together(case).unwrap();
    let counted = put.lines.iter().filter_map(|line| Some((line.outcome.as_ref().ok()?, line.bidder)));
    let owners = owners(counted.map(|(counted, bidder)| (&counted.bid.product, counted.product, bidder)));
    let decided = decide(rules, lots, &owners).unwrap();
    let plain: Vec<Lot> = lots.iter().map(|(_id, lot)| lot.clone()).collect();
    let tables = tables(rules, &plain).unwrap();
    let bids = tables.bids?;
    let demand = tables.demand.as_deref().map(str::as_bytes);
    let again = award_json(text, bids.as_bytes(), Some(tables.lots.as_bytes()), demand, None);
    Some((decided.file(), again.unwrap_or_else(|refused| panic!("{refused}\n{bids}"))))
}

#[test]
fn whoever_has_the_tables_of_a_round_decides_it_to_the_same_bytes() {
    let (mut recomputed, mut void, mut settled) = (0, std::collections::BTreeSet::new(), 0);
    for (preset, base) in PRESETS.iter().zip((0..).step_by(10_000)) {
        let Ok(rules) = parse(preset.text) else { continue };
        for seed in base..base + ROUNDS {
            let chance = &mut Chance(seed);
            let Random { lots, firms, products, bids, demand } = random(chance, &rules);
            let case = Case {
                rules: &rules,
                lots: &lots,
                firms: &firms,
                products: &products,
                bids: &bids,
                demand: &demand,
            };
            let mut put = put_together(&case).unwrap();
            void.extend(put.lines.iter().filter_map(|line| line.outcome.as_ref().err().copied()));
            let Some((kept, again)) = both(preset.text, &rules, &put.lots, &case) else { continue };
            assert_eq!(kept, again, "{} {seed}", preset.id);
            for bid in put.lots.iter_mut().flat_map(|(_id, lot)| &mut lot.bids) {
                bid.tie_order = Some(1 + chance.below(9));
            }
            let (kept, again) = both(preset.text, &rules, &put.lots, &case).unwrap();
            assert_eq!(kept, again, "{} {seed}, with an order", preset.id);
            settled += usize::from(kept.contains("TIE_SETTLED"));
            recomputed += 1;
        }
    }
    assert!(recomputed > 1_000 && settled > 20, "{recomputed} rounds, {settled} with a settled tie");
    let expected = [
        LineFault::ProductUnknown,
        LineFault::ProductOfAnother,
        LineFault::ProductNotQualified,
        LineFault::NotComparable,
    ];
    assert_eq!(void.into_iter().collect::<Vec<_>>(), expected);
}
