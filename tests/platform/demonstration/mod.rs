//! What a demonstration shows.
pub(crate) mod deliveries;
pub(crate) mod year;
