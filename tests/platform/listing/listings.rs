//! 挂网: applied for, judged by the price rules, decided by the office, repriced, suspended, delisted.
use serde_json::{Value, json};

use super::shelf::{
    Shelf, approves, decides_price, ends_listing, finding, lifts, listing, marks, moves, on_list, prices,
};
use super::support::text;
use crate::contract::support::{announcing, brings};
use crate::support::actor::{PAPER, key};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_firm_sees_the_verdict_before_it_applies_and_the_office_lists_above_a_ceiling_only_with_a_reason() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let shelf = Shelf::of(&world, "甲药业", &office).await;
    let first = shelf.verdict("320000", "9.80").await;
    assert_eq!(first["rules"], json!(["cn-listing-2026 1", "cn-monitor-2026 1"]));
    assert_eq!((&first["unitPrice"], &first["aboveCeiling"]), (&json!("0.7"), &json!(false)));
    let same4 = finding(&first, "SAME4");
    assert_eq!((&same4["outcome"], &same4["sample"]), (&json!("NOT_JUDGED"), &json!(0)));
    assert_eq!(finding(&first, "NON_SELECTED"), Value::Null);

    for (region, price) in [("310000", "7"), ("330000", "8.40"), ("340000", "9.80")] {
        let there = world.manager("PROCUREMENT_OFFICE", region).await;
        shelf.lists(&there, region, price).await;
    }
    // Exactly the benchmark is no violation, the smallest step above it is one.
    let kept = finding(&shelf.verdict("320000", "8.40").await, "SAME4");
    assert_eq!(kept["outcome"], "KEPT");
    let above = shelf.verdict("320000", "8.4014").await;
    let found = finding(&above, "SAME4");
    assert_eq!(
        (&found["value"], &found["benchmark"], &found["sample"]),
        (&json!("0.6001"), &json!("0.6"), &json!(3))
    );
    assert_eq!(
        found["messageEn"],
        "0.6001 yuan is above 0.6; the same product's benchmark in 3 other regions is 0.6."
    );
    assert_eq!(found["messageZh"], "0.6001 元高于 0.6；同品种（四同）在 3 个其他地区的比较价为 0.6。");
    assert_eq!(above["aboveCeiling"], true);

    let applied = shelf.applies("320000", "8.4014").await.done();
    let refused = approves(&office, &applied, None).await;
    refused.refused("LISTING_ABOVE_CEILING");
    assert_eq!(refused.json["errors"][0]["extensions"]["allowed"], found["messageEn"]);
    let listed = approves(&office, &applied, Some("独家剂型，已核对成本")).await.done();
    assert_eq!((&listed["state"], &listed["orderable"]), (&json!("LISTED"), &json!(true)));
    let told = prices(&office, &listed["id"]).await;
    assert_eq!(
        (&told[0]["state"], &told[0]["decision"]),
        (&json!("IN_FORCE"), &json!("独家剂型，已核对成本"))
    );
    assert_eq!(finding(&told[0]["verdict"], "SAME4")["outcome"], "EXCEEDED");

    // Somebody else is selected in the province: what is not selected stays below that price, or its multiple once it has passed.
    let row = "1,厄贝沙坦片,厄贝沙坦片,0.075g*28片,片,,,乙药业,,0.40,PUBLISHED,1,2099-12-31,320000,MAIN,1000"
        .to_owned();
    let import = brings(&office, &[row]).await;
    let mut announce = announcing(&import, "省际联盟集采", 0);
    announce["disclosure"] = json!("SELECTED_WITH_PRICES");
    office.does("announceImportedResult", announce, "id").await.done();
    let beside = finding(&shelf.verdict("320000", "5.6014").await, "NON_SELECTED");
    assert_eq!((&beside["outcome"], &beside["threshold"]), (&json!("EXCEEDED"), &json!("0.4")));
    assert_eq!(finding(&shelf.verdict("310000", "5.6014").await, "NON_SELECTED"), Value::Null);
    let flag = json!({ "item": shelf.item, "flag": "EVALUATED", "validFrom": "2026-01-01", "source": "参比制剂目录",
        "idempotencyKey": key() });
    office.does("flagItem", flag, "id").await.done();
    let beside = finding(&shelf.verdict("320000", "5.6014").await, "NON_SELECTED");
    assert_eq!((&beside["outcome"], &beside["threshold"]), (&json!("KEPT"), &json!("0.6")));

    // A selected price that is not disclosed binds as well, and the firm is not told what it is.
    let row =
        "1,厄贝沙坦片,厄贝沙坦片,75mg,片,,,丙药业,,0.31,PUBLISHED,1,2099-12-31,310000,MAIN,1000".to_owned();
    let shanghai = world.manager("PROCUREMENT_OFFICE", "310000").await;
    let import = brings(&shanghai, &[row]).await;
    shanghai.does("announceImportedResult", announcing(&import, "上海集采", 0), "id").await.done();
    let hidden = Shelf::of(&world, "丁药业", &office).await;
    assert_eq!(finding(&hidden.verdict("310000", "8.40").await, "NON_SELECTED"), Value::Null);
    let applied = hidden.applies("310000", "8.40").await.done();
    approves(&shanghai, &applied, None).await.refused("LISTING_ABOVE_CEILING");
    let listed = approves(&shanghai, &applied, Some("临床必需")).await.done();
    let verdict = |told: Vec<Value>| finding(&told[0]["verdict"], "NON_SELECTED");
    assert_eq!(verdict(prices(&shanghai, &listed["id"]).await)["benchmark"], "0.31");
    assert_eq!(verdict(prices(&hidden.maker, &listed["id"]).await), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_returned_put_right_and_listed_and_outsiders_see_it_only_then() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let elsewhere = world.manager("PROCUREMENT_OFFICE", "310000").await;
    let (hospital, auditor) =
        (world.manager("HOSPITAL", "320106").await, world.manager("AUDIT_BODY", "320000").await);
    let shelf = Shelf::of(&world, "甲药业", &office).await;
    let neighbour = Shelf::of(&world, "乙药业", &office).await;
    let paper = shelf.maker.uploads("QUALIFICATION", "成本.pdf", PAPER).await.json();
    let more = json!({ "documents": [paper["id"]] });
    neighbour.applies_with("320000", "10", more.clone()).await.refused("NOT_FOUND");
    let applied = shelf.applies_with("320000", "9.80", more).await.done();
    assert_eq!((&applied["state"], &applied["packUnits"]), (&json!("APPLIED"), &json!("14")));
    shelf.applies("320000", "9.80").await.refused("LISTING_EXISTS");
    let id = &applied["id"];
    for outsider in [&neighbour.maker, &hospital, &elsewhere, &world.nobody()] {
        listing(outsider, id).await.refused("NOT_FOUND");
        assert!(on_list(outsider, "").await.is_empty());
    }
    for insider in [&shelf.maker, &office, &auditor] {
        assert_eq!(on_list(insider, "state: APPLIED").await, [text(id)]);
    }
    assert_eq!(office.downloads(paper["id"].as_str().unwrap()).await.status, 200);
    assert_eq!(elsewhere.downloads(paper["id"].as_str().unwrap()).await.status, 404);
    approves(&elsewhere, &applied, None).await.refused("NOT_FOUND");
    approves(&shelf.maker, &applied, None).await.refused("FORBIDDEN");
    let waiting = "{ tasks(first: 20) { nodes { kind subject detail } } }";
    let tasks = office.asks(waiting).await.done();
    let task = tasks["nodes"].as_array().unwrap().iter().find(|task| task["subject"] == *id).unwrap();
    assert_eq!((&task["kind"], &task["detail"]), (&json!("DECIDE_LISTING"), &json!("厄贝沙坦片")));

    let returned = ends_listing(&office, "returnListing", &applied).await.done();
    assert_eq!((&returned["state"], &returned["reason"]), (&json!("RETURNED"), &json!("资料不全")));
    approves(&office, &returned, None).await.refused("LISTING_STATE");
    let tasks = shelf.maker.asks(waiting).await.done();
    assert!(tasks["nodes"].as_array().unwrap().iter().any(|task| task["kind"] == "CORRECT_LISTING"));
    let again = json!({ "id": id, "version": returned["version"], "price": "9.10", "explanation": "已补充发票",
        "idempotencyKey": key() });
    let handed_in = shelf.maker.does("resubmitListing", again.clone(), "state version price").await.done();
    assert_eq!(handed_in, json!({ "state": "APPLIED", "version": 3, "price": "9.1" }));
    assert_eq!(
        shelf.maker.does("resubmitListing", again, "state version price").await.done(),
        handed_in,
        "once"
    );
    // Two of the office decide at once: one of them does.
    let seen = json!({ "id": id, "version": 3 });
    let (one, other) = futures_util::future::join(
        approves(&office, &seen, None),
        ends_listing(&office, "rejectListing", &seen),
    )
    .await;
    let mut codes = [one.code(), other.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    if other.code() == "ok" {
        let second = shelf.applies("320000", "9.10").await.done();
        approves(&office, &second, None).await.done();
    }
    let public = on_list(&world.nobody(), "state: LISTED, region: \"320106\", text: \"沙坦\"").await;
    assert_eq!(public.len(), 1);
    let shown = listing(&hospital, &json!(public[0])).await.done();
    assert_eq!(
        (&shown["price"], &shown["manufacturerId"]),
        (&json!("9.1"), &json!(shelf.maker.organization))
    );
    assert!(on_list(&hospital, "text: \"无此药\"").await.is_empty());
    assert!(on_list(&hospital, "region: \"310000\"").await.is_empty());
    // What was said for the price, and what waits, is not for everybody.
    let told = prices(&hospital, &shown["id"]).await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["explanation"], &told[0]["verdict"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_needs_an_own_item_a_province_and_a_price() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let shelf = Shelf::of(&world, "甲药业", &office).await;
    let neighbour = Shelf::of(&world, "乙药业", &office).await;
    let refused = |outcome: crate::support::actor::Outcome, code: &str, field: &str| {
        outcome.refused(code);
        assert_eq!(outcome.json["errors"][0]["extensions"]["field"], field);
    };
    let theirs = json!({ "item": neighbour.item });
    refused(shelf.applies_with("320000", "9", theirs).await, "LISTING_INVALID", "item");
    let nothing = json!({ "item": "itm_00000000000000000000000000000001" });
    refused(shelf.applies_with("320000", "9", nothing).await, "LISTING_INVALID", "item");
    refused(shelf.applies("320100", "9").await, "LISTING_INVALID", "region");
    refused(shelf.applies("320000", "0").await, "PRICE_INVALID", "price");
    refused(shelf.applies("320000", "9.00001").await, "PRICE_INVALID", "price");
    // A pack for a unit: the registry knows that there are 14.
    refused(
        shelf.applies_with("320000", "9", json!({ "packUnits": "1" })).await,
        "LISTING_INVALID",
        "packUnits",
    );
    let (one, other) =
        futures_util::future::join(shelf.applies("320000", "9"), shelf.applies("320000", "9")).await;
    let mut codes = [one.code(), other.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["LISTING_EXISTS", "ok"]);
    let taken = if one.code() == "ok" { one.done() } else { other.done() };
    let withdrawn = moves(&shelf.maker, "withdrawListing", &taken, None).await.done();
    assert_eq!(withdrawn["state"], "WITHDRAWN");
    approves(&office, &withdrawn, None).await.refused("LISTING_STATE");
    shelf.applies("320000", "9").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_falls_at_once_and_rises_only_by_the_office_and_its_history_has_no_gap() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let shelf = Shelf::of(&world, "甲药业", &office).await;
    let listed = shelf.lists(&office, "320000", "9.80").await;
    shelf.reprices(&listed, "9.800", false).await.refused("PRICE_INVALID");
    let lowered = shelf.reprices(&listed, "9.10", false).await.done();
    assert_eq!((&lowered["price"], &lowered["version"]), (&json!("9.1"), &json!(3)));
    let asked = shelf.reprices(&lowered, "10.50", false).await.done();
    assert_eq!(asked["price"], "9.1", "a higher one waits for the office");
    decides_price(&shelf.maker, &asked, true, None).await.refused("FORBIDDEN");
    decides_price(&office, &asked, false, None).await.refused("REASON_MISSING");
    let rejected = decides_price(&office, &asked, false, Some("理由不充分")).await.done();
    assert_eq!(rejected["price"], "9.1");
    decides_price(&office, &rejected, true, None).await.refused("LISTING_PRICE_STATE");
    // A lower one with the office, which the firm replaces before it is decided; two decide at once.
    let with_office = shelf.reprices(&rejected, "8.40", true).await.done();
    assert_eq!(with_office["price"], "9.1");
    let another = shelf.reprices(&with_office, "11.20", false).await.done();
    let (one, other) = futures_util::future::join(
        decides_price(&office, &another, true, None),
        shelf.reprices(&another, "7.70", false),
    )
    .await;
    let mut codes = [one.code(), other.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    let price = if one.code() == "ok" { "11.2" } else { "7.7" };
    assert_eq!(listing(&hospital, &listed["id"]).await.done()["price"], price);

    let history = prices(&hospital, &listed["id"]).await;
    let told: Vec<(&str, &str)> =
        history.iter().map(|one| (one["price"].as_str().unwrap(), one["state"].as_str().unwrap())).collect();
    assert_eq!(told, [(price, "IN_FORCE"), ("9.1", "ENDED"), ("9.8", "ENDED")]);
    for pair in history.windows(2) {
        assert_eq!(pair[0]["effectiveAt"], pair[1]["endedAt"], "neither a gap nor two prices at once");
    }
    let all = prices(&shelf.maker, &listed["id"]).await;
    let of = |price: &str| all.iter().find(|one| one["price"] == price).unwrap();
    assert_eq!((&of("10.5")["state"], &of("10.5")["decision"]), (&json!("REJECTED"), &json!("理由不充分")));
    assert_eq!(of("8.4")["state"], "WITHDRAWN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_suspends_and_resumes_its_own_and_what_is_delisted_can_be_applied_for_again() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let shelf = Shelf::of(&world, "甲药业", &office).await;
    let neighbour = Shelf::of(&world, "乙药业", &office).await;
    let listed = shelf.lists(&office, "320000", "9.80").await;
    ends_listing(&neighbour.maker, "suspendListing", &listed).await.refused("NOT_FOUND");
    let suspended = ends_listing(&shelf.maker, "suspendListing", &listed).await.done();
    assert_eq!((&suspended["state"], &suspended["orderable"]), (&json!("SUSPENDED"), &json!(false)));
    assert_eq!(suspended["stoppedBecause"], "SUSPENDED: 资料不全");
    moves(&office, "resumeListing", &suspended, None).await.refused("LISTING_STATE");
    let resumed = moves(&shelf.maker, "resumeListing", &suspended, None).await.done();
    assert_eq!((&resumed["state"], &resumed["listedAt"]), (&json!("LISTED"), &listed["listedAt"]));
    let by_office = ends_listing(&office, "suspendListing", &resumed).await.done();
    moves(&shelf.maker, "resumeListing", &by_office, None).await.refused("LISTING_STATE");
    let delisted = ends_listing(&office, "delistListing", &by_office).await.done();
    assert_eq!(delisted["state"], "DELISTED");
    shelf.reprices(&delisted, "5", false).await.refused("LISTING_STATE");
    assert_eq!(on_list(&world.nobody(), "state: DELISTED").await, [text(&listed["id"])]);
    shelf.lists(&office, "320000", "9.80").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recall_stops_orders_at_once_with_the_reason_and_whoever_set_it_lifts_it() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let elsewhere = world.manager("REGULATOR", "310000").await;
    let shelf = Shelf::of(&world, "甲药业", &office).await;
    let applied = shelf.applies("320000", "9.80").await.done();
    marks(&office, &applied, "RECALL").await.refused("LISTING_STATE");
    let listed = approves(&office, &applied, None).await.done();
    marks(&elsewhere, &listed, "RECALL").await.refused("NOT_FOUND");
    marks(&shelf.maker, &listed, "RECALL").await.refused("FORBIDDEN");
    let (one, other) =
        futures_util::future::join(marks(&regulator, &listed, "RECALL"), marks(&office, &listed, "RECALL"))
            .await;
    let mut codes = [one.code(), other.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["LISTING_MARK_STATE", "ok"]);
    let (set_by, not_by) = if one.code() == "ok" { (&regulator, &office) } else { (&office, &regulator) };
    let stopped = listing(&world.nobody(), &listed["id"]).await.done();
    assert_eq!((&stopped["orderable"], &stopped["state"]), (&json!(false), &json!("LISTED")));
    assert_eq!(stopped["stoppedBecause"], "RECALL: 批号A可能混入异物");
    assert_eq!(on_list(&world.nobody(), "label: RECALL").await, [text(&listed["id"])]);
    let mark = &stopped["marks"][0]["id"];
    lifts(not_by, &listed, mark).await.refused("LISTING_MARK_STATE");
    // A yellow label prompts and stops nothing.
    let yellow = marks(&office, &listed, "YELLOW").await.done();
    assert_eq!(yellow["marks"].as_array().unwrap().len(), 2);
    let lifted = lifts(set_by, &listed, mark).await.done();
    assert_eq!((&lifted["orderable"], &lifted["stoppedBecause"]), (&json!(true), &Value::Null));
    lifts(set_by, &listed, mark).await.refused("LISTING_MARK_STATE");
    let history =
        format!("{{ listingMarks(id: {}, first: 10) {{ nodes {{ kind liftReason }} }} }}", listed["id"]);
    let told = world.nobody().asks(&history).await.done();
    assert_eq!(
        told["nodes"],
        json!([{ "kind": "YELLOW", "liftReason": null }, { "kind": "RECALL", "liftReason": "已排除" }])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_follows_the_price_against_the_group() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let cheap = Shelf::of(&world, "甲药业", &office).await;
    let dear = Shelf::of(&world, "乙药业", &office).await;
    cheap.lists(&office, "320000", "7.00").await;
    let verdict = dear.verdict("320000", "12.6014").await;
    assert_eq!((&verdict["label"], &verdict["aboveCeiling"]), (&json!("RED"), &json!(false)));
    let applied = dear.applies("320000", "12.6014").await.done();
    let listed = approves(&office, &applied, None).await.done();
    assert_eq!(
        (&listed["marks"][0]["kind"], &listed["marks"][0]["source"]),
        (&json!("RED"), &json!("RULES"))
    );
    assert_eq!(listed["orderable"], false, "the rules that ship let a red label stop orders");
    let yellow = dear.reprices(&listed, "12.60", false).await.done();
    assert_eq!((&yellow["marks"][0]["kind"], &yellow["orderable"]), (&json!("YELLOW"), &json!(true)));
    let none = dear.reprices(&yellow, "10.50", false).await.done();
    assert_eq!(none["marks"], json!([]));
}
