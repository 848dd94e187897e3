//! The registry: items from their proposal to what stands for them, and what was known of them when.
mod conflicts;
mod life;
mod proposals;
mod support;
