//! 合同: official results, and the contracts that come from them.
pub mod compare;
pub mod official;
