//! The review of an organization, and its resubmission.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{
    Caller, Name, Organization, OrganizationCommand, Permission, Reason, RegionCode, Scope, Version,
};
use jicai_domain::ids::OrganizationId;
use jicai_store::audit::record;
use jicai_store::identity::organizations;
use jicai_store::{Recorded, Tx};

use super::licences::licensed;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// What the review comes to.
pub enum Verdict {
    /// It is in order.
    Approve,
    /// Something has to be put right.
    Return(Reason),
    /// It may not act for now.
    Suspend(Reason),
    /// It may act again.
    Reinstate,
}

/// An organization that put the fault right.
pub struct ResubmitOrganization {
    /// Its corrected name.
    pub name: Name,
    /// Its corrected regions.
    pub regions: Vec<RegionCode>,
    /// The version that the caller has seen.
    pub version: Version,
    /// The key of the request.
    pub key: IdempotencyKey,
}

impl Verdict {
    fn command(self) -> OrganizationCommand {
        match self {
            Self::Approve => OrganizationCommand::Approve,
            Self::Return(reason) => OrganizationCommand::Return { reason },
            Self::Suspend(reason) => OrganizationCommand::Suspend { reason },
            Self::Reinstate => OrganizationCommand::Reinstate,
        }
    }
}

/// Reviews an organization. Errors: `FORBIDDEN`, `NOT_FOUND`, `SELF_REVIEW`, `ORGANIZATION_STATE`, `STALE_VERSION`,
/// `LICENCE_MISSING` for an approval.
pub async fn review_organization(
    app: &App,
    caller: &Caller,
    (id, version): (OrganizationId, Version),
    verdict: Verdict,
    key: &IdempotencyKey,
) -> Result<Changed<OrganizationId>, Error> {
    let scope = caller.require(Permission::ReviewOrganizations)?;
    let command = verdict.command();
    let (kind, reason) = told(&command);
    let said = [&id.to_string(), &version.number().to_string(), kind, reason];
    let keyed = keyed(app, Some(caller), key, "review_organization", &said);
    once(app, &keyed, async |tx| {
        let current = organizations::lock(tx, &scope, id).await?;
        caller.reviews(current.id)?;
        covered(&scope, &current)?;
        change(tx, caller, (&scope, current), version, command.clone()).await
    })
    .await
}

/// Resubmits the caller's own returned organization. Errors: `FORBIDDEN`, `ORGANIZATION_STATE`, `STALE_VERSION`.
pub async fn resubmit_organization(
    app: &App,
    caller: &Caller,
    command: ResubmitOrganization,
) -> Result<Changed<OrganizationId>, Error> {
    let scope = caller.require(Permission::OwnRegistration)?;
    let regions: Vec<String> = command.regions.iter().map(ToString::to_string).collect();
    let said = [command.name.as_str(), &regions.join(","), &command.version.number().to_string()];
    let keyed = keyed(app, Some(caller), &command.key, "resubmit_organization", &said);
    let change_to =
        OrganizationCommand::Resubmit { name: command.name.clone(), regions: command.regions.clone() };
    once(app, &keyed, async |tx| {
        let current = organizations::lock(tx, &scope, caller.organization).await?;
        change(tx, caller, (&scope, current), command.version, change_to.clone()).await
    })
    .await
}

async fn change(
    tx: &mut Tx,
    caller: &Caller,
    (scope, current): (&Scope, Organization),
    expected: Version,
    command: OrganizationCommand,
) -> Result<Recorded<Changed<OrganizationId>>, Error> {
    if current.version != expected {
        return Err(Refusal::of(Code::StaleVersion).at("version").into());
    }
    let (kind, reason) = told(&command);
    let act = Act::new(kind, current.id).concerning(current.id);
    let act = act.with("version", expected.next().number()).with("reason", reason);
    let approved = command == OrganizationCommand::Approve;
    let changed = current.apply(command)?;
    let act = if approved {
        Act { version: 2, ..act.with("licenceRules", licensed(tx, scope, &changed).await?) }
    } else {
        act
    };
    organizations::save(tx, &changed, expected).await?;
    let answer = Changed { id: changed.id, version: changed.version };
    Ok(record(tx, actor(caller), act, answer).await?)
}

/// A reviewer reviews only what lies inside the own jurisdiction as a whole.
pub(super) fn covered(scope: &Scope, organization: &Organization) -> Result<(), Refusal> {
    let inside = organization.regions.iter().all(|region| scope.covers(*region));
    if inside { Ok(()) } else { Err(Refusal::of(Code::Forbidden)) }
}

fn told(command: &OrganizationCommand) -> (&'static str, &str) {
    match command {
        OrganizationCommand::Approve => ("OrganizationApproved", ""),
        OrganizationCommand::Return { reason } => ("OrganizationReturned", reason.as_str()),
        OrganizationCommand::Resubmit { name, .. } => ("OrganizationResubmitted", name.as_str()),
        OrganizationCommand::Suspend { reason } => ("OrganizationSuspended", reason.as_str()),
        OrganizationCommand::Reinstate => ("OrganizationReinstated", ""),
        OrganizationCommand::ChangeLicences => ("OrganizationLicencesChanged", ""),
    }
}
