//! Settlement statements and their lines. Needs the wall open to the party or the area.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Version;
use jicai_domain::ids::{OrganizationId, StatementId, UserId};
use jicai_domain::settlement::credit::Settled;
use jicai_domain::settlement::ledger::Book;
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::statement::{Net, StatementState};
use jicai_domain::time::{Day, Timestamp};
use uuid::Uuid;

use super::{book, money};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on, timestamp};

/// What a statement is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The first day of the month.
    pub month: Day,
    /// The hospital.
    pub hospital: OrganizationId,
    /// The enterprise.
    pub supplier: OrganizationId,
    /// The book.
    pub book: Book,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its id.
    pub id: StatementId,
    /// What it is of.
    pub subject: Subject,
    /// Where it stands.
    pub state: StatementState,
    /// The rules of its deadlines.
    pub rules: String,
    /// By when the hospital answers.
    pub confirm_by: Option<Day>,
    /// What is asked for.
    pub asked: Money,
    /// What is taken off for goods that went back.
    pub credit: Money,
    /// Credit that was carried in.
    pub carried_in: Money,
    /// What it comes to.
    pub net: Net,
    /// When it was applied for.
    pub applied_at: Timestamp,
    /// When it came to where it is.
    pub status_since: Timestamp,
    /// Why it was sent back.
    pub reason: Option<String>,
    /// Whether silence confirmed it.
    pub confirmed_itself: bool,
    /// The day on which it was read.
    pub today: Day,
    /// How often it changed.
    pub version: Version,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Date)]
    month: PgDate,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = SqlUuid)]
    supplier: Uuid,
    #[diesel(sql_type = Text)]
    area: String,
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    rules: String,
    #[diesel(sql_type = Nullable<Date>)]
    confirm_by: Option<PgDate>,
    #[diesel(sql_type = BigInt)]
    asked_fen: i64,
    #[diesel(sql_type = BigInt)]
    credit_fen: i64,
    #[diesel(sql_type = BigInt)]
    carried_in_fen: i64,
    #[diesel(sql_type = BigInt)]
    payable_fen: i64,
    #[diesel(sql_type = BigInt)]
    held_fen: i64,
    #[diesel(sql_type = BigInt)]
    carried_out_fen: i64,
    #[diesel(sql_type = BigInt)]
    deferred_fen: i64,
    #[diesel(sql_type = Timestamptz)]
    applied_at: PgTimestamp,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    reviewed_by: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    status_since: PgTimestamp,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Bool)]
    confirmed_itself: bool,
    #[diesel(sql_type = Date)]
    today: PgDate,
    #[diesel(sql_type = Integer)]
    version: i32,
}

const SELECT: &str = "SELECT id, month, hospital, supplier, area, scheme, status, rules, confirm_by, asked_fen, credit_fen, carried_in_fen, \
     payable_fen, held_fen, carried_out_fen, deferred_fen, applied_at, reviewed_by, status_since, reason, confirmed_itself, \
     (app_clock() AT TIME ZONE 'Asia/Shanghai')::date AS today, version FROM statements";

/// Where a line comes from, and what can be asked for.
#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    fen: i64,
}

#[derive(QueryableByName)]
struct Carried {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    fen: i64,
}

/// A statement that is applied for.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its id.
    pub id: StatementId,
    /// What it is of.
    pub subject: Subject,
    /// The rules of its deadlines.
    pub rules: String,
    /// By when the hospital answers.
    pub confirm_by: Option<Day>,
    /// Who applies.
    pub by: UserId,
}

/// Begins a statement, with the credit that the last closed one left. Errors: `STATEMENT_EXISTS`.
pub async fn begin(tx: &mut Tx, application: &Application) -> Result<Money, StoreError> {
    let Application { id: statement, subject, rules, confirm_by, by } = application;
    let carried: Option<Carried> = diesel::sql_query(
        "SELECT s.id, s.carried_out_fen AS fen FROM statements s WHERE s.hospital = $1 AND s.supplier = $2 AND s.area = $3 AND s.scheme = $4 \
             AND s.status = 'CLOSED' AND s.carried_out_fen > 0 AND NOT EXISTS (SELECT FROM statements n WHERE n.carried_from = s.id) \
         ORDER BY s.month LIMIT 1",
    )
    .bind::<SqlUuid, _>(column(subject.hospital))
    .bind::<SqlUuid, _>(column(subject.supplier))
    .bind::<Text, _>(subject.book.area.to_string())
    .bind::<Text, _>(subject.book.scheme.label())
    .get_result(tx.connection())
    .await
    .optional()?;
    diesel::sql_query(
        "INSERT INTO statements (id, month, hospital, supplier, area, scheme, status, rules, confirm_by, asked_fen, credit_fen, carried_in_fen, \
             carried_from, payable_fen, held_fen, carried_out_fen, applied_by, applied_at, status_since, version) \
         VALUES ($1, $2, $3, $4, $5, $6, 'APPLIED', $7, $8, 0, 0, $9, $10, 0, 0, 0, $11, app_clock(), app_clock(), 1)",
    )
    .bind::<SqlUuid, _>(column(*statement))
    .bind::<Date, _>(on(subject.month))
    .bind::<SqlUuid, _>(column(subject.hospital))
    .bind::<SqlUuid, _>(column(subject.supplier))
    .bind::<Text, _>(subject.book.area.to_string())
    .bind::<Text, _>(subject.book.scheme.label())
    .bind::<Text, _>(rules)
    .bind::<Nullable<Date>, _>(confirm_by.map(on))
    .bind::<BigInt, _>(carried.as_ref().map_or(0, |carried| carried.fen))
    .bind::<Nullable<SqlUuid>, _>(carried.as_ref().map(|carried| carried.id))
    .bind::<SqlUuid, _>(column(*by))
    .execute(tx.connection())
    .await?;
    money(carried.map_or(0, |carried| carried.fen))
}

/// Takes into a statement what matches and no statement has: invoice lines of goods accepted by the end of the month that the hospital does not pay
/// itself, and what earlier disputes and limits left to pay. How many, and how much.
pub async fn gather(tx: &mut Tx, application: &Application, until: Day) -> Result<(i64, Money), StoreError> {
    let Application { id: statement, subject, .. } = application;
    let sum: Sum = diesel::sql_query(
        "WITH found AS ( \
             SELECT l.id AS invoice_line, NULL::uuid AS resolves, NULL::uuid AS defers, l.amount_fen + l.tax_fen AS fen \
             FROM invoices i JOIN invoice_lines l ON l.invoice = i.id JOIN acceptances a ON a.id = l.acceptance \
             WHERE i.supplier = $2 AND i.hospital = $3 AND i.kind = 'BLUE' AND i.voided_at IS NULL AND l.mismatches = '{}' \
                 AND l.amount_fen + l.tax_fen > 0 AND a.accepted_on <= $4 AND left(a.region, length($5)) = $5 \
                 AND NOT EXISTS (SELECT FROM statement_lines s WHERE s.invoice_line = l.id) \
                 AND NOT EXISTS (SELECT FROM outside_payment_lines o JOIN outside_payments p ON p.id = o.payment \
                     WHERE o.acceptance = a.id AND p.status <> 'DENIED') \
             UNION ALL SELECT NULL, d.id, NULL, d.resolved_fen FROM statements s JOIN statement_lines d ON d.statement = s.id \
             WHERE s.supplier = $2 AND s.hospital = $3 AND s.area = $6 AND s.scheme = $7 AND d.resolved_fen > 0 \
                 AND NOT EXISTS (SELECT FROM statement_lines n WHERE n.resolves = d.id) \
             UNION ALL SELECT NULL, NULL, s.id, s.deferred_fen FROM statements s \
             WHERE s.supplier = $2 AND s.hospital = $3 AND s.area = $6 AND s.scheme = $7 AND s.deferred_fen > 0 \
                 AND s.status IN ('APPROVED', 'PAID', 'OFFSET', 'CLOSED') AND NOT EXISTS (SELECT FROM statement_lines n WHERE n.defers = s.id)), \
         taken AS (INSERT INTO statement_lines (id, statement, kind, invoice_line, resolves, defers, asked_fen, answer, disputed_fen) \
             SELECT gen_random_uuid(), $1, CASE WHEN invoice_line IS NOT NULL THEN 'INVOICE' WHEN resolves IS NOT NULL THEN 'RESOLVED' \
                 ELSE 'DEFERRED' END, invoice_line, resolves, defers, fen, 'OPEN', 0 \
             FROM found RETURNING asked_fen) \
         SELECT count(*) AS count, coalesce(sum(asked_fen), 0)::bigint AS fen FROM taken",
    )
    .bind::<SqlUuid, _>(column(*statement))
    .bind::<SqlUuid, _>(column(subject.supplier))
    .bind::<SqlUuid, _>(column(subject.hospital))
    .bind::<Date, _>(on(until))
    .bind::<Text, _>(subject.book.area.prefix())
    .bind::<Text, _>(subject.book.area.to_string())
    .bind::<Text, _>(subject.book.scheme.label())
    .get_result(tx.connection())
    .await?;
    Ok((sum.count, money(sum.fen)?))
}

#[derive(QueryableByName)]
struct ReturnRow {
    #[diesel(sql_type = SqlUuid)]
    acceptance: Uuid,
    #[diesel(sql_type = SqlUuid)]
    goods_return: Uuid,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
    #[diesel(sql_type = BigInt)]
    asked: i64,
    #[diesel(sql_type = BigInt)]
    credited: i64,
}

/// The acceptances of the book that were asked for in statements and of which goods went back that no statement has.
pub async fn went_back(tx: &mut Tx, subject: &Subject) -> Result<Vec<Settled<Uuid>>, StoreError> {
    let rows: Vec<ReturnRow> = diesel::sql_query(
        "SELECT a.id AS acceptance, r.id AS goods_return, r.amount_fen AS amount, a.amount_fen AS accepted, \
             (SELECT sum(o.amount_fen)::bigint FROM goods_returns o WHERE o.acceptance = a.id) AS returned, t.asked, \
             (SELECT coalesce(sum(c.asked_fen), 0)::bigint FROM goods_returns o JOIN statement_lines c ON c.goods_return = o.id \
                 WHERE o.acceptance = a.id) AS credited \
         FROM acceptances a JOIN goods_returns r ON r.acceptance = a.id \
         CROSS JOIN LATERAL (SELECT count(*) AS lines, coalesce(sum(d.asked_fen - d.disputed_fen + coalesce(d.resolved_fen, 0)), 0)::bigint AS asked \
             FROM invoice_lines l JOIN statement_lines d ON d.invoice_line = l.id JOIN statements s ON s.id = d.statement \
             WHERE l.acceptance = a.id AND s.area = $3 AND s.scheme = $4) t \
         WHERE a.seller = $1 AND a.hospital = $2 AND t.lines > 0 \
             AND NOT EXISTS (SELECT FROM statement_lines c WHERE c.goods_return = r.id) ORDER BY a.id, r.returned_at, r.id",
    )
    .bind::<SqlUuid, _>(column(subject.supplier))
    .bind::<SqlUuid, _>(column(subject.hospital))
    .bind::<Text, _>(subject.book.area.to_string())
    .bind::<Text, _>(subject.book.scheme.label())
    .load(tx.connection())
    .await?;
    let mut found: Vec<(Uuid, Settled<Uuid>)> = Vec::new();
    for row in rows {
        let open = (row.goods_return, money(row.amount)?);
        match found.last_mut() {
            Some((acceptance, settled)) if *acceptance == row.acceptance => settled.open.push(open),
            _ => found.push((
                row.acceptance,
                Settled {
                    accepted: money(row.accepted)?,
                    asked: money(row.asked)?,
                    credited: money(row.credited)?,
                    returned: money(row.returned)?,
                    open: vec![open],
                },
            )),
        }
    }
    Ok(found.into_iter().map(|(_, settled)| settled).collect())
}

/// Adds what goods that went back take off.
pub async fn add_credits(
    tx: &mut Tx,
    statement: StatementId,
    credits: &[(Uuid, Money)],
) -> Result<(), StoreError> {
    if credits.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "INSERT INTO statement_lines (id, statement, kind, goods_return, asked_fen, answer, disputed_fen) \
         SELECT gen_random_uuid(), $1, 'CREDIT', goods_return, fen, 'CONFIRMED', 0 FROM unnest($2, $3) AS c (goods_return, fen)",
    )
    .bind::<SqlUuid, _>(column(statement))
    .bind::<Array<SqlUuid>, _>(credits.iter().map(|(key, _)| *key).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(credits.iter().map(|(_, amount)| amount.fen()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Sets what a statement asks for and takes off.
pub async fn set_sums(
    tx: &mut Tx,
    statement: StatementId,
    (asked, credit): (Money, Money),
) -> Result<(), StoreError> {
    diesel::sql_query("UPDATE statements SET asked_fen = $2, credit_fen = $3 WHERE id = $1")
        .bind::<SqlUuid, _>(column(statement))
        .bind::<BigInt, _>(asked.fen())
        .bind::<BigInt, _>(credit.fen())
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A statement, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, wanted: StatementId) -> Result<Statement, StoreError> {
    one(tx, &format!("{SELECT} WHERE id = $1 FOR UPDATE"), wanted).await
}

/// A statement. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, wanted: StatementId) -> Result<Statement, StoreError> {
    one(tx, &format!("{SELECT} WHERE id = $1"), wanted).await
}

async fn one(tx: &mut Tx, query: &str, wanted: StatementId) -> Result<Statement, StoreError> {
    let row: Option<Row> = diesel::sql_query(query)
        .bind::<SqlUuid, _>(column(wanted))
        .get_result(tx.connection())
        .await
        .optional()?;
    statement(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// A part of the statements, the newest first.
pub async fn page(
    tx: &mut Tx,
    status: Option<&str>,
    page: &Page<StatementId>,
) -> Result<Part<Statement>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{SELECT} WHERE ($1 IS NULL OR status = $1) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    ))
    .bind::<Nullable<Text>, _>(status)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(statement).collect::<Result<_, _>>()?, page))
}

/// Who did what last to a statement.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// The hospital's person confirmed.
    Confirmed(UserId),
    /// The agency's clerk reviewed.
    Reviewed(UserId),
    /// The second person approved.
    Approved(UserId),
    /// Somebody else did something else.
    Other,
}

/// Saves how far a statement is and what it comes to. Errors: `STALE_VERSION`.
pub async fn save(
    tx: &mut Tx,
    (changed, expected): (StatementId, Version),
    (state, net): (StatementState, Net),
    (by, reason): (By, Option<&str>),
) -> Result<(), StoreError> {
    let (confirmed, reviewed, approved) = match by {
        By::Confirmed(by) => (Some(by), None, None),
        By::Reviewed(by) => (None, Some(by), None),
        By::Approved(by) => (None, None, Some(by)),
        By::Other => (None, None, None),
    };
    let saved = diesel::sql_query(
        "UPDATE statements SET status = $3, payable_fen = $4, held_fen = $5, carried_out_fen = $6, confirmed_by = coalesce($7, confirmed_by), \
             reviewed_by = coalesce($8, reviewed_by), approved_by = coalesce($9, approved_by), reason = $10, deferred_fen = $11, \
             status_since = app_clock(), version = version + 1 WHERE id = $1 AND version = $2",
    )
    .bind::<SqlUuid, _>(column(changed))
    .bind::<Integer, _>(expected.number())
    .bind::<Text, _>(state.label())
    .bind::<BigInt, _>(net.payable.fen())
    .bind::<BigInt, _>(net.held.fen())
    .bind::<BigInt, _>(net.carried.fen())
    .bind::<Nullable<SqlUuid>, _>(confirmed.map(column))
    .bind::<Nullable<SqlUuid>, _>(reviewed.map(column))
    .bind::<Nullable<SqlUuid>, _>(approved.map(column))
    .bind::<Nullable<Text>, _>(reason)
    .bind::<BigInt, _>(net.deferred.fen())
    .execute(tx.connection())
    .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

fn statement(row: Row) -> Result<Statement, StoreError> {
    let state = StatementState::from_row(&row.status, row.reviewed_by.map(id));
    Ok(Statement {
        id: id(row.id),
        subject: Subject {
            month: day(row.month),
            hospital: id(row.hospital),
            supplier: id(row.supplier),
            book: book(&row.area, &row.scheme)?,
        },
        state: state.ok_or_else(|| StoreError::row("statement", row.id))?,
        rules: row.rules,
        confirm_by: row.confirm_by.map(day),
        asked: money(row.asked_fen)?,
        credit: money(row.credit_fen)?,
        carried_in: money(row.carried_in_fen)?,
        net: Net {
            payable: money(row.payable_fen)?,
            held: money(row.held_fen)?,
            carried: money(row.carried_out_fen)?,
            deferred: money(row.deferred_fen)?,
        },
        applied_at: timestamp(row.applied_at),
        status_since: timestamp(row.status_since),
        reason: row.reason,
        confirmed_itself: row.confirmed_itself,
        today: day(row.today),
        version: Version::new(row.version),
    })
}
