//! Payments of statements, in batches. Needs the wall open to the area.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Scope, Version};
use jicai_domain::ids::{OrganizationId, PaymentBatchId, PaymentId, StatementId, UserId};
use jicai_domain::settlement::ledger::Book;
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::payment::{Answer, BatchState};
use jicai_domain::time::{Day, Timestamp};
use uuid::Uuid;

use super::areas_of;
use super::bank::Payee;
use super::{book, money};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, fresh, id};
use crate::page::{Page, Part};
use crate::times::{day, on, timestamp};

/// A statement that waits to be paid.
#[derive(Clone, Debug)]
pub struct Due {
    /// The statement.
    pub statement: StatementId,
    /// To whom.
    pub supplier: OrganizationId,
    /// How much.
    pub amount: Money,
    /// To which account; none where the enterprise has named none.
    pub payee: Option<Payee>,
    /// The payment that did not arrive.
    pub replaces: Option<PaymentId>,
}

/// A batch.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its id.
    pub id: PaymentBatchId,
    /// The book.
    pub book: Book,
    /// The day on which it is to be paid.
    pub day: Day,
    /// Where it stands.
    pub state: BatchState,
    /// How many payments.
    pub payments: i32,
    /// How much.
    pub total: Money,
    /// Who put it together.
    pub prepared_by: UserId,
    /// When.
    pub prepared_at: Timestamp,
    /// How often it changed.
    pub version: Version,
}

/// A payment.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// The batch.
    pub batch: PaymentBatchId,
    /// The statement that it pays.
    pub statement: StatementId,
    /// To whom.
    pub supplier: OrganizationId,
    /// How much.
    pub amount: Money,
    /// To which account.
    pub payee: Payee,
    /// The payment that did not arrive, of which this is the next try.
    pub replaces: Option<PaymentId>,
    /// `PREPARED`, `INSTRUCTED`, `PAID`, `FAILED`, `RETURNED` or `VOIDED`.
    pub status: String,
    /// The bank's number of it.
    pub reference: Option<String>,
    /// Why the bank did not pay.
    pub reason: Option<String>,
    /// The day on which the bank paid.
    pub paid_on: Option<Day>,
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = SqlUuid)]
    statement: Uuid,
    #[diesel(sql_type = SqlUuid)]
    supplier: Uuid,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = Nullable<Text>)]
    holder: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    bank_code: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    account: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    replaces: Option<Uuid>,
}

/// The approved statements of a book that nothing pays yet, the older first, held until the transaction ends.
pub async fn due(tx: &mut Tx, book: Book, most: i64) -> Result<Vec<Due>, StoreError> {
    let rows: Vec<DueRow> = diesel::sql_query(
        "SELECT s.id AS statement, s.supplier, s.payable_fen AS amount, a.holder, a.bank_code, a.account, \
             (SELECT p.id FROM payments p WHERE p.statement = s.id AND p.status IN ('FAILED', 'RETURNED') \
                 AND NOT EXISTS (SELECT FROM payments n WHERE n.replaces = p.id AND n.status <> 'VOIDED') LIMIT 1) AS replaces \
         FROM statements s LEFT JOIN payee_accounts a ON a.organization = s.supplier \
         WHERE s.area = $1 AND s.scheme = $2 AND s.status = 'APPROVED' AND s.payable_fen > 0 \
             AND NOT EXISTS (SELECT FROM payments p WHERE p.statement = s.id AND p.status IN ('PREPARED', 'INSTRUCTED', 'PAID')) \
         ORDER BY s.month, s.id LIMIT $3 FOR UPDATE OF s",
    )
    .bind::<Text, _>(book.area.to_string())
    .bind::<Text, _>(book.scheme.label())
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    let due = rows.into_iter().map(|row| {
        let payee = match (row.holder, row.bank_code, row.account) {
            (Some(holder), Some(bank_code), Some(account)) => Some(Payee { holder, bank_code, account }),
            _ => None,
        };
        let (statement, supplier) = (id(row.statement), id(row.supplier));
        Ok(Due { statement, supplier, amount: money(row.amount)?, payee, replaces: row.replaces.map(id) })
    });
    due.collect()
}

/// Adds a batch with a payment for each of those statements.
pub async fn add(
    tx: &mut Tx,
    (batch, book, day): (PaymentBatchId, Book, Day),
    due: &[(Due, Payee)],
    by: UserId,
) -> Result<(), StoreError> {
    let total = Money::sum(due.iter().map(|(due, _)| due.amount))?;
    let count = i32::try_from(due.len()).map_err(|_large| StoreError::row("payments", due.len()))?;
    diesel::sql_query(
        "INSERT INTO payment_batches (id, area, scheme, day, status, payments, total_fen, prepared_by, prepared_at, version) \
         VALUES ($1, $2, $3, $4, 'PREPARED', $5, $6, $7, app_clock(), 1)",
    )
    .bind::<SqlUuid, _>(column(batch))
    .bind::<Text, _>(book.area.to_string())
    .bind::<Text, _>(book.scheme.label())
    .bind::<Date, _>(on(day))
    .bind::<Integer, _>(count)
    .bind::<BigInt, _>(total.fen())
    .bind::<SqlUuid, _>(column(by))
    .execute(tx.connection())
    .await?;
    diesel::sql_query(
        "INSERT INTO payments (id, batch, area, statement, supplier, amount_fen, holder, bank_code, account, replaces, status, status_since) \
         SELECT id, $1, $2, statement, supplier, fen, holder, bank_code, account, replaces, 'PREPARED', app_clock() \
         FROM unnest($3, $4, $5, $6, $7, $8, $9, $10) AS p (id, statement, supplier, fen, holder, bank_code, account, replaces)",
    )
    .bind::<SqlUuid, _>(column(batch))
    .bind::<Text, _>(book.area.to_string())
    .bind::<Array<SqlUuid>, _>(due.iter().map(|_one| column(fresh::<PaymentId>())).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(due.iter().map(|(due, _)| column(due.statement)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(due.iter().map(|(due, _)| column(due.supplier)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(due.iter().map(|(due, _)| due.amount.fen()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(due.iter().map(|(_, payee)| payee.holder.clone()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(due.iter().map(|(_, payee)| payee.bank_code.clone()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(due.iter().map(|(_, payee)| payee.account.clone()).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(due.iter().map(|(due, _)| due.replaces.map(column)).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct BatchRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    area: String,
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Date)]
    day: PgDate,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Integer)]
    payments: i32,
    #[diesel(sql_type = BigInt)]
    total_fen: i64,
    #[diesel(sql_type = SqlUuid)]
    prepared_by: Uuid,
    #[diesel(sql_type = Timestamptz)]
    prepared_at: PgTimestamp,
    #[diesel(sql_type = Integer)]
    version: i32,
}

const BATCH: &str = "SELECT id, area, scheme, day, status, payments, total_fen, prepared_by, prepared_at, version FROM payment_batches";

/// A batch of the scope, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock_batch(tx: &mut Tx, scope: &Scope, wanted: PaymentBatchId) -> Result<Batch, StoreError> {
    let found = batch_by(tx, &format!("{BATCH} WHERE id = $1 FOR UPDATE"), wanted).await?;
    if scope.covers(found.book.area) { Ok(found) } else { Err(Refusal::of(Code::NotFound).into()) }
}

/// A batch of the scope. Errors: `NOT_FOUND`.
pub async fn find_batch(tx: &mut Tx, scope: &Scope, wanted: PaymentBatchId) -> Result<Batch, StoreError> {
    let found = batch(tx, wanted).await?;
    if scope.covers(found.book.area) { Ok(found) } else { Err(Refusal::of(Code::NotFound).into()) }
}

/// A batch, for the work on it. Errors: `NOT_FOUND`.
pub async fn batch(tx: &mut Tx, wanted: PaymentBatchId) -> Result<Batch, StoreError> {
    batch_by(tx, &format!("{BATCH} WHERE id = $1"), wanted).await
}

async fn batch_by(tx: &mut Tx, query: &str, wanted: PaymentBatchId) -> Result<Batch, StoreError> {
    let row: Option<BatchRow> = diesel::sql_query(query)
        .bind::<SqlUuid, _>(column(wanted))
        .get_result(tx.connection())
        .await
        .optional()?;
    read_batch(&row.ok_or(Refusal::of(Code::NotFound))?)
}

/// A part of the batches of the scope, the newest first.
pub async fn batches(
    tx: &mut Tx,
    scope: &Scope,
    page: &Page<PaymentBatchId>,
) -> Result<Part<Batch>, StoreError> {
    let rows: Vec<BatchRow> = diesel::sql_query(format!(
        "{BATCH} WHERE area ~ $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    ))
    .bind::<Text, _>(areas_of(scope.regions()))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.iter().map(read_batch).collect::<Result<_, _>>()?, page))
}

/// Saves what became of a batch. Errors: `STALE_VERSION`.
pub async fn save_batch(
    tx: &mut Tx,
    (changed, expected): (PaymentBatchId, Version),
    state: BatchState,
    by: Option<UserId>,
) -> Result<(), StoreError> {
    let saved = diesel::sql_query(
        "UPDATE payment_batches SET status = $3, decided_by = coalesce($4, decided_by), \
             sent_at = CASE $3 WHEN 'SENT' THEN app_clock() END, version = version + 1 WHERE id = $1 AND version = $2",
    )
    .bind::<SqlUuid, _>(column(changed))
    .bind::<Integer, _>(expected.number())
    .bind::<Text, _>(state.label())
    .bind::<Nullable<SqlUuid>, _>(by.map(column))
    .execute(tx.connection())
    .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    batch: Uuid,
    #[diesel(sql_type = SqlUuid)]
    statement: Uuid,
    #[diesel(sql_type = SqlUuid)]
    supplier: Uuid,
    #[diesel(sql_type = BigInt)]
    amount_fen: i64,
    #[diesel(sql_type = Text)]
    holder: String,
    #[diesel(sql_type = Text)]
    bank_code: String,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    replaces: Option<Uuid>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    bank_reference: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    bank_reason: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    paid_on: Option<PgDate>,
}

const SELECT: &str = "SELECT id, batch, statement, supplier, amount_fen, holder, bank_code, account, replaces, status, bank_reference, bank_reason, \
     paid_on FROM payments";

/// The next payments of a batch that are not booked, by id, held until the transaction ends.
pub async fn unbooked(tx: &mut Tx, batch: PaymentBatchId, most: i64) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{SELECT} WHERE batch = $1 AND status = 'PREPARED' ORDER BY id LIMIT $2 FOR UPDATE"
    ))
    .bind::<SqlUuid, _>(column(batch))
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(payment).collect()
}

/// Every payment of a batch, by id.
pub async fn of_batch(tx: &mut Tx, batch: PaymentBatchId) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!("{SELECT} WHERE batch = $1 ORDER BY id"))
        .bind::<SqlUuid, _>(column(batch))
        .load(tx.connection())
        .await?;
    rows.into_iter().map(payment).collect()
}

/// Those payments of a batch, by id, held until the transaction ends.
pub async fn hold(
    tx: &mut Tx,
    batch: PaymentBatchId,
    wanted: &[PaymentId],
) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<Row> =
        diesel::sql_query(format!("{SELECT} WHERE batch = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE"))
            .bind::<SqlUuid, _>(column(batch))
            .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
            .load(tx.connection())
            .await?;
    rows.into_iter().map(payment).collect()
}

/// Gives up the payments of a batch that is held and not approved.
pub async fn void(tx: &mut Tx, batch: PaymentBatchId) -> Result<(), StoreError> {
    diesel::sql_query("UPDATE payments SET status = 'VOIDED', status_since = app_clock() WHERE batch = $1")
        .bind::<SqlUuid, _>(column(batch))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A part of the payments: of a batch, of a statement, or all that the wall lets through, the newest first.
pub async fn page(
    tx: &mut Tx,
    (batch, statement): (Option<PaymentBatchId>, Option<StatementId>),
    page: &Page<PaymentId>,
) -> Result<Part<Payment>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{SELECT} WHERE ($1 IS NULL OR batch = $1) AND ($2 IS NULL OR statement = $2) AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
    ))
    .bind::<Nullable<SqlUuid>, _>(batch.map(column))
    .bind::<Nullable<SqlUuid>, _>(statement.map(column))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(payment).collect::<Result<_, _>>()?, page))
}

/// Sets where payments stand that the transaction holds.
pub async fn set_status(tx: &mut Tx, payments: &[PaymentId], status: &str) -> Result<(), StoreError> {
    diesel::sql_query("UPDATE payments SET status = $2, status_since = app_clock() WHERE id = ANY ($1)")
        .bind::<Array<SqlUuid>, _>(payments.iter().copied().map(column).collect::<Vec<_>>())
        .bind::<Text, _>(status)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// What the bank said of a payment.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The payment.
    pub payment: PaymentId,
    /// The statement that it pays.
    pub statement: StatementId,
    /// What it said.
    pub answer: Answer,
    /// On which day.
    pub day: Day,
    /// The bank's number of it.
    pub reference: String,
    /// Why it did not pay.
    pub reason: String,
}

/// Keeps the bank's answers, and moves the statements: paid, or owed again. Errors: `STATEMENT_STATE` where one is not where it should be.
pub async fn keep_answers(tx: &mut Tx, answers: &[Answered]) -> Result<(), StoreError> {
    let told = |paid: bool| answers.iter().filter(move |answered| (answered.answer == Answer::Paid) == paid);
    diesel::sql_query(
        "UPDATE payments p SET status = a.status, bank_reference = a.reference, bank_reason = nullif(a.reason, ''), \
             paid_on = CASE a.status WHEN 'PAID' THEN a.day ELSE p.paid_on END, status_since = app_clock() \
         FROM unnest($1, $2, $3, $4, $5) AS a (id, status, reference, reason, day) WHERE p.id = a.id",
    )
    .bind::<Array<SqlUuid>, _>(answers.iter().map(|answered| column(answered.payment)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(answers.iter().map(|answered| answered.answer.label()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(answers.iter().map(|answered| answered.reference.clone()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(answers.iter().map(|answered| answered.reason.clone()).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(answers.iter().map(|answered| on(answered.day)).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    let paid: Vec<Uuid> = told(true).map(|answered| column(answered.statement)).collect();
    let back = told(false).filter(|answered| answered.answer == Answer::Returned);
    let back: Vec<Uuid> = back.map(|answered| column(answered.statement)).collect();
    for (statements, from, to) in [(paid, "APPROVED", "PAID"), (back, "PAID", "APPROVED")] {
        let moved = diesel::sql_query(
            "UPDATE statements SET status = $3, status_since = app_clock(), version = version + 1 WHERE id = ANY ($1) AND status = $2",
        )
        .bind::<Array<SqlUuid>, _>(statements.clone())
        .bind::<Text, _>(from)
        .bind::<Text, _>(to)
        .execute(tx.connection())
        .await?;
        if moved != statements.len() {
            return Err(Refusal::of(Code::StatementState).into());
        }
    }
    Ok(())
}

fn read_batch(row: &BatchRow) -> Result<Batch, StoreError> {
    Ok(Batch {
        id: id(row.id),
        book: book(&row.area, &row.scheme)?,
        day: day(row.day),
        state: BatchState::from_label(&row.status).ok_or_else(|| StoreError::row("batch", &row.status))?,
        payments: row.payments,
        total: money(row.total_fen)?,
        prepared_by: id(row.prepared_by),
        prepared_at: timestamp(row.prepared_at),
        version: Version::new(row.version),
    })
}

fn payment(row: Row) -> Result<Payment, StoreError> {
    Ok(Payment {
        id: id(row.id),
        batch: id(row.batch),
        statement: id(row.statement),
        supplier: id(row.supplier),
        amount: money(row.amount_fen)?,
        payee: Payee { holder: row.holder, bank_code: row.bank_code, account: row.account },
        replaces: row.replaces.map(id),
        status: row.status,
        reference: row.bank_reference,
        reason: row.bank_reason,
        paid_on: row.paid_on.map(day),
    })
}
