//! What happens to a round, as it happens.
use async_graphql::{Context, ID, Object, Subscription};
use futures_util::{Stream, StreamExt};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, RoundId};
use jicai_service::{events, procurement as cases};

use super::types::Round;
use crate::asking::{app, asking, caller};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Something that happened to a round.
struct RoundEvent {
    event: events::Event,
    round: RoundId,
}

#[Object]
impl RoundEvent {
    /// Its place among all events: give the last one back as `after`, and nothing is missed.
    async fn cursor(&self) -> String {
        self.event.position.to_string()
    }

    /// What happened, such as `RoundSealed`.
    async fn kind(&self) -> &'static str {
        self.event.kind.name()
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.event.at)
    }

    /// The round as it is now.
    async fn round(&self, ctx: &Context<'_>) -> Result<Round, ApiError> {
        Ok(Round(cases::round(app(ctx)?, asking(ctx)?.caller.as_ref(), self.round).await?))
    }
}

/// Subscriptions to what happens to rounds.
#[derive(Default)]
pub(crate) struct RoundSubscription;

#[Subscription]
impl RoundSubscription {
    /// What happens to a round that is announced, for everybody who is logged in: first what came after the event that `after` names, then
    /// what comes. Ends when the access token expires or the login ends; connect again with a new token and the last cursor.
    async fn round_events(
        &self,
        ctx: &Context<'_>,
        round: ID,
        #[graphql(desc = "The cursor of the last event that the client has.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<RoundEvent, ApiError>>, ApiError> {
        let malformed = |_cursor| Refusal::of(Code::CursorInvalid).at("after");
        let after = after.map(|cursor| cursor.parse()).transpose().map_err(malformed)?;
        let round = RoundId::parse(&round).map_err(|refusal| refusal.at("round"))?;
        let following = events::follow_round(app(ctx)?, caller(ctx)?, round, after).await?;
        Ok(following.map(move |event| event.map(|event| RoundEvent { event, round }).map_err(ApiError::from)))
    }
}
