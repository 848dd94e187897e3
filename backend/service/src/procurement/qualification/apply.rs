//! The applicant's side: an application is written, corrected and handed in.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::documents::DocumentKind;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Scope, Version};
use jicai_domain::ids::{DocumentId, QualificationId, RoundId, RoundProductId};
use jicai_domain::procurement::qualification::{
    Claim, Controller, Qualification, QualificationCommand, Which,
};
use jicai_domain::procurement::round::Round;
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::identity::organizations;
use jicai_store::procurement::qualification::{self as rows, Side};
use jicai_store::procurement::rounds;
use jicai_store::{Recorded, Tx, documents, fresh};

use super::{act, seen_at};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::identity::licensed;

/// A product that is applied with.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its id, where the application holds it already.
    pub product: Option<RoundProductId>,
    /// What is said of it.
    pub claim: Claim,
}

/// A new application.
pub struct DraftQualification {
    /// The round.
    pub round: RoundId,
    /// The firm that controls the applicant.
    pub controller: Option<Controller>,
    /// Its products.
    pub products: Vec<Offer>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// An application written anew.
pub struct ReviseQualification {
    /// Which.
    pub id: QualificationId,
    /// The version that the caller has seen.
    pub version: Version,
    /// The firm that controls the applicant.
    pub controller: Option<Controller>,
    /// All its products; those that are left out are withdrawn.
    pub products: Vec<Offer>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Begins the caller's application to a round. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`, `ROUND_STATE`, `QUALIFICATION_EXISTS`,
/// `PRODUCTS_INVALID`, `APPROVAL_NUMBER_INVALID`, `EVIDENCE_INVALID`.
pub async fn draft_qualification(
    app: &App,
    caller: &Caller,
    command: DraftQualification,
) -> Result<Changed<QualificationId>, Error> {
    let scope = caller.require(Permission::ApplyForRounds)?;
    let DraftQualification { round, controller, products, key } = command;
    let said = [round.to_string(), format!("{controller:?} {products:?}")];
    let keyed = keyed(app, Some(caller), &key, "draft_qualification", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let (round, today) = open(tx, round).await?;
        let ids = (round.id, caller.organization);
        let drafted = Qualification::draft(fresh(), ids, controller.clone(), offered(&products))?;
        check(tx, &scope, &drafted, today).await?;
        rows::add(tx, &drafted).await?;
        written(tx, caller, act("QualificationDrafted", &drafted), &drafted).await
    })
    .await
}

/// Writes the caller's application anew, while it is a draft, returned or approved; an approved one is a draft again. Errors:
/// `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`, `ROUND_STATE`, `QUALIFICATION_STATE`, `STALE_VERSION`, `PRODUCTS_INVALID`,
/// `APPROVAL_NUMBER_INVALID`, `EVIDENCE_INVALID`.
pub async fn revise_qualification(
    app: &App,
    caller: &Caller,
    command: ReviseQualification,
) -> Result<Changed<QualificationId>, Error> {
    let scope = caller.require(Permission::ApplyForRounds)?;
    let side = Side::Applicant(scope.clone());
    let ReviseQualification { id, version, controller, products, key } = command;
    let said = [id.to_string(), version.number().to_string(), format!("{controller:?} {products:?}")];
    let keyed = keyed(app, Some(caller), &key, "revise_qualification", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let round = rows::round_of(tx, &side, id).await?;
        let (_round, today) = open(tx, round).await?;
        let current = seen_at(version, rows::lock(tx, &side, id).await?)?;
        let (controller, products) = (controller.clone(), offered(&products));
        let revised = current.apply(QualificationCommand::Revise { controller, products })?;
        check(tx, &scope, &revised, today).await?;
        rows::save(tx, &revised, version).await?;
        written(tx, caller, act("QualificationRevised", &revised), &revised).await
    })
    .await
}

/// Hands the caller's application in, with the licences that the organization needs. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`,
/// `ROUND_STATE`, `QUALIFICATION_STATE`, `STALE_VERSION`, `LICENCE_MISSING`, and as of `draft_qualification` where the round was
/// corrected meanwhile.
pub async fn submit_qualification(
    app: &App,
    caller: &Caller,
    (id, version): (QualificationId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<QualificationId>, Error> {
    let scope = caller.require(Permission::ApplyForRounds)?;
    let side = Side::Applicant(scope.clone());
    let said = [id.to_string(), version.number().to_string()];
    let keyed = keyed(app, Some(caller), key, "submit_qualification", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let round = rows::round_of(tx, &side, id).await?;
        let (round, today) = open(tx, round).await?;
        let current = seen_at(version, rows::lock(tx, &side, id).await?)?;
        let submitted = current.apply(QualificationCommand::Submit)?;
        check(tx, &scope, &submitted, today).await?;
        let applicant = organizations::find(tx, &scope, caller.organization).await?;
        let licences = licensed(tx, &scope, &applicant).await?;
        rows::save(tx, &submitted, version).await?;
        let act = act("QualificationSubmitted", &submitted).concerning(round.office);
        let act = act.with("licenceRules", licences);
        written(tx, caller, act, &submitted).await
    })
    .await
}

/// A round that accepts applications, held so that no correction passes it meanwhile; and today.
async fn open(tx: &mut Tx, round: RoundId) -> Result<(Round, Day), Error> {
    let round = rounds::share(tx, round).await?;
    let now = tx.now().await?;
    round.accepts_applications(now)?;
    Ok((round, now.day_in_china()))
}

fn offered(products: &[Offer]) -> Vec<(Which, Claim)> {
    let which = |offer: &Offer| offer.product.map_or_else(|| Which::New(fresh()), Which::Held);
    products.iter().map(|offer| (which(offer), offer.claim.clone())).collect()
}

/// Refuses products that the round does not ask for, and papers that are not the applicant's.
async fn check(tx: &mut Tx, scope: &Scope, of: &Qualification, today: Day) -> Result<(), Error> {
    rows::round_terms(tx, of.round).await?.check(&of.products, today)?;
    let named: BTreeSet<DocumentId> =
        of.products.iter().flat_map(|product| product.claim.documents.iter().copied()).collect();
    let held = documents::held(tx, scope, DocumentKind::Qualification, &named).await?;
    if held == named { Ok(()) } else { Err(Refusal::of(Code::NotFound).at("documents").into()) }
}

async fn written(
    tx: &mut Tx,
    caller: &Caller,
    act: Act,
    written: &Qualification,
) -> Result<Recorded<Changed<QualificationId>>, Error> {
    let act = act.with("products", written.products.iter().filter(|product| product.stands()).count());
    Ok(record(tx, actor(caller), act, Changed { id: written.id, version: written.version }).await?)
}
