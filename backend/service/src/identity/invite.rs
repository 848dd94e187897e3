//! Invitations, and the one-time tokens by which a password is set.
use jicai_domain::audit::{Act, IdempotencyKey, hex};
use jicai_domain::identity::{Caller, LoginName, Name, Permission, Reason, Role, User, Version};
use jicai_domain::ids::{GrantId, Id, OrganizationId, UserId};
use jicai_store::audit::record;
use jicai_store::identity::{organizations, users};
use jicai_store::{Recorded, Tx, fresh};

use super::review::covered;
use crate::app::App;
use crate::audit::{Answer, Changed, actor, keyed, once};
use crate::errors::Error;
use crate::secret::{Purpose, digest};

/// How long an invitation or a reset is good.
const GRANT_SECONDS: i64 = 72 * 3600;

/// A clerk to be invited.
pub struct InviteUser {
    /// The clerk's part of the login name.
    pub clerk: String,
    /// The person's name.
    pub name: Name,
    /// What the user will act as.
    pub role: Role,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A manager for an organization that has lost its own.
pub struct InviteManager {
    /// The organization.
    pub organization: OrganizationId,
    /// The manager's part of the login name.
    pub clerk: String,
    /// The person's name.
    pub name: Name,
    /// Why the administrator steps in.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A user who may set a password by a one-time token.
#[derive(Clone, Copy, Debug)]
pub struct Invited {
    /// The user.
    pub user: UserId,
    /// Its version.
    pub version: Version,
    /// The right to set the password.
    pub grant: GrantId,
}

impl Invited {
    /// The token to hand to the person. It is derived, so that nothing keeps it.
    pub fn token(&self, app: &App) -> String {
        token(app, self.grant)
    }
}

impl Answer for Invited {
    fn to_text(&self) -> String {
        format!("{} {}", self.grant, Changed { id: self.user, version: self.version }.to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        let (grant, changed) = text.split_once(' ')?;
        let Changed { id, version } = Changed::from_text(changed)?;
        Some(Invited { user: id, version, grant: GrantId::parse(grant).ok()? })
    }
}

/// Invites a clerk of the caller's organization. Errors: `FORBIDDEN`, `LOGIN_NAME_INVALID`, `LOGIN_NAME_TAKEN`,
/// `ROLE_INVALID`.
pub async fn invite_user(app: &App, caller: &Caller, command: InviteUser) -> Result<Invited, Error> {
    let scope = caller.require(Permission::ManageUsers)?;
    let said = [command.clerk.as_str(), command.name.as_str(), command.role.label()];
    let keyed = keyed(app, Some(caller), &command.key, "invite_user", &said);
    once(app, &keyed, async |tx| {
        let own = organizations::find(tx, &scope, caller.organization).await?;
        let login = LoginName::of(&command.clerk, &own.credit_code)?;
        let user = User::invite(fresh(), (own.id, own.kind), login, command.name.clone(), command.role)?;
        users::add(tx, &user, None).await?;
        let act = Act::new("UserInvited", user.id)
            .concerning(own.id)
            .with("login", user.login.as_str())
            .with("name", user.name.as_str())
            .with("role", user.role.label());
        let invited = grant(app, tx, &user).await?;
        Ok(record(tx, actor(caller), act, invited).await?)
    })
    .await
}

/// Invites another manager into an organization of the caller's jurisdiction, for when its own are lost or disabled. Those keep
/// what they have: the new manager resets or disables them. Errors: `FORBIDDEN`, `NOT_FOUND`, `SELF_REVIEW`,
/// `LOGIN_NAME_INVALID`, `LOGIN_NAME_TAKEN`.
pub async fn invite_manager(app: &App, caller: &Caller, command: InviteManager) -> Result<Invited, Error> {
    let scope = caller.require(Permission::AppointManagers)?;
    let organization = command.organization.to_string();
    let said = [&organization, command.clerk.as_str(), command.name.as_str(), command.reason.as_str()];
    let keyed = keyed(app, Some(caller), &command.key, "invite_manager", &said);
    once(app, &keyed, async |tx| {
        let theirs = organizations::lock(tx, &scope, command.organization).await?;
        caller.reviews(theirs.id)?;
        covered(&scope, &theirs)?;
        let login = LoginName::of(&command.clerk, &theirs.credit_code)?;
        let (belongs, role) = ((theirs.id, theirs.kind), theirs.kind.first_role());
        let invited = User::invite(fresh(), belongs, login, command.name.clone(), role)?;
        let user = User { manager: true, ..invited };
        users::add(tx, &user, None).await?;
        let act = Act::new("ManagerInvited", user.id)
            .concerning(theirs.id)
            .with("organization", theirs.id)
            .with("login", user.login.as_str())
            .with("name", user.name.as_str())
            .with("reason", command.reason.as_str());
        let invited = grant(app, tx, &user).await?;
        Ok(record(tx, actor(caller), act, invited).await?)
    })
    .await
}

/// Gives the manager of an organization that was brought in the right to set a password, once more where the last one was lost.
/// Errors: `FORBIDDEN`, `NOT_FOUND` also when the manager has a password.
pub async fn invite_imported_manager(
    app: &App,
    caller: &Caller,
    organization: OrganizationId,
    key: &IdempotencyKey,
) -> Result<Invited, Error> {
    let scope = caller.require(Permission::ImportOrganizations)?;
    let keyed = keyed(app, Some(caller), key, "invite_imported_manager", &[&organization.to_string()]);
    once(app, &keyed, async |tx| {
        let manager = users::lock_invited_manager(tx, &scope, organization).await?;
        let invited = grant(app, tx, &manager).await?;
        let act = Act::new("ManagerInvited", manager.id).concerning(organization);
        Ok(record(tx, actor(caller), act, invited).await?)
    })
    .await
}

/// Gives the user the right to set a password, in place of any before.
pub(super) async fn grant(app: &App, tx: &mut Tx, user: &User) -> Result<Invited, Error> {
    let id: GrantId = fresh();
    let expires = tx.now().await?.plus_seconds(GRANT_SECONDS);
    users::grant(tx, user.id, id, &digest(&token(app, id)), expires).await?;
    Ok(Invited { user: user.id, version: user.version, grant: id })
}

/// What a change of a user is recorded with when it gives no token.
pub(super) async fn recorded(
    tx: &mut Tx,
    caller: &Caller,
    act: Act,
    user: &User,
) -> Result<Recorded<Changed<UserId>>, Error> {
    let answer = Changed { id: user.id, version: user.version };
    Ok(record(tx, actor(caller), act, answer).await?)
}

fn token(app: &App, grant: GrantId) -> String {
    hex(&app.secret.derive(Purpose::Grant, &[&grant.number().to_be_bytes()]))
}
