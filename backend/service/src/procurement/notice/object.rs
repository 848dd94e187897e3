//! Participants object while the notice runs, and take it back; everybody reads the notices and what was decided.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::{DocumentId, LotId, ObjectionId, RoundId};
use jicai_domain::procurement::objection::{
    DOCUMENTS_MAX, Notice, Objection, ObjectionCommand, ObjectionStatus, may_object,
};
use jicai_domain::procurement::result::Sight;
use jicai_domain::procurement::round::{Disclosure, Round, RoundStatus};
use jicai_store::audit::record;
use jicai_store::procurement::objections::{self, Brought, Published, Reader};
use jicai_store::procurement::rounds;
use jicai_store::{Page, Part, fresh};

use super::text::wants;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::procurement::result::viewer_of;

/// An objection.
pub struct ObjectTo {
    /// The round.
    pub round: RoundId,
    /// The lots that it is about.
    pub lots: Vec<LotId>,
    /// Why.
    pub grounds: Reason,
    /// What supports it.
    pub documents: Vec<DocumentId>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Hands in an objection of the caller's firm, which takes part in the round. Errors: `FORBIDDEN` for whoever does not, `NOT_FOUND`,
/// `ROUND_STATE`, `OBJECTION_INVALID`, `OBJECTION_LATE`.
pub async fn object_to_result(
    app: &App,
    caller: &Caller,
    command: ObjectTo,
) -> Result<Changed<ObjectionId>, Error> {
    let scope = caller.require(Permission::Object)?;
    let by = caller.user()?;
    let ObjectTo { round: id, lots, grounds, documents, key } = command;
    if documents.len() > DOCUMENTS_MAX {
        return Err(Refusal::of(Code::ObjectionInvalid).at("documents").into());
    }
    let listed = |ids: Vec<String>| ids.join(",");
    let (named, papers) = (
        listed(lots.iter().map(ToString::to_string).collect()),
        listed(documents.iter().map(ToString::to_string).collect()),
    );
    let round = id.to_string();
    let said = [round.as_str(), &named, grounds.as_str(), &papers];
    let keyed = keyed(app, Some(caller), &key, "object_to_result", &said);
    once(app, &keyed, async |tx| {
        let round = rounds::share(tx, id).await?;
        if round.status != RoundStatus::Notice {
            return Err(wants(Code::RoundState, RoundStatus::Notice.label()));
        }
        if !objections::takes_part(tx, id, caller.organization).await? {
            return Err(Refusal::of(Code::Forbidden).into());
        }
        let published = objections::notices(tx, id).await?;
        let notices: Vec<Notice> = published.into_iter().map(|published| published.notice).collect();
        may_object(&notices, &lots, tx.now().await?)?;
        let objection = Objection {
            id: fresh(),
            round: id,
            objector: caller.organization,
            lots: lots.clone(),
            grounds: grounds.clone(),
            documents: documents.clone(),
            status: ObjectionStatus::Submitted,
            version: Version::FIRST,
        };
        objections::add(tx, &scope, &objection, by).await?;
        let act = Act::new("RoundObjectionSubmitted", objection.id)
            .concerning(round.office)
            .with("round", id)
            .with("lots", &named);
        let answer = Changed { id: objection.id, version: objection.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// Takes back an objection of the caller's firm. Errors: `FORBIDDEN`, `NOT_FOUND`, `OBJECTION_STATE`, `STALE_VERSION`.
pub async fn withdraw_objection(
    app: &App,
    caller: &Caller,
    (id, version): (ObjectionId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<ObjectionId>, Error> {
    let scope = caller.require(Permission::Object)?;
    let said = [id.to_string(), version.number().to_string()];
    let keyed = keyed(app, Some(caller), key, "withdraw_objection", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let seen = objections::find(tx, &scope, id).await?;
        rounds::share(tx, seen.round).await?;
        let current = objections::find(tx, &scope, id).await?;
        let withdrawn = current.apply(ObjectionCommand::Withdraw)?;
        objections::save(tx, &withdrawn, version).await?;
        let act = Act::new("RoundObjectionWithdrawn", id).with("round", withdrawn.round);
        Ok(record(tx, actor(caller), act, Changed { id, version: withdrawn.version }).await?)
    })
    .await
}

/// The notices of a round, in their order. Public. Errors: `NOT_FOUND`.
pub async fn notices(app: &App, round: RoundId) -> Result<Vec<Published>, Error> {
    let mut tx = app.store.read().await?;
    rounds::announced(&mut tx, round).await?;
    Ok(objections::notices(&mut tx, round).await?)
}

/// A part of the objections against a round's results: those that are decided, and all of the own ones; all for whoever sees the whole result.
/// Errors: `NOT_FOUND`.
pub async fn objections(
    app: &App,
    caller: Option<&Caller>,
    round: RoundId,
    page: &Page<ObjectionId>,
) -> Result<Part<Brought>, Error> {
    let mut tx = app.store.read().await?;
    let round = rounds::announced(&mut tx, round).await?;
    // The office and those who observe it, whatever everybody may see of the bids.
    let closed = Round { disclosure: Disclosure::SelectedNames, ..round.clone() };
    let viewer = viewer_of(&mut tx, caller, &closed).await?;
    let reader = Reader { all: viewer.sight == Sight::Everything, own: viewer.own };
    Ok(objections::list(&mut tx, round.id, reader, page).await?)
}
