//! 申报: somebody proposes an item or a change of one. What is there or proposed already is pointed at.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::item::{
    Claim, Content, ItemKind, ItemStatus, NewItem, Payload, Proposal, ProposalStatus,
};
use jicai_domain::documents::{Digest, DocumentKind};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Scope, Version};
use jicai_domain::ids::{DocumentId, ItemId, ItemProposalId};
use jicai_store::audit::record;
use jicai_store::catalog::identities::{self, Owner};
use jicai_store::catalog::{items, proposals, versions};
use jicai_store::{Tx, documents, fresh};
use sha2::{Digest as _, Sha256};

use super::payload;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// Items of one name and spec that are looked at.
const ALIKE_MAX: i64 = 1_000;

/// What somebody proposes.
#[derive(Clone, Debug)]
pub struct Propose {
    /// What is to be done.
    pub payload: Payload,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Proposes an item, or a change of one. Errors: `FORBIDDEN`, `NOT_FOUND` for an item or a document that is not there, `ITEM_INVALID`, `ITEM_STATE`,
/// `ITEM_DUPLICATE` naming the item that is there or the proposal of it.
pub async fn propose(app: &App, caller: &Caller, command: Propose) -> Result<Changed<ItemProposalId>, Error> {
    let scope = caller.require(Permission::ProposeItems)?;
    let by = caller.user()?;
    let asked = command.payload.checked()?;
    let text = payload::write(&asked)?;
    let said = [text.as_str(), command.reason.as_str()];
    let keyed = keyed(app, Some(caller), &command.key, "propose_item", &said);
    once(app, &keyed, async |tx| {
        let id: ItemProposalId = fresh();
        standing(tx, &asked.items()).await?;
        papers(tx, &scope, &asked).await?;
        let proposal = Proposal {
            id,
            kind: asked.kind(),
            organization: caller.organization,
            items: asked.items(),
            payload: text.clone(),
            sha256: Digest::new(Sha256::digest(text.as_bytes()).into()),
            reason: command.reason.clone(),
            status: ProposalStatus::Proposed,
            proposed_by: by,
            proposed_at: tx.now().await?,
            decided: None,
            item: None,
            version: Version::FIRST,
        };
        proposals::add(tx, &proposal).await?;
        distinct(tx, &asked, id).await?;
        let act = Act::new("ItemProposed", id)
            .with("kind", proposal.kind.label())
            .with("sha256", proposal.sha256)
            .with("reason", proposal.reason.as_str());
        Ok(record(tx, actor(caller), act, Changed { id, version: proposal.version }).await?)
    })
    .await
}

/// Every item is there and stands. Errors: `NOT_FOUND`, `ITEM_STATE`.
pub(super) async fn standing(tx: &mut Tx, wanted: &[ItemId]) -> Result<Vec<items::Item>, Error> {
    let found = items::find_some(tx, wanted).await?;
    if found.len() != wanted.len() {
        return Err(Refusal::of(Code::NotFound).at("items").into());
    }
    for item in wanted {
        let known = versions::known(tx, *item).await?;
        let stands = known.last().is_some_and(|last| last.said.status.stands());
        if !stands {
            return Err(Refusal::of(Code::ItemState).at("items").allowing(item.to_string()).into());
        }
    }
    Ok(found)
}

/// The documents are the proposer's own.
async fn papers(tx: &mut Tx, scope: &Scope, asked: &Payload) -> Result<(), Error> {
    let of = |claims: &[Claim]| claims.iter().filter_map(|claim| claim.document).collect::<Vec<DocumentId>>();
    let named: BTreeSet<DocumentId> = match asked {
        Payload::New { item, .. } => of(&item.codes),
        Payload::Split { parts, .. } => parts.iter().flat_map(|part| of(&part.codes)).collect(),
        Payload::Link { codes, .. } => of(codes),
        Payload::Change { .. }
        | Payload::Merge { .. }
        | Payload::Supersede { .. }
        | Payload::Retire { .. } => Vec::new(),
    }
    .into_iter()
    .collect();
    let mut held = BTreeSet::new();
    for kind in [DocumentKind::Qualification, DocumentKind::Licence, DocumentKind::Round] {
        held.extend(documents::held(tx, scope, kind, &named).await?);
    }
    if held == named { Ok(()) } else { Err(Refusal::of(Code::NotFound).at("document").into()) }
}

/// Takes what a new item is, or points at whoever has it. Where the proposer says that it is another one than that, only the same pack of it is refused.
async fn distinct(tx: &mut Tx, asked: &Payload, proposal: ItemProposalId) -> Result<(), Error> {
    match asked {
        Payload::New { item, other_than, .. } => {
            unlike(tx, item, other_than.is_some()).await?;
            for identity in taken(item, other_than.is_some()) {
                let owner = identities::claim(tx, &identity, Owner::Proposal(proposal)).await?;
                belongs(owner, Owner::Proposal(proposal))?;
            }
            Ok(())
        }
        Payload::Change { item, content, .. } => {
            let kind = items::find(tx, *item).await?.kind;
            let Some(identity) = content.exact_identity(kind) else { return Ok(()) };
            match identities::find(tx, &identity).await? {
                Some(owner) => Ok(belongs(owner, Owner::Item(*item))?),
                None => Ok(()),
            }
        }
        Payload::Merge { .. }
        | Payload::Split { .. }
        | Payload::Supersede { .. }
        | Payload::Retire { .. }
        | Payload::Link { .. } => Ok(()),
    }
}

/// Items that nobody proposed, because an earlier release brought them, may have taken no identity: they are looked for. Errors: `ITEM_DUPLICATE`.
pub(super) async fn unlike(tx: &mut Tx, new: &NewItem, other: bool) -> Result<(), Error> {
    let Some(spec) = new.content.normal_spec() else { return Ok(()) };
    let identity = |content: &Content| {
        if other { content.exact_identity(new.kind) } else { content.identity(new.kind) }
    };
    let wanted = identity(&new.content);
    let alike = versions::alike(tx, new.kind, (&new.content.generic_name, &spec), ALIKE_MAX).await?;
    let same = alike.iter().find(|one| {
        one.said.status != ItemStatus::EnteredInError
            && wanted.is_some()
            && identity(&one.said.content) == wanted
    });
    same.map_or(Ok(()), |same| Err(duplicate(Owner::Item(same.item)).into()))
}

fn taken(item: &NewItem, other: bool) -> Vec<Digest> {
    let kind: ItemKind = item.kind;
    let broad = item.content.identity(kind).filter(|_| !other);
    broad.into_iter().chain(item.content.exact_identity(kind)).collect()
}

fn belongs(owner: Owner, wanted: Owner) -> Result<(), Refusal> {
    if owner == wanted { Ok(()) } else { Err(duplicate(owner)) }
}

/// The refusal that points at what is there.
pub(super) fn duplicate(owner: Owner) -> Refusal {
    Refusal::of(Code::ItemDuplicate).at("item").allowing(owner.to_string())
}
