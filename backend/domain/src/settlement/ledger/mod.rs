//! The ledger of direct settlement: double entry in fen, append-only, one book for each pooling area and scheme. An event is posted whole or not
//! at all, and twice is once: the same id with the same content changes nothing, with another content it is refused and the field named.
mod account;
mod event;
mod journal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use account::{Account, Book, Scheme, Side};
pub use event::{Act, Event, Told, Transfer};
pub use journal::{Journal, Posted};

use super::money::Money;
use crate::errors::{Code, Refusal};
use crate::ids::{LedgerEventId, OrganizationId, PaymentId};
use crate::time::Day;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is posted with these transfers.
    Posted(Vec<Transfer>),
    /// It was posted before; nothing changed.
    Repeated,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// The bank is told and has not answered: the money is in transit (在途).
    Instructed,
    /// The bank has paid.
    Paid,
    /// It did not arrive, and is owed again.
    Failed,
}

/// A payment as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The book.
    pub book: Book,
    /// Whom it pays, and how much.
    pub act: (OrganizationId, Money),
    /// Where it stands.
    pub state: PaymentState,
}

/// What is known of a ledger: as much of it as the next events are judged by.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Balances on the accounts' own sides; what is not told is zero.
    pub balances: Vec<(Book, Account, Money)>,
    /// Payments.
    pub payments: Vec<(PaymentId, Payment)>,
    /// Events that may be told again.
    pub events: Vec<Event>,
    /// Until when books are closed.
    pub closed: Vec<(Book, Day)>,
}

/// The balances of all books, and what is needed to judge the next event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    balances: BTreeMap<(Book, Account), Money>,
    payments: BTreeMap<PaymentId, Payment>,
    events: BTreeMap<LedgerEventId, Event>,
    closed: BTreeMap<Book, Day>,
}

impl Ledger {
    /// A ledger as it stands.
    pub fn standing(standing: Standing) -> Self {
        let Standing { balances, payments, events, closed } = standing;
        Self {
            balances: balances.into_iter().map(|(book, account, held)| ((book, account), held)).collect(),
            payments: payments.into_iter().collect(),
            events: events.into_iter().map(|event| (event.id, event)).collect(),
            closed: closed.into_iter().collect(),
        }
    }

    /// Posts an event. A refused one changes nothing.
    /// Errors: `LEDGER_EVENT_CONFLICT` (the field that differs from the first posting), `MONTH_CLOSED`, `AMOUNT_INVALID` (zero or below),
    /// `PAYMENT_STATE`, `BALANCE_INSUFFICIENT` (the account that would fall below zero).
    pub fn post(&mut self, event: &Event) -> Result<Outcome, Refusal> {
        if let Some(first) = self.events.get(&event.id) {
            return first.same_as(event).map(|()| Outcome::Repeated);
        }
        self.open_on(event.book, event.day)?;
        let payment = self.payment_after(event)?;
        let transfers = event.transfers(payment.as_ref().map(|(_, payment)| payment.act))?;
        let after = self.balances_after(event.book, &transfers)?;
        self.balances.extend(after);
        self.payments.extend(payment);
        self.events.insert(event.id, event.clone());
        Ok(Outcome::Posted(transfers))
    }

    /// Closes a book up to and with a day. Errors: `MONTH_CLOSED` where it is closed further already.
    pub fn close(&mut self, book: Book, until: Day) -> Result<(), Refusal> {
        self.open_on(book, until)?;
        self.closed.insert(book, until);
        Ok(())
    }

    /// A balance on the account's own side; never below zero.
    pub fn balance(&self, book: Book, account: Account) -> Money {
        self.balances.get(&(book, account)).copied().unwrap_or_default()
    }

    /// Every account of a book that something was ever posted to.
    pub fn accounts(&self, book: Book) -> impl Iterator<Item = (Account, Money)> {
        self.balances
            .iter()
            .filter(move |((of, _), _)| *of == book)
            .map(|((_, account), held)| (*account, *held))
    }

    /// Where a payment stands.
    pub fn payment(&self, payment: PaymentId) -> Option<PaymentState> {
        self.payments.get(&payment).map(|payment| payment.state)
    }

    fn open_on(&self, book: Book, day: Day) -> Result<(), Refusal> {
        match self.closed.get(&book) {
            Some(closed) if day <= *closed => {
                Err(Refusal::of(Code::MonthClosed).at("day").allowing(format!("> {closed}")))
            }
            _ => Ok(()),
        }
    }

    /// The payment that an event is about, as it stands after it.
    fn payment_after(&self, event: &Event) -> Result<Option<(PaymentId, Payment)>, Refusal> {
        use PaymentState::{Failed, Instructed, Paid};
        let (id, from, state) = match event.act {
            Act::Instructed { payment, supplier, amount } => {
                let new = Payment { book: event.book, act: (supplier, amount), state: Instructed };
                return if self.payments.contains_key(&payment) {
                    Err(payment_state())
                } else {
                    Ok(Some((payment, new)))
                };
            }
            Act::Paid { payment } => (payment, Instructed, Paid),
            Act::Failed { payment } => (payment, Instructed, Failed),
            Act::Returned { payment } => (payment, Paid, Failed),
            Act::Granted { .. }
            | Act::Prepaid { .. }
            | Act::Settled { .. }
            | Act::Claimed { .. }
            | Act::Covered { .. }
            | Act::Refunded { .. }
            | Act::PrepaymentReturned { .. }
            | Act::Retained { .. } => return Ok(None),
        };
        let stood =
            self.payments.get(&id).filter(|payment| payment.book == event.book && payment.state == from);
        let stood = stood.ok_or_else(payment_state)?;
        Ok(Some((id, Payment { state, ..stood.clone() })))
    }

    fn balances_after(
        &self,
        book: Book,
        transfers: &[Transfer],
    ) -> Result<BTreeMap<(Book, Account), Money>, Refusal> {
        let mut after = BTreeMap::new();
        for transfer in transfers {
            for (account, side) in [(transfer.debit, Side::Debit), (transfer.credit, Side::Credit)] {
                let key = (book, account);
                let held = after.get(&key).copied().unwrap_or_else(|| self.balance(book, account));
                let change =
                    if account.side() == side { transfer.amount } else { transfer.amount.negative() };
                after.insert(key, held.plus(change)?);
            }
        }
        let short = after.iter().find(|(_, held)| **held < Money::ZERO);
        if let Some(((_, account), _)) = short {
            return Err(insufficient(*account, self.balance(book, *account)));
        }
        let at =
            |account| after.get(&(book, account)).copied().unwrap_or_else(|| self.balance(book, account));
        if at(Account::Cash) < at(Account::Transit) {
            let free = self.balance(book, Account::Cash).minus(self.balance(book, Account::Transit))?;
            return Err(insufficient(Account::Cash, free));
        }
        Ok(after)
    }
}

fn payment_state() -> Refusal {
    Refusal::of(Code::PaymentState).at("payment")
}

fn insufficient(account: Account, held: Money) -> Refusal {
    Refusal::of(Code::BalanceInsufficient).at(account.label()).allowing(format!("<= {held}"))
}
