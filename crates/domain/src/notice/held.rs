//! What waits for the police: nothing goes back to agencies about a home while advice on a possible crime, a
//! death or a major escalation is awaited (triggers.md §3). It is not forgotten: it goes as soon as it may.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{About, MeetingNotice, Outcome};
use crate::event::DecisionKind;

/// Something to be passed on as soon as the police let it. To whom is decided then: who may not be told any
/// more is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// What came of an escalation.
    Outcome {
        /// What it is about; it names the escalation.
        about: About,
        /// Whether it was decided or closed.
        outcome: Outcome,
        /// What was decided.
        decision: Option<DecisionKind>,
        /// When.
        on: Date,
    },
    /// What came of a meeting.
    Meeting {
        /// What it is about.
        about: About,
        /// The meeting.
        meeting: MeetingNotice,
        /// The roles to which it goes.
        to: Vec<String>,
    },
}
