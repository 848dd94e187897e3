//! A lot with three firms and numbers that are worked out by hand.
use super::*;
use crate::contract::ledger::{Buyer, Place};
use crate::ids::{Id, OrganizationId};
use crate::procurement::rules::succession_preset;

const SHANGHAI: &str = "310000";
const BEIJING: &str = "110000";

fn region(code: &str) -> RegionCode {
    RegionCode::parse(code).unwrap()
}

fn product(number: u128) -> SelectedProductId {
    SelectedProductId::from_number(number)
}

fn supplier(number: u128, firm: &str, rank: u64, price: &str) -> Supplier {
    let price: Exact = price.parse().unwrap();
    Supplier {
        id: product(number),
        firm: firm.into(),
        rank: Some(rank),
        content: None,
        price: Some(Price { own: price.clone(), comparable: price }),
        brand_only: false,
    }
}

/// 甲 supplies Shanghai, with 乙 as backup; 乙 supplies Beijing, with 甲 as backup; 丙 came third and supplies neither.
fn lot() -> Lot {
    Lot {
        suppliers: vec![
            supplier(1, "甲", 1, "0.20"),
            supplier(2, "乙", 2, "0.22"),
            supplier(3, "丙", 3, "0.25"),
        ],
        mains: [(region(SHANGHAI), product(1)), (region(BEIJING), product(2))].into(),
        backups: [(region(SHANGHAI), product(2)), (region(BEIJING), product(1))].into(),
    }
}

fn holding(code: &str, institution: u128, supplier: u128) -> Holding {
    let buyer = match institution {
        0 => Buyer::Pool,
        number => Buyer::Institution(OrganizationId::from_number(number)),
    };
    Holding { place: Place { region: region(code), content: None, buyer }, supplier: product(supplier) }
}

fn ledger(rows: &[(Holding, u64)]) -> Ledger {
    let entry = |(holding, volume): &(Holding, u64)| Entry {
        from: Account::Outside,
        to: Account::Held(*holding),
        volume: *volume,
        cause: Cause::Awarded,
    };
    Ledger::replay(&rows.iter().map(entry).collect::<Vec<Entry>>()).unwrap()
}

fn leaving(products: &[u128], ground: Ground) -> Leaving {
    Leaving { products: products.iter().copied().map(product).collect(), regions: None, ground }
}

fn accepts(at_most: Option<u64>) -> Answer {
    Answer::Accepts { at_most }
}

struct Case {
    lot: Lot,
    ledger: Ledger,
    delivered: Delivered,
    leaving: Leaving,
    answers: Vec<(u128, Answer)>,
}

impl Case {
    fn new(rows: &[(Holding, u64)], products: &[u128]) -> Self {
        Self {
            lot: lot(),
            ledger: ledger(rows),
            delivered: Delivered::new(),
            leaving: leaving(products, Ground::Withdrawn),
            answers: Vec::new(),
        }
    }

    fn plan(&self) -> Result<Plan, Refusal> {
        let rules = succession_preset();
        let situation =
            Situation { rules: &rules, lot: &self.lot, ledger: &self.ledger, delivered: &self.delivered };
        let answers = self.answers.iter().map(|(number, answer)| (product(*number), *answer)).collect();
        plan(situation, &self.leaving, &answers)
    }
}

/// Who takes how much at what price, in order.
fn shares(plan: &Plan) -> Vec<(u128, Option<Take>, u64, String)> {
    let shares = plan.successions.iter().flat_map(|succession| &succession.shares);
    let told = |share: &Share| {
        let price = share.price.as_ref().map(|price| price.to_short(6)).unwrap_or_default();
        let number = share.taker.map_or(0, |(taker, _)| taker.number());
        (number, share.taker.map(|(_, take)| take), share.volume, price)
    };
    shares.map(told).collect()
}

fn codes(explanations: &[Explanation]) -> Vec<&'static str> {
    explanations.iter().map(Explanation::code).collect()
}

#[test]
fn the_backup_takes_a_region_over_at_its_own_price_and_what_was_delivered_stays() {
    let (pool, hospital) = (holding(SHANGHAI, 0, 1), holding(SHANGHAI, 7, 1));
    let mut case = Case::new(&[(pool, 900), (hospital, 101), (holding(BEIJING, 0, 2), 500)], &[1]);
    case.delivered.insert(hospital, 41);
    let plan = case.plan().unwrap();
    assert_eq!(shares(&plan), [(2, Some(Take::Backup), 960, "0.22".to_owned())]);
    assert_eq!(plan.leaving(), [(region(SHANGHAI), 960)].into());
    assert_eq!(
        codes(&plan.successions[0].explanations),
        ["LEAVES", "DELIVERED_STAYS", "BACKUP_TAKES", "OWN_PRICE"]
    );
    assert_eq!(
        plan.successions[0].explanations[0].message_zh(),
        "甲 退出 310000：约定采购量 960 须由其他企业接替供应。"
    );
    assert_eq!(codes(&plan.roles), ["MAIN_NOW", "BACKUP_VACANT", "BACKUP_VACANT"]);
    assert_eq!(plan.after.mains, [(region(SHANGHAI), product(2)), (region(BEIJING), product(2))].into());
    assert!(plan.after.backups.is_empty() && plan.after.suppliers.len() == 2);
    let mut ledger = case.ledger.clone();
    ledger.post(&plan.entries().unwrap()).unwrap();
    let held = |code, institution, supplier| ledger.held(&holding(code, institution, supplier));
    assert_eq!([held(SHANGHAI, 0, 2), held(SHANGHAI, 7, 2), held(SHANGHAI, 7, 1)], [900, 60, 41]);
    assert_eq!((held(BEIJING, 0, 2), ledger.agreed()), (500, 1501));
}

#[test]
fn without_a_backup_the_next_by_rank_is_asked_at_the_price_of_the_one_that_left() {
    let mut case = Case::new(&[(holding(SHANGHAI, 0, 1), 1000)], &[1, 2]);
    let preview = case.plan().unwrap();
    assert_eq!(preview.unanswered, [product(3)].into());
    assert_eq!(
        shares(&preview),
        [(3, Some(Take::Rank), 0, "0.22".to_owned()), (3, Some(Take::Rank), 1000, "0.2".to_owned())]
    );
    assert_eq!(preview.entries().unwrap_err().code, Code::CascadeUnanswered);
    assert_eq!(
        codes(&preview.successions[1].explanations),
        ["LEAVES", "NO_BACKUP", "UNANSWERED", "RANK_TAKES", "LOWERED_PRICE"]
    );
    case.answers = vec![(3, accepts(None))];
    let decided = case.plan().unwrap();
    assert_eq!(shares(&decided), shares(&preview));
    assert_eq!(decided.entries().unwrap().len(), 1);
    assert!(!codes(&decided.successions[1].explanations).contains(&"UNANSWERED"));
}

#[test]
fn who_takes_over_in_part_gets_it_divided_to_the_unit_and_the_rest_goes_on() {
    let places = [holding(SHANGHAI, 1, 1), holding(SHANGHAI, 2, 1), holding(SHANGHAI, 3, 1)];
    let mut case = Case::new(&[(places[0], 5), (places[1], 3), (places[2], 3)], &[1]);
    case.lot.backups.clear();
    case.answers = vec![(2, accepts(Some(7))), (3, accepts(Some(3)))];
    let plan = case.plan().unwrap();
    // 7 of 11 over 5, 3, 3: 3.18, 1.91, 1.91, so 3, 2, 2. Then 3 of the other 4 over 2, 1, 1: 1.5, 0.75, 0.75, so 1, 1, 1.
    let parts: Vec<Vec<u64>> = plan.successions[0]
        .shares
        .iter()
        .map(|share| share.parts.iter().map(|(_, volume)| *volume).collect())
        .collect();
    assert_eq!(parts, [vec![3, 2, 2], vec![1, 1, 1], vec![1]]);
    assert_eq!(
        codes(&plan.successions[0].explanations),
        [
            "LEAVES",
            "NO_BACKUP",
            "LIMITED",
            "RANK_TAKES",
            "LOWERED_PRICE",
            "LIMITED",
            "RANK_TAKES",
            "LOWERED_PRICE",
            "NOBODY_LEFT"
        ]
    );
    let mut ledger = case.ledger.clone();
    ledger.post(&plan.entries().unwrap()).unwrap();
    assert_eq!((ledger.agreed(), ledger.leftover(&places[0].place)), (10, 1));
}

#[test]
fn what_one_accepts_at_most_holds_for_all_regions_together() {
    let mut case = Case::new(&[(holding(BEIJING, 0, 1), 6), (holding(SHANGHAI, 0, 1), 6)], &[1]);
    case.lot.backups.clear();
    case.lot.mains.remove(&(region(BEIJING), product(2)));
    case.answers = vec![(2, accepts(Some(8))), (3, Answer::Declines)];
    let volumes: Vec<(u128, u64)> =
        shares(&case.plan().unwrap()).into_iter().map(|(taker, _, volume, _)| (taker, volume)).collect();
    assert_eq!(volumes, [(2, 6), (2, 2), (0, 4)]);
}

#[test]
fn volume_that_followed_a_brand_goes_to_the_main_supplier_of_its_region() {
    let plan = Case::new(&[(holding(BEIJING, 4, 1), 30)], &[1]).plan().unwrap();
    let beijing = |succession: &&Succession| succession.region == region(BEIJING);
    let taken = &plan.successions.iter().find(beijing).unwrap().shares;
    assert_eq!(taken[0].taker, Some((product(2), Take::Main)));
    assert_eq!(plan.entries().unwrap()[0].cause, Cause::MovedToMain);
}

#[test]
fn a_sole_firm_leaves_everything_over() {
    let mut case = Case::new(&[(holding(SHANGHAI, 0, 1), 12)], &[1]);
    case.lot.suppliers.truncate(1);
    case.lot.suppliers.push(Supplier { brand_only: true, ..supplier(4, "丁", 4, "0.1") });
    case.lot.suppliers.push(supplier(5, "甲", 1, "0.2"));
    case.lot.backups.clear();
    let plan = case.plan().unwrap();
    assert_eq!(shares(&plan), [(0, None, 12, String::new())]);
    assert_eq!(plan.entries().unwrap()[0].cause, Cause::Returned);
}

#[test]
fn only_who_supplies_the_content_takes_it_over_if_anybody_does() {
    let content = |number: i64| Some(Decimal::from(number));
    let mut from = holding(SHANGHAI, 0, 1);
    from.place.content = content(75);
    let mut case = Case::new(&[(from, 10)], &[1]);
    let with =
        |position: usize, number| Supplier { content: content(number), ..lot().suppliers[position].clone() };
    case.answers = vec![(3, accepts(None))];
    case.lot.suppliers = vec![with(0, 75), with(1, 25), with(2, 75)];
    assert_eq!(shares(&case.plan().unwrap()), [(3, Some(Take::Rank), 10, "0.2".to_owned())]);
    case.lot.suppliers = vec![with(0, 75), with(1, 25), with(2, 25)];
    assert_eq!(shares(&case.plan().unwrap()), [(2, Some(Take::Backup), 10, "0.22".to_owned())]);
}

#[test]
fn the_price_of_the_one_that_left_is_compared_and_paid_at_the_same_content() {
    let mut case = Case::new(&[(holding(SHANGHAI, 0, 1), 1)], &[1]);
    case.lot.backups.clear();
    case.answers = vec![(2, accepts(None))];
    let price = |own: &str, comparable: &str| {
        Some(Price { own: own.parse().unwrap(), comparable: comparable.parse().unwrap() })
    };
    for (left, own, expected) in [
        // 0.51 at 1.7 times the representative's is 0.30 there: above 0.20, so 0.20 x 1.7.
        (price("0.20", "0.20"), price("0.51", "0.30"), "0.34"),
        (price("0.20", "0.20"), price("0.34", "0.20"), "0.34"),
        (price("0.20", "0.20"), price("0.17", "0.10"), "0.17"),
        (None, price("0.51", "0.30"), "0.51"),
        (price("0.20", "0.20"), None, ""),
    ] {
        case.lot.suppliers[0].price = left;
        case.lot.suppliers[1].price = own;
        assert_eq!(shares(&case.plan().unwrap())[0].3, expected);
    }
}

#[test]
fn a_failure_in_one_region_leaves_the_others_and_the_sanction_is_the_rule_set_s() {
    let mut case = Case::new(&[(holding(SHANGHAI, 0, 1), 5), (holding(BEIJING, 4, 1), 6)], &[1]);
    case.leaving =
        Leaving { regions: Some([region(SHANGHAI)].into()), ..leaving(&[1], Ground::SupplyFailed) };
    let plan = case.plan().unwrap();
    assert_eq!(plan.leaving(), [(region(SHANGHAI), 5)].into());
    assert!(plan.after.backups.contains(&(region(BEIJING), product(1))) && plan.after.suppliers.len() == 3);
    assert_eq!(plan.sanction, succession_preset().supply_failed);
    let uncertain = succession_preset().uncertain(plan.consulted).count();
    assert_eq!(uncertain, 9, "three steps to the backup and the sanction");
}

#[test]
fn what_cannot_leave_is_refused() {
    let code = |leaving: Leaving| {
        let case = Case { leaving, ..Case::new(&[], &[1]) };
        case.plan().unwrap_err().code
    };
    let regions = |codes: &[&str], ground| Leaving {
        regions: Some(codes.iter().map(|code| region(code)).collect()),
        ..leaving(&[1], ground)
    };
    assert_eq!(code(leaving(&[], Ground::Withdrawn)), Code::SupplierNotSelected);
    assert_eq!(code(leaving(&[1, 9], Ground::Withdrawn)), Code::SupplierNotSelected);
    assert_eq!(code(regions(&[SHANGHAI], Ground::Withdrawn)), Code::VolumeChangeInvalid);
    assert_eq!(code(regions(&[], Ground::SupplyFailed)), Code::VolumeChangeInvalid);
}
