//! Postgres: rows in, domain types out. The only place with SQL.
mod address;
pub mod audit;
pub mod bell;
pub mod catalog;
pub mod contract;
pub mod documents;
mod door;
mod errors;
pub mod events;
pub mod identity;
mod ids;
pub mod imports;
pub mod jobs;
pub mod notifications;
mod page;
pub mod procurement;
pub mod redis;
mod schema;
pub mod setup;
pub mod tasks;
mod times;
pub mod webhooks;

pub use address::Address;
pub use door::{Act, Recorded, Store, Tx};
pub use errors::{Retry, StoreError};
pub use ids::{first_at, fresh};
pub use page::{Page, Part};
