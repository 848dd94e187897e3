//! Rules of the field as pure functions and types: no I/O, no clock, no async, no SQL, no HTTP.
#![deny(missing_docs, clippy::float_arithmetic, clippy::arithmetic_side_effects)]

pub mod alert;
pub mod audit;
pub mod catalog;
pub mod contract;
pub mod division;
pub mod documents;
pub mod errors;
pub mod events;
pub mod exact;
pub mod identity;
pub mod ids;
pub mod imports;
pub mod jobs;
pub mod listing;
pub mod notifications;
pub mod ordering;
pub mod pricing;
pub mod procurement;
pub mod settlement;
pub mod tasks;
pub mod time;
pub mod webhooks;
