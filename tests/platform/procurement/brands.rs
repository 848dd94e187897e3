//! Which products brand demand may name, as institutions are shown them, and that this tells nothing of bids.
use serde_json::{Value, json};

use super::qualification::{applies, approves, product};
use super::stage::{Stage, nodes};
use crate::support::actor::{Actor, key};
use crate::support::rounds::{BIDS_END, DEMAND, HOUR, a_round, announced};
use crate::support::world::World;

async fn brands(reader: &Actor, round: &str) -> crate::support::actor::Outcome {
    let fields = "productId name holderName lotName specId specName";
    reader.asks(&format!("{{ demandBrands(round: {round:?}, first: 50) {{ nodes {{ {fields} }} }} }}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn institutions_list_the_qualified_products_and_report_by_their_names() {
    let world = World::new().await;
    let mut announcement = a_round();
    announcement["disclosure"] = json!("SELECTED_NAMES");
    let round = announced(&world, announcement).await;
    let spec = round.spec(1, "10");
    let (hospital, reviewer) =
        (world.manager("HOSPITAL", "320106").await, world.manager("REVIEW_BODY", "320000").await);
    let (firm, pending) =
        (world.manager("MANUFACTURER", "320000").await, world.manager("MANUFACTURER", "320000").await);
    let held = applies(&firm, &round.id, &[product(spec, "阿托伐他汀钙片")]).await;
    approves(&round.office, &held).await;
    applies(&pending, &round.id, &[product(spec, "立普妥")]).await;
    brands(&hospital, &round.id).await.refused("ROUND_CLOSED");

    world.moves_clock_to(DEMAND * HOUR + 60).await;
    let mut logins = Vec::new();
    for actor in [&hospital, &reviewer, &firm] {
        logins.push(world.logs_in(&actor.login).await);
    }
    let [hospital, reviewer, firm] = &logins[..] else { panic!() };
    let listed = brands(hospital, &round.id).await.done();
    let name =
        world.admin().asks(&format!("{{ organization(id: {:?}) {{ name }} }}", firm.organization)).await;
    let expected = json!([{ "productId": held.products[0], "name": "阿托伐他汀钙片", "holderName": name.json["data"]["organization"]["name"],
        "lotName": "阿托伐他汀口服常释剂型", "specId": spec, "specName": "10mg" }]);
    assert_eq!(listed["nodes"], expected, "what is not decided yet is not listed");
    assert_eq!(brands(reviewer, &round.id).await.done(), listed);
    brands(firm, &round.id).await.refused("FORBIDDEN");
    brands(&world.nobody(), &round.id).await.refused("UNAUTHENTICATED");
    let line =
        json!({ "spec": spec, "product": listed["nodes"][0]["productId"], "volume": "60", "pastUse": "0" });
    let input = json!({ "round": round.id, "lines": [line], "idempotencyKey": key() });
    hospital.does("fillDemand", input, "id").await.done();

    world.moves_clock_to(BIDS_END * HOUR + 1).await;
    let hospital = world.logs_in(&hospital.login).await;
    brands(&hospital, &round.id).await.refused("ROUND_CLOSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_the_same_whoever_seals_a_bid() {
    let stage = Stage::bidding(World::new().await, "SELECTED_NAMES", 3).await;
    let hospital = &stage.hospitals[0];
    let before = brands(hospital, &stage.live.id).await.done();
    let products =
        |listed: &Value| nodes(listed).iter().map(|one| one["productId"].clone()).collect::<Vec<Value>>();
    assert_eq!(products(&before).len(), 6, "two of each firm");
    for firm in 0..2 {
        stage.seals(firm, ["8", "90"]).await;
        assert_eq!(brands(hospital, &stage.live.id).await.done(), before, "a bid shows in the list");
    }
}
