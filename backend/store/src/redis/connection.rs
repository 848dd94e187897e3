//! The connection to Redis, and whether there is one. Requests never wait for a connection: one task connects and looks once a
//! second whether Redis still answers, and until then Redis is away.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, RedisFuture, Value};
use tokio::time::timeout;

use super::RedisAddress;

/// What takes longer counts as no answer.
const ANSWER_MAX: Duration = Duration::from_millis(500);
pub(super) const CONNECT_MAX: Duration = Duration::from_secs(2);
/// How often Redis is looked after.
const LOOK_AFTER_EVERY: Duration = Duration::from_secs(1);

/// Redis, there or away. Cheap to clone.
#[derive(Clone)]
pub struct Redis(Arc<Shared>);

struct Shared {
    address: RedisAddress,
    connection: RwLock<Option<Connection>>,
    failures: AtomicU64,
}

/// Redis gave no answer that can be used; what that means stands beside each key.
#[derive(Debug)]
pub struct Away;

#[derive(Clone)]
pub(super) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Redis {
    /// Tries to connect once. Without a connection Redis is away until [`Redis::look_after`] has one.
    pub async fn open(address: RedisAddress) -> Redis {
        // An error means that the process has a provider of cryptography already, and that one does.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let redis =
            Redis(Arc::new(Shared { address, connection: RwLock::default(), failures: AtomicU64::new(0) }));
        redis.connect().await;
        redis
    }

    /// Connects whenever there is no connection, until it is dropped.
    pub async fn look_after(self) {
        let mut tick = tokio::time::interval(LOOK_AFTER_EVERY);
        loop {
            tick.tick().await;
            let _away = self
                .ask(async |mut connection| Cmd::new().arg("PING").exec_async(&mut connection).await)
                .await;
            if !self.is_there() {
                self.connect().await;
            }
        }
    }

    /// Whether Redis answered when it was last asked.
    pub fn is_there(&self) -> bool {
        self.connection().is_some()
    }

    /// How often Redis gave no answer that could be used.
    pub fn failures(&self) -> u64 {
        self.0.failures.load(Ordering::Relaxed)
    }

    pub(super) fn address(&self) -> &RedisAddress {
        &self.0.address
    }

    /// Asks Redis. Any error makes it away: what one command meets, the next would meet too.
    pub(super) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(Connection) -> Result<T, RedisError>,
    ) -> Result<T, Away> {
        let connection = self.connection().ok_or(Away)?;
        let answer = timeout(ANSWER_MAX, question(connection)).await.map_err(|_elapsed| no_answer());
        answer.flatten().map_err(|error| self.lose(&error))
    }

    fn connection(&self) -> Option<Connection> {
        self.0.connection.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, connection: Option<Connection>) -> Option<Connection> {
        let mut place = self.0.connection.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *place, connection)
    }

    fn lose(&self, error: &RedisError) -> Away {
        self.0.failures.fetch_add(1, Ordering::Relaxed);
        if self.set(None).is_some() {
            tracing::warn!(%error, "Redis is away");
        }
        Away
    }

    async fn connect(&self) {
        let connected = timeout(CONNECT_MAX, Connection::open(&self.0.address)).await;
        match connected.map_err(|_elapsed| no_answer()).flatten() {
            Ok(connection) => {
                self.set(Some(connection));
                tracing::info!("Redis answers");
            }
            Err(error) => {
                self.0.failures.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, "Redis is still away");
            }
        }
    }
}

impl Connection {
    async fn open(address: &RedisAddress) -> Result<Connection, RedisError> {
        if address.cluster {
            let builder = ClusterClient::builder(address.nodes.iter().map(String::as_str)).retries(1);
            let client = builder.connection_timeout(CONNECT_MAX).response_timeout(ANSWER_MAX).build()?;
            return client.get_async_connection().await.map(Self::Cluster);
        }
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_MAX))
            .set_response_timeout(Some(ANSWER_MAX));
        let client = Client::open(address.nodes.concat())?;
        client.get_multiplexed_async_connection_with_config(&settings).await.map(Self::One)
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(commands, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

pub(super) fn no_answer() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}
