//! Registration of an organization with its first user.
use jicai_domain::audit::{Act, Actor, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{
    CreditCode, LoginName, Name, Organization, OrganizationKind, Password, RegionCode, User, UserCommand,
};
use jicai_domain::ids::OrganizationId;
use jicai_store::audit::record;
use jicai_store::identity::{organizations, users};
use jicai_store::{Recorded, Tx, fresh};

use crate::app::App;
use crate::audit::{Changed, keyed, once};
use crate::errors::Error;

/// An organization that wants to take part.
pub struct RegisterOrganization {
    /// Its type.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: Name,
    /// Its unified social credit code.
    pub credit_code: CreditCode,
    /// The regions that it acts in.
    pub regions: Vec<RegionCode>,
    /// What its first user, a manager, logs in as.
    pub login: LoginName,
    /// The first user's name.
    pub person: Name,
    /// The first user's password.
    pub password: Password,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Registers an organization; it waits for review, and its first user may look on. Anybody may.
/// Errors: `CREDIT_CODE_TAKEN`, `REGION_UNKNOWN`, `REGION_INVALID`, `ROLE_INVALID` for the operator of the platform.
pub async fn register_organization(
    app: &App,
    command: RegisterOrganization,
) -> Result<Changed<OrganizationId>, Error> {
    if command.kind == OrganizationKind::Operator {
        return Err(Refusal::of(Code::RoleInvalid).at("kind").into());
    }
    let regions: Vec<String> = command.regions.iter().map(ToString::to_string).collect();
    let said = [
        command.kind.label(),
        command.name.as_str(),
        command.credit_code.as_str(),
        &regions.join(","),
        command.login.as_str(),
        command.person.as_str(),
        command.password.reveal(),
    ];
    let keyed = keyed(app, None, &command.key, "register_organization", &said);
    let hash = app.passwords.hash(&command.password).await?;
    once(app, &keyed, async |tx| register(tx, &command, &hash).await).await
}

async fn register(
    tx: &mut Tx,
    command: &RegisterOrganization,
    hash: &str,
) -> Result<Recorded<Changed<OrganizationId>>, Error> {
    let organization = Organization::register(
        fresh(),
        command.kind,
        command.name.clone(),
        command.credit_code.clone(),
        command.regions.clone(),
    )?;
    organizations::add(tx, &organization).await?;
    let belongs = (organization.id, organization.kind);
    let role = organization.kind.first_role();
    let invited = User::invite(fresh(), belongs, command.login.clone(), command.person.clone(), role)?;
    let user = User { manager: true, ..invited.apply(UserCommand::SetPassword)? };
    users::add(tx, &user, Some(hash)).await?;
    let act = Act::new("OrganizationRegistered", organization.id)
        .concerning(organization.id)
        .with("kind", organization.kind.label())
        .with("name", organization.name.as_str())
        .with("creditCode", organization.credit_code.as_str())
        .with("regions", organization.regions.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
        .with("manager", user.id);
    let answer = Changed { id: organization.id, version: organization.version };
    Ok(record(tx, Actor::Anonymous, act, answer).await?)
}
