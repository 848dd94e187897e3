//! Listings with their prices and marks, what a price is compared with, and who distributes what of whom.
pub mod choices;
pub mod compared;
pub mod listings;
pub mod marks;
pub mod prices;
pub mod relations;

pub use listings::{Orderable, orderable_many};
