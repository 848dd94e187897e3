//! The public halves of the keys that sign access tokens.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::ids::SigningKeyId;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::{app_clock, signing_keys};

/// The one algorithm today.
pub const ALGORITHM: &str = "EdDSA";

/// A key that still proves tokens.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// Its id.
    pub id: SigningKeyId,
    /// Its 32 bytes.
    pub bytes: Vec<u8>,
}

/// The keys that still prove tokens, the newest first.
pub async fn current(tx: &mut Tx) -> Result<Vec<PublicKey>, StoreError> {
    let retired =
        signing_keys::retired_at.is_not_null().and(signing_keys::retired_at.le(app_clock().nullable()));
    let rows: Vec<(Uuid, Vec<u8>)> = signing_keys::table
        .filter(diesel::dsl::not(retired.assume_not_null()))
        .order(signing_keys::id.desc())
        .select((signing_keys::id, signing_keys::public_key))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(key, bytes)| PublicKey { id: id(key), bytes }).collect())
}

/// Adds a key. It signs from now on.
pub async fn add(tx: &mut Tx, key: SigningKeyId, public: &[u8]) -> Result<(), StoreError> {
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::id.eq(column(key)),
            signing_keys::algorithm.eq(ALGORITHM),
            signing_keys::public_key.eq(public),
            signing_keys::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Lets every key but one prove tokens only for that many seconds more.
pub async fn retire_others(tx: &mut Tx, kept: SigningKeyId, seconds: i64) -> Result<(), StoreError> {
    let at = crate::times::at(tx.now().await?.plus_seconds(seconds));
    let others = signing_keys::table
        .filter(signing_keys::id.ne(column(kept)))
        .filter(signing_keys::retired_at.is_null());
    diesel::update(others).set(signing_keys::retired_at.eq(at)).execute(tx.connection()).await?;
    Ok(())
}
