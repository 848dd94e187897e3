//! Secrets and signatures as Standard Webhooks has them.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jicai_domain::ids::{DeliveryId, Id, WebhookId};
use sha2::Sha256;

use crate::app::App;
use crate::secret::Purpose;

/// The secret of a generation, as its owner is shown it. It is derived, so that nothing keeps it.
pub(super) fn secret(app: &App, webhook: WebhookId, generation: i32) -> String {
    format!("whsec_{}", STANDARD.encode(key(app, webhook, generation)))
}

/// The header `webhook-signature`: a signature for each generation, separated by blanks.
pub(super) fn signatures(
    app: &App,
    webhook: WebhookId,
    generations: &[i32],
    (id, seconds, body): (DeliveryId, u64, &str),
) -> String {
    let text = format!("{id}.{seconds}.{body}");
    let signed = generations.iter().map(|generation| signature(&key(app, webhook, *generation), &text));
    signed.collect::<Vec<_>>().join(" ")
}

fn key(app: &App, webhook: WebhookId, generation: i32) -> [u8; 32] {
    let (webhook, generation) = (webhook.number().to_be_bytes(), generation.to_be_bytes());
    app.secret.derive(Purpose::Webhook, &[&webhook, &generation])
}

fn signature(key: &[u8; 32], text: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(text.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}
