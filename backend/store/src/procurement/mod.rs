//! Rounds and what belongs to them.
pub mod announcements;
pub mod bids;
pub mod custody;
pub mod demand;
pub mod editions;
pub mod lots;
pub mod objections;
pub mod opening;
pub mod participants;
pub mod parts;
pub mod qualification;
pub mod results;
pub mod rounds;
pub mod shares;
pub mod supply;
pub mod ties;
