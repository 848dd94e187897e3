//! Enterprises that deliver to the hospital, with what it accepted written down behind the doors: orders have stories of their own.
use serde_json::{Value, json};

use super::fund::{AREA, Fund};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::postgres::{execute, texts};

/// An enterprise that is paid.
pub(super) struct Supplier {
    pub(super) actor: Actor,
    pub(super) code: String,
    number: std::cell::Cell<u32>,
    digit: u8,
}

/// The UUID behind an id.
pub(super) fn uuid(id: &str) -> String {
    let digits = id.split_once('_').unwrap().1;
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}

impl Supplier {
    pub(super) async fn of(fund: &Fund, digit: u8) -> Supplier {
        Self::paid(fund.world.manager("DISTRIBUTOR", "320000").await, digit).await
    }

    /// An enterprise with an account; the digit begins the numbers of its invoices.
    pub(super) async fn paid(actor: Actor, digit: u8) -> Supplier {
        let code = actor.login.split_once('@').unwrap().1.to_owned();
        let supplier = Supplier { actor, code, number: std::cell::Cell::new(0), digit };
        let account = json!({ "holder": "供货, 有限公司", "bankCode": "102301000019", "account": "6222000011112222", "idempotencyKey": key() });
        supplier.actor.does("setPayeeAccount", account, "id version").await.done();
        supplier
    }

    /// What the hospital accepted of it at 1,000.00 a pack.
    pub(super) async fn delivers(&self, fund: &Fund, packs: u32, on: &str) -> String {
        self.delivers_of(fund, &self.actor.organization, (packs, on)).await
    }

    /// The same, made by somebody else.
    pub(super) async fn delivers_of(&self, fund: &Fund, maker: &str, (packs, on): (u32, &str)) -> String {
        let (hospital, seller) = (uuid(&fund.hospital.organization), uuid(&self.actor.organization));
        let maker = uuid(maker);
        let query = format!(
            "WITH i AS (INSERT INTO items (id, kind, created_at, version)
                 SELECT gen_random_uuid(), 'WESTERN', app_clock(), 1 RETURNING id),
             f AS (INSERT INTO filings (id, hospital, region, item, manufacturer, name, unit, pack_units, price, asked, packs, taken, until, reason, status,
                 rules, applied_by, applied_at, decided_by, decided_at, status_since, version)
                 SELECT gen_random_uuid(), '{hospital}', '320106', i.id, '{maker}', 'x', '盒', 7, 1000, {packs}, {packs}, {packs}, '2030-01-01', 'x',
                 'APPROVED', 'x', u.id, app_clock(), u.id, app_clock(), app_clock(), 1
                 FROM i, (SELECT min(id::text)::uuid AS id FROM users WHERE organization = '{hospital}') u RETURNING id),
             o AS (INSERT INTO orders SELECT gen_random_uuid(), '{hospital}', '320106', NULL, 1, app_clock() RETURNING id),
             l AS (INSERT INTO order_lines (id, order_id, place, kind, filing, hospital, seller, manufacturer, region, pack_units, price, ordered, confirmed,
                 cancelled, shipped, accepted, rejected, returned, status, rules, confirm_by, status_since, version)
                 SELECT gen_random_uuid(), o.id, 1, 'FILED', f.id, '{hospital}', '{seller}', '{maker}', '320106', 7, 1000, {packs}, {packs}, 0, {packs},
                 {packs}, 0, 0, 'ACCEPTED', 'x', app_clock(), app_clock(), 1 FROM o, f RETURNING id),
             d AS (INSERT INTO deliveries (id, order_line, hospital, seller, note, batch, expires_on, codes, packs, accepted, rejected, shipped_at,
                 arrived_at, on_time, version) SELECT gen_random_uuid(), id, '{hospital}', '{seller}', 'n', 'b', '2030-01-01', '{{}}', {packs},
                 {packs}, 0, app_clock(), app_clock(), true, 1 FROM l RETURNING id, order_line)
             INSERT INTO acceptances SELECT gen_random_uuid(), order_line, id, '{hospital}', '{seller}', '{maker}', '320106', {packs}, 1000,
                 {packs}::bigint * 100000, 0, app_clock(), '{on}' FROM d RETURNING 'acc_' || replace(id::text, '-', '') AS line"
        );
        texts(&fund.world.database.owner, &query).await.remove(0)
    }

    /// Packs of an acceptance that went back.
    pub(super) async fn takes_back(&self, fund: &Fund, acceptance: &str, packs: u32) {
        let query = format!(
            "INSERT INTO goods_returns SELECT gen_random_uuid(), '{}', {packs}, {packs}::bigint * 100000, 'x', app_clock() RETURNING id::text AS line",
            uuid(acceptance)
        );
        texts(&fund.world.database.owner, &query).await;
    }

    /// The next number of an invoice.
    pub(super) fn next_number(&self) -> String {
        self.number.set(self.number.get() + 1);
        format!("{}{:019}", self.digit, self.number.get())
    }

    /// An invoice of so many packs, with 13 % of tax inside.
    pub(super) fn invoice(&self, fund: &Fund, acceptance: &str, packs: u32) -> Value {
        let fen = i64::from(packs) * 100_000;
        let tax = fen * 13 / 113;
        let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        let line = json!({ "acceptance": acceptance, "packs": packs.to_string(), "price": "1000", "amount": yuan(fen - tax), "tax": yuan(tax) });
        json!({ "number": self.next_number(), "hospital": fund.hospital.organization, "sellerCode": self.code,
            "buyerCode": fund.hospital.login.split_once('@').unwrap().1, "issuedOn": "2026-02-01", "lines": [line],
            "idempotencyKey": key() })
    }

    pub(super) async fn registers(&self, invoice: Value) -> Outcome {
        let query = "mutation($input: RegisterInvoiceInput!) { registerInvoice(input: $input) }";
        self.actor.asks_with(query, json!({ "input": invoice })).await
    }

    /// A maker's invoice of batches.
    pub(super) async fn registers_first(
        &self,
        number: &str,
        maker: &str,
        batches: &[(&str, u32)],
    ) -> Outcome {
        let batch = |(batch, packs): &(&str, u32)| json!({ "batch": batch, "packs": packs.to_string() });
        let batches: Vec<Value> = batches.iter().map(batch).collect();
        let input = json!({ "number": number, "makerCode": maker, "issuedOn": "2026-01-02", "batches": batches, "idempotencyKey": key() });
        let query = "mutation($input: RegisterFirstInvoiceInput!) { registerFirstInvoice(input: $input) }";
        self.actor.asks_with(query, json!({ "input": input })).await
    }

    pub(super) async fn applies(&self, fund: &Fund, month: &str) -> Outcome {
        let input = json!({ "month": month, "hospital": fund.hospital.organization, "book": fund.book, "idempotencyKey": key() });
        self.actor.does("applyForSettlement", input, "id version").await
    }
}

impl Fund {
    /// So many approved statements of one fen each, written down behind the doors.
    pub(super) async fn owes(&self, supplier: &Supplier, count: u32) {
        let (hospital, seller, user) =
            (uuid(&self.hospital.organization), uuid(&supplier.actor.organization), uuid(&self.clerk.user));
        let owed = format!(
            "INSERT INTO statements SELECT gen_random_uuid(), '2010-01-01'::date + make_interval(months => n), '{hospital}', '{seller}', '{AREA}', 'EMPLOYEE',
                 'APPROVED', 'x', NULL, 1, 0, 0, NULL, 1, 0, 0, '{user}', app_clock(), NULL, NULL, NULL, app_clock(), NULL, 1 FROM generate_series(1, {count}) n;
             INSERT INTO ledger_events (id, area, scheme, day, kind, hospital, supplier, amount, recovered, disbursed, posted_at)
                 VALUES ('{hospital}', '{AREA}', 'EMPLOYEE', '2026-01-02', 'SETTLED', '{hospital}', '{seller}', {count}, 0, 0, app_clock());
             INSERT INTO ledger_entries VALUES ('{hospital}', 1, '{AREA}', 'EMPLOYEE', 'RECEIVABLE', '{hospital}', 'DEBIT', {count}),
                 ('{hospital}', 2, '{AREA}', 'EMPLOYEE', 'PAYABLE', '{seller}', 'CREDIT', {count})"
        );
        execute(&self.world.database.owner, &owed).await;
    }

    /// What of a statement is told.
    pub(super) async fn statement(&self, id: &Value, fields: &str) -> Value {
        self.clerk.asks(&format!("{{ settlementStatement(id: {id}) {{ {fields} }} }}")).await.done()
    }

    pub(super) async fn lines(&self, id: &Value) -> Vec<Value> {
        let query = format!(
            "{{ statementLines(statement: {id}, first: 50) {{ nodes {{ id kind asked disputed resolved }} }} }}"
        );
        self.hospital.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
    }

    /// The hospital answers, with disputes of lines.
    pub(super) async fn answers(&self, seen: &Value, disputes: &[(&Value, &str)]) -> Outcome {
        let dispute =
            |(line, yuan): &(&Value, &str)| json!({ "line": line, "amount": yuan, "reason": "数量不符" });
        let disputes: Vec<Value> = disputes.iter().map(dispute).collect();
        let input = json!({ "id": seen["id"], "version": seen["version"], "disputes": disputes, "idempotencyKey": key() });
        self.hospital.does("answerStatement", input, "id version").await
    }

    pub(super) async fn judges(&self, who: &Actor, seen: &Value, decision: &str) -> Outcome {
        self.judges_in(who, seen, (decision, false)).await
    }

    /// The same, of an approval in part.
    pub(super) async fn judges_in(
        &self,
        who: &Actor,
        seen: &Value,
        (decision, part): (&str, bool),
    ) -> Outcome {
        let input = json!({ "id": seen["id"], "version": seen["version"], "decision": decision, "inPart": part,
            "reason": (decision == "RETURN").then_some("资料不全"), "idempotencyKey": key() });
        who.does("decideStatement", input, "id version").await
    }

    /// Reviewed by one, approved by another.
    pub(super) async fn approves(&self, seen: &Value) -> Value {
        let reviewed = self.judges(&self.clerk, seen, "REVIEW").await.done();
        self.judges(&self.second, &reviewed, "APPROVE").await.done()
    }

    pub(super) async fn prepares_batch(&self, day: &str) -> Outcome {
        let input = json!({ "book": self.book, "day": day, "idempotencyKey": key() });
        self.clerk.does("preparePaymentBatch", input, "id version").await
    }

    pub(super) async fn decides_batch(&self, who: &Actor, seen: &Value, approve: bool) -> Outcome {
        let input = json!({ "id": seen["id"], "version": seen["version"], "approve": approve, "idempotencyKey": key() });
        who.does("decidePaymentBatch", input, "id version").await
    }

    /// Waits until a batch is booked; its file.
    pub(super) async fn file(&self, batch: &Value) -> String {
        let begun = std::time::Instant::now();
        loop {
            let file = self.clerk.asks(&format!("{{ paymentFile(batch: {}) }}", batch["id"])).await;
            if file.code() == "ok" {
                return file.done().as_str().unwrap().to_owned();
            }
            file.refused("PAYMENT_BATCH_STATE");
            assert!(begun.elapsed().as_secs() < 60, "the batch is not booked");
        }
    }

    /// The file of a batch of what is owed, prepared and approved.
    pub(super) async fn sends(&self, day: &str) -> (Value, String) {
        let prepared = self.prepares_batch(day).await.done();
        let approved = self.decides_batch(&self.second, &prepared, true).await.done();
        let file = self.file(&approved).await;
        (approved["id"].clone(), file)
    }

    pub(super) async fn bank_says(&self, batch: &Value, file: &str) -> Outcome {
        let query = "mutation($input: TakeBankAnswerInput!) { takeBankAnswer(input: $input) }";
        let input = json!({ "batch": batch, "file": file, "idempotencyKey": key() });
        self.clerk.asks_with(query, json!({ "input": input })).await
    }
}

/// The bank's answer to every payment of a file.
pub(super) fn all_said(file: &str, answer: &str, day: &str) -> String {
    let ids: Vec<&str> =
        file.lines().skip(1).filter_map(|row| row.split(',').next()).filter(|id| *id != "TOTAL").collect();
    let reason = if answer == "PAID" { "" } else { "户名不符" };
    let rows = ids.iter().map(|id| format!("{id},{answer},{day},B{day},{reason}\n"));
    format!("payment,answer,day,reference,reason\n{}TOTAL,{}\n", rows.collect::<String>(), ids.len())
}
