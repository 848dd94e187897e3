//! How ties are settled over GraphQL.
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{DocumentId, Id, RoundId, RoundProductId, TieResolutionId};
use jicai_domain::procurement::result::TieCommand;
use jicai_service::procurement::result::{self as cases, ProposeTie};

use crate::asking::{app, caller};
use crate::error::ApiError;

/// More products are not tied in a round.
const PRODUCTS_MAX: usize = 5_000;

/// An order of tied bids.
#[derive(InputObject)]
struct ResolveTieInput {
    /// The round.
    round: ID,
    /// The products of the tied bids, the first one first: of each lot that it names, all that are tied.
    products: Vec<ID>,
    /// The record of the draw, or of what was confirmed on site: a document of the kind `ROUND`.
    evidence: ID,
    /// How it came about.
    explanation: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A proposed order that is right.
#[derive(InputObject)]
struct ConfirmTieInput {
    /// Its id.
    id: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A proposed order that is not right.
#[derive(InputObject)]
struct RejectTieInput {
    /// Its id.
    id: ID,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Mutations of results.
#[derive(Default)]
pub(crate) struct ResultMutation;

#[Object]
impl ResultMutation {
    /// Propose the order of tied bids, with evidence; another person of the office confirms or rejects it. The answer is the id of the
    /// proposal. 并列处理
    async fn resolve_tie(&self, ctx: &Context<'_>, input: ResolveTieInput) -> Result<ID, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        if input.products.len() > PRODUCTS_MAX {
            return Err(Refusal::of(Code::TieOrderInvalid).at("products").into());
        }
        let products = input.products.iter().map(|id| RoundProductId::parse(id));
        let command = ProposeTie {
            round: RoundId::parse(&input.round).map_err(|refusal| refusal.at("round"))?,
            order: products.collect::<Result<_, _>>().map_err(|refusal| refusal.at("products"))?,
            evidence: DocumentId::parse(&input.evidence).map_err(|refusal| refusal.at("evidence"))?,
            explanation: Reason::parse(&input.explanation).map_err(|refusal| refusal.at("explanation"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(ID(cases::propose_tie(app, caller, command).await?.to_string()))
    }

    /// Confirm an order of tied bids that another person proposed; the lots are decided with it. 确认并列处理
    async fn confirm_tie(&self, ctx: &Context<'_>, input: ConfirmTieInput) -> Result<ID, ApiError> {
        decide(ctx, &input.id, TieCommand::Confirm, &input.idempotency_key).await
    }

    /// Reject an order of tied bids that another person proposed. 驳回并列处理
    async fn reject_tie(&self, ctx: &Context<'_>, input: RejectTieInput) -> Result<ID, ApiError> {
        let reason = Reason::parse(&input.reason)?;
        decide(ctx, &input.id, TieCommand::Reject { reason }, &input.idempotency_key).await
    }
}

async fn decide(ctx: &Context<'_>, id: &ID, command: TieCommand, key: &str) -> Result<ID, ApiError> {
    let (app, caller) = (app(ctx)?, caller(ctx)?);
    let id = TieResolutionId::parse(id).map_err(|refusal| refusal.at("id"))?;
    let key = IdempotencyKey::parse(key)?;
    Ok(ID(cases::decide_tie(app, caller, id, command, &key).await?.to_string()))
}
