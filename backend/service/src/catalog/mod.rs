//! The registry (一物一码): items are proposed, reviewed and changed, and asked for as of a day, an instant or a release.
mod apply;
mod codes;
mod conflict;
mod flag;
mod lookup;
mod payload;
mod propose;
mod read;
mod release_work;
mod releases;
mod remembered;
mod review;
mod used;

pub(crate) use codes::find_expiring;
pub use conflict::{ResolveConflict, item_conflict, item_conflicts, resolve_conflict};
pub use flag::{FlagItem, flag_item};
pub use lookup::{CodeAnswer, Looked, look_up, named};
pub use payload::read as read_payload;
pub use propose::{Propose, propose};
pub use read::{
    AsOf, Resolved, Seen, comparable_items, item, item_history, item_proposal, item_proposals, items,
    items_now, resolve_code,
};
pub(crate) use release_work::work_on_release;
pub use releases::{discard, publish, quarantine, release, release_changes, releases};
pub(crate) use remembered::Remembered;
pub use review::decide_proposal;
pub(crate) use used::{find_to_use, find_uses};
pub use used::{said_at_uses, uses_of_selected};

pub(crate) use jicai_store::catalog::conflicts::Expiring;
pub use jicai_store::catalog::conflicts::Wanted as WantedConflicts;
pub use jicai_store::catalog::flags::Flagged;
pub use jicai_store::catalog::identifiers::ItemCode;
pub use jicai_store::catalog::items::{Item, Wanted as WantedItems};
pub use jicai_store::catalog::lookup::{FoundCode, FoundItem, Successor};
pub use jicai_store::catalog::proposals::Wanted as WantedProposals;
pub use jicai_store::catalog::releases::{ChangedItem, Quarantined};
pub use jicai_store::catalog::versions::ItemVersion;
