//! Public keys of custodians and bidders, and the published keys of rounds.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Scope;
use jicai_domain::ids::{BidKeyId, CustodianKeyId, OrganizationId, RoundId, UserId};
use jicai_domain::procurement::custody::{Custodian, RegisteredKey, RoundKey};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::{
    app_clock, bid_keys, custodian_keys, round_custodians, round_key_holders, round_keys, round_lots,
    round_specs,
};
use crate::times::{at, timestamp};

type KeyRow = (Uuid, Uuid, String, PgTimestamp);

fn registered<I: jicai_domain::ids::Id, O: jicai_domain::ids::Id>(row: KeyRow) -> RegisteredKey<I, O> {
    let (key, owner, public_line, created_at) = row;
    RegisteredKey { id: id(key), owner: id(owner), public_line, registered_at: timestamp(created_at) }
}

/// Registers a custodian's keys in place of the ones before. Errors: `PUBLIC_KEY_TAKEN`.
pub async fn add_custodian_key(
    tx: &mut Tx,
    custodian: UserId,
    (key, public_line): (CustodianKeyId, &str),
) -> Result<(), StoreError> {
    let current = custodian_keys::table.filter(custodian_keys::custodian.eq(column(custodian)));
    diesel::update(current.filter(custodian_keys::retired_at.is_null()))
        .set(custodian_keys::retired_at.eq(app_clock().nullable()))
        .execute(tx.connection())
        .await?;
    diesel::insert_into(custodian_keys::table)
        .values((
            custodian_keys::id.eq(column(key)),
            custodian_keys::custodian.eq(column(custodian)),
            custodian_keys::public_line.eq(public_line),
            custodian_keys::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A custodian's own keys; none when none are registered.
pub async fn custodian_key(
    tx: &mut Tx,
    custodian: UserId,
) -> Result<Option<RegisteredKey<CustodianKeyId, UserId>>, StoreError> {
    let row: Option<KeyRow> = custodian_keys::table
        .filter(custodian_keys::custodian.eq(column(custodian)))
        .filter(custodian_keys::retired_at.is_null())
        .select((
            custodian_keys::id,
            custodian_keys::custodian,
            custodian_keys::public_line,
            custodian_keys::created_at,
        ))
        .first(tx.connection())
        .await
        .optional()?;
    Ok(row.map(registered))
}

/// Registers the key of the scope's organization in place of the one before. Errors: `PUBLIC_KEY_TAKEN`.
pub async fn add_bid_key(
    tx: &mut Tx,
    organization: OrganizationId,
    (key, public_line): (BidKeyId, &str),
) -> Result<(), StoreError> {
    let current = bid_keys::table.filter(bid_keys::organization.eq(column(organization)));
    diesel::update(current.filter(bid_keys::retired_at.is_null()))
        .set(bid_keys::retired_at.eq(app_clock().nullable()))
        .execute(tx.connection())
        .await?;
    diesel::insert_into(bid_keys::table)
        .values((
            bid_keys::id.eq(column(key)),
            bid_keys::organization.eq(column(organization)),
            bid_keys::public_line.eq(public_line),
            bid_keys::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// The key of the scope's own organization; none when none is registered.
pub async fn bid_key(
    tx: &mut Tx,
    scope: &Scope,
) -> Result<Option<RegisteredKey<BidKeyId, OrganizationId>>, StoreError> {
    let row: Option<KeyRow> = bid_keys::table
        .filter(bid_keys::organization.nullable().eq(scope.organization().map(column)))
        .filter(bid_keys::retired_at.is_null())
        .select((bid_keys::id, bid_keys::organization, bid_keys::public_line, bid_keys::created_at))
        .first(tx.connection())
        .await
        .optional()?;
    Ok(row.map(registered))
}

type CustodianRow = (i16, Uuid, Option<(Uuid, String)>);

/// The custodians that a round announces, by place, with the keys that they have registered. Public.
pub async fn custodians(tx: &mut Tx, round: RoundId) -> Result<Vec<Custodian>, StoreError> {
    let of_custodian =
        custodian_keys::custodian.eq(round_custodians::custodian).and(custodian_keys::retired_at.is_null());
    let rows: Vec<CustodianRow> = round_custodians::table
        .left_join(custodian_keys::table.on(of_custodian))
        .filter(round_custodians::round.eq(column(round)))
        .order(round_custodians::position)
        .select((
            round_custodians::position,
            round_custodians::custodian,
            (custodian_keys::id, custodian_keys::public_line).nullable(),
        ))
        .load(tx.connection())
        .await?;
    rows.into_iter()
        .map(|(position, custodian, key)| {
            let position = place(position)?;
            Ok(Custodian { position, custodian: id(custodian), key: key.map(|(key, line)| (id(key), line)) })
        })
        .collect()
}

/// Publishes a round's key in place of the one before, and who holds which share of it.
pub async fn publish(
    tx: &mut Tx,
    key: &RoundKey,
    by: UserId,
    holders: &[(u8, UserId, CustodianKeyId)],
) -> Result<(), StoreError> {
    diesel::delete(round_keys::table.find(column(key.round))).execute(tx.connection()).await?;
    diesel::insert_into(round_keys::table)
        .values((
            round_keys::round.eq(column(key.round)),
            round_keys::ceremony.eq(&key.ceremony),
            round_keys::signatures.eq(&key.signatures),
            round_keys::sealed_length.eq(key.sealed_length),
            round_keys::published_by.eq(column(by)),
            round_keys::published_at.eq(at(key.published_at)),
        ))
        .execute(tx.connection())
        .await?;
    let rows: Vec<_> = holders
        .iter()
        .map(|(position, custodian, held)| {
            (
                round_key_holders::round.eq(column(key.round)),
                round_key_holders::position.eq(i16::from(*position)),
                round_key_holders::custodian.eq(column(*custodian)),
                round_key_holders::key.eq(column(*held)),
            )
        })
        .collect();
    diesel::insert_into(round_key_holders::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

type RoundKeyRow = (String, Vec<String>, i32, PgTimestamp);

/// A round's published key; none before that. Public.
pub async fn round_key(tx: &mut Tx, round: RoundId) -> Result<Option<RoundKey>, StoreError> {
    let row: Option<RoundKeyRow> = round_keys::table
        .find(column(round))
        .select((
            round_keys::ceremony,
            round_keys::signatures,
            round_keys::sealed_length,
            round_keys::published_at,
        ))
        .first(tx.connection())
        .await
        .optional()?;
    Ok(row.map(|(ceremony, signatures, sealed_length, published_at)| RoundKey {
        round,
        ceremony,
        signatures,
        sealed_length,
        published_at: timestamp(published_at),
    }))
}

/// The one length of a round's envelopes; none while its key is not published.
pub async fn sealed_length(tx: &mut Tx, round: RoundId) -> Result<Option<i32>, StoreError> {
    let row = round_keys::table.find(column(round)).select(round_keys::sealed_length);
    Ok(row.first(tx.connection()).await.optional()?)
}

/// The place of a custodian among those who hold a share of the round's published key; none who holds none.
pub async fn place_of(tx: &mut Tx, round: RoundId, custodian: UserId) -> Result<Option<u8>, StoreError> {
    let row: Option<i16> = round_key_holders::table
        .filter(round_key_holders::round.eq(column(round)))
        .filter(round_key_holders::custodian.eq(column(custodian)))
        .select(round_key_holders::position)
        .first(tx.connection())
        .await
        .optional()?;
    row.map(place).transpose()
}

/// How many specs the newest edition of a round has.
pub async fn spec_count(tx: &mut Tx, round: RoundId) -> Result<i64, StoreError> {
    let specs = round_specs::table
        .inner_join(round_lots::table)
        .filter(round_lots::round.eq(column(round)))
        .filter(round_specs::withdrawn_in.is_null());
    Ok(specs.count().get_result(tx.connection()).await?)
}

fn place(position: i16) -> Result<u8, StoreError> {
    u8::try_from(position).map_err(|_number| StoreError::row("position", position))
}
