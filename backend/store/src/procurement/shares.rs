//! Shares of a round's key, between the first one and the opening.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{RoundId, UserId};

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::schema::{app_clock, round_shares};

/// Keeps a share; false where the custodian's is there already.
pub async fn add(
    tx: &mut Tx,
    round: RoundId,
    (position, custodian): (u8, UserId),
    envelope: &[u8],
) -> Result<bool, StoreError> {
    let added = diesel::insert_into(round_shares::table)
        .values((
            round_shares::round.eq(column(round)),
            round_shares::position.eq(i16::from(position)),
            round_shares::custodian.eq(column(custodian)),
            round_shares::envelope.eq(envelope),
            round_shares::given_at.eq(app_clock()),
        ))
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    Ok(added == 1)
}

/// How many there are.
pub async fn count(tx: &mut Tx, round: RoundId) -> Result<usize, StoreError> {
    let of_round = round_shares::table.filter(round_shares::round.eq(column(round)));
    let count: i64 = of_round.count().get_result(tx.connection()).await?;
    usize::try_from(count).map_err(|_negative| StoreError::row("count", count))
}

/// All of a round, by the place of their custodian.
pub async fn of_round(tx: &mut Tx, round: RoundId) -> Result<Vec<(u8, Vec<u8>)>, StoreError> {
    let rows: Vec<(i16, Vec<u8>)> = round_shares::table
        .filter(round_shares::round.eq(column(round)))
        .order(round_shares::position)
        .select((round_shares::position, round_shares::envelope))
        .load(tx.connection())
        .await?;
    rows.into_iter().map(|(position, envelope)| Ok((read(position)?, envelope))).collect()
}

/// Forgets those of an opened round.
pub async fn forget(tx: &mut Tx, round: RoundId) -> Result<(), StoreError> {
    diesel::delete(round_shares::table.filter(round_shares::round.eq(column(round))))
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn read(position: i16) -> Result<u8, StoreError> {
    u8::try_from(position).map_err(|_range| StoreError::row("position", position))
}
