//! 议价 over GraphQL.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{Id, ListingId, NegotiatedPriceId};
use jicai_domain::ordering::negotiation::NegotiationCommand;
use jicai_domain::procurement::values::parse_positive;
use jicai_service::ordering as cases;

use super::types::Moved;
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// How a negotiated price stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::ordering::negotiation::NegotiationStatus")]
enum NegotiationStatus {
    /// The firm has not answered. 待答复
    Proposed,
    /// Both agreed: the institution may order at it. 已达成
    Agreed,
    /// The firm does not sell at it. 已拒绝
    Refused,
    /// A side ended it. 已终止
    Ended,
}

/// 议价, a price of a listing for one institution. Only its two sides see it.
#[derive(SimpleObject)]
struct NegotiatedPrice {
    /// Its id.
    id: ID,
    /// The id of the listing.
    listing_id: ID,
    /// The id of the institution.
    hospital_id: ID,
    /// The id of the firm.
    manufacturer_id: ID,
    /// Of a pack, tax included, as a decimal.
    price: String,
    /// The listed price when it was proposed.
    listed_price: String,
    /// What the institution says for it.
    explanation: String,
    /// How it stands.
    status: NegotiationStatus,
    /// Why it was refused or ended.
    reason: Option<String>,
    /// When it was proposed.
    proposed_at: DateTime,
    /// When the firm answered.
    answered_at: Option<DateTime>,
    /// How often it changed.
    version: i32,
}

impl NegotiatedPrice {
    fn of(one: cases::NegotiatedPrice) -> NegotiatedPrice {
        NegotiatedPrice {
            id: ID(one.id.to_string()),
            listing_id: ID(one.listing.to_string()),
            hospital_id: ID(one.hospital.to_string()),
            manufacturer_id: ID(one.manufacturer.to_string()),
            price: one.price.normalize().to_string(),
            listed_price: one.listed.normalize().to_string(),
            explanation: one.explanation.as_str().to_owned(),
            status: one.status.into(),
            reason: one.reason.map(|reason| reason.as_str().to_owned()),
            proposed_at: DateTime(one.proposed_at),
            answered_at: one.answered.map(|(_by, at)| DateTime(at)),
            version: one.version.number(),
        }
    }
}

/// A price that is asked for.
#[derive(InputObject)]
struct ProposePriceInput {
    /// A listing of the own region.
    listing: ID,
    /// Of a pack, tax included, as a decimal; at or below the listed one.
    price: String,
    /// What is said for it.
    explanation: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What a side does with a negotiated price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum PriceAnswer {
    /// The firm sells at it.
    Agree,
    /// The firm does not.
    Refuse,
    /// A side ends it, or the institution takes it back.
    End,
}

/// An answer to a negotiated price.
#[derive(InputObject)]
struct AnswerPriceInput {
    /// The negotiated price.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What is done.
    answer: PriceAnswer,
    /// Why; needed to refuse and to end.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl AnswerPriceInput {
    fn command(&self) -> Result<NegotiationCommand, Refusal> {
        let reason = self.reason.as_deref().map(Reason::parse).transpose()?;
        let needed = Refusal::of(Code::ReasonMissing).at("reason");
        match (self.answer, reason) {
            (PriceAnswer::Agree, _) => Ok(NegotiationCommand::Agree),
            (PriceAnswer::Refuse, Some(reason)) => Ok(NegotiationCommand::Refuse(reason)),
            (PriceAnswer::End, Some(reason)) => Ok(NegotiationCommand::End(reason)),
            (PriceAnswer::Refuse | PriceAnswer::End, None) => Err(needed),
        }
    }
}

/// Queries about negotiated prices.
#[derive(Default)]
pub(crate) struct NegotiationQuery;

#[Object]
impl NegotiationQuery {
    /// 议价, the own negotiated prices as the institution or the firm, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn negotiated_prices(
        &self,
        ctx: &Context<'_>,
        status: Option<NegotiationStatus>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, NegotiatedPrice>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), NegotiatedPriceId::parse)?;
        let part = cases::negotiated_prices(app(ctx)?, caller, status.map(Into::into), &page).await?;
        Ok(connection(part, |one| one.id.to_string(), NegotiatedPrice::of))
    }
}

/// Mutations of negotiated prices.
#[derive(Default)]
pub(crate) struct NegotiationMutation;

#[Object]
impl NegotiationMutation {
    /// Ask the firm of a listing for a price at or below the listed one. 提出议价
    async fn propose_price(&self, ctx: &Context<'_>, input: ProposePriceInput) -> Result<Moved, ApiError> {
        let caller = caller(ctx)?;
        let price = parse_positive(&input.price);
        let command = cases::ProposePrice {
            listing: ListingId::parse(&input.listing).map_err(|refusal| refusal.at("listing"))?,
            price: price.map_err(|_value| Refusal::of(Code::PriceInvalid).at("price"))?,
            explanation: Reason::parse(&input.explanation).map_err(|refusal| refusal.at("explanation"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(Moved::of(&cases::propose_price(app(ctx)?, caller, command).await?))
    }

    /// Agree or refuse as the firm; end as either side. 答复或终止议价
    async fn answer_price(&self, ctx: &Context<'_>, input: AnswerPriceInput) -> Result<Moved, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::AnswerPrice {
            id: NegotiatedPriceId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            command: input.command()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(Moved::of(&cases::answer_price(app(ctx)?, caller, command).await?))
    }
}
