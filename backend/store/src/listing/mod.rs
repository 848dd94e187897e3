//! Listings, and who distributes what of whom.
pub mod choices;
pub mod relations;
