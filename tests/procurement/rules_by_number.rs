//! One table per numbered rule: who is selected, at what price, and why.
use crate::round::round;

#[test]
fn a_bid_above_its_ceiling_is_void_and_does_not_count() {
    let bids = ["L,A,1.00,2", "L,B,1.00,1", "L,C,1.01,1", "L,D,1.00,", "L,E,1.20,2"];
    let lot = round("cn-r9-2023", "ceiling", &bids).decide();
    assert_eq!(lot.standings(), ["A=1", "B=1", "D=1", "E", "C"]);
    assert_eq!(lot.0["qualified_bidders"], 4);
    assert_eq!(lot.codes("C"), ["ABOVE_CEILING"]);
    assert_eq!(lot.reason("C", "ABOVE_CEILING")["ceiling"], "1.000000");
    assert_eq!(lot.bid("C")["rank"], serde_json::Value::Null);
    let none = round("cn-r9-2023", "ceiling", &["L,A,2,1"]).decide();
    assert_eq!((none.status(), &none.0["lowest"]), ("no_valid_bid", &serde_json::Value::Null));
}

#[test]
fn prices_are_compared_per_unit_at_the_representative_content() {
    let bids = ["L,A,7.00,7,10", "L,B,32.30,19,20", "L,C,20.58823529,10,5"];
    let lot = round("cn-r2-2019", "units,content", &bids).lots("representative_content", &["L,10"]).decide();
    for (bidder, unit, comparable) in
        [("A", "1.000000", "1.000000"), ("B", "1.700000", "1.000000"), ("C", "2.058824", "3.500000")]
    {
        assert_eq!(
            (&lot.bid(bidder)["unit_price"], &lot.bid(bidder)["comparable_price"]),
            (&unit.into(), &comparable.into())
        );
    }
    let insulin = round("cn-insulin-2024", "content", &["L,A,10,300", "L,B,13,450", "L,C,10,400"]).decide();
    assert_eq!(insulin.bid("B")["comparable_price"], "10.000000");
    assert_eq!(insulin.bid("C")["comparable_price"], "10.000000");
}

#[test]
fn the_cap_follows_the_number_of_bidders() {
    // Rounds 2 to 5: procurement.md section 4; rounds 9 and 10: the printed comparison of the two.
    let tables: [(&str, [u64; 17]); 7] = [
        ("cn-4plus7-2018", [1; 17]),
        ("cn-union-2019", [1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]),
        ("cn-r2-2019", [1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6]),
        ("cn-r3-2020", [1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 8, 8, 8]),
        ("cn-r5-2021", [1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10]),
        ("cn-r9-2023", [1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 9, 9, 10, 10, 10, 10, 10]),
        ("cn-r10-2024", [1, 2, 2, 3, 3, 3, 4, 5, 6, 6, 7, 8, 8, 9, 9, 10, 10]),
    ];
    for (rules, caps) in tables {
        for (bidders, cap) in (1..).zip(caps) {
            let bids: Vec<String> =
                (0..bidders).map(|bidder| format!("L,B{bidder:02},1.{bidder:02}")).collect();
            let bids: Vec<&str> = bids.iter().map(String::as_str).collect();
            let lot = round(rules, "", &bids).decide();
            assert_eq!(lot.0["cap"], cap, "{rules} with {bidders}");
            let shortlisted =
                lot.0["bids"].as_array().unwrap().iter().filter(|bid| bid["shortlisted"] == true).count();
            assert_eq!(u64::try_from(shortlisted), Ok(cap), "{rules} with {bidders}");
        }
    }
}

#[test]
fn a_lot_s_own_cap_goes_first() {
    let lot = round("cn-r9-2023", "", &["L,A,1", "L,B,1.1", "L,C,1.2"]).lots("cap", &["L,1"]).decide();
    assert_eq!(lot.standings(), ["A=1", "B", "C"]);
    assert_eq!(lot.reason("C", "OUTSIDE_CAP")["rank"], 3);
    assert_eq!(lot.reason("C", "OUTSIDE_CAP")["cap"], 1);
}

#[test]
fn a_group_counts_as_one_bidder() {
    let bids = ["L,A,1,G", "L,B,1.2,G", "L,C,1.3,", "L,D,1.4,"];
    let lot = round("cn-r9-2023", "group", &bids).decide();
    assert_eq!(lot.0["qualified_bidders"], 3);
    assert_eq!(lot.standings(), ["A=1", "B", "C=1.3", "D"]);
    assert_eq!(lot.codes("B"), ["GROUP_COUNTED_ONCE"]);
    let ranks: Vec<&serde_json::Value> =
        ["A", "B", "C", "D"].iter().map(|bidder| &lot.bid(bidder)["rank"]).collect();
    assert_eq!(ranks, [1, 1, 2, 3]);
}

#[test]
fn firms_of_one_group_that_tie_matter_only_where_the_group_is_placed() {
    let placed = round("cn-r9-2023", "group", &["L,A,1,G", "L,B,1,G", "L,C,1.3,"]).decide();
    assert_eq!(placed.status(), "tied");
    assert_eq!(placed.reason("A", "TIED")["with"], serde_json::json!(["B"]));
    assert_eq!(placed.standings(), ["A", "B", "C"]);
    let outside = round("cn-r9-2023", "group", &["L,A,2,G", "L,B,2,G", "L,C,1,", "L,D,1.1,"]).decide();
    assert_eq!(outside.status(), "decided");
}

#[test]
fn tie_keys_order_equal_prices_and_a_missing_value_comes_last() {
    let columns = "supply_record,prior_volume,evaluation_date";
    let bids = ["L,A,1,,,", "L,B,1,2,10,2020-05-01", "L,C,1,2,10,2020-04-30", "L,D,1,2,11,"];
    let lot = round("cn-r9-2023", columns, &bids).lots("cap", &["L,2"]).decide();
    assert_eq!(lot.standings(), ["D=1", "C=1", "B", "A"]);
    assert_eq!(lot.reason("B", "TIE_KEY_USED")["key"], "supply_record");
    let uncertain = &lot.0["uncertain"];
    assert!(uncertain.as_array().unwrap().contains(&"ties.keys.0.column".into()), "{uncertain}");
}

#[test]
fn a_drawn_order_settles_a_tie_only_where_every_tied_bid_has_a_place_in_it() {
    let status = |rows: &[&str]| {
        let lot = round("cn-r9-2023", "tie_order", rows).lots("cap", &["L,2"]).decide();
        (lot.status().to_owned(), lot.standings().join(" "))
    };
    assert_eq!(
        status(&["L,A,1,", "L,B,1.5,2", "L,C,1.5,1"]),
        ("decided".to_owned(), "A=1 C=1.5 B".to_owned())
    );
    assert_eq!(status(&["L,A,1,", "L,B,1.5,1", "L,C,1.5,"]).0, "tied");
    assert_eq!(status(&["L,A,1,", "L,B,1.5,1", "L,C,1.5,1"]).0, "tied");
    let prices_differ = status(&["L,A,1,3", "L,B,1.5,2", "L,C,1.6,1"]);
    assert_eq!(prices_differ, ("decided".to_owned(), "A=1 B=1.5 C".to_owned()));
    let lot = round("cn-r9-2023", "tie_order", &["L,A,1,7", "L,B,1,3"]).decide();
    assert_eq!(lot.reason("A", "TIE_SETTLED")["order"], 7);
    assert_eq!(lot.reason("A", "TIE_SETTLED")["with"], serde_json::json!(["B"]));
}

#[test]
fn a_tie_across_the_cap_leaves_that_lot_alone_undecided() {
    let bids = ["L,A,1", "L,B,2", "L,C,2", "M,A,1"];
    let decided = round("cn-r9-2023", "", &bids).try_decide().unwrap();
    assert_eq!(
        (decided["lots"][0]["status"].clone(), decided["lots"][1]["status"].clone()),
        ("tied".into(), "decided".into())
    );
    let lot = crate::round::Lot(decided["lots"][0].clone());
    assert_eq!(lot.reason("B", "TIED")["with"], serde_json::json!(["C"]));
    assert!(!lot.codes("A").contains(&"TIED"));
    assert_eq!(lot.standings(), ["A", "B", "C"]);
}

#[test]
fn ties_that_change_nothing_are_harmless() {
    let losers =
        round("cn-r9-2023", "", &["L,A,1", "L,B,1.1", "L,C,2", "L,D,2"]).lots("cap", &["L,2"]).decide();
    assert_eq!(losers.standings(), ["A=1", "B=1.1", "C", "D"]);
    let winners = round("cn-r9-2023", "", &["L,A,1", "L,B,1"]).decide();
    assert_eq!(winners.standings(), ["A=1", "B=1"]);
}

#[test]
fn any_one_test_selects_in_rounds_two_to_nine() {
    let bids = ["L,A,0.30,3,1", "L,B,0.54,3,1", "L,C,0.50,1,1", "L,D,0.50,1,0.99", "L,E,0.51,1,"];
    for rules in
        ["cn-r2-2019", "cn-r3-2020", "cn-r4-2021", "cn-r5-2021", "cn-r7-2022", "cn-r8-2023", "cn-r9-2023"]
    {
        let lot = round(rules, "units,ceiling", &bids).lots("cap", &["L,5"]).decide();
        assert_eq!(lot.standings(), ["A=0.1", "B=0.18", "C=0.5", "D", "E"], "{rules}");
        assert_eq!(lot.codes("C"), ["SHORTLISTED", "ABOVE_FUSE", "CUT_AT_LEAST"]);
        assert_eq!(lot.codes("D"), ["SHORTLISTED", "ABOVE_FUSE", "CUT_BELOW", "ABOVE_FLOOR"]);
        assert_eq!(lot.codes("E"), ["SHORTLISTED", "ABOVE_FUSE", "NO_CEILING", "ABOVE_FLOOR"]);
        assert_eq!(lot.reason("D", "ABOVE_FUSE")["limit"], "0.180000");
    }
}

#[test]
fn the_fuse_is_judged_on_exact_ratios() {
    // 1/3 x 1.8 is 0.6 exactly, which no decimal of a third reaches.
    let lot = round("cn-r10-2024", "units", &["L,A,1,3", "L,B,0.6,1"]).decide();
    assert_eq!(lot.codes("B"), ["SHORTLISTED", "WITHIN_FUSE"]);
    let above = round("cn-r9-2023", "units", &["L,A,1,3", "L,B,0.60000001,1"]).decide();
    assert!(above.codes("B").contains(&"ABOVE_FUSE"));
}

#[test]
fn the_floor_depends_on_the_form() {
    for (form, price, selected) in [
        ("oral", "0.1", true),
        ("oral", "0.11", false),
        ("small_injection", "1", true),
        ("large_injection", "2", true),
        ("large_injection", "2.01", false),
        ("consumable", "0.1", false),
    ] {
        let bids = ["L,A,0.01".to_owned(), format!("L,B,{price}")];
        let lot =
            round("cn-r10-2024", "", &[&bids[0], &bids[1]]).lots("form", &[&format!("L,{form}")]).decide();
        let by_floor = lot.codes("B").contains(&"AT_MOST_FLOOR");
        assert_eq!(by_floor, selected, "{form} {price}");
    }
}

#[test]
fn the_highest_valid_bid_is_out_from_round_seven_unless_its_rank_is_exempt() {
    let bids = ["L,A,1", "L,B,1.1", "L,C,1.2", "L,D,1.3", "L,E,1.4", "L,F,1.5", "L,G,1.6"];
    for (rules, out) in
        [("cn-r5-2021", false), ("cn-r7-2022", true), ("cn-r9-2023", true), ("cn-r10-2024", false)]
    {
        let lot = round(rules, "", &bids).lots("cap", &["L,7"]).decide();
        assert_eq!(lot.codes("G").contains(&"HIGHEST_BID"), out, "{rules}");
        assert_eq!(lot.bid("G")["selected"], !out, "{rules}");
        assert_eq!(lot.bid("F")["selected"], true, "{rules}");
    }
    let six = round("cn-r9-2023", "", &bids[..6]).lots("cap", &["L,6"]).decide();
    assert_eq!(six.bid("F")["selected"], true);
}

#[test]
fn round_ten_revives_at_the_highest_selected_price_or_a_multiple_of_the_only_one() {
    let several = round("cn-r10-2024", "", &["L,A,1", "L,B,1.5", "L,C,4"]).lots("cap", &["L,3"]).decide();
    assert_eq!(several.standings(), ["A=1", "B=1.5", "C=1.5"]);
    assert_eq!(several.reason("C", "REVIVED")["price"], "1.500000");
    let alone = round("cn-r10-2024", "", &["L,A,1", "L,B,10", "L,C,11"]).lots("cap", &["L,2"]).decide();
    assert_eq!(alone.standings(), ["A=1", "B=1.8", "C"]);
}

#[test]
fn round_eleven_anchors_at_half_the_mean_and_revives_from_it() {
    // procurement.md section 11, test 6.
    let lot =
        round("cn-r11-2025", "", &["L,A,1", "L,B,10", "L,C,10", "L,D,10"]).lots("cap", &["L,4"]).decide();
    assert_eq!((&lot.0["lowest"], &lot.0["anchor"]), (&"1.000000".into(), &"3.875000".into()));
    assert_eq!(lot.reason("B", "ABOVE_FUSE")["limit"], "6.975000");
    assert_eq!(lot.standings(), ["A=1", "B=6.975", "C=6.975", "D=6.975"]);
    let close = round("cn-r11-2025", "", &["L,A,1", "L,B,1.2"]).decide();
    assert_eq!(close.0["anchor"], "1.000000");
}

#[test]
fn a_revived_price_is_converted_to_the_bid_s_own_content() {
    let bids = ["L,A,1,10", "L,B,17,20"];
    let lot = round("cn-r10-2024", "content", &bids).lots("representative_content", &["L,10"]).decide();
    assert_eq!(lot.bid("B")["comparable_price"], "10.000000");
    assert_eq!(lot.bid("B")["final_price"], "3.060000");
}

#[test]
fn round_eleven_revives_brands_that_hospitals_asked_for() {
    let bids = ["L,A,1,0", "L,B,1.2,0", "L,C,1.3,300", "L,D,1.4,99", "L,E,1.5,101"];
    let lot = round("cn-r11-2025", "brand_volume", &bids).lots("cap", &["L,2"]).decide();
    assert_eq!(lot.standings(), ["A=1", "B=1.2", "C=1.2", "D", "E"]);
    assert_eq!(lot.reason("C", "REVIVED_BY_BRAND")["mean"], "100.000000");
    assert_eq!(lot.codes("D"), ["OUTSIDE_CAP", "BRAND_VOLUME_BELOW_MEAN"]);
    assert_eq!(lot.codes("E"), ["OUTSIDE_CAP", "HIGHEST_NOT_REVIVED"]);
    let at_the_mean = round("cn-r11-2025", "brand_volume", &["L,A,1,0", "L,B,1.2,50", "L,C,1.3,100"]);
    assert_eq!(at_the_mean.lots("cap", &["L,1"]).decide().standings(), ["A=1", "B=1", "C"]);
    let unknown = round("cn-r11-2025", "", &["L,A,1", "L,B,1.2", "L,C,1.3"]).lots("cap", &["L,1"]).decide();
    assert_eq!(unknown.standings(), ["A=1", "B", "C"]);
}

#[test]
fn round_twelve_selects_outliers_without_volume_and_anchors_below_the_mean() {
    let bids = [
        "L,X,0.1,no",
        "L,A,9,no",
        "L,B,10,no",
        "L,C,10.5,no",
        "L,D,11,no",
        "L,E,12,no",
        "L,F,13,yes",
        "L,G,14,no",
    ];
    let lot = round("cn-r12-2026", "reference_product", &bids).lots("cap", &["L,6"]).decide();
    assert_eq!(lot.codes("X"), ["ZERO_VOLUME"]);
    assert_eq!((&lot.bid("X")["share"], &lot.bid("X")["final_price"]), (&"0".into(), &"0.100000".into()));
    assert_eq!(lot.0["lowest"], "9.000000");
    // mean of 9, 10, 10.5, 11, 12, 13 is 10.916667, population deviation 1.304373.
    assert_eq!(lot.0["anchor"], "9.612294");
    assert_eq!(lot.bid("F")["shortlisted"], true);
    assert_eq!(lot.standings(), ["X=0.1", "A=9", "B=10", "C=10.5", "D=11", "E=12", "F=13", "G"]);
    let outside = round("cn-r12-2026", "reference_product", &bids).lots("cap", &["L,5"]).decide();
    assert_eq!(outside.reason("G", "OUTSIDE_CAP")["rank"], 8);
    assert_eq!(outside.codes("X"), ["SHORTLISTED", "WITHIN_FUSE"], "one of five is never two deviations off");
    let reference =
        round("cn-r12-2026", "reference_product", &["L,A,1,no", "L,B,1.1,no", "L,C,9,yes"]).decide();
    assert_eq!(reference.codes("C"), ["OUTSIDE_CAP", "BRAND_VOLUME_BELOW_MEAN", "REVIVED_REFERENCE"]);
    assert_eq!(
        (&reference.bid("C")["final_price"], &reference.bid("C")["share"]),
        (&"1.100000".into(), &"0".into())
    );
}

#[test]
fn four_plus_seven_selects_the_deepest_cuts_at_once_and_negotiates_the_rest() {
    let lots: Vec<String> = (1..=9)
        .flat_map(|lot| {
            let low = format!("L{lot},A,{lot},10,");
            let others = (0..2).map(move |other| format!("L{lot},B{other},9.{other},10,"));
            std::iter::once(low).chain(others)
        })
        .collect();
    let mut bids: Vec<&str> = lots.iter().map(String::as_str).collect();
    bids.extend(["L10,A,9,10,5.5", "L10,B,9.5,10,5"]);
    let decided = round("cn-4plus7-2018", "ceiling,negotiated_price", &bids).try_decide().unwrap();
    let lot = |name: &str| {
        crate::round::Lot(
            decided["lots"].as_array().unwrap().iter().find(|lot| lot["lot"] == name).unwrap().clone(),
        )
    };
    assert_eq!(lot("L7").reason("A", "SELECTED_AT_ONCE")["place"], 7);
    assert_eq!(lot("L7").standings()[0], "A=7");
    // The cuts of the seven are 0.9 to 0.3; their mean is 0.6.
    assert_eq!(lot("L8").reason("A", "NEGOTIATION")["minimum"], "0.600000");
    assert_eq!(lot("L8").bid("A")["selected"], false);
    assert_eq!(lot("L10").reason("A", "NEGOTIATION")["cut"], "0.450000");
    assert_eq!(lot("L10").codes("B"), ["OUTSIDE_CAP"]);
    let accepted: Vec<String> = lots.iter().cloned().chain(["L10,A,9,10,4".to_owned()]).collect();
    let accepted: Vec<&str> = accepted.iter().map(String::as_str).collect();
    let decided = round("cn-4plus7-2018", "ceiling,negotiated_price", &accepted).try_decide().unwrap();
    assert_eq!(decided["lots"][9]["bids"][0]["final_price"], "4.000000");
}

#[test]
fn four_plus_seven_breaks_ties_by_cities_then_sales_and_never_silently_at_the_bound() {
    let keyed = ["L,A,1,8,5", "L,B,1,9,1", "L,C,1,9,2"];
    let lot = round("cn-4plus7-2018", "cities_supplied,sales_volume", &keyed).decide();
    assert_eq!(lot.standings(), ["C=1", "B", "A"]);
    let bids: Vec<String> =
        (1..=8).map(|lot| format!("L{lot},A,{},10", if lot < 7 { lot } else { 7 })).collect();
    let bids: Vec<&str> = bids.iter().map(String::as_str).collect();
    let decided = round("cn-4plus7-2018", "ceiling", &bids).try_decide().unwrap();
    let status: Vec<&str> =
        decided["lots"].as_array().unwrap().iter().map(|lot| lot["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["decided", "decided", "decided", "decided", "decided", "decided", "tied", "tied"]);
}

#[test]
fn stents_take_the_ten_lowest_and_at_most_four_of_one_maker() {
    let bids: Vec<String> = (0..13)
        .map(|bid| {
            format!(
                "S,{},{},P{bid},{}",
                if bid < 6 { "A" } else { ["B", "C", "D"][bid % 3] },
                500 + bid,
                100 * bid
            )
        })
        .collect();
    let bids: Vec<&str> = bids.iter().map(String::as_str).collect();
    let lot = round("cn-stent-2020", "product,brand_volume", &bids).decide();
    let selected: Vec<&str> = lot.0["bids"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|bid| bid["selected"] == true)
        .map(|bid| bid["product"].as_str().unwrap())
        .collect();
    assert_eq!(selected, ["P0", "P1", "P2", "P3", "P6", "P7", "P8", "P9", "P10", "P11"]);
    assert_eq!(lot.0["bids"][4]["reasons"][0]["code"], "GROUP_LIMIT");
    assert_eq!(lot.0["bids"][12]["reasons"][0]["code"], "OUTSIDE_CAP");
    // 2,100 of the unselected P4, P5, P12 go to the selected in proportion to their 5,700.
    let volumes: u64 =
        lot.0["bids"].as_array().unwrap().iter().filter_map(|bid| bid["agreed_volume"].as_u64()).sum();
    assert_eq!(volumes, 7_800);
    assert_eq!(lot.0["bids"][11]["agreed_volume"], 1_505);
}

#[test]
fn the_published_stent_prices_are_all_selected() {
    let published = include_str!("../data/stent_2020.csv");
    let rows: Vec<Vec<&str>> = published.lines().skip(2).map(|line| line.split(',').collect()).collect();
    let bids: Vec<String> =
        rows.iter().map(|row| format!("stent,{},{},{}", row[1], row[3], row[2])).collect();
    let bids: Vec<&str> = bids.iter().map(String::as_str).collect();
    let lot = round("cn-stent-2020", "product", &bids).decide();
    assert_eq!((lot.status(), lot.0["bids"].as_array().unwrap().len()), ("decided", 10));
    assert!(lot.0["bids"].as_array().unwrap().iter().all(|bid| bid["selected"] == true));
    assert_eq!((&lot.0["bids"][8]["rank"], &lot.0["bids"][9]["rank"]), (&9.into(), &9.into()));
}

#[test]
fn joints_are_sorted_into_units_and_the_rest_is_unknown() {
    let columns = "brand_volume,supplies_every_prefecture,cross_linked_liner";
    let bids: Vec<String> =
        [(50, "yes", "no"), (30, "yes", "no"), (9, "no", "no"), (6, "yes", "yes"), (5, "yes", "no")]
            .iter()
            .enumerate()
            .map(|(firm, (volume, prefectures, liner))| {
                format!("hip,F{firm},100{firm},{volume},{prefectures},{liner}")
            })
            .collect();
    let bids: Vec<&str> = bids.iter().map(String::as_str).collect();
    let lot = round("cn-joint-2021", columns, &bids).decide();
    assert_eq!(lot.codes("F0"), ["UNIT_A", "RULE_UNKNOWN", "RULE_UNKNOWN"]);
    assert_eq!(lot.reason("F1", "UNIT_A")["before"], "50.000000");
    assert_eq!(lot.codes("F2"), ["UNIT_B", "RULE_UNKNOWN", "RULE_UNKNOWN"]);
    assert_eq!(lot.codes("F4"), ["UNIT_A_FILLED", "RULE_UNKNOWN", "RULE_UNKNOWN"]);
    assert!(lot.0["bids"].as_array().unwrap().iter().all(|bid| bid["selected"] == false));
    let liner: Vec<String> =
        bids.iter().map(|bid| bid.replace("hip,", "hip ceramic-polyethylene,")).collect();
    let liner: Vec<&str> = liner.iter().map(String::as_str).collect();
    let lot = round("cn-joint-2021", columns, &liner).decide();
    assert_eq!(lot.codes("F3"), ["UNIT_A_FILLED", "RULE_UNKNOWN", "RULE_UNKNOWN"]);
    assert_eq!(lot.codes("F0"), ["UNIT_B", "RULE_UNKNOWN", "RULE_UNKNOWN"]);
}

#[test]
fn the_a_unit_is_filled_to_seven() {
    let columns = "brand_volume,supplies_every_prefecture,cross_linked_liner";
    let bids: Vec<String> =
        (0..10).map(|firm| format!("hip,F{firm},9{firm},{},yes,no", 1000 - 100 * firm)).collect();
    let bids: Vec<&str> = bids.iter().map(String::as_str).collect();
    let lot = round("cn-joint-2021", columns, &bids).decide();
    // 85 % of 5,500 is 4,675: 1000, 1900, 2700, 3400, 4000, 4500 lie before the seventh.
    let firsts: Vec<&str> = (0..10).map(|firm| lot.codes(&format!("F{firm}"))[0]).collect();
    assert_eq!(firsts, [["UNIT_A"; 7].as_slice(), ["UNIT_B"; 3].as_slice()].concat());
    let few: Vec<String> = (0..10)
        .map(|firm| format!("hip,F{firm},9{firm},{},yes,no", if firm == 0 { 9000 } else { 10 - firm }))
        .collect();
    let few: Vec<&str> = few.iter().map(String::as_str).collect();
    let lot = round("cn-joint-2021", columns, &few).decide();
    let firsts: Vec<&str> = (0..10).map(|firm| lot.codes(&format!("F{firm}"))[0]).collect();
    assert_eq!(
        firsts,
        [["UNIT_A"].as_slice(), ["UNIT_A_FILLED"; 6].as_slice(), ["UNIT_B"; 3].as_slice()].concat()
    );
}

#[test]
fn insulin_has_classes_with_their_own_shares() {
    let columns = "brand_volume,b_class_price,former_price";
    let bids =
        ["L,A,10,1000,,", "L,B,13,1000,,", "L,C,14,1000,15,", "L,D,20,1000,15,20", "L,E,21,1000,15,20"];
    let lot = round("cn-insulin-2024", columns, &bids).decide();
    for (bidder, class, share, volume) in
        [("A", "A1", "1", 1000), ("B", "A", "0.8", 800), ("C", "B", "0.55", 550), ("D", "C", "0.45", 450)]
    {
        assert_eq!(lot.reason(bidder, "CLASS")["class"], class);
        assert_eq!(
            (&lot.bid(bidder)["share"], &lot.bid(bidder)["agreed_volume"]),
            (&share.into(), &volume.into())
        );
    }
    assert_eq!(lot.codes("E"), ["SHORTLISTED", "ABOVE_FUSE", "ABOVE_PRINTED", "ABOVE_FORMER"]);
    let first = round("cn-insulin-2024", columns, &["L,A,10,1,,", "L,B,10,1,,"]).decide();
    assert_eq!(first.status(), "tied");
}

#[test]
fn insulin_of_2021_selects_by_the_known_rule_and_leaves_the_rest_open() {
    // Published: Gan & Lee glargine 48.71 and Sanofi 69.00 under the ceiling 132.
    let bids = ["basal analogue,Gan & Lee,48.71,132", "basal analogue,Sanofi,69.00,132"];
    let lot = round("cn-insulin-2021", "ceiling", &bids).decide();
    assert_eq!(lot.standings(), ["Gan & Lee=48.71", "Sanofi=69"]);
    assert!(lot.codes("Sanofi").contains(&"RULE_UNKNOWN"));
    assert_eq!(lot.bid("Sanofi")["share"], serde_json::Value::Null);
    let open = round("cn-insulin-2021", "ceiling", &["L,A,61,100"]).decide();
    assert_eq!(open.codes("A"), ["SHORTLISTED", "CUT_BELOW", "RULE_UNKNOWN"]);
}

#[test]
fn the_union_selects_by_rank_alone() {
    let lot = round("cn-union-2019", "ceiling", &["L,A,1,9", "L,B,5,9", "L,C,8.9,9", "L,D,9,9"]).decide();
    assert_eq!(lot.standings(), ["A=1", "B=5", "C=8.9", "D"]);
    assert_eq!(lot.codes("C"), ["SHORTLISTED", "BY_RANK"]);
    assert_eq!(
        (&lot.bid("A")["share"], &lot.0["period"]),
        (&"0.7".into(), &serde_json::json!({"months": 24}))
    );
}

#[test]
fn share_and_period_follow_the_number_selected_and_the_class() {
    let cases = [
        ("", [("0.5", 12), ("0.6", 12), ("0.7", 24), ("0.8", 36), ("0.8", 36)]),
        (
            "minus10_antimicrobial_or_listed",
            [("0.4", 12), ("0.5", 12), ("0.6", 24), ("0.7", 36), ("0.7", 36)],
        ),
        ("minus20_special_listed", [("0.3", 12), ("0.4", 12), ("0.5", 24), ("0.5", 36), ("0.5", 36)]),
    ];
    for (class, by_count) in cases {
        for (count, (share, months)) in (1..).zip(by_count) {
            let bids: Vec<String> = (0..count).map(|bidder| format!("L,B{bidder},1.0{bidder}")).collect();
            let bids: Vec<&str> = bids.iter().map(String::as_str).collect();
            let lot =
                round("cn-r5-2021", "", &bids).lots("cap,volume_class", &[&format!("L,9,{class}")]).decide();
            assert_eq!(lot.bid("B0")["share"], share, "{class} with {count}");
            assert_eq!(lot.0["period"]["months"], months, "{class} with {count}");
        }
    }
    let named = round("cn-r5-2021", "", &["阿莫西林颗粒剂,A,1"]).decide();
    assert_eq!(named.bid("A")["share"], "0.4");
    assert_eq!(round("cn-r9-2023", "", &["L,A,1"]).decide().0["period"]["until"], "2027-12-31");
}
