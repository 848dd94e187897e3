//! What holds whatever happens: payments that come back twice at once, and random months of hospitals and enterprises.
use serde_json::{Value, json};

use super::fund::{AREA, Fund};
use super::ledger::{by_hledger, exported};
use super::trade::{Supplier, all_said};
use crate::support::actor::{Actor, key};
use crate::support::postgres::texts;

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_payments_come_back_once_each_however_often_the_bank_says_so() {
    let fund = Fund::new().await;
    fund.posts("GRANTED", "5.00", "2026-01-01").await;
    let supplier = Supplier::of(&fund, 1).await;
    fund.owes(&supplier, 500).await;
    let (batch, file) = fund.sends("2026-01-03").await;
    fund.bank_says(&batch, &all_said(&file, "PAID", "2026-01-04")).await.done();
    let payments: Vec<&str> =
        file.lines().skip(1).filter_map(|row| row.split(',').next()).filter(|id| *id != "TOTAL").collect();
    assert_eq!(payments.len(), 500);
    let back = |payment: &str, reference: &str| {
        format!(
            "payment,answer,day,reference,reason\n{payment},RETURNED,2026-01-05,{reference},户名不符\nTOTAL,1\n"
        )
    };
    let mut codes: Vec<[String; 2]> = Vec::new();
    for pair in payments.chunks(2) {
        let files: Vec<String> =
            pair.iter().flat_map(|payment| [back(payment, "B1"), back(payment, "B2")]).collect();
        let [one, two, three, four] = &files[..] else { panic!("{files:?}") };
        let (one, two, three, four) = tokio::join!(
            fund.bank_says(&batch, one),
            fund.bank_says(&batch, two),
            fund.bank_says(&batch, three),
            fund.bank_says(&batch, four)
        );
        codes.extend([[one.code(), two.code()], [three.code(), four.code()]]);
    }
    for codes in &mut codes {
        codes.sort();
        assert_eq!(codes, &["BANK_ANSWER_INVALID", "ok"]);
    }
    assert_eq!(codes.len(), 500);
    assert_eq!(fund.balances().await, ["CASH 5.00", "FUNDING 5.00", "PAYABLE 5.00", "RECEIVABLE 5.00"]);
    let states = "SELECT concat((SELECT count(*) FROM payments WHERE status = 'RETURNED'), ' ',
        (SELECT count(*) FROM statements WHERE status = 'APPROVED'), ' ', (SELECT count(*) FROM ledger_events WHERE kind = 'RETURNED')) AS line";
    assert_eq!(texts(&fund.world.database.owner, states).await, ["500 500 500"]);
}

/// What does not hold, a line each: the invariants of the ledger and of what stands around it.
const BROKEN: &str = "
    SELECT 'sides of ' || area || scheme AS line FROM ledger_entries GROUP BY area, scheme
        HAVING sum(CASE side WHEN 'DEBIT' THEN amount ELSE -amount END) <> 0
    UNION ALL SELECT 'below zero: ' || account FROM ledger_accounts WHERE held < 0
    UNION ALL SELECT 'owed and covered of ' || s.hospital FROM (SELECT hospital, sum(amount) FILTER (WHERE kind = 'SETTLED') AS settled,
            coalesce(sum(amount) FILTER (WHERE kind IN ('COVERED', 'REFUNDED')), 0) AS gone FROM ledger_events WHERE hospital IS NOT NULL GROUP BY 1) s
        LEFT JOIN ledger_accounts a ON a.party = s.hospital AND a.account = 'RECEIVABLE' WHERE coalesce(s.settled, 0) <> s.gone + coalesce(a.held, 0)
    UNION ALL SELECT 'expense' FROM ledger_accounts WHERE account = 'EXPENSE'
        AND held <> (SELECT sum(amount) FROM ledger_events WHERE kind IN ('CLAIMED', 'RETAINED'))
    UNION ALL SELECT 'cash' FROM ledger_accounts c WHERE account = 'CASH' AND held <> (SELECT coalesce(sum(CASE
            WHEN kind IN ('GRANTED', 'REFUNDED', 'PREPAYMENT_RETURNED') THEN amount WHEN kind = 'PREPAID' THEN -amount WHEN kind = 'COVERED' THEN -disbursed
            ELSE 0 END), 0) FROM ledger_events) - (SELECT coalesce(sum(amount_fen), 0) FROM payments WHERE status = 'PAID')
    UNION ALL SELECT 'paid more than is invoiced: ' || p.supplier FROM (SELECT supplier, sum(amount_fen) AS fen FROM payments WHERE status = 'PAID'
            GROUP BY 1) p WHERE p.fen > (SELECT sum(CASE kind WHEN 'BLUE' THEN amount_fen + tax_fen ELSE -amount_fen - tax_fen END) FROM invoices i
            WHERE i.supplier = p.supplier AND voided_at IS NULL)
    UNION ALL SELECT 'lines of ' || s.id FROM statements s WHERE s.status NOT IN ('APPLIED', 'RETURNED')
        AND s.payable_fen + s.deferred_fen - s.carried_out_fen <> (SELECT coalesce(sum(CASE l.kind WHEN 'CREDIT' THEN -l.asked_fen
            ELSE l.asked_fen - l.disputed_fen END), 0) FROM statement_lines l WHERE l.statement = s.id) - s.carried_in_fen
    UNION ALL SELECT 'settled and approved' WHERE (SELECT coalesce(sum(amount), 0) FROM ledger_events WHERE kind = 'SETTLED')
        <> (SELECT coalesce(sum(payable_fen), 0) FROM statements WHERE status IN ('APPROVED', 'PAID', 'OFFSET', 'CLOSED'))
    UNION ALL SELECT 'payable to ' || a.party FROM ledger_accounts a WHERE a.account = 'PAYABLE' AND a.held <> (SELECT coalesce(sum(s.payable_fen), 0)
        FROM statements s WHERE s.supplier = a.party AND s.status = 'APPROVED' AND NOT EXISTS (SELECT FROM payments p WHERE p.statement = s.id
            AND p.status IN ('INSTRUCTED', 'PAID')))
    UNION ALL SELECT 'more settled than accepted: ' || a.id FROM acceptances a WHERE a.amount_fen < (SELECT coalesce(sum(l.asked_fen), 0)
        FROM statement_lines l JOIN invoice_lines i ON i.id = l.invoice_line WHERE i.acceptance = a.id)";

const ACCOUNTS: &str = "SELECT concat_ws(' ', account, party, debits, credits) AS line FROM ledger_accounts ORDER BY account, party";

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    /// A place in a list of so many.
    fn place(&mut self, count: usize) -> usize {
        usize::try_from(self.below(u64::try_from(count).unwrap())).unwrap()
    }
}

/// What goes on between hospitals and enterprises.
struct Life {
    fund: Fund,
    hospitals: Vec<Actor>,
    suppliers: Vec<Supplier>,
    /// Acceptances with their supplier and the packs that stay.
    kept: Vec<(usize, String, u32)>,
    disputes: Vec<(Value, i64)>,
    months: [[u32; 2]; 2],
    answered: Vec<(Value, String)>,
    day: i32,
}

impl Life {
    async fn begins() -> Life {
        let mut fund = Fund::new().await;
        let first = fund.world.logs_in(&fund.hospital.login).await;
        fund.hospital = fund.world.manager("HOSPITAL", "320106").await;
        fund.designates("2010-01-01").await.done();
        let second = fund.world.logs_in(&fund.hospital.login).await;
        let suppliers = vec![Supplier::of(&fund, 1).await, Supplier::of(&fund, 2).await];
        let hospitals = vec![first, second];
        let (kept, disputes, answered) = (Vec::new(), Vec::new(), Vec::new());
        Life { fund, hospitals, suppliers, kept, disputes, months: [[1; 2]; 2], answered, day: 1 }
    }

    fn today(&mut self) -> String {
        self.day += 1;
        jicai_domain::time::Day::parse("2026-06-01").unwrap().plus_days(self.day).to_string()
    }

    async fn visits(&mut self, hospital: usize) {
        let login = self.hospitals[hospital].login.clone();
        self.fund.hospital = self.fund.world.logs_in(&login).await;
    }

    /// One thing happens; the code of what was refused, where something was.
    async fn steps(&mut self, dice: &mut Dice) -> String {
        let (hospital, supplier) =
            (usize::try_from(dice.below(2)).unwrap(), usize::try_from(dice.below(2)).unwrap());
        self.visits(hospital).await;
        match dice.below(12) {
            0..=2 => self.delivers(dice, (hospital, supplier)).await,
            3 => self.takes_back(dice).await,
            4..=6 => self.settles(dice, (hospital, supplier)).await,
            7 => self.claims(dice).await,
            8 => self.resolves(dice).await,
            9 => self.refunds(dice).await,
            10 => self.replays(dice).await,
            _ => self.pays(dice).await,
        }
    }

    async fn delivers(&mut self, dice: &mut Dice, (hospital, supplier): (usize, usize)) -> String {
        let packs = u32::try_from(dice.below(9)).unwrap() + 1;
        let month = self.months[hospital][supplier].min(5);
        let supplies = &self.suppliers[supplier];
        let acceptance = supplies.delivers(&self.fund, packs, &format!("2026-{month:02}-10")).await;
        let invoiced = u32::try_from(dice.below(u64::from(packs))).unwrap() + 1;
        let outcome = supplies.registers(supplies.invoice(&self.fund, &acceptance, invoiced)).await;
        self.kept.push((supplier, acceptance, packs));
        outcome.code()
    }

    async fn takes_back(&mut self, dice: &mut Dice) -> String {
        if self.kept.is_empty() {
            return "nothing".to_owned();
        }
        let at = dice.place(self.kept.len());
        let (supplier, acceptance, packs) = self.kept[at].clone();
        if packs > 0 {
            let back = u32::try_from(dice.below(u64::from(packs))).unwrap() + 1;
            self.suppliers[supplier].takes_back(&self.fund, &acceptance, back).await;
            self.kept[at].2 -= back;
        }
        "ok".to_owned()
    }

    async fn settles(&mut self, dice: &mut Dice, (hospital, supplier): (usize, usize)) -> String {
        let month = self.months[hospital][supplier];
        if month > 5 {
            return "nothing".to_owned();
        }
        let applied = self.suppliers[supplier].applies(&self.fund, &format!("2026-{month:02}")).await;
        if applied.code() != "ok" {
            return applied.code();
        }
        let applied = applied.done();
        self.months[hospital][supplier] += 1;
        let lines = self.fund.lines(&applied["id"]).await;
        let asked = lines.iter().filter(|line| line["kind"] != "CREDIT");
        let disputed: Vec<(Value, i64)> = asked
            .filter(|_line| dice.below(3) == 0)
            .map(|line| {
                let fen: i64 = line["asked"].as_str().unwrap().replace('.', "").parse().unwrap();
                (line["id"].clone(), fen / 3 + 1)
            })
            .collect();
        let yuan: Vec<String> =
            disputed.iter().map(|(_, fen)| format!("{}.{:02}", fen / 100, fen % 100)).collect();
        let disputes: Vec<(&Value, &str)> =
            disputed.iter().zip(&yuan).map(|((line, _), yuan)| (line, yuan.as_str())).collect();
        let answered = self.fund.answers(&applied, &disputes).await.done();
        let reviewed = self.fund.judges(&self.fund.clerk, &answered, "REVIEW").await.done();
        let approved = self.fund.judges_in(&self.fund.second, &reviewed, ("APPROVE", true)).await;
        if approved.code() == "ok" {
            self.disputes.extend(disputed);
        }
        approved.code()
    }

    async fn claims(&mut self, dice: &mut Dice) -> String {
        let day = self.today();
        self.fund.posts("GRANTED", "5000", &day).await;
        self.fund.posts("CLAIMED", &format!("{}", dice.below(9_000) + 1), &day).await;
        self.fund.offsets(&day).await.code()
    }

    async fn resolves(&mut self, dice: &mut Dice) -> String {
        let Some((line, fen)) = self.disputes.pop() else { return "nothing".to_owned() };
        let of = i64::try_from(dice.below(u64::try_from(fen).unwrap() + 1)).unwrap();
        let resolve = json!({ "line": line, "amount": format!("{}.{:02}", of / 100, of % 100), "idempotencyKey": key() });
        let query = "mutation($input: ResolveDisputeInput!) { resolveDispute(input: $input) }";
        // Only the hospital whose line it is can say so.
        self.fund.hospital.asks_with(query, json!({ "input": resolve })).await.code()
    }

    async fn refunds(&mut self, dice: &mut Dice) -> String {
        let (yuan, day) = (format!("{}", dice.below(3_000) + 1), self.today());
        let prepared = self.fund.prepares("REFUNDED", &yuan, &day).await;
        if prepared.code() != "ok" {
            return prepared.code();
        }
        self.fund.decides(&self.fund.second, &prepared.done(), "POST").await.code()
    }

    /// What the bank has said already, once more.
    async fn replays(&mut self, dice: &mut Dice) -> String {
        if self.answered.is_empty() {
            return "nothing".to_owned();
        }
        let at = dice.place(self.answered.len());
        let (batch, file) = &self.answered[at];
        self.fund.bank_says(batch, file).await.done();
        "replayed".to_owned()
    }

    async fn pays(&mut self, dice: &mut Dice) -> String {
        let day = self.today();
        let prepared = self.fund.prepares_batch(&day).await;
        if prepared.code() != "ok" {
            return prepared.code();
        }
        let prepared = prepared.done();
        let decided = self.fund.decides_batch(&self.fund.second, &prepared, true).await;
        if decided.code() != "ok" {
            self.fund.decides_batch(&self.fund.second, &prepared, false).await.done();
            return decided.code();
        }
        let file = self.fund.file(&prepared).await;
        let says: &[&str] = [&["PAID"][..], &["FAILED"], &["PAID", "RETURNED"]][dice.place(3)];
        for answer in says {
            let told = all_said(&file, answer, &self.today());
            self.fund.bank_says(&prepared["id"], &told).await.done();
            self.answered.push((prepared["id"].clone(), told));
        }
        "ok".to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invariants_hold_after_every_event_of_random_months() {
    for seed in [0x5eed_0001, 0x5eed_0002] {
        let (mut dice, mut life) = (Dice(seed), Life::begins().await);
        let owner = life.fund.world.database.owner.clone();
        let mut seen = std::collections::BTreeSet::new();
        for step in 0..45 {
            let before = texts(&owner, ACCOUNTS).await;
            let code = life.steps(&mut dice).await;
            assert_eq!(
                texts(&owner, BROKEN).await,
                Vec::<String>::new(),
                "seed {seed:#x}, step {step}: {code}"
            );
            // What changes nothing leaves every balance as it was.
            if code == "replayed" || code == "EXPOSURE_EXCEEDED" {
                assert_eq!(texts(&owner, ACCOUNTS).await, before, "seed {seed:#x}, step {step}: {code}");
            }
            seen.insert(code);
        }
        assert!(seen.contains("ok") && seen.len() >= 3, "{seen:?}");
        let mut balances = life.fund.balances().await;
        balances.sort();
        assert_eq!(by_hledger(&exported(&life.fund.world.database, "hledger")), balances);
        let proof = life.fund.clerk.asks("{ ledgerProof { faults } }").await.done();
        assert_eq!(proof["faults"], json!([]), "seed {seed:#x} in {AREA}");
    }
}
