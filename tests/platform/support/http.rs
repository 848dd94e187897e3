//! A plain HTTP client: one request a connection, nothing hidden.
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends a request with a body and headers, and reads the answer to its end.
pub(crate) async fn send(to: SocketAddr, first: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    try_send(to, first, headers, body).await.unwrap()
}

/// The same; nothing where the connection was not made or broke before an answer.
pub(crate) async fn try_send(
    to: SocketAddr,
    first: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Reply> {
    let mut stream = TcpStream::connect(to).await.ok()?;
    let mut head =
        format!("{first} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    // A server that refuses a long body may close before it read all of it.
    let _closed = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let bytes = answer.split_off(end + 4);
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Some(Reply { status, head: head.to_lowercase(), body, bytes })
}

pub(crate) async fn get(to: SocketAddr, path: &str) -> Reply {
    send(to, &format!("GET {path}"), &[], b"").await
}
