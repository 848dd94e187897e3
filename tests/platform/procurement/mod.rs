//! Stories of rounds.
mod qualification;
mod round;
