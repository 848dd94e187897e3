//! What users are told of.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use jicai_domain::errors::{Code, Refusal};
use jicai_service::notifications as cases;

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Something that the caller is told of. 通知
struct Notification(cases::Notification);

#[Object]
impl Notification {
    /// Its place among all events, the one that the subscription `events` gives too.
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

    /// Whether the caller has read it.
    async fn read(&self) -> bool {
        self.0.read
    }

    /// What to show in English: plain text.
    async fn text(&self) -> String {
        self.0.english()
    }

    /// What to show in Chinese: plain text.
    async fn text_zh(&self) -> String {
        self.0.chinese()
    }
}

/// Queries about what the caller is told.
#[derive(Default)]
pub(crate) struct NotificationsQuery;

#[Object]
impl NotificationsQuery {
    /// What the caller was told in the last 180 days, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what was not read.", default)] unread_only: bool,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Notification>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), position)?;
        let part = cases::notifications(app(ctx)?, caller, unread_only, &page).await?;
        Ok(connection(part, |one| one.position.to_string(), Notification))
    }

    /// How much the caller was told and has not read.
    async fn unread_notifications(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
        Ok(count(cases::unread_notifications(app(ctx)?, caller(ctx)?).await?))
    }
}

/// Mutations of what the caller is told.
#[derive(Default)]
pub(crate) struct NotificationsMutation;

#[Object]
impl NotificationsMutation {
    /// The caller has read everything up to the cursor; the answer is how much is left. 标为已读
    async fn mark_notifications_read(&self, ctx: &Context<'_>, up_to: String) -> Result<i32, ApiError> {
        let caller = caller(ctx)?;
        let up_to = position(&up_to).map_err(|refusal| refusal.at("upTo"))?;
        Ok(count(cases::mark_notifications_read(app(ctx)?, caller, up_to).await?))
    }
}

fn position(text: &str) -> Result<u64, Refusal> {
    let position = text.parse().ok().filter(|position: &u64| i64::try_from(*position).is_ok());
    position.ok_or(Refusal::of(Code::CursorInvalid))
}

fn count(unread: i64) -> i32 {
    i32::try_from(unread).unwrap_or(i32::MAX)
}
