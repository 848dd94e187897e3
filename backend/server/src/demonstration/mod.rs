//! What a demonstration shows, made through the same use cases as everything. Only in databases that are marked as demonstrations.
mod accounts;
mod clock;
mod market;
mod paper;
mod player;
mod rounds;

pub(crate) use accounts::accounts;
pub(crate) use clock::forward;
pub(crate) use rounds::rounds;
