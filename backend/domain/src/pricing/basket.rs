//! Reference baskets.
