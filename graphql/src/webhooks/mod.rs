//! Webhooks over GraphQL, for managers.
mod types;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::ids::{DeliveryId, Id, WebhookId};
use jicai_service::webhooks::{self as cases, CreateWebhook};

use self::types::{Webhook, WebhookChanged, WebhookSecret};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;
use crate::identity::ChangeInput;

/// Queries about webhooks.
#[derive(Default)]
pub(crate) struct WebhooksQuery;

#[Object]
impl WebhooksQuery {
    /// The webhooks of the caller's organization, the newest first. For managers.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn webhooks(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Webhook>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), WebhookId::parse)?;
        let part = cases::webhooks(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |webhook| webhook.id.to_string(), Webhook))
    }
}

/// An endpoint to be told of events.
#[derive(InputObject)]
struct CreateWebhookInput {
    /// Where it is; https, and on the public internet.
    url: String,
    /// The kinds of events that it wants, such as `OrganizationApproved`; all when none is named.
    #[graphql(default)]
    kinds: Vec<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A webhook that is to be tested.
#[derive(InputObject)]
struct TestWebhookInput {
    /// Its id.
    id: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A delivery that is to be sent again.
#[derive(InputObject)]
struct RedeliverInput {
    /// Its id.
    id: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Mutations of webhooks.
#[derive(Default)]
pub(crate) struct WebhooksMutation;

#[Object]
impl WebhooksMutation {
    /// Register an endpoint that is told of what reaches the caller's organization. 登记网络回调
    async fn create_webhook(
        &self,
        ctx: &Context<'_>,
        input: CreateWebhookInput,
    ) -> Result<WebhookSecret, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let command = CreateWebhook { url: input.url, kinds: input.kinds, key };
        Ok(WebhookSecret::of(app, cases::create_webhook(app, caller, command).await?))
    }

    /// Give a webhook a new secret; the one before signs beside it for 24 hours. 更换密钥
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        input: ChangeInput,
    ) -> Result<WebhookSecret, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (seen, key) = input.parsed()?;
        Ok(WebhookSecret::of(app, cases::rotate_webhook_secret(app, caller, seen, &key).await?))
    }

    /// Tell a webhook nothing any more; what waits for it is dropped. 停用
    async fn disable_webhook(
        &self,
        ctx: &Context<'_>,
        input: ChangeInput,
    ) -> Result<WebhookChanged, ApiError> {
        let caller = caller(ctx)?;
        let (seen, key) = input.parsed()?;
        Ok(cases::disable_webhook(app(ctx)?, caller, seen, &key).await?.into())
    }

    /// Tell a disabled webhook what happens from now on. 启用
    async fn enable_webhook(
        &self,
        ctx: &Context<'_>,
        input: ChangeInput,
    ) -> Result<WebhookChanged, ApiError> {
        let caller = caller(ctx)?;
        let (seen, key) = input.parsed()?;
        Ok(cases::enable_webhook(app(ctx)?, caller, seen, &key).await?.into())
    }

    /// Send a test to an enabled webhook; the answer is the id of the delivery. 测试
    async fn test_webhook(&self, ctx: &Context<'_>, input: TestWebhookInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let id = parsed(&input.id)?;
        Ok(ID(cases::test_webhook(app(ctx)?, caller, id, &key).await?.to_string()))
    }

    /// Deliver again, under the same id, what was delivered, given up or dropped. 重新投递
    async fn redeliver(&self, ctx: &Context<'_>, input: RedeliverInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let id: DeliveryId = parsed(&input.id)?;
        Ok(ID(cases::redeliver(app(ctx)?, caller, id, &key).await?.to_string()))
    }
}

fn parsed<T: Id>(id: &ID) -> Result<T, Refusal> {
    T::parse(id).map_err(|refusal| refusal.at("id"))
}
