//! Short proofs: that one message is under a root, and that one root only added to another
//! (RFC 9162, sections 2.1.3 and 2.1.4).

use serde::{Deserialize, Serialize};

use super::Hash;
use super::tree::{root_of, split};

/// Shows that the leaf at `position` is in the tree of `size` leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The position of the message, from 1.
    pub position: u64,
    /// How many messages the head covers.
    pub size: u64,
    /// The hashes beside the way from the leaf to the root, the lowest first.
    pub path: Vec<Hash>,
}

impl Inclusion {
    /// The proof for the leaf at `position`, from 1, among all leaves of a tree; none when it is not
    /// among them.
    #[must_use]
    pub fn of(position: u64, leaves: &[Hash]) -> Option<Self> {
        let index = usize::try_from(position.checked_sub(1)?).ok()?;
        (index < leaves.len()).then(|| Self {
            position,
            size: leaves.len() as u64,
            path: path(index, leaves),
        })
    }

    /// The root that follows from the proof if the message at the position has this leaf; none when
    /// the proof cannot be one.
    #[must_use]
    pub fn root(&self, leaf: Hash) -> Option<Hash> {
        let mut index = self.position.checked_sub(1).filter(|index| *index < self.size)?;
        let mut last = self.size - 1;
        let mut node = leaf;
        for beside in &self.path {
            if last == 0 {
                return None;
            }
            if index & 1 == 1 || index == last {
                node = Hash::node(*beside, node);
                while index & 1 == 0 && index != 0 {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                node = Hash::node(node, *beside);
            }
            index >>= 1;
            last >>= 1;
        }
        (last == 0).then_some(node)
    }
}

fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut below, beside) = if index < at {
        (path(index, left), root_of(right))
    } else {
        (path(index - at, right), root_of(left))
    };
    below.push(beside);
    below
}

/// Shows that the tree of `size` leaves begins with the whole tree of `before` leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consistency {
    /// The size of the earlier tree, 1 or more.
    pub before: u64,
    /// The size of the later tree.
    pub size: u64,
    /// The hashes from which both roots follow.
    pub path: Vec<Hash>,
}

impl Consistency {
    /// The proof for the tree over the first `before` of these leaves; none when there are fewer.
    #[must_use]
    pub fn of(before: u64, leaves: &[Hash]) -> Option<Self> {
        let kept = usize::try_from(before).ok()?;
        (1..=leaves.len()).contains(&kept).then(|| Self {
            before,
            size: leaves.len() as u64,
            path: growth(kept, leaves, true),
        })
    }

    /// Whether the later root only adds to the earlier one.
    #[must_use]
    pub fn holds(&self, earlier: Hash, later: Hash) -> bool {
        if self.before == 0 || self.before > self.size {
            return false;
        }
        if self.before == self.size {
            return self.path.is_empty() && earlier == later;
        }
        let mut path = self.path.iter().copied();
        let mut index = self.before - 1;
        let mut last = self.size - 1;
        while index & 1 == 1 {
            index >>= 1;
            last >>= 1;
        }
        // A whole tree is a node of the later one: then its root is not repeated in the path.
        let first = if self.before.is_power_of_two() { Some(earlier) } else { path.next() };
        let Some(first) = first else { return false };
        let (mut old, mut new) = (first, first);
        for beside in path {
            if last == 0 {
                return false;
            }
            if index & 1 == 1 || index == last {
                old = Hash::node(beside, old);
                new = Hash::node(beside, new);
                while index & 1 == 0 && index != 0 {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                new = Hash::node(new, beside);
            }
            index >>= 1;
            last >>= 1;
        }
        last == 0 && old == earlier && new == later
    }
}

fn growth(kept: usize, leaves: &[Hash], is_whole: bool) -> Vec<Hash> {
    if kept == leaves.len() {
        return if is_whole { Vec::new() } else { vec![root_of(leaves)] };
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut below, beside) = if kept <= at {
        (growth(kept, left, is_whole), root_of(right))
    } else {
        (growth(kept - at, right, false), root_of(left))
    };
    below.push(beside);
    below
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::absent_leaf;
    use super::*;

    fn leaves(n: usize) -> Vec<Hash> {
        (1..=n as u64).map(absent_leaf).collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_can_be_shown() {
        for n in 1..70 {
            let leaves = leaves(n);
            let root = root_of(&leaves);
            for position in 1..=n as u64 {
                let proof = Inclusion::of(position, &leaves).unwrap();
                assert_eq!(proof.root(absent_leaf(position)), Some(root), "{position} of {n}");
                assert!(proof.path.len() as u32 <= (n as u64).next_power_of_two().ilog2());
            }
            assert_eq!(Inclusion::of(0, &leaves), None);
            assert_eq!(Inclusion::of(n as u64 + 1, &leaves), None);
        }
    }

    #[test]
    fn every_small_tree_is_shown_to_begin_every_larger_one() {
        for n in 1..70 {
            let leaves = leaves(n);
            for before in 1..=n {
                let proof = Consistency::of(before as u64, &leaves).unwrap();
                let (earlier, later) = (root_of(&leaves[..before]), root_of(&leaves));
                assert!(proof.holds(earlier, later), "{before} of {n}");
                // Another past, or another present, is not shown.
                assert!(!proof.holds(absent_leaf(999), later), "{before} of {n}");
                assert!(!proof.holds(earlier, absent_leaf(999)), "{before} of {n}");
            }
            assert_eq!(Consistency::of(0, &leaves), None);
            assert_eq!(Consistency::of(n as u64 + 1, &leaves), None);
        }
    }

    proptest! {
        /// Nothing else than the leaf, the position, the size and the path gives the root.
        #[test]
        fn a_proof_of_anything_else_fails(n in 2_usize..130, at in 0_usize..130, what in 0_u8..5, which in 0_usize..9) {
            let leaves = leaves(n);
            let position = (at % n) as u64 + 1;
            let root = root_of(&leaves);
            let mut proof = Inclusion::of(position, &leaves).unwrap();
            let mut leaf = absent_leaf(position);
            match what {
                0 => leaf = absent_leaf(position + 1_000),
                1 => proof.position = position % n as u64 + 1,
                2 => { proof.path.pop(); }
                3 => proof.path.push(leaf),
                _ => { let i = which % proof.path.len(); proof.path[i] = leaf; }
            }
            prop_assert_ne!(proof.root(leaf), Some(root));
        }

        /// A past that was rewritten anywhere is never shown to be the beginning of what is there now.
        #[test]
        fn a_rewritten_past_is_not_consistent(n in 2_usize..130, before in 1_usize..130, changed in 0_usize..130) {
            let before = (before - 1) % n + 1;
            let changed = changed % before;
            let earlier = root_of(&leaves(n)[..before]);
            let mut rewritten = leaves(n);
            rewritten[changed] = absent_leaf(9_999);
            let proof = Consistency::of(before as u64, &rewritten).unwrap();
            prop_assert!(!proof.holds(earlier, root_of(&rewritten)));
            let honest = Consistency::of(before as u64, &leaves(n)).unwrap();
            prop_assert!(!honest.holds(earlier, root_of(&rewritten)));
        }
    }
}
