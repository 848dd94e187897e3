//! `GET /subscriptions`: subscriptions over a websocket, for as long as the access token lasts.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header::CONNECTION;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, ProtocolError, Session,
};
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt, stream};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_graphql::{Outgoing, PROTOCOL, rejection, subscribe};
use jicai_service::App;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, sleep_until};

use super::graphql::{prove, refused};
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
    if let Err(refusal) = shared.admit_address(&request).await {
        return Ok(refused(&refusal));
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

/// Why a connection ends, and what the client is told; nothing when it is gone.
type End = Option<CloseReason>;

impl Connection {
    /// Carries messages both ways until one side ends it, the token expires, or the service stops.
    async fn serve(mut self, mut messages: AggregatedMessageStream) {
        let until = Until(Arc::new(Mutex::new((Instant::now() + ADMISSION, Code::Unauthenticated))));
        let (incoming, read) = mpsc::channel(WAITING_MAX);
        let mut answers = std::pin::pin!(self.answers(read, until.clone()));
        let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        let mut stopping = self.shared.stopping();
        let mut there = true;
        let end = loop {
            let (at, why) = until.get();
            let carried = tokio::select! {
                _asked = stopping.wait_for(|stop| *stop) => Err(closed(1001, Code::Unavailable)),
                // Whoever was admitted while this slept has more time.
                () = sleep_until(at) => if until.get().0 == at { Err(closed(4403, why)) } else { Ok(()) },
                _tick = pings.tick() => self.asks_whether_there(&mut there).await,
                answer = answers.next() => self.sends(answer).await,
                message = messages.next() => {
                    there = true;
                    self.hears(message, &incoming).await
                }
            };
            if let Err(end) = carried {
                break end;
            }
        };
        // A client that is gone needs no farewell.
        let _gone = self.session.close(end).await;
    }

    fn answers(&self, read: mpsc::Receiver<String>, until: Until) -> impl Stream<Item = Outgoing> + use<> {
        let read = stream::unfold(read, |mut read| async { read.recv().await.map(|text| (text, read)) });
        let (api, app) = (&self.shared.api, &self.shared.app);
        subscribe(api, app, &self.name, Box::pin(read), admission(app.clone(), until))
    }

    async fn asks_whether_there(&mut self, there: &mut bool) -> Result<(), End> {
        if !std::mem::take(there) {
            return Err(None);
        }
        self.session.ping(b"").await.map_err(gone)
    }

    async fn sends(&mut self, answer: Option<Outgoing>) -> Result<(), End> {
        match answer {
            Some(Outgoing::Text(text)) => self.session.text(text).await.map_err(gone),
            Some(Outgoing::Close(code, reason)) => {
                Err(Some(CloseReason { code: CloseCode::Other(code), description: Some(reason) }))
            }
            None => Err(None),
        }
    }

    async fn hears(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
        incoming: &mpsc::Sender<String>,
    ) -> Result<(), End> {
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => {
                incoming.try_send(text.to_string()).map_err(|_full| closed(4429, Code::RateLimited))
            }
            Some(Ok(AggregatedMessage::Ping(bytes))) => self.session.pong(&bytes).await.map_err(gone),
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Binary(_))) => Err(closed(1003, Code::RequestInvalid)),
            Some(Ok(AggregatedMessage::Close(_))) | None => Err(None),
            Some(Err(_broken)) => Err(closed(1009, Code::BodyTooLarge)),
        }
    }
}

fn gone(_closed: Closed) -> End {
    None
}

/// Learns who the client is, and with that until when the connection lasts.
fn admission(
    app: App,
    until: Until,
) -> impl FnOnce(Option<String>) -> BoxFuture<'static, Result<Caller, Refusal>> + Send + 'static {
    let admit = async move |shown: Option<String>| {
        let shown = shown.ok_or(Refusal::of(Code::Unauthenticated))?;
        let (caller, seconds) = prove(&app, &shown).await?;
        until.set(Instant::now() + Duration::from_secs(seconds), Code::TokenExpired);
        Ok(caller)
    };
    move |shown| Box::pin(async move { admit(shown).await })
}

fn closed(code: u16, why: Code) -> End {
    Some(CloseReason { code: CloseCode::Other(code), description: Some(why.spec().name.to_owned()) })
}
