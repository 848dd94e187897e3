//! How much whoever is not logged in may ask from one address. Kept in this process: it may be lost, and each server counts
//! for itself. A full table lets strangers pass rather than keep users out.
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Addresses that are remembered at once.
const ADDRESSES_MAX: usize = 50_000;
/// An address may save up this many seconds of its rate.
const BURST_SECONDS: f64 = 3.0;

/// A bucket of tokens an address.
pub(crate) struct Rate {
    per_second: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Rate {
    pub(crate) fn new(per_second: u32) -> Rate {
        Rate { per_second: f64::from(per_second), buckets: Mutex::default() }
    }

    /// Takes a token of the address; false when there is none.
    pub(crate) fn admits(&self, address: IpAddr, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES_MAX {
            buckets.retain(|_, bucket| self.filled(*bucket, now).tokens < self.most());
        }
        if buckets.len() >= ADDRESSES_MAX && !buckets.contains_key(&address) {
            return true;
        }
        let bucket = buckets.entry(address).or_insert(Bucket { tokens: self.most(), filled: now });
        *bucket = self.filled(*bucket, now);
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> Bucket {
        let since = now.saturating_duration_since(bucket.filled).as_secs_f64();
        Bucket { tokens: self.most().min(bucket.tokens + since * self.per_second), filled: now }
    }

    fn most(&self) -> f64 {
        self.per_second * BURST_SECONDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_address_gets_its_burst_and_then_its_rate() {
        let (rate, begun) = (Rate::new(2), Instant::now());
        let [one, other] = ["10.0.0.1", "10.0.0.2"].map(|text| text.parse().unwrap());
        let admitted = |address, millis| rate.admits(address, begun + Duration::from_millis(millis));
        assert_eq!((0..9).filter(|_| admitted(one, 0)).count(), 6);
        assert!(admitted(other, 0));
        assert!(!admitted(one, 499));
        assert!(admitted(one, 501));
        assert!(!admitted(one, 502));
        assert_eq!((0..9).filter(|_| admitted(one, 60_000)).count(), 6);
    }

    #[test]
    fn a_full_table_forgets_the_idle_and_lets_strangers_pass() {
        let (rate, begun) = (Rate::new(1), Instant::now());
        let address = |number: usize| IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
        for number in 0..ADDRESSES_MAX {
            assert!(rate.admits(address(number), begun));
        }
        let stranger = address(ADDRESSES_MAX);
        assert_eq!((0..9).filter(|_| rate.admits(stranger, begun)).count(), 9);
        let later = begun + Duration::from_secs(10);
        assert_eq!((0..9).filter(|_| rate.admits(stranger, later)).count(), 3);
    }
}
