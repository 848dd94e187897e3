//! What a demonstration shows, made through the same use cases as everything. Only in databases that are marked as demonstrations.
mod accounts;
mod clock;
mod counter;
mod deliveries;
mod dispatch;
mod fund;
mod items;
mod life;
mod market;
mod play;
mod player;
mod purchases;
mod replay;
mod rounds;
mod year;

pub(crate) use accounts::accounts;
pub(crate) use clock::forward;
pub(crate) use deliveries::LeftOut;
pub(crate) use dispatch::Arrived;
pub(crate) use replay::{RULES, Replay, replay};
pub(crate) use rounds::{BEGINS, rounds};
