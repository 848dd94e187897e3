//! What waits around applications to rounds, as long as the calendar lets somebody do it.
use diesel::dsl::{exists, not};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use uuid::Uuid;

use super::{DueRow, LIVE, behind};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::schema::{app_clock, organizations, qualifications, round_editions, rounds};

/// Where applications are decided, beside the calendar.
const DECIDED: [&str; 4] = ["ANNOUNCED", "DEMAND", "BIDDING", "SEALED"];

/// Rounds to which the own organization has handed in nothing.
pub(super) async fn unanswered(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let answered = qualifications::table
        .filter(qualifications::round.eq(rounds::id))
        .filter(qualifications::applicant.nullable().eq(scope.organization().map(column)))
        .filter(qualifications::status.ne("DRAFT"));
    Ok(rounds::table
        .inner_join(round_editions::table)
        .filter(round_editions::edition.eq(1))
        .filter(rounds::status.eq_any(LIVE))
        .filter(rounds::qualification_until.gt(app_clock()))
        .filter(not(exists(answered)))
        .filter(behind!(round_editions::announced_at, rounds::id, after))
        .order((round_editions::announced_at, rounds::id))
        .limit(most)
        .select((
            rounds::id,
            round_editions::announced_at,
            rounds::name.nullable(),
            rounds::qualification_until.nullable(),
        ))
        .load(tx.connection())
        .await?)
}

pub(super) async fn returned(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    Ok(qualifications::table
        .inner_join(rounds::table)
        .filter(qualifications::applicant.nullable().eq(scope.organization().map(column)))
        .filter(qualifications::status.eq("RETURNED"))
        .filter(rounds::status.eq_any(LIVE))
        .filter(rounds::qualification_until.gt(app_clock()))
        .filter(behind!(qualifications::status_since, qualifications::id, after))
        .order((qualifications::status_since, qualifications::id))
        .limit(most)
        .select((
            qualifications::id,
            qualifications::status_since,
            qualifications::reason,
            rounds::qualification_until.nullable(),
        ))
        .load(tx.connection())
        .await?)
}

pub(super) async fn undecided(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    Ok(qualifications::table
        .inner_join(rounds::table)
        .inner_join(organizations::table)
        .filter(rounds::office.nullable().eq(scope.organization().map(column)))
        .filter(qualifications::status.eq("SUBMITTED"))
        .filter(rounds::status.eq_any(DECIDED))
        .filter(rounds::opening_from.gt(app_clock()))
        .filter(behind!(qualifications::status_since, qualifications::id, after))
        .order((qualifications::status_since, qualifications::id))
        .limit(most)
        .select((
            qualifications::id,
            qualifications::status_since,
            organizations::name.nullable(),
            rounds::opening_from.nullable(),
        ))
        .load(tx.connection())
        .await?)
}
