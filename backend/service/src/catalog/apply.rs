//! What an approved proposal does to the registry. Nothing is edited: what changes is superseded and recorded anew.
use jicai_domain::catalog::item::{
    Claim, Content, ItemKind, ItemStatus, NameGiven, NamePurpose, NewItem, Payload, Relation, RelationKind,
    Said, Span, Spell, check_acyclic, national, revise,
};
use jicai_domain::catalog::pinyin::Sound;
use jicai_domain::identity::Version;
use jicai_domain::ids::{ItemId, ItemProposalId};
use jicai_domain::time::{Day, Timestamp};
use jicai_store::catalog::identities::{self, Owner};
use jicai_store::catalog::{items, names, relations, versions};
use jicai_store::{Tx, fresh};

use super::codes::{Taker, end_codes, give_code, move_codes};
use super::propose::{duplicate, standing, unlike};
use crate::errors::Error;

/// Under which proposal something is written, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing {
    pub(super) proposal: Option<ItemProposalId>,
    pub(super) now: Timestamp,
}

/// What was done.
pub(super) struct Done {
    /// The item that was made, or that is left.
    pub(super) item: ItemId,
    /// Every item that changed.
    pub(super) touched: Vec<ItemId>,
}

/// Does what was proposed. Needs the registry to be held. Errors: `ITEM_STATE`, `ITEM_RELATION_CYCLE`, `ITEM_DUPLICATE`.
pub(super) async fn apply(tx: &mut Tx, writing: Writing, payload: Payload) -> Result<Done, Error> {
    let about = payload.items();
    acyclic(tx, writing, &payload).await?;
    let found = standing(tx, &about).await?;
    let mut touched = about.clone();
    let item = match payload {
        Payload::New { item, from, other_than } => {
            // A list may have brought it meanwhile.
            unlike(tx, &item, other_than.is_some()).await?;
            let made = add(tx, writing, (&item, from), &[]).await?;
            touched = vec![made];
            made
        }
        Payload::Change { item, content, span, names } => {
            let kind = found.first().map_or(ItemKind::Western, |item| item.kind);
            change(tx, writing, (item, kind), (&content, span)).await?;
            name(tx, item, &content, &names).await?;
            item
        }
        Payload::Merge { items, into, from } => {
            for item in &items {
                succeed(tx, writing, *item, &[(RelationKind::MergedInto, into)], from).await?;
                move_codes(tx, writing, (*item, into), from).await?;
            }
            into
        }
        Payload::Split { item, parts, from } => {
            let made = split(tx, writing, item, (&parts, from)).await?;
            touched.extend(&made);
            item
        }
        Payload::Supersede { item, by, from } => {
            succeed(tx, writing, item, &[(RelationKind::ReplacedBy, by)], from).await?;
            end_codes(tx, writing, item, from).await?;
            by
        }
        Payload::Retire { item, status, from } => {
            retire(tx, writing, item, (status, from)).await?;
            item
        }
        Payload::Link { item, codes, relation } => {
            let kind = found.iter().find(|one| one.id == item).map_or(ItemKind::Western, |one| one.kind);
            link(tx, writing, (item, kind), (&codes, relation)).await?;
            item
        }
    };
    items::count_change(tx, &about).await?;
    Ok(Done { item, touched })
}

/// Refuses what would lead an item back to itself, before anything else is looked at. Errors: `ITEM_RELATION_CYCLE`.
async fn acyclic(tx: &mut Tx, writing: Writing, payload: &Payload) -> Result<(), Error> {
    let relation = |from, kind, to, since| Relation { from, kind, to, since };
    let new: Vec<Relation> = match payload {
        Payload::Merge { items, into, from } => {
            items.iter().map(|item| relation(*item, RelationKind::MergedInto, *into, *from)).collect()
        }
        Payload::Supersede { item, by, from } => vec![relation(*item, RelationKind::ReplacedBy, *by, *from)],
        Payload::Link { item, relation: Some((kind, to, since)), codes: _ } => {
            vec![relation(*item, *kind, *to, *since)]
        }
        Payload::New { .. }
        | Payload::Change { .. }
        | Payload::Split { .. }
        | Payload::Retire { .. }
        | Payload::Link { .. } => return Ok(()),
    };
    let ends: Vec<ItemId> = new.iter().map(|relation| relation.to).collect();
    let there = relations::onwards(tx, &ends, writing.now).await?;
    Ok(check_acyclic(&there, &new)?)
}

/// Adds an item. Codes that it names of those that it comes from go to it.
async fn add(
    tx: &mut Tx,
    writing: Writing,
    (new, from): (&NewItem, Day),
    comes_from: &[ItemId],
) -> Result<ItemId, Error> {
    let id: ItemId = fresh();
    let nationally = new.codes.iter().any(|claim| national(claim.system).is_some());
    let own_code = if nationally { None } else { Some(items::next_own_code(tx, new.kind).await?) };
    let item = items::Item {
        id,
        kind: new.kind,
        own_code,
        release: None,
        created_at: writing.now,
        version: Version::FIRST,
    };
    items::add(tx, &item).await?;
    let fact = Said { status: ItemStatus::Active, content: new.content.clone() };
    let spell = Spell { span: Span { from, to: None }, fact };
    versions::record(tx, id, &[spell], (writing.proposal, writing.now)).await?;
    name(tx, id, &new.content, &new.names).await?;
    let taker = Taker { item: id, kind: new.kind, content: &new.content, comes_from };
    for claim in &new.codes {
        give_code(tx, writing, &taker, claim).await?;
    }
    Ok(id)
}

/// The names of the content, and others.
async fn name(tx: &mut Tx, item: ItemId, content: &Content, more: &[NameGiven]) -> Result<(), Error> {
    let own = |purpose, name: &String| NameGiven { lang: "zh-CN".to_owned(), purpose, name: name.clone() };
    let generic = own(NamePurpose::Generic, &content.generic_name);
    let trade = content.trade_name.as_ref().map(|trade| own(NamePurpose::Trade, trade));
    let all = std::iter::once(generic).chain(trade).chain(more.iter().cloned());
    let named: Vec<names::Named> = all.map(sounding).collect();
    Ok(names::add(tx, item, &named).await?)
}

/// A Chinese name with how it sounds.
fn sounding(name: NameGiven) -> names::Named {
    let sound = name.lang.starts_with("zh").then(|| Sound::of(&name.name));
    (name, sound.map(|sound| (sound.full, sound.initials)))
}

/// Says something else of an item for some days; how it stands on each stays.
async fn change(
    tx: &mut Tx,
    writing: Writing,
    (item, kind): (ItemId, ItemKind),
    (content, span): (&Content, Span),
) -> Result<(), Error> {
    for identity in [content.exact_identity(kind)].into_iter().flatten() {
        let owner = identities::claim(tx, &identity, Owner::Item(item)).await?;
        if owner != Owner::Item(item) {
            return Err(duplicate(owner).into());
        }
    }
    say(tx, writing, item, span, |old| {
        let status = old.map_or(ItemStatus::Active, |old| old.status);
        Some(Said { status, content: content.clone() })
    })
    .await
}

/// Says how an item stands from a day on.
async fn set_status(
    tx: &mut Tx,
    writing: Writing,
    item: ItemId,
    (status, from): (ItemStatus, Day),
) -> Result<(), Error> {
    let said = |old: Option<&Said>| old.map(|old| Said { status, content: old.content.clone() });
    say(tx, writing, item, Span { from, to: None }, said).await
}

async fn say(
    tx: &mut Tx,
    writing: Writing,
    item: ItemId,
    span: Span,
    said: impl Fn(Option<&Said>) -> Option<Said>,
) -> Result<(), Error> {
    let known = versions::known(tx, item).await?;
    let spells: Vec<Spell<Said>> =
        known.iter().map(|version| Spell { span: version.span, fact: version.said.clone() }).collect();
    let revision = revise(&spells, span, said);
    let gone: Vec<_> =
        revision.superseded.iter().filter_map(|place| known.get(*place)).map(|version| version.id).collect();
    versions::supersede(tx, &gone, writing.now).await?;
    versions::record(tx, item, &revision.recorded, (writing.proposal, writing.now)).await?;
    Ok(())
}

/// Others stand for an item from a day on.
async fn succeed(
    tx: &mut Tx,
    writing: Writing,
    item: ItemId,
    by: &[(RelationKind, ItemId)],
    from: Day,
) -> Result<(), Error> {
    let relations: Vec<Relation> =
        by.iter().map(|(kind, to)| Relation { from: item, kind: *kind, to: *to, since: from }).collect();
    relations::add(tx, &relations, (writing.proposal, writing.now)).await?;
    set_status(tx, writing, item, (ItemStatus::Replaced, from)).await
}

/// Makes the parts; codes of the item that no part names end with it.
async fn split(
    tx: &mut Tx,
    writing: Writing,
    item: ItemId,
    (parts, from): (&[NewItem], Day),
) -> Result<Vec<ItemId>, Error> {
    let mut made = Vec::new();
    for part in parts {
        let id = add(tx, writing, (part, from), &[item]).await?;
        let same = [part.content.identity(part.kind), part.content.exact_identity(part.kind)];
        for identity in same.into_iter().flatten() {
            identities::claim(tx, &identity, Owner::Item(id)).await?;
        }
        made.push(id);
    }
    let by: Vec<(RelationKind, ItemId)> = made.iter().map(|part| (RelationKind::SplitInto, *part)).collect();
    succeed(tx, writing, item, &by, from).await?;
    end_codes(tx, writing, item, from).await?;
    Ok(made)
}

/// Ends, suspends or reinstates an item. Codes of one that is gone end; what was entered in error never was the same as anything.
async fn retire(
    tx: &mut Tx,
    writing: Writing,
    item: ItemId,
    (status, from): (ItemStatus, Day),
) -> Result<(), Error> {
    set_status(tx, writing, item, (status, from)).await?;
    if status.stands() {
        return Ok(());
    }
    end_codes(tx, writing, item, from).await?;
    if status == ItemStatus::EnteredInError {
        identities::free(tx, item).await?;
    }
    Ok(())
}

/// Ties codes to an item, and it to another.
async fn link(
    tx: &mut Tx,
    writing: Writing,
    (item, kind): (ItemId, ItemKind),
    (codes, relation): (&[Claim], Option<(RelationKind, ItemId, Day)>),
) -> Result<(), Error> {
    let known = versions::known(tx, item).await?;
    let content = known.last().map(|last| last.said.content.clone()).unwrap_or_default();
    let taker = Taker { item, kind, content: &content, comes_from: &[] };
    for claim in codes {
        give_code(tx, writing, &taker, claim).await?;
    }
    if let Some((kind, to, since)) = relation {
        let there = relations::around(tx, &[item], writing.now).await?;
        if !there.iter().any(|one| (one.from, one.kind, one.to) == (item, kind, to)) {
            let relation = Relation { from: item, kind, to, since };
            relations::add(tx, &[relation], (writing.proposal, writing.now)).await?;
        }
    }
    Ok(())
}
