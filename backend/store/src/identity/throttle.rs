//! Failed logins by a keyed digest of the login name, whether or not a user has it.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::Attempts;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::schema::{app_clock, login_attempts};
use crate::times;

/// The attempts of a name, held until the transaction ends. One statement: another transaction may just be forgetting them.
pub async fn lock(tx: &mut Tx, digest: &[u8]) -> Result<Attempts, StoreError> {
    let (failures, until): (i32, Option<PgTimestamp>) = diesel::insert_into(login_attempts::table)
        .values((
            login_attempts::name_digest.eq(digest),
            login_attempts::failures.eq(Attempts::NONE.failures),
            login_attempts::changed_at.eq(app_clock()),
        ))
        .on_conflict(login_attempts::name_digest)
        .do_update()
        .set(login_attempts::changed_at.eq(app_clock()))
        .returning((login_attempts::failures, login_attempts::closed_until))
        .get_result(tx.connection())
        .await?;
    Ok(Attempts { failures, closed_until: until.map(times::timestamp) })
}

/// Saves the attempts of a name.
pub async fn save(tx: &mut Tx, digest: &[u8], attempts: Attempts) -> Result<(), StoreError> {
    diesel::update(login_attempts::table.find(digest))
        .set((
            login_attempts::failures.eq(attempts.failures),
            login_attempts::closed_until.eq(attempts.closed_until.map(times::at)),
            login_attempts::changed_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Forgets the attempts of a name.
pub async fn forget(tx: &mut Tx, digest: &[u8]) -> Result<(), StoreError> {
    diesel::delete(login_attempts::table.find(digest)).execute(tx.connection()).await?;
    Ok(())
}
