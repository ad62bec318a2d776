//! A concern was triaged, and goes on to other roles by a day (Norfolk 7.3.20, onward route and timescale). They
//! are told at once, and say when it is with them (`concern.received`); whoever has not said so by the day is
//! chased by a trigger of kind `overdue` (`of = "onward"`).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::event::TriageOutcome;
use crate::picture::Reference;

/// A concern goes on to the recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnwardNotice {
    /// The concern.
    pub concern: Reference,
    /// What it was taken as.
    pub outcome: TriageOutcome,
    /// By when the recipient is to have it, where whoever triaged named a day.
    pub by: Option<Date>,
}
