//! Wrong inputs: each is told by its code, with line and field, and nothing changes.
use serde_json::{Value, json};

use super::shop::Shop;
use crate::contract::deal::orders;
use crate::support::actor::{Outcome, key};

/// Refused with that code, line and field, in both languages.
#[track_caller]
fn told(outcome: &Outcome, code: &str, line: Value, field: &str) {
    outcome.refused(code);
    let extensions = &outcome.json["errors"][0]["extensions"];
    assert_eq!((&extensions["line"], &extensions["field"]), (&line, &json!(field)), "{}", outcome.json);
    assert!(!extensions["messageZh"].as_str().unwrap().is_ascii());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_order_is_told_by_line_and_field_and_orders_nothing() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, one, .. } = &shop;
    let before = shop.everything().await;
    let tries = async |line: Value| {
        let mut input = shop.wishes(&[(0, "1"), (1, "100")]);
        for (name, value) in line.as_object().unwrap() {
            input["lines"][1][name] = value.clone();
        }
        one.actor.does("placeOrder", input, "id").await
    };
    let two = || json!(2);
    told(&tries(json!({ "packs": "100.002" })).await, "QUANTITY_INVALID", two(), "packs");
    told(&tries(json!({ "packs": "0" })).await, "QUANTITY_INVALID", two(), "packs");
    told(&tries(json!({ "units": "100" })).await, "PACK_UNIT_SLIP", two(), "units");
    told(&tries(json!({ "units": "2399" })).await, "QUANTITY_INVALID", two(), "units");
    told(&tries(json!({ "packUnits": "25" })).await, "PACK_UNKNOWN", two(), "packUnits");
    let nowhere = "con_00000000000000000000000000000000";
    told(&tries(json!({ "contract": nowhere })).await, "NOT_FOUND", two(), "contract");
    let stranger = world.manager("HOSPITAL", "310000").await;
    let outcome = stranger.does("placeOrder", shop.wishes(&[(0, "1")]), "id").await;
    told(&outcome, "NOT_FOUND", json!(1), "contract");
    let none = json!({ "lines": [], "idempotencyKey": key() });
    one.actor.does("placeOrder", none, "id").await.refused("ORDER_INVALID");
    let query = format!("{{ contract(id: {:?}) {{ version }} }}", shop.contracts[1]);
    let version = shop.office.asks(&query).await.done()["version"].as_i64().unwrap();
    assert_eq!(shop.everything().await, before);
    shop.office.moves("terminateContract", (&shop.contracts[1], version), Some("违约")).await.done();
    told(&tries(json!({})).await, "CONTRACT_STATE", two(), "contract");
    assert_eq!(shop.everything().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_confirmation_shipment_or_acceptance_changes_nothing() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { firm, one, two, .. } = &shop;
    let lines = shop.orders(&one.actor, &[(1, "10"), (1, "10")]).await;
    let (line, other) = (lines[0].as_str(), lines[1].as_str());
    let before = shop.everything().await;
    let confirming = async |packs: &str, reason: Value| {
        let second = json!({ "line": other, "packs": packs, "reason": reason });
        let input = json!({ "lines": [{ "line": line }, second], "idempotencyKey": key() });
        orders(&firm.actor, "confirmOrderLines", input).await
    };
    told(&confirming("11", json!(null)).await, "CONFIRMATION_EXCEEDS", json!(2), "packs");
    told(&confirming("240", json!(null)).await, "PACK_UNIT_SLIP", json!(2), "packs");
    told(&confirming("9", json!(null)).await, "REASON_MISSING", json!(2), "reason");
    shop.confirms(&firm.actor, &[line, line]).await.refused("ORDER_INVALID");
    shop.ships(&firm.actor, &[(line, "1")]).await.refused("ORDER_LINE_STATE");
    assert_eq!(shop.everything().await, before);
    confirming("9", json!("缺货")).await.done();
    let seen = shop.line(&one.actor, other).await;
    assert_eq!(
        (&seen["confirmed"], &seen["cancelled"], &seen["reason"]),
        (&json!("9"), &json!("1"), &json!("缺货"))
    );

    let before = shop.everything().await;
    let shipping = async |change: Value| {
        let mut input = shop.shipping(&[(line, "10"), (other, "9")]);
        for (name, value) in change.as_object().unwrap() {
            if name == "hospital" {
                input[name] = value.clone()
            } else {
                input["lines"][1][name] = value.clone()
            }
        }
        orders(&firm.actor, "shipOrderLines", input).await
    };
    told(&shipping(json!({ "packs": "10" })).await, "SHIPMENT_EXCEEDS", json!(2), "packs");
    told(&shipping(json!({ "packs": "216" })).await, "PACK_UNIT_SLIP", json!(2), "packs");
    told(&shipping(json!({ "expiresOn": "2020-01-01" })).await, "EXPIRY_PAST", json!(2), "expiresOn");
    told(&shipping(json!({ "batch": " " })).await, "DELIVERY_INVALID", json!(2), "batch");
    let elsewhere = json!({ "hospital": two.actor.organization });
    told(&shipping(elsewhere).await, "DELIVERY_ELSEWHERE", json!(1), "hospital");
    assert_eq!(shop.everything().await, before);
    let shipped = shipping(json!({})).await.done();

    let before = shop.everything().await;
    let taking = async |change: Value| {
        let mut second = json!({ "delivery": shipped[1] });
        for (name, value) in change.as_object().unwrap() {
            second[name] = value.clone();
        }
        shop.accepts(&one.actor, json!([{ "delivery": shipped[0] }, second])).await
    };
    told(&taking(json!({ "accepted": "9.002" })).await, "QUANTITY_INVALID", json!(2), "accepted");
    told(&taking(json!({ "accepted": "10" })).await, "ACCEPTANCE_EXCEEDS", json!(2), "packs");
    told(&taking(json!({ "accepted": "216" })).await, "PACK_UNIT_SLIP", json!(2), "packs");
    told(&taking(json!({ "accepted": "8", "rejected": "1" })).await, "REASON_MISSING", json!(2), "reason");
    told(&taking(json!({ "chargePrice": "3.1201" })).await, "CHARGE_MARKED_UP", json!(2), "chargePrice");
    shop.accepts(&two.actor, json!([{ "delivery": shipped[0] }])).await.refused("NOT_FOUND");
    assert_eq!(shop.everything().await, before);
    taking(json!({})).await.done();
    shop.accepts(&one.actor, json!([{ "delivery": shipped[0] }])).await.refused("QUANTITY_INVALID");
}
