//! Procurement by volume: rounds from their draft to their result, and what these look like.
pub mod bid;
mod correct;
pub mod custody;
pub mod demand;
pub(crate) mod due;
mod edition;
pub mod form;
pub mod notice;
pub mod opening;
mod publish;
pub mod qualification;
mod read;
pub mod result;
mod rounds;
pub mod sealing;
pub mod supply;

pub use correct::{CorrectRound, correct_round};
pub use jicai_store::procurement::announcements::Shown;
pub use jicai_store::procurement::lots::{LotRow, SpecRow};
pub use jicai_store::procurement::parts::Custodian;
pub use publish::{cancel_round, publish_round};
pub use read::{
    Parts, Published, edition_text, editions, parts, round, round_lots, rounds, rounds_of_items, spec_items,
    specs_of,
};
pub use rounds::{DraftRound, ReviseRound, draft_round, revise_round};
