//! 价格核对.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{Id, PriceTicketId};
use jicai_service::pricing::tickets as cases;

use super::types::SaidPrice;
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// What is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::pricing::unit::DoubtKind")]
enum PriceDoubt {
    /// The price of a smallest unit: it is off by the factor of a unit or a pack.
    Factor,
    /// The smallest units of a pack: the registry has another number.
    Pack,
}

/// How a doubt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_service::pricing::tickets::TicketState")]
enum PriceTicketState {
    /// Somebody has to look.
    Open,
    /// A person said that it is so.
    Confirmed,
    /// Its reporter said it otherwise.
    Corrected,
    /// A person said that it is not so.
    Withdrawn,
}

/// 价格核对单: a price that counts only once somebody has looked.
#[derive(SimpleObject)]
struct PriceTicket {
    /// Its id.
    id: ID,
    /// What was said.
    price: SaidPrice,
    /// What is in doubt.
    doubt: PriceDoubt,
    /// What was said of that: yuan of a smallest unit, or smallest units of a pack.
    value: String,
    /// What was expected.
    expected: String,
    /// By which factor they differ.
    factor: String,
    /// On how many prices the expectation rests; 0 where the registry tells.
    sample: i32,
    /// The rule file, with its version.
    rules: String,
    /// How it stands.
    state: PriceTicketState,
    /// Since when.
    opened_at: DateTime,
    /// Until when.
    resolved_at: Option<DateTime>,
    /// What the person said who settled it.
    reason: Option<String>,
    /// The id of the price that came of it.
    observation_id: Option<ID>,
    /// Counts its changes.
    version: i32,
}

impl PriceTicket {
    fn of(ticket: cases::PriceTicket) -> Self {
        Self {
            id: ID(ticket.id.to_string()),
            price: SaidPrice::of(ticket.said),
            doubt: ticket.doubt.kind.into(),
            value: ticket.doubt.value.normalize().to_string(),
            expected: ticket.doubt.expected.normalize().to_string(),
            factor: ticket.doubt.factor.normalize().to_string(),
            sample: i32::try_from(ticket.doubt.sample).unwrap_or(i32::MAX),
            rules: ticket.rules,
            state: ticket.state.into(),
            opened_at: DateTime(ticket.opened_at),
            resolved_at: ticket.resolved_at.map(DateTime),
            reason: ticket.reason,
            observation_id: ticket.observation.map(|id| ID(id.to_string())),
            version: ticket.version.number(),
        }
    }
}

/// What a person says of a price in doubt.
#[derive(InputObject)]
struct SettlePriceTicketInput {
    /// The ticket.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Whether it is so: then it counts from now on; else it never does.
    real: bool,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Queries about prices in doubt.
#[derive(Default)]
pub(crate) struct TicketQuery;

#[Object]
impl TicketQuery {
    /// Prices in doubt that the own organization reported, or that lie in the own regions, the newest first. 价格核对单
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn price_tickets(
        &self,
        ctx: &Context<'_>,
        state: Option<PriceTicketState>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PriceTicket>, ApiError> {
        let page = page(first, after.as_deref(), PriceTicketId::parse)?;
        let state = state.map(Into::into);
        let part = cases::price_tickets(app(ctx)?, caller(ctx)?, state, &page).await?;
        Ok(connection(part, |ticket| ticket.id.to_string(), PriceTicket::of))
    }
}

/// Mutations of them.
#[derive(Default)]
pub(crate) struct TicketMutation;

#[Object]
impl TicketMutation {
    /// Say whether a price in doubt is so. What its reporter says otherwise is settled by that alone. 核对价格
    #[graphql(complexity = "1 + child_complexity")]
    async fn settle_price_ticket(
        &self,
        ctx: &Context<'_>,
        input: SettlePriceTicketInput,
    ) -> Result<PriceTicket, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let command = cases::SettleTicket {
            id: PriceTicketId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            real: input.real,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let changed = cases::settle_price_ticket(app, caller, command).await?;
        Ok(PriceTicket::of(cases::price_ticket(app, caller, changed.id).await?))
    }
}
