//! Users and their one-time rights to set a password.
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{LoginName, Name, Role, Scope, User, UserStatus, Version};
use jicai_domain::ids::{GrantId, OrganizationId, UserId};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use super::organizations::{reached, terms};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, grants, organizations, users};
use crate::times;

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct Row {
    id: Uuid,
    organization: Uuid,
    login: String,
    name: String,
    role: String,
    manager: bool,
    status: String,
    totp_confirmed: bool,
    version: i32,
}

/// What happens to the password with a change.
#[derive(Clone, Copy, Debug)]
pub enum PasswordChange<'a> {
    /// There is none any more, and no second factor either.
    Drop,
    /// It is this one now, as an argon2id hash.
    Set(&'a str),
}

/// Adds a new user. Errors: `LOGIN_NAME_TAKEN`.
pub async fn add(tx: &mut Tx, user: &User, password_hash: Option<&str>) -> Result<(), StoreError> {
    diesel::insert_into(users::table)
        .values((
            users::id.eq(column(user.id)),
            users::organization.eq(column(user.organization)),
            users::login.eq(user.login.as_str()),
            users::name.eq(user.name.as_str()),
            users::role.eq(user.role.label()),
            users::manager.eq(user.manager),
            users::status.eq(user.status.label()),
            users::password_hash.eq(password_hash),
            users::version.eq(user.version.number()),
            users::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Adds invited users of new organizations.
pub async fn add_invited(tx: &mut Tx, invited: &[User]) -> Result<(), StoreError> {
    let rows: Vec<_> = invited
        .iter()
        .map(|user| {
            (
                users::id.eq(column(user.id)),
                users::organization.eq(column(user.organization)),
                users::login.eq(user.login.as_str()),
                users::name.eq(user.name.as_str()),
                users::role.eq(user.role.label()),
                users::manager.eq(user.manager),
                users::status.eq(user.status.label()),
                users::version.eq(user.version.number()),
                users::created_at.eq(app_clock()),
            )
        })
        .collect();
    diesel::insert_into(users::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// The manager that an organization of the scope was brought in with and who has not set a password yet, held until the transaction
/// ends. Errors: `NOT_FOUND`.
pub async fn lock_invited_manager(
    tx: &mut Tx,
    scope: &Scope,
    organization: OrganizationId,
) -> Result<User, StoreError> {
    let inside = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    let row: Option<Row> = users::table
        .filter(users::organization.eq(column(organization)))
        .filter(users::organization.eq_any(inside))
        .filter(users::manager)
        .filter(users::status.eq(UserStatus::Invited.label()))
        .order(users::id)
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    row.map(|row| user(&row)).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// One of an organization that the scope reaches. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: UserId) -> Result<User, StoreError> {
    let row: Option<Row> = users::table
        .find(column(wanted))
        .filter(
            users::organization
                .eq_any(organizations::table.filter(reached(terms(scope))).select(organizations::id)),
        )
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.ok_or_else(|| Refusal::of(Code::NotFound).into()).and_then(|row| user(&row))
}

/// The same, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: UserId) -> Result<User, StoreError> {
    hold(tx, wanted).await?;
    find(tx, scope, wanted).await
}

/// A part of the users of the organizations that the scope reaches, the newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, page: &Page<UserId>) -> Result<Part<User>, StoreError> {
    let mut query = users::table
        .filter(
            users::organization
                .eq_any(organizations::table.filter(reached(terms(scope))).select(organizations::id)),
        )
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(users::id.lt(column(after)));
    }
    let rows: Vec<Row> = query.order(users::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let found: Result<Vec<User>, StoreError> = rows.iter().map(user).collect();
    Ok(Part::cut(found?, page))
}

/// Saves a changed one with its password. Errors: `STALE_VERSION` when it is no longer at the expected version.
pub async fn save(
    tx: &mut Tx,
    changed: &User,
    expected: Version,
    password: PasswordChange<'_>,
) -> Result<(), StoreError> {
    let hash = match password {
        PasswordChange::Drop => None,
        PasswordChange::Set(hash) => Some(hash),
    };
    let current = users::table.find(column(changed.id)).filter(users::version.eq(expected.number()));
    let kept = users::status.eq(changed.status.label());
    let since = case_when(kept, users::status_since).otherwise(app_clock());
    let saved = diesel::update(current)
        .set((
            users::status.eq(changed.status.label()),
            users::password_hash.eq(hash),
            users::totp_confirmed.eq(changed.second_factor),
            users::version.eq(changed.version.number()),
            users::status_since.eq(since),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 0 { Err(Refusal::of(Code::StaleVersion).at("version").into()) } else { Ok(()) }
}

/// Adds a right to set a password, ending the ones before it.
pub async fn grant(
    tx: &mut Tx,
    user: UserId,
    grant: GrantId,
    digest: &[u8],
    expires: Timestamp,
) -> Result<(), StoreError> {
    end_grants(tx, user).await?;
    diesel::insert_into(grants::table)
        .values((
            grants::id.eq(column(grant)),
            grants::user_id.eq(column(user)),
            grants::token_digest.eq(digest),
            grants::expires_at.eq(times::at(expires)),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Ends every right of the user to set a password.
pub async fn end_grants(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    let open = grants::table.filter(grants::user_id.eq(column(user))).filter(grants::ended_at.is_null());
    diesel::update(open).set(grants::ended_at.eq(app_clock().nullable())).execute(tx.connection()).await?;
    Ok(())
}

/// The user who may set a password by that token, held until the transaction ends. Errors: `GRANT_INVALID`.
pub async fn lock_granted(tx: &mut Tx, digest: &[u8]) -> Result<User, StoreError> {
    let granted: Option<Uuid> = grants::table
        .filter(grants::token_digest.eq(digest))
        .filter(grants::ended_at.is_null())
        .filter(grants::expires_at.gt(app_clock()))
        .select(grants::user_id)
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    let user_id = granted.ok_or_else(|| Refusal::of(Code::GrantInvalid).at("token"))?;
    let row = users::table.find(user_id).select(Row::as_select()).for_update().first(tx.connection()).await?;
    user(&row)
}

async fn hold(tx: &mut Tx, wanted: UserId) -> Result<(), StoreError> {
    let row = users::table.find(column(wanted)).select(users::id).for_update();
    let _held: Option<Uuid> = row.first(tx.connection()).await.optional()?;
    Ok(())
}

fn user(row: &Row) -> Result<User, StoreError> {
    let unreadable = |_refusal: Refusal| StoreError::row("user", row.id);
    Ok(User {
        id: id(row.id),
        organization: id(row.organization),
        login: LoginName::parse(&row.login).map_err(unreadable)?,
        name: Name::parse(&row.name).map_err(unreadable)?,
        role: Role::from_label(&row.role).ok_or_else(|| StoreError::row("role", &row.role))?,
        manager: row.manager,
        status: UserStatus::from_label(&row.status).ok_or_else(|| StoreError::row("status", &row.status))?,
        second_factor: row.totp_confirmed,
        version: Version::new(row.version),
    })
}
