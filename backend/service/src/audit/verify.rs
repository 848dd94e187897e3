//! Verifying an export of the log with nothing but the public half of its first key: the log itself tells which key comes next.
use ed25519_dalek::{Signature, VerifyingKey};
use jicai_domain::audit::checkpoint::Checkpoint;
use jicai_domain::audit::merkle::{Frontier, Hash, leaf};
use jicai_domain::audit::{field, unhex};
use jicai_domain::ids::{Id, LogKeyId};

use super::keys::ADDED;

/// What is wrong with an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogFault {
    /// The key is none of Ed25519.
    Key,
    /// An entry is missing, or out of order.
    Gap {
        /// The position that had to come.
        expected: u64,
        /// The position that came.
        found: u64,
    },
    /// The entry's bytes are not those of its hash.
    Changed {
        /// The entry's position.
        position: u64,
    },
    /// The checkpoint is not one of as many entries as came before it.
    Size {
        /// The size in the checkpoint.
        size: u64,
        /// How many entries came.
        entries: u64,
    },
    /// The checkpoint was not signed by the key.
    Signature {
        /// Its size.
        size: u64,
    },
    /// The entries since the checkpoint before are not those that were signed.
    Root {
        /// The first entry that may be at fault.
        from: u64,
        /// The size of the checkpoint.
        size: u64,
    },
    /// No checkpoint covers the last entries.
    Uncovered {
        /// The first of them.
        from: u64,
    },
}

impl std::fmt::Display for LogFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key => f.write_str("the key is not an Ed25519 key"),
            Self::Gap { expected, found } => {
                write!(f, "entry {expected} is missing: {found} comes in its place")
            }
            Self::Changed { position } => {
                write!(f, "entry {position} was changed: its bytes are not those of its hash")
            }
            Self::Size { size, entries } => {
                write!(f, "the checkpoint of {size} entries comes after {entries}")
            }
            Self::Signature { size } => {
                write!(f, "the checkpoint of {size} entries was not signed by the key")
            }
            Self::Root { from, size } => {
                write!(
                    f,
                    "the entries from {from} on are not those of the signed checkpoint of {size} entries"
                )
            }
            Self::Uncovered { from } => write!(f, "no checkpoint covers the entries from {from} on"),
        }
    }
}

impl std::error::Error for LogFault {}

/// Reads an export from its first line to its last.
pub struct Verifier {
    /// The one key that signs, with its id; the first one has none.
    key: (Option<LogKeyId>, VerifyingKey),
    /// The key that signs after the next checkpoint.
    next: Option<(LogKeyId, VerifyingKey)>,
    frontier: Frontier,
    covered: u64,
}

impl Verifier {
    /// A verifier that trusts this key, and whichever key an entry adds that a trusted key's checkpoint covers.
    pub fn new(key: &[u8; 32]) -> Result<Verifier, LogFault> {
        let key = VerifyingKey::from_bytes(key).map_err(|_point| LogFault::Key)?;
        Ok(Verifier { key: (None, key), next: None, frontier: Frontier::default(), covered: 0 })
    }

    /// The next entry.
    pub fn entry(&mut self, position: u64, canonical: &str, hash: &Hash) -> Result<(), LogFault> {
        let expected = self.frontier.size();
        if position != expected {
            return Err(LogFault::Gap { expected, found: position });
        }
        let own = leaf(canonical.as_bytes());
        if own != *hash {
            return Err(LogFault::Changed { position });
        }
        self.next = added(canonical).or(self.next.take());
        self.frontier.append(own);
        Ok(())
    }

    /// A checkpoint of the entries so far.
    pub fn checkpoint(
        &mut self,
        checkpoint: &Checkpoint,
        key: Option<LogKeyId>,
        signature: &[u8],
    ) -> Result<(), LogFault> {
        let (size, entries) = (checkpoint.size, self.frontier.size());
        let signed = Signature::from_slice(signature).map_err(|_length| LogFault::Signature { size })?;
        let text = checkpoint.signed_text();
        let verified = self.key.1.verify_strict(text.as_bytes(), &signed).is_ok();
        if key != self.key.0 || !verified {
            return Err(LogFault::Signature { size });
        }
        if size != entries {
            return Err(LogFault::Size { size, entries });
        }
        if checkpoint.root != self.frontier.root() {
            return Err(LogFault::Root { from: self.covered, size });
        }
        self.covered = size;
        if let Some((id, key)) = self.next.take() {
            self.key = (Some(id), key);
        }
        Ok(())
    }

    /// How many entries were proved; all of them have to be.
    pub fn finish(self) -> Result<u64, LogFault> {
        if self.covered == self.frontier.size() {
            Ok(self.covered)
        } else {
            Err(LogFault::Uncovered { from: self.covered })
        }
    }
}

/// The key that an entry adds.
fn added(canonical: &str) -> Option<(LogKeyId, VerifyingKey)> {
    if field(canonical, "kind") != Some(ADDED) {
        return None;
    }
    let id = LogKeyId::parse(field(canonical, "subject")?).ok()?;
    let public: [u8; 32] = unhex(field(canonical, "detail.public")?)?.try_into().ok()?;
    Some((id, VerifyingKey::from_bytes(&public).ok()?))
}
