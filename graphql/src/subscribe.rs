//! Subscriptions over a websocket, as the protocol `graphql-transport-ws` describes them.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::http::{ClientMessage, WebSocket, WebSocketProtocols, WsMessage};
use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Executor, Request, Response};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_service::App;

use crate::Api;
use crate::asking::Asking;
use crate::error::{connection_refused, give_code, name_request, refused};
use crate::limits::SUBSCRIPTIONS_MAX;

/// The name of the protocol.
pub const PROTOCOL: &str = "graphql-transport-ws";

/// What to send to the client.
pub enum Outgoing {
    /// A message.
    Text(String),
    /// The end, with its code and the code of the refusal.
    Close(u16, String),
}

/// Answers the messages of a connection. `admit` gets what the first one says under `authorization`, and answers who that is.
pub fn subscribe<S, A, F>(
    api: &Api,
    app: &App,
    id: &str,
    messages: S,
    admit: A,
) -> impl Stream<Item = Outgoing> + use<S, A, F>
where
    S: Stream<Item = String>,
    A: FnOnce(Option<String>) -> F + Send + 'static,
    F: Future<Output = Result<Caller, Refusal>> + Send + 'static,
{
    let live = Live { api: api.clone(), id: id.into(), open: Arc::default() };
    let app = app.clone();
    let read = messages.map(|text| serde_json::from_str::<ClientMessage>(&text));
    let socket = WebSocket::from_message_stream(live, read, WebSocketProtocols::GraphQLWS)
        .on_connection_init(move |payload| async move {
            let shown = payload.get("authorization").and_then(|value| value.as_str()).map(str::to_owned);
            let caller = admit(shown).await.map_err(|refusal| connection_refused(&refusal))?;
            let mut data = Data::default();
            data.insert(Asking::new(app, Some(caller)));
            Ok(data)
        });
    socket.map(outgoing)
}

/// The library says in words why it closes; clients get the code.
fn outgoing(message: WsMessage) -> Outgoing {
    match message {
        WsMessage::Text(text) => Outgoing::Text(text),
        WsMessage::Close(code, reason) => {
            let known = Code::ALL.iter().map(|code| code.spec().name).find(|name| *name == reason);
            match known {
                Some(name) => Outgoing::Close(4403, name.to_owned()),
                None => Outgoing::Close(code, Code::RequestInvalid.spec().name.to_owned()),
            }
        }
    }
}

/// Runs the subscriptions of one connection, and nothing but subscriptions.
#[derive(Clone)]
struct Live {
    api: Api,
    id: Arc<str>,
    open: Arc<AtomicUsize>,
}

/// Counts a subscription for as long as it runs.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Executor for Live {
    async fn execute(&self, _request: Request) -> Response {
        refused(&Refusal::of(Code::QueryInvalid).allowing("subscription"))
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let open = Open(Arc::clone(&self.open));
        if self.open.fetch_add(1, Ordering::Relaxed) >= SUBSCRIPTIONS_MAX {
            let refusal = Refusal::of(Code::SubscriptionLimit).allowing(SUBSCRIPTIONS_MAX.to_string());
            return one(refused(&refusal));
        }
        if !is_subscription(&mut request) {
            return one(refused(&Refusal::of(Code::QueryInvalid).allowing("subscription")));
        }
        let id = Arc::clone(&self.id);
        let answers = Executor::execute_stream(&self.api, request, session_data);
        let named = answers.map(move |mut response| {
            let _counted = &open;
            response.errors.iter_mut().for_each(|error| {
                give_code(error);
                name_request(error, &id);
            });
            response
        });
        named.boxed()
    }
}

fn one(response: Response) -> BoxStream<'static, Response> {
    stream::iter([response]).boxed()
}

/// Queries and mutations go to `POST /graphql`, where their limits and their log are. What does not parse is left to the library.
fn is_subscription(request: &mut Request) -> bool {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return true };
    let mut operations = document.operations.iter();
    let chosen = operations.find(|(known, _)| {
        name.as_deref().is_none_or(|name| known.is_some_and(|known| known.as_str() == name))
    });
    chosen.is_none_or(|(_, operation)| operation.node.ty == OperationType::Subscription)
}
