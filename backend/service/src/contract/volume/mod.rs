//! Agreed volume that moves: on application, by a lead's split, or because its supplier left.
pub(super) mod backup;
pub(super) mod cascade;
mod decide;
mod judge;
mod read;
mod request;
pub(super) mod settle;
mod split;

pub use decide::{Decision, decide_volume_change, withdraw_volume_change};
pub use jicai_store::contract::volume::changes::Asked;
pub use jicai_store::contract::volume::entries::{ShownAccount, ShownEntry};
pub use read::{volume_change, volume_changes, volume_entries};
pub use request::{RequestVolumeChange, request_volume_change};
pub use split::{SplitSubContract, split_sub_contract};
