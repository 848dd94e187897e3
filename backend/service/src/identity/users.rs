//! Users after their invitation: passwords, resets, disablement.
use jicai_domain::audit::{Act, Actor, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Password, Permission, User, UserCommand, UserStatus, Version};
use jicai_domain::ids::UserId;
use jicai_store::audit::record;
use jicai_store::identity::sessions;
use jicai_store::identity::users::{self, PasswordChange};
use jicai_store::{Recorded, Tx};

use super::invite::{Invited, grant, recorded};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::secret::digest;

/// What a manager orders for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserOrder {
    /// The password no longer works; a token lets the person set a new one.
    Reset,
    /// The person may log in again, after setting a password by a token.
    Enable,
}

/// A user who knows the current password wants another.
pub struct ChangePassword {
    /// The current one, as typed.
    pub current: String,
    /// The new one, as typed.
    pub new: String,
}

impl UserOrder {
    const fn command(self) -> (UserCommand, &'static str) {
        match self {
            Self::Reset => (UserCommand::Reset, "UserReset"),
            Self::Enable => (UserCommand::Enable, "UserEnabled"),
        }
    }
}

/// Resets or enables a user of the caller's organization: ends the logins, and gives a token to set a password by.
/// Errors: `FORBIDDEN`, `NOT_FOUND`, `USER_STATE`, `STALE_VERSION`.
pub async fn order_user(
    app: &App,
    caller: &Caller,
    (id, version): (UserId, Version),
    order: UserOrder,
    key: &IdempotencyKey,
) -> Result<Invited, Error> {
    let scope = caller.require(Permission::ManageUsers)?;
    let (command, kind) = order.command();
    let keyed = keyed(app, Some(caller), key, kind, &[&id.to_string(), &version.number().to_string()]);
    once(app, &keyed, async |tx| {
        let current = users::lock(tx, &scope, id).await?;
        let changed = change(tx, current, version, command).await?;
        let invited = grant(app, tx, &changed).await?;
        Ok(record(tx, actor(caller), Act::new(kind, id).concerning(caller.organization), invited).await?)
    })
    .await
}

/// Disables a user of the caller's organization and ends the logins. Errors: `FORBIDDEN` for oneself, `NOT_FOUND`,
/// `USER_STATE`, `STALE_VERSION`.
pub async fn disable_user(
    app: &App,
    caller: &Caller,
    (id, version): (UserId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<UserId>, Error> {
    let scope = caller.require(Permission::ManageUsers)?;
    if caller.user()? == id {
        return Err(Refusal::of(Code::Forbidden).into());
    }
    let (who, seen) = (id.to_string(), version.number().to_string());
    let keyed = keyed(app, Some(caller), key, "disable_user", &[&who, &seen]);
    once(app, &keyed, async |tx| {
        let current = users::lock(tx, &scope, id).await?;
        let changed = change(tx, current, version, UserCommand::Disable).await?;
        users::end_grants(tx, id).await?;
        recorded(tx, caller, Act::new("UserDisabled", id).concerning(caller.organization), &changed).await
    })
    .await
}

async fn change(tx: &mut Tx, current: User, expected: Version, command: UserCommand) -> Result<User, Error> {
    if current.version != expected {
        return Err(Refusal::of(Code::StaleVersion).at("version").into());
    }
    let changed = current.apply(command)?;
    users::save(tx, &changed, expected, PasswordChange::Drop).await?;
    sessions::end_all(tx, changed.id).await?;
    Ok(changed)
}

/// Sets the password by a one-time token. Whoever holds the token may. Errors: `GRANT_INVALID`, `PASSWORD_WEAK`.
pub async fn set_password(app: &App, token: &str, password: &str) -> Result<(), Error> {
    let shown = digest(token);
    let granted =
        app.store.keep("find_grant", async |tx| Ok::<_, Error>(users::lock_granted(tx, &shown).await?));
    let password = Password::choose(password, &granted.await?.login)?;
    let hash = app.passwords.hash(&password).await?;
    app.store.write("set_password", async |tx| set(tx, &shown, &hash).await).await
}

async fn set(tx: &mut Tx, shown: &[u8], hash: &str) -> Result<Recorded<()>, Error> {
    let user = users::lock_granted(tx, shown).await?;
    let (id, before) = (user.id, user.version);
    let changed = user.apply(UserCommand::SetPassword)?;
    users::save(tx, &changed, before, PasswordChange::Set(hash)).await?;
    users::end_grants(tx, id).await?;
    Ok(record(tx, Actor::Anonymous, Act::new("PasswordSet", id), ()).await?)
}

/// Changes the caller's own password and ends every login, this one too. Errors: `LOGIN_FAILED`, `PASSWORD_WEAK`.
pub async fn change_password(app: &App, caller: &Caller, command: ChangePassword) -> Result<(), Error> {
    let scope = caller.require(Permission::OwnAccount)?;
    let own = caller.user()?;
    let mut tx = app.store.read().await?;
    let user = users::find(&mut tx, &scope, own).await?;
    let known = sessions::credentials(&mut tx, &user.login).await?;
    drop(tx);
    let hash = known.map(|known| known.password_hash);
    if !app.passwords.matches(command.current, hash).await? {
        return Err(Refusal::of(Code::LoginFailed).at("current").into());
    }
    let password = Password::choose(&command.new, &user.login)?;
    let hash = app.passwords.hash(&password).await?;
    app.store
        .write("change_password", async |tx| {
            let current = users::lock(tx, &scope, own).await?;
            replace(tx, current, &hash).await?;
            Ok(record(tx, actor(caller), Act::new("PasswordChanged", own), ()).await?)
        })
        .await
}

async fn replace(tx: &mut Tx, current: User, hash: &str) -> Result<(), Error> {
    if current.status != UserStatus::Active {
        return Err(Refusal::of(Code::UserState).into());
    }
    let before = current.version;
    let changed = User { version: before.next(), ..current };
    users::save(tx, &changed, before, PasswordChange::Set(hash)).await?;
    Ok(sessions::end_all(tx, changed.id).await?)
}
