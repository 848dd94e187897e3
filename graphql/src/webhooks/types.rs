//! Webhooks and deliveries as clients see them.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use jicai_domain::ids::{DeliveryId, Id, WebhookId};
use jicai_service::webhooks::{self as cases, Answer, Secreted};
use jicai_service::{App, Changed};

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Whether a webhook is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum WebhookStatus {
    /// It is.
    Enabled,
    /// A manager disabled it.
    Disabled,
    /// The platform disabled it; see `fault`.
    GivenUp,
}

/// Why the platform disabled a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_service::webhooks::WebhookFault")]
enum WebhookFault {
    /// The receiver answered 410 Gone.
    Gone,
    /// The receiver accepted nothing for five days.
    Failing,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_service::webhooks::DeliveryStatus")]
enum DeliveryStatus {
    /// It waits for its first or next try.
    Waiting,
    /// The receiver accepted it.
    Delivered,
    /// It was given up after its last try.
    Failed,
    /// It was not tried any more because the webhook was disabled.
    Dropped,
}

/// An endpoint that is told of events. 网络回调
pub(super) struct Webhook(pub(super) cases::Webhook);

#[Object]
impl Webhook {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Where it is.
    async fn url(&self) -> &str {
        self.0.address.as_str()
    }

    /// The kinds of events that it wants; all when there is none.
    async fn kinds(&self) -> Vec<&'static str> {
        self.0.kinds.iter().map(|kind| kind.name()).collect()
    }

    /// Whether it is told anything.
    async fn status(&self) -> WebhookStatus {
        match self.0.status {
            cases::WebhookStatus::Enabled => WebhookStatus::Enabled,
            cases::WebhookStatus::Disabled => WebhookStatus::Disabled,
            cases::WebhookStatus::GivenUp { .. } => WebhookStatus::GivenUp,
        }
    }

    /// Why the platform disabled it.
    async fn fault(&self) -> Option<WebhookFault> {
        self.0.status.fault().map(Into::into)
    }

    /// Since when its receiver has accepted nothing.
    async fn failing_since(&self) -> Option<DateTime> {
        self.0.failing_since.map(DateTime)
    }

    /// Until when the secret before the current one signs too, or did.
    async fn overlap_until(&self) -> Option<DateTime> {
        self.0.overlap_until.map(DateTime)
    }

    /// How often it changed; every change names the version that it has seen.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }

    /// What was sent to it in the last 30 days, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, WebhookDelivery>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), DeliveryId::parse)?;
        let part = cases::deliveries(app(ctx)?, caller, self.0.id, &page).await?;
        Ok(connection(part, |delivery| delivery.id.to_string(), WebhookDelivery))
    }
}

/// One event for one webhook.
struct WebhookDelivery(cases::Delivery);

#[Object]
impl WebhookDelivery {
    /// Its id, the header `webhook-id` of every try.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What happened.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The event's place among all events; none for a test.
    async fn cursor(&self) -> Option<String> {
        self.0.position.map(|position| position.to_string())
    }

    /// When it happened.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Where it stands.
    async fn status(&self) -> DeliveryStatus {
        self.0.status.into()
    }

    /// How often it was tried.
    async fn tries(&self) -> i32 {
        self.0.tries
    }

    /// The HTTP status of the last answer.
    async fn http_status(&self) -> Option<i32> {
        match self.0.answer? {
            Answer::Status(status) => Some(i32::from(status)),
            Answer::Silent(_silence) => None,
        }
    }

    /// Why there was no answer the last time: `TIMEOUT`, `UNREACHABLE` or `PRIVATE_ADDRESS`.
    async fn silence(&self) -> Option<&'static str> {
        match self.0.answer? {
            Answer::Status(_status) => None,
            Answer::Silent(silence) => Some(silence.label()),
        }
    }

    /// When it is tried next.
    async fn next_try_at(&self) -> Option<DateTime> {
        self.0.next_try.map(DateTime)
    }
}

/// A webhook with its secret, which is shown this once.
#[derive(SimpleObject)]
pub(super) struct WebhookSecret {
    /// The webhook's id.
    id: ID,
    /// The webhook's version after the change.
    version: i32,
    /// What to check signatures with.
    secret: String,
}

impl WebhookSecret {
    pub(super) fn of(app: &App, secreted: Secreted) -> Self {
        let (id, version) = (ID(secreted.webhook.to_string()), secreted.version.number());
        Self { id, version, secret: secreted.secret(app) }
    }
}

/// The answer to a change of a webhook.
#[derive(SimpleObject)]
pub(super) struct WebhookChanged {
    /// Its id.
    id: ID,
    /// Its version after the change.
    version: i32,
}

impl From<Changed<WebhookId>> for WebhookChanged {
    fn from(changed: Changed<WebhookId>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}
