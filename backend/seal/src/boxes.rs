//! age files to one X25519 key.
use std::fmt;
use std::io::Read;
use std::str::FromStr;

use age::x25519;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::errors::{SealError, What};

/// A public encryption key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Recipient(pub(crate) x25519::Recipient);

impl Recipient {
    /// Reads `age1…`. Errors: `SEAL_MALFORMED`.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        x25519::Recipient::from_str(text).map(Self).map_err(|_why| SealError::Malformed(What::Recipient))
    }

    /// Encrypts to this key. Errors: `SEAL_MALFORMED` where the key is of no use.
    pub(crate) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        age::encrypt(&self.0, plain).map_err(|_why| SealError::Malformed(What::Recipient))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> Self {
        recipient.to_string()
    }
}

impl TryFrom<String> for Recipient {
    type Error = SealError;

    fn try_from(text: String) -> Result<Self, SealError> {
        Self::parse(&text)
    }
}

/// Decrypts into memory that is reserved at once, so that no copy stays behind. Errors: `SEAL_NOT_OPENED`.
pub(crate) fn open(identity: &x25519::Identity, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let decryptor = age::Decryptor::new_buffered(ciphertext).map_err(|_why| SealError::NotOpened)?;
    let identity: &dyn age::Identity = identity;
    let mut reader = decryptor.decrypt(std::iter::once(identity)).map_err(|_why| SealError::NotOpened)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    reader.read_to_end(&mut plain).map_err(|_why| SealError::NotOpened)?;
    Ok(plain)
}
