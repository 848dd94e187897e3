//! 审核: another person decides what was proposed, and what is approved is done at once.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::item::{Decision, Proposal, ProposalKind};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Version};
use jicai_domain::ids::{ItemId, ItemProposalId};
use jicai_store::audit::record_with;
use jicai_store::catalog::proposals::{self, Side};
use jicai_store::catalog::{self, identities};

use super::apply::{Writing, apply};
use super::payload;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// Decides a proposal: a reviewer approves or rejects, the proposer's organization withdraws. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`,
/// `PROPOSAL_STATE`, `SECOND_PERSON_NEEDED`, `ITEM_RELEASE_RUNS`, `ITEM_STATE`, `ITEM_RELATION_CYCLE`, `ITEM_DUPLICATE`.
pub async fn decide_proposal(
    app: &App,
    caller: &Caller,
    (id, version): (ItemProposalId, Version),
    decision: Decision,
    key: &IdempotencyKey,
) -> Result<Changed<ItemProposalId>, Error> {
    let side = match decision {
        Decision::Withdraw => Side::Own(caller.require(Permission::ProposeItems)?),
        Decision::Approve | Decision::Reject(_) => {
            caller.require(Permission::ReviewItems)?;
            Side::Reviewer
        }
    };
    let by = caller.user()?;
    let said = [id.to_string(), version.number().to_string(), format!("{decision:?}")];
    let keyed = keyed(app, Some(caller), key, "decide_item_proposal", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        if decision == Decision::Approve {
            catalog::hold(tx).await?;
            catalog::no_release_runs(tx).await?;
        }
        let proposal = proposals::lock(tx, &side, id).await?;
        if proposal.version != version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let now = tx.now().await?;
        let mut decided = proposal.decide(decision.clone(), by, now)?;
        let mut touched = Vec::new();
        if decision == Decision::Approve {
            let writing = Writing { proposal: Some(id), now };
            let done = apply(tx, writing, payload::read(&decided.payload)?).await?;
            decided.item = Some(done.item);
            touched = done.touched;
            if decided.kind == ProposalKind::New {
                identities::settle(tx, id, done.item).await?;
            }
        } else {
            identities::give_back(tx, id).await?;
        }
        proposals::save(tx, &decided, version).await?;
        let (first, more) = told(&decided, &touched);
        let answer = Changed { id, version: decided.version };
        Ok(record_with(tx, actor(caller), first, more, answer).await?)
    })
    .await
}

/// The decision, and an entry for each item that it changed.
fn told(decided: &Proposal, touched: &[ItemId]) -> (Act, Vec<Act>) {
    use jicai_domain::catalog::item::ProposalStatus as S;
    let kind = match decided.status {
        S::Approved => "ItemProposalApproved",
        S::Rejected => "ItemProposalRejected",
        S::Withdrawn | S::Proposed => "ItemProposalWithdrawn",
    };
    let reason = decided.decided.as_ref().and_then(|(_, _, reason)| reason.as_ref());
    let first = Act::new(kind, decided.id)
        .with("kind", decided.kind.label())
        .with("sha256", decided.sha256)
        .with("reason", reason.map_or("", |reason| reason.as_str()))
        .concerning(decided.organization);
    let changed = |item: &ItemId| Act::new("ItemChanged", item).with("proposal", decided.id);
    (first, touched.iter().map(changed).collect())
}
