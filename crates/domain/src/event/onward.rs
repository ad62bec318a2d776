//! What agencies put on the record of what goes on: that a concern which was passed on has come, that a manager
//! checked what an enquiry came to, and how much support there is.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::EventRef;

/// A concern that was passed on is with the body that it was passed on to (Norfolk 7.3.20, onward route).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reception {
    /// The concern, whoever said it.
    pub receives: EventRef,
    /// The day on which it came.
    pub received_on: Date,
}

/// A manager checked the outcome of an enquiry, and whether the person's wishes were met (Stockton 1, "making
/// safeguarding personal").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnquiryCheck {
    /// The concern of kind `enquiry-outcome`, whoever said it.
    pub checks: EventRef,
    /// The role of the manager.
    pub checked_by_role: String,
    /// The day.
    pub checked_on: Date,
    /// Whether the manager agrees that the person's wishes were met as it was recorded.
    pub agrees: bool,
}

/// How many homes those who support homes can support, and do (Kirklees 1, 2, 3 and 5: the capacity of ESaP).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportCount {
    /// The role that supports homes.
    pub role: String,
    /// The day of the count.
    pub counted_on: Date,
    /// How many homes it can support at a time.
    pub places: u32,
    /// How many it supports.
    pub in_use: u32,
    /// How many wait for it.
    pub waiting: u32,
}
