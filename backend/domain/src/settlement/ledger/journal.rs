//! The journal as plain text that hledger reads: another program's balances are the proof of ours.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::account::{Account, Book, Side};
use super::event::{Event, Transfer};
use crate::settlement::money::Money;

/// A posted event with its transfers.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The event.
    pub event: Event,
    /// What it meant.
    pub transfers: Vec<Transfer>,
}

/// The journal in hledger's format: amounts in yuan with two places, the balance of the account asserted after each posting. Events stand in
/// the order of their days, those of a day in the order given.
#[derive(Clone, Debug)]
pub struct Journal(Vec<Posted>);

impl Journal {
    /// The journal of these postings, given in the order in which they were posted.
    pub fn new(mut postings: Vec<Posted>) -> Self {
        postings.sort_by_key(|posted| posted.event.day);
        Self(postings)
    }

    /// Every account, so that hledger refuses a misspelt one.
    fn names(&self) -> BTreeSet<String> {
        let sides = |transfer: &Transfer| [transfer.debit, transfer.credit];
        let of = |posted: &Posted| {
            let accounts = posted.transfers.iter().flat_map(sides);
            accounts.map(|account| name(posted.event.book, account)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).collect()
    }
}

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("; 单位：元 (CNY)\ndecimal-mark .\ncommodity 1000.00 CNY\n")?;
        for name in self.names() {
            writeln!(f, "account {name}")?;
        }
        let mut balances = BTreeMap::<(Book, Account), Money>::new();
        for Posted { event, transfers } in &self.0 {
            writeln!(f, "\n{} {}  ; event:{}", event.day, event.act.label(), event.id)?;
            for transfer in transfers {
                for (account, side) in [(transfer.debit, Side::Debit), (transfer.credit, Side::Credit)] {
                    let amount =
                        if side == Side::Debit { transfer.amount } else { transfer.amount.negative() };
                    let held = balances.entry((event.book, account)).or_default();
                    *held = held.plus(amount).map_err(|_refusal| fmt::Error)?;
                    writeln!(f, "    {}  {amount} CNY = {held} CNY", name(event.book, account))?;
                }
            }
        }
        Ok(())
    }
}

/// The account's name, under the five classes that hledger knows.
fn name(book: Book, account: Account) -> String {
    let class = match account {
        Account::Cash | Account::Prepayment(_) | Account::Receivable(_) => "assets",
        Account::Transit | Account::Payable(_) | Account::Claim(_) => "liabilities",
        Account::Expense => "expenses",
        Account::Funding => "equity",
    };
    let party = account.party().map(|party| format!(":{party}")).unwrap_or_default();
    format!("{class}:{book}:{}{party}", account.label())
}
