//! How much may be asked: a steady rate of which a few seconds may be saved up. What is remembered is the arrival: when, had
//! everything asked so far come at the steady rate, the next request would have come. It says nothing once that time has passed.
use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::{Away, Key, Redis};

/// For how long a rate may be saved up.
pub(super) const BURST: Duration = Duration::from_secs(3);

/// A rate.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    interval: Duration,
}

/// When the next request would have come at the steady rate, in microseconds of Redis' clock.
pub struct Arrival;

/// The same as [`Pace::next`], in one step and by the clock of Redis, which all servers share.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
         local now = time[1] * 1000000 + time[2]
         local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
         local arrival = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now) + interval
         if arrival - now > burst then return math.ceil(arrival - now - burst) end
         redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000))
         return 0",
    )
});

impl Pace {
    /// That many requests a second.
    pub fn per_second(requests: u32) -> Pace {
        Pace { interval: Duration::from_secs(1) / requests.max(1) }
    }

    /// The arrival after one more request, given how far the last arrival lies ahead of now; or how long to wait.
    pub fn next(self, ahead: Duration) -> Result<Duration, Duration> {
        let next = ahead + self.interval;
        if next > BURST { Err(next - BURST) } else { Ok(next) }
    }
}

impl Redis {
    /// Counts a request against the key; how long to wait when it is too much.
    pub async fn take<K: Key<Value = Arrival>>(
        &self,
        key: &K,
        pace: Pace,
    ) -> Result<Result<(), Duration>, Away> {
        let name = key.name();
        let wait: u64 = self
            .ask(async |mut connection| {
                let mut call = TAKE.key(name);
                call.arg(pace.interval.as_secs_f64() * 1e6).arg(K::SPEC.ttl_max.as_micros().to_string());
                call.invoke_async(&mut connection).await
            })
            .await?;
        Ok(if wait == 0 { Ok(()) } else { Err(Duration::from_micros(wait)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_admitted_and_then_the_rate() {
        let pace = Pace::per_second(2);
        let mut ahead = Duration::ZERO;
        for _request in 0..6 {
            ahead = pace.next(ahead).unwrap();
        }
        assert_eq!(pace.next(ahead), Err(Duration::from_millis(500)));
        assert_eq!(pace.next(ahead - Duration::from_millis(500)), Ok(BURST));
    }
}
