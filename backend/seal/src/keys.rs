//! Keys of custodians and bidders, as files and as public lines.
use std::fmt;
use std::str::FromStr;

use age::secrecy::ExposeSecret;
use age::x25519;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jicai_domain::audit::{hex, unhex};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::boxes::{Recipient, open};
use crate::ceremony::{Ceremony, CeremonySignature};
use crate::errors::{SealError, What};
use crate::share::Share;
use crate::{ENCRYPTION, SIGNATURE, chance};

const CUSTODIAN_KEY: &str = "jicai-custodian-key/1";
const CUSTODIAN_PUBLIC: &str = "jicai-custodian/1";
const BID_KEY: &str = "jicai-bid-key/1";
const BID_PUBLIC: &str = "jicai-bidder/1";

/// A custodian's private keys: one signs, one opens shares.
pub struct CustodianKey {
    signing: SigningKey,
    identity: x25519::Identity,
}

impl CustodianKey {
    /// New keys. Errors: `SEAL_CHANCE`.
    pub fn generate() -> Result<Self, SealError> {
        Ok(Self { signing: fresh_signing_key()?, identity: x25519::Identity::generate() })
    }

    /// The text of the private file.
    pub fn to_file_text(&self) -> Zeroizing<String> {
        let (seed, identity) = (seed_digits(&self.signing), self.identity.to_string());
        Zeroizing::new(format!(
            "# The private key of a custodian. Whoever has it can open the custodian's shares. Keep it off the network.\n\
             # {}\n{CUSTODIAN_KEY} {SIGNATURE} {} {ENCRYPTION} {}\n",
            self.public(),
            *seed,
            identity.expose_secret(),
        ))
    }

    /// Reads a private file. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let malformed = SealError::Malformed(What::CustodianKey);
        let words = the_line(text).ok_or(malformed)?;
        let [CUSTODIAN_KEY, SIGNATURE, seed, ENCRYPTION, identity] = words.as_slice() else {
            return Err(malformed);
        };
        let identity = x25519::Identity::from_str(identity).map_err(|_why| malformed)?;
        Ok(Self { signing: signing_key(seed).ok_or(malformed)?, identity })
    }

    /// What others may know.
    pub fn public(&self) -> CustodianPublic {
        CustodianPublic {
            signing: self.signing.verifying_key(),
            recipient: Recipient(self.identity.to_public()),
        }
    }

    /// Opens the own share and checks it against what the ceremony published.
    /// Errors: `SEAL_NOT_A_CUSTODIAN`, `SEAL_NOT_OPENED`, `SEAL_MALFORMED`, `SEAL_SHARE_MISMATCH`.
    pub fn open_share(&self, ceremony: &Ceremony, sealed: &[u8]) -> Result<Share, SealError> {
        let position = self.position(ceremony)?;
        let share = Share::parse(&open(&self.identity, sealed)?)?;
        ceremony.check_share(position, &share)?;
        Ok(share)
    }

    /// Signs the ceremony for the share that was opened and checked. Errors: `SEAL_NOT_A_CUSTODIAN`, `SEAL_SHARE_MISMATCH`.
    pub fn sign_ceremony(&self, ceremony: &Ceremony, share: &Share) -> Result<CeremonySignature, SealError> {
        let position = self.position(ceremony)?;
        ceremony.check_share(position, share)?;
        let signature = self.signing.sign(ceremony.to_canonical().as_bytes()).to_bytes();
        Ok(CeremonySignature::new(ceremony, position, signature))
    }

    fn position(&self, ceremony: &Ceremony) -> Result<u8, SealError> {
        ceremony.position_of(&self.public()).ok_or(SealError::NotACustodian)
    }
}

/// What others know of a custodian.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CustodianPublic {
    pub(crate) signing: VerifyingKey,
    pub(crate) recipient: Recipient,
}

impl CustodianPublic {
    /// Reads a public line. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let malformed = SealError::Malformed(What::CustodianPublic);
        let words: Vec<&str> = text.trim().split(' ').collect();
        let [CUSTODIAN_PUBLIC, SIGNATURE, signing, ENCRYPTION, recipient] = words.as_slice() else {
            return Err(malformed);
        };
        let recipient = Recipient::parse(recipient).map_err(|_why| malformed)?;
        Ok(Self { signing: verifying_key(signing).ok_or(malformed)?, recipient })
    }

    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.signing.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for CustodianPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signing = hex(self.signing.as_bytes());
        write!(f, "{CUSTODIAN_PUBLIC} {SIGNATURE} {signing} {ENCRYPTION} {}", self.recipient)
    }
}

impl From<CustodianPublic> for String {
    fn from(public: CustodianPublic) -> Self {
        public.to_string()
    }
}

impl TryFrom<String> for CustodianPublic {
    type Error = SealError;

    fn try_from(text: String) -> Result<Self, SealError> {
        Self::parse(&text)
    }
}

/// A bidder's private key, which signs bids and nothing else.
pub struct BidKey(SigningKey);

impl BidKey {
    /// A new key. Errors: `SEAL_CHANCE`.
    pub fn generate() -> Result<Self, SealError> {
        fresh_signing_key().map(Self)
    }

    /// The text of the private file.
    pub fn to_file_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "# The private key that signs an enterprise's bids. Whoever has it can sign bids in its name.\n\
             # {}\n{BID_KEY} {SIGNATURE} {}\n",
            self.public(),
            *seed_digits(&self.0),
        ))
    }

    /// Reads a private file. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let malformed = SealError::Malformed(What::BidKey);
        let words = the_line(text).ok_or(malformed)?;
        let [BID_KEY, SIGNATURE, seed] = words.as_slice() else { return Err(malformed) };
        signing_key(seed).map(Self).ok_or(malformed)
    }

    /// What others may know.
    pub fn public(&self) -> BidPublic {
        BidPublic(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// What others know of a bidder's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BidPublic(VerifyingKey);

impl BidPublic {
    /// Reads a public line. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let malformed = SealError::Malformed(What::BidPublic);
        let words: Vec<&str> = text.trim().split(' ').collect();
        let [BID_PUBLIC, SIGNATURE, key] = words.as_slice() else { return Err(malformed) };
        verifying_key(key).map(Self).ok_or(malformed)
    }

    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for BidPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BID_PUBLIC} {SIGNATURE} {}", hex(self.0.as_bytes()))
    }
}

/// The words of the only line of a private file that is no comment.
pub(crate) fn the_line(text: &str) -> Option<Vec<&str>> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next()?;
    lines.next().is_none().then(|| line.split(' ').collect())
}

pub(crate) fn fresh_signing_key() -> Result<SigningKey, SealError> {
    Ok(SigningKey::from_bytes(&*chance::bytes()?))
}

pub(crate) fn seed_digits(key: &SigningKey) -> Zeroizing<String> {
    Zeroizing::new(hex(Zeroizing::new(key.to_bytes()).as_ref()))
}

pub(crate) fn signing_key(digits: &str) -> Option<SigningKey> {
    let seed = Zeroizing::new(unhex(digits)?);
    let seed: &[u8; 32] = seed.as_slice().try_into().ok()?;
    Some(SigningKey::from_bytes(seed))
}

/// A key of a small group would make one signature good for many messages.
pub(crate) fn verifying_key(digits: &str) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(&unhex(digits)?.try_into().ok()?).ok()?;
    (!key.is_weak()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_file_says_is_read_back_and_shows_the_public_line() {
        let key = CustodianKey::generate().unwrap();
        let text = key.to_file_text();
        assert!(text.contains(&format!("# {}\n", key.public())), "{}", *text);
        let read = CustodianKey::parse(&text).unwrap();
        assert_eq!(read.public(), key.public());
        assert_eq!(CustodianPublic::parse(&format!("{}\n", key.public())).unwrap(), key.public());
        let bidder = BidKey::generate().unwrap();
        assert_eq!(BidKey::parse(&bidder.to_file_text()).unwrap().public(), bidder.public());
        assert_eq!(BidPublic::parse(&bidder.public().to_string()).unwrap(), bidder.public());
        assert_ne!(CustodianKey::generate().unwrap().public(), key.public());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let key = CustodianKey::generate().unwrap();
        let (file, line) = (key.to_file_text(), key.public().to_string());
        let files = [
            String::new(),
            line.clone(),
            file.replace("/1", "/2"),
            format!("{}{}", *file, *file),
            file.to_lowercase(),
        ];
        for bad in files {
            assert_eq!(
                CustodianKey::parse(&bad).err(),
                Some(SealError::Malformed(What::CustodianKey)),
                "{bad}"
            );
        }
        for bad in ["", &line.replace("Ed25519", "SM2"), &line.replace("age1", "AGE1"), &format!("{line} x")]
        {
            let refused = CustodianPublic::parse(bad).err();
            assert_eq!(refused, Some(SealError::Malformed(What::CustodianPublic)), "{bad}");
        }
        let weak = format!("jicai-bidder/1 Ed25519 01{}", "00".repeat(31));
        for bad in
            ["", weak.as_str(), "jicai-bidder/1 Ed25519 00", &BidKey::generate().unwrap().to_file_text()]
        {
            assert_eq!(BidPublic::parse(bad).err(), Some(SealError::Malformed(What::BidPublic)), "{bad}");
        }
    }
}
