//! A share of a round's key.
use jicai_domain::audit::merkle::Hash;
use jicai_domain::audit::{hex, unhex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::boxes::Recipient;
use crate::canonical::{self, EncryptionId, Form, base64};
use crate::errors::{SealError, What};

const FORMAT: &str = "jicai-share/1";

/// A share in clear. Shows nothing of itself, and is wiped.
pub struct Share {
    round: String,
    position: u8,
    value: Zeroizing<Vec<u8>>,
}

impl Share {
    pub(crate) fn new(round: &str, value: Vec<u8>) -> Option<Self> {
        let position = *value.first()?;
        Some(Self { round: round.to_owned(), position, value: Zeroizing::new(value) })
    }

    /// The place of its custodian, which is also where the polynomial was evaluated.
    pub fn position(&self) -> u8 {
        self.position
    }

    /// The round whose key it is a share of.
    pub fn round(&self) -> &str {
        &self.round
    }

    pub(crate) fn value(&self) -> &[u8] {
        &self.value
    }

    fn text(&self) -> Zeroizing<String> {
        let digits = Zeroizing::new(hex(&self.value));
        Zeroizing::new(format!("{FORMAT} {} {} {}", self.round, self.position, *digits))
    }

    /// The digest that the ceremony publishes.
    pub fn digest(&self) -> Hash {
        Sha256::digest(self.text().as_bytes()).into()
    }

    /// Reads what was inside the age file. Errors: `SEAL_MALFORMED`.
    pub(crate) fn parse(plain: &[u8]) -> Result<Self, SealError> {
        let malformed = SealError::Malformed(What::Share);
        let text = std::str::from_utf8(plain).map_err(|_no_text| malformed)?;
        let words: Vec<&str> = text.split(' ').collect();
        let [FORMAT, round, _position, value] = words.as_slice() else { return Err(malformed) };
        let share = Self::new(round, unhex(value).ok_or(malformed)?).ok_or(malformed)?;
        // Only the text that the share itself would be written as: one share, one digest.
        if share.text().as_str() == text { Ok(share) } else { Err(malformed) }
    }

    /// Encrypts it to a key. Errors: `SEAL_MALFORMED` where the key is of no use.
    pub(crate) fn seal_to(&self, recipient: &Recipient) -> Result<Vec<u8>, SealError> {
        recipient.seal(self.text().as_bytes())
    }

    /// Puts it under the platform's opening key. Errors: `SEAL_MALFORMED` where the key is of no use.
    pub fn for_opening(&self, opening: &Recipient) -> Result<ShareEnvelope, SealError> {
        let ciphertext = self.seal_to(opening)?;
        Ok(ShareEnvelope {
            round: self.round.clone(),
            position: self.position,
            algorithm: EncryptionId,
            ciphertext,
        })
    }
}

/// A share on its way to the platform, under the platform's opening key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareEnvelope {
    /// The round.
    pub round: String,
    /// The place of its custodian.
    pub position: u8,
    algorithm: EncryptionId,
    /// The age file.
    #[serde(with = "base64")]
    pub ciphertext: Vec<u8>,
}

impl Form for ShareEnvelope {
    const FORMAT: &'static str = "jicai-share-envelope/1";
    const WHAT: What = What::ShareEnvelope;
}

impl ShareEnvelope {
    /// The text of its file, which is what `submitShare` takes.
    pub fn to_canonical(&self) -> String {
        canonical::write(self)
    }

    /// Reads its file. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        canonical::read(text)
    }
}
