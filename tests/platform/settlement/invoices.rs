//! Invoices against what was accepted.
use serde_json::{Value, json};

use super::fund::Fund;
use super::trade::Supplier;
use crate::support::actor::key;

async fn mismatches(supplier: &Supplier) -> Vec<String> {
    let found = supplier.actor.asks("{ invoices(first: 1) { nodes { mismatches } } }").await.done();
    found["nodes"][0]["mismatches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_matches_to_the_fen_or_says_both_values() {
    let fund = Fund::new().await;
    let (supplier, other) = (Supplier::of(&fund, 1).await, Supplier::of(&fund, 2).await);
    let acceptance = supplier.delivers(&fund, 10, "2026-01-31").await;
    let changed = |path: &str, value: Value| {
        let mut invoice = supplier.invoice(&fund, &acceptance, 4);
        *invoice.pointer_mut(path).unwrap() = value;
        invoice
    };
    for (path, value, expected) in [
        (
            "/lines/0/price",
            json!("999.99"),
            vec!["1 PRICE_DIFFERS 999.99 1000", "1 TOTAL_DIFFERS 4000.00 3999.96"],
        ),
        ("/lines/0/tax", json!("0.00"), vec!["1 TOTAL_DIFFERS 3539.83 4000.00"]),
        (
            "/lines/0/packs",
            json!("11"),
            vec!["1 QUANTITY_ABOVE_ACCEPTED 11 10", "1 TOTAL_DIFFERS 4000.00 11000.00"],
        ),
    ] {
        supplier.registers(changed(path, value)).await.done();
        assert_eq!(mismatches(&supplier).await, expected);
    }
    supplier.registers(changed("/buyerCode", json!("X"))).await.done();
    assert!(mismatches(&supplier).await[0].starts_with("1 BUYER_DIFFERS X "));
    supplier.applies(&fund, "2026-01").await.refused("NOTHING_TO_SETTLE");
    supplier.registers(changed("/number", json!("123"))).await.refused("INVOICE_INVALID");
    other.registers(other.invoice(&fund, &acceptance, 1)).await.refused("NOT_FOUND");
    let good = supplier.invoice(&fund, &acceptance, 6);
    let id = supplier.registers(good.clone()).await.done();
    assert_eq!(mismatches(&supplier).await, Vec::<String>::new());
    assert_eq!(supplier.registers(good.clone()).await.done(), id);
    let mut same = good;
    same["idempotencyKey"] = json!(key());
    supplier.registers(same).await.refused("INVOICE_TAKEN");
    // Two at once: only 4 packs are left.
    let (one, two) = (supplier.invoice(&fund, &acceptance, 4), supplier.invoice(&fund, &acceptance, 4));
    let (one, two) = tokio::join!(supplier.registers(one), supplier.registers(two));
    one.done();
    two.done();
    let asked = "{ invoices(first: 2) { nodes { mismatches } } }";
    let found = supplier.actor.asks(asked).await.done();
    let wrong: Vec<usize> = found["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["mismatches"].as_array().unwrap().len())
        .collect();
    assert_eq!(wrong.iter().sum::<usize>(), 1, "{found}");
    // A red-letter note takes back what was invoiced, and a void invoice frees its packs until a statement has it.
    let mut red = supplier.invoice(&fund, &acceptance, 6);
    red["corrects"] = json!(format!("1{:019}", 999));
    supplier.registers(red.clone()).await.refused("NOT_FOUND");
    let void = |id: &Value| json!({ "input": { "id": id, "idempotencyKey": key() } });
    let voiding = "mutation($input: VoidInvoiceInput!) { voidInvoice(input: $input) }";
    supplier.actor.asks_with(voiding, void(&id)).await.done();
    supplier.actor.asks_with(voiding, void(&id)).await.refused("INVOICE_STATE");
    let again = supplier.registers(supplier.invoice(&fund, &acceptance, 6)).await.done();
    assert_eq!(mismatches(&supplier).await, Vec::<String>::new());
    supplier.applies(&fund, "2026-01").await.done();
    supplier.actor.asks_with(voiding, void(&again)).await.refused("INVOICE_STATE");
    other.actor.asks_with(voiding, void(&again)).await.refused("NOT_FOUND");
}
