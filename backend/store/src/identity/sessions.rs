//! Logins: what proves a user, who a login is, and the rotation of refresh tokens.
use diesel::dsl::array;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::{Caller, LoginName, Role, UserStatus, Who};
use jicai_domain::ids::{OrganizationId, SessionId, UserId};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use super::regions::{own_regions, read_codes};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::{app_clock, organizations, sessions, users};
use crate::times;

/// What proves that somebody is a user.
pub struct Credentials {
    /// The user.
    pub user: UserId,
    /// The user's organization.
    pub organization: OrganizationId,
    /// The argon2id hash.
    pub password_hash: String,
    /// The salt of the second factor, when it is confirmed.
    pub second_factor: Option<Vec<u8>>,
}

type CredentialRow = (Uuid, Uuid, Option<String>, Option<Vec<u8>>, bool);

/// What proves the active user of that login name; none when there is none.
pub async fn credentials(tx: &mut Tx, login: &LoginName) -> Result<Option<Credentials>, StoreError> {
    let row: Option<CredentialRow> = users::table
        .filter(users::login.eq(login.as_str()))
        .filter(users::status.eq(UserStatus::Active.label()))
        .select((
            users::id,
            users::organization,
            users::password_hash,
            users::totp_salt,
            users::totp_confirmed,
        ))
        .first(tx.connection())
        .await
        .optional()?;
    Ok(row.and_then(|(user, organization, hash, salt, confirmed)| {
        Some(Credentials {
            user: id(user),
            organization: id(organization),
            password_hash: hash?,
            second_factor: salt.filter(|_| confirmed),
        })
    }))
}

/// The second factor of a user: its salt, and whether it is confirmed.
pub async fn second_factor(tx: &mut Tx, user: UserId) -> Result<(Option<Vec<u8>>, bool), StoreError> {
    let row = users::table.find(column(user)).select((users::totp_salt, users::totp_confirmed)).for_update();
    Ok(row.first(tx.connection()).await?)
}

/// Begins a second factor, or ends it.
pub async fn set_second_factor(tx: &mut Tx, user: UserId, salt: Option<&[u8]>) -> Result<(), StoreError> {
    diesel::update(users::table.find(column(user)))
        .set((users::totp_salt.eq(salt), users::totp_confirmed.eq(false)))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Asks for the second factor from now on.
pub async fn confirm_second_factor(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    diesel::update(users::table.find(column(user)))
        .set(users::totp_confirmed.eq(true))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Uses up the one-time codes up to that step. False when the step was used before.
pub async fn use_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool, StoreError> {
    let unused = users::table.find(column(user)).filter(users::totp_step.lt(step));
    let used = diesel::update(unused).set(users::totp_step.eq(step)).execute(tx.connection()).await?;
    Ok(used == 1)
}

/// Opens a login.
pub async fn open(
    tx: &mut Tx,
    session: SessionId,
    user: UserId,
    refresh_digest: &[u8],
    expires: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(column(session)),
            sessions::user_id.eq(column(user)),
            sessions::refresh_digest.eq(refresh_digest),
            sessions::generation.eq(1),
            sessions::created_at.eq(app_clock()),
            sessions::expires_at.eq(times::at(expires)),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A login found by a refresh token, held until the transaction ends.
pub struct Refreshed {
    /// The login.
    pub session: SessionId,
    /// How often it was refreshed, from 1.
    pub generation: i32,
    /// Whether the token was current, not the one before.
    pub current: bool,
}

/// The open login of that refresh token, or of the token before it.
pub async fn lock_refreshed(tx: &mut Tx, digest: &[u8]) -> Result<Option<Refreshed>, StoreError> {
    let row: Option<(Uuid, i32, Vec<u8>)> = sessions::table
        .filter(
            sessions::refresh_digest.eq(digest).or(sessions::previous_digest.eq(digest).assume_not_null()),
        )
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(app_clock()))
        .select((sessions::id, sessions::generation, sessions::refresh_digest))
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    Ok(row.map(|(session, generation, current)| Refreshed {
        session: id(session),
        generation,
        current: current == digest,
    }))
}

/// Replaces the refresh token of a login.
pub async fn rotate(
    tx: &mut Tx,
    session: SessionId,
    (old, new): (&[u8], &[u8]),
    generation: i32,
) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(column(session)))
        .set((
            sessions::previous_digest.eq(old),
            sessions::refresh_digest.eq(new),
            sessions::generation.eq(generation),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Ends a login.
pub async fn end(tx: &mut Tx, session: SessionId) -> Result<(), StoreError> {
    let open = sessions::table.find(column(session)).filter(sessions::ended_at.is_null());
    diesel::update(open).set(sessions::ended_at.eq(app_clock().nullable())).execute(tx.connection()).await?;
    Ok(())
}

/// Ends every login of a user.
pub async fn end_all(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    let open =
        sessions::table.filter(sessions::user_id.eq(column(user))).filter(sessions::ended_at.is_null());
    diesel::update(open).set(sessions::ended_at.eq(app_clock().nullable())).execute(tx.connection()).await?;
    Ok(())
}

type CallerRow = ((Uuid, Uuid, String, bool, String), Vec<String>);

/// What tells who asks, beside the regions.
const CALLER: (users::id, organizations::id, users::role, users::manager, organizations::status) =
    (users::id, organizations::id, users::role, users::manager, organizations::status);

/// Who an open login of an active user is; none when it ended, expired or the user is disabled.
pub async fn caller(tx: &mut Tx, session: SessionId) -> Result<Option<Caller>, StoreError> {
    let open = sessions::ended_at.is_null().and(sessions::expires_at.gt(app_clock()));
    let row: Option<CallerRow> = sessions::table
        .inner_join(users::table.inner_join(organizations::table))
        .filter(sessions::id.eq(column(session)))
        .filter(open)
        .filter(users::status.eq(UserStatus::Active.label()))
        .select((CALLER, array(own_regions())))
        .first(tx.connection())
        .await
        .optional()?;
    row.map(|row| seen(session, row)).transpose()
}

/// Who left work to be done under a login that may have ended; none when the user is disabled.
pub async fn caller_behind(
    tx: &mut Tx,
    user: UserId,
    session: SessionId,
) -> Result<Option<Caller>, StoreError> {
    let row: Option<CallerRow> = users::table
        .inner_join(organizations::table)
        .filter(users::id.eq(column(user)))
        .filter(users::status.eq(UserStatus::Active.label()))
        .select((CALLER, array(own_regions())))
        .first(tx.connection())
        .await
        .optional()?;
    row.map(|row| seen(session, row)).transpose()
}

fn seen(
    session: SessionId,
    ((user, organization, role, manager, status), regions): CallerRow,
) -> Result<Caller, StoreError> {
    Ok(Caller {
        who: Who::User { user: id(user), session },
        organization: id(organization),
        role: Role::from_label(&role).ok_or_else(|| StoreError::row("role", &role))?,
        manager,
        approved: status == "APPROVED",
        regions: read_codes(&regions)?,
    })
}
