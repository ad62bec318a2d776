//! What goes on from a home to other roles, and how many homes those who support homes can support.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Records;
use crate::event::SupportCount;
use crate::{BodyId, Position};

/// A concern that goes on to other roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onward {
    /// The roles from which nobody has said that it is with them.
    pub to: BTreeSet<String>,
    /// By when it is to be with them, where whoever triaged named a day.
    pub by: Option<Date>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Where it was said.
    pub position: Position,
}

/// How many homes a role can support, and does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// When that was counted.
    pub counted_on: Date,
    /// How many homes it can support at a time.
    pub places: u32,
    /// How many it supports.
    pub in_use: u32,
    /// How many wait for it.
    pub waiting: u32,
    /// Who counted.
    pub by: BodyId,
    /// Where it was said.
    pub position: Position,
}

impl Records {
    /// A concern goes on; whatever was said of that before is replaced.
    pub(crate) fn pass_onward(&mut self, concern: Position, onward: Onward) {
        self.onward.remove(&concern);
        if !onward.to.is_empty() {
            self.onward.insert(concern, onward);
        }
    }

    /// A concern is with these roles.
    pub(crate) fn receive(&mut self, concern: Position, roles: &[String]) {
        if let Some(onward) = self.onward.get_mut(&concern) {
            onward.to.retain(|role| !roles.contains(role));
            if onward.to.is_empty() {
                self.onward.remove(&concern);
            }
        }
    }

    pub(crate) fn count_support(&mut self, count: &SupportCount, by: &BodyId, position: Position) {
        let known = self.support.get(&count.role);
        if known.is_none_or(|known| known.counted_on <= count.counted_on) {
            let support = Support {
                counted_on: count.counted_on,
                places: count.places,
                in_use: count.in_use,
                waiting: count.waiting,
                by: by.clone(),
                position,
            };
            self.support.insert(count.role.clone(), support);
        }
    }
}
