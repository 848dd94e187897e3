//! Rounds: announcement, demand, qualification, sealed bids, opening.
mod bidding;
mod bids;
mod qualification;
mod round;
mod sealing_offline;
