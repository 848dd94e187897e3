//! 密钥保管: who holds a share of a round's key, and when the key is published.
use crate::errors::{Code, Refusal};
use crate::ids::{CustodianKeyId, RoundId, UserId};
use crate::procurement::round::{Round, RoundStatus};
use crate::time::Timestamp;

/// The public keys of a custodian, as the custodian registered them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredKey<Id, Owner> {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub owner: Owner,
    /// The public line.
    pub public_line: String,
    /// When it was registered.
    pub registered_at: Timestamp,
}

/// A custodian of a round with the place of the share, and the public keys if they are registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custodian {
    /// The place, from 1.
    pub position: u8,
    /// Who.
    pub custodian: UserId,
    /// The keys that count now.
    pub key: Option<(CustodianKeyId, String)>,
}

/// A round's key as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundKey {
    /// The round.
    pub round: RoundId,
    /// What the ceremony published, in its canonical form.
    pub ceremony: String,
    /// The signatures of all custodians, in the order of their places.
    pub signatures: Vec<String>,
    /// The one length to which bids are padded, bytes.
    pub sealed_length: i32,
    /// When it was published.
    pub published_at: Timestamp,
}

/// Whether a round's key may be published, or published anew: until the deadline, and in place of another only before bids are taken.
/// That there are no bids yet is never a reason, because it would tell whether there are any.
/// Errors: `ROUND_CLOSED`, `ROUND_STATE`, `ROUND_KEY_PUBLISHED`.
pub fn may_publish_key(round: &Round, published: bool, now: Timestamp) -> Result<(), Refusal> {
    match round.status {
        RoundStatus::Announced | RoundStatus::Demand | RoundStatus::Bidding => {}
        RoundStatus::Sealed
        | RoundStatus::Opening
        | RoundStatus::Provisional
        | RoundStatus::Choosing
        | RoundStatus::Notice
        | RoundStatus::Official
        | RoundStatus::InForce
        | RoundStatus::Closed => {
            return Err(Refusal::of(Code::RoundClosed));
        }
        RoundStatus::Draft | RoundStatus::Cancelled { .. } => return Err(Refusal::of(Code::RoundState)),
    }
    if now >= round.calendar.bids_until {
        Err(Refusal::of(Code::RoundClosed))
    } else if published && now >= round.calendar.bids_from {
        Err(Refusal::of(Code::RoundKeyPublished))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Name, Version};
    use crate::ids::{Id, OrganizationId};
    use crate::procurement::round::{Calendar, Disclosure};

    fn round(status: RoundStatus) -> Round {
        let at = Timestamp::from_micros;
        Round {
            id: RoundId::from_number(1),
            office: OrganizationId::from_number(2),
            name: Name::parse("轮次").unwrap(),
            status,
            edition: 1,
            drafted_by: UserId::from_number(3),
            announced_by: Some(UserId::from_number(3)),
            calendar: Calendar {
                demand_from: at(10),
                demand_until: at(20),
                qualification_until: at(35),
                bids_from: at(30),
                bids_until: at(40),
                opening_from: at(50),
            },
            threshold: 2,
            disclosure: Disclosure::Everything,
            version: Version::FIRST,
        }
    }

    #[test]
    fn a_key_is_published_until_the_deadline_and_replaced_only_before_bids_are_taken() {
        let asked = |status: RoundStatus, published, now| {
            may_publish_key(&round(status), published, Timestamp::from_micros(now))
                .map_err(|refusal| refusal.code)
        };
        assert_eq!(asked(RoundStatus::Announced, false, 5), Ok(()));
        assert_eq!(asked(RoundStatus::Bidding, false, 39), Ok(()));
        assert_eq!(asked(RoundStatus::Bidding, false, 40), Err(Code::RoundClosed));
        assert_eq!(asked(RoundStatus::Demand, true, 29), Ok(()));
        assert_eq!(asked(RoundStatus::Demand, true, 30), Err(Code::RoundKeyPublished));
        assert_eq!(asked(RoundStatus::Sealed, false, 5), Err(Code::RoundClosed));
        assert_eq!(asked(RoundStatus::Draft, false, 5), Err(Code::RoundState));
    }
}
