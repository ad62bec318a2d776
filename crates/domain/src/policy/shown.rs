//! An activation in the words in which it is shown, on the command line and over HTTP alike.

use jiff::Timestamp;
use serde::Serialize;

use super::{ActivationRecord, ActivationStanding};

/// One activation, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownActivation<'a> {
    /// The version of its rule book.
    pub version: &'a str,
    /// When the log recorded it.
    pub recorded_at: Timestamp,
    /// From when it was to hold; none for "as soon as it is recorded".
    pub effective_from: Option<Timestamp>,
    /// Who activated it, as `agency` or `agency/officer`; none where a hub began its log with it.
    pub by: Option<String>,
    /// How it stands.
    #[serde(flatten)]
    pub standing: ShownStanding,
}

/// How an activation stands, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "kebab-case")]
pub enum ShownStanding {
    /// It waits for its time.
    Pending,
    /// It holds.
    InForce {
        /// Since when.
        since: Timestamp,
    },
    /// It held.
    Replaced {
        /// Since when.
        since: Timestamp,
        /// Until when (that instant no longer counts).
        until: Timestamp,
    },
    /// A later one for the same instant took its place.
    Superseded,
    /// It never takes effect.
    Refused {
        /// The code of the refusal; its page is `docs/errors/<code>.md`.
        code: String,
    },
}

impl ActivationRecord {
    /// It as it is shown. Where it stands in the log is left out: that would tell a reader how much is said.
    #[must_use]
    pub fn shown(&self) -> ShownActivation<'_> {
        ShownActivation {
            version: &self.version,
            recorded_at: self.recorded_at,
            effective_from: self.effective_from,
            by: self.activated_by.as_ref().map(ToString::to_string),
            standing: match self.standing {
                ActivationStanding::Pending => ShownStanding::Pending,
                ActivationStanding::InForce { since } => ShownStanding::InForce { since },
                ActivationStanding::Replaced { since, until } => {
                    ShownStanding::Replaced { since, until }
                }
                ActivationStanding::Superseded => ShownStanding::Superseded,
                ActivationStanding::Refused { why } => {
                    ShownStanding::Refused { code: why.refusal().code }
                }
            },
        }
    }
}
