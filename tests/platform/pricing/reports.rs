//! What is reported is taken once, corrected without being edited, and kept apart where it may be a slip.
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::market::{Market, prices, reports, seen, with};
use crate::support::actor::{Actor, key};
use crate::support::http::send;
use crate::support::postgres::texts;

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_taken_once_and_corrected_without_being_edited() {
    let market = Market::opens().await;
    let Market { world, hospital, regulator, one, .. } = &market;
    let bought =
        |key: &str, price: &str| with(one.line(key, "TRANSACTION", price), &json!({ "packs": "40" }));
    let wrong = [
        with(bought("3", "12.30"), &json!({ "region": "330000" })),
        with(bought("4", "12.30"), &json!({ "observedOn": "2099-01-01" })),
        with(bought("5", "12.30"), &json!({ "code": "立普妥" })),
        one.line("6", "LISTED", "12.30"),
        bought("1", "12.50"),
    ];
    let lines = [&[bought("1", "12.30"), bought("2", "12.40")], &wrong[..]].concat();
    let report = reports(hospital, &lines).await.done();
    assert_eq!(
        (&report["taken"], &report["unchanged"], &report["ticketIds"]),
        (&json!(2), &json!(0), &json!([]))
    );
    let refused: Vec<(i64, &str, &str)> = report["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (one["line"].as_i64().unwrap(), one["code"].as_str().unwrap(), one["field"].as_str().unwrap())
        })
        .collect();
    let expected = [
        (3, "FORBIDDEN", "region"),
        (4, "PRICE_REPORT_INVALID", "observedOn"),
        (5, "ITEM_CODE_INVALID", "code"),
        (6, "PRICE_REPORT_INVALID", "kind"),
        (7, "PRICE_REPORT_INVALID", "key"),
    ];
    assert_eq!(refused, expected);

    let again = reports(hospital, &[bought("2", "12.40"), bought("1", "12.30")]).await.done();
    assert_eq!((&again["taken"], &again["unchanged"]), (&json!(0), &json!(2)), "the same says nothing new");
    let corrected = with(bought("1", "12.60"), &json!({ "observedOn": "2026-09-30" }));
    let report = reports(hospital, &[corrected]).await.done();
    assert_eq!((&report["taken"], &report["superseded"]), (&json!(1), &json!(1)), "also into another month");

    let of = format!("item: {:?}", one.item);
    let now = seen(regulator, &of).await;
    assert_eq!(prices(&now), ["12.4", "12.6"], "the newest day first");
    let [second, first] = &now[..] else { panic!("{now:?}") };
    assert_eq!(
        (&second["price"]["region"], &second["price"]["unitPrice"]),
        (&json!("320106"), &json!("0.88571429"))
    );
    let all = seen(regulator, &format!("{of}, superseded: true")).await;
    let old = all.iter().find(|one| !one["supersededById"].is_null()).unwrap();
    assert_eq!((&old["price"]["price"], &old["supersededById"]), (&json!("12.3"), &first["id"]));
    assert_eq!(first["supersedesId"], old["id"]);
    let months = "SELECT relname::text AS line FROM pg_class WHERE relname ~ '^price_observations_[0-9]{6}$' ORDER BY 1";
    let months = texts(&world.database.app, months).await;
    assert_eq!(months, ["price_observations_202609", "price_observations_202610"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_say_it_at_once_one_is_heard() {
    let market = Market::opens().await;
    let Market { hospital, regulator, one, .. } = &market;
    let lines: Vec<Value> =
        (0..20).map(|number| one.line(&format!("L{number}"), "TRANSACTION", "12.30")).collect();
    let mut backwards = lines.clone();
    backwards.reverse();
    let (first, second) = tokio::join!(reports(hospital, &lines), reports(hospital, &backwards));
    let count = |report: &Value, what: &str| report[what].as_i64().unwrap();
    let (first, second) = (first.done(), second.done());
    assert_eq!(count(&first, "taken") + count(&second, "taken"), 20);
    assert_eq!(count(&first, "unchanged") + count(&second, "unchanged"), 20);
    assert_eq!(seen(regulator, &format!("item: {:?}", one.item)).await.len(), 20);

    // Two corrections at once: one stands in the place of the other, and nothing is left over.
    let corrected = |price: &str| [one.line("L0", "TRANSACTION", price)];
    let (up, down) = (corrected("12.31"), corrected("12.29"));
    let (up, down) = tokio::join!(reports(hospital, &up), reports(hospital, &down));
    assert_eq!(count(&up.done(), "superseded") + count(&down.done(), "superseded"), 2);
    let now = seen(regulator, &format!("item: {:?}", one.item)).await;
    assert_eq!(now.len(), 20);
    assert_eq!(now.iter().filter(|one| one["price"]["key"] == "L0").count(), 1);
}

async fn tickets(who: &Actor) -> Vec<Value> {
    let fields = "id version doubt value expected factor sample rules state reason observationId price { key price packUnits }";
    let query = format!("{{ priceTickets(first: 20) {{ nodes {{ {fields} }} }} }}");
    who.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
}

async fn settles(who: &Actor, ticket: &Value, real: bool) -> crate::support::actor::Outcome {
    let input = json!({ "id": ticket["id"], "version": ticket["version"], "real": real, "reason": "已核对发票",
        "idempotencyKey": key() });
    who.does("settlePriceTicket", input, "state reason observationId").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_the_unit_waits_until_somebody_has_looked() {
    let market = Market::opens().await;
    let Market { world, hospital, regulator, one, two, .. } = &market;
    let of = format!("item: {:?}", one.item);
    let known: Vec<Value> =
        ["12.30", "12.20", "12.40"].iter().map(|price| one.line(price, "TRANSACTION", price)).collect();
    reports(hospital, &known).await.done();
    let slips = [
        one.line("times ten", "TRANSACTION", "123.00"),
        one.line("per tablet", "TRANSACTION", "0.88"),
        with(one.line("box of boxes", "TRANSACTION", "123.00"), &json!({ "packUnits": "140" })),
        one.line("dearer", "TRANSACTION", "18.00"),
    ];
    let report = reports(hospital, &slips).await.done();
    assert_eq!((&report["taken"], report["ticketIds"].as_array().unwrap().len()), (&json!(1), 3), "{report}");
    assert_eq!(prices(&seen(regulator, &of).await).len(), 4, "what is in doubt is no price");

    let waiting = tickets(hospital).await;
    assert_eq!(waiting, tickets(regulator).await);
    let told = |key: &str| waiting.iter().find(|one| one["price"]["key"] == key).unwrap();
    let ten = told("times ten");
    assert_eq!((&ten["doubt"], &ten["factor"], &ten["sample"]), (&json!("FACTOR"), &json!("10"), &json!(3)));
    assert_eq!((&ten["value"], &ten["expected"]), (&json!("8.7857142857"), &json!("0.8785714286")));
    assert_eq!(told("per tablet")["factor"], "14");
    let boxes = told("box of boxes");
    assert_eq!(
        (&boxes["doubt"], &boxes["value"], &boxes["expected"]),
        (&json!("PACK"), &json!("140"), &json!("14"))
    );
    assert!(ten["rules"].as_str().unwrap().starts_with("cn-monitor-2026@"));

    // Nobody else's business, and no program's.
    settles(&two.firm, ten, true).await.refused("NOT_FOUND");
    let (id, secret) = world.client(hospital, "HOSPITAL", &["REPORT_PRICES", "OWN_PRICES"]).await;
    let program = Actor::client(world.address(), (&id, &secret)).await;
    settles(&program, ten, true).await.refused("FORBIDDEN");
    let own = reports(&program, &[one.line("by program", "TRANSACTION", "12.35")]).await.done();
    assert_eq!(own["taken"], 1);

    let confirmed = settles(regulator, ten, true).await.done();
    assert_eq!(confirmed["state"], "CONFIRMED");
    settles(regulator, ten, true).await.refused("PRICE_TICKET_STATE");
    assert_eq!(settles(hospital, boxes, false).await.done()["state"], "WITHDRAWN");
    let right = [one.line("per tablet", "TRANSACTION", "12.32")];
    assert_eq!(reports(hospital, &right).await.done()["taken"], 1);
    let now = tickets(hospital).await;
    let states: Vec<&str> = now.iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(now.iter().filter(|one| one["state"] == "OPEN").count(), 0, "{states:?}");
    let mut counted = seen(regulator, &of).await;
    counted.sort_by_key(|one| one["price"]["key"].to_string());
    assert_eq!(prices(&counted), ["12.2", "12.3", "12.4", "12.35", "18", "12.32", "123"]);
    // What a person confirmed is known from now on.
    let same = reports(hospital, &[one.line("ten again", "TRANSACTION", "123.00")]).await.done();
    assert_eq!((&same["taken"], &same["ticketIds"]), (&json!(1), &json!([])));
}

async fn brings(who: &Actor, bytes: &[u8]) -> Value {
    let bearer = format!("Bearer {}", who.token.clone().unwrap_or_default());
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", &key())];
    let begun = send(who.to, "POST /imports/prices?name=prices.csv", &headers, bytes).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    let query = format!(
        "{{ import(id: {}) {{ status rowsAccepted rowsRejected rejectedRows {{ id }} }} }}",
        begun.json()["id"]
    );
    let started = Instant::now();
    loop {
        let found = who.asks(&query).await.done();
        if found["status"] == "DONE" || found["status"] == "FAILED" {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(120), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_prices_is_brought_in_however_it_is_written() {
    let market = Market::opens().await;
    let Market { regulator, one, two, .. } = &market;
    let header =
        "流水号,价格类型,编码,地区代码,日期,价格,最小单位数,数量,生产企业,国家,币种,汇率,汇率说明,汇率日期\n";
    let rows = [
        format!("1,成交价,{},320100,2026-10-05,12.30,,40,,,,,,", one.code),
        format!("2,挂网价,{},320000,2026-10-06,12.80,14,,,,,,,", two.code),
        format!("3,境外价,{},320000,2026-10-06,3.1,28,,,US,USD,7.1,十二个月平均中间价,2026-09-30", one.code),
        format!("4,成交价,{},330000,2026-10-05,12.30,,40,,,,,,", one.code),
        format!("5,成交价,{},320100,2026-10-05,12.30,,半盒,,,,,,", one.code),
    ];
    let table = format!("{header}{}\n", rows.join("\n"));
    let (gb18030, _, _) = encoding_rs::GB18030.encode(&table);
    let done = brings(regulator, &gb18030).await;
    assert_eq!((&done["rowsAccepted"], &done["rowsRejected"]), (&json!("3"), &json!("2")), "{done}");
    let told = regulator.downloads(done["rejectedRows"]["id"].as_str().unwrap()).await.body;
    for expected in ["FORBIDDEN", "PRICE_REPORT_INVALID", "packs", "a whole number"] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let again = brings(regulator, format!("\u{feff}{table}").as_bytes()).await;
    assert_eq!(again["rowsAccepted"], "3");
    let found = seen(regulator, &format!("item: {:?}, across: SAME3, superseded: true", one.item)).await;
    assert_eq!(found.len(), 3, "brought in twice, taken once");
    let foreign = found.iter().find(|one| one["price"]["kind"] == "FOREIGN").unwrap();
    assert_eq!(foreign["price"]["exchange"]["basis"], "十二个月平均中间价");
    assert_eq!(foreign["price"]["unitPrice"], "0.78607143");
}
