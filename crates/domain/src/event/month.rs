//! Calendar months, in which placements are counted.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar month, written `2026-09`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    first: Date,
}

impl Month {
    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.first
    }
}

impl TryFrom<String> for Month {
    type Error = jiff::Error;
    fn try_from(text: String) -> Result<Self, jiff::Error> {
        format!("{text}-01").parse().map(|first| Self { first })
    }
}

impl From<Month> for String {
    fn from(month: Month) -> String {
        format!("{:04}-{:02}", month.first.year(), month.first.month())
    }
}
