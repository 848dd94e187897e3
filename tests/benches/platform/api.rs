//! The service as a process, and clients that keep their connections.
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::cluster::Bench;
use crate::{CLIENTS, SECONDS};

pub(crate) struct Serving {
    child: Child,
    _out: BufReader<ChildStdout>,
    to: SocketAddr,
    accounts: Vec<(String, String, String)>,
}

impl Serving {
    /// On the cluster of the benchmark. No hands: what is measured leaves its work to others.
    pub(crate) fn start(bench: &Bench) -> Serving {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jicai"));
        command.env("DATABASE_URL", bench.url()).env("JICAI_SECRET", "5a".repeat(32));
        command.env("JICAI_JOBS", "0").env("JICAI_HOME", bench.home.path().join("home"));
        Self::spawned(command)
    }

    /// On a private cluster, and the seconds until it was ready.
    pub(crate) fn private(home: &Path) -> (Serving, f64) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jicai"));
        command.env("JICAI_HOME", home);
        let begun = Instant::now();
        let serving = Self::spawned(command);
        (serving, begun.elapsed().as_secs_f64())
    }

    fn spawned(mut command: Command) -> Serving {
        command.args(["serve", "--demo"]).env("JICAI_LISTEN", "127.0.0.1:0");
        command
            .env("JICAI_CALLER_RATE", "60000")
            .env("JICAI_ANONYMOUS_RATE", "60000")
            .env("JICAI_LOG", "json");
        let mut faults = NamedTempFile::new().unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(faults.reopen().unwrap()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut accounts = Vec::new();
        let to = loop {
            let mut line = String::new();
            if out.read_line(&mut line).unwrap() == 0 {
                let mut told = String::new();
                faults.read_to_string(&mut told).unwrap();
                panic!("the service ended before it answered: {told}");
            }
            if let Some(rest) = line.strip_prefix("Jicai answers on http://") {
                break rest.split('/').next().unwrap().parse().unwrap();
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            accounts.push((words[0].to_owned(), words[1].to_owned(), words[3].to_owned()));
        };
        Serving { child, _out: out, to, accounts }
    }

    /// The memory of the process itself.
    pub(crate) fn resident_megabytes(&self) -> f64 {
        megabytes(self.child.id(), "VmRSS:")
    }

    /// The most memory that the process itself held.
    pub(crate) fn peak_megabytes(&self) -> f64 {
        megabytes(self.child.id(), "VmHWM:")
    }

    /// The login and the password of the first who has a role.
    pub(crate) fn account(&self, role: &str) -> (&str, &str) {
        let account = self.accounts.iter().find(|account| account.0 == role).unwrap();
        (&account.1, &account.2)
    }

    pub(crate) async fn login(&self, role: &str) -> Api {
        self.login_nth(role, 0).await
    }

    /// Somebody of several who have a role.
    pub(crate) async fn login_nth(&self, role: &str, nth: usize) -> Api {
        let mut accounts = self.accounts.iter().filter(|account| account.0 == role);
        let (_, login, password) = accounts.nth(nth).unwrap();
        self.opens(login, password).await
    }

    pub(crate) async fn opens(&self, login: &str, password: &str) -> Api {
        let api = Api { to: self.to, token: Arc::from("") };
        let query =
            format!("mutation {{ logIn(loginName: {login:?}, password: {password:?}) {{ accessToken }} }}");
        let tokens = api.asks(&query).await;
        Api { token: tokens["logIn"]["accessToken"].as_str().unwrap().into(), ..api }
    }

    pub(crate) fn stop(mut self) {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap();
    }
}

#[derive(Clone)]
pub(crate) struct Api {
    to: SocketAddr,
    token: Arc<str>,
}

impl Api {
    /// Somebody who is not logged in.
    pub(crate) fn nobody(&self) -> Api {
        Api { token: Arc::from(""), ..self.clone() }
    }

    /// One for each client, so that none waits for another's row.
    pub(crate) async fn creates_webhooks(&self) -> Vec<String> {
        let mut made = Vec::new();
        for number in 0..CLIENTS {
            let query = format!(
                "mutation {{ createWebhook(input: {{ url: \"https://receiver.example.org/jicai\", kinds: [], \
                 idempotencyKey: \"bench-webhook-{number:04}\" }}) {{ id }} }}"
            );
            made.push(self.asks(&query).await["createWebhook"]["id"].as_str().unwrap().to_owned());
        }
        made
    }

    pub(crate) fn webhook_test(webhook: &str, number: usize) -> String {
        let nanos = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let query = format!(
            "mutation {{ testWebhook(input: {{ id: {webhook:?}, idempotencyKey: \"bench-{nanos}-{number}\" }}) }}"
        );
        json!({ "query": query }).to_string()
    }

    /// The script with the ids of this caller; each client has its own webhook.
    pub(crate) async fn filled(&self, script: &str, webhooks: &[String]) -> String {
        let me = self.asks("{ me { id organization { id } } }").await["me"].clone();
        let [user, organization] = [&me["id"], &me["organization"]["id"]].map(|id| id.as_str().unwrap());
        let webhooks: Vec<String> = webhooks.iter().map(|webhook| format!("'{}'", bare(webhook))).collect();
        let webhook = format!("(ARRAY[{}]::uuid[])[:client_id + 1]", webhooks.join(", "));
        script
            .replace("SESSION", &self.session())
            .replace("usr_USER", user)
            .replace("USERUUID", bare(user))
            .replace("ORGANIZATION", bare(organization))
            .replace("'WEBHOOK'", &webhook)
    }

    /// Listens to what happens to a round.
    pub(crate) async fn listens(&self, round: &str) -> Listener {
        let mut request = format!("ws://{}/subscriptions", self.to).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let stream = TcpStream::connect(self.to).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut listener = Listener(client_async(request, stream).await.unwrap().0);
        let authorization = format!("Bearer {}", self.token);
        listener
            .says(json!({ "type": "connection_init", "payload": { "authorization": authorization } }))
            .await;
        assert_eq!(listener.hears().await["type"], "connection_ack");
        let query = format!("subscription {{ roundEvents(round: {round:?}) {{ cursor kind at }} }}");
        listener.says(json!({ "type": "subscribe", "id": "1", "payload": { "query": query } })).await;
        listener
    }

    /// The login behind the token, as Postgres reads it.
    pub(crate) fn session(&self) -> String {
        let claims = self.token.split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        bare(claims["sid"].as_str().unwrap()).to_owned()
    }

    /// Sends a table as an import: its id.
    pub(crate) async fn brings(&self, what: &str, table: &str) -> String {
        let mut connection = Connection::open(self.to).await;
        let head = format!("POST /imports/{what}");
        let answer =
            connection.sends((&head, "idempotency-key: bench-import-00001\r\n"), &self.token, table).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    pub(crate) async fn asks(&self, query: &str) -> Value {
        self.answers(&json!({ "query": query }).to_string()).await
    }

    /// The answer to a whole request.
    pub(crate) async fn answers(&self, body: &str) -> Value {
        let mut connection = Connection::open(self.to).await;
        let answer: Value = serde_json::from_slice(&connection.posts(&self.token, body).await).unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].clone()
    }
}

/// Answers a second, by clients that ask one thing after the other: the body of a question by the client's number and the question's.
pub(crate) async fn per_second(
    clients: &[Api],
    body: impl Fn(usize, usize) -> String + Clone + Send + 'static,
) -> f64 {
    let (count, begun) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let clients = clients.iter().cloned().enumerate().map(|(client, api)| {
        let (count, body) = (Arc::clone(&count), body.clone());
        tokio::spawn(async move {
            let mut connection = Connection::open(api.to).await;
            while begun.elapsed() < Duration::from_secs(SECONDS) {
                let number = count.fetch_add(1, Ordering::Relaxed);
                let answer = connection.posts(&api.token, &body(client, number)).await;
                assert!(
                    !answer.windows(8).any(|part| part == b"\"errors\""),
                    "{}",
                    String::from_utf8_lossy(&answer)
                );
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    f64::from(u32::try_from(count.load(Ordering::Relaxed)).unwrap()) / begun.elapsed().as_secs_f64()
}

/// Memory of a process, as its status names it.
pub(crate) fn megabytes(process: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// An id without its prefix, which Postgres reads as a uuid.
pub(crate) fn bare(id: &str) -> &str {
    id.split_once('_').unwrap().1
}

/// A client of a subscription.
pub(crate) struct Listener(WebSocketStream<TcpStream>);

impl Listener {
    async fn says(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message.
    pub(crate) async fn hears(&mut self) -> Value {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other @ (Message::Binary(_) | Message::Close(_) | Message::Frame(_)) => panic!("{other:?}"),
            }
        }
    }
}

struct Connection(tokio::io::BufReader<TcpStream>);

impl Connection {
    async fn open(to: SocketAddr) -> Connection {
        let stream = TcpStream::connect(to).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Connection(tokio::io::BufReader::new(stream))
    }

    async fn posts(&mut self, token: &str, body: &str) -> Vec<u8> {
        self.sends(("POST /graphql", "content-type: application/json\r\n"), token, body).await
    }

    async fn sends(&mut self, (head, headers): (&str, &str), token: &str, body: &str) -> Vec<u8> {
        let bearer =
            if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let request = format!(
            "{head} HTTP/1.1\r\nhost: bench\r\n{headers}{bearer}content-length: {}\r\n\r\n",
            body.len()
        );
        // In one piece where it is small: two would wait for each other.
        let small = body.len() < 64 * 1024;
        let (first, rest) = if small { (request + body, "") } else { (request, body) };
        self.0.get_mut().write_all(first.as_bytes()).await.unwrap();
        self.0.get_mut().write_all(rest.as_bytes()).await.unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer).await.unwrap();
        answer
    }
}

/// `jicai worker` beside the service, which has no hands.
pub(crate) struct Worker {
    child: Child,
    told: PathBuf,
}

impl Worker {
    pub(crate) fn start(bench: &Bench) -> Worker {
        let told = bench.home.path().join("worker.log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_jicai"));
        command.arg("worker").env("DATABASE_URL", bench.url()).env("JICAI_SECRET", "5a".repeat(32));
        command
            .env("JICAI_HOME", bench.home.path().join("home"))
            .env("JICAI_JOBS", "1")
            .env("JICAI_LOG", "json");
        command.stdout(Stdio::null()).stderr(File::create(&told).unwrap());
        Worker { child: command.spawn().unwrap(), told }
    }

    /// The memory that it held at most, and its logs.
    pub(crate) fn stop(mut self) -> (f64, String) {
        let held = megabytes(self.child.id(), "VmHWM:");
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap();
        (held, std::fs::read_to_string(&self.told).unwrap())
    }
}
