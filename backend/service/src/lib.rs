//! Use cases: who asks, may they, one transaction, the rules, the store, the log.
mod app;
pub mod audit;
pub mod catalog;
mod clock;
pub mod contract;
pub mod documents;
mod errors;
pub mod events;
pub mod identity;
pub mod imports;
pub mod jobs;
pub mod listing;
pub mod notifications;
pub mod ordering;
pub mod pricing;
pub mod procurement;
mod secret;
pub mod settlement;
pub mod tasks;
pub mod webhooks;

pub use app::App;
pub use audit::Changed;
pub use errors::Error;
pub use jicai_store::audit::log::{Sequenced, Signed};
pub use jicai_store::bell::{Bell, Carrier, Listening, Topic, Wake};
pub use jicai_store::{Page, Part};
pub use secret::Secret;
