//! What holds in every round, whatever the rules: checked on the random rounds of every family.
use crate::csv_text::texts;
use crate::naive::Lot;
use crate::random::{self, FAMILIES};
use jicai_domain::procurement::rules::preset;
use jicai_server::award::{award_json, read_rules};
use jicai_server::input::{InputFile, RoundFiles, read_round};
use jicai_service::procurement::form::tables;
use serde_json::Value;
use std::collections::BTreeSet;

const ROUNDS: u64 = 500;

/// Reasons that may select a bid which another bid of its lot undercuts, or that a dearer bid would not have had.
const SELECTING: [&str; 8] = [
    "CUT_AT_LEAST",
    "AT_MOST_PRINTED",
    "REVIVED",
    "REVIVED_BY_BRAND",
    "REVIVED_REFERENCE",
    "REVIVED_FORMER",
    "ZERO_VOLUME",
    "NEGOTIATED",
];
/// Reasons that may leave out a bid which undercuts a selected one.
const REJECTING: [&str; 6] =
    ["GROUP_COUNTED_ONCE", "GROUP_LIMIT", "CUT_UNKNOWN", "NEGOTIATION", "RULE_UNKNOWN", "HIGHEST_BID"];

fn each_round(check: impl Fn(&str, &[Lot], u64)) {
    for (family, base) in FAMILIES.into_iter().zip((1..).map(|family: u64| family * 20_000_000)) {
        for seed in base..base + ROUNDS {
            let mut round = random::round(family, seed);
            round.lots.iter_mut().for_each(|lot| lot.preferences.clear());
            check(preset(round.rules).unwrap().text, &round.lots, seed);
        }
    }
}

fn decide(rules: &str, lots: &[Lot]) -> Vec<Value> {
    let csv = texts(lots);
    let demand = csv.demand.as_deref().map(str::as_bytes);
    let json = award_json(rules, csv.bids.as_bytes(), Some(csv.lots.as_bytes()), demand, None).unwrap();
    serde_json::from_str::<Value>(&json).unwrap()["lots"].as_array().unwrap().clone()
}

fn bids(lot: &Value) -> impl Iterator<Item = &Value> {
    lot["bids"].as_array().unwrap().iter()
}

fn has_any(bid: &Value, codes: &[&str]) -> bool {
    bid["reasons"].as_array().unwrap().iter().any(|reason| codes.contains(&reason["code"].as_str().unwrap()))
}

fn price(bid: &Value) -> f64 {
    bid["comparable_price"].as_str().unwrap().parse().unwrap()
}

#[test]
fn no_more_are_shortlisted_than_the_cap_allows() {
    each_round(|rules, lots, seed| {
        let by_product = rules.contains("competes = \"product\"");
        for lot in decide(rules, lots).iter().filter(|lot| lot["status"] != "tied") {
            let Some(cap) = lot["cap"].as_u64() else { continue };
            let competitor = |bid: &Value| match by_product {
                true => format!("{} {} {}", bid["bidder"], bid["product"], bid["content"]),
                false => bid["group"].to_string(),
            };
            let mut shortlisted: Vec<String> =
                bids(lot).filter(|bid| bid["shortlisted"] == true).map(competitor).collect();
            shortlisted.sort();
            shortlisted.dedup();
            assert!(u64::try_from(shortlisted.len()).unwrap() <= cap, "seed {seed}: {lot:#}");
        }
    });
}

#[test]
fn the_volumes_of_bids_regions_and_brands_add_up_to_the_unit() {
    each_round(|rules, lots, seed| {
        for lot in decide(rules, lots) {
            let sum = |rows: &Value, key: &str| {
                rows.as_array().unwrap().iter().filter_map(|row| row[key].as_u64()).sum::<u64>()
            };
            let supplied = sum(&lot["regions"], "volume") + sum(&lot["brand_volumes"], "volume");
            assert_eq!(sum(&lot["bids"], "agreed_volume"), supplied, "seed {seed}: {lot:#}");
        }
    });
}

#[test]
fn the_tables_written_of_a_round_decide_it_to_the_same_bytes() {
    each_round(|text, lots, seed| {
        let csv = texts(lots);
        let files = RoundFiles {
            bids: InputFile::new("bids", csv.bids.as_bytes()),
            lots: Some(InputFile::new("lots", csv.lots.as_bytes())),
            demand: csv.demand.as_deref().map(|demand| InputFile::new("demand", demand.as_bytes())),
            preferences: None,
        };
        let rules = read_rules("rules", text, &[]).unwrap();
        let read = read_round(&rules, &files, &mut BTreeSet::new()).unwrap();
        let written = tables(&rules, &read).unwrap();
        let json = |bids: &str, lots: &str, demand: Option<&str>| {
            let demand = demand.map(str::as_bytes);
            award_json(text, bids.as_bytes(), Some(lots.as_bytes()), demand, None).unwrap()
        };
        assert_eq!(
            json(&csv.bids, &csv.lots, csv.demand.as_deref()),
            json(written.bids.as_deref().unwrap(), &written.lots, written.demand.as_deref()),
            "seed {seed}"
        );
    });
}

#[test]
fn the_order_of_the_input_never_matters() {
    each_round(|rules, lots, seed| {
        let mut turned = lots.to_vec();
        for lot in &mut turned {
            lot.bids.reverse();
            lot.demand.reverse();
        }
        assert_eq!(decide(rules, lots), decide(rules, &turned), "seed {seed}");
    });
}

#[test]
fn an_unselected_bid_undercuts_no_selected_one_but_by_a_named_rule() {
    each_round(|rules, lots, seed| {
        let by_product = rules.contains("competes = \"product\"");
        for lot in decide(rules, lots).iter().filter(|lot| lot["status"] == "decided") {
            // A firm's further bids share the place of its first one, so firms are compared by their first bids.
            let first = |bid: &Value| {
                by_product || bids(lot).find(|other| other["bidder"] == bid["bidder"]) == Some(bid)
            };
            let compared = || bids(lot).filter(|bid| bid["valid"] == true && first(bid));
            let selected = || compared().filter(|bid| bid["selected"] == true && !has_any(bid, &SELECTING));
            let rejected = || compared().filter(|bid| bid["selected"] == false && !has_any(bid, &REJECTING));
            let dearest = selected().map(price).fold(f64::NEG_INFINITY, f64::max);
            for bid in rejected() {
                assert!(price(bid) >= dearest, "seed {seed}: {bid:#} in {lot:#}");
            }
        }
    });
}

#[test]
fn raising_only_one_s_own_price_never_selects_but_by_a_named_rule() {
    each_round(|rules, lots, seed| {
        let before = decide(rules, lots);
        for (position, lot) in before.iter().enumerate().filter(|(_, lot)| lot["status"] == "decided") {
            let Some(rejected) = bids(lot).find(|bid| bid["valid"] == true && bid["selected"] == false)
            else {
                continue;
            };
            let mut raised = lots.to_vec();
            let same = |bid: &crate::naive::Bid| {
                rejected["bidder"] == *bid.bidder
                    && rejected["product"].as_str() == bid.product.as_deref()
                    && has_content(rejected, &lots[position], bid)
            };
            let Some(bid) = raised[position].bids.iter_mut().find(|bid| same(bid)) else { continue };
            bid.price = format!("{:.4}", bid.price.parse::<f64>().unwrap() * 1.25 + 0.01);
            let identity = (&rejected["bidder"], &rejected["product"], &rejected["content"]);
            let after = decide(rules, &raised);
            let again = bids(&after[position])
                .find(|bid| (&bid["bidder"], &bid["product"], &bid["content"]) == identity)
                .unwrap();
            assert!(
                again["selected"] == false || has_any(again, &SELECTING),
                "seed {seed}: {rejected:#} became {again:#}"
            );
        }
    });
}

fn has_content(decided: &Value, lot: &Lot, bid: &crate::naive::Bid) -> bool {
    let content = bid.content.as_ref().or(lot.representative_content.as_ref());
    let number = |text: &str| text.parse::<f64>().unwrap();
    decided["content"].as_str().map(number) == content.map(|content| number(content))
}
