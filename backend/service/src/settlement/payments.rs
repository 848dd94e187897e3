//! Payment batches: prepared by one person, approved by another, booked by the worker, answered by the bank.
use std::collections::BTreeMap;

use jicai_domain::audit::{Act, Actor, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Version};
use jicai_domain::ids::{Id as _, OrganizationId, PaymentBatchId, PaymentId, StatementId};
use jicai_domain::jobs::JobKind;
use jicai_domain::settlement::ledger::{Account, Act as Booked, Book, Event, Ledger, PaymentState};
use jicai_domain::settlement::payment::{BatchState, instruction};
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::settlement::bank::{self, Payee};
use jicai_store::settlement::payments::{self as rows, Answered, Batch, Due, Payment};
use jicai_store::settlement::speeds::{Speed, speeds};
use jicai_store::settlement::terms::paying_account;
use jicai_store::settlement::{ledger as ledger_rows, reach, reach_area};
use jicai_store::{Page, Part, Tx, fresh, jobs};
use sha2::{Digest as _, Sha256};

use super::bank_file::{self, Told};
use super::bank_iso;
use super::ledger::{post, within};
use super::read::{observed, own_or_observed};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::jobs::Progress;

/// Payments of one batch.
const PAYMENTS_MAX: i64 = 10_000;

/// Payments that one transaction books.
const AT_ONCE: i64 = 50;

/// Puts the approved statements of a book that nothing pays yet into a batch; those of enterprises without an account stay out. Errors:
/// `FORBIDDEN`, `NOT_FOUND`, `NOTHING_TO_SETTLE`, `PAYEE_MISSING` where only such statements are left.
pub async fn prepare_payment_batch(
    app: &App,
    caller: &Caller,
    (book, day): (Book, Day),
    key: &IdempotencyKey,
) -> Result<Changed<PaymentBatchId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    within(&scope, book)?;
    let said = [book.to_string(), day.to_string()];
    let keyed = keyed(app, Some(caller), key, "prepare_payment_batch", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let due = rows::due(tx, book, PAYMENTS_MAX).await?;
        let waiting = due.len();
        let payable: Vec<(Due, Payee)> =
            due.into_iter().filter_map(|due| due.payee.clone().map(|payee| (due, payee))).collect();
        if payable.is_empty() {
            let code = if waiting == 0 { Code::NothingToSettle } else { Code::PayeeMissing };
            return Err(Refusal::of(code).into());
        }
        let batch: PaymentBatchId = fresh();
        rows::add(tx, (batch, book, day), &payable, by).await?;
        let act = Act::new("PaymentBatchPrepared", batch)
            .with("book", book)
            .with("day", day)
            .with("payments", payable.len())
            .with("withoutAccount", waiting.saturating_sub(payable.len()));
        Ok(record(tx, actor(caller), act, Changed { id: batch, version: Version::new(1) }).await?)
    })
    .await
}

/// Approves a batch as another person, or gives it up. What is approved is booked by the worker. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`,
/// `PAYMENT_BATCH_STATE`, `SECOND_PERSON_NEEDED`, `MONTH_CLOSED`, `BALANCE_INSUFFICIENT` where the book has less cash than the batch pays.
pub async fn decide_payment_batch(
    app: &App,
    caller: &Caller,
    (batch, version, approve): (PaymentBatchId, Version, bool),
    key: &IdempotencyKey,
) -> Result<Changed<PaymentBatchId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    let said = [batch.to_string(), version.number().to_string(), approve.to_string()];
    let keyed = keyed(app, Some(caller), key, "decide_payment_batch", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let found = rows::lock_batch(tx, &scope, batch).await?;
        if found.version != version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let state = found.state.decided(found.prepared_by, approve, by)?;
        rows::save_batch(tx, (batch, version), state, Some(by)).await?;
        let kind = if approve {
            payable(tx, &found).await?;
            jobs::put(tx, JobKind::BookPayments, &batch.to_string()).await?;
            "PaymentBatchApproved"
        } else {
            rows::void(tx, batch).await?;
            "PaymentBatchVoided"
        };
        let act = Act::new(kind, batch).with("payments", found.payments).with("total", found.total);
        Ok(record(tx, actor(caller), act, Changed { id: batch, version: version.next() }).await?)
    })
    .await
}

/// Whether the book has the cash that a batch pays, and is open on its day.
async fn payable(tx: &mut Tx, batch: &Batch) -> Result<(), Error> {
    let held = ledger_rows::hold_books(tx, &[batch.book]).await?;
    let closed = held.iter().filter_map(|closed| closed.until).max();
    if closed.is_some_and(|closed| batch.day <= closed) {
        return Err(Refusal::of(Code::MonthClosed).at("day").into());
    }
    let ledger = Ledger::standing(ledger_rows::standing(tx, &held, &[]).await?);
    let free =
        ledger.balance(batch.book, Account::Cash).minus(ledger.balance(batch.book, Account::Transit))?;
    if batch.total > free {
        let most = format!("<= {free}");
        return Err(Refusal::of(Code::BalanceInsufficient).at(Account::Cash.label()).allowing(most).into());
    }
    Ok(())
}

/// Books the next payments of an approved batch, some at a time: what a worker that died left, the next one finds. The last part lets the file go.
pub(crate) async fn book_payments(app: &App, subject: &str) -> Result<Progress, Error> {
    let id = PaymentBatchId::parse(subject)?;
    let mut tx = app.store.read().await?;
    let batch = rows::batch(&mut tx, id).await?;
    drop(tx);
    if batch.state != BatchState::Approved {
        return Ok(Progress::Done);
    }
    let left = app
        .store
        .write("book_payments", async |tx| {
            reach_area(tx, batch.book.area).await?;
            let next = rows::unbooked(tx, id, AT_ONCE).await?;
            let events: Vec<Event> = next.iter().map(|payment| instructed(&batch, payment)).collect();
            if !events.is_empty() {
                post(tx, &events).await?;
                let ids: Vec<PaymentId> = next.iter().map(|payment| payment.id).collect();
                rows::set_status(tx, &ids, "INSTRUCTED").await?;
            }
            let left = rows::unbooked(tx, id, 1).await?.len();
            if left == 0 {
                rows::save_batch(tx, (id, batch.version), BatchState::Sent, None).await?;
            }
            let act = Act::new("PaymentsBooked", id).with("payments", next.len()).with("last", left == 0);
            Ok::<_, Error>(record(tx, Actor::Platform, act, left).await?)
        })
        .await?;
    Ok(if left == 0 { Progress::Done } else { Progress::Part })
}

fn instructed(batch: &Batch, payment: &Payment) -> Event {
    let act = Booked::Instructed { payment: payment.id, supplier: payment.supplier, amount: payment.amount };
    Event { id: instruction(payment.id), book: batch.book, day: batch.day, act }
}

/// The form of a file for the bank and of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankForm {
    /// A table, CSV in UTF-8.
    Table,
    /// ISO 20022: pain.001 to the bank, pain.002 from it.
    Iso20022,
}

/// The file of a batch that is booked, for the bank. Errors: `FORBIDDEN`, `NOT_FOUND`, `PAYMENT_BATCH_STATE` before it is booked,
/// `PAYING_ACCOUNT_MISSING` where the form names the account that pays.
pub async fn payment_file(
    app: &App,
    caller: &Caller,
    (batch, form): (PaymentBatchId, BankForm),
) -> Result<String, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let (found, payments, from) = app
        .store
        .keep("read_payment_file", async |tx| {
            reach(tx, &scope).await?;
            let found = rows::find_batch(tx, &scope, batch).await?;
            if found.state != BatchState::Sent {
                return Err(Refusal::of(Code::PaymentBatchState).into());
            }
            let payments = rows::of_batch(tx, batch).await?;
            let from = paying_account(tx, found.book).await?;
            Ok::<_, Error>((found, payments, from))
        })
        .await?;
    match form {
        BankForm::Table => bank_file::write(&payments),
        BankForm::Iso20022 => {
            let from = from.ok_or(Refusal::of(Code::PayingAccountMissing))?;
            bank_iso::write(&found, &from, &payments)
        }
    }
}

/// Takes in the bank's answer to a batch, whole or not at all. The same file again changes nothing. What failed or came back is owed again, and
/// the next batch pays it under a linked id. Errors: `FORBIDDEN`, `NOT_FOUND`, `PAYMENT_BATCH_STATE`, `BANK_ANSWER_INVALID` with the row,
/// `MONTH_CLOSED`.
pub async fn take_bank_answer(
    app: &App,
    caller: &Caller,
    (batch, form, file): (PaymentBatchId, BankForm, &str),
    key: &IdempotencyKey,
) -> Result<PaymentBatchId, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    let told = match form {
        BankForm::Table => bank_file::read(file)?,
        BankForm::Iso20022 => bank_iso::read(file, batch)?,
    };
    let digest = Sha256::digest(file.as_bytes());
    let said = [batch.to_string(), jicai_domain::audit::hex(&digest)];
    let keyed = keyed(app, Some(caller), key, "take_bank_answer", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let found = rows::lock_batch(tx, &scope, batch).await?;
        if found.state != BatchState::Sent {
            return Err(Refusal::of(Code::PaymentBatchState).into());
        }
        let count = i32::try_from(told.len()).map_err(|_large| Refusal::of(Code::BatchTooLarge))?;
        let new = bank::keep_answer(tx, batch, (&digest, count), by).await?;
        if new {
            answered(tx, &found, &told).await?;
        }
        let act = Act::new("BankAnswerTaken", batch).with("answers", count).with("new", new);
        Ok(record(tx, actor(caller), act, batch).await?)
    })
    .await
}

async fn answered(tx: &mut Tx, batch: &Batch, told: &[Told]) -> Result<(), Error> {
    let named: Vec<PaymentId> = told.iter().map(|told| told.payment).collect();
    let payments = rows::hold(tx, batch.id, &named).await?;
    let mut known: BTreeMap<PaymentId, &Payment> =
        payments.iter().map(|payment| (payment.id, payment)).collect();
    let mut answers = Vec::with_capacity(told.len());
    for told in told {
        // A payment stands once in a file.
        let payment = known.remove(&told.payment);
        let payment = payment.ok_or_else(|| bank_file::wrong(told.row, "a payment of this batch, once"))?;
        let from = match told.answer.answers() {
            PaymentState::Instructed => "INSTRUCTED",
            PaymentState::Paid => "PAID",
            PaymentState::Failed => "FAILED",
        };
        if payment.status != from {
            return Err(bank_file::wrong(told.row, &format!("a payment that is {from}")).into());
        }
        answers.push(Answered {
            payment: told.payment,
            statement: payment.statement,
            answer: told.answer,
            day: told.day,
            reference: told.reference.clone(),
            reason: told.reason.clone(),
        });
    }
    let event = |answered: &Answered| Event {
        id: answered.answer.event(answered.payment),
        book: batch.book,
        day: answered.day,
        act: answered.answer.act(answered.payment),
    };
    let events: Vec<Event> = answers.iter().map(event).collect();
    post(tx, &events).await?;
    Ok(rows::keep_answers(tx, &answers).await?)
}

/// A part of the batches of the jurisdiction, the newest first. Errors: `FORBIDDEN`.
pub async fn payment_batches(
    app: &App,
    caller: &Caller,
    page: &Page<PaymentBatchId>,
) -> Result<Part<Batch>, Error> {
    let scope = observed(caller)?;
    let mut tx = app.store.read().await?;
    Ok(rows::batches(&mut tx, &scope, page).await?)
}

/// A part of the payments of the jurisdiction, or to the own organization, the newest first. Errors: `FORBIDDEN`.
pub async fn payments(
    app: &App,
    caller: &Caller,
    of: (Option<PaymentBatchId>, Option<StatementId>),
    page: &Page<PaymentId>,
) -> Result<Part<Payment>, Error> {
    let scope = own_or_observed(caller)?;
    app.store
        .keep("read_payments", async |tx| {
            reach(tx, &scope).await?;
            Ok::<_, Error>(rows::page(tx, of, page).await?)
        })
        .await
}

/// Days from acceptance to payment by hospital, of payments from a day to another; behind is longer than so many days. Errors: `FORBIDDEN`.
pub async fn payment_speeds(
    app: &App,
    caller: &Caller,
    (from, until, behind): (Day, Day, i32),
    page: &Page<OrganizationId>,
) -> Result<Part<Speed>, Error> {
    let scope = observed(caller)?;
    app.store
        .keep("read_payment_speeds", async |tx| {
            reach(tx, &scope).await?;
            Ok::<_, Error>(speeds(tx, (from, until), behind, page).await?)
        })
        .await
}
