//! 开标: custodians give their shares; with the last one needed the bids are opened in memory and decided.
mod open;
mod share;

pub(crate) use open::{locked_demand, open};
pub use share::{ShareGiven, SubmitShare, submit_share};
