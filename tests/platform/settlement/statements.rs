//! From acceptance to the enterprise's account.
use serde_json::{Value, json};

use super::fund::{AREA, Fund};
use super::ledger::{by_hledger, exported};
use super::trade::{Supplier, all_said};
use crate::support::actor::key;
use crate::support::killed::{Hold, Killed};
use crate::support::postgres::texts;
use crate::support::worker::Worker;
use crate::support::world::World;

/// Yuan of a statement.
const SUMS: &str = "status asked credit held payable carriedIn carriedOut";

fn sums(told: &Value) -> Vec<&str> {
    SUMS.split(' ').map(|name| told[name].as_str().unwrap()).collect()
}

/// Months of two enterprises with the hospital.
struct Months<'a> {
    fund: &'a Fund,
    s1: &'a Supplier,
    s2: &'a Supplier,
}

impl Months<'_> {
    /// Both deliver and invoice; the acceptance of the first.
    async fn passes(&self, packs: [u32; 2], on: &str) -> String {
        let first = self.s1.delivers(self.fund, packs[0], on).await;
        let second = self.s2.delivers(self.fund, packs[1], on).await;
        self.s1.registers(self.s1.invoice(self.fund, &first, packs[0])).await.done();
        self.s2.registers(self.s2.invoice(self.fund, &second, packs[1])).await.done();
        first
    }

    /// A statement from the application to the approval, with so much disputed.
    async fn settles(&self, supplier: &Supplier, month: &str, disputed: Option<&str>) -> Value {
        let applied = supplier.applies(self.fund, month).await.done();
        let lines = self.fund.lines(&applied["id"]).await;
        let line = lines.iter().find(|line| line["kind"] == "INVOICE").unwrap();
        let disputes: Vec<(&Value, &str)> = disputed.iter().map(|yuan| (&line["id"], *yuan)).collect();
        let answered = self.fund.answers(&applied, &disputes).await.done();
        self.fund.approves(&answered).await["id"].clone()
    }

    /// A batch of what is owed, paid by the bank; its file.
    async fn pays(&self, day: &str) -> String {
        let (batch, file) = self.fund.sends(day).await;
        self.fund.bank_says(&batch, &all_said(&file, "PAID", day)).await.done();
        file
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_months_that_are_worked_by_hand_come_out_to_the_fen() {
    let fund = Fund::new().await;
    fund.posts("GRANTED", "500000000.00", "2026-01-01").await;
    fund.posts("PREPAID", "10800000.00", "2026-01-02").await;
    let (s1, s2) = (Supplier::of(&fund, 1).await, Supplier::of(&fund, 2).await);
    let months = Months { fund: &fund, s1: &s1, s2: &s2 };
    let first = months.passes([1_850, 640], "2026-01-15").await;
    s1.takes_back(&fund, &first, 50).await;
    let january = months.settles(&s1, "2026-01", None).await;
    assert_eq!(
        sums(&fund.statement(&january, SUMS).await),
        ["APPROVED", "1850000.00", "50000.00", "0.00", "1800000.00", "0.00", "0.00"]
    );
    let disputed = months.settles(&s2, "2026-01", Some("40000")).await;
    assert_eq!(
        sums(&fund.statement(&disputed, SUMS).await),
        ["APPROVED", "640000.00", "0.00", "40000.00", "600000.00", "0.00", "0.00"]
    );
    let file = months.pays("2026-02-12").await;
    assert!(file.contains("\"供货, 有限公司\",102301000019,6222000011112222,1800000.00,stm_"), "{file}");
    assert!(file.ends_with("TOTAL,2,,,2400000.00,\n"), "{file}");
    fund.posts("CLAIMED", "2100000", "2026-02-20").await;
    fund.offsets("2026-02-20").await.done();
    let left = async || {
        let query = format!(
            "{{ hospitalExposures(book: {{ area: {AREA:?}, scheme: EMPLOYEE }}) {{ nodes {{ receivable prepayment limit }} }} }}"
        );
        fund.clerk.asks(&query).await.done()["nodes"][0].clone()
    };
    let expected = json!({ "receivable": "300000.00", "prepayment": "10800000.00", "limit": "12600000.00" });
    assert_eq!(left().await, expected);

    let line = fund.lines(&disputed).await[0]["id"].clone();
    let resolve = json!({ "line": line, "amount": "40000", "idempotencyKey": key() });
    let resolving = "mutation($input: ResolveDisputeInput!) { resolveDispute(input: $input) }";
    fund.hospital.asks_with(resolving, json!({ "input": resolve })).await.done();
    months.passes([900, 300], "2026-02-15").await;
    s1.takes_back(&fund, &first, 20).await;
    let february = months.settles(&s1, "2026-02", None).await;
    assert_eq!(fund.statement(&february, "payable").await["payable"], "880000.00");
    let resolved = months.settles(&s2, "2026-02", None).await;
    assert_eq!(fund.statement(&resolved, "payable").await["payable"], "340000.00");
    months.pays("2026-03-12").await;
    fund.posts("CLAIMED", "1450000", "2026-03-20").await;
    fund.offsets("2026-03-20").await.done();
    let expected = [
        "CASH 485580000.00",
        "EXPENSE 3550000.00",
        "FUNDING 500000000.00",
        "PREPAYMENT 10800000.00",
        "RECEIVABLE 70000.00",
    ];
    assert_eq!(fund.balances().await, expected);
    assert_eq!(by_hledger(&exported(&fund.world.database, "hledger")), expected);
    let proof = fund.clerk.asks("{ ledgerProof { events faults } }").await.done();
    assert_eq!(proof["faults"], json!([]), "{proof}");
    // Weighted by what was asked for: 28 days for January, 25 for February, less what is disputed.
    let speed = "{ paymentSpeeds(of: { from: \"2026-01-01\", until: \"2026-12-31\", behindAfter: 27 }) { nodes { acceptances longestDays behind } } }";
    let speed = fund.clerk.asks(speed).await.done()["nodes"][0].clone();
    assert_eq!(speed, json!({ "acceptances": "4", "longestDays": 28, "behind": true }));
    // 3,690,000 less 70,000 that went back; what was disputed came a month later.
    let rates = "{ paymentRates(of: { from: \"2026-01-01\", until: \"2026-12-31\" }) { nodes { accepted paidDirectly paidOutside unasked directShare rate behind } } }";
    let rate = fund.clerk.asks(rates).await.done()["nodes"][0].clone();
    let expected = json!({ "accepted": "3620000.00", "paidDirectly": "3620000.00", "paidOutside": "0.00", "unasked": "0.00",
        "directShare": "100.0", "rate": "100.0", "behind": false });
    assert_eq!(rate, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_persons_approve_and_what_goes_back_comes_again() {
    let fund = Fund::new().await;
    let supplier = Supplier::of(&fund, 1).await;
    supplier.applies(&fund, "2026-01").await.refused("NOTHING_TO_SETTLE");
    supplier.applies(&fund, "2099-01").await.refused("DATE_INVALID");
    let acceptance = supplier.delivers(&fund, 10, "2026-01-31").await;
    supplier.registers(supplier.invoice(&fund, &acceptance, 4)).await.done();
    supplier.registers(supplier.invoice(&fund, &acceptance, 6)).await.done();
    let applied = supplier.applies(&fund, "2026-01").await.done();
    supplier.applies(&fund, "2026-01").await.refused("STATEMENT_EXISTS");
    // No line is in two statements.
    supplier.applies(&fund, "2026-02").await.refused("NOTHING_TO_SETTLE");
    fund.judges(&fund.clerk, &applied, "REVIEW").await.refused("STATEMENT_STATE");
    let lines = fund.lines(&applied["id"]).await;
    assert_eq!(lines.len(), 2);
    fund.answers(&applied, &[(&lines[0]["id"], "6000.01")]).await.refused("AMOUNT_INVALID");
    let neighbour = Supplier::of(&fund, 2).await;
    let asked = format!("{{ settlementStatement(id: {}) {{ id }} }}", applied["id"]);
    neighbour.actor.asks(&asked).await.refused("NOT_FOUND");
    supplier.actor.asks(&asked).await.done();
    let stranger = fund.world.manager("HOSPITAL", "320106").await;
    stranger.asks(&asked).await.refused("NOT_FOUND");
    let answered = fund.answers(&applied, &[]).await.done();
    fund.answers(&applied, &[]).await.refused("STALE_VERSION");
    let back = fund.judges(&fund.clerk, &answered, "RETURN").await.done();
    assert_eq!(
        fund.statement(&back["id"], "status reason").await,
        json!({ "status": "RETURNED", "reason": "资料不全" })
    );
    let again = json!({ "id": back["id"], "version": back["version"], "idempotencyKey": key() });
    let again = supplier.actor.does("reapplyForSettlement", again, "id version").await.done();
    let answered = fund.answers(&again, &[]).await.done();
    let reviewed = fund.judges(&fund.clerk, &answered, "REVIEW").await.done();
    fund.judges(&fund.clerk, &reviewed, "APPROVE").await.refused("SECOND_PERSON_NEEDED");
    // Two approve at once: it is owed once.
    let third = fund.world.clerk(&fund.second, "third", "INSURANCE_AGENCY").await;
    let (one, other) = tokio::join!(
        fund.judges(&fund.second, &reviewed, "APPROVE"),
        fund.judges(&third, &reviewed, "APPROVE")
    );
    let mut codes = [one.code(), other.code()];
    codes.sort();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    assert_eq!(fund.balances().await, ["PAYABLE 10000.00", "RECEIVABLE 10000.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_below_zero_pays_nothing_and_is_taken_off_the_next() {
    let fund = Fund::new().await;
    let supplier = Supplier::of(&fund, 1).await;
    let january = supplier.delivers(&fund, 10, "2026-01-31").await;
    supplier.registers(supplier.invoice(&fund, &january, 10)).await.done();
    let settled = async |month: &str| {
        let applied = supplier.applies(&fund, month).await.done();
        let answered = fund.answers(&applied, &[]).await.done();
        fund.approves(&answered).await["id"].clone()
    };
    settled("2026-01").await;
    supplier.takes_back(&fund, &january, 7).await;
    let february = settled("2026-02").await;
    assert_eq!(
        sums(&fund.statement(&february, SUMS).await),
        ["CLOSED", "0.00", "7000.00", "0.00", "0.00", "0.00", "7000.00"]
    );
    let march = supplier.delivers(&fund, 9, "2026-03-31").await;
    supplier.registers(supplier.invoice(&fund, &march, 9)).await.done();
    let march = settled("2026-03").await;
    assert_eq!(
        sums(&fund.statement(&march, SUMS).await),
        ["APPROVED", "9000.00", "0.00", "0.00", "2000.00", "7000.00", "0.00"]
    );
    assert_eq!(fund.balances().await, ["PAYABLE 12000.00", "RECEIVABLE 12000.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_banks_answer_is_taken_whole_once_and_what_came_back_is_paid_again() {
    let fund = Fund::new().await;
    fund.posts("GRANTED", "5000", "2026-01-01").await;
    let supplier = Supplier::of(&fund, 1).await;
    let acceptance = supplier.delivers(&fund, 5, "2026-01-31").await;
    supplier.registers(supplier.invoice(&fund, &acceptance, 5)).await.done();
    let applied = supplier.applies(&fund, "2026-01").await.done();
    let answered = fund.answers(&applied, &[]).await.done();
    fund.approves(&answered).await;
    let prepared = fund.prepares_batch("2026-02-10").await.done();
    fund.prepares_batch("2026-02-10").await.refused("NOTHING_TO_SETTLE");
    fund.decides_batch(&fund.clerk, &prepared, true).await.refused("SECOND_PERSON_NEEDED");
    fund.decides_batch(&fund.clerk, &prepared, false).await.done();
    let (batch, file) = fund.sends("2026-02-10").await;
    let paid = all_said(&file, "PAID", "2026-02-11");
    let refused = async |file: &str, expected: &str| {
        let answer = fund.bank_says(&batch, file).await;
        answer.refused("BANK_ANSWER_INVALID");
        assert_eq!(answer.json["errors"][0]["extensions"]["allowed"], expected);
    };
    let half: String = paid.lines().take(2).map(|line| format!("{line}\n")).collect();
    refused(&half, "row 3: a last row TOTAL: the file is cut off").await;
    let unknown = paid.replacen("pay_0", "pay_f", 1);
    refused(&unknown, "row 2: a payment of this batch, once").await;
    refused(&all_said(&file, "RETURNED", "2026-02-11"), "row 2: a payment that is PAID").await;
    assert_eq!(
        fund.balances().await,
        ["CASH 5000.00", "FUNDING 5000.00", "RECEIVABLE 5000.00", "TRANSIT 5000.00"]
    );
    let (one, other) = tokio::join!(fund.bank_says(&batch, &paid), fund.bank_says(&batch, &paid));
    assert_eq!([one.code(), other.code()], ["ok", "ok"]);
    assert_eq!(fund.balances().await, ["FUNDING 5000.00", "RECEIVABLE 5000.00"]);
    fund.bank_says(&batch, &all_said(&file, "RETURNED", "2026-02-13")).await.done();
    assert_eq!(
        fund.balances().await,
        ["CASH 5000.00", "FUNDING 5000.00", "PAYABLE 5000.00", "RECEIVABLE 5000.00"]
    );
    let (again, file) = fund.sends("2026-02-14").await;
    fund.bank_says(&again, &all_said(&file, "PAID", "2026-02-15")).await.done();
    let payments = "{ payments(first: 10) { nodes { id status replacesId amount } } }";
    let payments = supplier.actor.asks(payments).await.done()["nodes"].clone();
    let statuses: Vec<&str> =
        payments.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["PAID", "RETURNED", "VOIDED"]);
    assert_eq!(payments[0]["replacesId"], payments[1]["id"]);
    assert_eq!(fund.statement(&applied["id"], "status").await["status"], "PAID");
    by_hledger(&exported(&fund.world.database, "hledger"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_worker_was_killed_in_the_middle_is_booked_once() {
    let fund = Fund::of(World::with(|config| config.jobs = 0).await).await;
    fund.posts("GRANTED", "1.20", "2026-01-01").await;
    let supplier = Supplier::of(&fund, 1).await;
    fund.owes(&supplier, 120).await;
    let prepared = fund.prepares_batch("2026-01-03").await.done();
    fund.decides_batch(&fund.second, &prepared, true).await.done();
    let (owner, app) = (fund.world.database.owner.clone(), fund.world.database.app.clone());
    let booked = "SELECT concat((SELECT count(*) FROM ledger_events WHERE kind = 'INSTRUCTED'), ' events, ',
        (SELECT count(*) FROM payments WHERE status = 'INSTRUCTED'), ' payments, ', (SELECT status FROM payment_batches)) AS line";
    let middle =
        Hold::on(&owner, "payments WHERE id = (SELECT id FROM payments ORDER BY id OFFSET 70 LIMIT 1)").await;
    Killed::worker(&fund.world.database).at_what_is_held(&app).await;
    middle.ends().await;
    assert_eq!(texts(&owner, booked).await, ["50 events, 50 payments, APPROVED"]);
    fund.world.moves_clock_to(120).await;
    let worker = Worker::of(&fund.world);
    let file = fund.file(&prepared).await;
    worker.ends();
    assert_eq!(texts(&owner, booked).await, ["120 events, 120 payments, SENT"]);
    assert_eq!(file.lines().count(), 122);
    fund.bank_says(&prepared["id"], &all_said(&file, "PAID", "2026-01-04")).await.done();
    assert_eq!(fund.balances().await, ["FUNDING 1.20", "RECEIVABLE 1.20"]);
    let proof = fund.clerk.asks("{ ledgerProof { events faults } }").await.done();
    assert_eq!(proof, json!({ "events": "242", "faults": [] }));
}
