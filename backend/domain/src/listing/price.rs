//! 挂网价: every price that was applied for, and from when to when it was in force.
use rust_decimal::Decimal;

use crate::errors::{Code, Refusal};
use crate::identity::Reason;
use crate::ids::{DocumentId, ListingId, ListingPriceId, UserId};
use crate::time::Timestamp;

/// Documents that one price may have as evidence.
pub const EVIDENCE_MAX: usize = 20;

/// A price of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingPrice {
    /// Its id.
    pub id: ListingPriceId,
    /// Of which listing.
    pub listing: ListingId,
    /// The price of a pack.
    pub price: Decimal,
    /// How far it is.
    pub state: PriceState,
    /// What the firm says for it.
    pub explanation: Reason,
    /// What proves it.
    pub documents: Vec<DocumentId>,
    /// What the rules say of it: JSON.
    pub verdict: String,
    /// Who applied for it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_at: Timestamp,
    /// Who decided, when, and why.
    pub decided: Option<(UserId, Timestamp, Option<Reason>)>,
}

/// How far a price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceState {
    /// Nobody has decided.
    Proposed,
    /// It is the price.
    InForce {
        /// Since when.
        since: Timestamp,
    },
    /// It was the price.
    Ended {
        /// Since when.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// The office refused it.
    Rejected,
    /// The firm took it back, or another one took its place before it was decided.
    Withdrawn,
}

/// What can happen to a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriceCommand {
    /// It becomes the price.
    Approve(Option<Reason>),
    /// The office refuses it.
    Reject(Reason),
    /// It is taken back.
    Withdraw,
    /// Another one becomes the price.
    End,
}

impl PriceState {
    /// The stable label.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::InForce { .. } => "IN_FORCE",
            Self::Ended { .. } => "ENDED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// From when to when it is or was the price.
    pub const fn span(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        match self {
            Self::Proposed | Self::Rejected | Self::Withdrawn => (None, None),
            Self::InForce { since } => (Some(*since), None),
            Self::Ended { since, until } => (Some(*since), Some(*until)),
        }
    }

    fn next(self, command: &PriceCommand, at: Timestamp) -> Option<PriceState> {
        match (self, command) {
            (Self::Proposed, PriceCommand::Approve(_)) => Some(Self::InForce { since: at }),
            (Self::Proposed, PriceCommand::Reject(_)) => Some(Self::Rejected),
            (Self::Proposed, PriceCommand::Withdraw) => Some(Self::Withdrawn),
            (Self::InForce { since }, PriceCommand::End) => Some(Self::Ended { since, until: at.max(since) }),
            (Self::Proposed, PriceCommand::End)
            | (
                Self::InForce { .. },
                PriceCommand::Approve(_) | PriceCommand::Reject(_) | PriceCommand::Withdraw,
            )
            | (Self::Ended { .. } | Self::Rejected | Self::Withdrawn, _) => None,
        }
    }
}

impl ListingPrice {
    /// The price after a command. Errors: `LISTING_PRICE_STATE`.
    pub fn apply(self, command: PriceCommand, by: UserId, at: Timestamp) -> Result<Self, Refusal> {
        let state = self.state.next(&command, at).ok_or(Refusal::of(Code::ListingPriceState))?;
        let decided = match command {
            PriceCommand::Approve(why) => Some((by, at, why)),
            PriceCommand::Reject(why) => Some((by, at, Some(why))),
            PriceCommand::Withdraw => Some((by, at, None)),
            PriceCommand::End => self.decided,
        };
        Ok(Self { state, decided, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn every_state_takes_what_the_table_says_and_nothing_else() {
        let (by, at, reason) =
            (UserId::from_number(1), Timestamp::from_micros(7), Reason::parse("偏高").unwrap());
        let since = Timestamp::from_micros(3);
        let price = |state| ListingPrice {
            id: ListingPriceId::from_number(1),
            listing: ListingId::from_number(2),
            price: 1.into(),
            state,
            explanation: reason.clone(),
            documents: Vec::new(),
            verdict: String::new(),
            proposed_by: by,
            proposed_at: since,
            decided: None,
        };
        let commands = [
            PriceCommand::Approve(None),
            PriceCommand::Reject(reason.clone()),
            PriceCommand::Withdraw,
            PriceCommand::End,
        ];
        let table = [
            (PriceState::Proposed, "IN_FORCE REJECTED WITHDRAWN -"),
            (PriceState::InForce { since }, "- - - ENDED"),
            (PriceState::Ended { since, until: at }, "- - - -"),
            (PriceState::Rejected, "- - - -"),
            (PriceState::Withdrawn, "- - - -"),
        ];
        for (state, expected) in table {
            let outcome = |command: &PriceCommand| match price(state).apply(command.clone(), by, at) {
                Ok(next) => next.state.label(),
                Err(refusal) => {
                    assert_eq!(refusal.code, Code::ListingPriceState);
                    "-"
                }
            };
            assert_eq!(commands.iter().map(outcome).collect::<Vec<_>>().join(" "), expected, "{state:?}");
        }
        let ended = price(PriceState::InForce { since }).apply(PriceCommand::End, by, at).unwrap();
        assert_eq!(ended.state.span(), (Some(since), Some(at)));
    }
}
