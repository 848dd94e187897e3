//! Sealed bids (密封报价) as the rules see them: how long an envelope is, which submission is the next, what is published of all of them.
use crate::audit::merkle::{self, Frontier, Hash};
use crate::errors::{Code, Refusal};
use crate::ids::{BidId, BidKeyId, OrganizationId, RoundId};
use crate::time::Timestamp;

/// Bytes that every envelope has room for, and the step in which lengths grow.
const LENGTH_STEP: usize = 4_096;
/// Bytes for each spec of the round.
const LENGTH_OF_SPEC: usize = 256;
/// No envelope has more.
const LENGTH_MAX: usize = 98_304;

/// The one length to which every bid of a round is padded, by the number of specs at the time when the round's key is published; a
/// later correction leaves it. So neither the platform nor whoever sees an envelope can tell how much is offered in it.
pub fn sealed_length(specs: usize) -> usize {
    let room = specs.saturating_mul(LENGTH_OF_SPEC).saturating_add(LENGTH_STEP);
    room.div_ceil(LENGTH_STEP).saturating_mul(LENGTH_STEP).min(LENGTH_MAX)
}

/// Whether some round has that length.
pub fn is_sealed_length(length: usize) -> bool {
    (1..=LENGTH_MAX).contains(&length) && length.is_multiple_of(LENGTH_STEP)
}

/// The root (RFC 6962) over the commitments that a round publishes when it is sealed: sorted, so that their order tells nothing of
/// when they came or whose they are.
pub fn published_root(sorted: &[Hash]) -> Hash {
    let mut tree = Frontier::default();
    for commitment in sorted {
        tree.append(merkle::leaf(commitment));
    }
    tree.root()
}

/// What a bidder has sealed in a round: the newest envelope as it is seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bid {
    /// Its id; the same over all envelopes.
    pub id: BidId,
    /// The round.
    pub round: RoundId,
    /// The bidder.
    pub bidder: OrganizationId,
    /// Whether it counts.
    pub status: BidStatus,
    /// How many envelopes there were, this one included; it stands inside the envelope, too.
    pub version: i32,
    /// The key that the bidder had registered then.
    pub key: BidKeyId,
    /// SHA-256 over nonce and bid.
    pub commitment: Hash,
    /// SHA-256 over the ciphertext.
    pub digest: Hash,
    /// When it became what it is.
    pub received_at: Timestamp,
}

/// Whether a bid counts; also what happened to it in its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BidStatus {
    /// It is sealed, and will be opened.
    Sealed,
    /// It was withdrawn.
    Withdrawn,
}

impl BidStatus {
    /// Every status.
    pub const ALL: &[BidStatus] = &[Self::Sealed, Self::Withdrawn];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sealed => "SEALED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// The status with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.label() == label)
    }
}

/// An envelope as it is seen from outside, when it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Which of the bidder's envelopes in the round it says it is.
    pub version: i32,
    /// The key that the bidder has registered.
    pub key: BidKeyId,
    /// SHA-256 over nonce and bid.
    pub commitment: Hash,
    /// SHA-256 over the ciphertext.
    pub digest: Hash,
    /// When it arrived.
    pub at: Timestamp,
}

/// Which envelope of a bidder in a round is the next.
pub fn next_version(current: Option<&Bid>) -> i32 {
    current.map_or(1, |bid| bid.version.saturating_add(1))
}

impl Bid {
    /// The bid once the envelope is there: the first one, or one in place of the last, withdrawn or not. Errors: `BID_VERSION` unless it
    /// is the next one, so that of two clerks who seal at the same time one is told.
    pub fn seal(
        current: Option<&Bid>,
        (fresh, round, bidder): (BidId, RoundId, OrganizationId),
        arrival: Arrival,
    ) -> Result<Bid, Refusal> {
        let next = next_version(current);
        if arrival.version != next {
            let refusal = Refusal::of(Code::BidVersion).at("envelope");
            return Err(refusal.allowing(format!("version {next}")));
        }
        let Arrival { version, key, commitment, digest, at } = arrival;
        let id = current.map_or(fresh, |bid| bid.id);
        let status = BidStatus::Sealed;
        Ok(Bid { id, round, bidder, status, version, key, commitment, digest, received_at: at })
    }

    /// The bid after it was taken back. Errors: `BID_STATE` when there is none to take back, `BID_VERSION` when another envelope is there
    /// than the one that was seen.
    pub fn withdraw(self, seen: i32, at: Timestamp) -> Result<Bid, Refusal> {
        match self.status {
            BidStatus::Withdrawn => Err(Refusal::of(Code::BidState)),
            BidStatus::Sealed if self.version != seen => {
                Err(Refusal::of(Code::BidVersion).at("version").allowing(format!("version {}", self.version)))
            }
            BidStatus::Sealed => Ok(Bid { status: BidStatus::Withdrawn, received_at: at, ..self }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn arrival(version: i32) -> Arrival {
        let at = Timestamp::from_micros(i64::from(version));
        Arrival { version, key: BidKeyId::from_number(4), commitment: [1; 32], digest: [2; 32], at }
    }

    fn sealed(current: Option<&Bid>, fresh: u128, version: i32) -> Result<Bid, Refusal> {
        let ids = (BidId::from_number(fresh), RoundId::from_number(2), OrganizationId::from_number(3));
        Bid::seal(current, ids, arrival(version))
    }

    #[test]
    fn envelopes_follow_each_other_and_the_bid_stays_the_same() {
        let first = sealed(None, 1, 1).unwrap();
        let second = sealed(Some(&first), 9, 2).unwrap();
        assert_eq!((second.id, second.version), (first.id, 2));
        for (current, version) in [(None, 2), (None, 0), (Some(&first), 1), (Some(&first), 3)] {
            assert_eq!(sealed(current, 9, version).unwrap_err().code, Code::BidVersion);
        }
        let withdrawn = second.clone().withdraw(2, Timestamp::from_micros(7)).unwrap();
        assert_eq!((withdrawn.status, withdrawn.version), (BidStatus::Withdrawn, 2));
        assert_eq!(sealed(Some(&withdrawn), 9, 3).unwrap().status, BidStatus::Sealed);
        assert_eq!(withdrawn.withdraw(2, Timestamp::from_micros(8)).unwrap_err().code, Code::BidState);
        assert_eq!(second.withdraw(1, Timestamp::from_micros(8)).unwrap_err().code, Code::BidVersion);
    }

    #[test]
    fn lengths_grow_in_steps_up_to_a_bound() {
        let lengths: Vec<usize> =
            [0, 1, 16, 17, 100, 368, 369, 5_000].into_iter().map(sealed_length).collect();
        assert_eq!(lengths, [4_096, 8_192, 8_192, 12_288, 32_768, 98_304, 98_304, 98_304]);
        assert!(lengths.into_iter().all(is_sealed_length));
        assert!(![0, 1, 4_097, 102_400, usize::MAX].into_iter().any(is_sealed_length));
    }

    #[test]
    fn the_root_is_the_one_of_the_definition() {
        assert_eq!(published_root(&[]), Frontier::default().root());
        assert_eq!(published_root(&[[7; 32]]), merkle::leaf(&[7; 32]));
        assert_ne!(published_root(&[[7; 32], [8; 32]]), published_root(&[[8; 32], [7; 32]]));
    }
}
