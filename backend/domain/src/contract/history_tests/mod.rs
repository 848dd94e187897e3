//! Random histories of a lot under contract, played on the ledger and on a second, naive bookkeeping that knows every unit by itself: each unit
//! is one row with its place and the supplier responsible for it. Whatever happens, both agree on every balance and on what is refused.
#![expect(clippy::arithmetic_side_effects, reason = "the numbers of a test are small")]

mod naive;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use rust_decimal::Decimal;

use self::naive::{Naive, Unit};
use super::cascade::{Answer, Ground, Leaving, Lot, Price, Situation, Supplier, plan};
use super::change::{Around, Change};
use super::ledger::{Account, Buyer, Entry, Holding, Ledger, Place};
use super::renewal::renew;
use crate::identity::RegionCode;
use crate::ids::{Id, OrganizationId, SelectedProductId};
use crate::procurement::rules::succession_preset;

const REGIONS: [&str; 3] = ["110000", "310000", "650000"];

#[derive(Clone, Debug)]
enum Step {
    /// Makes a change; with an index, of something that is there.
    Make(Change, Option<Index>),
    Deliver(Index, u64),
    Leave(Leaving, BTreeMap<SelectedProductId, Answer>),
    /// Renews every place with its volume and so much more or less, with its first supplier that is still selected.
    Renew(i64),
}

fn product(number: u8) -> SelectedProductId {
    SelectedProductId::from_number(u128::from(number))
}

fn institution(number: u8) -> OrganizationId {
    OrganizationId::from_number(u128::from(number))
}

fn region(number: u8) -> RegionCode {
    RegionCode::parse(REGIONS[usize::from(number) % REGIONS.len()]).unwrap()
}

fn content() -> impl Strategy<Value = Option<Decimal>> {
    prop_oneof![Just(None), Just(Some(Decimal::from(25))), Just(Some(Decimal::from(75)))]
}

fn place() -> impl Strategy<Value = Place> {
    let buyer =
        prop_oneof![Just(Buyer::Pool), (0u8..3).prop_map(|number| Buyer::Institution(institution(number)))];
    (0u8..3, content(), buyer).prop_map(|(number, content, buyer)| Place {
        region: region(number),
        content,
        buyer,
    })
}

fn holding() -> impl Strategy<Value = Holding> {
    (place(), 0u8..5).prop_map(|(place, number)| Holding { place, supplier: product(number) })
}

fn change() -> impl Strategy<Value = Change> {
    let parts = || proptest::collection::vec((0u8..3, 0u64..30), 0..3);
    let parts = move || {
        parts().prop_map(|parts| parts.into_iter().map(|(to, volume)| (institution(to), volume)).collect())
    };
    let members = proptest::collection::btree_set((0u8..3).prop_map(institution), 0..4);
    prop_oneof![
        6 => (holding(), 0u64..40, any::<bool>()).prop_map(|(holding, volume, brand)| Change::Award { holding, volume, brand }),
        2 => (place(), 0u64..40).prop_map(|(place, volume)| Change::LeaveOver { place, volume }),
        2 => (holding(), parts()).prop_map(|(pool, reported)| Change::Allot { pool, reported }),
        1 => (holding(), parts(), members).prop_map(|(lead, parts, members)| Change::Split { lead, parts, members }),
        1 => (holding(), 0u8..3, 0u64..30).prop_map(|(from, to, volume)| Change::ToInstitution { from, to: institution(to), volume }),
        1 => (holding(), 0u8..5, 0u64..30).prop_map(|(from, to, volume)| Change::ToSupplier { from, to: product(to), volume }),
        1 => (holding(), 0u64..50).prop_map(|(holding, volume)| Change::Adjust { holding, volume }),
        1 => (place(), 0u8..5, 0u64..30).prop_map(|(place, to, volume)| Change::Choose { place, supplier: product(to), volume }),
    ]
}

fn leaving() -> impl Strategy<Value = Leaving> {
    let products = proptest::collection::btree_set((0u8..5).prop_map(product), 0..3);
    let regions =
        proptest::option::weighted(0.3, proptest::collection::btree_set((0u8..3).prop_map(region), 0..3));
    let ground = proptest::sample::select(Ground::ALL);
    (products, regions, ground).prop_map(|(products, regions, ground)| Leaving { products, regions, ground })
}

fn step() -> impl Strategy<Value = Step> {
    let answer = prop_oneof![
        2 => Just(Answer::Accepts { at_most: None }),
        2 => (0u64..30).prop_map(|bound| Answer::Accepts { at_most: Some(bound) }),
        1 => Just(Answer::Declines),
    ];
    let answers = proptest::collection::btree_map((0u8..5).prop_map(product), answer, 2..6);
    prop_oneof![
        12 => (change(), proptest::option::weighted(0.9, any::<Index>())).prop_map(|(change, aim)| Step::Make(change, aim)),
        3 => (any::<Index>(), 1u64..20).prop_map(|(aim, volume)| Step::Deliver(aim, volume)),
        3 => (leaving(), answers).prop_map(|(leaving, answers)| Step::Leave(leaving, answers)),
        1 => (-3i64..10).prop_map(Step::Renew),
    ]
}

fn supplier() -> impl Strategy<Value = Supplier> {
    let price = (1u64..100, 1u64..100)
        .prop_map(|(own, comparable)| Price { own: own.into(), comparable: comparable.into() });
    let rank = proptest::option::weighted(0.9, 1u64..6);
    ("[甲乙丙丁]", rank, content(), proptest::option::weighted(0.8, price), proptest::bool::weighted(0.15))
        .prop_map(|(firm, rank, content, price, brand_only)| Supplier {
            id: product(0),
            firm: firm.into(),
            rank,
            content,
            price,
            brand_only,
        })
}

fn lot() -> impl Strategy<Value = Lot> {
    let roles = || proptest::collection::btree_set((0u8..3, 0u8..5), 0..5);
    (proptest::collection::vec(supplier(), 5), roles(), roles()).prop_map(
        |(mut suppliers, mains, backups)| {
            (0u8..).zip(&mut suppliers).for_each(|(number, supplier)| supplier.id = product(number));
            let roles = |rows: BTreeSet<(u8, u8)>| {
                rows.into_iter().map(|(at, who)| (region(at), product(who))).collect()
            };
            Lot { suppliers, mains: roles(mains), backups: roles(backups) }
        },
    )
}

fn there(ledger: &Ledger, aim: Index) -> Option<Holding> {
    let holdings: Vec<Holding> = ledger.holdings().map(|(holding, _)| *holding).collect();
    (!holdings.is_empty()).then(|| *aim.get(&holdings))
}

/// The change, made of volume that is there.
fn aimed(mut change: Change, aim: Index, ledger: &Ledger) -> Change {
    let leftovers: Vec<Place> = ledger.leftovers().map(|(place, _)| *place).collect();
    match (&mut change, there(ledger, aim)) {
        (Change::Allot { pool: holding, .. } | Change::Adjust { holding, .. }, Some(known))
        | (Change::Split { lead: holding, .. }, Some(known))
        | (
            Change::ToInstitution { from: holding, .. } | Change::ToSupplier { from: holding, .. },
            Some(known),
        ) => {
            *holding = known;
        }
        (Change::Choose { place, .. }, _) if !leftovers.is_empty() => *place = *aim.get(&leftovers),
        _ => {}
    }
    change
}

/// Plays one step on both. The result is what the ledger posted, or `None` if both refused.
fn play(ledger: &mut Ledger, naive: &mut Naive, step: &Step) -> Option<Vec<Entry>> {
    let rules = succession_preset();
    let (selected, delivered) = (naive.selected(), naive.delivered());
    let around = Around { selected: &selected, delivered: &delivered };
    let mut then = naive.clone();
    let (posted, allowed) = match step {
        Step::Make(change, aim) => {
            let change = aim.map_or_else(|| change.clone(), |aim| aimed(change.clone(), aim, ledger));
            (ledger.apply(&change, around).ok(), then.make(&change))
        }
        Step::Deliver(aim, volume) => {
            there(ledger, *aim).iter().for_each(|holding| then.deliver(holding, *volume));
            (Some(Vec::new()), true)
        }
        Step::Leave(leaving, answers) => {
            let lot = naive.lot.clone();
            let situation = Situation { rules: &rules, lot: &lot, ledger, delivered: &delivered };
            let plan = plan(situation, leaving, answers).ok();
            let entries = plan.as_ref().and_then(|plan| plan.entries().ok());
            let allowed = then.leave(leaving, answers).is_some();
            if let (Some(plan), Some(entries)) = (plan, &entries) {
                assert_eq!(plan.after, then.lot);
                assert_eq!(
                    plan.leaving().values().sum::<u64>(),
                    entries.iter().map(|entry| entry.volume).sum::<u64>()
                );
                ledger.post(entries).unwrap();
            }
            (entries, allowed)
        }
        Step::Renew(more) => {
            let volumes = naive.next_year(*more);
            let entries = renew(&rules, ledger, &volumes, around).ok();
            entries.iter().for_each(|entries| ledger.post(entries).unwrap());
            (entries, then.renew(&volumes))
        }
    };
    assert_eq!(posted.is_some(), allowed, "{step:?}");
    if allowed {
        *naive = then;
    }
    posted
}

/// Every unit has one supplier, or is left over; and both books say the same of each.
fn agree(ledger: &Ledger, naive: &Naive) {
    let mut held: BTreeMap<Holding, u64> = BTreeMap::new();
    let mut left: BTreeMap<Place, u64> = BTreeMap::new();
    for Unit { place, supplier, .. } in &naive.units {
        match supplier {
            Some(supplier) => *held.entry(Holding { place: *place, supplier: *supplier }).or_default() += 1,
            None => *left.entry(*place).or_default() += 1,
        }
    }
    assert_eq!(
        ledger.holdings().map(|(holding, volume)| (*holding, volume)).collect::<BTreeMap<_, _>>(),
        held
    );
    assert_eq!(ledger.leftovers().map(|(place, volume)| (*place, volume)).collect::<BTreeMap<_, _>>(), left);
}

/// What a step may do to the sums: only the outside changes them, and a place's volume changes only where a step says so.
fn kept(before: &Ledger, after: &Ledger, entries: &[Entry]) {
    let all = |ledger: &Ledger| ledger.agreed() + ledger.leftovers().map(|(_, volume)| volume).sum::<u64>();
    let sum = |side: fn(&Entry) -> Account| {
        entries.iter().filter(|entry| side(entry) == Account::Outside).map(|entry| entry.volume).sum::<u64>()
    };
    assert_eq!(all(before) + sum(|entry| entry.from), all(after) + sum(|entry| entry.to));
}

proptest! {
    #[test]
    fn every_unit_has_exactly_one_responsible_supplier_through_any_history(
        lot in lot(), steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut naive = Naive { units: Vec::new(), lot };
        let mut ledger = Ledger::default();
        let mut entries = Vec::new();
        for step in &steps {
            let before = ledger.clone();
            let posted = play(&mut ledger, &mut naive, step).unwrap_or_default();
            kept(&before, &ledger, &posted);
            entries.extend(posted);
            agree(&ledger, &naive);
            let (selected, delivered) = (naive.selected(), naive.delivered());
            for (holding, _) in ledger.holdings().filter(|(holding, _)| !selected.contains(&holding.supplier)) {
                prop_assert_eq!(ledger.movable(holding, &delivered), 0, "{:?} left", holding);
            }
        }
        prop_assert_eq!(Ledger::replay(&entries).unwrap(), ledger);
    }
}
