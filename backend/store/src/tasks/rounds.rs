//! What waits because of a round, each with the deadline of the round's calendar.
use diesel::dsl::{array, exists, not};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use jicai_domain::ids::UserId;
use uuid::Uuid;

use super::{DueRow, LIVE, Row, behind};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::schema::{
    demand_forms, objections as rows, organization_regions, organizations, round_custodians, round_lots,
    round_regions, rounds, supply_boards,
};
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

/// Lots in which it is the own organization's turn to choose a region.
pub(super) async fn turns(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let since = supply_boards::turn_since.assume_not_null();
    Ok(supply_boards::table
        .inner_join(rounds::table)
        .inner_join(round_lots::table.on(round_lots::id.eq(supply_boards::lot)))
        .filter(supply_boards::firm.eq(scope.organization().map(column)))
        .filter(supply_boards::status.eq("OPEN"))
        .filter(rounds::status.eq_any(["CHOOSING", "NOTICE"]))
        .filter(behind!(since, supply_boards::lot, after))
        .order((since, supply_boards::lot))
        .limit(most)
        .select((supply_boards::lot, since, round_lots::name.nullable(), supply_boards::turn_until))
        .load(tx.connection())
        .await?)
}

/// Objections against results of the own office's rounds.
pub(super) async fn objections(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    Ok(rows::table
        .inner_join(rounds::table.on(rounds::id.eq(rows::round)))
        .inner_join(organizations::table.on(organizations::id.eq(rows::objector)))
        .filter(rounds::office.nullable().eq(scope.organization().map(column)))
        .filter(rounds::status.eq("NOTICE"))
        .filter(rows::status.eq("SUBMITTED"))
        .filter(behind!(rows::submitted_at, rows::id, after))
        .order((rows::submitted_at, rows::id))
        .limit(most)
        .select((rows::id, rows::submitted_at, organizations::name.nullable()))
        .load(tx.connection())
        .await?)
}
