//! Drafts of rounds: only their office sees them.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::item::ItemNamed;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Scope, Version};
use jicai_domain::ids::{DocumentId, ItemId, RoundId};
use jicai_domain::procurement::round::{
    AnnouncedLot, Announcement, Buyer, KnownLots, ProductKind, Round, RoundCommand, Written,
};
use jicai_store::audit::record;
use jicai_store::catalog::items;
use jicai_store::identity::alliances;
use jicai_store::procurement::{announcements, lots, parts, rounds};
use jicai_store::{Tx, fresh};

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::catalog::find_to_use;
use crate::errors::Error;

/// A new draft.
pub struct DraftRound {
    /// What it is to announce.
    pub announcement: Written,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A draft that announces something else.
pub struct ReviseRound {
    /// The round.
    pub round: RoundId,
    /// The version that the caller has seen.
    pub version: Version,
    /// What it is to announce.
    pub announcement: Written,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Drafts a round of the caller's office. Errors: `FORBIDDEN`, `NOT_FOUND` for an alliance or a document that is not the office's,
/// `CALENDAR_INVALID`, `CUSTODIANS_INVALID`, `LOTS_INVALID`, `RULES_INVALID`.
pub async fn draft_round(app: &App, caller: &Caller, command: DraftRound) -> Result<Changed<RoundId>, Error> {
    let scope = caller.require(Permission::PublishRounds)?;
    let by = caller.user()?;
    command.announcement.check()?;
    let said = format!("{:?}", command.announcement);
    let keyed = keyed(app, Some(caller), &command.key, "draft_round", &[&said]);
    once(app, &keyed, async |tx| {
        let known = KnownLots::default();
        let announcement = command.announcement.clone().identified(&known, (fresh, fresh));
        let draft = Round::draft(fresh(), (caller.organization, by), &announcement);
        possible(tx, &scope, &draft, &announcement).await?;
        items_fit(tx, &announcement, &[]).await?;
        announcements::add(tx, &draft, &announcement).await?;
        let act = Act::new("RoundDrafted", draft.id).with("name", draft.name.as_str());
        Ok(record(tx, actor(caller), act, Changed { id: draft.id, version: draft.version }).await?)
    })
    .await
}

/// Changes a draft of the caller's office. Errors: as [`draft_round`], `ROUND_STATE`, `STALE_VERSION`.
pub async fn revise_round(
    app: &App,
    caller: &Caller,
    command: ReviseRound,
) -> Result<Changed<RoundId>, Error> {
    let scope = caller.require(Permission::PublishRounds)?;
    let by = caller.user()?;
    command.announcement.check()?;
    let ReviseRound { round, version, announcement: written, key } = command;
    let said = [round.to_string(), version.number().to_string(), format!("{written:?}")];
    let keyed = keyed(app, Some(caller), &key, "revise_round", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let current = seen_at(version, rounds::lock_own(tx, &scope, round).await?)?;
        let known = lots::known(tx, round).await?;
        let announcement = written.clone().identified(&known, (fresh, fresh));
        let changed = current.apply(RoundCommand::Revise { by })?.worded(&announcement);
        possible(tx, &scope, &changed, &announcement).await?;
        items_fit(tx, &announcement, &[]).await?;
        announcements::revise(tx, &changed, version, &announcement).await?;
        let act = Act::new("RoundRevised", round).with("version", changed.version.number());
        Ok(record(tx, actor(caller), act, Changed { id: round, version: changed.version }).await?)
    })
    .await
}

/// Refuses whoever has not seen the newest version. Errors: `STALE_VERSION`.
pub(super) fn seen_at(expected: Version, current: Round) -> Result<Round, Refusal> {
    if current.version == expected { Ok(current) } else { Err(Refusal::of(Code::StaleVersion).at("version")) }
}

/// Whether the items that specs are drawn from may be named by something new; those that were announced already stay. Errors: `NOT_FOUND`,
/// `ITEM_REPLACED`, `ITEM_RETIRED`, `LOTS_INVALID` for one of another kind than the round buys.
pub(super) async fn items_fit(
    tx: &mut Tx,
    announcement: &Announcement,
    announced: &[AnnouncedLot],
) -> Result<(), Error> {
    let announced: BTreeSet<ItemId> = items_in(announced).collect();
    let new: BTreeSet<ItemId> =
        items_in(&announcement.lots).filter(|item| !announced.contains(item)).collect();
    let named: Vec<ItemNamed> = new.iter().copied().map(ItemNamed::Item).collect();
    find_to_use(tx, &named).await?;
    let drugs = announcement.kind == ProductKind::Drug;
    let found = items::find_some(tx, &Vec::from_iter(new)).await?;
    if found.iter().all(|item| item.kind.is_drug() == drugs) {
        return Ok(());
    }
    let told = format!("an item that is a {}", announcement.kind.label());
    Err(Refusal::of(Code::LotsInvalid).at("lots.specs.item").allowing(told).into())
}

fn items_in(lots: &[AnnouncedLot]) -> impl Iterator<Item = ItemId> {
    lots.iter().flat_map(|lot| &lot.specs).filter_map(|spec| spec.item)
}

/// Whether what an announcement names is there and may be named. Errors: `CUSTODIANS_INVALID`, `NOT_FOUND`.
pub(super) async fn possible(
    tx: &mut Tx,
    scope: &Scope,
    round: &Round,
    announcement: &Announcement,
) -> Result<(), Error> {
    round.keeps_apart(&announcement.custodians)?;
    if parts::holders(tx, &announcement.custodians).await? != announcement.custodians.len() {
        return Err(Refusal::of(Code::CustodiansInvalid).at("custodians").into());
    }
    let documents: Vec<DocumentId> = announcement.documents.iter().map(|one| one.document).collect();
    if parts::own_documents(tx, scope, &documents).await? != documents.len() {
        return Err(Refusal::of(Code::NotFound).at("documents").into());
    }
    if let Buyer::Alliance { alliance, .. } = &announcement.buyer {
        alliances::lock(tx, scope, *alliance).await?;
    }
    Ok(())
}
