//! Who takes part in a round, and so is told what happens to it.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::events::Parties;
use jicai_domain::ids::RoundId;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::{round_custodians, rounds};

/// Who takes part in an announced round; nobody in a draft.
pub async fn of(tx: &mut Tx, round: RoundId) -> Result<Parties, StoreError> {
    let custodians: Vec<Uuid> = round_custodians::table
        .inner_join(rounds::table)
        .filter(rounds::id.eq(column(round)))
        .filter(rounds::edition.ge(1))
        .select(round_custodians::custodian)
        .load(tx.connection())
        .await?;
    Ok(Parties {
        organizations: std::collections::BTreeSet::new(),
        custodians: custodians.into_iter().map(id).collect(),
    })
}
