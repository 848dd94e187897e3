//! Monitors of prices (价格监测) and what they find. All of it is a function of the rows and the rules: [`Monitors`] takes rows in any
//! batches and finds the same.
mod across;
mod along;
mod evaluate;
mod finding;
mod limits;
pub mod live;
mod monitors;
pub mod movement;
mod reason;
pub mod rules;
pub mod statistics;
#[cfg(test)]
mod tests;
mod unit_check;

pub use evaluate::{Judged, judge};
pub use finding::{Alert, Evidence, Figure, Finding, Kind, Severity, Tallies, Tally};
pub use monitors::{Batch, Monitors, Observation};
