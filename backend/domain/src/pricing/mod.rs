//! Prices over time (价格监测): periods, price indices, reference baskets and labels. Indices are statistics and computed in `f64`; what
//! compares a price with a limit is exact.
pub mod basket;
mod formula;
pub mod index;
pub mod label;
mod links;
mod multilateral;
mod panel;
mod period;
mod splice;
#[cfg(test)]
mod tests;

pub use formula::Formula;
pub use panel::{Duplicates, PERIODS_MAX, Panel, PanelFault, Sale};
pub use period::{Period, PeriodKind, parse_figure, parse_period};
pub use splice::Splice;
