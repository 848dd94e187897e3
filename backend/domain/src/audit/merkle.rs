//! The Merkle tree over the log: SHA-256, as RFC 6962 and RFC 9162 define its hashes and proofs.
use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// A complete subtree: `2^level` leaves, of which `index` such subtrees lie to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// The height: 0 is a leaf.
    pub level: u16,
    /// The place among the subtrees of that height.
    pub index: u64,
}

/// The hash of an entry.
pub fn leaf(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

fn parent(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The complete subtrees that a tree consists of, the greatest first: all that appending needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a tree of that size; none when the number of peaks does not fit.
    pub fn resume(size: u64, peaks: Vec<Hash>) -> Option<Frontier> {
        let fits = usize::try_from(size.count_ones()).is_ok_and(|count| count == peaks.len());
        fits.then_some(Frontier { size, peaks })
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The complete subtrees, the greatest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf and gives every subtree that became complete, the leaf first.
    pub fn append(&mut self, leaf: Hash) -> Vec<(Node, Hash)> {
        let mut node = Node { level: 0, index: self.size };
        let mut hash = leaf;
        let mut complete = vec![(node, hash)];
        while node.index % 2 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = parent(&left, &hash);
            node = Node { level: node.level.saturating_add(1), index: node.index / 2 };
            complete.push((node, hash));
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
        complete
    }

    /// The hash of the whole tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*last, |right, left| parent(left, &right))
    }
}

/// Looks up complete subtrees.
pub type Nodes<'a> = &'a dyn Fn(Node) -> Option<Hash>;

/// The proof that the leaf at `position` is in the tree of that size; none outside of it, or when a subtree is missing.
pub fn inclusion(position: u64, size: u64, nodes: Nodes<'_>) -> Option<Vec<Hash>> {
    if position >= size {
        return None;
    }
    let (mut start, mut end) = (0_u64, size);
    let mut path = Vec::new();
    while end.checked_sub(start)? > 1 {
        let middle = split(start, end)?;
        if position < middle {
            path.push(range(middle, end, nodes)?);
            end = middle;
        } else {
            path.push(range(start, middle, nodes)?);
            start = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// The proof that the tree of size `old` is the beginning of the tree of size `new`; none when it cannot be.
pub fn consistency(old: u64, new: u64, nodes: Nodes<'_>) -> Option<Vec<Hash>> {
    if old == 0 || old > new {
        return None;
    }
    let (mut start, mut end, mut whole) = (0_u64, new, true);
    let mut path = Vec::new();
    while old != end {
        let middle = split(start, end)?;
        if old <= middle {
            path.push(range(middle, end, nodes)?);
            end = middle;
        } else {
            path.push(range(start, middle, nodes)?);
            start = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(range(start, end, nodes)?);
    }
    path.reverse();
    Some(path)
}

/// The subtrees that a proof is made of.
pub fn needed(proof: impl Fn(Nodes<'_>) -> Option<Vec<Hash>>) -> Vec<Node> {
    let asked = std::cell::RefCell::new(Vec::new());
    let _dry_run = proof(&|node| {
        asked.borrow_mut().push(node);
        Some([0; 32])
    });
    asked.into_inner()
}

/// Whether the proof shows the leaf at `position` in the tree of that size and root (RFC 9162, 2.1.3.2).
pub fn includes(leaf: Hash, position: u64, (size, root): (u64, Hash), proof: &[Hash]) -> bool {
    let Some(mut last) = size.checked_sub(1).filter(|last| position <= *last) else { return false };
    let mut place = position;
    let mut hash = leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            hash = parent(sibling, &hash);
            while place.is_multiple_of(2) && place != 0 {
                (place, last) = (place / 2, last / 2);
            }
        } else {
            hash = parent(&hash, sibling);
        }
        (place, last) = (place / 2, last / 2);
    }
    last == 0 && hash == root
}

/// Whether the proof shows that the old tree is the beginning of the new one (RFC 9162, 2.1.4.2).
pub fn extends((old, old_root): (u64, Hash), (new, new_root): (u64, Hash), proof: &[Hash]) -> bool {
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    let Some((mut place, mut last)) = old.checked_sub(1).filter(|_| old < new).zip(new.checked_sub(1)) else {
        return false;
    };
    let mut path = proof.iter();
    while place % 2 == 1 {
        (place, last) = (place / 2, last / 2);
    }
    let start = if old.is_power_of_two() { Some(&old_root) } else { path.next() };
    let Some(start) = start else { return false };
    let (mut old_hash, mut new_hash) = (*start, *start);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            old_hash = parent(sibling, &old_hash);
            new_hash = parent(sibling, &new_hash);
            while place.is_multiple_of(2) && place != 0 {
                (place, last) = (place / 2, last / 2);
            }
        } else {
            new_hash = parent(&new_hash, sibling);
        }
        (place, last) = (place / 2, last / 2);
    }
    last == 0 && old_hash == old_root && new_hash == new_root
}

/// Where a range of leaves falls into a complete subtree and the rest.
fn split(start: u64, end: u64) -> Option<u64> {
    let left = end.checked_sub(start)?.next_power_of_two() / 2;
    start.checked_add(left)
}

/// The hash of a range of leaves that begins at a multiple of its length rounded up to a power of two.
fn range(start: u64, end: u64, nodes: Nodes<'_>) -> Option<Hash> {
    let length = end.checked_sub(start).filter(|length| *length > 0)?;
    if length.is_power_of_two() {
        let level = u16::try_from(length.trailing_zeros()).ok()?;
        return nodes(Node { level, index: start.checked_div(length)? });
    }
    let middle = split(start, end)?;
    Some(parent(&range(start, middle, nodes)?, &range(middle, end, nodes)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::hex;
    use std::collections::BTreeMap;

    struct Tree {
        frontier: Frontier,
        nodes: BTreeMap<Node, Hash>,
        roots: Vec<Hash>,
    }

    fn tree(size: u64) -> Tree {
        let (mut frontier, mut nodes) = (Frontier::default(), BTreeMap::new());
        let mut roots = vec![frontier.root()];
        for number in 0..size {
            nodes.extend(frontier.append(leaf(&number.to_be_bytes())));
            roots.push(frontier.root());
        }
        Tree { frontier, nodes, roots }
    }

    /// The definition of RFC 6962, read aloud.
    fn defined(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                parent(&defined(left), &defined(right))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_definition_and_of_the_published_vectors() {
        let entries: [&[u8]; 2] = [b"", &[0]];
        let mut frontier = Frontier::default();
        assert_eq!(hex(&frontier.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        frontier.append(leaf(entries[0]));
        assert_eq!(hex(&frontier.root()), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        frontier.append(leaf(entries[1]));
        assert_eq!(hex(&frontier.root()), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        let leaves: Vec<Hash> = (0..65_u64).map(|number| leaf(&number.to_be_bytes())).collect();
        let grown = tree(65);
        for (size, root) in grown.roots.iter().enumerate() {
            assert_eq!(*root, defined(&leaves[..size]), "{size}");
        }
    }

    #[test]
    fn every_leaf_of_every_tree_is_proved_and_no_other() {
        let grown = tree(40);
        let nodes = |node| grown.nodes.get(&node).copied();
        for size in 1..=40_u64 {
            let root = grown.roots[usize::try_from(size).unwrap()];
            for position in 0..size {
                let proof = inclusion(position, size, &nodes).unwrap();
                let hash = leaf(&position.to_be_bytes());
                assert!(includes(hash, position, (size, root), &proof));
                assert!(!includes(leaf(b"other"), position, (size, root), &proof));
                assert!(size == 1 || !includes(hash, (position + 1) % size, (size, root), &proof));
                assert!(!includes(hash, position, (size, leaf(b"other")), &proof));
            }
            assert_eq!(inclusion(size, size, &nodes), None);
        }
    }

    #[test]
    fn every_tree_extends_every_earlier_one_and_no_other() {
        let grown = tree(40);
        let nodes = |node| grown.nodes.get(&node).copied();
        let at = |size: u64| (size, grown.roots[usize::try_from(size).unwrap()]);
        for new in 1..=40 {
            for old in 1..=new {
                let proof = consistency(old, new, &nodes).unwrap();
                assert!(extends(at(old), at(new), &proof), "{old} {new}");
                assert!(!extends((old, leaf(b"other")), at(new), &proof), "{old} {new}");
                assert!(!extends(at(old), (new, leaf(b"other")), &proof), "{old} {new}");
                assert!(old == 1 || !extends(at(old - 1), at(new), &proof), "{old} {new}");
            }
        }
        assert_eq!((consistency(0, 5, &nodes), consistency(6, 5, &nodes)), (None, None));
    }

    #[test]
    fn a_proof_needs_few_subtrees_and_a_frontier_is_resumed() {
        let grown = tree(33);
        let asked = needed(|nodes| inclusion(7, 33, nodes));
        assert!(asked.len() <= 7 && asked.iter().all(|node| grown.nodes.contains_key(node)), "{asked:?}");
        let resumed = Frontier::resume(33, grown.frontier.peaks().to_vec()).unwrap();
        assert_eq!(resumed.root(), grown.frontier.root());
        assert_eq!(Frontier::resume(32, grown.frontier.peaks().to_vec()), None);
    }
}
