//! Stories of rounds.
mod round;
