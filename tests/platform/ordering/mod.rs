//! Orders, deliveries, acceptances, returns, rationing and fulfilment.
mod faults;
mod fulfilment;
mod life;
mod rationing;
mod replay;
pub(crate) mod shop;
