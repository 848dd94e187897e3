//! The applicant's side: an application is written, corrected and handed in.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::item::{ItemNamed, ItemUse};
use jicai_domain::documents::DocumentKind;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Scope, Version};
use jicai_domain::ids::{DocumentId, ItemId, QualificationId, RoundId, RoundProductId};
use jicai_domain::procurement::qualification::{
    Claim, Controller, Product, Qualification, QualificationCommand, Which,
};
use jicai_domain::procurement::round::Round;
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::catalog::items;
use jicai_store::identity::organizations;
use jicai_store::procurement::qualification::{self as rows, Side};
use jicai_store::procurement::rounds;
use jicai_store::{Recorded, Tx, documents, fresh};

use super::{act, seen_at};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::catalog::find_to_use;
use crate::errors::Error;
use crate::identity::licensed;

/// A product that is applied with.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its id, where the application holds it already.
    pub product: Option<RoundProductId>,
    /// What is said of it, without the item.
    pub claim: Claim,
    /// What it is in the registry.
    pub item: Option<ItemNamed>,
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
        let products = offered(tx, &products, &[]).await?;
        let drafted = Qualification::draft(fresh(), ids, controller.clone(), products)?;
        check(tx, &scope, &drafted, today).await?;
        rows::add(tx, &drafted).await?;
        written(tx, caller, act("QualificationDrafted", &drafted), &drafted).await
    })
    .await
}

/// Writes the caller's application anew, while it is a draft, returned or approved; an approved one is a draft again. Errors:
/// `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`, `ROUND_STATE`, `QUALIFICATION_STATE`, `STALE_VERSION`, `PRODUCTS_INVALID`,
/// `APPROVAL_NUMBER_INVALID`, `EVIDENCE_INVALID`, and as of `find_to_use`.
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
        let (controller, products) = (controller.clone(), offered(tx, &products, &current.products).await?);
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

/// What is offered, with the items that it names. What is held and names the same keeps the code and release that were used first; a code that the registry did
/// not know is looked up again.
async fn offered(tx: &mut Tx, products: &[Offer], held: &[Product]) -> Result<Vec<(Which, Claim)>, Error> {
    let known = |offer: &&Offer| kept(offer, held).is_none_or(|used| used.item.is_none());
    let asked: Vec<ItemNamed> =
        products.iter().filter(known).filter_map(|offer| offer.item.clone()).collect();
    let mut found = find_to_use(tx, &asked).await?.into_iter();
    let claim = |offer: &Offer| {
        let before = kept(offer, held).cloned();
        let item = match &offer.item {
            None => None,
            Some(_) if before.as_ref().is_some_and(|used| used.item.is_some()) => before,
            Some(_) => {
                let now = found.next().map(|found| found.used);
                if now.as_ref().is_some_and(|used| used.item.is_none()) { before.or(now) } else { now }
            }
        };
        let which = offer.product.map_or_else(|| Which::New(fresh()), Which::Held);
        (which, Claim { item, ..offer.claim.clone() })
    };
    Ok(products.iter().map(claim).collect())
}

/// What the product names already, where the offer names the same.
fn kept<'h>(offer: &Offer, held: &'h [Product]) -> Option<&'h ItemUse> {
    let product = held.iter().find(|product| Some(product.id) == offer.product)?;
    product.claim.item.as_ref().filter(|used| offer.item.as_ref().is_some_and(|named| named.names(used)))
}

/// Refuses products that the round does not ask for, and papers that are not the applicant's.
async fn check(tx: &mut Tx, scope: &Scope, of: &Qualification, today: Day) -> Result<(), Error> {
    let terms = rows::round_terms(tx, of.round).await?;
    terms.check(&of.products, today)?;
    let named: BTreeSet<ItemId> =
        of.products.iter().filter_map(|product| product.claim.item.as_ref()?.item).collect();
    let found = items::find_some(tx, &Vec::from_iter(named)).await?;
    terms.check_items(&of.products, &found.iter().map(|item| (item.id, item.kind)).collect())?;
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
