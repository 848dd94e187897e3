//! Procurement by volume: rounds, their results and what these look like.
pub mod form;
