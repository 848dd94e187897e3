//! A client of subscriptions: `graphql-transport-ws`, spoken by a library of its own.
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::actor::Actor;

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What a server sends.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Message(Value),
    Closed(u16, String),
}

impl Live {
    /// A connection that has not said who it is.
    pub(crate) async fn connected(to: SocketAddr) -> Live {
        let mut request = format!("ws://{to}/subscriptions").into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, response) = connect_async(request).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        Live { socket }
    }

    /// A connection of the actor.
    pub(crate) async fn of(actor: &Actor) -> Live {
        let mut live = Self::connected(actor.to).await;
        live.admits(&format!("Bearer {}", actor.token.as_ref().unwrap())).await;
        assert_eq!(live.hears().await, Heard::Message(json!({ "type": "connection_ack" })));
        live
    }

    pub(crate) async fn admits(&mut self, authorization: &str) {
        let payload = json!({ "authorization": authorization });
        self.says(&json!({ "type": "connection_init", "payload": payload })).await;
    }

    /// Listens to events after a cursor, as the subscription `1`.
    pub(crate) async fn follows(&mut self, kinds: &[&str], after: Option<&str>) {
        let query = "subscription($k: [String!]!, $a: String) {
            events(kinds: $k, after: $a) { cursor kind subject at organizations } }";
        self.asks("1", query, json!({ "k": kinds, "a": after })).await;
    }

    pub(crate) async fn asks(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.says(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    pub(crate) async fn says(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message or the end.
    pub(crate) async fn hears(&mut self) -> Heard {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await.unwrap();
            match next.unwrap().unwrap() {
                Message::Text(text) => return Heard::Message(serde_json::from_str(&text).unwrap()),
                Message::Close(frame) => {
                    let frame = frame.unwrap();
                    return Heard::Closed(frame.code.into(), frame.reason.to_string());
                }
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Binary(_) | Message::Frame(_) => panic!("no text"),
            }
        }
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Value {
        self.heard("events").await
    }

    /// The next of what that subscription sends.
    pub(crate) async fn heard(&mut self, field: &str) -> Value {
        match self.hears().await {
            Heard::Message(message) => message["payload"]["data"][field].clone(),
            Heard::Closed(code, reason) => panic!("closed: {code} {reason}"),
        }
    }

    /// The code of the refusal that comes next.
    pub(crate) async fn refusal(&mut self) -> String {
        match self.hears().await {
            Heard::Message(message) => {
                let errors = if message["type"] == "error" {
                    &message["payload"]
                } else {
                    &message["payload"]["errors"]
                };
                errors[0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{message}")).to_owned()
            }
            Heard::Closed(_, reason) => reason,
        }
    }
}
