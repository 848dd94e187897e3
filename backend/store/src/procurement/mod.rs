//! Rounds and what belongs to them.
pub mod rounds;
