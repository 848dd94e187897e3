//! Endpoints of organizations that are told of events: kept by managers, sent to by jobs. The only place that asks somebody
//! outside over HTTP.
mod deliver;
mod keep;
mod post;
mod sign;

pub(crate) use deliver::{deliver, purge, put_up};
pub use jicai_domain::webhooks::{
    Answer, Delivery, DeliveryStatus, Reachable, Webhook, WebhookFault, WebhookStatus,
};
pub use keep::{
    CreateWebhook, Secreted, create_webhook, deliveries, disable_webhook, enable_webhook, redeliver,
    rotate_webhook_secret, test_webhook, webhooks,
};
pub(crate) use post::Courier;
