//! The naive engine on examples worked by hand, most of them from the specification of procurement, section 11.
use crate::naive::{self, Bid, BidResult, Decision, Demand, Lot, Preference, content_factor, parse, print};
use jicai_domain::procurement::rules::preset;

pub(crate) fn bid(bidder: &str, price: &str) -> Bid {
    Bid { bidder: bidder.to_string(), price: price.to_string(), units: 1, ..Bid::default() }
}

fn with(mut bid: Bid, column: &str, value: &str) -> Bid {
    bid.columns.insert(column.to_string(), value.to_string());
    bid
}

fn demand(region: &str, volume: u64) -> Demand {
    Demand { region: region.to_string(), volume, ..Demand::default() }
}

fn lot(bids: Vec<Bid>) -> Lot {
    Lot { name: "lot".to_string(), bids, ..Lot::default() }
}

fn award(rules: &str, lot: Lot) -> Decision {
    naive::award(preset(rules).unwrap().text, &[lot]).remove(0)
}

fn of<'a>(decision: &'a Decision, bidder: &str) -> &'a BidResult {
    decision.bids.iter().find(|b| b.bidder == bidder).unwrap()
}

fn selected(decision: &Decision) -> Vec<&str> {
    decision.bids.iter().filter(|b| b.selected).map(|b| b.bidder.as_str()).collect()
}

fn has(bid: &BidResult, codes: &[&str]) {
    for code in codes {
        assert!(bid.codes.contains(*code), "{code} is missing: {bid:?}");
    }
}

/// Bidders `firm 1`, `firm 2` … at these prices.
fn firms(prices: &[&str]) -> Vec<Bid> {
    prices.iter().enumerate().map(|(i, price)| bid(&format!("firm {}", i + 1), price)).collect()
}

#[test]
fn price_relation_is_exact_to_the_cent() {
    let q = |text| parse(text).unwrap();
    let content = content_factor(&q("1.7"), &(q("25") / q("75")));
    let pack = content_factor(&q("1.95"), &(q("20") / q("7")));
    assert_eq!(print(&(q("22.26") * content * pack)), "26.396777");
    assert_eq!(content_factor(&q("1.7"), &q("8")), q("4.913"));
    assert_eq!(content_factor(&q("1.7"), &q("0.5")), q("1") / q("1.7"));
    // By another program, to 60 digits: 2.31874451009500428359574821820791…
    assert_eq!(content_factor(&q("1.7"), &q("3")), q("2.318744510095004283595748218"));
}

#[test]
fn a_bid_above_its_ceiling_is_void() {
    let mut bids = firms(&["10", "10", "9"]);
    bids[0].ceiling = Some("10".to_string());
    bids[1].ceiling = Some("9.9999".to_string());
    let d = award("cn-r2-2019", lot(bids));
    assert_eq!((d.qualified_bidders, of(&d, "firm 1").valid, of(&d, "firm 2").valid), (2, true, false));
    has(of(&d, "firm 2"), &["ABOVE_CEILING"]);
    assert_eq!(of(&d, "firm 2").rank, None);
    assert_eq!(selected(&d), ["firm 3", "firm 1"]);
}

#[test]
fn shortlists_keep_to_the_cap_by_number_of_bidders() {
    let table = [1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 10];
    for (n, cap) in (1..).zip(table) {
        let prices: Vec<String> = (0..n).map(|i| format!("1.{i:02}")).collect();
        let d = award("cn-r4-2021", lot(firms(&prices.iter().map(String::as_str).collect::<Vec<_>>())));
        assert_eq!((d.cap, selected(&d).len()), (Some(cap), cap), "{n} bidders");
    }
}

#[test]
fn regions_are_taken_in_turns_after_one_first_pick() {
    let mut lot = lot(firms(&["1", "2", "3", "4", "5"]));
    lot.cap = Some(3);
    lot.bids.iter_mut().for_each(|b| b.ceiling = Some("10".to_string()));
    for (i, region) in ["a", "b", "c", "d", "e", "f", "g", "h"].iter().enumerate() {
        lot.demand.push(demand(region, 100 - u64::try_from(i).unwrap()));
    }
    lot.preferences = vec![Preference { bidder: "firm 2".to_string(), region: "g".to_string(), order: 1 }];
    let d = award("cn-r7-2022", lot);
    let main: Vec<&str> = d.regions.iter().map(|r| r.main.as_deref().unwrap()).collect();
    // First pick a; then 1 takes b, 2 takes g, 3 takes c; d, e, f; h.
    assert_eq!(main, ["firm 1", "firm 1", "firm 3", "firm 1", "firm 2", "firm 3", "firm 2", "firm 1"]);
    // Backup: 1 takes c (a and b are his), 2 takes a, 3 takes b; e, d, g; 1 takes f, 2 takes h.
    let backup: Vec<&str> = d.regions.iter().map(|r| r.backup.as_deref().unwrap()).collect();
    assert_eq!(backup, ["firm 2", "firm 3", "firm 1", "firm 2", "firm 1", "firm 1", "firm 3", "firm 2"]);
    // 70 % of 772 is 540.4.
    assert_eq!(d.regions.iter().map(|r| r.volume).sum::<u64>(), 540);
}

#[test]
fn stents_are_the_ten_lowest_with_four_of_a_maker() {
    let mut bids = Vec::new();
    for i in 0..6_u64 {
        for maker in ["cheap", "dear"] {
            let price = if maker == "cheap" { 469 + i } else { 600 + i };
            let product = Some(format!("{maker} {i}"));
            bids.push(Bid { product, ..bid(maker, &price.to_string()) });
        }
    }
    bids.extend(firms(&["700", "798", "5000"]));
    let d = award("cn-stent-2020", lot(bids));
    let of_cheap = d.bids.iter().filter(|b| b.bidder == "cheap" && b.selected).count();
    let of_dear = d.bids.iter().filter(|b| b.bidder == "dear" && b.selected).count();
    assert_eq!((of_cheap, of_dear, d.cap), (4, 4, Some(10)));
    assert_eq!(d.bids.iter().filter(|b| b.codes.contains("GROUP_LIMIT")).count(), 4);
    assert!(of(&d, "firm 1").selected && of(&d, "firm 2").selected);
    has(of(&d, "firm 3"), &["OUTSIDE_CAP"]);
}

#[test]
fn anchor_of_round_11_and_the_revival_of_all_but_one() {
    let mut lot = lot(firms(&["1", "10", "10", "10"]));
    lot.cap = Some(4);
    let d = award("cn-r11-2025", lot);
    assert_eq!((d.status.as_str(), d.anchor.as_deref()), ("decided", Some("3.875000")));
    has(of(&d, "firm 1"), &["WITHIN_FUSE"]);
    for firm in ["firm 2", "firm 3", "firm 4"] {
        has(of(&d, firm), &["ABOVE_FUSE", "ABOVE_FLOOR", "REVIVED"]);
        assert_eq!(of(&d, firm).final_price.as_deref(), Some("6.975000"));
    }
}

#[test]
fn a_brand_outside_the_cap_comes_back_by_its_volume() {
    let mut lot = lot(firms(&["1", "1.5", "1.7", "1.9"]));
    lot.cap = Some(2);
    let volumes = [("firm 1", 10), ("firm 2", 10), ("firm 3", 50), ("firm 4", 50)];
    for (firm, volume) in volumes {
        lot.demand.push(Demand { bidder: Some(firm.to_string()), ..demand("north", volume) });
    }
    lot.demand.push(demand("north", 100));
    let d = award("cn-r11-2025", lot);
    assert_eq!(selected(&d), ["firm 1", "firm 2", "firm 3"]);
    has(of(&d, "firm 3"), &["OUTSIDE_CAP", "REVIVED_BY_BRAND"]);
    has(of(&d, "firm 4"), &["OUTSIDE_CAP", "HIGHEST_NOT_REVIVED"]);
    assert_eq!(of(&d, "firm 3").final_price.as_deref(), Some("1.500000"));
    // Three selected: 70 %. Pool: 100 generic and 50 of firm 4, all with firm 1.
    let volumes: Vec<Option<u64>> = d.bids.iter().map(|b| b.agreed_volume).collect();
    assert_eq!(volumes, [Some(112), Some(7), Some(35), None]);
    assert_eq!(d.regions[0].volume, 105);
}

#[test]
fn unit_a_of_joints_is_filled_to_seven() {
    let volumes = [500, 300, 100, 40, 20, 15, 10, 9, 6];
    let mut bids = Vec::new();
    for (i, volume) in volumes.iter().enumerate() {
        let firm = bid(&format!("firm {}", i + 1), &format!("{}", 1000 + i));
        let everywhere = if i == 4 { "no" } else { "yes" };
        let firm = with(firm, "supplies_every_prefecture", everywhere);
        bids.push(Bid { brand_volume: Some(*volume), ..with(firm, "cross_linked_liner", "no") });
    }
    let mut lot = lot(bids);
    lot.name = "knee".to_string();
    let d = award("cn-joint-2021", lot);
    let unit = |code: &str| -> Vec<&str> {
        d.bids.iter().filter(|b| b.codes.contains(code)).map(|b| b.bidder.as_str()).collect()
    };
    // Before firm 3 stand 800 of 1000, before firm 4 900: above 85 %.
    assert_eq!(unit("UNIT_A"), ["firm 1", "firm 2", "firm 3"]);
    assert_eq!(unit("UNIT_A_FILLED"), ["firm 4", "firm 6", "firm 7", "firm 8"]);
    assert_eq!(unit("UNIT_B"), ["firm 5", "firm 9"]);
    assert_eq!((unit("RULE_UNKNOWN").len(), selected(&d).len()), (9, 0));
}

#[test]
fn insulin_classes_and_their_shares() {
    let mut bids = firms(&["20", "26", "26.01", "40", "41"]);
    bids.iter_mut().for_each(|b| b.brand_volume = Some(100));
    bids[2].columns.insert("b_class_price".to_string(), "26.01".to_string());
    bids[3].columns.insert("former_price".to_string(), "40".to_string());
    bids[4].columns.insert("former_price".to_string(), "40".to_string());
    let d = award("cn-insulin-2024", lot(bids));
    let shares: Vec<Option<&str>> = d.bids.iter().map(|b| b.share.as_deref()).collect();
    assert_eq!(shares, [Some("1.000000"), Some("0.800000"), Some("0.550000"), Some("0.450000"), None]);
    let volumes: Vec<Option<u64>> = d.bids.iter().map(|b| b.agreed_volume).collect();
    assert_eq!(volumes, [Some(100), Some(80), Some(55), Some(45), None]);
    has(of(&d, "firm 4"), &["ABOVE_FUSE", "REVIVED_FORMER", "CLASS"]);
    has(of(&d, "firm 5"), &["ABOVE_FORMER"]);
}

#[test]
fn the_highest_bid_is_out_from_rank_seven() {
    let prices = ["1", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.6"];
    let mut lot = lot(firms(&prices));
    lot.cap = Some(8);
    let d = award("cn-r7-2022", lot.clone());
    assert_eq!(selected(&d).len(), 6);
    has(of(&d, "firm 7"), &["WITHIN_FUSE", "HIGHEST_BID"]);
    assert_eq!(of(&d, "firm 8").rank, Some(7));
    lot.bids.truncate(6);
    assert_eq!(selected(&award("cn-r7-2022", lot)).len(), 6);
}

#[test]
fn a_tie_at_the_cap_is_decided_by_the_keys_or_not_at_all() {
    let tied = award("cn-r2-2019", lot(firms(&["1", "2", "2"])));
    assert_eq!((tied.status.as_str(), selected(&tied).len()), ("tied", 0));
    let named: Vec<&str> =
        tied.bids.iter().filter(|b| b.codes.contains("TIED")).map(|b| b.bidder.as_str()).collect();
    assert_eq!(named, ["firm 2", "firm 3"]);
    let mut bids = firms(&["1", "2", "2"]);
    bids[2] = with(bids[2].clone(), "supply_record", "1");
    bids.iter_mut().for_each(|b| b.ceiling = Some("4".to_string()));
    assert_eq!(selected(&award("cn-r2-2019", lot(bids))), ["firm 1", "firm 3"]);
}

#[test]
fn a_very_low_bid_is_selected_with_zero_volume_in_round_12() {
    let prices = ["1", "10", "10.1", "10.2", "10.3", "10.4", "10.5", "10.6", "10.7"];
    let mut lot = lot(firms(&prices));
    lot.demand = vec![demand("north", 1000)];
    let d = award("cn-r12-2026", lot);
    assert_eq!(d.cap, Some(6));
    has(of(&d, "firm 1"), &["ZERO_VOLUME"]);
    assert_eq!((of(&d, "firm 1").shortlisted, of(&d, "firm 7").shortlisted), (false, true));
    assert_eq!(of(&d, "firm 1").share.as_deref(), Some("0.000000"));
    assert_eq!(of(&d, "firm 1").agreed_volume, Some(0));
    assert_eq!((d.lowest.as_deref(), d.regions[0].main.as_deref()), (Some("10.000000"), Some("firm 2")));
}

#[test]
fn a_content_is_supplied_by_those_who_quote_it() {
    let content = |b: Bid, c: &str| Bid { content: Some(c.to_string()), ..b };
    let mut lot = lot(vec![
        content(bid("firm 1", "1"), "10"),
        content(bid("firm 2", "1.1"), "10"),
        content(bid("firm 2", "1.9"), "20"),
    ]);
    lot.representative_content = Some("10".to_string());
    for (region, small, big) in [("a", 50, 10), ("b", 40, 20)] {
        lot.demand.push(Demand { content: Some("10".to_string()), ..demand(region, small) });
        lot.demand.push(Demand { content: Some("20".to_string()), ..demand(region, big) });
    }
    let d = award("cn-r7-2022", lot);
    let rows: Vec<_> = d
        .regions
        .iter()
        .map(|r| (r.region.as_str(), r.main.as_deref().unwrap(), r.backup.as_deref(), r.volume))
        .collect();
    // b has the larger pool (80 to 70): the first pick; then firm 1 takes a, and firm 2 has none. Share 60 %.
    let expected = [
        ("a", "firm 1", Some("firm 2"), 30),
        ("a", "firm 2", None, 12),
        ("b", "firm 1", Some("firm 2"), 24),
        ("b", "firm 2", None, 24),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn the_second_step_of_4_plus_7() {
    let mut lots = Vec::new();
    for i in 0..9_u64 {
        // Cuts 50 %, 49 %, … 42 %; three bidders in every other lot.
        let mut bids = firms(if i % 2 == 0 { &["0", "99", "99.5"] } else { &["0"] });
        bids[0].price = (50 + i).to_string();
        bids.iter_mut().for_each(|b| b.ceiling = Some("100".to_string()));
        if i == 7 {
            bids[0] = with(bids[0].clone(), "negotiated_price", "53");
        }
        lots.push(Lot { name: format!("lot {i}"), ..lot(bids) });
    }
    let d = naive::award(preset("cn-4plus7-2018").unwrap().text, &lots);
    for (i, decision) in d.iter().enumerate() {
        let first = of(decision, "firm 1");
        // The mean cut of lots 0, 2, 4 and 6 is 47 %.
        let code = ["SELECTED_AT_ONCE", "NEGOTIATED", "NEGOTIATION"][i.saturating_sub(6).min(2)];
        has(first, &["PRESELECTED", code]);
        assert_eq!(first.selected, i < 8);
    }
    assert_eq!(of(&d[7], "firm 1").final_price.as_deref(), Some("53.000000"));
}
