//! The ledger of direct settlement against another program: hledger reads the journal, checks the balance after every posting, and comes to the
//! same balances to the fen. 模拟数据.
#![expect(
    clippy::unwrap_used,
    clippy::tests_outside_test_module,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{Id, LedgerEventId, OrganizationId, PaymentId};
use jicai_domain::settlement::ledger::{
    Account, Act, Book, Event, Journal, Ledger, Outcome, Posted, Scheme, Side,
};
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Day;
use proptest::prelude::*;

fn books() -> [Book; 3] {
    let book = |area, scheme| Book { area: RegionCode::parse(area).unwrap(), scheme };
    [book("440100", Scheme::Employee), book("440100", Scheme::Resident), book("320500", Scheme::Employee)]
}

/// What hledger says of a journal: whether its checks pass, and the balance of every account.
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

/// The balances that hledger comes to, by account, without the zero ones. Debit is above zero.
fn balances(journal: &str) -> BTreeMap<String, String> {
    let table = hledger(journal, &["balance", "--flat", "--no-total", "--output-format", "csv"]).unwrap();
    let rows = table.lines().skip(1).map(|row| row.trim_matches('"').split_once("\",\"").unwrap());
    rows.map(|(account, amount)| (account.to_owned(), amount.trim_end_matches(" CNY").to_owned())).collect()
}

/// Ours, in the same form.
fn ours(ledger: &Ledger) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for book in books() {
        for (account, held) in ledger.accounts(book).filter(|(_, held)| *held != Money::ZERO) {
            let debit = account.side() == Side::Debit;
            let signed = if debit { held } else { held.negative() };
            let party = account.party().map(|party| format!(":{party}")).unwrap_or_default();
            let class = match account {
                Account::Expense => "expenses",
                Account::Funding => "equity",
                Account::Cash | Account::Prepayment(_) | Account::Receivable(_) => "assets",
                Account::Transit | Account::Payable(_) | Account::Claim(_) => "liabilities",
            };
            all.insert(format!("{class}:{book}:{}{party}", account.label()), signed.to_string());
        }
    }
    all
}

/// An act made of numbers: most of what happens to money, of two hospitals and two suppliers.
fn act(kind: u8, who: u8, fen: i64, payment: u32) -> Act {
    let hospital = OrganizationId::from_number(u128::from(who % 2) + 1);
    let supplier = OrganizationId::from_number(u128::from(who / 2 % 2) + 11);
    let payment = PaymentId::from_number(u128::from(payment));
    let amount = Money::of_fen(fen).unwrap();
    match kind % 13 {
        0 | 1 => Act::Granted { amount: Money::of_fen(fen.saturating_mul(5)).unwrap() },
        2 => Act::Prepaid { hospital, amount },
        3 => Act::Settled { hospital, supplier, amount },
        4 => Act::Instructed { payment, supplier, amount },
        5 => Act::Paid { payment },
        6 => Act::Failed { payment },
        7 => Act::Returned { payment },
        8 => Act::Claimed { hospital, amount },
        9 => Act::Covered { hospital, offset: amount, recovered: Money::ZERO, disbursed: Money::ZERO },
        10 => Act::Refunded { hospital, amount },
        11 => Act::Retained { hospital, amount },
        _ => Act::Covered { hospital, offset: Money::ZERO, recovered: amount, disbursed: amount },
    }
}

fn posted(ledger: &mut Ledger, number: u128, book: Book, day: Day, act: Act) -> Option<Posted> {
    let event = Event { id: LedgerEventId::from_number(number), book, day, act };
    match ledger.post(&event) {
        Ok(Outcome::Posted(transfers)) => Some(Posted { event, transfers }),
        Ok(Outcome::Repeated) | Err(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn hledger_comes_to_the_same_balances_of_any_history(
        acts in prop::collection::vec((any::<u8>(), any::<u8>(), 1i64..1_000_000, 0u32..20, 0usize..3, 0i32..90), 200..400),
    ) {
        let first = Day::parse("2026-01-01").unwrap();
        let mut ledger = Ledger::default();
        let postings: Vec<Posted> = (0u128..).zip(acts).filter_map(|(number, (kind, who, fen, payment, book, day))| {
            let book = books().into_iter().nth(book).unwrap();
            posted(&mut ledger, number, book, first.plus_days(day), act(kind, who, fen, payment))
        }).collect();
        prop_assume!(postings.len() > 40);
        let journal = Journal::new(postings).to_string();
        hledger(&journal, &["check", "--strict"]).map_err(TestCaseError::fail)?;
        prop_assert_eq!(balances(&journal), ours(&ledger));
    }
}

#[test]
fn hledger_notices_a_fen_that_is_missing() {
    let mut ledger = Ledger::default();
    let day = Day::parse("2026-01-01").unwrap();
    let [book, ..] = books();
    let granted = posted(&mut ledger, 1, book, day, Act::Granted { amount: Money::parse("100.00").unwrap() });
    let journal = Journal::new(granted.into_iter().collect()).to_string();
    assert!(hledger(&journal, &["check"]).is_ok());
    assert!(hledger(&journal.replacen("100.00 CNY =", "99.99 CNY =", 1), &["check"]).is_err());
    assert!(hledger(&journal.replace("= 100.00", "= 100.01"), &["check"]).is_err());
}
