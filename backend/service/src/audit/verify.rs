//! Verifying an export of the log with nothing but the public key.
use ed25519_dalek::{Signature, VerifyingKey};
use jicai_domain::audit::checkpoint::Checkpoint;
use jicai_domain::audit::merkle::{Frontier, Hash, leaf};

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
    key: VerifyingKey,
    frontier: Frontier,
    covered: u64,
}

impl Verifier {
    /// A verifier that trusts this key and nothing else.
    pub fn new(key: &[u8; 32]) -> Result<Verifier, LogFault> {
        let key = VerifyingKey::from_bytes(key).map_err(|_point| LogFault::Key)?;
        Ok(Verifier { key, frontier: Frontier::default(), covered: 0 })
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
        self.frontier.append(own);
        Ok(())
    }

    /// A checkpoint of the entries so far.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint, signature: &[u8]) -> Result<(), LogFault> {
        let (size, entries) = (checkpoint.size, self.frontier.size());
        let signed = Signature::from_slice(signature).map_err(|_length| LogFault::Signature { size })?;
        let text = checkpoint.signed_text();
        self.key.verify_strict(text.as_bytes(), &signed).map_err(|_forged| LogFault::Signature { size })?;
        if size != entries {
            return Err(LogFault::Size { size, entries });
        }
        if checkpoint.root != self.frontier.root() {
            return Err(LogFault::Root { from: self.covered, size });
        }
        self.covered = size;
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
