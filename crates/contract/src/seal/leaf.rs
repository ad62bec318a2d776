//! The leaf of one message: exact to the byte, so that a stranger can compute it again.
//!
//! ```text
//! leaf = SHA-256 of
//!   0x00                        1 byte: a leaf, never a node of the tree (RFC 6962, section 2.1)
//!   "carehub-log-v1"            14 bytes of ASCII
//!   sequence                    8 bytes, big endian: the position in the log, from 1
//!   time                        8 bytes, big endian, two's complement: nanoseconds since 1970, the log's own
//!   length, subject             4 bytes, big endian, then the bytes
//!   number of headers           4 bytes, big endian
//!     length, name              4 bytes, big endian, then the bytes      \ once for each header, in the
//!     length, value             4 bytes, big endian, then the bytes      / order of the bytes of the names
//!   length, payload             4 bytes, big endian, then the bytes
//! ```
//!
//! Of headers what counts is what a reader of the log is given: a name is what stands before the first
//! colon, a value is trimmed, values of one name stay in their order.

use std::fmt;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// What every hash of a message begins with, after the byte that says which kind it is.
const FORMAT: &[u8] = b"carehub-log-v1";

const LEAF: u8 = 0;
const NODE: u8 = 1;
const ABSENT: u8 = 2;

/// A SHA-256 hash; written as 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// Why a text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits")]
pub struct NotAHash;

impl Hash {
    /// The hash of these bytes: of a head's statement, or of a message's payload.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The node above two others.
    pub(crate) fn node(left: Self, right: Self) -> Self {
        let mut hash = Sha256::new();
        hash.update([NODE]);
        hash.update(left.0);
        hash.update(right.0);
        Self(hash.finalize().into())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// A hash that was kept as its 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::str::FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| NotAHash)?;
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER_PERMISSIVE.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            <[u8; 32]>::deserialize(deserializer).map(Self)
        }
    }
}

/// The leaf of the message at `sequence`, as the log hands it over: `time` in nanoseconds since 1970,
/// `headers` in any order as long as the values of one name stay in theirs.
#[must_use]
pub fn leaf(
    sequence: u64,
    time: i128,
    subject: &str,
    headers: &[(String, String)],
    payload: &[u8],
) -> Hash {
    let mut hash = Sha256::new();
    hash.update([LEAF]);
    hash.update(FORMAT);
    hash.update(sequence.to_be_bytes());
    // The server keeps 64 bits; what does not fit cannot have come from it.
    hash.update(i64::try_from(time).unwrap_or(i64::MAX).to_be_bytes());
    part(&mut hash, subject.as_bytes());
    hash.update(length(headers.len()));
    let mut sorted: Vec<&(String, String)> = headers.iter().collect();
    sorted.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    for (name, value) in sorted {
        part(&mut hash, name.as_bytes());
        part(&mut hash, value.as_bytes());
    }
    part(&mut hash, payload);
    Hash(hash.finalize().into())
}

/// What stands in the tree for a position whose message is gone without a tombstone:
/// SHA-256 of 0x02, `carehub-log-v1` and the position. No message has it as its leaf.
#[must_use]
pub fn absent_leaf(sequence: u64) -> Hash {
    let mut hash = Sha256::new();
    hash.update([ABSENT]);
    hash.update(FORMAT);
    hash.update(sequence.to_be_bytes());
    Hash(hash.finalize().into())
}

fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(length(bytes.len()));
    hash.update(bytes);
}

/// A message is 1 MiB at most, so no length that stands here is ever cut off.
fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    /// The bytes written out by hand, as the format above says it.
    #[test]
    fn a_leaf_is_what_the_format_says() {
        let mut bytes = vec![0];
        bytes.extend(b"carehub-log-v1");
        bytes.extend([0, 0, 0, 0, 0, 0, 1, 2]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 7]);
        bytes.extend([0, 0, 0, 3]);
        bytes.extend(b"a.b");
        bytes.extend([0, 0, 0, 2]);
        bytes.extend([0, 0, 0, 1]);
        bytes.extend(b"A");
        bytes.extend([0, 0, 0, 2]);
        bytes.extend(b"xy");
        bytes.extend([0, 0, 0, 1]);
        bytes.extend(b"B");
        bytes.extend([0, 0, 0, 0]);
        bytes.extend([0, 0, 0, 2]);
        bytes.extend(b"{}");
        let headers = [header("B", ""), header("A", "xy")];
        assert_eq!(leaf(258, 7, "a.b", &headers, b"{}"), Hash::of(&bytes));
    }

    #[test]
    fn every_part_of_a_message_counts() {
        let base = leaf(1, 1, "a", &[header("n", "v")], b"p");
        let others = [
            leaf(2, 1, "a", &[header("n", "v")], b"p"),
            leaf(1, 2, "a", &[header("n", "v")], b"p"),
            leaf(1, 1, "b", &[header("n", "v")], b"p"),
            leaf(1, 1, "a", &[header("m", "v")], b"p"),
            leaf(1, 1, "a", &[header("n", "w")], b"p"),
            leaf(1, 1, "a", &[], b"p"),
            leaf(1, 1, "a", &[header("n", "v"), header("n", "v")], b"p"),
            leaf(1, 1, "a", &[header("n", "v")], b"q"),
            leaf(1, 1, "ap", &[header("n", "v")], b""),
            absent_leaf(1),
        ];
        for other in others {
            assert_ne!(other, base);
        }
        let order = [header("n", "1"), header("n", "2")];
        let other = [header("n", "2"), header("n", "1")];
        assert_ne!(leaf(1, 1, "a", &order, b""), leaf(1, 1, "a", &other, b""));
    }

    #[test]
    fn a_hash_is_written_and_read_as_hexadecimal_digits() {
        let hash = absent_leaf(1);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(Hash::from_bytes(hash.bytes()), hash);
        for bad in ["", "00", &"g".repeat(64), &"0".repeat(66)] {
            assert_eq!(bad.parse::<Hash>(), Err(NotAHash), "{bad}");
        }
    }
}
