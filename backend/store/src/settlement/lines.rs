//! Lines of settlement statements, and disputes about them. Needs the wall open to the party or the area.
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{AcceptanceId, StatementId, StatementLineId};
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::statement::{Answer, Line};
use uuid::Uuid;

use super::money;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};

/// A line of a statement.
#[derive(Clone, Debug)]
pub struct ShownLine {
    /// Its id.
    pub id: StatementLineId,
    /// `INVOICE`, `RESOLVED`, `DEFERRED` or `CREDIT`.
    pub kind: String,
    /// The acceptance that it is about.
    pub acceptance: Option<AcceptanceId>,
    /// The number of the invoice.
    pub invoice: Option<String>,
    /// What is asked for, or taken off.
    pub line: Line,
    /// Why it is disputed.
    pub reason: Option<String>,
    /// What of the dispute is to be paid after all.
    pub resolved: Option<Money>,
}

#[derive(QueryableByName)]
struct LineRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    acceptance: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    invoice: Option<String>,
    #[diesel(sql_type = BigInt)]
    asked_fen: i64,
    #[diesel(sql_type = Text)]
    answer: String,
    #[diesel(sql_type = BigInt)]
    disputed_fen: i64,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    resolved_fen: Option<i64>,
}

/// A part of the lines of a statement that was found.
pub async fn lines(
    tx: &mut Tx,
    statement: StatementId,
    page: &Page<StatementLineId>,
) -> Result<Part<ShownLine>, StoreError> {
    let rows: Vec<LineRow> = diesel::sql_query(
        "SELECT d.id, d.kind, coalesce(l.acceptance, r.acceptance) AS acceptance, i.number AS invoice, d.asked_fen, d.answer, d.disputed_fen, \
             d.reason, d.resolved_fen FROM statement_lines d LEFT JOIN statement_lines o ON o.id = d.resolves \
             LEFT JOIN invoice_lines l ON l.id = coalesce(d.invoice_line, o.invoice_line) LEFT JOIN invoices i ON i.id = l.invoice \
             LEFT JOIN goods_returns r ON r.id = d.goods_return \
         WHERE d.statement = $1 AND ($2 IS NULL OR d.id > $2) ORDER BY d.id LIMIT $3",
    )
    .bind::<SqlUuid, _>(column(statement))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(line).collect::<Result<_, _>>()?, page))
}

/// What of the lines is asked for and answered, without what is taken off.
pub async fn answers(tx: &mut Tx, statement: StatementId) -> Result<Vec<Line>, StoreError> {
    let rows: Vec<LineRow> = diesel::sql_query(
        "SELECT id, kind, NULL::uuid AS acceptance, NULL::text AS invoice, asked_fen, answer, disputed_fen, reason, resolved_fen \
         FROM statement_lines WHERE statement = $1 AND kind <> 'CREDIT'",
    )
    .bind::<SqlUuid, _>(column(statement))
    .load(tx.connection())
    .await?;
    rows.into_iter().map(|row| line(row).map(|shown| shown.line)).collect()
}

/// What a hospital disputes of a line.
#[derive(Clone, Debug)]
pub struct Dispute {
    /// The line.
    pub line: StatementLineId,
    /// How much of it.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// Confirms every line of a statement but those that are disputed. Errors: `NOT_FOUND` for a line of another statement, `AMOUNT_INVALID` above what
/// it asks for.
pub async fn answer(tx: &mut Tx, statement: StatementId, disputes: &[Dispute]) -> Result<(), StoreError> {
    diesel::sql_query(
        "UPDATE statement_lines SET answer = 'CONFIRMED', disputed_fen = 0, reason = NULL WHERE statement = $1 AND kind <> 'CREDIT'",
    )
    .bind::<SqlUuid, _>(column(statement))
    .execute(tx.connection())
    .await?;
    let disputed = diesel::sql_query(
        "UPDATE statement_lines l SET answer = 'DISPUTED', disputed_fen = d.fen, reason = d.reason \
         FROM unnest($2, $3, $4) AS d (id, fen, reason) WHERE l.id = d.id AND l.statement = $1 AND l.kind <> 'CREDIT' \
             AND d.fen BETWEEN 1 AND l.asked_fen",
    )
    .bind::<SqlUuid, _>(column(statement))
    .bind::<Array<SqlUuid>, _>(disputes.iter().map(|dispute| column(dispute.line)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(disputes.iter().map(|dispute| dispute.amount.fen()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(disputes.iter().map(|dispute| dispute.reason.clone()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    if disputed == disputes.len() {
        Ok(())
    } else {
        Err(Refusal::of(Code::AmountInvalid).at("disputes").into())
    }
}

/// A dispute that is not resolved, with the statement that it is in.
#[derive(Clone, Debug)]
pub struct OpenDispute {
    /// The statement.
    pub statement: StatementId,
    /// How much is disputed.
    pub disputed: Money,
}

#[derive(QueryableByName)]
struct DisputeRow {
    #[diesel(sql_type = SqlUuid)]
    statement: Uuid,
    #[diesel(sql_type = BigInt)]
    disputed_fen: i64,
}

/// A dispute of a confirmed statement that nobody has resolved, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock_dispute(tx: &mut Tx, wanted: StatementLineId) -> Result<OpenDispute, StoreError> {
    let row: Option<DisputeRow> = diesel::sql_query(
        "SELECT d.statement, d.disputed_fen FROM statement_lines d JOIN statements s ON s.id = d.statement \
         WHERE d.id = $1 AND d.answer = 'DISPUTED' AND d.resolved_fen IS NULL AND s.status IN ('APPROVED', 'PAID', 'OFFSET', 'CLOSED') \
         FOR UPDATE OF d",
    )
    .bind::<SqlUuid, _>(column(wanted))
    .get_result(tx.connection())
    .await
    .optional()?;
    let row = row.ok_or(Refusal::of(Code::NotFound))?;
    Ok(OpenDispute { statement: id(row.statement), disputed: money(row.disputed_fen)? })
}

/// Keeps what of a dispute is to be paid after all.
pub async fn resolve(tx: &mut Tx, line: StatementLineId, payable: Money) -> Result<(), StoreError> {
    diesel::sql_query(
        "UPDATE statement_lines SET resolved_fen = $2, resolved_at = app_clock() WHERE id = $1",
    )
    .bind::<SqlUuid, _>(column(line))
    .bind::<BigInt, _>(payable.fen())
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn line(row: LineRow) -> Result<ShownLine, StoreError> {
    let answer = match row.answer.as_str() {
        "OPEN" => Answer::Open,
        "CONFIRMED" => Answer::Confirmed,
        "DISPUTED" => Answer::Disputed(money(row.disputed_fen)?),
        other => return Err(StoreError::row("answer", other)),
    };
    Ok(ShownLine {
        id: id(row.id),
        kind: row.kind,
        acceptance: row.acceptance.map(id),
        invoice: row.invoice,
        line: Line { asked: money(row.asked_fen)?, answer },
        reason: row.reason,
        resolved: row.resolved_fen.map(money).transpose()?,
    })
}
