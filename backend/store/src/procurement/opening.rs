//! What the opening of a round reads of its announcement.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::ids::RoundId;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::schema::rounds;

/// The whole text of a round's rule set.
pub async fn rules_of(tx: &mut Tx, round: RoundId) -> Result<String, StoreError> {
    Ok(rounds::table.find(column(round)).select(rounds::rules).first(tx.connection()).await?)
}
