//! 冲突处理: somebody looks at what contradicts itself and decides.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::code::CodeKind;
use jicai_domain::catalog::item::{Conflict, IdentifierStatus, Resolution, Span};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::ItemConflictId;
use jicai_store::audit::record;
use jicai_store::catalog::conflicts::{self, Wanted};
use jicai_store::catalog::identifiers::{self, ItemCode};
use jicai_store::catalog::{self, items};
use jicai_store::{Page, Part, Tx, fresh};

use super::apply::Writing;
use super::codes::end;
use super::propose::standing;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// What is decided about a conflict.
#[derive(Clone, Debug)]
pub struct ResolveConflict {
    /// Which.
    pub id: ItemConflictId,
    /// The version that the caller has seen.
    pub version: Version,
    /// What.
    pub resolution: Resolution,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Decides a conflict: a claimed code stays where it is or goes to the claimant, from the day that it claims. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `STALE_VERSION`, `ITEM_CONFLICT_STATE`, `ITEM_STATE` where the claimant no longer stands, `ITEM_RELEASE_RUNS`.
pub async fn resolve_conflict(
    app: &App,
    caller: &Caller,
    command: ResolveConflict,
) -> Result<Changed<ItemConflictId>, Error> {
    caller.require(Permission::ReviewItems)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "resolve_item_conflict", &[&said]);
    once(app, &keyed, async |tx| {
        catalog::hold(tx).await?;
        catalog::no_release_runs(tx).await?;
        let found = conflicts::find(tx, command.id).await?;
        if found.version != command.version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let now = tx.now().await?;
        let resolved = found.resolve(command.resolution, command.reason.clone(), (by, now))?;
        if command.resolution == Resolution::Moved {
            take_over(tx, Writing { proposal: None, now }, &resolved).await?;
        }
        conflicts::save(tx, &resolved, command.version).await?;
        let act = Act::new("ItemConflictResolved", resolved.id)
            .with("kind", resolved.kind.label())
            .with("item", resolved.item)
            .with("code", &resolved.value)
            .with("resolution", command.resolution.label())
            .with("reason", command.reason.as_str());
        let answer = Changed { id: resolved.id, version: resolved.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// The code goes to the item that claims it.
async fn take_over(tx: &mut Tx, writing: Writing, conflict: &Conflict) -> Result<(), Error> {
    standing(tx, &[conflict.item]).await?;
    let system = CodeKind::from_name(&conflict.system);
    let (system, from) = system
        .zip(conflict.valid_from)
        .ok_or_else(|| Error::broken(format!("a conflict without a claim: {}", conflict.id)))?;
    let there = identifiers::of_code(tx, system, &conflict.value).await?;
    for owner in there.iter().filter(|code| code.status == IdentifierStatus::Active) {
        end(tx, writing, owner, from).await?;
    }
    let code = ItemCode {
        id: fresh(),
        item: conflict.item,
        system,
        value: conflict.value.clone(),
        span: Span { from, to: None },
        status: IdentifierStatus::Active,
        recorded_at: writing.now,
        superseded_at: None,
        release: None,
        proposal: None,
        document: conflict.document,
        evidence: conflict.evidence.clone(),
    };
    identifiers::record(tx, &code).await?;
    let touched: Vec<_> = conflict.other.into_iter().chain([conflict.item]).collect();
    Ok(items::count_change(tx, &touched).await?)
}

/// A conflict. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn item_conflict(app: &App, caller: &Caller, id: ItemConflictId) -> Result<Conflict, Error> {
    caller.require(Permission::ReviewItems)?;
    let mut tx = app.store.read().await?;
    Ok(conflicts::find(&mut tx, id).await?)
}

/// A part of the conflicts, the newest first. Errors: `FORBIDDEN`.
pub async fn item_conflicts(
    app: &App,
    caller: &Caller,
    wanted: &Wanted,
    page: &Page<ItemConflictId>,
) -> Result<Part<Conflict>, Error> {
    caller.require(Permission::ReviewItems)?;
    let mut tx = app.store.read().await?;
    Ok(conflicts::list(&mut tx, wanted, page).await?)
}
