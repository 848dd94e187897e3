//! Redis, where it is configured. It holds only what may be lost: what has to be right is settled by Postgres. This is the
//! only place that names the crate `redis`.
mod address;
mod connection;
mod keys;
mod line;
mod pace;
mod text;

pub use address::RedisAddress;
pub use connection::{Away, Redis};
pub use keys::{IndexFile, KEYS, Key, KeySpec, RateOfAddress, RateOfCaller, WhenAway};
pub(crate) use line::RedisLine;
pub use pace::{Arrival, Pace};
