//! A selection that was played on the board is what the engine decides with its choices.
use proptest::prelude::*;

use super::{Board, Choice, Market, Phase};
use crate::procurement::decision::{LotDecision, LotStatus};
use crate::procurement::rules::{PRESETS, RuleSet, parse};
use crate::procurement::select::{markets, select};
use crate::procurement::tables::{Bid, Demand, Lot, OfLot, Preference, Rows, assemble};

const CONTENTS: [u32; 2] = [10, 20];

fn rules() -> RuleSet {
    parse(PRESETS.iter().find(|preset| preset.id == "cn-r9-2023").unwrap().text).unwrap()
}

/// A lot of firms that are all selected, each with a price of its own, for one content or both.
fn lot(rules: &RuleSet, firms: &[(u8, bool)], demand: &[(u8, usize, u16)]) -> Lot {
    let name: crate::procurement::values::Name = "L".into();
    let mut lot = Lot::named(name.clone());
    (lot.representative_content, lot.cap) = (Some(CONTENTS[0].into()), Some(1_000));
    let quotes = firms.iter().enumerate().flat_map(|(firm, (quoted, both))| {
        let contents = if *both { CONTENTS.to_vec() } else { vec![CONTENTS[usize::from(*quoted % 2)]] };
        contents.into_iter().map(move |content| (firm, content))
    });
    let bid = |(firm, content): (usize, u32)| OfLot {
        lot: name.clone(),
        row: Bid {
            row: 1,
            bidder: format!("F{firm:02}").into(),
            group: None,
            product: Some(format!("{content}").into()),
            price: rust_decimal::Decimal::new(1_000 + i64::try_from(firm).unwrap() * 2, 3)
                * rust_decimal::Decimal::from(content / CONTENTS[0]),
            units: 10,
            content: Some(content.into()),
            ceiling: None,
            brand_volume: None,
            tie_order: None,
            extra: vec![None; rules.columns.len()],
        },
    };
    let demand = demand.iter().map(|(region, content, volume)| OfLot {
        lot: name.clone(),
        row: Demand {
            row: 1,
            region: format!("R{region:02}").into(),
            volume: u64::from(*volume),
            bidder: None,
            product: None,
            content: Some(CONTENTS[*content].into()),
        },
    });
    let (bids, demand) = (quotes.map(bid).collect(), demand.collect());
    let rows = Rows { lots: Some(vec![(1, lot)]), bids, demand, preferences: Vec::new() };
    assemble(rules, rows).unwrap().remove(0)
}

fn with_choices(mut lot: Lot, market: &Market, choices: &[Choice]) -> Lot {
    lot.preferences = (1..)
        .zip(choices)
        .map(|(order, choice)| Preference {
            row: order,
            bidder: market.firms[choice.firm].clone(),
            region: market.regions[choice.region].name.clone(),
            order,
            phase: Some(choice.phase),
        })
        .collect();
    lot
}

/// What the board gave out, as the engine's rows tell it.
fn told(decision: &LotDecision) -> Vec<(String, String, String, Option<String>)> {
    let rows = decision.regions.iter().map(|row| {
        let content = row.content.map(|content| content.to_string()).unwrap_or_default();
        (row.region.to_string(), content, row.main.to_string(), row.backup.as_ref().map(ToString::to_string))
    });
    rows.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_engine_decides_what_was_chosen_on_the_board(
        firms in proptest::collection::vec((any::<u8>(), any::<bool>()), 1..7),
        demand in proptest::collection::vec((0..9_u8, 0..2_usize, 0..500_u16), 1..20),
        wanted in proptest::collection::vec(any::<prop::sample::Index>(), 60),
    ) {
        let rules = rules();
        let lot = lot(&rules, &firms, &demand);
        let without = select(&rules, std::slice::from_ref(&lot)).remove(0);
        prop_assert_eq!(without.status, LotStatus::Decided);
        let market = markets(&rules, std::slice::from_ref(&lot)).remove(0).unwrap();
        let mut board = Board::after(&market.field, &[]).unwrap();
        for wanted in wanted.iter().cycle() {
            let Some(turn) = board.turn() else { break };
            let region = *wanted.get(&board.free());
            board.choose(turn.firm, turn.number, region).unwrap();
        }
        let chosen = with_choices(lot.clone(), &market, board.choices());
        let decision = select(&rules, std::slice::from_ref(&chosen)).remove(0);
        prop_assert_eq!(decision.status, LotStatus::Decided);
        let choices = board.choices().to_vec();
        let taken = board.taken();
        for row in &decision.regions {
            let place = market.regions.iter().position(|region| region.name == row.region).unwrap();
            let by_content = row.content.and_then(|content| taken.by_content.get(&(content, place)));
            let main = by_content.copied().or(taken.main[place]).unwrap();
            prop_assert_eq!(&row.main, &market.firms[main], "{:?}", choices);
            if let Some(backup) = &row.backup {
                prop_assert_eq!(Some(backup), taken.backup[place].map(|firm| &market.firms[firm]));
            }
        }
        // Nobody chooses: what everybody is given is what the engine gives.
        let mut board = Board::after(&market.field, &[]).unwrap();
        while board.fall_back(&[]).is_some() {}
        let given = with_choices(lot, &market, board.choices());
        let decision = select(&rules, std::slice::from_ref(&given)).remove(0);
        prop_assert_eq!(told(&decision), told(&without));
        prop_assert_eq!(decision.bids, without.bids);
    }
}

#[test]
fn what_a_place_is_for_is_read_as_it_is_written() {
    for text in ["main", "backup", "37.5"] {
        assert_eq!(Phase::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Phase::parse("10.0").unwrap().to_string(), "10");
    assert!(Phase::parse("both").is_err() && Phase::parse("0").is_err());
}
