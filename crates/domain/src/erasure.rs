//! Erasure (law 9): free text goes, and what it was about stays. A tombstone is decided in the fold; once
//! it is in the log, the shell deletes the message that it stands for. What is left of that message, the
//! residue, stands in the tombstone as the contract wrote it: here it is carried and never looked into.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{BodyId, HomeId, Position};

/// That the text of one message is to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The message.
    pub position: Position,
    /// Whose it is.
    pub agency: BodyId,
    /// The home whose picture holds that it is erased.
    pub home: HomeId,
    /// Why.
    pub reason: ErasureReason,
    /// Who asked; `hub` where the policy's own time had come.
    pub asked_by: BodyId,
    /// Who decided it there: a role, never a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

/// What is left of an erased message: JSON that the contract wrote from its bytes and reads again. Empty
/// while nobody has looked the message up, `null` where it was gone before its tombstone was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residue(pub Arc<str>);

impl Residue {
    /// Not looked up yet.
    #[must_use]
    pub fn unread() -> Self {
        Self(Arc::from(""))
    }

    /// Nothing was left to keep.
    #[must_use]
    pub fn nothing() -> Self {
        Self(Arc::from("null"))
    }

    /// Whether the shell still has to make it of the message.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why free text is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErasureReason {
    /// It held an NHS number, an e-mail address or a phone number, and has been said again without.
    ReturnedForCorrection,
    /// The time for which the policy keeps it is over.
    RetentionEnded,
    /// It should not have been sent at all, or not to this hub.
    SentInError,
    /// It is about somebody else.
    WrongPerson,
    /// It is not true, and a correction is not enough.
    Inaccurate,
    /// It is not needed for what it was sent for (UK GDPR article 17(1)(a)).
    NotNecessary,
    /// The person objected or withdrew consent (article 17(1)(b) and (c)).
    PersonObjected,
    /// It was processed unlawfully, or the law asks for its erasure (article 17(1)(d) and (e)).
    Unlawful,
}

impl ErasureReason {
    /// The reasons that somebody may give; the others are the hub's own.
    pub const ASKED: [Self; 7] = [
        Self::ReturnedForCorrection,
        Self::SentInError,
        Self::WrongPerson,
        Self::Inaccurate,
        Self::NotNecessary,
        Self::PersonObjected,
        Self::Unlawful,
    ];
}

/// What became of the free text that came with a concern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextState {
    /// It stands in the log.
    #[default]
    Stands,
    /// It was withheld when it came, and waits for its correction.
    Returned,
    /// It was erased.
    Erased,
}
