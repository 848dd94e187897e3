//! Somebody's endpoint: a tiny HTTP server that keeps what it is sent and answers as it is told to.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);

/// How a request is answered.
#[derive(Clone, Copy)]
pub(crate) enum Reply {
    Status(u16),
    /// To another address, where nothing may ever arrive.
    Redirect,
    Never,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    arrived: mpsc::UnboundedReceiver<Received>,
}

/// A request as it arrived.
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether the secret proves it, as the library of Standard Webhooks judges.
    pub(crate) fn proves(&self, secret: &Value) -> bool {
        let judge = Webhook::new(secret.as_str().unwrap()).unwrap();
        judge.verify(self.body.as_bytes(), &self.headers).is_ok()
    }
}

impl Receiver {
    /// One that answers so, and with 204 to what comes after.
    pub(crate) async fn answering(script: &[Reply]) -> Receiver {
        Self::then(script, Reply::Status(204)).await
    }

    /// One that always answers so.
    pub(crate) async fn always(reply: Reply) -> Receiver {
        Self::then(&[], reply).await
    }

    async fn then(script: &[Reply], last: Reply) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(script.iter().copied().collect::<VecDeque<Reply>>()));
        let (arriving, arrived) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, arriving) = (Arc::clone(&script), arriving.clone());
                tokio::spawn(async move {
                    let Some((stream, received)) = read(stream).await else { return };
                    let reply = script.lock().unwrap().pop_front().unwrap_or(last);
                    let _nobody = arriving.send(received);
                    answer(stream, reply).await;
                });
            }
        });
        Receiver { url, arrived }
    }

    /// What arrives next.
    pub(crate) async fn hears(&mut self) -> Received {
        tokio::time::timeout(PATIENCE, self.arrived.recv()).await.unwrap().unwrap()
    }

    /// Whether something arrived that was not heard.
    pub(crate) fn silent(&mut self) -> bool {
        self.arrived.try_recv().is_err()
    }
}

/// One request; none when whoever sends it goes away before its end.
async fn read(mut stream: TcpStream) -> Option<(TcpStream, Received)> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4_096];
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let headers: HeaderMap = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        assert!(head.starts_with("POST /hook HTTP/1.1"), "{head}");
        if body.len() == headers["content-length"].to_str().unwrap().parse::<usize>().unwrap() {
            return Some((stream, Received { headers, body: body.to_owned() }));
        }
    }
}

async fn answer(mut stream: TcpStream, reply: Reply) {
    let head = match reply {
        Reply::Status(status) => format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n"),
        Reply::Redirect => "HTTP/1.1 307 x\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n".to_owned(),
        Reply::Never => return std::future::pending().await,
    };
    let _gone = stream.write_all(head.as_bytes()).await;
}
