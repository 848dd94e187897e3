//! What waits of demand: with institutions and their leads, and with reviewers.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use uuid::Uuid;

use super::{DueRow, LIVE, behind};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::procurement::demand::reported_by;
use crate::schema::{demand_forms, organizations, rounds};

/// Forms that were returned, as long as they may still be put right.
pub(super) async fn returned(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let own: Vec<Uuid> = reported_by(tx, scope).await?.into_iter().map(column).collect();
    Ok(demand_forms::table
        .inner_join(rounds::table)
        .filter(demand_forms::institution.eq_any(own))
        .filter(demand_forms::status.eq("RETURNED"))
        .filter(rounds::status.eq_any(LIVE))
        .filter(behind!(demand_forms::status_since, demand_forms::id, after))
        .order((demand_forms::status_since, demand_forms::id))
        .limit(most)
        .select((
            demand_forms::id,
            demand_forms::status_since,
            demand_forms::reason,
            rounds::bids_until.nullable(),
        ))
        .load(tx.connection())
        .await?)
}

/// Forms that wait for the reviewers of the own regions.
pub(super) async fn submitted(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let own: Vec<String> = scope.regions().iter().map(ToString::to_string).collect();
    Ok(demand_forms::table
        .inner_join(organizations::table)
        .inner_join(rounds::table)
        .filter(demand_forms::waits_in.eq_any(own))
        .filter(demand_forms::status.eq("SUBMITTED"))
        .filter(rounds::status.eq_any(LIVE))
        .filter(behind!(demand_forms::status_since, demand_forms::id, after))
        .order((demand_forms::status_since, demand_forms::id))
        .limit(most)
        .select((
            demand_forms::id,
            demand_forms::status_since,
            organizations::name.nullable(),
            rounds::bids_until.nullable(),
        ))
        .load(tx.connection())
        .await?)
}
