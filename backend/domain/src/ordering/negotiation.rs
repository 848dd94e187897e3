//! 议价: an institution asks a firm for a price at or below the listed one; both agree, and either ends it.
use rust_decimal::Decimal;

use crate::errors::{Code, Refusal};
use crate::identity::{Reason, Version};
use crate::ids::{ListingId, NegotiatedPriceId, OrganizationId, UserId};
use crate::listing::state::listable;
use crate::time::Timestamp;

/// A price that is negotiated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NegotiatedPrice {
    /// Its id.
    pub id: NegotiatedPriceId,
    /// The listing.
    pub listing: ListingId,
    /// Who asks.
    pub hospital: OrganizationId,
    /// Who is asked.
    pub manufacturer: OrganizationId,
    /// Of a pack, tax included.
    pub price: Decimal,
    /// The listed price when it was proposed.
    pub listed: Decimal,
    /// What the institution says for it.
    pub explanation: Reason,
    /// How it stands.
    pub status: NegotiationStatus,
    /// Why it was refused or ended.
    pub reason: Option<Reason>,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_at: Timestamp,
    /// Who of the firm answered, and when.
    pub answered: Option<(UserId, Timestamp)>,
    /// Counts its changes.
    pub version: Version,
}

/// How a negotiated price stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NegotiationStatus {
    /// The firm has not answered.
    Proposed,
    /// Both agreed: the institution may order at it.
    Agreed,
    /// The firm does not sell at it.
    Refused,
    /// A side ended it, or the institution took it back.
    Ended,
}

impl NegotiationStatus {
    /// Every status.
    pub const ALL: &[Self] = &[Self::Proposed, Self::Agreed, Self::Refused, Self::Ended];

    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Agreed => "AGREED",
            Self::Refused => "REFUSED",
            Self::Ended => "ENDED",
        }
    }

    /// The status with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.label() == label)
    }
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NegotiationCommand {
    /// The firm agrees.
    Agree,
    /// The firm refuses.
    Refuse(Reason),
    /// A side ends it.
    End(Reason),
}

impl NegotiatedPrice {
    /// Refuses a price that cannot be asked for. Errors: `PRICE_INVALID`, `PRICE_ABOVE_LISTED`.
    pub fn checked(self) -> Result<Self, Refusal> {
        listable(self.price)?;
        if self.price > self.listed {
            let most = format!("at most {}", self.listed.normalize());
            return Err(Refusal::of(Code::PriceAboveListed).at("price").allowing(most));
        }
        Ok(self)
    }

    /// The price after a command. Errors: `NEGOTIATION_STATE`.
    pub fn apply(self, command: NegotiationCommand, by: UserId, at: Timestamp) -> Result<Self, Refusal> {
        use NegotiationCommand as C;
        use NegotiationStatus as S;
        let answered = Some((by, at));
        let version = self.version.next();
        match (self.status, command) {
            (S::Proposed, C::Agree) => Ok(Self { status: S::Agreed, answered, version, ..self }),
            (S::Proposed, C::Refuse(reason)) => {
                Ok(Self { status: S::Refused, reason: Some(reason), answered, version, ..self })
            }
            (S::Proposed | S::Agreed, C::End(reason)) => {
                Ok(Self { status: S::Ended, reason: Some(reason), version, ..self })
            }
            (S::Agreed, C::Agree | C::Refuse(_)) | (S::Refused | S::Ended, _) => {
                let not = format!("not while {}", self.status.label());
                Err(Refusal::of(Code::NegotiationState).allowing(not))
            }
        }
    }

    /// What a pack costs now: a listed price that fell below what was agreed holds for everybody.
    pub fn price_now(&self, listed: Decimal) -> Decimal {
        self.price.min(listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn asked(status: NegotiationStatus, price: &str) -> NegotiatedPrice {
        NegotiatedPrice {
            id: NegotiatedPriceId::from_number(1),
            listing: ListingId::from_number(2),
            hospital: OrganizationId::from_number(3),
            manufacturer: OrganizationId::from_number(4),
            price: price.parse().unwrap(),
            listed: "9.80".parse().unwrap(),
            explanation: Reason::parse("用量大").unwrap(),
            status,
            reason: None,
            proposed_by: UserId::from_number(5),
            proposed_at: Timestamp::from_micros(0),
            answered: None,
            version: Version::FIRST,
        }
    }

    #[test]
    fn every_state_takes_what_the_table_says_and_nothing_else() {
        let reason = Reason::parse("成本上涨").unwrap();
        let commands = [
            NegotiationCommand::Agree,
            NegotiationCommand::Refuse(reason.clone()),
            NegotiationCommand::End(reason),
        ];
        let table = ["AGREED REFUSED ENDED", "- - ENDED", "- - -", "- - -"];
        for (status, expected) in NegotiationStatus::ALL.iter().zip(table) {
            let outcome = |command: &NegotiationCommand| {
                let (by, at) = (UserId::from_number(6), Timestamp::from_micros(1));
                asked(*status, "9").apply(command.clone(), by, at).map_or("-", |next| next.status.label())
            };
            assert_eq!(commands.iter().map(outcome).collect::<Vec<_>>().join(" "), expected, "{status:?}");
            assert_eq!(NegotiationStatus::from_label(status.label()), Some(*status));
        }
    }

    #[test]
    fn a_price_is_at_or_below_the_listed_one_and_follows_it_down() {
        let code = |price| asked(NegotiationStatus::Proposed, price).checked().err().map(|no| no.code);
        assert_eq!((code("9.80"), code("9.8001")), (None, Some(Code::PriceAboveListed)));
        assert_eq!(code("0"), Some(Code::PriceInvalid));
        let agreed = asked(NegotiationStatus::Agreed, "9");
        assert_eq!(agreed.price_now("9.8".parse().unwrap()), "9".parse().unwrap());
        assert_eq!(agreed.price_now("8.5".parse().unwrap()), "8.5".parse().unwrap());
    }
}
