//! What the platform sees itself: each price once, whatever runs twice.
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};

use super::market::{Market, seen};
use crate::ordering::shop::Shop;
use crate::support::actor::key;
use crate::support::postgres::texts;
use crate::support::redis::until;

/// What counts now, with what the platform calls it.
const COUNTS: &str = "SELECT concat_ws(' ', kind, region, price::float8, pack_units, coalesce(packs::text, '-'), disclosed, \
    left(source_key, 5), maker) AS line FROM price_observations WHERE superseded_by IS NULL ORDER BY kind, price";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_selected_and_bought_is_seen_once() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, one, distributor, .. } = &shop;
    let counts = async || texts(&world.database.app, COUNTS).await;
    let selected = ["SELECTED 310000 0.13 1 - f #sel_ 企业", "SELECTED 310000 0.2021 1 - f #sel_ 企业"];
    until("the result is seen", async || counts().await == selected).await;

    let line = shop.orders(&one.actor, &[(0, "100")]).await.swap_remove(0);
    shop.confirms(&distributor.actor, &[&line]).await.done();
    let shipped = shop.ships(&distributor.actor, &[(&line, "100")]).await.done();
    let accepted = shop
        .accepts(&one.actor, json!([{ "delivery": shipped[0], "accepted": "60", "rejected": "0" }]))
        .await
        .done();
    let bought = |packs: &str| {
        let line = format!("TRANSACTION 310000 4.8504 24 {packs} f #acc_ 企业");
        [selected.map(str::to_owned).to_vec(), vec![line]].concat()
    };
    until("the purchase is seen", async || counts().await == bought("60")).await;
    shop.returns(&one.actor, &accepted[0], "10").await.done();
    until("the return is seen", async || counts().await == bought("50")).await;

    // Every job that there was once more: nothing changes.
    let before =
        texts(&world.database.app, "SELECT id::text AS line FROM price_observations ORDER BY 1").await;
    let mut owner = AsyncPgConnection::establish(&world.database.owner).await.unwrap();
    let again = "UPDATE jobs SET status = 'QUEUED', due_at = app_clock(), ended_at = NULL, tries = 0 WHERE kind = 'PRICE_FEED' AND status = 'DONE'";
    let repeated = diesel::sql_query(again).execute(&mut owner).await.unwrap();
    assert!(repeated >= 3, "{repeated}");
    let left = "SELECT id::text AS line FROM jobs WHERE kind = 'PRICE_FEED' AND status <> 'DONE'";
    until("they are done again", async || texts(&world.database.app, left).await.is_empty()).await;
    let after =
        texts(&world.database.app, "SELECT id::text AS line FROM price_observations ORDER BY 1").await;
    assert_eq!(after, before);
    shop.returns(&one.actor, &accepted[0], "50").await.done();
    until("all of it went back", async || counts().await == bought("0")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_is_seen_with_each_of_its_prices() {
    let market = Market::opens().await;
    let Market { office, one, two, .. } = &market;
    let input = json!({ "item": one.item, "region": "320000", "price": "14.00", "explanation": "按成本定价", "idempotencyKey": key() });
    let applied = one.firm.does("applyForListing", input, "id version").await.done();
    let approve = "mutation($i: ListingInput!) { approveListing(input: $i) { id version } }";
    let input = json!({ "id": applied["id"], "version": applied["version"], "reason": "已核对成本", "idempotencyKey": key() });
    let listed: Value = office.asks_with(approve, json!({ "i": input })).await.done();
    let input = json!({ "id": listed["id"], "version": listed["version"], "price": "13.30", "withOffice": false,
        "explanation": "原料价格变化", "idempotencyKey": key() });
    one.firm.does("changeListingPrice", input, "id").await.done();
    let of = format!("item: {:?}, across: SAME3", two.item);
    until("both prices are seen", async || seen(&two.firm, &of).await.len() == 2).await;
    let mut prices: Vec<String> = seen(&two.firm, &of)
        .await
        .iter()
        .map(|one| one["price"]["unitPrice"].as_str().unwrap().to_owned())
        .collect();
    prices.sort();
    assert_eq!(prices, ["0.95", "1"], "a competitor sees what is listed");
}
