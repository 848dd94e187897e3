//! What the monitors look at, what they found, and the alerts that stand.
pub mod alerts;
pub mod changes;
pub mod digests;
pub mod groups;
pub mod runs;
