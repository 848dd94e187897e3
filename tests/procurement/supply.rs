//! Regions, contents and volumes.
use crate::round::round;

#[test]
fn rank_one_takes_a_region_first_and_the_rest_go_in_turns() {
    let demand = ["L,R1,70", "L,R2,60", "L,R3,50", "L,R4,40", "L,R5,30", "L,R6,20", "L,R7,10"];
    let bids = ["L,A,1", "L,B,1.1", "L,C,1.2"];
    let backup = round("cn-r7-2022", "", &bids).lots("cap", &["L,3"]).demand("", &demand).decide();
    assert_eq!(
        backup.regions(),
        ["R1 A/B 49", "R2 A/C 42", "R3 B/A 35", "R4 C/A 28", "R5 A/B 21", "R6 B/C 14", "R7 C/A 7"]
    );
    let without = round("cn-r5-2021", "", &bids).lots("cap", &["L,3"]).demand("", &demand).decide();
    assert_eq!(without.regions()[2], "R3 B/- 35");
    assert_eq!(without.bid("A")["agreed_volume"], 112);
}

#[test]
fn a_sole_firm_supplies_every_region_without_backup() {
    let lot = round("cn-r9-2023", "", &["L,A,1"]).demand("", &["L,R2,10", "L,R1,10"]).decide();
    assert_eq!(lot.regions(), ["R1 A/- 5", "R2 A/- 5"]);
}

#[test]
fn regions_are_shared_out_evenly_apart_from_the_first_pick() {
    let regions: Vec<String> = (0..31).map(|region| format!("L,R{region:02},{}", 1000 + region)).collect();
    let regions: Vec<&str> = regions.iter().map(String::as_str).collect();
    for firms in 2..=6 {
        let bids: Vec<String> = (0..firms).map(|firm| format!("L,B{firm},1.{firm}")).collect();
        let bids: Vec<&str> = bids.iter().map(String::as_str).collect();
        let lot = round("cn-r9-2023", "", &bids).lots("cap", &["L,9"]).demand("", &regions).decide();
        let count = |role: &str, firm: &str| {
            lot.0["regions"].as_array().unwrap().iter().filter(|row| row[role] == firm).count()
        };
        let mains: Vec<usize> = (0..firms).map(|firm| count("main", &format!("B{firm}"))).collect();
        assert_eq!(mains.iter().sum::<usize>(), 31);
        assert!(mains[0] > mains[firms - 1], "{mains:?}");
        assert!(mains[1..].iter().all(|main| mains[0] - main <= 2), "{mains:?}");
        assert!(
            lot.0["regions"]
                .as_array()
                .unwrap()
                .iter()
                .all(|row| row["main"] != row["backup"] && row["backup"] != serde_json::Value::Null)
        );
    }
}

#[test]
fn firms_take_what_they_prefer_while_it_is_free() {
    let demand = ["L,R1,30", "L,R2,20", "L,R3,10"];
    let lot = round("cn-r5-2021", "", &["L,A,1", "L,B,1.1"])
        .demand("", &demand)
        .preferences(&["L,A,R3,2", "L,A,R2,1", "L,B,R2,1"])
        .decide();
    assert_eq!(lot.regions(), ["R1 B/- 18", "R2 A/- 12", "R3 A/- 6"]);
}

#[test]
fn a_preference_needs_a_selected_firm_a_known_region_and_a_free_place() {
    let base = round("cn-r5-2021", "", &["L,A,1", "L,B,9"]).demand("", &["L,R1,30"]);
    for (rows, code) in [
        (["L,B,R1,1"].as_slice(), "PREFERENCE_OF_UNSELECTED"),
        (&["L,X,R1,1"], "BIDDER_UNKNOWN"),
        (&["L,A,R9,1"], "REGION_UNKNOWN"),
        (&["M,A,R1,1"], "LOT_UNKNOWN"),
        (&["L,A,R1,1", "L,A,R1,2"], "PREFERENCE_DUPLICATE"),
        (&["L,A,R1,0"], "COUNT_INVALID"),
    ] {
        let faults = base.clone().preferences(rows).try_decide().unwrap_err();
        assert!(faults.contains(code), "{code}: {faults}");
    }
}

#[test]
fn equal_firms_tie_where_their_order_changes_the_regions() {
    let bids = ["L,A,1", "L,B,1"];
    let demand = ["L,R1,30", "L,R2,20", "L,R3,10"];
    let tied = round("cn-r5-2021", "", &bids).demand("", &demand).decide();
    assert_eq!(tied.status(), "tied");
    assert_eq!((tied.standings(), tied.regions()), (vec!["A".to_owned(), "B".to_owned()], vec![]));
    assert_eq!(tied.reason("B", "TIED")["with"], serde_json::json!(["A"]));
    let apart = round("cn-union-2019", "", &bids)
        .with_rule("first_pick = { value = 1", "first_pick = { value = 0")
        .demand("", &demand[..2])
        .preferences(&["L,A,R1,1", "L,B,R2,1"])
        .decide();
    assert_eq!(apart.regions(), ["R1 A/- 18", "R2 B/- 12"]);
}

#[test]
fn a_content_goes_to_a_firm_that_makes_it() {
    let bids = ["L,A,1,20", "L,A,1.7,40", "L,B,1.1,20", "L,C,1.2,20", "L,C,2.1,40"];
    let demand = ["L,R1,100,20", "L,R1,10,40", "L,R2,90,20", "L,R2,20,40", "L,R3,80,20", "L,R3,30,40"];
    let lot = round("cn-r7-2022", "content", &bids)
        .lots("representative_content,cap", &["L,20,3"])
        .demand("content", &demand)
        .decide();
    assert_eq!(
        lot.regions(),
        [
            "R1(20) B/A 70",
            "R1(40) A/- 14",
            "R2(20) A/C 63",
            "R2(40) A/C 28",
            "R3(20) A/B 56",
            "R3(40) A/- 42"
        ]
    );
    let volume = |content: &str| {
        let bids = lot.0["bids"].as_array().unwrap();
        let bid = bids.iter().find(|bid| bid["bidder"] == "A" && bid["content"] == content).unwrap();
        bid["agreed_volume"].as_u64().unwrap()
    };
    assert_eq!((volume("20"), volume("40")), (119, 84));
}

#[test]
fn volumes_convert_linearly_by_content() {
    // 25 mg is a third of 75 mg, not 1.7^log2 of it.
    let lot = round("cn-r9-2023", "", &["L,A,3.18"])
        .lots("representative_content", &["L,75"])
        .demand("content", &["L,R1,600,25", "L,R1,100,75"])
        .decide();
    assert_eq!(lot.bid("A")["agreed_volume"], 150);
    assert_eq!(lot.regions(), ["R1(25) A/- 100", "R1(75) A/- 50"]);
}

#[test]
fn a_brand_s_volume_follows_it_into_any_region() {
    let bids = ["L,A,1", "L,B,1.1", "L,C,9"];
    let demand = ["L,R1,100,", "L,R1,50,B", "L,R1,30,C", "L,R2,100,", "L,R2,10,A", "L,R2,7,Nobody"];
    let lot = round("cn-r5-2021", "", &bids).demand("bidder", &demand).decide();
    assert_eq!(lot.regions(), ["R1 A/- 78", "R2 A/- 64"]);
    assert_eq!(lot.bid("B")["agreed_volume"], 30);
    assert_eq!(lot.bid("A")["agreed_volume"], 148);
    assert_eq!(lot.0["brand_volumes"][0]["region"], "R1");
    assert_eq!(lot.0["brand_volumes"][0]["bidder"], "B");
}

#[test]
fn a_brand_revived_from_outside_supplies_only_those_who_asked_for_it() {
    let bids = ["L,A,1", "L,B,1.1", "L,C,1.2", "L,D,1.5"];
    let demand = ["L,R1,100,", "L,R2,100,", "L,R1,40,C"];
    let lot = round("cn-r11-2025", "", &bids).lots("cap", &["L,2"]).demand("bidder", &demand).decide();
    assert_eq!(lot.codes("C"), ["OUTSIDE_CAP", "REVIVED_BY_BRAND"]);
    assert!(
        lot.0["regions"].as_array().unwrap().iter().all(|row| row["main"] != "C" && row["backup"] != "C")
    );
    assert_eq!(lot.bid("C")["agreed_volume"], 28);
}

#[test]
fn rounding_leaves_no_unit_over() {
    let demand = ["L,R1,101", "L,R2,101", "L,R3,101"];
    let lot = round("cn-r5-2021", "", &["L,A,1", "L,B,1.1", "L,C,1.2"])
        .lots("cap", &["L,3"])
        .demand("", &demand)
        .decide();
    // 70.7 each: 212 in all, and the two missing units go to the first rows.
    assert_eq!(lot.regions(), ["R1 A/- 71", "R2 A/- 71", "R3 B/- 70"]);
}

#[test]
fn without_a_reported_volume_there_is_no_agreed_volume() {
    let lot = round("cn-r9-2023", "", &["L,A,1"]).decide();
    assert_eq!(
        (&lot.bid("A")["share"], &lot.bid("A")["agreed_volume"]),
        (&"0.5".into(), &serde_json::Value::Null)
    );
    let stated = round("cn-r9-2023", "brand_volume", &["L,A,1,100"]).decide();
    assert_eq!(stated.bid("A")["agreed_volume"], 50);
}

#[test]
fn a_volume_beyond_all_bounds_is_refused() {
    let rows = ["L,R1,1000000000000000,999999999999", "L,R2,1,1"];
    let faults = round("cn-r9-2023", "", &["L,A,1"])
        .lots("representative_content", &["L,0.00000001"])
        .demand("content", &rows)
        .try_decide()
        .unwrap_err();
    assert!(faults.contains("VOLUME_TOO_LARGE") && faults.contains("line 2"), "{faults}");
}
