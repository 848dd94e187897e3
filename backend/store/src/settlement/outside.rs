//! What hospitals pay enterprises themselves (渠道外支付).
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Scope, Version};
use jicai_domain::ids::{AcceptanceId, OrganizationId, OutsidePaymentId, UserId};
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::outside::{Open, OutsideState};
use jicai_domain::time::Day;
use uuid::Uuid;

use super::areas_of;
use super::money;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on};

/// A payment that a hospital made itself.
#[derive(Clone, Debug)]
pub struct OutsidePayment {
    /// Its id.
    pub id: OutsidePaymentId,
    /// Who paid.
    pub hospital: OrganizationId,
    /// Whom.
    pub supplier: OrganizationId,
    /// When.
    pub paid_on: Day,
    /// How much.
    pub amount: Money,
    /// The bank's number of it.
    pub reference: String,
    /// Where it stands.
    pub state: OutsideState,
    /// How often it changed.
    pub version: Version,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = SqlUuid)]
    supplier: Uuid,
    #[diesel(sql_type = Date)]
    paid_on: PgDate,
    #[diesel(sql_type = BigInt)]
    amount_fen: i64,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    answered_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    open: i64,
    #[diesel(sql_type = Bool)]
    asked: bool,
}

const SELECT: &str = "SELECT id, hospital, supplier, paid_on, amount_fen, reference, status, answered_by, reason, version FROM outside_payments p";

/// What can still be paid of acceptances of an enterprise by a hospital; those of others are not there. Needs what goes on between the two held.
pub async fn open(
    tx: &mut Tx,
    (hospital, supplier): (OrganizationId, OrganizationId),
    wanted: &[AcceptanceId],
) -> Result<Vec<(AcceptanceId, Open)>, StoreError> {
    let rows: Vec<OpenRow> = diesel::sql_query(
        "SELECT a.id, (a.amount_fen - coalesce((SELECT sum(r.amount_fen) FROM goods_returns r WHERE r.acceptance = a.id), 0) \
             - coalesce((SELECT sum(l.amount_fen) FROM outside_payment_lines l JOIN outside_payments p ON p.id = l.payment \
                 WHERE l.acceptance = a.id AND p.status <> 'DENIED'), 0))::bigint AS open, \
             EXISTS (SELECT FROM invoice_lines l JOIN statement_lines s ON s.invoice_line = l.id WHERE l.acceptance = a.id) AS asked \
         FROM acceptances a WHERE a.id = ANY ($1) AND a.hospital = $2 AND a.seller = $3",
    )
    .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<SqlUuid, _>(column(supplier))
    .load(tx.connection())
    .await?;
    let open = |row: OpenRow| Ok((id(row.id), Open { amount: money(row.open)?, asked_directly: row.asked }));
    rows.into_iter().map(open).collect()
}

/// Adds a payment that waits for the enterprise's answer. Errors: `OUTSIDE_PAYMENT_KNOWN`.
pub async fn add(
    tx: &mut Tx,
    payment: &OutsidePayment,
    lines: &[(AcceptanceId, Money)],
    by: UserId,
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO outside_payments (id, hospital, supplier, paid_on, amount_fen, reference, status, reported_by, reported_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, 'REPORTED', $7, app_clock(), 1)",
    )
    .bind::<SqlUuid, _>(column(payment.id))
    .bind::<SqlUuid, _>(column(payment.hospital))
    .bind::<SqlUuid, _>(column(payment.supplier))
    .bind::<Date, _>(on(payment.paid_on))
    .bind::<BigInt, _>(payment.amount.fen())
    .bind::<Text, _>(&payment.reference)
    .bind::<SqlUuid, _>(column(by))
    .execute(tx.connection())
    .await?;
    diesel::sql_query(
        "INSERT INTO outside_payment_lines (payment, acceptance, amount_fen) SELECT $1, l.* FROM unnest($2, $3) AS l",
    )
    .bind::<SqlUuid, _>(column(payment.id))
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|(acceptance, _)| column(*acceptance)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(lines.iter().map(|(_, amount)| amount.fen()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A payment to an enterprise, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(
    tx: &mut Tx,
    supplier: OrganizationId,
    wanted: OutsidePaymentId,
) -> Result<OutsidePayment, StoreError> {
    let row: Option<Row> =
        diesel::sql_query(format!("{SELECT} WHERE p.id = $1 AND p.supplier = $2 FOR UPDATE"))
            .bind::<SqlUuid, _>(column(wanted))
            .bind::<SqlUuid, _>(column(supplier))
            .get_result(tx.connection())
            .await
            .optional()?;
    payment(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// Saves the answer to a payment that the transaction holds.
pub async fn answer(tx: &mut Tx, answered: &OutsidePayment, state: &OutsideState) -> Result<(), StoreError> {
    let (by, reason) = match state {
        OutsideState::Reported => (None, None),
        OutsideState::Confirmed { by } => (Some(*by), None),
        OutsideState::Denied { by, reason } => (Some(*by), Some(reason.as_str())),
    };
    let saved = diesel::sql_query(
        "UPDATE outside_payments SET status = $3, answered_by = $4, reason = $5, answered_at = app_clock(), version = version + 1 \
         WHERE id = $1 AND version = $2",
    )
    .bind::<SqlUuid, _>(column(answered.id))
    .bind::<Integer, _>(answered.version.number())
    .bind::<Text, _>(state.label())
    .bind::<Nullable<SqlUuid>, _>(by.map(column))
    .bind::<Nullable<Text>, _>(reason)
    .execute(tx.connection())
    .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// A part of the payments of a party, or of hospitals of the scope's regions, the newest first.
pub async fn page(
    tx: &mut Tx,
    scope: &Scope,
    page: &Page<OutsidePaymentId>,
) -> Result<Part<OutsidePayment>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{SELECT} WHERE ($1 IS NULL OR $1 IN (p.hospital, p.supplier)) AND ($1 IS NOT NULL OR EXISTS (SELECT FROM organization_regions o \
             WHERE o.organization = p.hospital AND o.region ~ $2)) AND ($3 IS NULL OR p.id < $3) ORDER BY p.id DESC LIMIT $4"
    ))
    .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
    .bind::<Text, _>(areas_of(scope.regions()))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(payment).collect::<Result<_, _>>()?, page))
}

fn payment(row: Row) -> Result<OutsidePayment, StoreError> {
    let reason = row.reason.as_deref().map(Reason::parse).transpose()?;
    let state = OutsideState::from_row(&row.status, row.answered_by.map(id), reason);
    Ok(OutsidePayment {
        id: id(row.id),
        hospital: id(row.hospital),
        supplier: id(row.supplier),
        paid_on: day(row.paid_on),
        amount: money(row.amount_fen)?,
        reference: row.reference,
        state: state.ok_or_else(|| StoreError::row("outside payment", row.id))?,
        version: Version::new(row.version),
    })
}
