//! Recalls of selected products, and packs that were added to them.
use serde_json::{Value, json};

use super::market::told;
use super::shop::Shop;
use crate::contract::deal::orders;
use crate::listing::shelf::Shelf;
use crate::support::actor::{Actor, Outcome, key};
use crate::support::postgres::texts;

pub(super) async fn blocks(who: &Actor, product: &str, kind: &str) -> Outcome {
    let input =
        json!({ "product": product, "kind": kind, "reason": "批号A可能混入异物", "idempotencyKey": key() });
    orders(who, "blockProduct", input).await
}

async fn lifts(who: &Actor, product: &str, block: &Value) -> Outcome {
    let input = json!({ "product": product, "block": block, "reason": "已排除", "idempotencyKey": key() });
    orders(who, "liftProductBlock", input).await
}

async fn history(who: &Actor, product: &str) -> Vec<Value> {
    let query = format!(
        "{{ productBlocks(product: {product:?}, first: 9) {{ nodes {{ id kind source reason liftReason }} }} }}"
    );
    who.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recall_stops_new_orders_of_a_selected_product_and_tells_what_else_there_is() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, office, firm, distributor, one, products, .. } = &shop;
    let shelf = Shelf::of(world, "乙药业", office).await;
    let listing = shelf.lists(office, "310000", "4.20").await;
    let before = shop.orders(&one.actor, &[(0, "10")]).await.swap_remove(0);
    let product = products[0].as_str();
    let stranger = world.manager("PROCUREMENT_OFFICE", "310000").await;
    blocks(&stranger, product, "RECALL").await.refused("NOT_FOUND");
    let far = world.manager("REGULATOR", "320000").await;
    blocks(&far, product, "RECALL").await.refused("NOT_FOUND");
    blocks(&firm.actor, product, "RECALL").await.refused("FORBIDDEN");
    // Of orders and a recall at once, none comes after the recall.
    let asking = (0..20).map(|_| one.actor.does("placeOrder", shop.wishes(&[(1, "1"), (0, "1")]), "id"));
    let (tried, blocked) =
        tokio::join!(futures_util::future::join_all(asking), blocks(office, product, "RECALL"));
    blocked.done();
    assert!(tried.iter().all(|order| ["ok", "CONTRACT_BLOCKED"].contains(&order.code().as_str())));
    let query = "SELECT count(*)::text AS line FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN contracts c ON c.id = l.contract
        JOIN product_blocks b ON b.product = c.product WHERE o.placed_at > b.set_at";
    assert_eq!(texts(&world.database.app, query).await, ["0"]);
    let stopped = one.actor.does("placeOrder", shop.wishes(&[(1, "1"), (0, "1")]), "id").await;
    stopped.refused("CONTRACT_BLOCKED");
    assert_eq!(told(&stopped), ("RECALL: 批号A可能混入异物".to_owned(), json!(2)));
    blocks(office, product, "RECALL").await.refused("PRODUCT_BLOCK_STATE");
    // What was ordered goes on, and what is not blocked is ordered.
    shop.confirms(&distributor.actor, &[&before]).await.done();
    shop.orders(&one.actor, &[(1, "1")]).await;

    let query = format!(
        "{{ orderAlternatives(contract: {:?}) {{ listingId contractId holderName packUnits price }} }}",
        shop.contracts[0]
    );
    let other = json!([{ "listingId": listing["id"], "contractId": null, "holderName": "乙药业", "packUnits": "14", "price": "4.2" }]);
    assert_eq!(one.actor.asks(&query).await.done(), other);
    let concerned = format!(
        "SELECT (concerns && ARRAY['{}'::uuid])::text AS line FROM audit_entries WHERE kind = 'ProductBlocked'",
        uuid(&one.actor)
    );
    assert_eq!(
        texts(&world.database.app, &concerned).await,
        ["true"],
        "hospitals with a part of it are told"
    );

    // The regulator's block is another one: each side lifts its own.
    let regulator = world.manager("REGULATOR", "310000").await;
    blocks(&regulator, product, "SANCTION").await.done();
    let open = history(&world.nobody(), product).await;
    let kinds: Vec<(&Value, &Value)> = open.iter().map(|one| (&one["kind"], &one["source"])).collect();
    assert_eq!(kinds, [(&json!("SANCTION"), &json!("REGULATOR")), (&json!("RECALL"), &json!("OFFICE"))]);
    lifts(office, product, &open[0]["id"]).await.refused("PRODUCT_BLOCK_STATE");
    lifts(office, product, &open[1]["id"]).await.done();
    lifts(office, product, &open[1]["id"]).await.refused("PRODUCT_BLOCK_STATE");
    let still = one.actor.does("placeOrder", shop.wishes(&[(0, "1")]), "id").await;
    still.refused("CONTRACT_BLOCKED");
    assert_eq!(told_kind(&still), "SANCTION");
    lifts(&regulator, product, &open[0]["id"]).await.done();
    shop.orders(&one.actor, &[(0, "1")]).await;
    assert_eq!(history(office, product).await[1]["liftReason"], "已排除");
    assert_eq!(world.entries(product).await.iter().filter(|kind| *kind == "ProductUnblocked").count(), 2);
}

fn uuid(who: &Actor) -> String {
    who.organization.split_once('_').unwrap().1.to_owned()
}

fn told_kind(outcome: &Outcome) -> String {
    told(outcome).0.split(':').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_added_pack_is_ordered_at_its_price_and_counts_by_its_content() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { office, firm, one, products, contracts, .. } = &shop;
    // 25mg in packs of 20: a third of the content of the selected 75mg.
    let size = |content: &str, units: u32| json!({ "content": content, "units": units });
    let pack = json!({ "product": products[1], "spec": "25mg×20片", "selected": size("75", 24), "offered": size("25", 20),
        "price": "0.50", "evidence": "同一批准文号", "idempotencyKey": key() });
    let asked = firm.actor.does("requestPack", pack, "pack { id version }").await.done()["pack"].clone();
    let wish = |packs: &str, units: &str| {
        json!({ "lines": [{ "contract": contracts[1], "addedPack": asked["id"], "packUnits": units, "packs": packs }],
            "idempotencyKey": key() })
    };
    one.actor.does("placeOrder", wish("10", "20"), "id").await.refused("PACK_UNKNOWN");
    let add = json!({ "id": asked["id"], "version": asked["version"], "add": true, "idempotencyKey": key() });
    office.does("decidePack", add, "pack { id }").await.done();
    one.actor.does("placeOrder", wish("10", "24"), "id").await.refused("PACK_UNKNOWN");
    let fields = "lines(first: 9) { nodes { id price addedPackId spec kind } }";
    let order = one.actor.does("placeOrder", wish("10", "20"), fields).await.done();
    let line = &order["lines"]["nodes"][0];
    let seen = [&line["price"], &line["addedPackId"], &line["spec"], &line["kind"]];
    assert_eq!(seen, [&json!("0.5"), &asked["id"], &json!("25mg×20片"), &json!("SELECTED")]);
    let id = line["id"].as_str().unwrap();
    shop.confirms(&firm.actor, &[id]).await.done();
    // Seven packs and three: 140 tablets of 25mg are 46 of 75mg, 200 are 66.
    let shipped = shop.ships(&firm.actor, &[(id, "7"), (id, "3")]).await.done();
    let bought = async || {
        let query = format!(
            "{{ contractFulfilment(contract: {:?}) {{ progress {{ bought }} counts {{ ordered shipped accepted }} }} }}",
            contracts[1]
        );
        office.asks(&query).await.done()
    };
    shop.accepts(&one.actor, json!([{ "delivery": shipped[0] }])).await.done();
    assert_eq!(bought().await["progress"]["bought"], "46");
    shop.accepts(&one.actor, json!([{ "delivery": shipped[1] }])).await.done();
    let seen = bought().await;
    assert_eq!(seen["counts"], json!({ "ordered": "66", "shipped": "66", "accepted": "66" }));
    assert_eq!(seen["progress"]["bought"], "66");
}
