//! Rings between processes: over Postgres, or over Redis where it is configured.
use std::convert::Infallible;
use std::error::Error;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};

use super::postgres::PostgresLine;
use super::{Bell, Topic};
use crate::redis::{Redis, RedisLine};

/// A topic is carried at most once in this time.
const CARRY_EVERY: Duration = Duration::from_millis(20);
/// How often a line that is silent is tried.
const CHECK_EVERY: Duration = Duration::from_secs(15);
/// A line that takes longer for a message is broken.
const SAYING_MAX: Duration = Duration::from_secs(5);
/// How long a broken line rests before it is opened again, at first and at most.
const REST: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

pub(crate) type LineError = Box<dyn Error + Send + Sync>;

/// What carries rings to other processes.
pub enum Carrier {
    /// NOTIFY on a connection of its own to this database.
    Postgres(String),
    /// Publish and subscribe of Redis.
    Redis(Redis),
}

/// An open connection that carries messages to every process, this one too or not.
pub(crate) trait Line: Send {
    /// Sends a message.
    fn say(&mut self, message: &str) -> impl Future<Output = Result<(), LineError>> + Send;
    /// Waits for a message. Nothing is lost when the wait is given up.
    fn hear(&mut self) -> impl Future<Output = Result<String, LineError>> + Send;
    /// Fails when the line is broken.
    fn check(&mut self) -> impl Future<Output = Result<(), LineError>> + Send;
}

impl Bell {
    /// Carries rings between this process and others until it is dropped. A broken line is opened again; until then rings
    /// reach only this process, and the others find what there is by looking every second.
    pub async fn carry(self, carrier: Carrier) {
        let (mut rest, longest) = REST;
        loop {
            let begun = Instant::now();
            let Err(error) = match &carrier {
                Carrier::Postgres(url) => self.carry_over(PostgresLine::open(url)).await,
                Carrier::Redis(redis) => self.carry_over(RedisLine::open(redis)).await,
            };
            tracing::warn!(%error, "the bell does not reach other processes; they look every second");
            rest = if begun.elapsed() > longest { REST.0 } else { longest.min(rest * 2) };
            sleep(rest).await;
        }
    }

    async fn carry_over<L: Line>(
        &self,
        opening: impl Future<Output = Result<L, LineError>> + Send,
    ) -> Result<Infallible, LineError> {
        let mut line = timeout(SAYING_MAX, opening).await??;
        // Whatever rang elsewhere while there was no line was missed here.
        Topic::ALL.iter().for_each(|topic| self.ring_here(*topic));
        let mut checks = interval_at(Instant::now() + CHECK_EVERY, CHECK_EVERY);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut free = Instant::now();
        loop {
            tokio::select! {
                message = line.hear() => self.hear(&message?),
                () = self.outgoing(free) => {
                    timeout(SAYING_MAX, self.say(&mut line)).await??;
                    free = Instant::now() + CARRY_EVERY;
                }
                _tick = checks.tick() => timeout(SAYING_MAX, line.check()).await??,
            }
        }
    }

    async fn outgoing(&self, free: Instant) {
        sleep_until(free).await;
        self.0.outgoing.notified().await;
    }

    async fn say(&self, line: &mut impl Line) -> Result<(), LineError> {
        for topic in Topic::ALL {
            if self.rope(topic).to_carry.swap(false, Ordering::AcqRel) {
                line.say(&format!("{} {}", topic.name(), self.0.origin)).await?;
            }
        }
        Ok(())
    }

    /// Rings what another process rang. A topic of a newer program is not ours to know.
    fn hear(&self, message: &str) {
        let Some((name, origin)) = message.split_once(' ') else { return };
        if origin != self.0.origin {
            Topic::ALL.iter().filter(|topic| topic.name() == name).for_each(|topic| self.ring_here(*topic));
        }
    }
}
