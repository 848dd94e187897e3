//! Price alerts that wait for somebody.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use jicai_domain::ids::UserId;
use uuid::Uuid;

use super::{Row, behind};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::schema::alerts;

/// Open alerts of the jurisdiction that are nobody's or the user's, and those that the user works on.
pub(super) async fn waiting(
    tx: &mut Tx,
    (scope, user): (&Scope, Option<UserId>),
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let covered: Vec<String> = scope.regions().iter().map(ToString::to_string).collect();
    let user = user.map_or(Uuid::nil(), column);
    Ok(alerts::table
        .filter(alerts::within.overlaps_with(covered))
        .filter(alerts::state.eq_any(["OPEN", "ACKNOWLEDGED"]))
        .filter(alerts::assignee.eq(user).or(alerts::assignee.is_null().and(alerts::state.eq("OPEN"))))
        .filter(behind!(alerts::state_since, alerts::id, after))
        .order((alerts::state_since, alerts::id))
        .limit(most)
        .select((alerts::id, alerts::state_since, alerts::product.nullable()))
        .load(tx.connection())
        .await?)
}
