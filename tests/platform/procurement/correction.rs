//! What was announced and is corrected: another edition that says what changed, and everybody concerned hears of it.
use jicai_seal::CustodianKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::bidding::{Bidding, registers};
use crate::support::actor::{Actor, PAPER, key};
use crate::support::rounds::{
    BIDS, BIDS_END, DEMAND_ENDS, HOUR, Live, a_round, announced, corrected, in_seconds, lots,
};
use crate::support::world::World;

async fn editions(live: &Live) -> Vec<Value> {
    let shown = live.read(
        "editions(first: 2) { nodes { edition reason sha256 canonical changes(first: 50) { nodes {
            field lot spec before after text textZh } } } }",
    );
    shown.await["editions"]["nodes"].as_array().unwrap().clone()
}

async fn told(actor: &Actor, kind: &str) -> usize {
    let shown = actor.asks("{ notifications { nodes { kind } } }").await.done();
    shown["nodes"].as_array().unwrap().iter().filter(|one| one["kind"] == kind).count()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_another_edition_that_shows_what_changed() {
    let world = World::new().await;
    let live = announced(&world, a_round()).await;
    let first = editions(&live).await;
    let mut announcement = live.announcement.clone();
    announcement["calendar"]["openingFrom"] = json!(in_seconds(60 * HOUR));
    let lots = announcement["lots"].as_array_mut().unwrap();
    lots[0]["specs"][0]["ceiling"] = json!("1.2");
    lots[0]["specs"][0]["representative"] = json!(false);
    lots[0]["specs"][1]["representative"] = json!(true);
    // The third lot takes the name of the second, which goes.
    let mut third = lots.pop().unwrap();
    third["number"] = json!(3);
    lots.push(third);
    live.office.does("correctRound", corrected((&live.id, 2), &announcement), "version").await.done();

    let both = editions(&live).await;
    assert_eq!(both[1], first[0]);
    for edition in &both {
        let canonical = edition["canonical"].as_str().unwrap();
        assert_eq!(edition["sha256"], sha256(canonical.as_bytes()).as_str());
    }
    assert_eq!((&both[0]["edition"], &both[0]["reason"]), (&json!(2), &json!("更正")));
    let changes = both[0]["changes"]["nodes"].as_array().unwrap();
    let told: Vec<&str> = changes.iter().map(|change| change["text"].as_str().unwrap()).collect();
    let (before, after) =
        (&live.announcement["calendar"]["openingFrom"], &announcement["calendar"]["openingFrom"]);
    let plain = |value: &Value| value.as_str().unwrap().to_owned();
    assert_eq!(
        told,
        [
            format!("opening from: {} -> {}", plain(before), plain(after)).as_str(),
            "lot 1, spec 10 maximum valid bid: 1.32 -> 1.2",
            "lot 1, spec 10 representative spec: true -> false",
            "lot 1, spec 20 representative spec: false -> true",
            "lot 2 lot taken out: 左氧氟沙星注射剂 (100ml:0.5g, 12.6)",
            "lot 3 lot added: 左氧氟沙星注射剂 (100ml:0.5g, 12.6)",
        ]
    );
    assert_eq!(changes[1]["textZh"], "竞价单元1规格10 最高有效申报价：由“1.32”变更为“1.2”");
    let shown = live.read(
        "edition version lots(first: 5) { nodes { number withdrawnIn specs(first: 5) { nodes { code ceiling withdrawnIn } } } }",
    );
    assert_eq!(
        shown.await,
        json!({ "edition": 2, "version": 3, "lots": { "nodes": [
            { "number": 1, "withdrawnIn": null, "specs": { "nodes": [
                { "code": "10", "ceiling": "1.2", "withdrawnIn": null },
                { "code": "20", "ceiling": "2.24", "withdrawnIn": null }] } },
            { "number": 2, "withdrawnIn": 2, "specs": { "nodes": [
                { "code": "100", "ceiling": "12.6", "withdrawnIn": 2 }] } },
            { "number": 3, "withdrawnIn": null, "specs": { "nodes": [
                { "code": "100", "ceiling": "12.6", "withdrawnIn": null }] } },
        ] } })
    );
    assert_eq!(world.entries(&live.id).await, ["RoundDrafted", "RoundAnnounced", "RoundCorrected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_gives_no_number_twice_and_leaves_the_buyers() {
    let world = World::new().await;
    let live = announced(&world, a_round()).await;
    let tries = async |version, announcement: &Value| {
        live.office.does("correctRound", corrected((&live.id, version), announcement), "version").await
    };
    tries(2, &live.announcement).await.refused("CORRECTION_INVALID");
    let changed = |change: fn(&mut Value)| {
        let mut announcement = live.announcement.clone();
        change(&mut announcement);
        announcement
    };
    tries(2, &changed(|one| one["kind"] = json!("CONSUMABLE"))).await.refused("CORRECTION_INVALID");
    tries(2, &changed(|one| one["calendar"]["demandFrom"] = json!("2026-01-01T00:00:00Z")))
        .await
        .refused("CALENDAR_INVALID");
    let shorter = changed(|one| drop(one["lots"].as_array_mut().unwrap().pop()));
    tries(1, &shorter).await.refused("STALE_VERSION");
    tries(2, &shorter).await.done();
    tries(3, &live.announcement).await.refused("LOTS_INVALID");
    let neighbour = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let by_neighbour = neighbour.does("correctRound", corrected((&live.id, 3), &shorter), "id").await;
    by_neighbour.refused("NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn custodians_and_their_threshold_are_corrected_until_the_key_of_the_round_is_published() {
    let mut bidding = Bidding::announced().await;
    let other_office = bidding.world.manager("PROCUREMENT_OFFICE", "350000").await;
    let fourth = bidding.world.clerk(&other_office, "fourth", "KEY_CUSTODIAN").await;
    let corrects = async |bidding: &Bidding, announcement: &Value| {
        let input = corrected((&bidding.round, bidding.version().await), announcement);
        bidding.office.does("correctRound", input, "version").await
    };
    let mut announcement = bidding.announcement.clone();
    announcement["custodians"][2] = json!(bidding.office.user);
    corrects(&bidding, &announcement).await.refused("CUSTODIANS_INVALID");
    announcement["custodians"][2] = json!(fourth.user);
    announcement["threshold"] = json!(3);
    corrects(&bidding, &announcement).await.done();
    let shown = "threshold custodians { user } editions(first: 1) { nodes { changes(first: 5) { nodes { field after } } } }";
    let query = format!("{{ round(id: {:?}) {{ {shown} }} }}", bidding.round);
    let shown = bidding.world.nobody().asks(&query).await.done();
    assert_eq!((&shown["threshold"], &shown["custodians"][2]["user"]), (&json!(3), &json!(fourth.user)));
    let changes = &shown["editions"]["nodes"][0]["changes"]["nodes"];
    let named: Vec<&str> =
        changes.as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!((named, &changes[1]["after"]), (vec!["CUSTODIANS", "THRESHOLD"], &json!("3")));

    let (ceremony, shares) = bidding.holds_ceremony(2);
    bidding.publishes(&ceremony, &bidding.sign(&ceremony, &shares)).await.refused("CEREMONY_INVALID");
    bidding.keys[2] = CustodianKey::generate().unwrap();
    registers(&fourth, "registerCustodianKey", &bidding.keys[2].public().to_string()).await.done();
    let (ceremony, shares) = bidding.holds_ceremony(3);
    bidding.publishes(&ceremony, &bidding.sign(&ceremony, &shares)).await.done();
    announcement["threshold"] = json!(2);
    corrects(&bidding, &announcement).await.refused("CORRECTION_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_is_added_only_while_demand_for_it_can_be_reported() {
    let world = World::with(|config| config.jobs = 0).await;
    let live = announced(&world, a_round()).await;
    let mut announcement = live.announcement.clone();
    let added = |number: i64| {
        json!({ "number": number, "name": format!("新增品种{number}"), "form": "ORAL", "unit": "片",
            "specs": [{ "code": "1", "name": "1mg", "ceiling": "1", "representative": true }] })
    };
    announcement["lots"].as_array_mut().unwrap().push(added(3));
    let corrects = async |announcement: &Value| {
        let office = world.logs_in(&live.office.login).await;
        let input = corrected((&live.id, live.version().await), announcement);
        office.does("correctRound", input, "version").await
    };
    let hospital = world.manager("HOSPITAL", "320106").await;
    world.moves_clock_to(DEMAND_ENDS * HOUR + 1).await;
    corrects(&announcement).await.refused("LOT_TOO_LATE");
    announcement["calendar"]["demandUntil"] = json!(in_seconds((DEMAND_ENDS + 5) * HOUR));
    corrects(&announcement).await.done();
    let hospital = world.logs_in(&hospital.login).await;
    let spec = &lots(&hospital, &live.id).await[2].specs[0].id;
    let lines = json!([{ "spec": spec, "volume": "100", "pastUse": "100" }]);
    let input = json!({ "round": live.id, "lines": lines, "idempotencyKey": key() });
    hospital.does("fillDemand", input, "id").await.done();

    world.moves_clock_to(BIDS * HOUR + 1).await;
    announcement["lots"].as_array_mut().unwrap().push(added(4));
    corrects(&announcement).await.refused("LOT_TOO_LATE");
    announcement["calendar"]["demandUntil"] = json!(in_seconds((BIDS + 1) * HOUR));
    corrects(&announcement).await.refused("CALENDAR_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_comes_before_the_bids_are_closed() {
    let world = World::with(|config| config.jobs = 0).await;
    let live = announced(&world, a_round()).await;
    let mut announcement = live.announcement.clone();
    announcement["lots"][0]["specs"][0]["ceiling"] = json!("1.3");
    world.moves_clock_to(BIDS * HOUR + 1).await;
    let office = world.logs_in(&live.office.login).await;
    let correction = corrected((&live.id, 2), &announcement);
    office.does("correctRound", correction, "version").await.done();
    announcement["lots"][0]["specs"][0]["ceiling"] = json!("1.31");
    world.moves_clock_to(BIDS_END * HOUR + 1).await;
    let office = world.logs_in(&live.office.login).await;
    let correction = corrected((&live.id, 3), &announcement);
    office.does("correctRound", correction, "version").await.refused("ROUND_CLOSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_and_the_custodians_are_told_of_a_correction_and_neighbours_are_not() {
    let world = World::new().await;
    let live = announced(&world, a_round()).await;
    let clerk = world.clerk(&live.office, "clerk", "PROCUREMENT_OFFICE").await;
    let neighbour = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let mut announcement = live.announcement.clone();
    announcement["name"] = json!("更正后的采购");
    live.office.does("correctRound", corrected((&live.id, 2), &announcement), "version").await.done();
    let begun = std::time::Instant::now();
    for actor in [&clerk, &live.custodians[0], &live.custodians[2]] {
        while told(actor, "RoundCorrected").await == 0 {
            assert!(begun.elapsed().as_secs() < 30, "{} was not told", actor.login);
        }
        assert_eq!(told(actor, "RoundCorrected").await, 1);
    }
    for actor in [&live.office, &neighbour] {
        assert_eq!(told(actor, "RoundCorrected").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_a_round_are_the_offices_until_it_is_announced_and_everybodys_after() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let stored = async |name| office.uploads("ROUND", name, PAPER).await.json()["id"].clone();
    let (text, annex) = (stored("采购文件.pdf").await, stored("附件.pdf").await);
    let read =
        async |actor: &Actor, document: &Value| actor.downloads(document.as_str().unwrap()).await.status;
    assert_eq!(
        [read(&office, &text).await, read(&hospital, &text).await, read(&world.nobody(), &text).await],
        [200, 404, 401]
    );
    let mut announcement = a_round();
    announcement["documents"] = json!([{ "document": text, "title": "采购文件" }]);
    let live = crate::support::rounds::announced_by(&world, office.clone(), announcement).await;
    assert_eq!([read(&hospital, &text).await, read(&world.nobody(), &text).await], [200, 200]);
    assert_eq!([read(&hospital, &annex).await, read(&world.nobody(), &annex).await], [404, 401]);
    let mut announcement = live.announcement.clone();
    announcement["documents"] = json!([{ "document": annex, "title": "更正后的文件" }]);
    live.office.does("correctRound", corrected((&live.id, 2), &announcement), "version").await.done();
    // The first edition still names the first document.
    assert_eq!([read(&world.nobody(), &text).await, read(&world.nobody(), &annex).await], [200, 200]);
    let shown = live.read("documents { title document }").await;
    assert_eq!(shown["documents"], json!([{ "title": "更正后的文件", "document": annex }]));
    assert_eq!(hospital.uploads("ROUND", "a.pdf", PAPER).await.status, 403);
    let neighbour = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let others = neighbour.uploads("ROUND", "a.pdf", PAPER).await;
    announcement["documents"] = json!([{ "document": others.json()["id"], "title": "他人文件" }]);
    let correction = corrected((&live.id, 3), &announcement);
    live.office.does("correctRound", correction, "id").await.refused("NOT_FOUND");
}
