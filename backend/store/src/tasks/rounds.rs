//! What waits because of a round, each with the deadline of the round's calendar.
use diesel::dsl::{array, exists, not};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use jicai_domain::ids::UserId;
use uuid::Uuid;

use super::{DueRow, LIVE, behind};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::schema::{demand_forms, organization_regions, round_custodians, round_regions, rounds};
use crate::times;

/// Rounds of a region that the institution lies in, while they accept demand and it has submitted none.
pub(super) async fn demand(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let now = times::at(tx.now().await?);
    let own = scope.organization().map(column);
    let buying = round_regions::table
        .inner_join(
            organization_regions::table
                .on(organization_regions::within.contains(array((round_regions::region,)))),
        )
        .filter(round_regions::round.eq(rounds::id))
        .filter(organization_regions::organization.nullable().eq(own));
    let reported = demand_forms::table
        .filter(demand_forms::round.eq(rounds::id))
        .filter(demand_forms::institution.nullable().eq(own))
        .filter(demand_forms::status.ne("DRAFT"));
    Ok(rounds::table
        .filter(rounds::status.eq_any(LIVE))
        .filter(not(exists(reported)))
        .filter(rounds::demand_from.le(now))
        .filter(rounds::demand_until.gt(now))
        .filter(exists(buying))
        .filter(behind!(rounds::demand_from, rounds::id, after))
        .order((rounds::demand_from, rounds::id))
        .limit(most)
        .select((rounds::id, rounds::demand_from, rounds::name.nullable(), rounds::demand_until.nullable()))
        .load(tx.connection())
        .await?)
}

/// The office's own drafts. One whose first date is over has to be revised or cancelled.
pub(super) async fn drafts(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    Ok(rounds::table
        .filter(rounds::status.eq("DRAFT"))
        .filter(rounds::office.nullable().eq(scope.organization().map(column)))
        .filter(behind!(rounds::created_at, rounds::id, after))
        .order((rounds::created_at, rounds::id))
        .limit(most)
        .select((rounds::id, rounds::created_at, rounds::name.nullable(), rounds::demand_from.nullable()))
        .load(tx.connection())
        .await?)
}

/// Sealed rounds of which the user is a custodian, from the hour of opening on; they have been due since then.
pub(super) async fn shares(
    tx: &mut Tx,
    user: Option<UserId>,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let now = times::at(tx.now().await?);
    Ok(rounds::table
        .inner_join(round_custodians::table)
        .filter(round_custodians::custodian.nullable().eq(user.map(column)))
        .filter(rounds::status.eq("SEALED"))
        .filter(rounds::opening_from.le(now))
        .filter(behind!(rounds::opening_from, rounds::id, after))
        .order((rounds::opening_from, rounds::id))
        .limit(most)
        .select((rounds::id, rounds::opening_from, rounds::name.nullable(), rounds::opening_from.nullable()))
        .load(tx.connection())
        .await?)
}
