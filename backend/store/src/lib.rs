//! Postgres: rows in, domain types out. The only place with SQL.
pub mod audit;
mod door;
mod errors;
pub mod identity;
mod ids;
mod schema;
pub mod setup;
mod times;

pub use door::{Act, Recorded, Store, Tx};
pub use errors::{Retry, StoreError};
pub use ids::fresh;
