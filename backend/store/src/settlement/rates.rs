//! 回款率: how much of what hospitals accepted was paid, directly and by themselves, and what is overdue. Needs the wall open.
use diesel::QueryableByName;
use diesel::pg::data_types::PgDate;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use jicai_domain::ids::{AcceptanceId, OrganizationId};
use jicai_domain::time::Day;
use uuid::Uuid;

use super::areas_of;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on};

/// What became of the goods that a hospital accepted. Sums are fen.
#[derive(Clone, Debug, QueryableByName)]
pub struct Rate {
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    /// Accepted and kept.
    #[diesel(sql_type = BigInt)]
    pub kept: i64,
    /// Paid by the fund.
    #[diesel(sql_type = BigInt)]
    pub direct: i64,
    /// Paid by the hospital itself, as the enterprises confirm.
    #[diesel(sql_type = BigInt)]
    pub outside: i64,
    /// What no statement asks for and nobody paid.
    #[diesel(sql_type = BigInt)]
    pub unasked: i64,
    /// What was to be paid by now.
    #[diesel(sql_type = BigInt)]
    pub due: i64,
    /// What of that is not paid.
    #[diesel(sql_type = BigInt)]
    pub overdue: i64,
}

impl Rate {
    /// The hospital.
    pub fn hospital(&self) -> OrganizationId {
        id(self.hospital)
    }
}

/// Goods that should have been paid.
#[derive(Clone, Debug)]
pub struct Overdue {
    /// The acceptance.
    pub acceptance: AcceptanceId,
    /// Who owes.
    pub hospital: OrganizationId,
    /// Who waits.
    pub supplier: OrganizationId,
    /// When they were accepted.
    pub accepted_on: Day,
    /// By when they were to be paid.
    pub pay_by: Day,
    /// How many days ago that was.
    pub days: i32,
    /// What is not paid, fen.
    pub open: i64,
    /// Whether a statement asks the fund for it.
    pub asked: bool,
}

#[derive(QueryableByName)]
struct OverdueRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = SqlUuid)]
    seller: Uuid,
    #[diesel(sql_type = Date)]
    accepted_on: PgDate,
    #[diesel(sql_type = Date)]
    pay_by: PgDate,
    #[diesel(sql_type = Integer)]
    days: i32,
    #[diesel(sql_type = BigInt)]
    open: i64,
    #[diesel(sql_type = BigInt)]
    asked: i64,
}

/// Which goods: accepted on those days, to be paid so many months after the month of acceptance.
#[derive(Clone, Copy, Debug)]
pub struct Goods {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// By the end of which month after that of acceptance they are to be paid.
    pub pay_after_months: i32,
    /// Today.
    pub today: Day,
}

const GOODS: &str = include_str!("../../sql/settlement/goods.sql");

/// What became of the goods that hospitals of the scope accepted, by hospital.
pub async fn rates(
    tx: &mut Tx,
    scope: &Scope,
    goods: Goods,
    page: &Page<OrganizationId>,
) -> Result<Part<Rate>, StoreError> {
    let query = format!(
        "WITH {GOODS} SELECT hospital, sum(kept)::bigint AS kept, sum(direct)::bigint AS direct, sum(outside)::bigint AS outside, \
             sum(CASE WHEN asked = 0 THEN kept - outside ELSE 0 END)::bigint AS unasked, \
             coalesce(sum(kept) FILTER (WHERE pay_by < $6), 0)::bigint AS due, \
             coalesce(sum(kept - direct - outside) FILTER (WHERE pay_by < $6), 0)::bigint AS overdue \
         FROM goods WHERE $7 IS NULL OR hospital > $7 GROUP BY hospital ORDER BY hospital LIMIT $8"
    );
    let rows: Vec<Rate> = diesel::sql_query(query)
        .bind::<Text, _>(areas_of(scope.regions()))
        .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
        .bind::<Date, _>(on(goods.from))
        .bind::<Date, _>(on(goods.until))
        .bind::<Integer, _>(goods.pay_after_months)
        .bind::<Date, _>(on(goods.today))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
        .bind::<BigInt, _>(page.limit())
        .load(tx.connection())
        .await?;
    Ok(Part::cut(rows, page))
}

/// What of the scope is overdue, the oldest first.
pub async fn overdue(
    tx: &mut Tx,
    scope: &Scope,
    goods: Goods,
    page: &Page<AcceptanceId>,
) -> Result<Part<Overdue>, StoreError> {
    let query = format!(
        "WITH {GOODS} SELECT id, hospital, seller, accepted_on, pay_by, $6 - pay_by AS days, kept - direct - outside AS open, asked \
         FROM goods WHERE pay_by < $6 AND kept > direct + outside AND ($7 IS NULL OR id > $7) ORDER BY id LIMIT $8"
    );
    let rows: Vec<OverdueRow> = diesel::sql_query(query)
        .bind::<Text, _>(areas_of(scope.regions()))
        .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
        .bind::<Date, _>(on(goods.from))
        .bind::<Date, _>(on(goods.until))
        .bind::<Integer, _>(goods.pay_after_months)
        .bind::<Date, _>(on(goods.today))
        .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
        .bind::<BigInt, _>(page.limit())
        .load(tx.connection())
        .await?;
    let overdue = |row: OverdueRow| Overdue {
        acceptance: id(row.id),
        hospital: id(row.hospital),
        supplier: id(row.seller),
        accepted_on: day(row.accepted_on),
        pay_by: day(row.pay_by),
        days: row.days,
        open: row.open,
        asked: row.asked > 0,
    };
    Ok(Part::cut(rows.into_iter().map(overdue).collect(), page))
}
