//! What hospitals pay themselves, beside what the fund pays: never both for the same goods; and what is overdue. 模拟数据.
use serde_json::{Value, json};

use super::fund::Fund;
use super::trade::Supplier;
use crate::support::actor::{Actor, Outcome, key};

async fn reports(fund: &Fund, supplier: &Supplier, (reference, lines): (&str, &[(&str, &str)])) -> Outcome {
    let line = |(acceptance, yuan): &(&str, &str)| json!({ "acceptance": acceptance, "amount": yuan });
    let lines: Vec<Value> = lines.iter().map(line).collect();
    let input = json!({ "supplier": supplier.actor.organization, "paidOn": "2026-03-02", "reference": reference, "lines": lines,
        "idempotencyKey": key() });
    fund.hospital.does("reportOutsidePayment", input, "id version").await
}

async fn answers(who: &Actor, seen: &Value, came: bool) -> Outcome {
    let input = json!({ "id": seen["id"], "version": seen["version"], "came": came, "reason": (!came).then_some("未到账"),
        "idempotencyKey": key() });
    who.does("answerOutsidePayment", input, "id version").await
}

async fn rate(fund: &Fund) -> Value {
    let rates = "{ paymentRates(of: { from: \"2026-01-01\", until: \"2026-12-31\" }) { nodes { accepted paidDirectly paidOutside unasked directShare
        due overdue rate behind } } }";
    fund.clerk.asks(rates).await.done()["nodes"][0].clone()
}

async fn overdue(who: &Actor) -> Vec<String> {
    let query = "{ overdueGoods(first: 20) { nodes { acceptanceId acceptedOn payBy open askedDirectly } } }";
    let found = who.asks(query).await.done();
    let told = |one: &Value| {
        format!(
            "{} {} {}",
            one["payBy"].as_str().unwrap(),
            one["open"].as_str().unwrap(),
            one["askedDirectly"]
        )
    };
    let mut lines: Vec<String> = found["nodes"].as_array().unwrap().iter().map(told).collect();
    lines.sort();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_pays_what_no_statement_asks_for_and_what_is_late_is_told() {
    let fund = Fund::new().await;
    let supplier = Supplier::of(&fund, 1).await;
    let (one, two) =
        (supplier.delivers(&fund, 10, "2026-01-10").await, supplier.delivers(&fund, 30, "2026-01-20").await);
    let three = supplier.delivers(&fund, 60, "2026-01-30").await;
    supplier.takes_back(&fund, &two, 5).await;
    assert_eq!(
        overdue(&fund.clerk).await,
        ["2026-02-28 10000.00 false", "2026-02-28 25000.00 false", "2026-02-28 60000.00 false"]
    );
    assert_eq!(overdue(&supplier.actor).await.len(), 3);
    let stranger = fund.world.manager("HOSPITAL", "320106").await;
    assert!(overdue(&stranger).await.is_empty());

    // The third goes through the fund; the others the hospital pays itself.
    supplier.registers(supplier.invoice(&fund, &three, 60)).await.done();
    supplier.applies(&fund, "2026-01").await.done();
    reports(&fund, &supplier, ("B1", &[(&three, "1.00")])).await.refused("SETTLED_DIRECTLY");
    reports(&fund, &supplier, ("B1", &[(&two, "25000.01")])).await.refused("AMOUNT_INVALID");
    reports(&fund, &supplier, ("B1", &[(&one, "1.00"), (&one, "1.00")])).await.refused("NOT_FOUND");
    reports(&fund, &supplier, ("B1", &[])).await.refused("BATCH_TOO_LARGE");
    let paid = reports(&fund, &supplier, ("B1", &[(&one, "10000.00"), (&two, "15000.00")])).await.done();
    reports(&fund, &supplier, ("B1", &[(&two, "1.00")])).await.refused("OUTSIDE_PAYMENT_KNOWN");
    // Two at once take no more than is open.
    let rest = [(two.as_str(), "10000.00")];
    let (first, second) =
        tokio::join!(reports(&fund, &supplier, ("B2", &rest)), reports(&fund, &supplier, ("B3", &rest)));
    let mut codes = [first.code(), second.code()];
    codes.sort();
    assert_eq!(codes, ["AMOUNT_INVALID", "ok"]);
    let told = if first.code() == "ok" { first.done() } else { second.done() };

    // What the enterprise has not confirmed is not paid; what it denies may be told again.
    let before = rate(&fund).await;
    assert_eq!(
        (&before["paidOutside"], &before["overdue"], &before["rate"]),
        (&json!("0.00"), &json!("95000.00"), &json!("0.0"))
    );
    answers(&stranger, &told, true).await.refused("FORBIDDEN");
    let other = Supplier::of(&fund, 2).await;
    answers(&other.actor, &told, true).await.refused("NOT_FOUND");
    let denied = answers(&supplier.actor, &told, false).await.done();
    answers(&supplier.actor, &denied, true).await.refused("OUTSIDE_PAYMENT_STATE");
    answers(&supplier.actor, &paid, true).await.done();
    let after = rate(&fund).await;
    let expected = json!({ "accepted": "95000.00", "paidDirectly": "0.00", "paidOutside": "25000.00", "unasked": "10000.00", "directShare": "0.0",
        "due": "95000.00", "overdue": "70000.00", "rate": "26.3", "behind": true });
    assert_eq!(after, expected);
    assert_eq!(overdue(&fund.hospital).await, ["2026-02-28 10000.00 false", "2026-02-28 60000.00 true"]);
    let shown = fund
        .hospital
        .asks("{ outsidePayments(first: 5) { nodes { status amount reference reason } } }")
        .await
        .done();
    assert_eq!(shown["nodes"][0]["reason"], "未到账");
    assert_eq!(
        shown["nodes"][1],
        json!({ "status": "CONFIRMED", "amount": "25000.00", "reference": "B1", "reason": null })
    );

    // Goods that the hospital pays are not asked of the fund, whenever they are invoiced.
    supplier.registers(supplier.invoice(&fund, &one, 10)).await.done();
    supplier.registers(supplier.invoice(&fund, &two, 25)).await.done();
    supplier.applies(&fund, "2026-02").await.refused("NOTHING_TO_SETTLE");
}
