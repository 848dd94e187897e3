//! Price indices and monitors through their public doors: the command line, on real prices.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    reason = "a test stops at the first surprise, and two print what they measured"
)]

mod index;
mod monitor;
mod recomputed;
mod support;
