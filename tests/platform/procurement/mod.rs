//! Rounds: announcement, demand, qualification, sealed bids, opening.
mod bidding;
mod bids;
mod calendar;
mod correction;
mod demand;
mod qualification;
mod round;
mod sealing_offline;
