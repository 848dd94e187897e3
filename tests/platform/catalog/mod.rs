//! The registry: items from their proposal to what stands for them, what was known of them when, national releases and the one lookup.
mod conflicts;
mod life;
mod lists;
mod lookup;
mod proposals;
mod releases;
mod support;
