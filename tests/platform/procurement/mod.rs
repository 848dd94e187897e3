//! Stories of rounds.
mod qualification;
//! Rounds: announcement, demand, qualification, sealed bids, opening.
mod bidding;
mod bids;
mod round;
mod sealing_offline;
