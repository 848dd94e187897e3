//! Official results and the contracts that come from them.
pub mod official;
pub mod staged;
