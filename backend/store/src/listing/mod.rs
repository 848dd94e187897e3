//! Listings, and who distributes what of whom.
pub mod relations;
