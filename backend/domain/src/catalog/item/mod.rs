//! Items: one identity for each thing that is bought, whatever codes it has, what was true of it when, and what became of it.
mod conflict;
mod content;
mod flag;
mod history;
mod identifier;
mod proposal;
mod relation;
mod used;

pub use conflict::{Conflict, ConflictKind, Resolution, related_names};
pub use content::{Content, ItemKind, ItemStatus, Said};
pub use flag::{Flag, FlagKind};
pub use history::{Revision, Span, Spell, revise};
pub use identifier::{Claim, IdentifierStatus, exclusive, national};
pub use proposal::{
    Decision, NameGiven, NamePurpose, NewItem, Payload, Proposal, ProposalKind, ProposalStatus,
};
pub use relation::{Relation, RelationKind, Step, check_acyclic, path};
pub use used::{ItemNamed, ItemUse, Tie, Usable, choose, usable, usual};

pub use super::code::{NUMBERS_MAX, OwnCode};

use crate::errors::{Code, Refusal};

/// Characters of a text of an item.
const TEXT_MAX: usize = 500;

/// A text of an item: trimmed, one line, not empty. Errors: `ITEM_INVALID`.
pub fn text(given: &str, field: &'static str) -> Result<String, Refusal> {
    let text = given.trim();
    let length = text.chars().count();
    if (1..=TEXT_MAX).contains(&length) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(Refusal::of(Code::ItemInvalid).at(field).allowing("1 to 500 characters on one line"))
    }
}

/// The same where nothing may be said: an empty text says nothing. Errors: `ITEM_INVALID`.
pub fn text_if_any(given: Option<&str>, field: &'static str) -> Result<Option<String>, Refusal> {
    given.filter(|given| !given.trim().is_empty()).map(|given| text(given, field)).transpose()
}
