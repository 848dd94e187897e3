//! `GET /subscriptions`: subscriptions over a websocket, for as long as the access token lasts.
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use actix_web::http::header::CONNECTION;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, CloseCode, CloseReason, Session};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_graphql::{Outgoing, PROTOCOL, rejection, subscribe};
use jicai_service::App;
use jicai_service::identity::authenticate_for;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, sleep_until};

use super::{RequestName, Shared};

/// Bytes of a client's message.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// How long a client may take to say who it is.
const ADMISSION: Duration = Duration::from_secs(10);
/// How often a client is asked whether it is there; who did not answer by the next time is gone.
const PING_EVERY: Duration = Duration::from_secs(20);
/// Messages of a client that wait to be read.
const WAITING_MAX: usize = 16;

/// When the connection ends; known better once the client has said who it is.
#[derive(Clone)]
struct Until(Arc<Mutex<(Instant, Code)>>);

impl Until {
    fn get(&self) -> (Instant, Code) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, until: Instant, why: Code) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (until, why);
    }
}

pub(super) async fn live(
    request: HttpRequest,
    body: web::Payload,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, actix_web::Error> {
    let offered = request.headers().get("sec-websocket-protocol").and_then(|value| value.to_str().ok());
    if !offered.is_some_and(|names| names.split(',').any(|name| name.trim() == PROTOCOL)) {
        let refusal = Refusal::of(Code::RequestInvalid).allowing(PROTOCOL);
        return Ok(HttpResponse::BadRequest().insert_header((CONNECTION, "close")).body(rejection(&refusal)));
    }
    let (response, session, messages) = actix_ws::handle_with_protocols(&request, body, &[PROTOCOL])?;
    let messages = messages
        .max_frame_size(MESSAGE_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(MESSAGE_BYTES_MAX);
    let name = request.extensions().get::<RequestName>().map(|name| name.0.clone()).unwrap_or_default();
    let connection = Connection { shared, session, name };
    actix_web::rt::spawn(connection.serve(messages));
    Ok(response)
}

struct Connection {
    shared: web::Data<Shared>,
    session: Session,
    name: String,
}

impl Connection {
    /// Carries messages both ways until one side ends it, the token expires, or the service stops.
    async fn serve(mut self, mut messages: actix_ws::AggregatedMessageStream) {
        let until = Until(Arc::new(Mutex::new((Instant::now() + ADMISSION, Code::Unauthenticated))));
        let (incoming, read) = mpsc::channel(WAITING_MAX);
        let read = stream::unfold(read, |mut read| async { read.recv().await.map(|text| (text, read)) });
        let app = self.shared.app.clone();
        let admit = admission(app.clone(), until.clone());
        let answers = subscribe(&self.shared.api, &app, &self.name, Box::pin(read), admit);
        let mut answers = std::pin::pin!(answers);
        let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        let mut there = true;
        let mut stopping = self.shared.stopping();
        let end = loop {
            let (at, why) = until.get();
            tokio::select! {
                _asked = stopping.wait_for(|stop| *stop) => break closed(1001, Code::Unavailable),
                () = sleep_until(at) => if until.get().0 <= Instant::now() { break closed(4403, why) },
                _tick = pings.tick() => {
                    if !there || self.session.ping(b"").await.is_err() {
                        break None;
                    }
                    there = false;
                }
                answer = answers.next() => match answer {
                    Some(Outgoing::Text(text)) => if self.session.text(text).await.is_err() { break None },
                    Some(Outgoing::Close(code, reason)) => {
                        break Some(CloseReason { code: CloseCode::Other(code), description: Some(reason) });
                    }
                    None => break None,
                },
                message = messages.next() => match message {
                    Some(Ok(AggregatedMessage::Text(text))) => {
                        there = true;
                        if incoming.try_send(text.to_string()).is_err() {
                            break closed(4429, Code::RateLimited);
                        }
                    }
                    Some(Ok(AggregatedMessage::Ping(bytes))) => {
                        there = true;
                        if self.session.pong(&bytes).await.is_err() { break None }
                    }
                    Some(Ok(AggregatedMessage::Pong(_bytes))) => there = true,
                    Some(Ok(AggregatedMessage::Binary(_bytes))) => break closed(1003, Code::RequestInvalid),
                    Some(Ok(AggregatedMessage::Close(_))) | None => break None,
                    Some(Err(_broken)) => break closed(1009, Code::BodyTooLarge),
                },
            }
        };
        // A client that is gone needs no farewell.
        let _gone = self.session.close(end).await;
    }
}

/// Learns who the client is, and with that until when the connection lasts.
fn admission(
    app: App,
    until: Until,
) -> impl FnOnce(Option<String>) -> BoxFuture<'static, Result<Caller, Refusal>> + Send + 'static {
    let prove = async move |shown: Option<String>| {
        let shown = shown.ok_or(Refusal::of(Code::Unauthenticated))?;
        let unverified = shown.strip_prefix("Bearer ").ok_or(Refusal::of(Code::TokenInvalid))?;
        let proved = authenticate_for(&app, unverified).await.map_err(|error| error.refusal())?;
        until.set(Instant::now() + Duration::from_secs(proved.1), Code::TokenExpired);
        Ok(proved.0)
    };
    move |shown| Box::pin(async move { prove(shown).await })
}

fn closed(code: u16, why: Code) -> Option<CloseReason> {
    Some(CloseReason { code: CloseCode::Other(code), description: Some(why.spec().name.to_owned()) })
}
