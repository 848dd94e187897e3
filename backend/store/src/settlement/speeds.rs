//! How long it took from acceptance to payment. Needs the wall open.
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::OrganizationId;
use jicai_domain::time::Day;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::on;

/// Days from acceptance to payment of what was paid, by hospital.
#[derive(Clone, Debug, QueryableByName)]
pub struct Speed {
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    /// Acceptances that were paid.
    #[diesel(sql_type = BigInt)]
    pub acceptances: i64,
    /// How much was paid for them, fen.
    #[diesel(sql_type = BigInt)]
    pub fen: i64,
    /// Days times fen.
    #[diesel(sql_type = BigInt)]
    pub day_fen: i64,
    /// The longest.
    #[diesel(sql_type = Integer)]
    pub longest: i32,
    /// Whether it took longer than 30 days for some.
    #[diesel(sql_type = Bool)]
    pub behind: bool,
}

impl Speed {
    /// The hospital.
    pub fn hospital(&self) -> OrganizationId {
        id(self.hospital)
    }
}

/// How long it took from acceptance to payment, by hospital, of payments of those days; behind is longer than so many days.
pub async fn speeds(
    tx: &mut Tx,
    (from, until): (Day, Day),
    days: i32,
    page: &Page<OrganizationId>,
) -> Result<Part<Speed>, StoreError> {
    let rows: Vec<Speed> = diesel::sql_query(
        "SELECT s.hospital, count(*) AS acceptances, sum(d.asked_fen - d.disputed_fen)::bigint AS fen, \
             sum((p.paid_on - a.accepted_on) * (d.asked_fen - d.disputed_fen))::bigint AS day_fen, max(p.paid_on - a.accepted_on) AS longest, \
             bool_or(p.paid_on - a.accepted_on > $3) AS behind \
         FROM payments p JOIN statements s ON s.id = p.statement JOIN statement_lines d ON d.statement = s.id AND d.kind = 'INVOICE' \
             JOIN invoice_lines l ON l.id = d.invoice_line JOIN acceptances a ON a.id = l.acceptance \
         WHERE p.status = 'PAID' AND p.paid_on BETWEEN $1 AND $2 AND ($4 IS NULL OR s.hospital > $4) \
         GROUP BY s.hospital ORDER BY s.hospital LIMIT $5",
    )
    .bind::<Date, _>(on(from))
    .bind::<Date, _>(on(until))
    .bind::<Integer, _>(days)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows, page))
}
