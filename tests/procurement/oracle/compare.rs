//! The real engine and the naive one decide the same random rounds, 10,000 of each rule family.
use crate::csv_text::texts;
use crate::naive::{self, BidResult, Decision, Lot, RegionResult};
use crate::random::{self, Family, Round};
use jicai_domain::procurement::rules::preset;
use serde_json::Value;
use std::collections::BTreeSet;

const ROUNDS: u64 = 10_000;

/// `ORACLE_SEED=123 cargo test rounds_2_to_5` runs that one round.
fn run(family: Family, base: u64) {
    if let Some(seed) = std::env::var("ORACLE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        return compare(family, seed);
    }
    for seed in base..base + ROUNDS {
        compare(family, seed);
    }
}

fn compare(family: Family, seed: u64) {
    let mut round = random::round(family, seed);
    let rules = preset(round.rules).unwrap().text;
    let mut expected = naive::award(rules, &round.lots);
    if random::drop_unselected_preferences(&mut round.lots, &expected) {
        expected = naive::award(rules, &round.lots);
    }
    let csv = texts(&round.lots);
    let answer = jicai_server::award::award_json(
        rules,
        csv.bids.as_bytes(),
        Some(csv.lots.as_bytes()),
        csv.demand.as_deref().map(str::as_bytes),
        csv.preferences.as_deref().map(str::as_bytes),
    );
    let answer = answer.unwrap_or_else(|error| panic!("{}\nrefused: {error}", story(family, seed, &round)));
    let json: Value = serde_json::from_str(&answer).unwrap();
    let found = list(&json["lots"]).iter().map(decision).collect::<Vec<_>>();
    assert_eq!(found.len(), expected.len(), "{}", story(family, seed, &round));
    for ((found, expected), lot) in found.into_iter().zip(expected).zip(&round.lots) {
        let (found, expected) = (comparable(found, lot), comparable(expected, lot));
        assert!(
            found == expected,
            "{}\n{}\nengine: {found:#?}\nnaive: {expected:#?}",
            story(family, seed, &round),
            differences(&found, &expected),
        );
    }
}

fn story(family: Family, seed: u64, round: &Round) -> String {
    let csv = texts(&round.lots);
    format!(
        "{family:?}, seed {seed}, {rules}\n{bids}\n{lots}\n{demand}\n{preferences}",
        rules = round.rules,
        bids = csv.bids,
        lots = csv.lots,
        demand = csv.demand.unwrap_or_default(),
        preferences = csv.preferences.unwrap_or_default(),
    )
}

/// The lines that differ, for a quick look.
fn differences(found: &Decision, expected: &Decision) -> String {
    let mut lines = Vec::new();
    let head = |d: &Decision| Decision { bids: Vec::new(), regions: Vec::new(), ..d.clone() };
    if head(found) != head(expected) {
        lines.push(format!("engine {:?}\nnaive  {:?}", head(found), head(expected)));
    }
    for (a, b) in found.bids.iter().zip(&expected.bids).filter(|(a, b)| a != b) {
        lines.push(format!("engine {a:?}\nnaive  {b:?}"));
    }
    for (a, b) in found.regions.iter().zip(&expected.regions).filter(|(a, b)| a != b) {
        lines.push(format!("engine {a:?}\nnaive  {b:?}"));
    }
    lines.join("\n")
}

/// What both must agree on, in one form: numbers to 6 places, bids and regions sorted.
fn comparable(mut decision: Decision, lot: &Lot) -> Decision {
    let representative = lot.representative_content.clone();
    let tied = decision.status == "tied";
    decision.lowest = number(decision.lowest);
    decision.anchor = number(decision.anchor);
    if tied {
        decision.anchor = None;
    }
    if decision.status == "no_valid_bid" {
        decision.cap = None;
    }
    for bid in &mut decision.bids {
        bid.content = number(bid.content.take().or_else(|| representative.clone()));
        bid.final_price = number(bid.final_price.take());
        bid.share = number(bid.share.take());
        // The description leaves open between which of the equal bids a key was used.
        bid.codes.remove("TIE_KEY_USED");
        if tied {
            bid.shortlisted = false;
            bid.codes.retain(|code| code == "TIED" || code == "ABOVE_CEILING");
        }
    }
    decision.bids.sort_by_key(|bid| (bid.bidder.clone(), bid.product.clone(), bid.content.clone()));
    decision.regions.retain(|row| row.main.is_some());
    for row in &mut decision.regions {
        row.content = number(row.content.take());
    }
    decision.regions.sort_by_key(|row| (row.region.clone(), row.content.clone()));
    decision
}

fn number(text: Option<String>) -> Option<String> {
    text.map(|text| naive::print(&naive::parse(&text).unwrap()))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A string, or a number as its text.
fn text(value: &Value) -> Option<String> {
    value.as_str().map(String::from).or_else(|| value.as_number().map(ToString::to_string))
}

fn count(value: &Value) -> Option<u64> {
    text(value).and_then(|text| text.parse().ok())
}

fn place(value: &Value) -> Option<usize> {
    text(value).and_then(|text| text.parse().ok())
}

fn decision(lot: &Value) -> Decision {
    let bids: Vec<BidResult> = list(&lot["bids"]).iter().map(bid).collect();
    assert!(bids.is_sorted_by_key(|bid| !bid.valid), "void bids are not last: {lot}");
    Decision {
        lot: text(&lot["lot"]).unwrap_or_default(),
        status: text(&lot["status"]).unwrap_or_default(),
        qualified_bidders: place(&lot["qualified_bidders"]).unwrap_or_default(),
        cap: place(&lot["cap"]),
        lowest: text(&lot["lowest"]),
        anchor: text(&lot["anchor"]),
        bids,
        regions: list(&lot["regions"]).iter().map(region).collect(),
    }
}

fn bid(bid: &Value) -> BidResult {
    let codes: BTreeSet<String> = list(&bid["reasons"]).iter().filter_map(|r| text(&r["code"])).collect();
    BidResult {
        bidder: text(&bid["bidder"]).unwrap_or_default(),
        product: text(&bid["product"]),
        content: text(&bid["content"]),
        rank: place(&bid["rank"]),
        valid: bid["valid"] == true,
        shortlisted: bid["shortlisted"] == true,
        selected: bid["selected"] == true,
        final_price: text(&bid["final_price"]),
        share: text(&bid["share"]),
        agreed_volume: count(&bid["agreed_volume"]),
        codes,
    }
}

fn region(row: &Value) -> RegionResult {
    RegionResult {
        region: text(&row["region"]).unwrap_or_default(),
        content: text(&row["content"]),
        main: text(&row["main"]),
        backup: text(&row["backup"]),
        volume: count(&row["volume"]).unwrap_or_default(),
    }
}

#[test]
fn rounds_2_to_5() {
    run(Family::Rounds2To5, 1_000_000);
}

#[test]
fn rounds_7_to_9() {
    run(Family::Rounds7To9, 2_000_000);
}

#[test]
fn round_10() {
    run(Family::Round10, 3_000_000);
}

#[test]
fn round_11() {
    run(Family::Round11, 4_000_000);
}

#[test]
fn round_12() {
    run(Family::Round12, 5_000_000);
}

#[test]
fn union_of_2019() {
    run(Family::Union, 6_000_000);
}

#[test]
fn four_plus_seven() {
    run(Family::FourPlusSeven, 7_000_000);
}

#[test]
fn stents() {
    run(Family::Stent, 8_000_000);
}

#[test]
fn insulin_2021() {
    run(Family::Insulin2021, 9_000_000);
}

#[test]
fn insulin_2024() {
    run(Family::Insulin2024, 10_000_000);
}

#[test]
fn joints() {
    run(Family::Joint, 11_000_000);
}
