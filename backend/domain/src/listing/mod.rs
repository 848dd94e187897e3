//! 挂网与配送: what a product is listed at in a region, whether a new order may go in, and who distributes what of whom.
pub mod mark;
pub mod price;
pub mod relation;
pub mod rules;
pub mod state;
pub mod verdict;
