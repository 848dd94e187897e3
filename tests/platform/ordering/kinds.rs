//! Listed, negotiated, filed and emergency items, and what their shares come to.
use serde_json::{Value, json};

use super::market::{LINES, Market, told};
use crate::contract::deal::orders;
use crate::listing::shelf::marks;
use crate::support::actor::{Actor, Outcome, key};
use crate::support::postgres::texts;

const HOUR: i64 = 3_600;
const MOVED: &str = "id version";

async fn waits(who: &Actor, kind: &str, subject: &Value) -> bool {
    let tasks = who.asks("{ tasks(first: 50) { nodes { kind subject } } }").await.done();
    tasks["nodes"].as_array().unwrap().contains(&json!({ "kind": kind, "subject": subject }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_is_ordered_at_its_price_until_the_second_of_a_mark() {
    let market = Market::opens().await;
    let Market { world, office, shelf, listing, one, .. } = &market;
    let line = market.orders(one, market.listed(), "10").await;
    let seen = [&line["kind"], &line["price"], &line["sellerId"], &line["listingId"], &line["productName"]];
    assert_eq!(
        seen,
        [
            &json!("LISTED"),
            &json!("9.8"),
            &json!(shelf.maker.organization),
            &listing["id"],
            &json!("厄贝沙坦片")
        ]
    );
    let slip = json!({ "listing": listing["id"], "packUnits": "28" });
    market.tries(one, slip, "10").await.refused("PACK_UNKNOWN");
    let elsewhere = world.manager("HOSPITAL", "320106").await;
    let away = market.tries(&elsewhere, market.listed(), "10").await;
    away.refused("LISTING_NOT_ORDERABLE");
    assert_eq!(told(&away), ("listed in 310000".to_owned(), json!(1)));
    let both = json!({ "listing": listing["id"], "contract": "con_00000000000000000000000000000000" });
    market.tries(one, both, "10").await.refused("ORDER_BASIS");
    let applied = shelf.applies("320000", "9.80").await.done();
    let hidden = json!({ "listing": applied["id"] });
    market.tries(&elsewhere, hidden, "10").await.refused("NOT_FOUND");

    // The office sees the line although it is on no contract, and an office of elsewhere does not.
    let query = format!("{{ orderLine(id: {}) {{ kind }} }}", line["id"]);
    assert_eq!(office.asks(&query).await.done()["kind"], "LISTED");
    let other = world.manager("PROCUREMENT_OFFICE", "330000").await;
    other.asks(&query).await.refused("NOT_FOUND");

    // A price that falls holds for new orders, a recall stops them, and what was ordered is delivered.
    shelf.reprices(listing, "9.10", false).await.done();
    assert_eq!(market.orders(one, market.listed(), "1").await["price"], "9.1");
    marks(office, listing, "RECALL").await.done();
    let stopped = market.tries(one, market.listed(), "1").await;
    stopped.refused("LISTING_NOT_ORDERABLE");
    assert_eq!(told(&stopped), ("RECALL: 批号A可能混入异物".to_owned(), json!(1)));
    market.delivers(one, &line, "10").await;
    let acceptance =
        format!("{{ acceptances(line: {}, first: 1) {{ nodes {{ amount difference }} }} }}", line["id"]);
    let taken = one.asks(&acceptance).await.done()["nodes"][0].clone();
    assert_eq!(
        taken,
        json!({ "amount": "98.00", "difference": "0.00" }),
        "the price of the order holds here"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_and_orders_at_once_leave_no_order_after_the_mark() {
    let market = Market::opens().await;
    let asking = (0..20).map(|_| market.tries(&market.one, market.listed(), "1"));
    let (orders, marked) = tokio::join!(
        futures_util::future::join_all(asking),
        marks(&market.office, &market.listing, "SANCTION")
    );
    marked.done();
    let placed = orders.iter().filter(|order| order.code() == "ok").count();
    let stopped = orders.iter().filter(|order| order.code() == "LISTING_NOT_ORDERABLE").count();
    assert_eq!(placed + stopped, 20);
    let query = "SELECT count(*)::text AS line FROM order_lines l JOIN orders o ON o.id = l.order_id, listing_marks m WHERE o.placed_at > m.set_at";
    assert_eq!(texts(&market.world.database.app, query).await, ["0"]);
}

pub(super) async fn proposes(who: &Actor, market: &Market, price: &str) -> Outcome {
    let input = json!({ "listing": market.listing["id"], "price": price, "explanation": "用量大", "idempotencyKey": key() });
    who.does("proposePrice", input, MOVED).await
}

pub(super) async fn answers(who: &Actor, price: &Value, answer: &str) -> Outcome {
    let reason = (answer != "AGREE").then_some("成本上涨");
    let input = json!({ "id": price["id"], "version": price["version"], "answer": answer, "reason": reason,
        "idempotencyKey": key() });
    who.does("answerPrice", input, MOVED).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_both_agree_on_is_ordered_at_by_that_hospital_alone_and_follows_the_list_down() {
    let market = Market::opens().await;
    let Market { world, shelf, one, two, .. } = &market;
    let above = proposes(one, &market, "9.8001").await;
    above.refused("PRICE_ABOVE_LISTED");
    assert_eq!(above.json["errors"][0]["extensions"]["allowed"], "at most 9.8");
    let asked = proposes(one, &market, "9").await.done();
    proposes(one, &market, "8").await.refused("NEGOTIATION_STATE");
    assert!(waits(&shelf.maker, "ANSWER_PRICE", &asked["id"]).await);
    let on = |price: &Value| json!({ "negotiated": price["id"] });
    market.tries(one, on(&asked), "1").await.refused("NEGOTIATION_STATE");
    let neighbour = world.manager("MANUFACTURER", "310000").await;
    answers(&neighbour, &asked, "AGREE").await.refused("NOT_FOUND");
    answers(one, &asked, "AGREE").await.refused("FORBIDDEN");
    // The firm agrees and the hospital takes it back at once: one of them does.
    let (agreed, ended) = tokio::join!(answers(&shelf.maker, &asked, "AGREE"), answers(one, &asked, "END"));
    let mut codes = [agreed.code(), ended.code()];
    codes.sort();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    let price = if agreed.code() == "ok" {
        agreed.done()
    } else {
        let again = proposes(one, &market, "9").await.done();
        answers(&shelf.maker, &again, "AGREE").await.done()
    };
    let line = market.orders(one, on(&price), "10").await;
    assert_eq!((&line["kind"], &line["price"]), (&json!("NEGOTIATED"), &json!("9")));
    market.tries(two, on(&price), "1").await.refused("NOT_FOUND");
    assert_eq!(market.orders(two, market.listed(), "1").await["price"], "9.8", "nobody else pays it");
    let query = "{ negotiatedPrices(status: AGREED, first: 9) { nodes { price listedPrice status } } }";
    let own = json!([{ "price": "9", "listedPrice": "9.8", "status": "AGREED" }]);
    for side in [one, &shelf.maker] {
        assert_eq!(side.asks(query).await.done()["nodes"], own);
    }
    for other in [two, &neighbour] {
        assert_eq!(other.asks(query).await.done()["nodes"], json!([]));
    }

    // A lower one takes its place; a list price below it holds for everybody.
    let lower = proposes(one, &market, "8.80").await.done();
    let lower = answers(&shelf.maker, &lower, "AGREE").await.done();
    market.tries(one, on(&price), "1").await.refused("NEGOTIATION_STATE");
    assert_eq!(market.orders(one, on(&lower), "1").await["price"], "8.8");
    shelf.reprices(&market.listing, "8.50", false).await.done();
    assert_eq!(market.orders(one, on(&lower), "1").await["price"], "8.5");
    answers(&shelf.maker, &lower, "END").await.done();
    market.tries(one, on(&lower), "1").await.refused("NEGOTIATION_STATE");
    answers(&shelf.maker, &json!({ "id": lower["id"], "version": 3 }), "END")
        .await
        .refused("NEGOTIATION_STATE");
}

pub(super) async fn decides(market: &Market, office: &Actor, filing: &Value, packs: &str) -> Outcome {
    let soon = "SELECT ((app_clock() + interval '30 days') AT TIME ZONE 'Asia/Shanghai')::date::text AS line";
    let until = texts(&market.world.database.app, soon).await.remove(0);
    let input = json!({ "id": filing["id"], "version": filing["version"], "packs": packs, "until": until,
        "idempotencyKey": key() });
    office.does("decideFiling", input, MOVED).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_filed_is_approved_within_the_rules_and_ordered_no_further() {
    let market = Market::opens().await;
    let Market { world, office, shelf, one, two, .. } = &market;
    let files = async |packs: &str| {
        let input = json!({ "item": shelf.item, "manufacturer": shelf.maker.organization, "price": "100", "packs": packs,
            "reason": "罕见病用药", "idempotencyKey": key() });
        one.does("filePurchase", input, MOVED).await
    };
    let filing = files("600").await.done();
    assert!(waits(office, "DECIDE_FILING", &filing["id"]).await);
    let on = json!({ "filing": filing["id"] });
    market.tries(one, on.clone(), "1").await.refused("FILING_STATE");
    let elsewhere = world.manager("PROCUREMENT_OFFICE", "320000").await;
    decides(&market, &elsewhere, &filing, "10").await.refused("NOT_FOUND");
    // 50,000 yuan are free in twelve months; the share of nothing is nothing.
    let over = decides(&market, office, &filing, "501").await;
    over.refused("FILING_LIMIT");
    assert_eq!(over.json["errors"][0]["extensions"]["allowed"], "at most 50000.00 more (cn-ordering-2021/1)");
    decides(&market, office, &filing, "601").await.refused("FILING_LIMIT");
    decides(&market, office, &filing, "400").await.done();
    let second = files("200").await.done();
    decides(&market, office, &second, "101").await.refused("FILING_LIMIT");
    decides(&market, office, &second, "100").await.done();

    market.tries(two, on.clone(), "1").await.refused("NOT_FOUND");
    let line = market.orders(one, on.clone(), "300").await;
    assert_eq!(
        (&line["kind"], &line["price"], &line["filingId"]),
        (&json!("FILED"), &json!("100"), &filing["id"])
    );
    // Two at once for the last hundred.
    let (left, right) =
        tokio::join!(market.tries(one, on.clone(), "60"), market.tries(one, on.clone(), "60"));
    let mut codes = [left.code(), right.code()];
    codes.sort();
    assert_eq!(codes, ["FILING_LIMIT", "ok"]);
    // What is cancelled may be ordered again, once.
    let cancel = json!({ "lines": [line["id"]], "reason": "患者转院", "idempotencyKey": key() });
    let query = "mutation($i: CancelOrderLinesInput!) { cancelOrderLines(input: $i) }";
    let (once, twice) = tokio::join!(
        one.asks_with(query, json!({ "i": cancel })),
        one.asks_with(query, json!({ "i": cancel }))
    );
    assert_eq!(once.done(), twice.done());
    let seen = one.asks("{ filings(first: 9) { nodes { asked packs ordered status name } } }").await.done();
    let first = json!({ "asked": "600", "packs": "400", "ordered": "60", "status": "APPROVED", "name": "厄贝沙坦片" });
    assert_eq!(seen["nodes"][1], first);
    market.tries(one, on.clone(), "341").await.refused("FILING_LIMIT");
    market.orders(one, on.clone(), "340").await;
    let end = json!({ "id": second["id"], "version": 2, "end": "已有挂网品种", "idempotencyKey": key() });
    office.does("decideFiling", end, MOVED).await.done();
    market.tries(one, json!({ "filing": second["id"] }), "1").await.refused("FILING_STATE");
    assert_eq!(two.asks("{ filings(first: 9) { nodes { asked } } }").await.done()["nodes"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_is_ordered_from_another_regions_list_and_reported_in_time_or_late() {
    let market = Market::opens().await;
    let far = market.world.manager("HOSPITAL", "320106").await;
    market.tries(&far, market.listed(), "1").await.refused("LISTING_NOT_ORDERABLE");
    let on = json!({ "listing": market.listing["id"], "emergency": "抢救用药，本地断供" });
    let order = market.tries(&far, on.clone(), "5").await.done();
    let line = order["lines"]["nodes"][0].clone();
    assert_eq!((&line["kind"], &line["emergency"]), (&json!("EMERGENCY"), &json!("抢救用药，本地断供")));
    assert!(waits(&far, "REPORT_EMERGENCY", &line["id"]).await);
    let reports = async |who: &Actor, line: &Value| {
        let input = json!({ "line": line["id"], "report": "已用于三名患者", "idempotencyKey": key() });
        who.does("reportEmergency", input, "report reportedAt").await
    };
    reports(&market.one, &line).await.refused("NOT_FOUND");
    assert_eq!(reports(&far, &line).await.done()["report"], "已用于三名患者");
    reports(&far, &line).await.refused("ORDER_LINE_STATE");
    assert!(!waits(&far, "REPORT_EMERGENCY", &line["id"]).await);

    let second = market.orders(&far, on.clone(), "1").await;
    let plain = market.orders(&market.one, market.listed(), "1").await;
    reports(&market.one, &plain).await.refused("ORDER_LINE_STATE");
    market.world.moves_clock_to(73 * HOUR).await;
    let far = market.world.logs_in(&far.login).await;
    reports(&far, &second).await.done();
    let query = "SELECT canonical AS line FROM audit_entries WHERE kind = 'EmergencyReported' ORDER BY id";
    let told = texts(&market.world.database.app, query).await;
    let late: Vec<bool> = told.iter().map(|line| line.contains("true")).collect();
    assert_eq!(late, [false, true], "{told:?}");
    // What is recalled is not for emergencies either.
    let office = market.world.logs_in(&market.office.login).await;
    marks(&office, &market.listing, "RECALL").await.done();
    market.tries(&far, on, "1").await.refused("LISTING_NOT_ORDERABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_are_what_hospitals_took_by_kind_and_generic_name() {
    let shop = super::shop::Shop::opens("310000", "310000").await;
    let (world, office, one) = (&shop.world, &shop.office, &shop.one.actor);
    // 100 packs of 24 that were selected, under the same generic name as what is listed.
    let line = shop.orders(one, &[(0, "100")]).await.swap_remove(0);
    shop.confirms(&shop.distributor.actor, &[&line]).await.done();
    let shipped = shop.ships(&shop.distributor.actor, &[(&line, "100")]).await.done();
    shop.accepts(one, json!([{ "delivery": shipped[0] }])).await.done();
    let shelf = crate::listing::shelf::Shelf::of(world, "乙药业", office).await;
    let listing = shelf.lists(office, "310000", "4.20").await;
    let wish = json!({ "listing": listing["id"], "packUnits": "14", "packs": "100" });
    let order =
        one.does("placeOrder", json!({ "lines": [wish], "idempotencyKey": key() }), LINES).await.done();
    let listed = &order["lines"]["nodes"][0]["id"];
    let confirm = json!({ "lines": [{ "line": listed }], "idempotencyKey": key() });
    orders(&shelf.maker, "confirmOrderLines", confirm).await.done();
    let shipped = shop.ships(&shelf.maker, &[(listed.as_str().unwrap(), "100")]).await.done();
    shop.accepts(
        one,
        json!([{ "delivery": shipped[0], "accepted": "80", "rejected": "20", "reason": "破损" }]),
    )
    .await
    .done();

    let month = texts(
        &world.database.app,
        "SELECT date_trunc('month', app_clock() AT TIME ZONE 'Asia/Shanghai')::date::text AS line",
    )
    .await;
    let span = format!("{{ from: \"{0}\", until: \"{0}\" }}", month[0]);
    let all = format!(
        "{{ purchaseShares(span: {span}) {{ amount onlineRate selectedShare kinds {{ kind amount share }} }} }}"
    );
    // 485.04 yuan were selected, 336.00 listed.
    let expected = json!({ "amount": "821.04", "onlineRate": "100.00", "selectedShare": "59.08", "kinds": [
        { "kind": "LISTED", "amount": "336.00", "share": "40.92" }, { "kind": "SELECTED", "amount": "485.04", "share": "59.08" }] });
    let regulator = world.manager("REGULATOR", "310000").await;
    for reader in [one, office, &regulator] {
        assert_eq!(reader.asks(&all).await.done(), expected);
    }
    assert_eq!(shop.two.actor.asks(&all).await.done()["amount"], "0.00");
    shelf.maker.asks(&all).await.refused("FORBIDDEN");
    let generic = format!(
        "{{ genericShares(span: {span}, first: 9) {{ nodes {{ name selected passed unpassed selectedShare nonSelectedShare passedShare }} }} }}"
    );
    let shares = |passed: &str, unpassed: &str, share: &str| {
        json!([{ "name": "厄贝沙坦片", "selected": "2400", "passed": passed, "unpassed": unpassed, "selectedShare": "68.18",
            "nonSelectedShare": "31.82", "passedShare": share }])
    };
    assert_eq!(one.asks(&generic).await.done()["nodes"], shares("0", "1120", "68.18"));
    let flag = json!({ "item": shelf.item, "flag": "EVALUATED", "validFrom": "2026-01-01", "source": "参比制剂目录",
        "idempotencyKey": key() });
    office.does("flagItem", flag, "id").await.done();
    assert_eq!(one.asks(&generic).await.done()["nodes"], shares("1120", "0", "100.00"));
}
