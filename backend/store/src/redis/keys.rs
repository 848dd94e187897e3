//! Every key that Redis holds: a type with its prefix, what it holds, for how long at most, and what happens when Redis is away.
//! No other file makes the name of a key.
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use super::pace::{Arrival, BURST};

/// What happens when Redis is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenAway {
    /// Each server does it for itself, in its own memory.
    EachServerAlone,
    /// It is made again from what Postgres has.
    MadeAgain,
}

/// What is fixed about a kind of key.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// What its names begin with.
    pub prefix: &'static str,
    /// After how long it is gone at the latest.
    pub ttl_max: Duration,
    /// What happens when Redis is away.
    pub when_away: WhenAway,
}

/// A key of Redis.
pub trait Key {
    /// What it holds.
    type Value;
    /// What is fixed about keys of its kind.
    const SPEC: KeySpec;

    /// What follows the prefix.
    fn rest(&self) -> String;

    /// The whole name.
    fn name(&self) -> String {
        format!("{}{}", Self::SPEC.prefix, self.rest())
    }
}

macro_rules! keys {
    ($(#[doc = $doc:literal] $key:ident($of:ty) -> $value:ty, $prefix:literal, $ttl:expr, $away:ident;)+) => {
        $(
            #[doc = $doc]
            pub struct $key($of);

            impl Key for $key {
                type Value = $value;
                const SPEC: KeySpec = KeySpec { prefix: $prefix, ttl_max: $ttl, when_away: WhenAway::$away };

                fn rest(&self) -> String {
                    self.0.to_string()
                }
            }
        )+

        /// Every kind of key there is.
        pub const KEYS: &[KeySpec] = &[$($key::SPEC),+];
    };
}

/// For how long a published index is kept.
const DAY: Duration = Duration::from_secs(86_400);

keys! {
    /// What was published of a version of an index up to a month, as a file: the same whenever it is made.
    IndexFile(String) -> String, "jicai:index:", DAY, MadeAgain;
    /// How much an address that is not logged in has asked.
    RateOfAddress(IpAddr) -> Arrival, "jicai:rate:address:", BURST, EachServerAlone;
    /// How much a caller has asked.
    RateOfCaller(String) -> Arrival, "jicai:rate:caller:", BURST, EachServerAlone;
}

impl RateOfAddress {
    /// The key of an address. Who has one IPv6 address has its whole /64, so that is what counts.
    pub fn of(address: IpAddr) -> RateOfAddress {
        RateOfAddress(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        })
    }
}

impl IndexFile {
    /// The key of a file: the id of the version, the month and the form.
    pub fn of(file: String) -> IndexFile {
        IndexFile(file)
    }
}

impl RateOfCaller {
    /// The key of a caller's id.
    pub fn of(caller: impl std::fmt::Display) -> RateOfCaller {
        RateOfCaller(caller.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_counted_as_a_whole_network_of_its_holder() {
        let name = |text: &str| RateOfAddress::of(text.parse().unwrap()).name();
        assert_eq!(name("10.0.0.7"), "jicai:rate:address:10.0.0.7");
        assert_eq!(name("::ffff:10.0.0.7"), name("10.0.0.7"));
        assert_eq!(name("2001:db8:1:2:3:4:5:6"), "jicai:rate:address:2001:db8:1:2::");
        assert_eq!(name("2001:db8:1:2::9"), name("2001:db8:1:2:3:4:5:6"));
        assert_ne!(name("2001:db8:1:3::9"), name("2001:db8:1:2::9"));
    }

    #[test]
    fn no_prefix_begins_another() {
        for (at, one) in KEYS.iter().enumerate() {
            let clash =
                KEYS.iter().enumerate().any(|(other, two)| at != other && two.prefix.starts_with(one.prefix));
            assert!(!clash, "{}", one.prefix);
        }
    }
}
