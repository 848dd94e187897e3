//! Alliances of regions.
use serde_json::{Value, json};

use crate::support::actor::key;
use crate::support::world::World;

fn membership(alliance: &str, version: i64, region: &str, day: &str) -> Value {
    json!({ "alliance": alliance, "version": version, "region": region, "productGroup": "冠脉支架", "day": day,
        "idempotencyKey": key() })
}

#[tokio::test(flavor = "multi_thread")]
async fn regions_join_and_leave_for_a_product_group_and_everybody_sees_who_belonged_when() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let opened =
        office.does("openAlliance", json!({ "name": "长三角联盟", "idempotencyKey": key() }), "id").await;
    let id = opened.done()["id"].as_str().unwrap().to_owned();
    let join = async |version, region, day| {
        office.does("joinAlliance", membership(&id, version, region, day), "version").await
    };
    let leave = async |version, day| {
        office.does("leaveAlliance", membership(&id, version, "320000", day), "version").await
    };
    join(1, "320000", "2026-01-01").await.done();
    join(2, "310000", "2026-03-01").await.done();
    join(3, "310000", "2026-04-01").await.refused("ALLIANCE_MEMBER");
    join(3, "990000", "2026-04-01").await.refused("REGION_UNKNOWN");
    join(3, "330000", "2026-02-30").await.refused("DATE_INVALID");
    leave(3, "2025-12-31").await.refused("DATE_INVALID");
    leave(2, "2026-06-01").await.refused("STALE_VERSION");
    leave(3, "2026-06-01").await.done();
    leave(4, "2026-06-02").await.refused("ALLIANCE_NOT_MEMBER");

    let on = async |day: &str| {
        let query =
            format!("{{ alliance(id: {id:?}) {{ memberships(on: {day:?}) {{ region {{ name }} left }} }} }}");
        world.nobody().asks(&query).await.done()["memberships"].clone()
    };
    assert_eq!(on("2026-02-28").await, json!([{ "region": { "name": "江苏省" }, "left": "2026-06-01" }]));
    assert_eq!(on("2026-05-31").await.as_array().unwrap().len(), 2);
    assert_eq!(on("2026-06-01").await, json!([{ "region": { "name": "上海市" }, "left": null }]));
    assert_eq!(
        world.entries(&id).await,
        ["AllianceOpened", "AllianceJoined", "AllianceJoined", "AllianceLeft"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_office_that_keeps_an_alliance_changes_it() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let other = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let opened =
        office.does("openAlliance", json!({ "name": "联盟", "idempotencyKey": key() }), "id").await.done();
    let id = opened["id"].as_str().unwrap();
    other.does("joinAlliance", membership(id, 1, "320000", "2026-01-01"), "id").await.refused("NOT_FOUND");
    hospital.does("joinAlliance", membership(id, 1, "320000", "2026-01-01"), "id").await.refused("FORBIDDEN");
}
