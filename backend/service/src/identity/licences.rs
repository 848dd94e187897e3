//! The licences that an organization shows, before its approval and after.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::documents::{Document, DocumentKind};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{
    Caller, LICENCES_MAX, Licence, LicenceKind, LicenceNumber, LicenceRules, Organization,
    OrganizationCommand, Permission, Scope, Version,
};
use jicai_domain::ids::{DocumentId, LicenceId, OrganizationId};
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::documents;
use jicai_store::identity::{licences, organizations};
use jicai_store::{Recorded, Tx, fresh};

use crate::app::App;
use crate::audit::{Answer, Changed, actor, keyed, once};
use crate::errors::Error;

/// A licence to be shown.
pub struct AddLicence {
    /// What it permits.
    pub kind: LicenceKind,
    /// Its number.
    pub number: LicenceNumber,
    /// Its last day.
    pub valid_until: Option<Day>,
    /// The stored document that shows it.
    pub document: DocumentId,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A licence that was added or removed, and the organization's version after that.
#[derive(Clone, Copy, Debug)]
pub struct LicenceChanged {
    /// The licence.
    pub licence: LicenceId,
    /// The version of the organization.
    pub organization_version: Version,
}

impl Answer for LicenceChanged {
    fn to_text(&self) -> String {
        Changed { id: self.licence, version: self.organization_version }.to_text()
    }

    fn from_text(text: &str) -> Option<Self> {
        let Changed { id, version } = Changed::from_text(text)?;
        Some(LicenceChanged { licence: id, organization_version: version })
    }
}

/// Adds a licence to the caller's organization, before its approval or for a renewal. Errors: `FORBIDDEN`, `NOT_FOUND` for a
/// document that is not the organization's, `LICENCE_EXPIRED`, `LICENCE_LIMIT`.
pub async fn add_licence(app: &App, caller: &Caller, command: AddLicence) -> Result<LicenceChanged, Error> {
    let scope = caller.require(Permission::OwnRegistration)?;
    let document = command.document.to_string();
    let until = command.valid_until.map(|day| day.epoch_days().to_string()).unwrap_or_default();
    let said = [command.kind.label(), command.number.as_str(), &until, &document];
    let keyed = keyed(app, Some(caller), &command.key, "add_licence", &said);
    once(app, &keyed, async |tx| {
        let current = organizations::lock(tx, &scope, caller.organization).await?;
        let shown = documents::find(tx, &scope, &[DocumentKind::Licence], command.document).await;
        shown.map_err(|error| at_document(error.into()))?;
        let licence = Licence {
            id: fresh(),
            organization: current.id,
            kind: command.kind,
            number: command.number.clone(),
            valid_until: command.valid_until,
            document: command.document,
        };
        licence.check(tx.now().await?.day_in_china())?;
        if held(tx, &scope, current.id).await?.len() >= LICENCES_MAX {
            return Err(Refusal::of(Code::LicenceLimit).allowing(LICENCES_MAX.to_string()).into());
        }
        licences::add(tx, &licence).await?;
        changed(tx, caller, current, ("LicenceAdded", &licence)).await
    })
    .await
}

/// Removes a licence from the caller's organization. Once it was approved, what it needs has to stay. Errors: `FORBIDDEN`,
/// `NOT_FOUND`, `LICENCE_MISSING`.
pub async fn remove_licence(
    app: &App,
    caller: &Caller,
    id: LicenceId,
    key: &IdempotencyKey,
) -> Result<LicenceChanged, Error> {
    let scope = caller.require(Permission::OwnRegistration)?;
    let keyed = keyed(app, Some(caller), key, "remove_licence", &[&id.to_string()]);
    once(app, &keyed, async |tx| {
        let current = organizations::lock(tx, &scope, caller.organization).await?;
        let (removed, rest): (Vec<Licence>, Vec<Licence>) =
            held(tx, &scope, current.id).await?.into_iter().partition(|licence| licence.id == id);
        let removed = removed.into_iter().next().ok_or(Refusal::of(Code::NotFound))?;
        if !current.status.awaits_approval() {
            let today = tx.now().await?.day_in_china();
            LicenceRules::on(today).check(current.kind, &rest, today)?;
        }
        licences::remove(tx, id).await?;
        changed(tx, caller, current, ("LicenceRemoved", &removed)).await
    })
    .await
}

/// Those of the organizations' licences that the caller may see, with their documents: the own ones, or the jurisdiction's.
pub async fn licences_of(
    app: &App,
    caller: &Caller,
    holders: &[OrganizationId],
) -> Result<Vec<(Licence, Document)>, Error> {
    let own = caller.require(Permission::OwnOrganization)?;
    let mut tx = app.store.read().await?;
    let mut found = licences::of(&mut tx, &own, holders).await?;
    if let Ok(wide) = caller.require(Permission::ViewLicences) {
        let others: Vec<OrganizationId> =
            holders.iter().copied().filter(|holder| *holder != caller.organization).collect();
        found.extend(licences::of(&mut tx, &wide, &others).await?);
    }
    Ok(found)
}

/// Refuses an organization that lacks a licence; else the rule that was asked, for the log.
pub(crate) async fn licensed(
    tx: &mut Tx,
    scope: &Scope,
    organization: &Organization,
) -> Result<String, Error> {
    let today = tx.now().await?.day_in_china();
    let rules = LicenceRules::on(today);
    rules.check(organization.kind, &held(tx, scope, organization.id).await?, today)?;
    Ok(format!("{}/{}", rules.id, rules.version))
}

async fn held(tx: &mut Tx, scope: &Scope, holder: OrganizationId) -> Result<Vec<Licence>, Error> {
    let found = licences::of(tx, scope, &[holder]).await?;
    Ok(found.into_iter().map(|(licence, _document)| licence).collect())
}

async fn changed(
    tx: &mut Tx,
    caller: &Caller,
    current: Organization,
    (kind, licence): (&'static str, &Licence),
) -> Result<Recorded<LicenceChanged>, Error> {
    let seen = current.version;
    let organization = current.apply(OrganizationCommand::ChangeLicences)?;
    organizations::save(tx, &organization, seen).await?;
    let act = Act::new(kind, organization.id)
        .concerning(organization.id)
        .with("licence", licence.id)
        .with("kind", licence.kind.label())
        .with("number", licence.number.as_str())
        .with("document", licence.document);
    let answer = LicenceChanged { licence: licence.id, organization_version: organization.version };
    Ok(record(tx, actor(caller), act, answer).await?)
}

fn at_document(error: Error) -> Error {
    match error {
        Error::Refused(refusal) => Error::Refused(refusal.at("document")),
        Error::Store(_) | Error::Broken(_) => error,
    }
}
