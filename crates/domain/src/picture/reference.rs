//! What names an entry of a timeline to readers. A position would tell how much is said elsewhere: a
//! reference follows from who said it under which id, so it is the same whatever else the log holds.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{BodyId, Digest, EscalationId, NoticeId};

/// 16 hexadecimal digits that name an entry. It means nothing to a reader, and orders nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(u64);

impl Reference {
    /// Of an agency's event, by its durable identity (agency, source, id).
    #[must_use]
    pub fn of_event(identity: Digest) -> Self {
        Self::of(&[b"event", &u128::from(identity).to_be_bytes()])
    }

    /// Of a change of an escalation.
    #[must_use]
    pub fn of_change(escalation: &EscalationId, revision: u32) -> Self {
        Self::of(&[b"change", escalation.as_str().as_bytes(), &revision.to_be_bytes()])
    }

    /// Of a notice to a body.
    #[must_use]
    pub fn of_notice(notice: &NoticeId, to: &BodyId) -> Self {
        Self::of(&[b"notice", notice.as_str().as_bytes(), to.as_str().as_bytes()])
    }

    fn of(parts: &[&[u8]]) -> Self {
        Self((u128::from(Digest::of(parts)) >> 64) as u64)
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Why a text is no reference.
#[derive(Debug, thiserror::Error)]
#[error("a reference has 16 hexadecimal digits")]
pub struct BadReference;

impl std::str::FromStr for Reference {
    type Err = BadReference;

    fn from_str(text: &str) -> Result<Self, BadReference> {
        let digits =
            text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        number.map(Self).ok_or(BadReference)
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            u64::deserialize(deserializer).map(Self)
        }
    }
}
