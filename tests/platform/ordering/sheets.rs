//! Tables of orders: whole or row by row, once however often they are sent, by a clerk or by the hospital's own system.
use serde_json::{Value, json};

use super::market::Market;
use super::shop::Shop;
use crate::settlement::files::{counts, ends, rejected, sends, workbook};
use crate::support::actor::{Actor, key};
use crate::support::killed::{Hold, Killed};
use crate::support::postgres::texts;
use crate::support::worker::Worker;
use crate::support::world::World;

const HEAD: &str = "采购单号,明细序号,最小单位数,数量,采购依据,医保编码,最小单位总数,统一社会信用代码";

/// A row on a contract or a listing: number of the order, of the line, packs, basis.
fn row(order: &str, line: usize, packs: &str, basis: &str) -> String {
    format!("{order},{line},24,{packs},{basis},,,")
}

fn table(rows: &[String]) -> String {
    [HEAD.to_owned()].iter().chain(rows).map(|line| format!("{line}\n")).collect()
}

/// Brings a table in and waits for its end; `rows` is `all` or `each`.
async fn brings(who: &Actor, rows: &str, table: &str) -> Value {
    let import = sends(who, &format!("orders?name=table&rows={rows}"), table.as_bytes()).await;
    ends(who, &import).await
}

/// The lines of the reader's orders: number of the order, of the line, packs; the newest last.
async fn lines(who: &Actor) -> Vec<[String; 3]> {
    let query = "{ orderLines(first: 50) { nodes { orderNumber rowNumber ordered } } }";
    let seen = who.asks(query).await.done();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |one: &Value| ["orderNumber", "rowNumber", "ordered"].map(|name| text(&one[name]));
    let mut lines: Vec<_> = seen["nodes"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_that_is_wrong_is_told_and_a_whole_table_orders_nothing_then() {
    let shop = Shop::opens("310000", "310000").await;
    let (one, [first, second]) = (&shop.one.actor, [&shop.contracts[0], &shop.contracts[1]]);
    let other = shop.two.actor.login.split_once('@').unwrap().1.to_owned();
    let nowhere = "con_00000000000000000000000000000000";
    let rows = [
        row("PO-7", 1, "10", first),
        row("PO-7", 2, "100.002", first),
        row("PO-7", 3, "5", nowhere),
        format!("PO-7,4,24,100,{second},,100,"),
        format!("PO-7,5,25,1,{second},,,"),
        row("PO-7", 1, "11", first),
        format!("PO-7,6,24,1,{second},,,{other}"),
        row("PO-8", 1, "3", second),
        "PO-8,2,24,1,,86901110000020,,".to_owned(),
    ];
    let faults = [
        "3 QUANTITY_INVALID packs a whole number, 1 to 1000000000",
        "4 NOT_FOUND contract ",
        "5 PACK_UNIT_SLIP units 100 packs of 24 are 2400 units",
        "6 PACK_UNKNOWN packUnits ",
        "7 ORDER_INVALID line each once",
        "8 NOT_FOUND creditCode ",
        "10 ITEM_CODE_UNKNOWN itemCode ",
    ];
    let before = shop.everything().await;
    let whole = brings(one, "all", &table(&rows)).await;
    assert_eq!(counts(&whole), ["DONE", "9", "0", "7"]);
    assert_eq!(rejected(one, &whole).await, faults);
    assert_eq!(shop.everything().await, before, "one row that is wrong keeps out every other one");

    let each = brings(one, "each", &table(&rows)).await;
    assert_eq!(counts(&each), ["DONE", "9", "2", "7"]);
    assert_eq!(rejected(one, &each).await, faults);
    assert_eq!(lines(one).await, [["PO-7", "1", "10"], ["PO-8", "1", "3"]]);

    // The rejected rows, put right, are ordered; those that were ordered before are left alone, and told where they say something else.
    let file = one.downloads(each["rejectedRows"]["id"].as_str().unwrap()).await.body;
    let right = file.replace("100.002", "100").replace(nowhere, second).replace(",,100,", ",,2400,");
    let again = brings(one, "each", &right).await;
    assert_eq!(counts(&again), ["DONE", "7", "3", "4"]);
    let mut changed = rows.clone();
    changed[0] = row("PO-7", 1, "12", first);
    let told = brings(one, "all", &table(&changed[..1])).await;
    assert_eq!(rejected(one, &told).await, ["2 ORDER_ROW_TAKEN line "]);
    let ordered = [
        ["PO-7", "1", "10"],
        ["PO-7", "2", "100"],
        ["PO-7", "3", "5"],
        ["PO-7", "4", "100"],
        ["PO-8", "1", "3"],
    ];
    assert_eq!(lines(one).await, ordered);
    let wrong = sends_wrong(one).await;
    assert_eq!(wrong, "UPLOAD_INVALID");
}

async fn sends_wrong(who: &Actor) -> String {
    let bearer = format!("Bearer {}", who.token.clone().unwrap_or_default());
    let key = key();
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str())];
    let to = "POST /imports/orders?name=table&rows=some";
    let reply = crate::support::http::send(who.to, to, &headers, b"x").await;
    reply.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_thousands_of_lines_is_one_order_once_by_the_hospitals_own_system() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, one, two, contracts, .. } = &shop;
    let rights = ["PLACE_ORDERS", "OWN_CONTRACTS", "OWN_ORGANIZATION"];
    let (id, secret) = world.client(&one.actor, "HOSPITAL", &rights).await;
    let system = Actor::client(world.address(), (&id, &secret)).await;
    let rows: Vec<String> =
        (1..=2_300).map(|line| row("PO-2026-11", line, "2", &contracts[line % 2])).collect();
    let text = table(&rows);
    // The same table twice at once, and once more as a workbook.
    let (left, right) = tokio::join!(brings(&system, "all", &text), brings(&one.actor, "each", &text));
    assert_eq!([counts(&left), counts(&right)], [["DONE", "2300", "2300", "0"]; 2]);
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let import = sends(&system, "orders?name=table", &workbook(&lines)).await;
    assert_eq!(counts(&ends(&system, &import).await), ["DONE", "2300", "2300", "0"]);
    let ordered =
        "SELECT count(DISTINCT order_id) || ' ' || count(*) || ' ' || sum(ordered) AS line FROM order_lines";
    assert_eq!(texts(&world.database.app, ordered).await, ["1 2300 4600"]);
    let orders = system.asks("{ orders(first: 9) { nodes { number lineCount } } }").await.done();
    assert_eq!(orders["nodes"], json!([{ "number": "PO-2026-11", "lineCount": 2300 }]));
    // Nobody else brings in what is not theirs to order, and a program brings in nothing else.
    let stranger = brings(&two.actor, "all", &text).await;
    assert_eq!(counts(&stranger), ["DONE", "2300", "2300", "0"], "its own order of that number");
    let limited = world.client(&one.actor, "HOSPITAL", &["OWN_ORGANIZATION"]).await;
    let limited = Actor::client(world.address(), (&limited.0, &limited.1)).await;
    assert_eq!(sends_code(&limited, "orders").await, "FORBIDDEN");
    assert_eq!(sends_code(&shop.firm.actor, "orders").await, "FORBIDDEN");
    assert_eq!(sends_code(&system, "prices").await, "FORBIDDEN");
}

async fn sends_code(who: &Actor, kind: &str) -> String {
    let bearer = format!("Bearer {}", who.token.clone().unwrap_or_default());
    let key = key();
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str())];
    let to = format!("POST /imports/{kind}?name=table");
    let reply = crate::support::http::send(who.to, &to, &headers, b"a,b\n1,2\n").await;
    reply.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_takes_of_what_is_rationed_in_its_order_and_no_more_than_there_is() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { office, one, products, contracts, .. } = &shop;
    // Ten packs for all, eight for each.
    let input = json!({ "product": products[1], "regionCode": "310000", "units": "240", "cap": "192",
        "reason": "原料短缺", "idempotencyKey": key() });
    office.does("declareRationing", input, "id").await.done();
    let rows = [
        row("A", 1, "5", &contracts[1]),
        row("A", 2, "4", &contracts[1]),
        row("B", 1, "3", &contracts[1]),
        row("B", 2, "1", &contracts[1]),
    ];
    let before = shop.everything().await;
    let whole = brings(&one.actor, "all", &table(&rows)).await;
    let short = ["3 RATION_EXCEEDED packs ", "5 RATION_EXCEEDED packs "];
    assert_eq!(rejected(&one.actor, &whole).await, short);
    assert_eq!(shop.everything().await, before);
    let each = brings(&one.actor, "each", &table(&rows)).await;
    assert_eq!(rejected(&one.actor, &each).await, short);
    let taken = one.actor.asks("{ rationings(first: 1) { nodes { own } } }").await.done();
    assert_eq!(taken["nodes"][0]["own"], "192");
    assert_eq!(lines(&one.actor).await, [["A", "1", "5"], ["B", "1", "3"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_by_the_national_interfaces_names_orders_what_its_codes_stand_for_once_whoever_dies() {
    let market = Market::of(World::with(|config| config.jobs = 0).await).await;
    let Market { world, shelf, one, two, .. } = &market;
    let query = format!("{{ item(id: {:?}) {{ ownCode }} }}", shelf.item);
    let code = one.asks(&query).await.done()["ownCode"].as_str().unwrap().to_owned();
    let member = two.login.split_once('@').unwrap().1.to_owned();
    let text = format!(
        "order,fixmedins_bchno,pack units,purc_retn_cnt,med_list_codg,credit code\nPO-1,1,14,10,{code},\nPO-1,2,14,2,{code},{member}\nPO-1,3,28,1,{code},\n"
    );
    let import = sends(one, "orders?name=table&rows=each", text.as_bytes()).await;
    let (owner, app) = (world.database.owner.clone(), world.database.app.clone());
    let held = Hold::of_table(&owner, "order_lines").await;
    Killed::worker(&world.database).at_what_is_held(&app).await;
    held.ends().await;
    let ordered = "SELECT count(*)::text AS line FROM order_lines";
    assert_eq!(texts(&app, ordered).await, ["0"]);
    world.moves_clock_to(120).await;
    let worker = Worker::of(world);
    let told = ends(one, &import).await;
    worker.ends();
    assert_eq!(counts(&told), ["DONE", "3", "1", "2"]);
    assert_eq!(rejected(one, &told).await, ["3 NOT_FOUND creditCode ", "4 NOT_FOUND itemCode "]);
    let query = "{ orderLines(first: 9) { nodes { kind listingId rowNumber ordered } } }";
    let line =
        json!([{ "kind": "LISTED", "listingId": market.listing["id"], "rowNumber": "1", "ordered": "10" }]);
    assert_eq!(one.asks(query).await.done()["nodes"], line);
    assert_eq!(two.asks(query).await.done()["nodes"], json!([]));
}
