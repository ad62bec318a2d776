//! The Merkle tree over the leaves (RFC 6962, section 2.1): its root after every message, in hashes
//! as many as the size has binary ones.

use serde::{Deserialize, Serialize};

use super::Hash;

/// The right edge of a tree that grows: enough to go on, and to say the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontier {
    size: u64,
    /// The roots of the perfect trees that the size is made of, the largest first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Adds the leaf at the next position.
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        // A perfect tree of the same height stands to the left for each one at the end of the size.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = Hash::node(left, node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// How many leaves there are: the position of the last.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves; without any, SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        let Some(last) = peaks.next() else {
            return Hash::of(b"");
        };
        peaks.fold(last, |right, left| Hash::node(left, right))
    }
}

/// The root over these leaves, by the definition.
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(b""),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(split(more.len()));
            Hash::node(root_of(left), root_of(right))
        }
    }
}

/// Where a tree of two leaves or more parts: the largest power of two below its size.
pub(super) fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::super::absent_leaf;
    use super::*;

    #[test]
    fn the_root_that_grows_is_the_root_of_all_leaves() {
        let leaves: Vec<Hash> = (1..=300).map(absent_leaf).collect();
        let mut frontier = Frontier::default();
        assert_eq!(frontier.root(), root_of(&[]));
        for n in 1..=leaves.len() {
            frontier.push(leaves[n - 1]);
            assert_eq!(frontier.root(), root_of(&leaves[..n]), "{n}");
            assert_eq!(frontier.peaks.len() as u32, (n as u64).count_ones());
        }
    }

    /// The test vectors of Certificate Transparency's own tests: 8 leaves, SHA-256 of 0x00 and the input.
    #[test]
    fn it_is_the_tree_of_rfc_6962() {
        let inputs = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let leaf = |input: &str| {
            let mut bytes = vec![0];
            bytes.extend(data_encoding::HEXLOWER.decode(input.as_bytes()).unwrap());
            Hash::of(&bytes)
        };
        let leaves: Vec<Hash> = inputs.into_iter().map(leaf).collect();
        let roots = [
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ];
        for (size, root) in roots {
            assert_eq!(root_of(&leaves[..size]).to_string(), root, "{size}");
        }
    }
}
