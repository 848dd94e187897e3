//! Prices that were seen, what is in doubt of them, and who shares them.
pub mod history;
pub mod indices;
pub mod known;
pub mod observations;
mod row;
pub mod seen;
pub mod shares;
pub mod take;
pub mod tickets;

pub use take::Taken;
