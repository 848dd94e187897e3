//! Prices: reported, seen by the platform itself, in doubt, and who sees them.
mod history;
mod indices;
mod market;
mod replica;
mod reports;
mod seen;
