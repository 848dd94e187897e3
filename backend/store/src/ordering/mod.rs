//! Orders, deliveries, acceptances, returns, rationing, and what they come to by month.
pub mod blocks;
pub mod deliveries;
pub mod filings;
pub mod fulfilment;
pub mod goods;
pub mod lines;
pub mod months;
pub mod negotiations;
pub mod offers;
pub mod packs;
pub mod place;
pub mod rationings;
mod rows;
pub mod shares;
pub mod sheets;
pub mod shown;

use crate::errors::StoreError;

/// A number as a column has it.
fn whole(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_large| StoreError::row("quantity", number))
}

/// A number of a column that is never below zero.
fn count(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_negative| StoreError::row("quantity", number))
}

/// A contract's price of a smallest unit now: the one offered, the one agreed when it took over, or the selected one.
const PRICE_NOW: &str = "coalesce(c.lowered_price, c.agreed_price, p.price)";
