//! What can be done to the registry.
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::catalog::item::{Decision, Flag};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{Id, ItemConflictId, ItemProposalId};
use jicai_domain::procurement::values::parse_positive;
use jicai_service::catalog as cases;

use super::decisions::{ItemConflict, ItemProposal};
use super::inputs::{FlagItemInput, ItemActInput, item, span};
use super::labels::ItemConflictResolution;
use super::types::Item;
use crate::asking::{app, caller};
use crate::error::ApiError;

/// What somebody proposes.
#[derive(InputObject)]
struct ProposeItemInput {
    /// What is to be done.
    act: ItemActInput,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A proposal that is approved or taken back.
#[derive(InputObject)]
struct ItemProposalInput {
    /// Which.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A proposal that is rejected.
#[derive(InputObject)]
struct RejectItemProposalInput {
    /// Which.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What is decided about a conflict.
#[derive(InputObject)]
struct ResolveItemConflictInput {
    /// Which.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What: a claimed code is kept or moved, anything else dismissed.
    resolution: ItemConflictResolution,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Mutations of the registry.
#[derive(Default)]
pub(crate) struct CatalogMutation;

#[Object]
impl CatalogMutation {
    /// Propose an item, or a change of one; another person decides. What is there already is named. 申报
    #[graphql(complexity = "1 + child_complexity")]
    async fn propose_item(
        &self,
        ctx: &Context<'_>,
        input: ProposeItemInput,
    ) -> Result<ItemProposal, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let command = cases::Propose {
            payload: input.act.try_into()?,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let proposed = cases::propose(app, caller, command).await?;
        Ok(ItemProposal(cases::item_proposal(app, caller, proposed.id).await?))
    }

    /// Approve a proposal of somebody else: it is done at once. 审核通过
    #[graphql(complexity = "1 + child_complexity")]
    async fn approve_item_proposal(
        &self,
        ctx: &Context<'_>,
        input: ItemProposalInput,
    ) -> Result<ItemProposal, ApiError> {
        let seen = (proposal(&input.id)?, Version::new(input.version));
        decide(ctx, seen, Decision::Approve, &input.idempotency_key).await
    }

    /// Reject a proposal of somebody else. 不予通过
    #[graphql(complexity = "1 + child_complexity")]
    async fn reject_item_proposal(
        &self,
        ctx: &Context<'_>,
        input: RejectItemProposalInput,
    ) -> Result<ItemProposal, ApiError> {
        let seen = (proposal(&input.id)?, Version::new(input.version));
        let decision = Decision::Reject(Reason::parse(&input.reason)?);
        decide(ctx, seen, decision, &input.idempotency_key).await
    }

    /// Take a proposal of the own organization back. 撤回
    #[graphql(complexity = "1 + child_complexity")]
    async fn withdraw_item_proposal(
        &self,
        ctx: &Context<'_>,
        input: ItemProposalInput,
    ) -> Result<ItemProposal, ApiError> {
        let seen = (proposal(&input.id)?, Version::new(input.version));
        decide(ctx, seen, Decision::Withdraw, &input.idempotency_key).await
    }

    /// Decide a conflict: a claimed code stays where it is, or goes to the item that claims it. 冲突处理
    #[graphql(complexity = "1 + child_complexity")]
    async fn resolve_item_conflict(
        &self,
        ctx: &Context<'_>,
        input: ResolveItemConflictInput,
    ) -> Result<ItemConflict, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let command = cases::ResolveConflict {
            id: ItemConflictId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            resolution: input.resolution.into(),
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let resolved = cases::resolve_conflict(app, caller, command).await?;
        Ok(ItemConflict(cases::item_conflict(app, caller, resolved.id).await?))
    }

    /// Record what a list says of an item for some days: essential medicine, reimbursement, selection and their like. 标识维护
    #[graphql(complexity = "5 + child_complexity")]
    async fn flag_item(&self, ctx: &Context<'_>, input: FlagItemInput) -> Result<Item, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let price = input.price.as_deref().map(parse_positive).transpose().map_err(|_number| priceless())?;
        let command = cases::FlagItem {
            item: item(&input.item, "item")?,
            flag: Flag {
                kind: input.flag.into(),
                span: span(input.valid_from, input.valid_to)?,
                price,
                source: input.source,
            },
            holds: input.holds,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let flagged = cases::flag_item(app, caller, command).await?;
        Ok(Item(cases::item(app, caller, flagged, cases::AsOf::default()).await?))
    }
}

fn priceless() -> Refusal {
    Refusal::of(Code::DecimalInvalid).at("price")
}

fn proposal(id: &ID) -> Result<ItemProposalId, Refusal> {
    ItemProposalId::parse(id).map_err(|refusal| refusal.at("id"))
}

async fn decide(
    ctx: &Context<'_>,
    seen: (ItemProposalId, Version),
    decision: Decision,
    key: &str,
) -> Result<ItemProposal, ApiError> {
    let (app, caller) = (app(ctx)?, caller(ctx)?);
    let key = IdempotencyKey::parse(key)?;
    let decided = cases::decide_proposal(app, caller, seen, decision, &key).await?;
    Ok(ItemProposal(cases::item_proposal(app, caller, decided.id).await?))
}
