//! Sealed bids (密封报价) as the rules see them: how long an envelope is, which submission is the next, what is published of all of them.
use crate::audit::merkle::{self, Frontier, Hash};

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

#[cfg(test)]
mod tests {
    use super::*;

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
