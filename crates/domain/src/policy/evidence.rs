//! `[evidence]`: what is to be preserved while police advice is awaited. Preserving it never waits for anybody
//! (triggers.md §3, "police first").

use serde::{Deserialize, Serialize};

/// What whoever is at a home sees to before the police come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evidence {
    /// Where the list stands in a source document.
    pub source: String,
    /// One sentence each, in the order in which they are read.
    pub checklist: Vec<String>,
    /// The parts that no source document gives: defaults that a partnership should settle.
    pub assumed: Vec<String>,
}

impl Evidence {
    /// Whether the policy has no list.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
