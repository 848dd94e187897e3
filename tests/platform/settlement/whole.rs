//! From the order to the enterprise's account, with nothing written behind the doors.
use serde_json::{Value, json};

use super::fund::Fund;
use super::trade::{Supplier, all_said};
use crate::ordering::shop::Shop;
use crate::support::rounds::in_seconds;

/// Seconds of a month, and of the eight hours that China is ahead.
const MONTH: i64 = 32 * 86_400;
const AHEAD: i64 = 8 * 3_600;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hospital_orders_and_keeps_is_paid_to_the_fen() {
    let shop = Shop::opens("320000", "320106").await;
    let line = shop.orders(&shop.one.actor, &[(0, "100")]).await.swap_remove(0);
    shop.confirms(&shop.distributor.actor, &[&line]).await.done();
    let shipped = shop.ships(&shop.distributor.actor, &[(&line, "100")]).await.done();
    let taken = shop.accepts(&shop.one.actor, json!([{ "delivery": shipped[0] }])).await.done();
    shop.returns(&shop.one.actor, &taken[0], "10").await.done();
    let sold_on = in_seconds(AHEAD)[..10].to_owned();
    let month = &sold_on[..7];
    let maker = shop.firm.actor.login.split_once('@').unwrap().1.to_owned();
    let Shop { world, distributor, one, .. } = shop;
    let mut fund = Fund::of(world).await;
    fund.world.moves_clock_to(MONTH).await;
    for (who, login) in
        [(&mut fund.clerk, None), (&mut fund.second, None), (&mut fund.hospital, Some(&one.actor.login))]
    {
        *who = fund.world.logs_in(login.unwrap_or(&who.login)).await;
    }
    fund.designates("2020-01-01").await.done();
    let supplier = Supplier::paid(fund.world.logs_in(&distributor.actor.login).await, 1).await;

    let today = in_seconds(MONTH + AHEAD)[..10].to_owned();
    fund.posts("GRANTED", "1000.00", &today).await;
    // 90 packs of 24 at 0.2021 a tablet are 436.54, of which 50.22 is tax.
    let acceptance = taken[0].as_str().unwrap();
    let sold = json!({ "acceptance": acceptance, "packs": "90", "price": "4.8504", "amount": "386.32", "tax": "50.22" });
    let mut invoice = supplier.invoice(&fund, acceptance, 90);
    invoice["lines"] = json!([sold]);
    invoice["issuedOn"] = json!(sold_on);
    supplier.registers(invoice.clone()).await.refused("INVOICE_CHAIN");
    // The maker's invoice stands behind the distributor's.
    let first = "9".repeat(20);
    invoice["lines"][0]["firstInvoice"] = json!(first);
    invoice["idempotencyKey"] = json!(crate::support::actor::key());
    supplier.registers(invoice.clone()).await.refused("NOT_FOUND");
    supplier.registers_first(&first, &maker, &[("A2026", 100)]).await.done();
    invoice["idempotencyKey"] = json!(crate::support::actor::key());
    let mut wrong = invoice.clone();
    wrong["lines"][0]["amount"] = json!("386.33");
    supplier.registers(wrong).await.done();
    supplier.applies(&fund, month).await.refused("NOTHING_TO_SETTLE");
    invoice["number"] = json!(supplier.next_number());
    invoice["idempotencyKey"] = json!(crate::support::actor::key());
    supplier.registers(invoice).await.done();
    let applied = supplier.applies(&fund, month).await.done();
    let answered = fund.answers(&applied, &[]).await.done();
    let approved = fund.approves(&answered).await;
    let sums: Value = fund.statement(&approved["id"], "asked credit payable").await;
    assert_eq!(sums, json!({ "asked": "436.54", "credit": "0.00", "payable": "436.54" }));
    let (batch, file) = fund.sends(&today).await;
    fund.bank_says(&batch, &all_said(&file, "PAID", &today)).await.done();
    let expected = ["CASH 563.46", "FUNDING 1000.00", "RECEIVABLE 436.54"];
    assert_eq!(fund.balances().await, expected);
}
