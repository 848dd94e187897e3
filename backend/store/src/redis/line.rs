//! The bell over Redis' publish and subscribe. In a cluster what is published on one node is heard on every node.
use futures_util::StreamExt;
use redis::aio::{PubSub, PubSubSink, PubSubStream};
use redis::{Client, Cmd, RedisError};
use tokio::time::timeout;

use super::connection::{CONNECT_MAX, no_answer};
use super::{Away, Redis};
use crate::bell::{Line, LineError};

const CHANNEL: &str = "jicai:bell";

/// Hears on a connection of its own and speaks over the shared one.
pub(crate) struct RedisLine {
    redis: Redis,
    sink: PubSubSink,
    stream: PubSubStream,
}

impl RedisLine {
    pub(crate) async fn open(redis: &Redis) -> Result<RedisLine, LineError> {
        let (mut sink, stream) = subscribing(redis).await?.split();
        sink.subscribe(CHANNEL).await?;
        Ok(RedisLine { redis: redis.clone(), sink, stream })
    }
}

/// A connection to the first node that takes one.
async fn subscribing(redis: &Redis) -> Result<PubSub, LineError> {
    let mut refused: Option<RedisError> = None;
    for node in &redis.address().nodes {
        let connected = timeout(CONNECT_MAX, Client::open(node.as_str())?.get_async_pubsub()).await;
        match connected.unwrap_or_else(|_elapsed| Err(no_answer())) {
            Ok(connection) => return Ok(connection),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.map_or_else(|| "no node is named".into(), Into::into))
}

impl Line for RedisLine {
    async fn say(&mut self, message: &str) -> Result<(), LineError> {
        let publish = async |mut connection| {
            Cmd::new().arg("PUBLISH").arg(CHANNEL).arg(message).exec_async(&mut connection).await
        };
        self.redis.ask(publish).await.map_err(|Away| "Redis is away".into())
    }

    async fn hear(&mut self) -> Result<String, LineError> {
        let message = self.stream.next().await.ok_or("the connection was closed")?;
        Ok(message.get_payload()?)
    }

    async fn check(&mut self) -> Result<(), LineError> {
        Ok(self.sink.ping::<()>().await?)
    }
}
