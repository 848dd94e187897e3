//! Procurement through its public doors: the offline award and the command line.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::tests_outside_test_module,
    reason = "a test stops at the first surprise"
)]

mod command_line;
mod round;
mod rules_by_number;
mod supply;
