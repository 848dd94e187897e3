//! The result of a round: deciding it, showing it as far as the disclosure rule lets, handing it out for recomputation, settling ties.
mod decide;
mod export;
mod show;
mod ties;

pub use decide::{Decided, Owners, decide, owners};
pub(crate) use export::{Basis, Choices, read_rules};
pub use export::{Bundle, export};
pub(crate) use show::viewer_of;
pub use show::{
    EarlierLot, Firm, LotView, RegionView, RoundResult, ShownBid, ShownLot, Told, VoidEntry, bids_of,
    earlier, lots, result_of, views, void_bids, void_lines,
};
pub(crate) use ties::tie_evidence;
pub use ties::{ProposeTie, decide_tie, propose_tie, tie_resolutions};
