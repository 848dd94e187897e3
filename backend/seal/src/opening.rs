//! Shares become the round's key again, and envelopes are opened.
use std::str::FromStr;

use age::x25519;
use jicai_domain::audit::merkle::Hash;
use vsss_rs::Gf256;
use zeroize::Zeroizing;

use crate::bid::{BidPlain, ENVELOPE_OVERHEAD_MAX, is_signed, unpad};
use crate::boxes::{Recipient, open};
use crate::ceremony::Ceremony;
use crate::errors::{SealError, VoidReason};
use crate::keys::BidPublic;
use crate::share::Share;

/// The key that custodians' shares are brought under, a round its own; derived, so that nobody stores it.
pub struct OpeningKey(x25519::Identity);

impl OpeningKey {
    /// The key of 32 secret bytes.
    pub fn derive(seed: &Zeroizing<[u8; 32]>) -> Result<Self, SealError> {
        let prefix = bech32::Hrp::parse("age-secret-key-").map_err(|_why| SealError::Chance)?;
        let text = bech32::encode_upper::<bech32::Bech32>(prefix, seed.as_ref());
        let text = Zeroizing::new(text.map_err(|_why| SealError::Chance)?);
        x25519::Identity::from_str(&text).map(Self).map_err(|_why| SealError::Chance)
    }

    /// What custodians encrypt to.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// Opens the share that the custodian at that place brings, and checks it against what was published.
    /// Errors: `SEAL_NOT_OPENED`, `SEAL_MALFORMED`, `SEAL_SHARE_MISMATCH`.
    pub fn open_share(&self, ceremony: &Ceremony, position: u8, sealed: &[u8]) -> Result<Share, SealError> {
        let share = Share::parse(&open(&self.0, sealed)?)?;
        ceremony.check_share(position, &share)?;
        Ok(share)
    }
}

/// What the platform knows of a submission, against which its envelope is checked.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'e> {
    /// The round.
    pub round: &'e str,
    /// The organization that submitted it.
    pub bidder: &'e str,
    /// Which submission of it.
    pub version: u32,
    /// What was committed to.
    pub commitment: &'e Hash,
    /// The key that the bidder had registered.
    pub key: &'e BidPublic,
    /// The round's length.
    pub length: usize,
}

/// The round's private key. Shows nothing of itself, and is wiped.
pub struct RoundIdentity(x25519::Identity);

impl RoundIdentity {
    /// Puts the key together. Errors: `SEAL_SHARE_MISMATCH`, `SEAL_TOO_FEW_SHARES` (also where one is repeated), `SEAL_SHARES_DISAGREE`.
    pub fn combine(ceremony: &Ceremony, shares: &[Share]) -> Result<Self, SealError> {
        shares.iter().try_for_each(|share| ceremony.check_share(share.position(), share))?;
        let mut values: Zeroizing<Vec<Vec<u8>>> =
            Zeroizing::new(shares.iter().map(|share| share.value().to_vec()).collect());
        values.sort();
        values.dedup();
        if values.len() < usize::from(ceremony.threshold()) {
            return Err(SealError::TooFewShares);
        }
        let disagree = |()| SealError::SharesDisagree;
        let secret = Gf256::combine_bytes(values.as_slice()).map_err(drop).map_err(disagree)?;
        let secret = Zeroizing::new(secret);
        let text = std::str::from_utf8(&secret).map_err(drop).map_err(disagree)?;
        let identity = x25519::Identity::from_str(text).map_err(drop).map_err(disagree)?;
        let identity = Self(identity);
        if identity.recipient() == *ceremony.recipient() {
            Ok(identity)
        } else {
            Err(SealError::SharesDisagree)
        }
    }

    /// The round's public key.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// Opens an envelope's ciphertext and checks everything that can be checked of it alone; the first fault is the reason.
    pub fn open(&self, ciphertext: &[u8], expected: &Expected<'_>) -> Result<BidPlain, VoidReason> {
        if ciphertext.len() > expected.length.saturating_add(ENVELOPE_OVERHEAD_MAX) {
            return Err(VoidReason::Length);
        }
        let plain = open(&self.0, ciphertext).map_err(|_why| VoidReason::NotDecrypted)?;
        if plain.len() != expected.length {
            return Err(VoidReason::Length);
        }
        let (bid, signature) = unpad(&plain)?;
        let faults = [
            (bid.round() != expected.round, VoidReason::OtherRound),
            (bid.bidder() != expected.bidder, VoidReason::OtherBidder),
            (bid.version() != expected.version, VoidReason::OtherVersion),
            (!is_signed(&bid, &signature, expected.key), VoidReason::Signature),
            (bid.commitment() != *expected.commitment, VoidReason::Commitment),
        ];
        let fault = faults.into_iter().find_map(|(is_so, reason)| is_so.then_some(reason));
        fault.map_or(Ok(bid), Err)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;
    use crate::bid::{BidLine, Envelope, seal_bid};
    use crate::keys::BidKey;

    const LENGTH: usize = 4096;

    struct Sealed {
        identity: RoundIdentity,
        key: BidKey,
        envelope: Envelope,
    }

    fn sealed(lines: Vec<BidLine>) -> Sealed {
        let identity = RoundIdentity(x25519::Identity::generate());
        let key = BidKey::generate().unwrap();
        let bid = BidPlain::new("rnd_1", "org_1", (3, 1), lines).unwrap();
        let envelope = seal_bid(&bid, &key, &identity.recipient(), LENGTH).unwrap();
        Sealed { identity, key, envelope }
    }

    fn one_line() -> Vec<BidLine> {
        vec![BidLine { product: "prd_1".to_owned(), price: Decimal::TEN, units: 12 }]
    }

    /// What opening gives when the platform expected something else.
    fn opened(sealed: &Sealed, change: impl FnOnce(&mut Expected<'_>)) -> Result<BidPlain, VoidReason> {
        let (key, Envelope { commitment, ciphertext, .. }) = (sealed.key.public(), &sealed.envelope);
        let mut expected =
            Expected { round: "rnd_1", bidder: "org_1", version: 3, commitment, key: &key, length: LENGTH };
        change(&mut expected);
        sealed.identity.open(ciphertext, &expected)
    }

    #[test]
    fn every_difference_from_the_submission_is_a_reason() {
        let sealed = sealed(one_line());
        assert!(opened(&sealed, |_| ()).is_ok());
        let reason = |change: &dyn Fn(&mut Expected<'_>)| opened(&sealed, |expected| change(expected)).err();
        assert_eq!(reason(&|expected| expected.round = "rnd_2"), Some(VoidReason::OtherRound));
        assert_eq!(reason(&|expected| expected.bidder = "org_2"), Some(VoidReason::OtherBidder));
        assert_eq!(reason(&|expected| expected.version = 4), Some(VoidReason::OtherVersion));
        assert_eq!(reason(&|expected| expected.commitment = &[0; 32]), Some(VoidReason::Commitment));
        assert_eq!(reason(&|expected| expected.length = 8192), Some(VoidReason::Length));
        assert_eq!(reason(&|expected| expected.length = 1024), Some(VoidReason::Length));
        let of_another_key = Sealed { key: BidKey::generate().unwrap(), ..sealed };
        assert_eq!(opened(&of_another_key, |_| ()).err(), Some(VoidReason::Signature));
    }

    #[test]
    fn what_holds_no_bid_is_void_and_never_more() {
        let Sealed { identity, key, envelope } = sealed(one_line());
        let public = key.public();
        let expected = Expected {
            round: "rnd_1",
            bidder: "org_1",
            version: 3,
            commitment: &envelope.commitment,
            key: &public,
            length: LENGTH,
        };
        let of = |ciphertext: &[u8]| identity.open(ciphertext, &expected).err();
        assert_eq!(of(b""), Some(VoidReason::NotDecrypted));
        assert_eq!(of(&vec![b'x'; LENGTH * 2]), Some(VoidReason::Length));
        let mut flipped = envelope.ciphertext.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(of(&flipped), Some(VoidReason::NotDecrypted));
        let other = Recipient(x25519::Identity::generate().to_public());
        assert_eq!(of(&other.seal(&[b' '; LENGTH]).unwrap()), Some(VoidReason::NotDecrypted));
        let plain = open(&identity.0, &envelope.ciphertext).unwrap();
        let resealed = |plain: &[u8]| identity.recipient().seal(plain).unwrap();
        assert_eq!(of(&resealed(&plain)), None);
        for bad in [vec![b' '; LENGTH], vec![0xff; LENGTH], [b" ", &plain[..LENGTH - 1]].concat()] {
            assert_eq!(of(&resealed(&bad)), Some(VoidReason::Malformed));
        }
        let end = plain.iter().rposition(|byte| *byte == b'}').unwrap();
        let mut unlike = plain.to_vec();
        unlike[end + 1] = b'\n';
        assert_eq!(of(&resealed(&unlike)), Some(VoidReason::Malformed));
        let text = String::from_utf8(plain.to_vec()).unwrap();
        let cheaper = text.replace("\"price\":\"10\"", "\"price\":\"11\"");
        assert_eq!(of(&resealed(cheaper.as_bytes())), Some(VoidReason::Signature));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_was_sealed_is_what_is_opened(
            prices in proptest::collection::vec((1_i64..1_000_000_000_000, 0_u32..9, 1_u64..1_000_000_000), 1..20),
        ) {
            let lines: Vec<BidLine> = prices
                .iter()
                .enumerate()
                .map(|(place, (digits, places, units))| BidLine {
                    product: format!("prd_{place:03}"),
                    price: Decimal::new(*digits, *places),
                    units: *units,
                })
                .collect();
            let sealed = sealed(lines.iter().rev().cloned().collect());
            let bid = opened(&sealed, |_| ());
            prop_assert!(bid.is_ok_and(|bid| bid.lines() == lines && bid.version() == 3 && bid.edition() == 1));
        }

        #[test]
        fn no_plaintext_makes_it_panic(mut plain in proptest::collection::vec(any::<u8>(), 0..LENGTH)) {
            let mut sealed = sealed(one_line());
            plain.resize(LENGTH, b' ');
            sealed.envelope.ciphertext = sealed.identity.recipient().seal(&plain).unwrap();
            prop_assert!(opened(&sealed, |_| ()).err() == Some(VoidReason::Malformed));
        }
    }
}
