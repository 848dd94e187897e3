//! The ceremony: a round's key is made, split and forgotten.
use age::secrecy::ExposeSecret;
use age::x25519;
use jicai_domain::audit::merkle::Hash;
use jicai_domain::procurement::round::CUSTODIANS_MAX;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vsss_rs::Gf256;

use crate::boxes::Recipient;
use crate::canonical::{self, EncryptionId, Form, SharingId, SignatureId, digits};
use crate::chance;
use crate::errors::{SealError, What};
use crate::keys::CustodianPublic;
use crate::share::Share;

const THRESHOLD_MIN: u8 = 2;

/// What a ceremony publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceremony {
    round: String,
    algorithm: EncryptionId,
    recipient: Recipient,
    sharing: SharingId,
    threshold: u8,
    custodians: Vec<CeremonyCustodian>,
}

/// A custodian as the ceremony names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CeremonyCustodian {
    /// The place, from 1.
    pub position: u8,
    /// The public line.
    pub public: CustodianPublic,
    /// The SHA-256 of the share.
    #[serde(with = "digits")]
    pub share_sha256: Hash,
}

/// A share that only its custodian can open.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedShare {
    /// The place, from 1.
    pub position: u8,
    /// The age file.
    pub ciphertext: Vec<u8>,
}

impl Form for Ceremony {
    const FORMAT: &'static str = "jicai-ceremony/1";
    const WHAT: What = What::Ceremony;
}

/// Makes the key of a round and splits it; the key is wiped before this returns.
/// Errors: `SEAL_THRESHOLD`, `SEAL_CUSTODIAN_TWICE`, `SEAL_MALFORMED` where a custodian's key is of no use.
pub fn hold_ceremony(
    round: &str,
    custodians: &[CustodianPublic],
    threshold: u8,
) -> Result<(Ceremony, Vec<SealedShare>), SealError> {
    check_custodians(custodians.iter(), threshold)?;
    let identity = x25519::Identity::generate();
    let recipient = Recipient(identity.to_public());
    let secret = identity.to_string();
    let values =
        Gf256::split_bytes(threshold.into(), custodians.len(), secret.expose_secret(), chance::source())
            .map_err(|_why| SealError::Threshold)?;
    let (mut named, mut sealed) = (Vec::new(), Vec::new());
    for (value, public) in values.into_iter().zip(custodians) {
        let share = Share::new(round, value).ok_or(SealError::Threshold)?;
        let position = share.position();
        sealed.push(SealedShare { position, ciphertext: share.seal_to(&public.recipient)? });
        named.push(CeremonyCustodian { position, public: public.clone(), share_sha256: share.digest() });
    }
    let ceremony = Ceremony {
        round: round.to_owned(),
        algorithm: EncryptionId,
        recipient,
        sharing: SharingId,
        threshold,
        custodians: named,
    };
    Ok((ceremony, sealed))
}

fn check_custodians<'c>(
    custodians: impl ExactSizeIterator<Item = &'c CustodianPublic> + Clone,
    threshold: u8,
) -> Result<(), SealError> {
    let number = custodians.len();
    if threshold < THRESHOLD_MIN || usize::from(threshold) > number || number > CUSTODIANS_MAX {
        return Err(SealError::Threshold);
    }
    let same = |one: &CustodianPublic, other: &CustodianPublic| {
        one.signing == other.signing || one.recipient == other.recipient
    };
    let twice = custodians
        .clone()
        .enumerate()
        .any(|(place, one)| custodians.clone().take(place).any(|other| same(one, other)));
    if twice { Err(SealError::CustodianTwice) } else { Ok(()) }
}

impl Ceremony {
    /// The bytes that are signed.
    pub fn to_canonical(&self) -> String {
        canonical::write(self)
    }

    /// Reads `ceremony.json`. Errors: `SEAL_MALFORMED`, `SEAL_THRESHOLD`, `SEAL_CUSTODIAN_TWICE`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let ceremony: Self = canonical::read(text)?;
        check_custodians(ceremony.custodians.iter().map(|custodian| &custodian.public), ceremony.threshold)?;
        let numbered =
            ceremony.custodians.iter().zip(1_u8..).all(|(custodian, place)| custodian.position == place);
        if numbered { Ok(ceremony) } else { Err(SealError::Malformed(What::Ceremony)) }
    }

    /// The SHA-256 of its bytes.
    pub fn digest(&self) -> Hash {
        Sha256::digest(self.to_canonical().as_bytes()).into()
    }

    /// The round.
    pub fn round(&self) -> &str {
        &self.round
    }

    /// The round's public key.
    pub fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// How many shares open the round.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The custodians, by position.
    pub fn custodians(&self) -> &[CeremonyCustodian] {
        &self.custodians
    }

    /// The place of a custodian.
    pub fn position_of(&self, public: &CustodianPublic) -> Option<u8> {
        self.custodians
            .iter()
            .find(|custodian| custodian.public == *public)
            .map(|custodian| custodian.position)
    }

    /// Whether a share is the one that was published for that place. Errors: `SEAL_SHARE_MISMATCH`.
    pub fn check_share(&self, position: u8, share: &Share) -> Result<(), SealError> {
        let published = self.custodians.iter().find(|custodian| custodian.position == position);
        let fits = published.is_some_and(|custodian| custodian.share_sha256 == share.digest());
        if fits && share.position() == position && share.round() == self.round {
            Ok(())
        } else {
            Err(SealError::ShareMismatch(position))
        }
    }

    /// Whether every custodian is one of those whose public lines are known from elsewhere. Errors: `SEAL_NOT_PINNED`.
    pub fn check_pinned(&self, pinned: &[CustodianPublic]) -> Result<(), SealError> {
        let strange = self.custodians.iter().find(|custodian| !pinned.contains(&custodian.public));
        strange.map_or(Ok(()), |custodian| Err(SealError::NotPinned(custodian.position)))
    }
}

/// A custodian's signature of a ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CeremonySignature {
    #[serde(with = "digits")]
    ceremony_sha256: Hash,
    position: u8,
    algorithm: SignatureId,
    #[serde(with = "digits")]
    signature: [u8; 64],
}

impl Form for CeremonySignature {
    const FORMAT: &'static str = "jicai-ceremony-signature/1";
    const WHAT: What = What::CeremonySignature;
}

impl CeremonySignature {
    pub(crate) fn new(ceremony: &Ceremony, position: u8, signature: [u8; 64]) -> Self {
        Self { ceremony_sha256: ceremony.digest(), position, algorithm: SignatureId, signature }
    }

    /// The text of its file.
    pub fn to_canonical(&self) -> String {
        canonical::write(self)
    }

    /// Reads its file. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        canonical::read(text)
    }

    /// The place of the custodian who signed.
    pub fn position(&self) -> u8 {
        self.position
    }

    /// Whether it is that custodian's signature of exactly this ceremony. Errors: `SEAL_SIGNATURE_WRONG`.
    pub fn check(&self, ceremony: &Ceremony) -> Result<(), SealError> {
        let custodian = ceremony.custodians.iter().find(|custodian| custodian.position == self.position);
        let signed = custodian.is_some_and(|custodian| {
            custodian.public.has_signed(ceremony.to_canonical().as_bytes(), &self.signature)
        });
        if signed && self.ceremony_sha256 == ceremony.digest() {
            Ok(())
        } else {
            Err(SealError::SignatureWrong(self.position))
        }
    }
}

/// Whether every custodian has signed the ceremony. Errors: `SEAL_SIGNATURE_WRONG`, `SEAL_UNSIGNED`.
pub fn verify_ceremony(ceremony: &Ceremony, signatures: &[CeremonySignature]) -> Result<(), SealError> {
    signatures.iter().try_for_each(|signature| signature.check(ceremony))?;
    let signed = |position: u8| signatures.iter().any(|signature| signature.position == position);
    let silent = ceremony.custodians.iter().find(|custodian| !signed(custodian.position));
    silent.map_or(Ok(()), |custodian| Err(SealError::Unsigned(custodian.position)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::CustodianKey;
    use crate::opening::{OpeningKey, RoundIdentity};
    use crate::share::ShareEnvelope;
    use zeroize::Zeroizing;

    const ROUND: &str = "rnd_00000000000000000000000000000007";

    fn keys(number: usize) -> Vec<CustodianKey> {
        (0..number).map(|_| CustodianKey::generate().unwrap()).collect()
    }

    fn publics(keys: &[CustodianKey]) -> Vec<CustodianPublic> {
        keys.iter().map(CustodianKey::public).collect()
    }

    fn held(keys: &[CustodianKey], threshold: u8) -> (Ceremony, Vec<Share>) {
        let (ceremony, sealed) = hold_ceremony(ROUND, &publics(keys), threshold).unwrap();
        let open = |(key, sealed): (&CustodianKey, &SealedShare)| {
            key.open_share(&ceremony, &sealed.ciphertext).unwrap()
        };
        let shares = keys.iter().zip(&sealed).map(open).collect();
        (ceremony, shares)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_shares_of_the_threshold_give_the_key_and_fewer_do_not(
            number in 2_usize..9, threshold in 2_u8..9, order in any::<[u8; 9]>(),
        ) {
            let threshold = threshold.min(u8::try_from(number).unwrap());
            let (ceremony, mut shares) = held(&keys(number), threshold);
            shares.sort_by_key(|share| order[usize::from(share.position())]);
            let enough = usize::from(threshold);
            for some in [&shares[..enough], &shares[number - enough..], &shares[..]] {
                let identity = RoundIdentity::combine(&ceremony, some).ok().unwrap();
                prop_assert_eq!(&identity.recipient(), ceremony.recipient());
            }
            let refused = RoundIdentity::combine(&ceremony, &shares[..enough - 1]).err();
            prop_assert_eq!(refused, Some(SealError::TooFewShares));
        }
    }

    #[test]
    fn a_repeated_share_does_not_count_twice() {
        let keys = keys(3);
        let (ceremony, sealed) = hold_ceremony(ROUND, &publics(&keys), 2).unwrap();
        let again: Vec<Share> =
            (0..2).map(|_| keys[0].open_share(&ceremony, &sealed[0].ciphertext).unwrap()).collect();
        assert_eq!(RoundIdentity::combine(&ceremony, &again).err(), Some(SealError::TooFewShares));
    }

    #[test]
    fn a_share_of_another_ceremony_names_its_custodian() {
        let keys = keys(3);
        let (ceremony, shares) = held(&keys, 2);
        let (other, of_other) = held(&keys, 2);
        assert_ne!(ceremony.recipient(), other.recipient());
        let mixed = RoundIdentity::combine(
            &ceremony,
            &[shares.into_iter().next().unwrap(), of_other.into_iter().nth(1).unwrap()],
        );
        assert_eq!(mixed.err(), Some(SealError::ShareMismatch(2)));
        let sealed = hold_ceremony(ROUND, &publics(&keys), 2).unwrap().1;
        assert_eq!(
            keys[1].open_share(&ceremony, &sealed[1].ciphertext).err(),
            Some(SealError::ShareMismatch(2))
        );
        assert_eq!(keys[1].open_share(&ceremony, &sealed[0].ciphertext).err(), Some(SealError::NotOpened));
        let stranger = CustodianKey::generate().unwrap();
        assert_eq!(
            stranger.open_share(&ceremony, &sealed[0].ciphertext).err(),
            Some(SealError::NotACustodian)
        );
    }

    #[test]
    fn shares_below_a_falsified_threshold_give_no_key() {
        let keys = keys(4);
        let (ceremony, mut shares) = held(&keys, 3);
        let falsified = Ceremony { threshold: 2, ..ceremony };
        shares.truncate(2);
        assert_eq!(RoundIdentity::combine(&falsified, &shares).err(), Some(SealError::SharesDisagree));
    }

    #[test]
    fn a_share_travels_under_the_opening_key_and_no_other_place() {
        let keys = keys(2);
        let (ceremony, shares) = held(&keys, 2);
        let opening = OpeningKey::derive(&Zeroizing::new([7; 32])).unwrap();
        let other = OpeningKey::derive(&Zeroizing::new([8; 32])).unwrap();
        assert_eq!(opening.recipient(), OpeningKey::derive(&Zeroizing::new([7; 32])).unwrap().recipient());
        let sealed = shares[0].for_opening(&opening.recipient()).unwrap();
        let sealed = ShareEnvelope::parse(&sealed.to_canonical()).unwrap().ciphertext;
        let open = |key: &OpeningKey, position, sealed: &[u8]| {
            key.open_share(&ceremony, position, sealed).map(|share| share.position())
        };
        assert_eq!(open(&opening, 1, &sealed), Ok(1));
        assert_eq!(open(&opening, 2, &sealed), Err(SealError::ShareMismatch(2)));
        assert_eq!(open(&other, 1, &sealed), Err(SealError::NotOpened));
        assert_eq!(open(&opening, 1, b"age"), Err(SealError::NotOpened));
        let nothing = opening.recipient().seal(b"jicai-share/1 x 1 01").unwrap();
        assert_eq!(open(&opening, 1, &nothing), Err(SealError::ShareMismatch(1)));
        let none = opening.recipient().seal(b"no share").unwrap();
        assert_eq!(open(&opening, 1, &none), Err(SealError::Malformed(What::Share)));
    }

    #[test]
    fn only_all_signatures_of_exactly_this_ceremony_verify_it() {
        let keys = keys(3);
        let (ceremony, shares) = held(&keys, 2);
        let sign = |(key, share): (&CustodianKey, &Share)| key.sign_ceremony(&ceremony, share).unwrap();
        let signatures: Vec<CeremonySignature> = keys.iter().zip(&shares).map(sign).collect();
        let read: Vec<CeremonySignature> = signatures
            .iter()
            .map(|one| CeremonySignature::parse(&format!("{}\n", one.to_canonical())).unwrap())
            .collect();
        assert_eq!(verify_ceremony(&ceremony, &read), Ok(()));
        assert_eq!(verify_ceremony(&ceremony, &signatures[..2]), Err(SealError::Unsigned(3)));
        assert_eq!(verify_ceremony(&ceremony, &[]), Err(SealError::Unsigned(1)));
        let falsified = Ceremony { threshold: 3, ..ceremony.clone() };
        assert_eq!(verify_ceremony(&falsified, &signatures), Err(SealError::SignatureWrong(1)));
        let moved = CeremonySignature { position: 1, ..signatures[1].clone() };
        assert_eq!(verify_ceremony(&ceremony, &[moved]), Err(SealError::SignatureWrong(1)));
        let wrong_share = keys[0].sign_ceremony(&ceremony, &shares[1]).err();
        assert_eq!(wrong_share, Some(SealError::ShareMismatch(1)));
    }

    #[test]
    fn every_custodian_must_be_known_from_elsewhere() {
        let keys = keys(3);
        let (ceremony, _shares) = held(&keys[..2], 2);
        assert_eq!(ceremony.check_pinned(&publics(&keys)), Ok(()));
        assert_eq!(ceremony.check_pinned(&publics(&keys[..1])), Err(SealError::NotPinned(2)));
    }

    #[test]
    fn a_ceremony_needs_two_of_distinct_custodians() {
        let keys = keys(2);
        let of =
            |custodians: &[CustodianPublic], threshold| hold_ceremony(ROUND, custodians, threshold).err();
        let two = publics(&keys);
        assert_eq!(of(&two, 1), Some(SealError::Threshold));
        assert_eq!(of(&two, 3), Some(SealError::Threshold));
        assert_eq!(of(&vec![two[0].clone(); CUSTODIANS_MAX + 1], 2), Some(SealError::Threshold));
        let same_box = CustodianPublic { signing: two[0].signing, recipient: two[1].recipient.clone() };
        assert_eq!(of(&[two[0].clone(), same_box.clone()], 2), Some(SealError::CustodianTwice));
        assert_eq!(of(&[two[1].clone(), same_box], 2), Some(SealError::CustodianTwice));
    }

    #[test]
    fn the_canonical_bytes_of_version_1_are_frozen_and_nothing_else_is_read() {
        let (ceremony, _shares) = held(&keys(2), 2);
        let text = ceremony.to_canonical();
        let custodian = |place: usize| {
            let CeremonyCustodian { position, public, share_sha256 } = &ceremony.custodians[place];
            let digest = jicai_domain::audit::hex(share_sha256);
            format!(r#"{{"position":{position},"public":"{public}","shareSha256":"{digest}"}}"#)
        };
        let expected = format!(
            r#"{{"format":"jicai-ceremony/1","round":"{ROUND}","algorithm":"age-X25519","recipient":"{}","sharing":"Shamir-GF256","threshold":2,"custodians":[{},{}]}}"#,
            ceremony.recipient,
            custodian(0),
            custodian(1),
        );
        assert_eq!(text, expected);
        assert_eq!(Ceremony::parse(&format!("{text}\n")).unwrap(), ceremony);
        for bad in [
            text.replace("ceremony/1", "ceremony/2"),
            text.replace(r#""threshold":2"#, r#""threshold":2,"more":1"#),
            text.replace(r#""threshold":2"#, r#""threshold":2,"threshold":2"#),
            text.replace("age-X25519", "SM2"),
            text.replace(r#""position":2"#, r#""position":3"#),
            format!(" {text}"),
            text.replace(':', ": "),
        ] {
            assert_eq!(Ceremony::parse(&bad), Err(SealError::Malformed(What::Ceremony)), "{bad}");
        }
        let low = text.replace(r#""threshold":2"#, r#""threshold":1"#);
        assert_eq!(Ceremony::parse(&low), Err(SealError::Threshold));
    }
}
