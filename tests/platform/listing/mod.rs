//! Who distributes what of whom, and what is listed at which price.
mod relations;
mod support;
