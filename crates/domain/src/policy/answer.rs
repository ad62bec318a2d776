//! What is due from the bodies that must act, and when a trigger fires again.

use serde::{Deserialize, Serialize};

use crate::escalation::Step;
use crate::event::Severity;
use crate::time::Within;

/// One thing that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What.
    pub step: Step,
    /// By when.
    pub within: Within,
    /// By when for a high severity.
    #[serde(default)]
    pub high: Option<Within>,
    /// By when for a critical severity; `high` when absent.
    #[serde(default)]
    pub critical: Option<Within>,
    /// How long after each time that it is done it is due again, while the trigger still holds; once only
    /// when absent. While it is due again and again, nobody closes the escalation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Within>,
}

impl Answer {
    /// By when, for a concern of this severity.
    #[must_use]
    pub fn within(&self, severity: Severity) -> Within {
        match severity {
            Severity::Low | Severity::Medium => self.within,
            Severity::High => self.high.unwrap_or(self.within),
            Severity::Critical => self.critical.or(self.high).unwrap_or(self.within),
        }
    }
}

/// When a trigger fires again after its escalation was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rearm {
    /// After so many further matching incidents,
    pub further: u32,
    /// or one of at least this severity.
    pub or_severity: Severity,
}

impl Default for Rearm {
    /// Three, or one high or critical (triggers.md §3, a default that no source gives).
    fn default() -> Self {
        Self { further: 3, or_severity: Severity::High }
    }
}
