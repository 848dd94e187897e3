//! The service over HTTP: GraphQL, subscriptions, documents, imports, tokens for clients, pages, probes, metrics, keys.
mod alerts;
mod client;
mod contracts;
mod documents;
mod graphql;
mod imports;
mod indices;
mod live;
mod pages;
mod probes;
mod rate;
mod rounds;
mod token;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{App as Web, Error, HttpMessage, HttpRequest, HttpServer, middleware, web};
use ipnet::IpNet;
use jicai_domain::errors::Refusal;
use jicai_domain::ids::RequestId;
use jicai_graphql::Api;
use jicai_service::App;
use jicai_store::Store;
use jicai_store::redis::Redis;
use tokio::sync::watch;

use crate::metrics::Metrics;

pub(crate) use rate::Limits;

/// For how long requests may finish after the service was asked to stop.
const DRAIN_SECONDS: u64 = 30;

/// What the workers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) api: Api,
    pub(crate) app: App,
    pub(crate) metrics: Arc<Metrics>,
    /// How much may be asked.
    pub(crate) limits: Arc<Limits>,
    /// Whose word about the client's address counts.
    pub(crate) trusted_proxies: Arc<[IpNet]>,
    /// Redis, where it is configured.
    pub(crate) redis: Option<Redis>,
    /// True when the service was asked to stop: new work goes elsewhere, and what listens is told to.
    pub(crate) stopping: watch::Sender<bool>,
    /// Whether anybody may ask for the schema.
    pub(crate) open: bool,
}

impl Shared {
    /// Counts a request of somebody who is not logged in. Errors: `RATE_LIMITED`.
    async fn admit_address(&self, request: &HttpRequest) -> Result<(), Refusal> {
        let Some(peer) = request.peer_addr() else { return Ok(()) };
        let address = client::client(peer.ip(), request.headers(), &self.trusted_proxies);
        self.limits.admit_address(address).await
    }

    fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    pub(crate) fn drain(&self) {
        self.stopping.send_replace(true);
    }
}

/// How many workers, and what each connects to.
#[derive(Clone)]
pub(crate) struct Workers {
    pub(crate) count: usize,
    pub(crate) connections: u32,
    pub(crate) url: String,
    pub(crate) replica: Option<String>,
}

/// Answers on the listener until it is stopped. Every worker has connections of its own.
pub(crate) fn server(shared: Shared, workers: Workers, listener: TcpListener) -> std::io::Result<Server> {
    let count = workers.count;
    let factory = move || {
        let store = Store::new(&workers.url, workers.connections);
        let store = store.reporting_from(workers.replica.as_deref(), workers.connections);
        let app = shared.app.with_store(store);
        Web::new()
            .app_data(web::Data::new(Shared { app, ..shared.clone() }))
            .wrap(middleware::from_fn(measured))
            .configure(routes)
    };
    let server = HttpServer::new(factory).workers(count).disable_signals().shutdown_timeout(DRAIN_SECONDS);
    Ok(server.listen(listener)?.run())
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/graphql", web::post().to(graphql::graphql))
        .route("/documents", web::post().to(documents::store))
        .route("/documents/{id}", web::get().to(documents::read))
        .route("/contracts/{id}/pdf", web::get().to(contracts::pdf))
        .route("/rounds/{id}/export", web::get().to(rounds::export))
        .route("/alerts.csv", web::get().to(alerts::csv))
        .route("/subscriptions", web::get().to(live::live))
        .route("/indices/{id}/{file}", web::get().to(indices::file))
        .route("/imports/{kind}", web::post().to(imports::begin))
        .route("/oauth/token", web::post().to(token::token))
        .route("/graphiql", web::get().to(pages::graphiql))
        .route("/assets/{name}", web::get().to(pages::asset))
        .route("/healthz", web::get().to(probes::healthz))
        .route("/readyz", web::get().to(probes::readyz))
        .route("/metrics", web::get().to(probes::metrics))
        .route("/.well-known/jwks.json", web::get().to(probes::jwks));
}

/// The name of a request, in the log, in the answer's header and in its errors.
#[derive(Clone)]
pub(crate) struct RequestName(pub(crate) String);

async fn measured(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let metrics = request.app_data::<web::Data<Shared>>().map(|shared| Arc::clone(&shared.metrics));
    let name = jicai_store::fresh::<RequestId>().to_string();
    request.extensions_mut().insert(RequestName(name.clone()));
    let (method, path) = (request.method().to_string(), request.path().to_owned());
    let started = Instant::now();
    metrics.iter().for_each(|metrics| metrics.begin());
    let mut outcome = next.call(request).await;
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let status = outcome.as_ref().map_or(500, |response| response.status().as_u16());
    metrics.iter().for_each(|metrics| metrics.end(status, micros));
    tracing::info!(request = name, method, path, status, micros, "answered");
    if let Ok(response) = &mut outcome {
        let headers = response.headers_mut();
        headers
            .insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
        if let Ok(value) = HeaderValue::from_str(&name) {
            headers.insert(HeaderName::from_static("x-request-id"), value);
        }
    }
    outcome
}
