//! What a demonstration shows, made through the same use cases as everything. Only in databases that are marked as demonstrations.
mod accounts;
mod clock;
mod paper;

pub(crate) use accounts::accounts;
pub(crate) use clock::forward;
