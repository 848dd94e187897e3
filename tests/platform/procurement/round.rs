//! A round from its draft to its announcement and its end.
use serde_json::{Value, json};

use crate::support::actor::key;
use crate::support::rounds::{
    DEMAND, HOUR, a_round, announced, announced_by, drafted, publishes, three_custodians,
};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_seen_by_its_office_and_the_announcement_by_everybody() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let neighbour = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let custodians = three_custodians(&world).await;
    let mut announcement = a_round();
    announcement["custodians"] = custodians.iter().map(|one| json!(one.user)).collect();
    let draft = office.does("draftRound", drafted(&announcement), "id version").await.done();
    let id = draft["id"].as_str().unwrap();
    let query = format!("{{ round(id: {id:?}) {{ name status edition }} }}");
    let shown = office.asks(&query).await.done();
    assert_eq!(shown, json!({ "name": "模拟采购", "status": "DRAFT", "edition": 0 }));
    for other in [&neighbour, &custodians[0], &world.nobody(), world.admin()] {
        other.asks(&query).await.refused("NOT_FOUND");
        let listed = other.asks("{ rounds { nodes { id } } }").await.done();
        assert_eq!(listed["nodes"], json!([]));
        let input = json!({ "id": id, "version": 1, "announcement": announcement, "idempotencyKey": key() });
        let refusal = if other.user == neighbour.user { "NOT_FOUND" } else { "FORBIDDEN" };
        if other.token.is_some() {
            other.does("reviseRound", input, "id").await.refused(refusal);
            publishes(other, (id, 1)).await.refused(refusal);
        }
    }
    announcement["name"] = json!("江苏省模拟采购");
    announcement["lots"][1]["specs"][0]["ceiling"] = json!("12.50");
    let input = json!({ "id": id, "version": 1, "announcement": announcement, "idempotencyKey": key() });
    office.does("reviseRound", input.clone(), "version").await.done();
    let stale = json!({ "idempotencyKey": key() });
    let again: Value = [input, stale].iter().flat_map(|one| one.as_object().unwrap().clone()).collect();
    office.does("reviseRound", again, "version").await.refused("STALE_VERSION");
    publishes(&office, (id, 2)).await.done();
    let query = format!(
        "{{ round(id: {id:?}) {{ name status edition kind alliance disclosure pastUseShare threshold
            office {{ id name }} regions {{ code name }} ruleSet {{ id version }}
            custodians {{ position user name organizationName }}
            lots {{ nodes {{ number name unit specs {{ nodes {{ code content ceiling representative }} }} }} }} }} }}"
    );
    let shown = world.nobody().asks(&query).await.done();
    assert_eq!(
        shown["lots"]["nodes"][1],
        json!({ "number": 2, "name": "左氧氟沙星注射剂", "unit": "瓶", "specs": { "nodes": [
            { "code": "100", "content": "0.5", "ceiling": "12.5", "representative": true }] } })
    );
    assert_eq!(shown["regions"], json!([{ "code": "320000", "name": "江苏省" }]));
    assert_eq!(shown["office"]["id"], json!(office.organization));
    assert_eq!(shown["custodians"][2]["user"], json!(custodians[2].user));
    assert_eq!((&shown["status"], &shown["name"]), (&json!("ANNOUNCED"), &json!("江苏省模拟采购")));
    assert_eq!(shown["ruleSet"]["id"], "cn-r9-2023");
    assert_eq!(world.entries(id).await, ["RoundDrafted", "RoundRevised", "RoundAnnounced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_is_neither_revised_nor_published_again() {
    let world = World::new().await;
    let live = announced(&world, a_round()).await;
    let mut announcement = a_round();
    announcement["custodians"] = live.custodians.iter().map(|one| json!(one.user)).collect();
    let input = json!({ "id": live.id, "version": 2, "announcement": announcement, "idempotencyKey": key() });
    live.office.does("reviseRound", input, "id").await.refused("ROUND_STATE");
    publishes(&live.office, (&live.id, 2)).await.refused("ROUND_STATE");
    assert_eq!(live.version().await, 2);
    live.office.moves("cancelRound", (&live.id, 2), Some("目录调整")).await.done();
    let shown = world.nobody().asks(&format!("{{ round(id: {:?}) {{ status reason }} }}", live.id)).await;
    assert_eq!(shown.done(), json!({ "status": "CANCELLED", "reason": "目录调整" }));
    live.office.moves("cancelRound", (&live.id, 3), Some("再次")).await.refused("ROUND_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_contradicts_itself_is_refused() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let custodians = three_custodians(&world).await;
    let mut good = a_round();
    good["custodians"] = custodians.iter().map(|one| json!(one.user)).collect();
    let table: [(&str, Value, &str); 12] = [
        ("/name", json!(""), "NAME_INVALID"),
        ("/ruleSet", json!("cn-r99"), "RULES_INVALID"),
        ("/ruleFile", json!("id = 1"), "RULES_INVALID"),
        ("/pastUseShare", json!("1.1"), "DECIMAL_INVALID"),
        ("/threshold", json!(1), "CUSTODIANS_INVALID"),
        ("/threshold", json!(4), "CUSTODIANS_INVALID"),
        ("/custodians/0", json!(office.user), "CUSTODIANS_INVALID"),
        ("/custodians/0", json!(custodians[1].user), "CUSTODIANS_INVALID"),
        ("/calendar/bidsUntil", good["calendar"]["bidsFrom"].clone(), "CALENDAR_INVALID"),
        ("/lots/1/number", json!(1), "LOTS_INVALID"),
        ("/lots/0/specs/1/content", Value::Null, "LOTS_INVALID"),
        ("/lots/0/specs/0/ceiling", json!("1.234567891"), "DECIMAL_INVALID"),
    ];
    for (place, value, code) in table {
        let mut bad = good.clone();
        if place == "/ruleFile" {
            bad["ruleFile"] = value;
            bad.as_object_mut().unwrap().remove("ruleSet");
        } else {
            *bad.pointer_mut(place).unwrap() = value;
        }
        let refused = office.does("draftRound", drafted(&bad), "id").await;
        assert_eq!(refused.code(), code, "{place}");
    }
    let late = office.does("draftRound", drafted(&good), "id").await.done();
    world.moves_clock_to(DEMAND * HOUR).await;
    let office = world.logs_in(&office.login).await;
    publishes(&office, (late["id"].as_str().unwrap(), 1)).await.refused("CALENDAR_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_publishes_more_than_one_round() {
    let world = World::new().await;
    let first = announced(&world, a_round()).await;
    let second = announced_by(&world, first.office.clone(), a_round()).await;
    let listed = world.nobody().asks("{ rounds { nodes { id } } }").await.done();
    assert_eq!(listed["nodes"], json!([{ "id": second.id }, { "id": first.id }]));
    assert_ne!(first.spec(1, "20"), second.spec(1, "20"));
    assert_ne!(first.lot(2).id, second.lot(2).id);
}
