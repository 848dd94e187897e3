//! Rounds: announcement, demand, qualification, sealed bids, opening, result.
mod bidding;
mod bids;
mod brands;
mod calendar;
mod correction;
mod demand;
mod in_force;
mod notice;
mod opening;
mod parts;
mod qualification;
mod recomputed;
mod round;
mod sealing_offline;
mod secrecy;
mod stage;
mod supply;
