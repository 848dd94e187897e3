//! Official results and the contracts that come from them.
pub mod backups;
pub mod contracts;
pub mod evaluation;
pub mod lifetime;
pub mod official;
pub mod packs;
pub mod parts;
mod rows;
pub mod shown;
pub mod staged;
pub mod volume;
pub mod withdrawals;
