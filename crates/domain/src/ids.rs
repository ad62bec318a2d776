//! The names that things have: parsed at the edge, compared by value inside.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {what} is 1 to 32 of {allowed}")]
pub struct BadName {
    what: &'static str,
    allowed: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $allowed:literal, $ok:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl $name {
            /// Parses the name.
            ///
            /// # Errors
            /// [`BadName`] when it is empty, longer than 32, or has another character.
            pub fn new(text: &str) -> Result<Self, BadName> {
                let ok: fn(u8) -> bool = $ok;
                if (1..=32).contains(&text.len()) && text.bytes().all(ok) {
                    Ok(Self(Arc::from(text)))
                } else {
                    Err(BadName { what: $what, allowed: $allowed })
                }
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                Self::new(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

name!(
    /// An agency or body: the token that stands in its subjects and names its account.
    /// In the shipped packs a body's id is its role (design §6).
    BodyId, "body", "a-z, 0-9 and -", |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
);

name!(
    /// A home: a CQC location id where it is registered, else a local identifier (design §6).
    /// The tokens `unmatched` and `general` stand where no home is known or none is meant.
    HomeId, "home", "A-Z, a-z, 0-9 and -", |b| b.is_ascii_alphanumeric() || b == b'-'
);

name!(
    /// A trigger of the policy, such as `referrals-6m`.
    TriggerId, "trigger", "a-z, 0-9 and -", |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
);

name!(
    /// An escalation: 16 hexadecimal digits, made by [`crate::escalation::id`].
    EscalationId, "escalation", "a-f and 0-9", |b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)
);

name!(
    /// A notice: 16 hexadecimal digits, made by [`crate::notice::id`].
    NoticeId, "notice", "a-f and 0-9", |b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)
);

name!(
    /// A step of the provider-concerns process, as the policy calls it.
    StepId, "step", "a-z, 0-9 and -", |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
);

name!(
    /// An action that an escalation led to, named by who assigned it; unique within the escalation.
    ActionId, "action", "a-z, 0-9 and -", |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
);

name!(
    /// How one will know that an action is achieved: a measure of the partnership's own list.
    MeasureId, "measure", "a-z, 0-9 and -", |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
);

name!(
    /// Who signed in, at an agency: an opaque pseudonym that the hub's accounts file alone can resolve,
    /// never a name or an address. It is never somebody whom a concern is about.
    PersonId, "person", "a-z, 0-9 and -", |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
);

impl BodyId {
    /// The reserved body whose copy of an escalation is the record that the hub itself folds.
    pub const HUB: &'static str = "hub";
}

impl HomeId {
    /// The token of a concern whose sender knows only an address or a UPRN.
    pub const UNMATCHED: &'static str = "unmatched";
    /// The token of what is about no home, and of provider-wide escalations.
    pub const GENERAL: &'static str = "general";

    /// Whether this token names a place (it is neither `unmatched` nor `general`).
    #[must_use]
    pub fn is_place(&self) -> bool {
        self.as_str() != Self::UNMATCHED && self.as_str() != Self::GENERAL
    }
}

/// Where a message stands in the log: its stream sequence, from 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A name of something in an agency's own system, kept only as the first 128 bits of its SHA-256,
/// so that a person's pseudonym or a record number never stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u128", into = "u128")]
pub struct Digest {
    // Two halves: a number of 128 bits would want every row that holds one on 16 bytes.
    high: u64,
    low: u64,
}

impl From<u128> for Digest {
    fn from(number: u128) -> Self {
        Self { high: (number >> 64) as u64, low: number as u64 }
    }
}

impl From<Digest> for u128 {
    fn from(digest: Digest) -> Self {
        Self::from(digest.high) << 64 | Self::from(digest.low)
    }
}

impl Digest {
    /// Its first 32 bits: two digests may share them.
    pub(crate) fn prefix(self) -> u32 {
        (self.high >> 32) as u32
    }

    /// The digest of the parts, each with its length, so that no two lists of parts run together.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        use sha2::{Digest as _, Sha256};
        let mut hash = Sha256::new();
        // Nearly always all of it fits here, and is hashed in one go.
        let mut joined = [0_u8; 128];
        let mut length = 0;
        for part in parts {
            for bytes in [&(part.len() as u64).to_be_bytes()[..], part] {
                match joined.get_mut(length..length + bytes.len()) {
                    Some(free) => {
                        free.copy_from_slice(bytes);
                        length += bytes.len();
                    }
                    None => {
                        hash.update(&joined[..length]);
                        hash.update(bytes);
                        length = 0;
                    }
                }
            }
        }
        hash.update(&joined[..length]);
        let bytes = hash.finalize();
        let mut first = [0_u8; 16];
        first.copy_from_slice(&bytes[..16]);
        Self::from(u128::from_be_bytes(first))
    }
}

impl HomeId {
    /// The token [`Self::UNMATCHED`].
    #[must_use]
    pub fn unmatched() -> Self {
        Self(Arc::from(Self::UNMATCHED))
    }

    /// The token [`Self::GENERAL`].
    #[must_use]
    pub fn general() -> Self {
        Self(Arc::from(Self::GENERAL))
    }
}

impl EscalationId {
    /// The first 64 bits of a digest, in hexadecimal.
    #[must_use]
    pub fn from_digest(digest: Digest) -> Self {
        Self(Arc::from(format!("{:016x}", digest.high)))
    }
}

impl NoticeId {
    /// The first 64 bits of a digest, in hexadecimal.
    #[must_use]
    pub fn from_digest(digest: Digest) -> Self {
        Self(Arc::from(format!("{:016x}", digest.high)))
    }
}

impl BodyId {
    /// The token [`Self::HUB`].
    #[must_use]
    pub fn hub() -> Self {
        Self(Arc::from(Self::HUB))
    }
}

/// A name as a number, by FNV-1a; whoever finds something by it compares the names themselves.
pub(crate) fn number(name: &str) -> u32 {
    let number = name.bytes().fold(0xcbf2_9ce4_8422_2325, |number: u64, byte| {
        (number ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (number >> 32 ^ number) as u32
}
