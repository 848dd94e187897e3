//! What managers do with the webhooks of their organization.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::events::wanted;
use jicai_domain::identity::{Caller, Permission, Version};
use jicai_domain::ids::{DeliveryId, WebhookId};
use jicai_domain::webhooks::{Address, Delivery, WEBHOOKS_MAX, Webhook, WebhookCommand, WebhookStatus};
use jicai_store::audit::record;
use jicai_store::webhooks::{self as rows, deliveries as delivery_rows};
use jicai_store::{Page, Part, Recorded, Tx, fresh};

use super::sign::secret;
use crate::app::App;
use crate::audit::{Answer, Changed, actor, keyed, once};
use crate::errors::Error;

/// An endpoint to be told of events.
pub struct CreateWebhook {
    /// Where it is.
    pub url: String,
    /// The names of the kinds of events that it wants; all when there is none.
    pub kinds: Vec<String>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A webhook with a secret that its owner is shown.
#[derive(Clone, Copy, Debug)]
pub struct Secreted {
    /// The webhook.
    pub webhook: WebhookId,
    /// Its version.
    pub version: Version,
    generation: i32,
}

impl Secreted {
    /// The secret to check signatures with. It is derived, so that nothing keeps it.
    pub fn secret(&self, app: &App) -> String {
        secret(app, self.webhook, self.generation)
    }

    fn of(webhook: &Webhook) -> Secreted {
        Secreted { webhook: webhook.id, version: webhook.version, generation: webhook.generation }
    }
}

impl Answer for Secreted {
    fn to_text(&self) -> String {
        format!("{} {}", self.generation, Changed { id: self.webhook, version: self.version }.to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        let (generation, changed) = text.split_once(' ')?;
        let Changed { id, version } = Changed::from_text(changed)?;
        Some(Secreted { webhook: id, version, generation: generation.parse().ok()? })
    }
}

/// The webhooks of the caller's organization, the newest first. Errors: `FORBIDDEN`.
pub async fn webhooks(app: &App, caller: &Caller, page: &Page<WebhookId>) -> Result<Part<Webhook>, Error> {
    let scope = caller.require(Permission::ManageWebhooks)?;
    let mut tx = app.store.read().await?;
    Ok(rows::list(&mut tx, &scope, page).await?)
}

/// What was sent to a webhook of the caller's organization, the newest first. Errors: `FORBIDDEN`.
pub async fn deliveries(
    app: &App,
    caller: &Caller,
    webhook: WebhookId,
    page: &Page<DeliveryId>,
) -> Result<Part<Delivery>, Error> {
    let scope = caller.require(Permission::ManageWebhooks)?;
    let mut tx = app.store.read().await?;
    Ok(delivery_rows::list(&mut tx, &scope, webhook, page).await?)
}

/// Registers an endpoint. Errors: `FORBIDDEN`, `WEBHOOK_URL_INVALID`, `WEBHOOK_ADDRESS`, `EVENT_UNKNOWN`, `WEBHOOK_LIMIT`.
pub async fn create_webhook(app: &App, caller: &Caller, command: CreateWebhook) -> Result<Secreted, Error> {
    caller.require(Permission::ManageWebhooks)?;
    let address = Address::parse(&command.url, app.courier.reachable())?;
    // None is kept as none, so that kinds which are yet to come are heard.
    let kinds = if command.kinds.is_empty() { Vec::new() } else { wanted(&command.kinds)? };
    let names = command.kinds.join(",");
    let keyed = keyed(app, Some(caller), &command.key, "create_webhook", &[address.as_str(), &names]);
    once(app, &keyed, async |tx| {
        let many = rows::count(tx, caller.organization).await?;
        if usize::try_from(many).is_ok_and(|many| many >= WEBHOOKS_MAX) {
            return Err(Refusal::of(Code::WebhookLimit).allowing(WEBHOOKS_MAX.to_string()).into());
        }
        let whose = (caller.organization, caller.role);
        let webhook = Webhook::register(fresh(), whose, address.clone(), kinds.clone());
        rows::add(tx, &webhook).await?;
        let act = Act::new("WebhookCreated", webhook.id)
            .concerning(caller.organization)
            .with("host", address.host())
            .with("kinds", &names);
        Ok(record(tx, actor(caller), act, Secreted::of(&webhook)).await?)
    })
    .await
}

/// Gives a webhook a new secret; the one before signs beside it for a day. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`.
pub async fn rotate_webhook_secret(
    app: &App,
    caller: &Caller,
    seen: (WebhookId, Version),
    key: &IdempotencyKey,
) -> Result<Secreted, Error> {
    change(app, caller, seen, (WebhookCommand::Rotate, "WebhookSecretRotated"), key).await
}

/// Tells a webhook nothing any more. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `WEBHOOK_STATE`.
pub async fn disable_webhook(
    app: &App,
    caller: &Caller,
    seen: (WebhookId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<WebhookId>, Error> {
    let changed = change(app, caller, seen, (WebhookCommand::Disable, "WebhookDisabled"), key).await?;
    Ok(Changed { id: changed.webhook, version: changed.version })
}

/// Tells a webhook what happens from now on. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `WEBHOOK_STATE`.
pub async fn enable_webhook(
    app: &App,
    caller: &Caller,
    seen: (WebhookId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<WebhookId>, Error> {
    let changed = change(app, caller, seen, (WebhookCommand::Enable, "WebhookEnabled"), key).await?;
    Ok(Changed { id: changed.webhook, version: changed.version })
}

async fn change(
    app: &App,
    caller: &Caller,
    (id, version): (WebhookId, Version),
    (command, kind): (WebhookCommand, &'static str),
    key: &IdempotencyKey,
) -> Result<Secreted, Error> {
    let scope = caller.require(Permission::ManageWebhooks)?;
    let keyed = keyed(app, Some(caller), key, kind, &[&id.to_string(), &version.number().to_string()]);
    once(app, &keyed, async |tx| {
        let current = rows::lock(tx, &scope, id).await?;
        if current.version != version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let now = tx.now().await?;
        let changed = current.apply(command, now)?;
        rows::save(tx, &changed).await?;
        let act = Act::new(kind, id).concerning(caller.organization);
        let act = act.with("version", changed.version.number());
        Ok(record(tx, actor(caller), act, Secreted::of(&changed)).await?)
    })
    .await
}

/// Sends a test to an enabled webhook. Errors: `FORBIDDEN`, `NOT_FOUND`, `WEBHOOK_STATE`.
pub async fn test_webhook(
    app: &App,
    caller: &Caller,
    id: WebhookId,
    key: &IdempotencyKey,
) -> Result<DeliveryId, Error> {
    let scope = caller.require(Permission::ManageWebhooks)?;
    let keyed = keyed(app, Some(caller), key, "test_webhook", &[&id.to_string()]);
    once(app, &keyed, async |tx| {
        let webhook = rows::lock(tx, &scope, id).await?;
        enabled(&webhook)?;
        let delivery = delivery_rows::put_up_test(tx, id, webhook.organization).await?;
        sent(tx, caller, Act::new(Delivery::TEST, id), delivery).await
    })
    .await
}

/// Delivers again what no longer waits, under the same id. Errors: `FORBIDDEN`, `NOT_FOUND`, `DELIVERY_STATE`, `WEBHOOK_STATE`.
pub async fn redeliver(
    app: &App,
    caller: &Caller,
    id: DeliveryId,
    key: &IdempotencyKey,
) -> Result<DeliveryId, Error> {
    let scope = caller.require(Permission::ManageWebhooks)?;
    let keyed = keyed(app, Some(caller), key, "redeliver", &[&id.to_string()]);
    once(app, &keyed, async |tx| {
        let delivery = delivery_rows::lock(tx, &scope, id).await?;
        delivery.again()?;
        enabled(&rows::lock(tx, &scope, delivery.webhook).await?)?;
        delivery_rows::put_up_again(tx, id).await?;
        sent(tx, caller, Act::new("WebhookRedelivered", delivery.webhook), id).await
    })
    .await
}

fn enabled(webhook: &Webhook) -> Result<(), Refusal> {
    if webhook.status == WebhookStatus::Enabled {
        return Ok(());
    }
    Err(Refusal::of(Code::WebhookState).allowing(WebhookStatus::Enabled.label()))
}

async fn sent(
    tx: &mut Tx,
    caller: &Caller,
    act: Act,
    delivery: DeliveryId,
) -> Result<Recorded<DeliveryId>, Error> {
    let act = act.concerning(caller.organization).with("delivery", delivery);
    Ok(record(tx, actor(caller), act, delivery).await?)
}
