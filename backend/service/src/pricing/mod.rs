//! 价格监测: prices that are reported or seen, what is in doubt of them, who sees them, and who shares them.
mod feed;
pub mod history;
pub mod index;
pub mod report;
pub mod shares;
mod sift;
mod take;
pub mod tickets;

pub(crate) use feed::{feed, leave_bought, leave_listed, leave_selected, leave_standards};
pub(crate) use sift::sift;
pub(crate) use take::record_batch;
