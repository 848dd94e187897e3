//! Who distributes what of whom, and what is listed at which price.
mod listings;
mod relations;
pub(crate) mod shelf;
pub(crate) mod support;
