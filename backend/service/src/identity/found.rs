//! The first organization: whoever operates the platform, with its first administrator.
use jicai_domain::audit::{Act, Actor};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{
    CreditCode, LoginName, Name, Organization, OrganizationCommand, OrganizationKind, RegionCode, User,
};
use jicai_store::audit::record;
use jicai_store::identity::{organizations, users};
use jicai_store::{Recorded, Tx, fresh};

use super::invite::{Invited, grant};
use crate::app::App;
use crate::errors::Error;

/// The operator to be.
pub struct FoundOperator {
    /// Its name.
    pub name: Name,
    /// Its unified social credit code.
    pub credit_code: CreditCode,
    /// The regions that it operates the platform for.
    pub regions: Vec<RegionCode>,
    /// The first administrator's part of the login name.
    pub clerk: String,
    /// The first administrator's name.
    pub person: Name,
}

/// The first administrator.
pub struct Founded {
    /// What it logs in as.
    pub login: LoginName,
    /// The token to set a password by.
    pub token: String,
}

/// Makes the operator, approved, with an invited administrator. Only once, and only from the server's command line.
/// Errors: `ORGANIZATION_STATE` when there is one.
pub async fn found_operator(app: &App, command: FoundOperator) -> Result<Founded, Error> {
    let login = LoginName::of(&command.clerk, &command.credit_code)?;
    let invited =
        app.store.write("found_operator", async |tx| found(app, tx, &command, &login).await).await?;
    Ok(Founded { token: invited.token(app), login })
}

async fn found(
    app: &App,
    tx: &mut Tx,
    command: &FoundOperator,
    login: &LoginName,
) -> Result<Recorded<Invited>, Error> {
    if organizations::operator_exists(tx).await? {
        return Err(Refusal::of(Code::OrganizationState).into());
    }
    let pending = Organization::register(
        fresh(),
        OrganizationKind::Operator,
        command.name.clone(),
        command.credit_code.clone(),
        command.regions.clone(),
    )?;
    let operator = pending.apply(OrganizationCommand::Approve)?;
    organizations::add(tx, &operator).await?;
    let belongs = (operator.id, operator.kind);
    let role = operator.kind.first_role();
    let invited = User::invite(fresh(), belongs, login.clone(), command.person.clone(), role)?;
    let user = User { manager: true, ..invited };
    users::add(tx, &user, None).await?;
    let act = Act::new("OperatorFounded", operator.id)
        .with("name", operator.name.as_str())
        .with("creditCode", operator.credit_code.as_str())
        .with("administrator", user.id);
    let invited = grant(app, tx, &user).await?;
    Ok(record(tx, Actor::Operator, act, invited).await?)
}
