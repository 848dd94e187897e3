//! What somebody prepares for the ledger and another person posts (提请与复核记账).
use crate::errors::{Code, Refusal};
use crate::identity::Reason;
use crate::ids::UserId;

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalState {
    /// A second person has to decide.
    Pending,
    /// It is posted.
    Posted {
        /// Who decided.
        by: UserId,
    },
    /// It is not posted and never will be.
    Voided {
        /// Who decided.
        by: UserId,
        /// Why.
        reason: Reason,
    },
}

/// What is decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalCommand {
    /// It is posted.
    Post,
    /// It is given up.
    Void(Reason),
}

impl ProposalState {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Posted { .. } => "POSTED",
            Self::Voided { .. } => "VOIDED",
        }
    }

    /// The state as rows keep it.
    pub fn from_row(label: &str, by: Option<UserId>, reason: Option<Reason>) -> Option<Self> {
        match (label, by, reason) {
            ("PENDING", None, None) => Some(Self::Pending),
            ("POSTED", Some(by), None) => Some(Self::Posted { by }),
            ("VOIDED", Some(by), Some(reason)) => Some(Self::Voided { by, reason }),
            _ => None,
        }
    }

    /// The state after somebody has decided; whoever prepared it may give it up, and not post it. Errors: `PROPOSAL_STATE`,
    /// `SECOND_PERSON_NEEDED`.
    pub fn next(self, prepared_by: UserId, command: ProposalCommand, by: UserId) -> Result<Self, Refusal> {
        match (self, command) {
            (Self::Pending, ProposalCommand::Post) if by == prepared_by => {
                Err(Refusal::of(Code::SecondPersonNeeded))
            }
            (Self::Pending, ProposalCommand::Post) => Ok(Self::Posted { by }),
            (Self::Pending, ProposalCommand::Void(reason)) => Ok(Self::Voided { by, reason }),
            (Self::Posted { .. } | Self::Voided { .. }, ProposalCommand::Post | ProposalCommand::Void(_)) => {
                Err(Refusal::of(Code::ProposalState))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn another_person_posts_and_once() {
        let user = UserId::from_number;
        let reason = Reason::parse("错").unwrap();
        let pending = || ProposalState::Pending;
        let posted = pending().next(user(1), ProposalCommand::Post, user(2)).unwrap();
        assert_eq!(posted, ProposalState::Posted { by: user(2) });
        let own = pending().next(user(1), ProposalCommand::Post, user(1)).unwrap_err();
        assert_eq!(own.code, Code::SecondPersonNeeded);
        let void = ProposalCommand::Void(reason);
        assert!(pending().next(user(1), void.clone(), user(1)).is_ok());
        for command in [ProposalCommand::Post, void] {
            let again = posted.clone().next(user(1), command, user(3)).unwrap_err();
            assert_eq!(again.code, Code::ProposalState);
        }
    }
}
