//! Alerts as they change.
#![expect(clippy::unused_async, reason = "the library wants the function of a subscription to be async")]

use async_graphql::{Context, Object, Subscription};
use futures_util::{Stream, StreamExt};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_service::alert::{self as cases, HeardAlerts};

use super::types::{AlertSeverity, PriceAlert};
use crate::asking::{app, caller};
use crate::dates::DateTime;
use crate::error::ApiError;

/// A change of an alert.
struct PriceAlertEvent(cases::AlertEvent);

#[Object]
impl PriceAlertEvent {
    /// Its place among all events: give the last one back as `after`, and nothing is missed.
    async fn cursor(&self) -> String {
        self.0.event.position.to_string()
    }

    /// What happened, such as `PriceAlertOpened`.
    async fn kind(&self) -> &'static str {
        self.0.event.kind.name()
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.event.at)
    }

    /// The alert as it is now.
    async fn alert(&self) -> PriceAlert {
        PriceAlert(self.0.alert.clone())
    }
}

/// Subscriptions to alerts.
#[derive(Default)]
pub(crate) struct AlertSubscription;

#[Subscription]
impl AlertSubscription {
    /// What changes of alerts about the own products or of the jurisdiction: first what came after the event that `after` names, then what
    /// comes. Ends when the access token expires or the login ends; connect again with a new token and the last cursor.
    async fn price_alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only in that region, or in one that is part of it.")] region: Option<String>,
        #[graphql(desc = "Only what is at least that grave now.")] least: Option<AlertSeverity>,
        #[graphql(desc = "The cursor of the last event that the client has.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<PriceAlertEvent, ApiError>>, ApiError> {
        let malformed = |_cursor| Refusal::of(Code::CursorInvalid).at("after");
        let after = after.map(|cursor| cursor.parse()).transpose().map_err(malformed)?;
        let region = region.as_deref().map(RegionCode::parse).transpose();
        let region = region.map_err(|refusal| refusal.at("region"))?;
        let heard = HeardAlerts { region, least: least.map(Into::into) };
        let following = cases::follow_alerts(app(ctx)?, caller(ctx)?, (heard, after))?;
        Ok(following.map(|event| event.map(PriceAlertEvent).map_err(ApiError::from)))
    }
}
