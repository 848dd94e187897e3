//! Official results, and contracts from their generation to their end.
mod agreements;
pub(crate) mod deal;
mod division;
mod editions;
mod following;
mod items;
mod market;
mod offline;
mod renewals;
mod results;
pub(crate) mod support;
mod volumes;
mod withdrawals;
