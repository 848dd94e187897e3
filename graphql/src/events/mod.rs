//! What happens, as subscriptions.
#![expect(clippy::unused_async, reason = "the library wants the function of a subscription to be async")]

use async_graphql::{Context, ID, Object, Subscription};
use futures_util::{Stream, StreamExt};
use jicai_domain::errors::{Code, Refusal};
use jicai_service::events::{self as cases, Following};

use crate::asking::{app, caller};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Something that happened, as the audit log has it.
struct Event(cases::Event);

#[Object]
impl Event {
    /// Its place among all events: give the last one back as `after`, and nothing is missed.
    async fn cursor(&self) -> String {
        self.0.position.to_string()
    }

    /// What happened, such as `OrganizationApproved`.
    async fn kind(&self) -> &'static str {
        self.0.kind.name()
    }

    /// The id of what it happened to.
    async fn subject(&self) -> ID {
        ID(self.0.subject.clone())
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The ids of the organizations that it concerns.
    async fn organizations(&self) -> Vec<ID> {
        self.0.concerns.iter().map(|(organization, _regions)| ID(organization.to_string())).collect()
    }
}

/// Subscriptions to what happens.
#[derive(Default)]
pub(crate) struct EventsSubscription;

#[Subscription]
impl EventsSubscription {
    /// What happens to the caller's organization and, for authorities, in their jurisdiction: first what came after the event that
    /// `after` names, then what comes. Ends when the access token expires or the login ends; connect again with a new token and the last
    /// cursor.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these kinds; all when none is named.", default)] kinds: Vec<String>,
        #[graphql(desc = "The cursor of the last event that the client has.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<Event, ApiError>>, ApiError> {
        let malformed = |_cursor| Refusal::of(Code::CursorInvalid).at("after");
        let after = after.map(|cursor| cursor.parse()).transpose().map_err(malformed)?;
        let following = cases::follow(app(ctx)?, caller(ctx)?, &Following { kinds, after })?;
        Ok(following.map(|event| event.map(Event).map_err(ApiError::from)))
    }
}
