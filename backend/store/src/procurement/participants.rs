//! Who takes part in a round, and so is told what happens to it.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::events::Parties;
use jicai_domain::ids::RoundId;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::procurement::demand::institutions_of;
use crate::schema::{qualifications, round_custodians, rounds};

/// Who takes part in an announced round: its custodians and whoever applies to it, from the draft of the application on. Nobody in
/// a draft.
pub async fn of(tx: &mut Tx, round: RoundId) -> Result<Parties, StoreError> {
    let custodians: Vec<Uuid> = round_custodians::table
        .inner_join(rounds::table)
        .filter(rounds::id.eq(column(round)))
        .filter(rounds::edition.ge(1))
        .select(round_custodians::custodian)
        .load(tx.connection())
        .await?;
    let applicants: Vec<Uuid> = qualifications::table
        .filter(qualifications::round.eq(column(round)))
        .select(qualifications::applicant)
        .load(tx.connection())
        .await?;
    let institutions = institutions_of(tx, round).await?;
    Ok(Parties {
        organizations: applicants.into_iter().map(id).chain(institutions).collect(),
        custodians: custodians.into_iter().map(id).collect(),
    })
}
