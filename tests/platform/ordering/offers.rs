//! 可采购目录: what is shown before an order is what the order is told.
use serde_json::{Value, json};

use super::blocks::blocks;
use super::kinds::{answers, decides, proposes};
use super::market::Market;
use super::sellers::{appoints, ticks};
use super::shop::Shop;
use crate::listing::shelf::{Shelf, marks};
use crate::listing::support::ends;
use crate::support::actor::{Actor, key};
use crate::support::world::World;

const SHOWN: &str = "kind contractId addedPackId negotiatedId filingId listingId packUnits price sellerId left labels { kind }
    refusal { code messageZh allowed } alternatives { listingId }";

/// Everything that is shown, page by page.
async fn shown(who: &Actor, filter: &str) -> Vec<Value> {
    let (mut rows, mut after) = (Vec::new(), Value::Null);
    loop {
        let query = format!(
            "{{ orderable(first: 2, after: {after}{filter}) {{ nodes {{ {SHOWN} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let part = who.asks(&query).await.done();
        rows.extend(part["nodes"].as_array().unwrap().clone());
        if part["pageInfo"]["hasNextPage"] == false {
            return rows;
        }
        after = part["pageInfo"]["endCursor"].clone();
    }
}

/// Orders a pack of each that is shown: what was refused is refused for that reason, what was not has the price and the seller that were shown.
async fn compares(who: &Actor, rows: &[Value]) -> Vec<String> {
    let mut codes = Vec::new();
    for row in rows {
        let mut line = json!({ "packUnits": row["packUnits"], "packs": "1" });
        let named = [
            ("contract", "contractId"),
            ("addedPack", "addedPackId"),
            ("negotiated", "negotiatedId"),
            ("filing", "filingId"),
        ];
        for (field, shown) in named {
            if !row[shown].is_null() {
                line[field] = row[shown].clone();
            }
        }
        if row["kind"] == "LISTED" {
            line["listing"] = row["listingId"].clone();
        }
        let input = json!({ "lines": [line], "idempotencyKey": key() });
        let placed = who.does("placeOrder", input, "lines(first: 1) { nodes { kind price sellerId } }").await;
        let code = placed.code();
        if row["refusal"].is_null() {
            let line = placed.done()["lines"]["nodes"][0].clone();
            assert_eq!(
                (&line["kind"], &line["price"], &line["sellerId"]),
                (&row["kind"], &row["price"], &row["sellerId"])
            );
        } else {
            let extensions = &placed.json["errors"][0]["extensions"];
            let told = json!({ "code": code, "messageZh": extensions["messageZh"], "allowed": extensions["allowed"] });
            assert_eq!(row["refusal"], told, "{row}");
        }
        codes.push(format!("{} {code}", row["kind"].as_str().unwrap()));
    }
    codes
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_packs_blocks_and_rations_are_shown_as_an_order_finds_them() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, office, firm, one, two, products, .. } = &shop;
    let size = |content: &str, units: u32| json!({ "content": content, "units": units });
    let pack = json!({ "product": products[1], "spec": "25mg×20片", "selected": size("75", 24), "offered": size("25", 20),
        "price": "0.50", "evidence": "同一批准文号", "idempotencyKey": key() });
    let asked = firm.actor.does("requestPack", pack, "pack { id version }").await.done()["pack"].clone();
    let add = json!({ "id": asked["id"], "version": asked["version"], "add": true, "idempotencyKey": key() });
    office.does("decidePack", add, "pack { id }").await.done();
    assert_eq!(compares(&one.actor, &shown(&one.actor, "").await).await, ["SELECTED ok"; 3]);

    // The first is recalled; of the second there are 30 tablets, a pack of 24 and after it neither size.
    blocks(office, &products[0], "RECALL").await.done();
    let input = json!({ "product": products[1], "regionCode": "310000", "units": "30", "cap": "30", "reason": "原料短缺",
        "idempotencyKey": key() });
    office.does("declareRationing", input, "id").await.done();
    let shelf = Shelf::of(world, "乙药业", office).await;
    let listing = shelf.lists(office, "310000", "4.20").await;
    let rows = shown(&one.actor, "").await;
    let stopped = rows.iter().find(|row| !row["refusal"].is_null()).unwrap();
    assert_eq!(stopped["refusal"]["allowed"], "RECALL: 批号A可能混入异物");
    assert_eq!(stopped["alternatives"], json!([{ "listingId": listing["id"] }]));
    let left: Vec<&Value> = rows.iter().filter(|row| row["left"] == "30").collect();
    assert_eq!(left.len(), 2, "{rows:?}");
    let wishes = json!({ "lines": [{ "contract": shop.contracts[1], "packUnits": "24", "packs": "1" }], "idempotencyKey": key() });
    one.actor.does("placeOrder", wishes, "id").await.done();
    let mut codes = compares(&one.actor, &shown(&one.actor, ", filter: { kind: SELECTED }").await).await;
    codes.sort();
    assert_eq!(codes, ["SELECTED CONTRACT_BLOCKED", "SELECTED RATION_EXCEEDED", "SELECTED ok"]);
    // The added pack took the last six by its content of a third; the other institution sees what is left of all.
    let theirs = shown(&two.actor, ", filter: { kind: SELECTED }").await;
    assert_eq!(
        theirs.iter().filter(|row| row["left"] == "0" && row["refusal"]["code"] == "RATION_EXCEEDED").count(),
        2
    );
    let stranger = format!(", filter: {{ institution: {:?} }}", two.actor.organization);
    let query = format!("{{ orderable(first: 2{stranger}) {{ nodes {{ kind }} }} }}");
    one.actor.asks(&query).await.refused("NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_prices_filings_and_sellers_are_shown_as_an_order_finds_them() {
    let market = Market::of(World::new().await).await;
    let Market { world, office, shelf, one, two, .. } = &market;
    let others = [Shelf::of(world, "乙药业", office).await, Shelf::of(world, "丙药业", office).await];
    let [red, ended] = &others;
    let marked = red.lists(office, "310000", "4.20").await;
    marks(office, &marked, "RED").await.done();
    marks(office, &market.listing, "YELLOW").await.done();
    ended.lists(office, "310000", "4.30").await;
    let elsewhere = Shelf::of(world, "丁药业", office).await;
    elsewhere.applies("320000", "4.00").await.done();
    // A ticked distributor delivers for one firm, and was dismissed by another.
    let distributor = world.manager("DISTRIBUTOR", "310000").await;
    appoints(&shelf.maker, &distributor, "310000").await;
    let relation = appoints(&ended.maker, &distributor, "310000").await;
    for maker in [&shelf.maker, &ended.maker] {
        ticks(one, maker, &[&distributor]).await;
    }
    ends(&distributor, "voidDistribution", &relation).await.done();
    let price = proposes(one, &market, "9").await.done();
    answers(&shelf.maker, &price, "AGREE").await.done();
    let file = json!({ "item": shelf.item, "manufacturer": shelf.maker.organization, "price": "100", "packs": "1",
        "reason": "罕见病用药", "idempotencyKey": key() });
    let filing = one.does("filePurchase", file, "id version").await.done();
    decides(&market, office, &filing, "1").await.done();

    let rows = shown(one, "").await;
    let label = |kind: &str| rows.iter().filter(|row| row["labels"] == json!([{ "kind": kind }])).count();
    assert_eq!(
        (label("YELLOW"), label("RED")),
        (2, 1),
        "of the listing, and of the price that was agreed on for it: {rows:?}"
    );
    let mut codes = compares(one, &rows).await;
    codes.sort();
    let expected = [
        "FILED ok",
        "LISTED DISTRIBUTOR_NOT_APPOINTED",
        "LISTED LISTING_NOT_ORDERABLE",
        "LISTED ok",
        "NEGOTIATED ok",
    ];
    assert_eq!(codes, expected);
    assert_eq!(rows[0]["sellerId"], json!(distributor.organization));
    // The one pack of the filing is ordered now.
    assert_eq!(compares(one, &shown(one, ", filter: { kind: FILED }").await).await, ["FILED FILING_LIMIT"]);
    let theirs: Vec<Value> = shown(two, "").await.iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(theirs, ["LISTED", "LISTED", "LISTED"]);
}
