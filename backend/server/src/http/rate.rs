//! How much a caller, and an address that is not logged in, may ask. Counted in Redis for all servers together; without Redis, or
//! while it is away, each server counts for itself. So Redis is never a reason to refuse, and its loss never lifts a limit.
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_store::redis::{Arrival, Key, Pace, RateOfAddress, RateOfCaller, Redis};

use crate::config::Config;
use crate::metrics::Metrics;

/// Addresses or callers that a server remembers at once when it counts alone.
const REMEMBERED_MAX: usize = 50_000;

/// The limits, and where they are counted.
pub(crate) struct Limits {
    addresses: Limit,
    callers: Limit,
    redis: Option<Redis>,
    metrics: Arc<Metrics>,
}

impl Limits {
    pub(crate) fn new(config: &Config, redis: Option<Redis>, metrics: Arc<Metrics>) -> Limits {
        let [addresses, callers] = [config.anonymous_rate, config.caller_rate].map(Limit::new);
        Limits { addresses, callers, redis, metrics }
    }

    /// Counts a request of an address that is not logged in. Errors: `RATE_LIMITED`.
    pub(crate) async fn admit_address(&self, address: IpAddr) -> Result<(), Refusal> {
        self.admit(&self.addresses, &RateOfAddress::of(address)).await
    }

    /// Counts a request of a caller. Errors: `RATE_LIMITED`.
    pub(crate) async fn admit_caller(&self, caller: &Caller) -> Result<(), Refusal> {
        self.admit(&self.callers, &RateOfCaller::of(&caller.who)).await
    }

    async fn admit(&self, limit: &Limit, key: &impl Key<Value = Arrival>) -> Result<(), Refusal> {
        let shared = match &self.redis {
            Some(redis) => redis.take(key, limit.pace).await.ok(),
            None => None,
        };
        let admitted = shared.unwrap_or_else(|| {
            self.redis.iter().for_each(|_redis| self.metrics.counted_alone());
            limit.take(key.name(), Instant::now())
        });
        admitted.map_err(|wait| {
            self.metrics.limited();
            Refusal::of(Code::RateLimited).after(wait)
        })
    }
}

/// A rate, counted by this server. A full table lets strangers pass rather than keep users out.
struct Limit {
    pace: Pace,
    arrivals: Mutex<HashMap<String, Instant>>,
}

impl Limit {
    fn new(per_second: u32) -> Limit {
        Limit { pace: Pace::per_second(per_second), arrivals: Mutex::default() }
    }

    /// Counts a request; how long to wait when it is too much.
    fn take(&self, name: String, now: Instant) -> Result<(), Duration> {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if arrivals.len() >= REMEMBERED_MAX {
            arrivals.retain(|_, arrival| *arrival > now);
        }
        if arrivals.len() >= REMEMBERED_MAX && !arrivals.contains_key(&name) {
            return Ok(());
        }
        let arrival = arrivals.entry(name).or_insert(now);
        *arrival = now + self.pace.next(arrival.saturating_duration_since(now))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gets_its_burst_and_then_its_rate() {
        let (limit, begun) = (Limit::new(2), Instant::now());
        let take = |name: &str, millis| limit.take(name.to_owned(), begun + Duration::from_millis(millis));
        let admitted = |name: &str, millis| take(name, millis).is_ok();
        assert_eq!((0..9).filter(|_| admitted("one", 0)).count(), 6);
        assert!(admitted("other", 0));
        assert_eq!(take("one", 499), Err(Duration::from_millis(1)));
        assert!(admitted("one", 501));
        assert!(!admitted("one", 502));
        assert_eq!((0..9).filter(|_| admitted("one", 60_000)).count(), 6);
    }

    #[test]
    fn a_full_table_forgets_the_idle_and_lets_strangers_pass() {
        let (limit, begun) = (Limit::new(1), Instant::now());
        let admitted = |name: usize, now| limit.take(name.to_string(), now).is_ok();
        for name in 0..REMEMBERED_MAX {
            assert!(admitted(name, begun));
        }
        assert_eq!((0..9).filter(|_| admitted(REMEMBERED_MAX, begun)).count(), 9);
        let later = begun + Duration::from_secs(10);
        assert_eq!((0..9).filter(|_| admitted(REMEMBERED_MAX, later)).count(), 3);
    }
}
