//! Checkpoints: how long the log was and what it held, in the bytes that are signed.
use super::hex;
use super::merkle::Hash;
use crate::time::Timestamp;

/// The state of the log at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries it held.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// When.
    pub at: Timestamp,
}

/// How a checkpoint is hashed and signed; written into it, so that others can stand beside it.
pub const ALGORITHM: &str = "Ed25519-SHA256";

impl Checkpoint {
    /// The bytes that are signed.
    pub fn signed_text(&self) -> String {
        let root = hex(&self.root);
        format!("jicai-checkpoint/1 {ALGORITHM}\nsize {}\nroot {root}\nat {}\n", self.size, self.at.micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_bytes_of_version_1_are_frozen() {
        let checkpoint =
            Checkpoint { size: 7, root: [0xab; 32], at: Timestamp::from_micros(1_700_000_000_000_001) };
        let root = "ab".repeat(32);
        let expected =
            format!("jicai-checkpoint/1 Ed25519-SHA256\nsize 7\nroot {root}\nat 1700000000000001\n");
        assert_eq!(checkpoint.signed_text(), expected);
    }
}
