//! Orders, deliveries, acceptances, returns, rationing and fulfilment.
mod blocks;
mod faults;
mod fulfilment;
mod kinds;
mod life;
mod market;
mod rationing;
mod replay;
mod sellers;
pub(crate) mod shop;
