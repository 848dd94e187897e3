//! Official results and the contracts that come from them.
pub mod contracts;
pub mod official;
pub mod parts;
pub mod shown;
pub mod staged;
pub mod withdrawals;
