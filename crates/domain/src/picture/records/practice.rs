//! The general practices that serve a home.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Records;
use crate::Position;
use crate::event::PracticeAlignment;

/// A practice that serves, or served, a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practice {
    /// Its name.
    pub name: String,
    /// Since which day.
    pub since: Date,
    /// Until which day; that day no longer counts.
    pub until: Option<Date>,
    /// Where it was said last.
    pub position: Position,
}

impl Practice {
    /// Whether it serves the home on a day.
    #[must_use]
    pub fn serves(&self, day: Date) -> bool {
        self.since <= day && self.until.is_none_or(|until| day < until)
    }
}

impl Records {
    pub(crate) fn align(&mut self, alignment: &PracticeAlignment, position: Position) {
        let practice = Practice {
            name: alignment.practice.name.clone(),
            since: alignment.since,
            until: alignment.until,
            position,
        };
        self.practices.insert(alignment.practice.ods_code.clone(), practice);
    }
}
