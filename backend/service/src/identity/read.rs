//! What is read of identity.
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Alliance, Caller, Organization, OrganizationKind, Permission, Scope, User};
use jicai_domain::ids::{AllianceId, OrganizationId, UserId};
use jicai_store::identity::organizations::Wanted;
use jicai_store::identity::users as user_rows;
use jicai_store::identity::{alliances as alliance_rows, organizations as organization_rows};
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;

/// The caller's own account.
pub async fn own_user(app: &App, caller: &Caller) -> Result<User, Error> {
    let scope = caller.require(Permission::OwnAccount)?;
    let mut tx = app.store.read().await?;
    Ok(user_rows::find(&mut tx, &scope, caller.user()?).await?)
}

/// A user of the caller's organization. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn user(app: &App, caller: &Caller, id: UserId) -> Result<User, Error> {
    let scope = caller.require(Permission::OwnOrganization)?;
    let mut tx = app.store.read().await?;
    Ok(user_rows::find(&mut tx, &scope, id).await?)
}

/// The users of the caller's organization. Errors: `FORBIDDEN`.
pub async fn users(app: &App, caller: &Caller, page: &Page<UserId>) -> Result<Part<User>, Error> {
    let scope = caller.require(Permission::OwnOrganization)?;
    let mut tx = app.store.read().await?;
    Ok(user_rows::list(&mut tx, &scope, page).await?)
}

/// An organization: the own one, or one of the jurisdiction. Errors: `NOT_FOUND`.
pub async fn organization(app: &App, caller: &Caller, id: OrganizationId) -> Result<Organization, Error> {
    let scope = scope_of(caller, id)?;
    let mut tx = app.store.read().await?;
    Ok(organization_rows::find(&mut tx, &scope, id).await?)
}

/// Those of the ids that the caller may see, in any order.
pub async fn organizations_of(
    app: &App,
    caller: &Caller,
    ids: &[OrganizationId],
) -> Result<Vec<Organization>, Error> {
    let own = caller.require(Permission::OwnOrganization)?;
    let mut tx = app.store.read().await?;
    let mut found = organization_rows::many(&mut tx, &own, ids).await?;
    if let Ok(wide) = caller.require(Permission::ViewOrganizations) {
        let others: Vec<OrganizationId> =
            ids.iter().copied().filter(|id| *id != caller.organization).collect();
        found.extend(organization_rows::many(&mut tx, &wide, &others).await?);
    }
    Ok(found)
}

/// The organizations of the caller's jurisdiction, the newest first. Errors: `FORBIDDEN`.
pub async fn organizations(
    app: &App,
    caller: &Caller,
    (status, kind): (Option<&'static str>, Option<OrganizationKind>),
    page: &Page<OrganizationId>,
) -> Result<Part<Organization>, Error> {
    let scope = caller.require(Permission::ViewOrganizations)?;
    let mut tx = app.store.read_planned().await?;
    Ok(organization_rows::list(&mut tx, &scope, &Wanted { status, kind }, page).await?)
}

/// An alliance. Public. Errors: `NOT_FOUND`.
pub async fn alliance(app: &App, id: AllianceId) -> Result<Alliance, Error> {
    let mut tx = app.store.read().await?;
    Ok(alliance_rows::find(&mut tx, id).await?)
}

/// All alliances, the newest first. Public.
pub async fn alliances(app: &App, page: &Page<AllianceId>) -> Result<Part<Alliance>, Error> {
    let mut tx = app.store.read().await?;
    Ok(alliance_rows::list(&mut tx, page).await?)
}

/// The scope that an organization is looked for in. Whoever may not see others is told that there is none.
fn scope_of(caller: &Caller, id: OrganizationId) -> Result<Scope, Refusal> {
    if id == caller.organization {
        return caller.require(Permission::OwnOrganization);
    }
    caller.require(Permission::ViewOrganizations).map_err(|_forbidden| Refusal::of(Code::NotFound))
}
