//! Who proposes, who decides, and of many who propose one thing one is taken.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{Registry, approves, code, gtin, irbesartan, new_item, proposes, text};
use crate::support::actor::key;
use crate::support::world::World;

/// How often one thing is proposed at once.
const AT_ONCE: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn of_32_proposals_of_one_item_at_once_one_is_taken_and_the_others_point_at_it() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    // One spec and one holder, as different clerks write them.
    let writings =
        [("75mg*14片", "甲药业（杭州）"), ("０．０７５ｇ", "甲药业(杭州)"), ("75 毫克", "甲药业 (杭州)")];
    let acts: Vec<Value> = (0..AT_ONCE)
        .map(|turn| {
            let (spec, holder) = writings[turn % writings.len()];
            new_item(irbesartan(spec, holder), vec![], "2026-01-01")
        })
        .collect();
    let outcomes = futures_util::future::join_all(acts.into_iter().map(|act| registry.proposes(act))).await;
    let (taken, pointed): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|outcome| outcome.code() == "ok");
    assert_eq!((taken.len(), pointed.len()), (1, AT_ONCE - 1));
    let proposal = taken.into_iter().next().unwrap().done();
    for outcome in &pointed {
        outcome.refused("ITEM_DUPLICATE");
        assert_eq!(outcome.json["errors"][0]["extensions"]["allowed"], proposal["id"]);
    }
    // Once it is an item, the next one is pointed at that.
    let item = text(&registry.approves(&proposal).await.done()["itemId"]);
    let again = registry.proposes(new_item(irbesartan("75mg", "甲药业(杭州)"), vec![], "2026-01-01")).await;
    again.refused("ITEM_DUPLICATE");
    assert_eq!(again.json["errors"][0]["extensions"]["allowed"], item.as_str());
    // Another pack is another item, if somebody says so and why; the same pack is not.
    let other_pack = |units: i32| {
        let mut content = irbesartan("75mg", "甲药业(杭州)");
        content["unitsPerPack"] = json!(units);
        let mut act = new_item(content, vec![], "2026-01-01");
        act["new"]["otherThan"] = json!(item);
        act
    };
    registry.proposes(other_pack(14)).await.refused("ITEM_DUPLICATE");
    assert_ne!(registry.does(other_pack(28)).await, item);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_codes_that_are_given_at_once_are_all_different() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let mut proposals = Vec::new();
    for number in 0..12 {
        let content = irbesartan("75mg", &format!("药业{number}"));
        proposals.push(registry.proposes(new_item(content, vec![], "2026-01-01")).await.done());
    }
    let approved = futures_util::future::join_all(proposals.iter().map(|one| registry.approves(one))).await;
    let mut codes = BTreeSet::new();
    for outcome in approved {
        let item = text(&outcome.done()["itemId"]);
        let own = text(&registry.item(&item, json!({})).await["ownCode"]);
        assert_eq!(registry.names(&own.to_lowercase(), "2026-02-01").await, [item]);
        codes.insert(own);
    }
    assert_eq!(codes.len(), 12);
    let wrong = codes.first().unwrap().replacen("JCX", "JCZ", 1);
    registry.resolves(&wrong, "2026-02-01").await.refused("ITEM_CODE_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_person_decides_and_a_neighbour_sees_nothing() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let neighbour = world.manager("MANUFACTURER", "320000").await;
    let act = |holder: &str| new_item(irbesartan("75mg", holder), vec![], "2026-01-01");

    // An office's own proposal is decided by a colleague, or by the operator.
    let own = proposes(&registry.office, act("甲药业")).await.done();
    approves(&registry.office, &own).await.refused("SECOND_PERSON_NEEDED");
    let colleague = world.clerk(&registry.office, "colleague", "PROCUREMENT_OFFICE").await;
    approves(&colleague, &own).await.done();
    approves(&colleague, &own).await.refused("STALE_VERSION");
    let theirs = proposes(&registry.office, act("乙药业")).await.done();
    approves(world.admin(), &theirs).await.done();
    proposes(world.admin(), act("丙药业")).await.refused("FORBIDDEN");

    let proposed = registry.proposes(act("丁药业")).await.done();
    let id = text(&proposed["id"]);
    let seen = format!("{{ itemProposal(id: {id:?}) {{ status payload }} }}");
    neighbour.asks(&seen).await.refused("NOT_FOUND");
    approves(&neighbour, &proposed).await.refused("FORBIDDEN");
    let listed = "{ itemProposals(first: 10) { nodes { id } } }";
    assert_eq!(neighbour.asks(listed).await.done()["nodes"], json!([]));
    assert_eq!(registry.firm.asks(listed).await.done()["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(registry.office.asks(listed).await.done()["nodes"].as_array().unwrap().len(), 3);
    let change = json!({ "id": id, "version": 1, "idempotencyKey": key() });
    let withdraw = "mutation($i: ItemProposalInput!) { withdrawItemProposal(input: $i) { status version } }";
    neighbour.asks_with(withdraw, json!({ "i": change })).await.refused("NOT_FOUND");

    // What is rejected or taken back can be proposed again.
    let reject = json!({ "id": id, "version": 1, "reason": "规格与批件不符", "idempotencyKey": key() });
    let rejected = registry.office.does("rejectItemProposal", reject, "status decision version").await.done();
    assert_eq!((&rejected["status"], &rejected["decision"]), (&json!("REJECTED"), &json!("规格与批件不符")));
    let again = registry.proposes(act("丁药业")).await.done();
    let change = json!({ "id": again["id"], "version": 1, "idempotencyKey": key() });
    registry.firm.asks_with(withdraw, json!({ "i": change })).await.done();
    registry.approves(&json!({ "id": again["id"], "version": 2 })).await.refused("PROPOSAL_STATE");
    registry.does(act("丁药业")).await;
    world.until_sequenced().await;
    assert_eq!(world.entries(&id).await, ["ItemProposed", "ItemProposalRejected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_an_item_and_its_codes_has_to_fit() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let of = |codes: Vec<Value>| new_item(irbesartan("75mg", "甲药业"), codes, "2026-01-01");
    registry
        .proposes(of(vec![code("gtin", "6901234567893", "2026-01-01")]))
        .await
        .refused("ITEM_CODE_INVALID");
    registry
        .proposes(of(vec![code("trace-code", "81234567890123456789", "2026-01-01")]))
        .await
        .refused("ITEM_CODE_INVALID");
    let mut bare = code("gtin", &gtin(1), "2026-01-01");
    bare["evidence"] = json!(" ");
    registry.proposes(of(vec![bare.clone()])).await.refused("ITEM_EVIDENCE_MISSING");
    // A document proves it if it is the own organization's.
    let paper = registry.firm.uploads("QUALIFICATION", "批件.pdf", crate::support::actor::PAPER).await.json();
    bare["document"] = paper["id"].clone();
    let theirs = proposes(&registry.office, of(vec![bare.clone()])).await;
    theirs.refused("NOT_FOUND");
    let item = registry.does(of(vec![bare])).await;
    assert!(registry.item(&item, json!({})).await["ownCode"].is_string(), "a GTIN is no national code");
    let empty = new_item(json!({ "genericName": " " }), vec![], "2026-01-01");
    registry.proposes(empty).await.refused("ITEM_INVALID");
    let national = vec![code("nhsa-western", "XL02BBA326A001010102180", "2026-01-01")];
    let mut content = irbesartan("60mg", "强生");
    content["genericName"] = json!("阿帕他胺片");
    let named = json!([{ "lang": "en", "purpose": "ALIAS", "name": "Apalutamide" }]);
    let mut act = new_item(content, national, "2026-01-01");
    act["new"]["item"]["names"] = named;
    let item = registry.item(&registry.does(act).await, json!({})).await;
    assert_eq!(item["ownCode"], json!(null));
    assert_eq!(item["state"]["normalSpec"], "60mg");
    assert_eq!(item["state"]["makerName"], "受托生产厂");
    let names: Vec<_> = item["names"].as_array().unwrap().iter().map(|name| text(&name["name"])).collect();
    assert_eq!(names, ["Apalutamide", "阿帕他胺片"]);
}
