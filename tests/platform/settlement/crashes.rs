//! A service that loses its database in the middle of a change: nothing of it stays, the same request again finishes it, and the ledger is the same to
//! the byte as where nothing went wrong. 模拟数据.
use std::collections::BTreeMap;

use jicai_domain::ids::{Id, LedgerEventId};
use jicai_store::fresh;
use serde_json::{Value, json};

use super::fund::{Fund, event};
use super::ledger::exported;
use super::trade::{Supplier, all_said};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::killed::{Hold, until_waiting};
use crate::support::postgres::texts;

/// Ends what the service does where it waits, as the end of Postgres' process would. A role may end its own sessions.
const KILL: &str = "SELECT pg_terminate_backend(pid)::text AS line FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// A change in the middle of a month, with rows that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Answered,
    Approved,
    BatchApproved,
    BankAnswered,
    Claimed,
    Covered,
}

/// Months of one enterprise with the hospital, with a word on where a step breaks off.
struct Months<F> {
    fund: Fund,
    supplier: Supplier,
    breaks: F,
    crashed: Vec<Step>,
}

impl<F: FnMut(Step) -> Option<&'static str>> Months<F> {
    async fn begin(breaks: F) -> Months<F> {
        let fund = Fund::new().await;
        fund.posts("GRANTED", "1000000.00", "2026-01-01").await;
        let supplier = Supplier::of(&fund, 1).await;
        Months { fund, supplier, breaks, crashed: Vec::new() }
    }

    /// A change that is asked for until it is done, with the same key; it may lose its database once.
    async fn asks(&mut self, step: Step, who: &Actor, (query, input): (&str, Value)) -> Value {
        let asked = async || who.asks_with(query, json!({ "input": input })).await;
        if let Some(rows) = (self.breaks)(step) {
            let held = Hold::on(&self.fund.world.database.owner, rows).await;
            self.breaks_off(step, asked()).await;
            held.ends().await;
        }
        let done = asked().await.done();
        // The answer was lost: the same again is the same answer.
        assert_eq!(asked().await.done(), done, "{step:?}");
        done
    }

    /// Lets a change come to what is held, and ends its session; one that needs nothing of it is done.
    async fn breaks_off(&mut self, step: Step, asked: impl Future<Output = Outcome>) {
        let app = self.fund.world.database.app.clone();
        tokio::pin!(asked);
        let done = tokio::select! {
            outcome = &mut asked => Some(outcome),
            () = until_waiting(&app, 1) => None,
        };
        if let Some(done) = done {
            assert_eq!(done.code(), "ok", "{step:?}");
            return;
        }
        texts(&app, KILL).await;
        assert_ne!(asked.await.code(), "ok", "{step:?}");
        self.crashed.push(step);
    }

    async fn month(&mut self, month: u32) {
        let (delivered, today) = (format!("2026-{month:02}-10"), format!("2026-{:02}-20", month + 1));
        let acceptance = self.supplier.delivers(&self.fund, month + 9, &delivered).await;
        self.supplier.registers(self.supplier.invoice(&self.fund, &acceptance, month + 9)).await.done();
        let applied = self.supplier.applies(&self.fund, &format!("2026-{month:02}")).await.done();
        let (clerk, second, hospital) = self.people().await;

        let answer =
            "mutation($input: AnswerStatementInput!) { answerStatement(input: $input) { id version } }";
        let input = json!({ "id": applied["id"], "version": applied["version"], "disputes": [], "idempotencyKey": key() });
        let answered = self.asks(Step::Answered, &hospital, (answer, input)).await;
        let reviewed = self.fund.judges(&clerk, &answered, "REVIEW").await.done();
        let decide =
            "mutation($input: DecideStatementInput!) { decideStatement(input: $input) { id version } }";
        let input = json!({ "id": reviewed["id"], "version": reviewed["version"], "decision": "APPROVE", "inPart": false, "idempotencyKey": key() });
        self.asks(Step::Approved, &second, (decide, input)).await;

        let prepared = self.fund.prepares_batch(&today).await.done();
        let batch =
            "mutation($input: DecidePaymentBatchInput!) { decidePaymentBatch(input: $input) { id version } }";
        let input = json!({ "id": prepared["id"], "version": prepared["version"], "approve": true, "idempotencyKey": key() });
        self.asks(Step::BatchApproved, &second, (batch, input)).await;
        let file = self.fund.file(&prepared).await;
        let bank = "mutation($input: TakeBankAnswerInput!) { takeBankAnswer(input: $input) }";
        let input = json!({ "batch": prepared["id"], "file": all_said(&file, "PAID", &today), "idempotencyKey": key() });
        self.asks(Step::BankAnswered, &clerk, (bank, input)).await;

        let claimed = self.fund.prepares("CLAIMED", "20000.00", &today).await.done();
        self.posted(Step::Claimed, &second, &claimed).await;
        let input = self
            .fund
            .with_book(json!({ "id": event(), "day": today, "hospital": self.fund.hospital.organization }));
        let covered = clerk.does("prepareClaimsOffset", input, "id version").await.done();
        self.posted(Step::Covered, &second, &covered).await;
    }

    /// Logged in anew: they live longer than what they borrow.
    async fn people(&self) -> (Actor, Actor, Actor) {
        let Fund { world, clerk, second, hospital, .. } = &self.fund;
        (
            world.logs_in(&clerk.login).await,
            world.logs_in(&second.login).await,
            world.logs_in(&hospital.login).await,
        )
    }

    async fn posted(&mut self, step: Step, second: &Actor, prepared: &Value) {
        let decide =
            "mutation($input: DecideLedgerEventInput!) { decideLedgerEvent(input: $input) { id version } }";
        let input = json!({ "id": prepared["id"], "version": prepared["version"], "decision": "POST", "idempotencyKey": key() });
        self.asks(step, second, (decide, input)).await;
    }

    fn journal(&self, format: &str) -> String {
        canonical(&exported(&self.fund.world.database, format))
    }
}

/// Ids as numbers, in the order in which they are named first: each world makes its own.
fn canonical(text: &str) -> String {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut told = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter| word(letter) != word(first)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        if token.len() == 36 && token.as_bytes()[3] == b'_' {
            let next = known.len();
            told.push_str(&format!("{}_{}", &token[..3], known.entry(token).or_insert(next)));
        } else {
            told.push_str(token);
        }
        rest = after;
    }
    told
}

async fn uninterrupted(months: u32) -> [String; 2] {
    let mut run = Months::begin(|_step| None).await;
    for month in 1..=months {
        run.month(month).await;
    }
    ["hledger", "csv"].map(|format| run.journal(format))
}

#[tokio::test(flavor = "multi_thread")]
async fn five_changes_that_lose_the_database_leave_the_ledger_as_it_would_be() {
    let mut run = Months::begin(|step| {
        Some(match step {
            Step::Answered => "statements",
            Step::Approved | Step::Covered => "ledger_books",
            Step::BatchApproved => "payment_batches",
            Step::BankAnswered => "payments",
            Step::Claimed => return None,
        })
    })
    .await;
    run.month(1).await;
    let expected = [Step::Answered, Step::Approved, Step::BatchApproved, Step::BankAnswered, Step::Covered];
    assert_eq!(run.crashed, expected);
    let journals = ["hledger", "csv"].map(|format| run.journal(format));
    assert_eq!(journals, uninterrupted(1).await);
    let proof = run.fund.clerk.asks("{ ledgerProof { faults } }").await.done();
    assert_eq!(proof["faults"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "fifty crashes at random places: `make fuzz` runs it"]
async fn fifty_random_crashes_leave_the_ledger_as_it_would_be() {
    let tables =
        ["statements", "statement_lines", "ledger_books", "ledger_proposals", "payment_batches", "payments"];
    let first = u32::try_from(fresh::<LedgerEventId>().number() & 0xffff_ffff).unwrap() | 1;
    let mut seed = first;
    let breaks = move |_step| {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        tables.get(usize::try_from(seed % 6).unwrap()).copied()
    };
    let mut run = Months::begin(breaks).await;
    let (mut crashed, mut worlds) = (0, 0);
    while crashed < 50 {
        for month in 1..=9 {
            run.month(month).await;
        }
        let journals = ["hledger", "csv"].map(|format| run.journal(format));
        assert_eq!(journals, uninterrupted(9).await, "seed {first:#x}");
        (crashed, worlds) = (crashed + run.crashed.len(), worlds + 1);
        assert!(worlds < 20, "nothing is held that the service needs: {crashed}");
        run = Months::begin(run.breaks).await;
    }
}
