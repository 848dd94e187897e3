//! Who distributes what of whom, and what is listed at which price.
mod listings;
mod relations;
mod shelf;
mod support;
