//! What is remembered of logins only for a while. Each function takes away at most so many rows, and says how many.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::schema::{grants, login_attempts, sessions};
use crate::times;

/// Forgets the failures of names that nobody tried since then.
pub async fn forget_attempts(tx: &mut Tx, before: Timestamp, most: i64) -> Result<usize, StoreError> {
    let idle = login_attempts::changed_at.lt(times::at(before));
    let old = login_attempts::table.filter(idle).limit(most).select(login_attempts::name_digest);
    let old: Vec<Vec<u8>> = old.load(tx.connection()).await?;
    // Whoever is tried again meanwhile is not forgotten.
    let still = login_attempts::table.filter(login_attempts::name_digest.eq_any(old)).filter(idle);
    Ok(diesel::delete(still).execute(tx.connection()).await?)
}

/// Forgets logins that expired before then.
pub async fn forget_sessions(tx: &mut Tx, before: Timestamp, most: i64) -> Result<usize, StoreError> {
    let old = sessions::table.filter(sessions::expires_at.lt(times::at(before)));
    let old: Vec<Uuid> = old.limit(most).select(sessions::id).load(tx.connection()).await?;
    Ok(diesel::delete(sessions::table.filter(sessions::id.eq_any(old))).execute(tx.connection()).await?)
}

/// Forgets rights to set a password that expired before then.
pub async fn forget_grants(tx: &mut Tx, before: Timestamp, most: i64) -> Result<usize, StoreError> {
    let old = grants::table.filter(grants::expires_at.lt(times::at(before)));
    let old: Vec<Uuid> = old.limit(most).select(grants::id).load(tx.connection()).await?;
    Ok(diesel::delete(grants::table.filter(grants::id.eq_any(old))).execute(tx.connection()).await?)
}
