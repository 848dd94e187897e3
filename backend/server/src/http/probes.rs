//! Whether the process lives, whether it can work, what it counts, and the keys that prove its tokens.
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jicai_service::events::lag;
use jicai_service::identity::published_keys;
use jicai_service::jobs::backlog;
use serde::Serialize;

use super::Shared;
use super::graphql::refused;
use crate::metrics::{backlog_text, lag_text};

pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().body("ok\n")
}

pub(super) async fn readyz(shared: web::Data<Shared>) -> HttpResponse {
    if *shared.stopping.borrow() {
        return HttpResponse::ServiceUnavailable().body("stopping\n");
    }
    match shared.app.ready().await {
        Ok(()) => HttpResponse::Ok().body(format!("ready\nredis: {}\n", state_of_redis(&shared))),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            HttpResponse::ServiceUnavailable().body("the database does not answer\n")
        }
    }
}

/// Redis holds only what may be lost: without it the service is still ready.
fn state_of_redis(shared: &Shared) -> &'static str {
    match &shared.redis {
        None => "not configured",
        Some(redis) if redis.is_there() => "there",
        Some(_) => "away",
    }
}

pub(super) async fn metrics(shared: web::Data<Shared>) -> HttpResponse {
    let backlog = backlog(&shared.app).await.map_err(|error| {
        tracing::warn!(error = error.chain(), "the backlog could not be read");
    });
    let lag = lag(&shared.app).await.map_err(|error| {
        tracing::warn!(error = error.chain(), "the lag of events could not be read");
    });
    let text = [
        shared.metrics.text(),
        backlog.map(backlog_text).unwrap_or_default(),
        lag.map(lag_text).unwrap_or_default(),
    ]
    .concat();
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4")).body(text)
}

#[derive(Serialize)]
struct KeySet {
    keys: Vec<Key>,
}

/// An Ed25519 key as RFC 8037 writes it.
#[derive(Serialize)]
struct Key {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    alg: &'static str,
    kid: String,
    x: String,
}

pub(super) async fn jwks(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    if let Err(refusal) = shared.admit_address(&request).await {
        return refused(&refusal);
    }
    let published = match published_keys(&shared.app).await {
        Ok(published) => published,
        Err(error) => {
            tracing::error!(%error, "the keys could not be read");
            return HttpResponse::ServiceUnavailable().finish();
        }
    };
    let keys = published.into_iter().map(|key| Key {
        kty: "OKP",
        crv: "Ed25519",
        purpose: "sig",
        alg: "EdDSA",
        kid: key.id.to_string(),
        x: URL_SAFE_NO_PAD.encode(key.public),
    });
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "max-age=60")).json(KeySet { keys: keys.collect() })
}
