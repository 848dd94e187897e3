//! The ledger through the API, and what Postgres refuses to whoever goes round it.
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::{Value, json};

use super::fund::{AREA, Fund, event};
use crate::support::actor::key;
use crate::support::postgres::{Database, execute, texts};
use crate::support::program::{jicai_on, said};

/// What hledger says of a journal.
fn hledger(journal: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("hledger");
    command.args(["-f", "-"]).args(arguments).env("LC_ALL", "C.UTF-8");
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    // Where hledger is missing, `sh .ci/hledger` installs it.
    let mut child = spawned.unwrap();
    child.stdin.take().unwrap().write_all(journal.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// The whole ledger as the command line tells it.
pub(super) fn exported(database: &Database, format: &str) -> String {
    let export =
        said(jicai_on(database, Path::new("/nonexistent"), &["ledger", "export", "--format", format]));
    assert_eq!(export.code, Some(0), "{}", export.err);
    export.out
}

/// What hledger comes to for each class of account: `ACCOUNT yuan`, on the account's own side.
pub(super) fn by_hledger(journal: &str) -> Vec<String> {
    hledger(journal, &["check", "--strict"]).unwrap();
    let table = hledger(journal, &["balance", "--flat", "--no-total", "--output-format", "csv"]).unwrap();
    let rows = table.lines().skip(1).map(|row| row.trim_matches('"').split_once("\",\"").unwrap());
    let line = |(account, amount): (&str, &str)| {
        let name = account.split(':').nth(3).unwrap();
        format!("{name} {}", amount.trim_start_matches('-').trim_end_matches(" CNY"))
    };
    let mut lines: Vec<String> = rows.map(line).collect();
    lines.sort();
    lines
}

/// Statements of the service's own role, with the wall open, in one transaction.
#[expect(clippy::disallowed_methods, reason = "what nobody does through the doors")]
async fn refused(fund: &Fund, statements: &str) -> String {
    let mut connection = AsyncPgConnection::establish(&fund.world.database.app).await.unwrap();
    let whole =
        format!("BEGIN; SELECT set_config('jicai.settling_areas', '^32', true); {statements}; COMMIT");
    connection.batch_execute(&whole).await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_prepares_another_posts_and_claims_are_used_in_their_order() {
    let fund = Fund::new().await;
    let granted = fund.prepares("GRANTED", "1000.00", "2026-01-02").await.done();
    fund.decides(&fund.clerk, &granted, "POST").await.refused("SECOND_PERSON_NEEDED");
    fund.prepares("PREPAID", "300", "2026-01-03").await.refused("BALANCE_INSUFFICIENT");
    fund.decides(&fund.second, &granted, "POST").await.done();
    fund.decides(&fund.second, &granted, "POST").await.refused("STALE_VERSION");
    fund.posts("PREPAID", "300", "2026-01-03").await;
    let mistaken = fund.prepares("PREPAID", "0.01", "2026-01-03").await.done();
    fund.decides(&fund.clerk, &mistaken, "VOID").await.done();
    fund.posts("CLAIMED", "450.50", "2026-01-31").await;
    fund.offsets("2026-01-31").await.done();
    fund.offsets("2026-01-31").await.refused("NOTHING_TO_SETTLE");
    // 300 of the prepayment, the rest of the claims to the hospital.
    let expected = ["CASH 549.50", "EXPENSE 450.50", "FUNDING 1000.00"];
    assert_eq!(fund.balances().await, expected);
    let journal = exported(&fund.world.database, "hledger");
    assert_eq!(by_hledger(&journal), expected);
    assert_eq!(exported(&fund.world.database, "csv").lines().count(), 1 + 2 + 2 + 2 + 4);
    let kinds = fund.world.entries(granted["id"].as_str().unwrap()).await;
    assert_eq!(kinds, ["LedgerEventPrepared", "LedgerEventPosted"]);
    let own =
        fund.hospital.asks("{ ledgerAccounts(first: 10) { nodes { account debits credits } } }").await.done();
    let nodes = own["nodes"].as_array().unwrap();
    assert!(nodes.iter().any(|node| node["account"] == "PREPAYMENT" && node["debits"] == "300.00"), "{own}");
    assert!(nodes.iter().all(|node| node["account"] != "CASH"), "{own}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_is_one_and_another_content_names_its_field() {
    let fund = Fund::new().await;
    let id = event();
    let first = fund.tells(&id, "GRANTED", "10", "2026-01-02").await.done();
    assert_eq!(fund.tells(&id, "GRANTED", "10.00", "2026-01-02").await.done(), first);
    let field = |outcome: crate::support::actor::Outcome| {
        outcome.refused("LEDGER_EVENT_CONFLICT");
        outcome.json["errors"][0]["extensions"]["field"].as_str().unwrap().to_owned()
    };
    assert_eq!(field(fund.tells(&id, "GRANTED", "10.01", "2026-01-02").await), "amount");
    assert_eq!(field(fund.tells(&id, "GRANTED", "10", "2026-01-03").await), "day");
    assert_eq!(field(fund.tells(&id, "CLAIMED", "10", "2026-01-02").await), "kind");
    // Two approvals at once: one posts.
    let (one, other) = (fund.world.clerk(&fund.second, "another", "INSURANCE_AGENCY").await, &fund.second);
    let (one, other) = tokio::join!(fund.decides(&one, &first, "POST"), fund.decides(other, &first, "POST"));
    let mut codes = [one.code(), other.code()];
    codes.sort();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    assert_eq!(fund.balances().await, ["CASH 10.00", "FUNDING 10.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_into_a_month_that_is_closed() {
    let fund = Fund::new().await;
    fund.posts("GRANTED", "10", "2026-01-31").await;
    let late = fund.prepares("GRANTED", "1", "2026-01-31").await.done();
    let close =
        async |month: &str| fund.changes(&fund.clerk, "closeLedgerMonth", json!({ "month": month })).await;
    close("2099-01").await.refused("DATE_INVALID");
    close("2026-01").await.done();
    close("2026-01").await.refused("MONTH_CLOSED");
    fund.decides(&fund.second, &late, "POST").await.refused("MONTH_CLOSED");
    fund.prepares("GRANTED", "1", "2026-01-01").await.refused("MONTH_CLOSED");
    fund.posts("GRANTED", "1", "2026-02-01").await;
    let reopened = refused(&fund, "UPDATE ledger_books SET closed_until = NULL").await;
    assert!(reopened.contains("not opened again"), "{reopened}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_itself_keeps_the_books() {
    let fund = Fund::new().await;
    fund.posts("GRANTED", "10", "2026-01-31").await;
    fund.changes(&fund.clerk, "closeLedgerMonth", json!({ "month": "2026-01" })).await.done();
    let told = |day: &str, kind: &str| {
        format!(
            "INSERT INTO ledger_events (id, area, scheme, day, kind, amount, recovered, disbursed, posted_at) \
             VALUES ('00000000-0000-0000-0000-000000000001', '{AREA}', 'EMPLOYEE', '{day}', '{kind}', 1, 0, 0, app_clock())"
        )
    };
    let side = |line: u8, account: &str, side: &str, fen: u32| {
        format!(
            "INSERT INTO ledger_entries VALUES ('00000000-0000-0000-0000-000000000001', {line}, '{AREA}', 'EMPLOYEE', '{account}', NULL, '{side}', {fen})"
        )
    };
    let open = told("2026-02-01", "GRANTED");
    let cases = [
        (open.clone(), "not balanced"),
        (format!("{open}; {}", side(1, "CASH", "DEBIT", 1)), "not balanced"),
        (
            format!("{open}; {}; {}", side(1, "CASH", "DEBIT", 2), side(2, "FUNDING", "CREDIT", 1)),
            "not balanced",
        ),
        (format!("{open}; {}", side(1, "CASH", "CREDIT", 1_001)), "ledger_accounts_held"),
        (
            format!(
                "{open}; {}; {}",
                side(1, "EXPENSE", "DEBIT", 1_001),
                side(2, "TRANSIT", "CREDIT", 1_001)
            ),
            "more is in transit",
        ),
        (told("2026-01-31", "GRANTED"), "the month is closed"),
        (
            format!(
                "INSERT INTO ledger_entries SELECT id, 9, '{AREA}', 'EMPLOYEE', 'CASH', NULL, 'DEBIT', 1 FROM ledger_events"
            ),
            "entries come with their event",
        ),
        ("UPDATE ledger_events SET amount = 2".to_owned(), "permission denied"),
        ("DELETE FROM ledger_entries".to_owned(), "permission denied"),
        ("TRUNCATE ledger_entries".to_owned(), "permission denied"),
        ("UPDATE ledger_accounts SET debits = 0".to_owned(), "permission denied"),
    ];
    for (statements, expected) in cases {
        let answer = refused(&fund, &statements).await;
        assert!(answer.contains(expected), "{statements}: {answer}");
    }
    assert_eq!(fund.balances().await, ["CASH 10.00", "FUNDING 10.00"]);
    let seen = texts(&fund.world.database.app, "SELECT count(*)::text AS line FROM ledger_events").await;
    assert_eq!(seen, ["0"], "the second wall");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_that_is_broken_behind_the_doors_is_told() {
    let fund = Fund::new().await;
    fund.posts("GRANTED", "10", "2026-01-31").await;
    let proof = async || fund.clerk.asks("{ ledgerProof { events entries faults } }").await.done();
    assert_eq!(proof().await, json!({ "events": "1", "entries": "2", "faults": [] }));
    let database = &fund.world.database;
    let prove = || said(jicai_on(database, Path::new("/nonexistent"), &["ledger", "prove"]));
    assert_eq!(prove().code, Some(0));
    execute(&database.owner, "UPDATE ledger_accounts SET debits = debits + 1 WHERE account = 'CASH'").await;
    let faults = proof().await["faults"].clone();
    assert!(faults[0].as_str().unwrap().contains("CASH"), "{faults}");
    let told = prove();
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("1001 and 0 are kept, the entries come to 1000 and 0"), "{}", told.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_jurisdiction_sees_and_changes_nothing() {
    let fund = Fund::new().await;
    let prepared = fund.prepares("GRANTED", "10", "2026-01-31").await.done();
    let stranger = fund.world.manager("INSURANCE_AGENCY", "310000").await;
    fund.decides(&stranger, &prepared, "POST").await.refused("NOT_FOUND");
    fund.changes(&stranger, "closeLedgerMonth", json!({ "month": "2026-01" })).await.refused("NOT_FOUND");
    fund.decides(&fund.second, &prepared, "POST").await.done();
    for list in [
        "ledgerBooks { nodes { area } }",
        "ledgerEvents { nodes { id } }",
        "ledgerAccounts { nodes { account } }",
        "ledgerProposals { nodes { id } }",
    ] {
        let seen = stranger.asks(&format!("{{ {list} }}")).await.done();
        assert_eq!(seen["nodes"], Value::Array(vec![]), "{list}");
        let own = fund.clerk.asks(&format!("{{ {list} }}")).await.done();
        assert_ne!(own["nodes"], Value::Array(vec![]), "{list}");
    }
    let input = json!({ "id": event(), "kind": "GRANTED", "amount": "1", "day": "2026-01-31", "area": AREA, "scheme": "EMPLOYEE",
        "idempotencyKey": key() });
    stranger.does("prepareLedgerEvent", input, "id").await.refused("NOT_FOUND");
}
