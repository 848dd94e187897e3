//! Codes come to items, go with them, and end. What contradicts is kept for somebody to look at, and changes nothing.
use jicai_domain::catalog::code::{CodeKind, PublicCode, WesternCode};
use jicai_domain::catalog::item::{
    Claim, Conflict, ConflictKind, Content, IdentifierStatus, ItemKind, Span, exclusive, national, path,
    related_names,
};
use jicai_domain::identity::Version;
use jicai_domain::ids::ItemId;
use jicai_domain::time::Day;
use jicai_store::catalog::conflicts::{self, Expiring};
use jicai_store::catalog::identifiers::{self, ItemCode};
use jicai_store::catalog::{relations, versions};
use jicai_store::{Tx, fresh};

use super::apply::Writing;
use crate::errors::Error;

/// The item that a code comes to.
pub(super) struct Taker<'a> {
    pub(super) item: ItemId,
    pub(super) kind: ItemKind,
    pub(super) content: &'a Content,
    /// The items that it comes from: their codes go to it.
    pub(super) comes_from: &'a [ItemId],
}

/// Ties a code to an item. A code of another item, or one that was another's before, becomes a conflict instead.
pub(super) async fn give_code(
    tx: &mut Tx,
    writing: Writing,
    taker: &Taker<'_>,
    claim: &Claim,
) -> Result<(), Error> {
    let there = identifiers::of_code(tx, claim.system, &claim.value).await?;
    let active = |code: &&ItemCode| code.status == IdentifierStatus::Active;
    if there.iter().filter(active).any(|code| code.item == taker.item) {
        return Ok(());
    }
    if exclusive(claim.system) {
        let owner = there.iter().find(active);
        if let Some(owner) = owner {
            if !taker.comes_from.contains(&owner.item) {
                return contradict(
                    tx,
                    writing,
                    taker,
                    claim,
                    (ConflictKind::CodeOnTwoItems, Some(owner.item)),
                )
                .await;
            }
            end(tx, writing, owner, claim.span.from).await?;
        } else if let Some(former) = stranger(tx, writing, taker, &there).await? {
            return contradict(tx, writing, taker, claim, (ConflictKind::CodeReused, Some(former))).await;
        }
    }
    identifiers::record(tx, &code_of(writing, taker.item, claim)).await?;
    look(tx, writing, taker, claim, &there).await
}

fn code_of(writing: Writing, item: ItemId, claim: &Claim) -> ItemCode {
    let ended = claim.span.to.is_some_and(|to| to <= writing.now.day_in_china());
    ItemCode {
        id: fresh(),
        item,
        system: claim.system,
        value: claim.value.clone(),
        span: claim.span,
        status: if ended { IdentifierStatus::Retired } else { IdentifierStatus::Active },
        recorded_at: writing.now,
        superseded_at: None,
        release: None,
        proposal: writing.proposal,
        document: claim.document,
        evidence: claim.evidence.clone(),
    }
}

/// An item that had the code and did not become this one.
async fn stranger(
    tx: &mut Tx,
    writing: Writing,
    taker: &Taker<'_>,
    there: &[ItemCode],
) -> Result<Option<ItemId>, Error> {
    let had = there.iter().filter(|code| code.status == IdentifierStatus::Retired && code.item != taker.item);
    for code in had {
        let successions = relations::successions(tx, &[code.item], writing.now).await?;
        let (steps, _) = path(&successions, code.item, Day::from_epoch_days(i32::MAX));
        let became = steps.iter().any(|step| step.to == taker.item) || taker.comes_from.contains(&code.item);
        if !became {
            return Ok(Some(code.item));
        }
    }
    Ok(None)
}

/// What is odd about a code that was tied all the same.
async fn look(
    tx: &mut Tx,
    writing: Writing,
    taker: &Taker<'_>,
    claim: &Claim,
    there: &[ItemCode],
) -> Result<(), Error> {
    if mismatched(taker, claim) {
        contradict(tx, writing, taker, claim, (ConflictKind::ClassMismatch, None)).await?;
    }
    let approval = matches!(claim.system, CodeKind::DrugApproval | CodeKind::DeviceRegistration);
    if !approval {
        return Ok(());
    }
    let others: Vec<ItemId> =
        there.iter().filter(|code| code.status == IdentifierStatus::Active).map(|code| code.item).collect();
    for other in others {
        let known = versions::known(tx, other).await?;
        let name = known.last().map(|last| last.said.content.generic_name.clone()).unwrap_or_default();
        if !related_names(&name, &taker.content.generic_name) {
            let kind = ConflictKind::ApprovalOnUnrelatedNames;
            contradict(tx, writing, taker, claim, (kind, Some(other))).await?;
            break;
        }
    }
    if claim.span.to.is_some() {
        find_expiring(tx, Expiring::OfItem(taker.item)).await?;
    }
    Ok(())
}

/// Keeps each registration that ends while the item is selected, for somebody to look at.
pub(crate) async fn find_expiring(tx: &mut Tx, of: Expiring) -> Result<(), Error> {
    let now = tx.now().await?;
    let ending = conflicts::expiring(tx, of, now.day_in_china()).await?;
    let found: Vec<Conflict> = ending
        .into_iter()
        .map(|code| Conflict {
            id: fresh(),
            kind: ConflictKind::RegistrationExpired,
            item: code.item,
            other: None,
            system: code.system,
            value: code.value,
            valid_from: Some(code.ends),
            evidence: code.evidence,
            document: code.document,
            found_at: now,
            resolved: None,
            version: Version::FIRST,
        })
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Ok(conflicts::add(tx, &found).await?)
}

/// Whether the code is of another kind or class than the item.
fn mismatched(taker: &Taker<'_>, claim: &Claim) -> bool {
    let kind = national(claim.system).is_some_and(|kinds| !kinds.contains(&taker.kind));
    let western =
        (claim.system == CodeKind::NhsaWestern).then(|| WesternCode::parse(&claim.value).ok()).flatten();
    let class = western.map(|code| code.class().to_owned());
    kind || class.zip(taker.content.class_code.as_ref()).is_some_and(|(class, said)| class != *said)
}

async fn contradict(
    tx: &mut Tx,
    writing: Writing,
    taker: &Taker<'_>,
    claim: &Claim,
    (kind, other): (ConflictKind, Option<ItemId>),
) -> Result<(), Error> {
    let conflict = Conflict {
        id: fresh(),
        kind,
        item: taker.item,
        other,
        system: claim.system.name().to_owned(),
        value: claim.value.clone(),
        valid_from: Some(claim.span.from),
        evidence: claim.evidence.clone(),
        document: claim.document,
        found_at: writing.now,
        resolved: None,
        version: Version::FIRST,
    };
    Ok(conflicts::add(tx, &[conflict]).await?)
}

/// The codes that an item has now.
async fn active(tx: &mut Tx, writing: Writing, item: ItemId) -> Result<Vec<ItemCode>, Error> {
    let codes = identifiers::of_items(tx, &[item], writing.now).await?;
    Ok(codes.into_iter().filter(|code| code.status == IdentifierStatus::Active).collect())
}

/// Ends a tie on a day; one that had not begun never held.
pub(super) async fn end(tx: &mut Tx, writing: Writing, code: &ItemCode, on: Day) -> Result<(), Error> {
    identifiers::supersede(tx, code.id, writing.now).await?;
    let to = code.span.to.map_or(on, |to| to.min(on));
    let held = Span::new(code.span.from, Some(to));
    let status = if held.is_some() { IdentifierStatus::Retired } else { IdentifierStatus::EnteredInError };
    let ended = ItemCode {
        id: fresh(),
        span: held.unwrap_or(code.span),
        status,
        recorded_at: writing.now,
        proposal: writing.proposal,
        ..code.clone()
    };
    Ok(identifiers::record(tx, &ended).await?)
}

/// Ends the codes of an item.
pub(super) async fn end_codes(tx: &mut Tx, writing: Writing, item: ItemId, on: Day) -> Result<(), Error> {
    for code in active(tx, writing, item).await? {
        end(tx, writing, &code, on).await?;
    }
    Ok(())
}

/// The codes of an item are another's from a day on.
pub(super) async fn move_codes(
    tx: &mut Tx,
    writing: Writing,
    (item, to): (ItemId, ItemId),
    on: Day,
) -> Result<(), Error> {
    let held: Vec<(CodeKind, String)> =
        active(tx, writing, to).await?.into_iter().map(|code| (code.system, code.value)).collect();
    for code in active(tx, writing, item).await? {
        end(tx, writing, &code, on).await?;
        let span = Span::new(on.max(code.span.from), code.span.to);
        if let (Some(span), false) = (span, held.contains(&(code.system, code.value.clone()))) {
            let proposal = writing.proposal;
            let moved = ItemCode { id: fresh(), item: to, span, recorded_at: writing.now, proposal, ..code };
            identifiers::record(tx, &moved).await?;
        }
    }
    Ok(())
}
