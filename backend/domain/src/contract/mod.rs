//! 合同: official results, the contracts that come from them, who is responsible for their volumes, and what becomes of them.
pub mod agreement;
pub mod backup;
pub mod cascade;
pub mod change;
pub mod compare;
pub mod edition;
pub mod evaluation;
pub mod explanation;
pub mod ledger;
pub mod lifetime;
pub mod official;
pub mod pack;
pub mod presentation;
pub mod progress;
pub mod renewal;
pub mod split;
pub mod term;
pub mod volume;
pub mod withdrawal;

#[cfg(test)]
mod history_tests;
