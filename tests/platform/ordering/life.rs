//! An order from the hospital to the ward, and back.
use serde_json::{Value, json};

use super::shop::Shop;
use crate::contract::deal::orders;
use crate::support::actor::{Actor, key};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_once_and_seen_by_its_parties_alone() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, office, firm, distributor, one, two, .. } = &shop;
    let catalogue = "{ orderable(first: 9) { nodes { contractId packUnits price sellerId progress { agreed bought } left } } }";
    let seen = one.actor.asks(catalogue).await.done();
    let first =
        seen["nodes"].as_array().unwrap().iter().find(|one| one["contractId"] == shop.contracts[0].as_str());
    let first = first.unwrap();
    assert_eq!((&first["price"], &first["packUnits"]), (&json!("4.8504"), &json!("24")));
    assert_eq!(first["sellerId"], distributor.actor.organization.as_str());

    let input = shop.wishes(&[(0, "100"), (1, "7")]);
    let fields =
        "id number lineCount hospitalId lines(first: 9) { nodes { id status price sellerId rules } }";
    let (placed, again) = tokio::join!(
        one.actor.does("placeOrder", input.clone(), fields),
        one.actor.does("placeOrder", input.clone(), fields)
    );
    let (placed, again) = (placed.done(), again.done());
    assert_eq!(placed, again);
    let mut other = input;
    other["lines"][0]["packs"] = json!("101");
    one.actor.does("placeOrder", other, "id").await.refused("IDEMPOTENCY_CONFLICT");
    let lines = placed["lines"]["nodes"].as_array().unwrap();
    assert_eq!((lines.len(), &placed["lineCount"], &placed["number"]), (2, &json!(2), &json!("PO-1")));
    assert_eq!(lines[0]["sellerId"], firm.actor.organization.as_str());
    assert_eq!((&lines[1]["price"], &lines[1]["rules"]), (&json!("4.8504"), &json!("cn-ordering-2021/1")));
    let (order, line) = (placed["id"].as_str().unwrap(), lines[1]["id"].as_str().unwrap());

    // Each sees what is theirs: the distributor one line of the order, a neighbour nothing.
    let of = |who: &str| format!("{{ order(id: {who:?}) {{ lines(first: 9) {{ nodes {{ id }} }} }} }}");
    let seen = distributor.actor.asks(&of(order)).await.done();
    assert_eq!(seen["lines"]["nodes"], json!([{ "id": line }]));
    assert_eq!(office.asks(&of(order)).await.done()["lines"]["nodes"].as_array().unwrap().len(), 2);
    let stranger = world.manager("DISTRIBUTOR", "310000").await;
    for nobody in [&two.actor, &stranger] {
        nobody.asks(&of(order)).await.refused("NOT_FOUND");
        nobody.asks(&format!("{{ orderLine(id: {line:?}) {{ id }} }}")).await.refused("NOT_FOUND");
    }
    shop.confirms(&stranger, &[line]).await.refused("NOT_FOUND");
    shop.confirms(&firm.actor, &[line]).await.refused("NOT_FOUND");
    shop.ends(&two.actor, "cancelOrderLines", &[line]).await.refused("NOT_FOUND");
}

/// Whether a task waits for somebody.
async fn waits(who: &Actor, kind: &str, subject: &Value) -> bool {
    let tasks = who.asks("{ tasks(first: 50) { nodes { kind subject } } }").await.done();
    tasks["nodes"].as_array().unwrap().contains(&json!({ "kind": kind, "subject": subject }))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_confirmed_shipped_taken_in_part_and_returned() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, distributor, one, two, .. } = &shop;
    let line = shop.orders(&one.actor, &[(0, "100")]).await.swap_remove(0);
    let line = line.as_str();
    let order = shop.line(&one.actor, line).await["orderId"].clone();
    assert!(waits(&distributor.actor, "CONFIRM_ORDER", &order).await);
    shop.confirms(&distributor.actor, &[line]).await.done();
    assert!(!waits(&distributor.actor, "CONFIRM_ORDER", &order).await);
    shop.confirms(&distributor.actor, &[line]).await.refused("ORDER_LINE_STATE");
    let input = shop.shipping(&[(line, "60"), (line, "40")]);
    let shipped = orders(&distributor.actor, "shipOrderLines", input.clone()).await.done();
    assert_eq!(orders(&distributor.actor, "shipOrderLines", input).await.done(), shipped, "shipped once");
    assert_eq!(shop.line(&one.actor, line).await["shipped"], "100");
    assert!(waits(&one.actor, "ACCEPT_DELIVERY", &shipped[0]).await);
    shop.ends(&one.actor, "cancelOrderLines", &[line]).await.refused("ORDER_LINE_STATE");
    let arrival = json!({ "deliveries": [shipped[0]], "idempotencyKey": key() });
    orders(&distributor.actor, "reportArrival", arrival).await.done();
    assert_eq!(shop.line(&one.actor, line).await["status"], "DELIVERED");

    let whole =
        json!({ "lines": [{ "delivery": shipped[0], "chargePrice": "4.8504" }], "idempotencyKey": key() });
    let (taken, twice) = tokio::join!(
        orders(&one.actor, "acceptDeliveries", whole.clone()),
        orders(&one.actor, "acceptDeliveries", whole)
    );
    let taken = taken.done();
    assert_eq!(taken, twice.done(), "taken once");
    let part = json!([{ "delivery": shipped[1], "accepted": "30", "rejected": "10", "reason": "破损" }]);
    shop.accepts(&one.actor, part).await.done();
    let seen = shop.line(&one.actor, line).await;
    let told: Vec<&Value> = ["status", "accepted", "rejected"].iter().map(|name| &seen[*name]).collect();
    assert_eq!(told, ["ACCEPTED_IN_PART", "90", "10"]);
    shop.returns(&two.actor, &taken[0], "1").await.refused("NOT_FOUND");
    shop.returns(&one.actor, &taken[0], "61").await.refused("RETURN_EXCEEDS");
    shop.returns(&one.actor, &taken[0], "5").await.done();

    let query = format!(
        "{{ acceptances(line: {line:?}, first: 9) {{ nodes {{ packs price amount difference returned returnedAmount }} }} }}"
    );
    let first = json!({ "packs": "60", "price": "4.8504", "amount": "291.02", "difference": "0.00", "returned": "5", "returnedAmount": "24.25" });
    assert_eq!(distributor.actor.asks(&query).await.done()["nodes"][1], first);
    let waiting = "{ goodsDeliveries(filter: { waiting: true }, first: 9) { nodes { id } } }";
    assert_eq!(one.actor.asks(waiting).await.done()["nodes"], json!([]));
    let kinds = world.entries(order.as_str().unwrap()).await;
    assert_eq!(
        kinds,
        [
            "OrderPlaced",
            "OrderConfirmed",
            "OrderShipped",
            "OrderArrived",
            "GoodsAccepted",
            "GoodsAccepted",
            "GoodsReturned"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_price_of_the_acceptance_holds_where_the_region_says_so_and_a_note_tells_the_difference() {
    let shop = Shop::opens("320000", "320106").await;
    let Shop { office, firm, one, .. } = &shop;
    let line = shop.orders(&one.actor, &[(1, "100")]).await.swap_remove(0);
    shop.confirms(&firm.actor, &[&line]).await.done();
    let shipped = shop.ships(&firm.actor, &[(&line, "50"), (&line, "50")]).await.done();
    shop.accepts(&one.actor, json!([{ "delivery": shipped[0] }])).await.done();
    let query = format!("{{ contract(id: {:?}) {{ version }} }}", shop.contracts[1]);
    let version = office.asks(&query).await.done()["version"].clone();
    let lower =
        json!({ "id": shop.contracts[1], "version": version, "price": "0.10", "idempotencyKey": key() });
    firm.actor.does("lowerPrice", lower, "id").await.done();
    let marked = json!([{ "delivery": shipped[1], "chargePrice": "3.12" }]);
    shop.accepts(&one.actor, marked).await.refused("CHARGE_MARKED_UP");
    shop.accepts(&one.actor, json!([{ "delivery": shipped[1], "chargePrice": "2.4" }])).await.done();
    let query =
        format!("{{ acceptances(line: {line:?}, first: 9) {{ nodes {{ price amount difference }} }} }}");
    let seen = one.actor.asks(&query).await.done();
    assert_eq!(seen["nodes"][1], json!({ "price": "3.12", "amount": "156.00", "difference": "0.00" }));
    assert_eq!(seen["nodes"][0], json!({ "price": "2.4", "amount": "120.00", "difference": "-36.00" }));
    assert_eq!(shop.line(&one.actor, &line).await["rules"], "cn-ordering-js-2025/1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_orders_for_its_members_and_a_large_order_is_one_request() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, one, two, distributor, .. } = &shop;
    let mut input = shop.wishes(&[(0, "1")]);
    input["institution"] = json!(two.actor.organization);
    one.actor.does("placeOrder", input.clone(), "id").await.refused("NOT_FOUND");
    let reviewer = world.manager("REVIEW_BODY", "310000").await;
    let query = "mutation($input: DemandLeadInput!) { nameDemandLead(input: $input) }";
    let lead =
        json!({ "lead": one.actor.organization, "member": two.actor.organization, "idempotencyKey": key() });
    reviewer.asks_with(query, json!({ "input": lead })).await.done();
    input["idempotencyKey"] = json!(key());
    let placed = one.actor.does("placeOrder", input, "hospitalId").await.done();
    assert_eq!(placed["hospitalId"], two.actor.organization.as_str());

    let many: Vec<(usize, &str)> = std::iter::repeat_n((0, "1"), 2_000).collect();
    let placed = one.actor.does("placeOrder", shop.wishes(&many), "id lineCount").await.done();
    assert_eq!(placed["lineCount"], 2_000);
    let query =
        format!("{{ orderLines(filter: {{ order: {} }}, first: 100) {{ nodes {{ id }} }} }}", placed["id"]);
    let seen = distributor.actor.asks(&query).await.done();
    let lines: Vec<&str> =
        seen["nodes"].as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap()).collect();
    shop.confirms(&distributor.actor, &lines).await.done();
    let shipping: Vec<(&str, &str)> = lines.iter().map(|line| (*line, "1")).collect();
    let shipped = shop.ships(&distributor.actor, &shipping).await.done();
    let taken = shipped.as_array().unwrap().iter().map(|id| json!({ "delivery": id })).collect();
    assert_eq!(shop.accepts(&one.actor, Value::Array(taken)).await.done().as_array().unwrap().len(), 100);
    let many: Vec<(usize, &str)> = std::iter::repeat_n((0, "1"), 2_001).collect();
    one.actor.does("placeOrder", shop.wishes(&many), "id").await.refused("ORDER_INVALID");
}
