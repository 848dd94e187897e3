//! The registry: items from their proposal to what stands for them, what was known of them when, national releases and the one lookup.
mod comparable;
mod conflicts;
mod life;
pub(crate) mod lists;
mod lookup;
mod proposals;
mod releases;
pub(crate) mod support;
