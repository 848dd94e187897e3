//! Official results, and contracts from their generation to their end.
mod agreements;
pub(crate) mod deal;
mod division;
mod market;
mod offline;
mod results;
mod support;
mod volumes;
mod withdrawals;
