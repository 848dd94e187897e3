//! Orders (采购订单), deliveries, acceptance and returns. What an order costs, what a line may become, and how far agreed volume is fulfilled.
pub mod block;
pub mod counts;
pub mod delivery;
pub mod filing;
pub mod kind;
pub mod line;
pub mod negotiation;
pub mod price;
pub mod quantity;
pub mod rules;
pub mod seller;

#[cfg(test)]
mod history_tests;

/// Lines that one request orders, ships or accepts.
pub const LINES_MAX: usize = 2_000;
