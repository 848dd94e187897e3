//! Orders, deliveries, acceptances, returns, rationing and fulfilment.
mod backup;
mod blocks;
mod faults;
mod fulfilment;
mod histories;
mod kinds;
mod life;
mod market;
mod offers;
mod rationing;
mod replay;
mod sellers;
mod sheets;
pub(crate) mod shop;
