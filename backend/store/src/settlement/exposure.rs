//! What hospitals owe the fund beside what they claim. Needs the wall open.
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::OrganizationId;
use jicai_domain::settlement::ledger::Book;
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Day;
use uuid::Uuid;

use super::money;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on};

/// What the fund has laid out for a hospital.
#[derive(Clone, Copy, Debug)]
pub struct Outlay {
    /// The hospital.
    pub hospital: OrganizationId,
    /// Paid on its commission and not offset.
    pub receivable: Money,
    /// Prepaid to it.
    pub prepaid: Money,
    /// Its approved claims that are not used yet.
    pub claims_open: Money,
    /// Its claims since a day.
    pub claimed: Money,
    /// In how many months it had any.
    pub months: u32,
    /// The day of the oldest statement that is not covered.
    pub since: Option<Day>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = BigInt)]
    receivable: i64,
    #[diesel(sql_type = BigInt)]
    prepaid: i64,
    #[diesel(sql_type = BigInt)]
    claims_open: i64,
    #[diesel(sql_type = BigInt)]
    claimed: i64,
    #[diesel(sql_type = BigInt)]
    months: i64,
    #[diesel(sql_type = Nullable<Date>)]
    since: Option<PgDate>,
}

/// A part of the hospitals of a book, or one of them, by id, with their claims since a day. Offsets and refunds take the oldest statements first.
pub async fn outlays(
    tx: &mut Tx,
    (book, hospital): (Book, Option<OrganizationId>),
    since: Day,
    page: &Page<OrganizationId>,
) -> Result<Part<Outlay>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT a.party AS hospital, coalesce(sum(a.held) FILTER (WHERE a.account = 'RECEIVABLE'), 0)::bigint AS receivable, \
             coalesce(sum(a.held) FILTER (WHERE a.account = 'PREPAYMENT'), 0)::bigint AS prepaid, \
             coalesce(sum(a.held) FILTER (WHERE a.account = 'CLAIM'), 0)::bigint AS claims_open, \
             (SELECT coalesce(sum(e.amount), 0)::bigint FROM ledger_events e WHERE e.hospital = a.party AND e.area = $1 AND e.scheme = $2 \
                 AND e.kind = 'CLAIMED' AND e.day >= $3) AS claimed, \
             (SELECT count(DISTINCT date_trunc('month', e.day)) FROM ledger_events e WHERE e.hospital = a.party AND e.area = $1 AND e.scheme = $2 \
                 AND e.kind = 'CLAIMED' AND e.day >= $3) AS months, \
             (SELECT min(s.day) FROM (SELECT e.day, sum(e.amount) OVER (ORDER BY e.position) AS until FROM ledger_events e \
                 WHERE e.hospital = a.party AND e.area = $1 AND e.scheme = $2 AND e.kind = 'SETTLED') s \
                 WHERE s.until > max(a.credits) FILTER (WHERE a.account = 'RECEIVABLE')) AS since \
         FROM ledger_accounts a WHERE a.area = $1 AND a.scheme = $2 AND a.account IN ('RECEIVABLE', 'PREPAYMENT', 'CLAIM') \
             AND ($4 IS NULL OR a.party = $4) AND ($5 IS NULL OR a.party > $5) GROUP BY a.party ORDER BY a.party LIMIT $6",
    )
    .bind::<Text, _>(book.area.to_string())
    .bind::<Text, _>(book.scheme.label())
    .bind::<Date, _>(on(since))
    .bind::<Nullable<SqlUuid>, _>(hospital.map(column))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.iter().map(outlay).collect::<Result<_, _>>()?, page))
}

fn outlay(row: &Row) -> Result<Outlay, StoreError> {
    Ok(Outlay {
        hospital: id(row.hospital),
        receivable: money(row.receivable)?,
        prepaid: money(row.prepaid)?,
        claims_open: money(row.claims_open)?,
        claimed: money(row.claimed)?,
        months: u32::try_from(row.months).unwrap_or(0),
        since: row.since.map(day),
    })
}
