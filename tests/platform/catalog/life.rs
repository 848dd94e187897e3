//! Items are merged, split, replaced, corrected and retired, and everything can be asked as of a day and as it was known at an instant.
use serde_json::json;

use super::support::{Registry, code, gtin, irbesartan, new_item, text};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn items_that_were_one_are_merged_and_split_again_and_seen_as_of_three_dates() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let (seven, fourteen) = (gtin(7), gtin(14));
    let add = |spec: &str, holder: &str, gtin: &str| {
        new_item(irbesartan(spec, holder), vec![code("gtin", gtin, "2020-01-01")], "2020-01-01")
    };
    let a = registry.does(add("75mg", "甲药业", &seven)).await;
    let b = registry.does(add("75mg", "乙药业", &fourteen)).await;
    let into =
        registry.does(json!({ "merge": { "items": [b], "into": a, "validFrom": "2022-06-01" } })).await;
    assert_eq!(into, a);
    let part = |spec: &str, gtin: &str| json!({ "kind": "WESTERN", "content": irbesartan(spec, "甲药业"), "codes": [code("gtin", gtin, "2024-03-01")] });
    let parts = [part("75mg*7片", &seven), part("75mg*14片", &fourteen)];
    registry.does(json!({ "split": { "item": a, "parts": parts, "validFrom": "2024-03-01" } })).await;

    // Each item as of three dates: how it stands, and what stands for it.
    let dates = ["2022-05-31", "2024-02-29", "2024-03-01"];
    let mut stood = Vec::new();
    for date in dates {
        let seen = registry.item(&b, json!({ "validOn": date })).await;
        let stands = seen["stands"].as_array().unwrap().iter().map(text).collect::<Vec<_>>();
        stood.push((text(&seen["state"]["status"]), stands, seen["path"].as_array().unwrap().len()));
    }
    assert_eq!(stood[0], ("ACTIVE".to_owned(), vec![b.clone()], 0));
    assert_eq!(stood[1], ("REPLACED".to_owned(), vec![a.clone()], 1));
    let parts = stood[2].1.clone();
    assert_eq!((stood[2].0.as_str(), parts.len(), stood[2].2), ("REPLACED", 2, 3));
    assert!(!parts.contains(&a) && !parts.contains(&b));

    // Each code as of the same dates.
    assert_eq!(registry.names(&fourteen, dates[0]).await, [b.as_str()]);
    assert_eq!(registry.names(&fourteen, dates[1]).await, [a.as_str()]);
    assert_eq!(registry.names(&seven, dates[1]).await, [a.as_str()]);
    let last = [registry.names(&seven, dates[2]).await, registry.names(&fourteen, dates[2]).await].concat();
    assert_eq!(last.len(), 2);
    assert!(last.iter().all(|item| parts.contains(item)) && last[0] != last[1]);
    registry.resolves(&seven, "2019-12-31").await.refused("NOT_FOUND");
    registry.asks_item(&a, json!({ "release": 1 })).await.refused("NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_replaced_by_itself_through_whatever_others() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let mut items = Vec::new();
    for holder in ["甲药业", "乙药业", "丙药业"] {
        items.push(registry.does(new_item(irbesartan("75mg", holder), vec![], "2020-01-01")).await);
    }
    let supersede = |item: usize, by: usize| json!({ "supersede": { "item": items[item], "by": items[by], "validFrom": "2023-01-01" } });
    // Proposed while all stand, so that only the approval can see the circle.
    let back = registry.proposes(supersede(2, 0)).await.done();
    registry.does(supersede(0, 1)).await;
    registry.does(supersede(1, 2)).await;
    registry.approves(&back).await.refused("ITEM_RELATION_CYCLE");
    let seen = registry.item(&items[0], json!({})).await;
    assert_eq!((&seen["stands"], seen["path"].as_array().unwrap().len()), (&json!([items[2]]), 2));
    registry.proposes(supersede(0, 2)).await.refused("ITEM_STATE");

    let kit = registry.does(new_item(irbesartan("150mg", "甲药业"), vec![], "2020-01-01")).await;
    let holds = |item: &str, other: &str| json!({ "link": { "item": item, "relation": { "kind": "CONTAINS", "to": other, "since": "2020-01-01" } } });
    registry.does(holds(&kit, &items[2])).await;
    registry.tries(holds(&items[2], &kit)).await.refused("ITEM_RELATION_CYCLE");
    let by_name = json!({ "link": { "item": kit, "relation": { "kind": "REPLACED_BY", "to": items[2], "since": "2020-01-01" } } });
    registry.proposes(by_name).await.refused("ITEM_INVALID");
}

/// Two that would close a circle together, approved at once: one of them is refused.
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_close_no_circle() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let a = registry.does(new_item(irbesartan("75mg", "甲药业"), vec![], "2020-01-01")).await;
    let b = registry.does(new_item(irbesartan("75mg", "乙药业"), vec![], "2020-01-01")).await;
    let pack = |item: &str, of: &str| json!({ "link": { "item": item, "relation": { "kind": "PACK_OF", "to": of, "since": "2020-01-01" } } });
    let one = registry.proposes(pack(&a, &b)).await.done();
    let other = registry.proposes(pack(&b, &a)).await.done();
    let (one, other) = tokio::join!(registry.approves(&one), registry.approves(&other));
    let mut codes = [one.code(), other.code()];
    codes.sort();
    assert_eq!(codes, ["ITEM_RELATION_CYCLE", "ok"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_of_the_past_does_not_change_what_was_known_before() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let item = registry.does(new_item(irbesartan("75mg", "甲药业"), vec![], "2020-01-01")).await;
    let known = registry.item(&item, json!({})).await;
    assert!(known["ownCode"].as_str().unwrap().starts_with("JCX"), "{known}");
    let query = format!("{{ item(id: {item:?}) {{ knownAt }} }}");
    let before = registry.firm.asks(&query).await.done()["knownAt"].clone();

    // For half of 2021 the holder had been another one, as was found out later.
    let corrected = json!({ "change": { "item": item, "content": irbesartan("75mg", "丁药业"), "validFrom": "2021-01-01",
        "validTo": "2021-07-01" } });
    registry.does(corrected).await;
    let holder = async |on: &str, known_at: &serde_json::Value| {
        let seen = registry.item(&item, json!({ "validOn": on, "knownAt": known_at })).await;
        text(&seen["state"]["holderName"])
    };
    let now = json!(null);
    for (on, holder_now) in [
        ("2020-12-31", "甲药业"),
        ("2021-01-01", "丁药业"),
        ("2021-06-30", "丁药业"),
        ("2021-07-01", "甲药业"),
    ] {
        assert_eq!(holder(on, &now).await, holder_now, "{on}");
        assert_eq!(holder(on, &before).await, "甲药业", "{on} as it was known before");
    }
    let history = format!(
        "{{ itemHistory(id: {item:?}, first: 10) {{ nodes {{ validFrom validTo holderName supersededAt proposalId sha256 }} }} }}"
    );
    let history = registry.office.asks(&history).await.done()["nodes"].as_array().unwrap().clone();
    let told: Vec<_> = history
        .iter()
        .map(|row| {
            (row["validFrom"].as_str().unwrap(), row["validTo"].as_str(), row["supersededAt"].is_null())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("2020-01-01", None, false),
            ("2020-01-01", Some("2021-01-01"), true),
            ("2021-01-01", Some("2021-07-01"), true),
            ("2021-07-01", None, true)
        ]
    );
    assert_eq!(history[0]["sha256"], history[1]["sha256"]);
    registry.asks_item(&item, json!({ "knownAt": "2020-01-01T00:00:00Z" })).await.refused("NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_suspended_reinstated_and_withdrawn_and_their_codes_end() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let gtin = gtin(3);
    let added = new_item(irbesartan("75mg", "甲药业"), vec![code("gtin", &gtin, "2020-01-01")], "2020-01-01");
    let item = registry.does(added).await;
    let stands =
        |status: &str, from: &str| json!({ "retire": { "item": item, "status": status, "validFrom": from } });
    registry.does(stands("SUSPENDED", "2021-01-01")).await;
    registry.does(stands("ACTIVE", "2021-05-01")).await;
    registry.does(stands("WITHDRAWN", "2023-01-01")).await;
    let mut seen = Vec::new();
    for on in ["2020-12-31", "2021-04-30", "2021-05-01", "2023-01-01"] {
        seen.push(text(&registry.item(&item, json!({ "validOn": on })).await["state"]["status"]));
    }
    assert_eq!(seen, ["ACTIVE", "SUSPENDED", "ACTIVE", "WITHDRAWN"]);
    let code = registry.item(&item, json!({})).await["codes"][0].clone();
    assert_eq!((&code["status"], &code["validTo"]), (&json!("RETIRED"), &json!("2023-01-01")));
    assert_eq!(registry.names(&gtin, "2026-01-01").await, [item.as_str()], "it names what it named last");
    registry.proposes(stands("ACTIVE", "2024-01-01")).await.refused("ITEM_STATE");
    registry.proposes(stands("REPLACED", "2024-01-01")).await.refused("ITEM_INVALID");
    world.until_sequenced().await;
    assert_eq!(world.entries(&item).await, vec!["ItemChanged"; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_say_something_of_items_for_a_time_and_items_are_found_by_it() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let item = registry.does(new_item(irbesartan("75mg", "甲药业"), vec![], "2020-01-01")).await;
    let other = registry.does(new_item(irbesartan("75mg", "乙药业"), vec![], "2020-01-01")).await;
    let flag = async |flag: &str, from: &str, to: Option<&str>, price: Option<&str>, holds: bool| {
        let input = json!({ "item": item, "flag": flag, "validFrom": from, "validTo": to, "price": price,
            "source": "国家医保药品目录", "holds": holds, "idempotencyKey": crate::support::actor::key() });
        registry.office.does("flagItem", input, "id").await
    };
    flag("ESSENTIAL", "2018-10-25", None, None, true).await.done();
    flag("REIMBURSED_B", "2020-01-01", None, Some("1.2300"), true).await.done();
    // From 2023 on it is in the other class, so it leaves this one.
    flag("REIMBURSED_A", "2023-01-01", None, None, true).await.done();
    flag("ESSENTIAL", "2025-01-01", None, None, false).await.done();
    flag("ESSENTIAL", "2025-01-01", None, Some("1"), true).await.refused("ITEM_INVALID");
    let seen = registry.item(&item, json!({})).await;
    let mut told: Vec<_> = seen["flags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flag| (flag["flag"].as_str().unwrap(), flag["validTo"].as_str(), flag["price"].as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("ESSENTIAL", Some("2025-01-01"), None),
            ("REIMBURSED_A", None, None),
            ("REIMBURSED_B", Some("2023-01-01"), Some("1.23"))
        ]
    );
    let found = async |filter: &str, on: &str| {
        let query = format!(
            "{{ items(filter: {{ {filter} asOf: {{ validOn: {on:?} }} }}, first: 10) {{ nodes {{ id state {{ status }} }} }} }}"
        );
        let found = registry.firm.asks(&query).await.done();
        found["nodes"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect::<Vec<_>>()
    };
    assert_eq!(found("flag: REIMBURSED_B", "2022-12-31").await, [item.as_str()]);
    assert_eq!(found("flag: REIMBURSED_B", "2023-01-01").await, Vec::<String>::new());
    assert_eq!(found("kind: WESTERN, status: ACTIVE", "2023-01-01").await, [other, item]);
    assert_eq!(found("kind: PATENT", "2023-01-01").await, Vec::<String>::new());
    assert_eq!(found("", "2019-12-31").await, Vec::<String>::new());
}
