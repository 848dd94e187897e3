//! What contradicts itself is kept, and worked off.
use serde_json::json;

use super::support::{Registry, code, gtin, irbesartan, new_item, text};
use crate::support::actor::key;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_two_items_claim_stays_until_somebody_decides() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let (one, two) = (gtin(1), gtin(2));
    let with = |holder: &str, gtins: &[&String]| {
        let codes = gtins.iter().map(|gtin| code("gtin", gtin, "2025-01-01")).collect();
        new_item(irbesartan("75mg", holder), codes, "2025-01-01")
    };
    let first = registry.does(with("甲药业", &[&one, &two])).await;
    let second = registry.does(with("乙药业", &[&one, &two])).await;
    let conflicts = registry.conflicts().await;
    assert_eq!(conflicts.len(), 2);
    for conflict in &conflicts {
        assert_eq!(conflict["kind"], "CODE_ON_TWO_ITEMS");
        assert_eq!((text(&conflict["itemId"]), text(&conflict["otherId"])), (second.clone(), first.clone()));
    }
    let of = |value: &str| conflicts.iter().find(|conflict| conflict["value"] == value).unwrap();
    assert_eq!(registry.names(&one, "2026-01-01").await, [first.as_str()], "nothing moves by itself");

    registry.resolves_conflict(of(&one), "DISMISSED").await.refused("ITEM_CONFLICT_STATE");
    registry.resolves_conflict(of(&one), "KEPT").await.done();
    registry.resolves_conflict(of(&one), "MOVED").await.refused("STALE_VERSION");
    let moved = registry.resolves_conflict(of(&two), "MOVED").await.done();
    assert_eq!(moved["resolution"], "MOVED");
    assert_eq!(registry.names(&one, "2026-01-01").await, [first.as_str()]);
    assert_eq!(registry.names(&two, "2026-01-01").await, [second.as_str()]);
    assert!(registry.conflicts().await.is_empty());
    world.until_sequenced().await;
    assert_eq!(world.entries(of(&two)["id"].as_str().unwrap()).await, ["ItemConflictResolved"]);

    // A code that ended is not another item's without a look.
    let end = json!({ "retire": { "item": first, "status": "WITHDRAWN", "validFrom": "2026-01-01" } });
    registry.does(end).await;
    let third = registry.does(with("丙药业", &[&one])).await;
    let reused = registry.conflicts().await;
    assert_eq!(
        (reused.len(), &reused[0]["kind"], &reused[0]["itemId"]),
        (1, &json!("CODE_REUSED"), &json!(third))
    );
    assert_eq!(registry.names(&one, "2026-06-01").await, [first]);
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_and_classes_that_do_not_fit_are_listed() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let approval = || code("nmpa-approval", "国药准字H20123298", "2020-01-01");
    registry.does(new_item(irbesartan("75mg", "甲药业"), vec![approval()], "2020-01-01")).await;
    let mut unrelated = irbesartan("10ml:0.5mg", "甲药业");
    unrelated["genericName"] = json!("枸橼酸芬太尼注射液");
    unrelated["classCode"] = json!("N02AB");
    let codes = vec![approval(), code("nhsa-western", "XL02BBA326A001010102180", "2020-01-01")];
    let item = registry.does(new_item(unrelated, codes, "2020-01-01")).await;
    let kinds = async || {
        let mut kinds: Vec<_> = registry.conflicts().await.iter().map(|one| text(&one["kind"])).collect();
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(kinds().await, ["APPROVAL_ON_UNRELATED_NAMES", "CLASS_MISMATCH"]);
    // Both items keep the approval: one licence covers several.
    assert_eq!(registry.names("国药准字H20123298", "2026-01-01").await.len(), 2);

    // What lists say of it is no selection: only what is selected on the platform is.
    let mut ends = code("nmpa-approval", "国药准字H20123297", "2020-01-01");
    ends["validTo"] = json!("2027-01-01");
    registry.does(json!({ "link": { "item": item, "codes": [ends] } })).await;
    let selected = json!({ "item": item, "flag": "VBP", "validFrom": "2026-01-01", "validTo": "2028-01-01", "price": "0.5",
        "source": "第十批", "idempotencyKey": key() });
    registry.office.does("flagItem", selected, "id").await.done();
    assert_eq!(kinds().await, ["APPROVAL_ON_UNRELATED_NAMES", "CLASS_MISMATCH"]);
    for conflict in registry.conflicts().await {
        registry.resolves_conflict(&conflict, "MOVED").await.refused("ITEM_CONFLICT_STATE");
        registry.resolves_conflict(&conflict, "DISMISSED").await.done();
    }
    assert!(kinds().await.is_empty());
}
