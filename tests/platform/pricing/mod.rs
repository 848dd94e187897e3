//! Prices: reported, seen by the platform itself, in doubt, and who sees them.
mod history;
mod indices;
mod market;
mod reports;
mod seen;
