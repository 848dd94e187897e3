//! Prices over time (价格监测): periods, price indices, reference baskets and labels. Indices are statistics and computed in `f64`; what
//! compares a price with a limit is exact.
pub mod basket;
pub mod definition;
mod formula;
pub mod index;
pub mod label;
mod links;
mod multilateral;
pub mod observation;
mod panel;
mod period;
pub mod report;
mod splice;
#[cfg(test)]
mod tests;
pub mod unit;

pub use formula::Formula;
pub use panel::{Duplicates, PERIODS_MAX, Panel, PanelFault, Sale};
pub use period::{Period, PeriodKind, parse_figure, parse_period};
pub use splice::Splice;
