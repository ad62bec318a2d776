//! What a backtest says.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::history::{Input, ReallyRaised};
use super::replay::Raised;
use super::workload::Workload;
use crate::escalation::Level;
use crate::{HomeId, TriggerId};

/// The dates that are asked about, both included. What was known before counts, and is not reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first; the day of the first concern when absent.
    pub from: Option<Date>,
    /// The last; the day of the last thing that was said when absent.
    pub to: Option<Date>,
}

/// A candidate policy beside the one in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// How it was run, in sentences: what the figures rest on and what they leave out.
    pub how: Vec<String>,
    /// The dates reported on.
    pub period: Span,
    /// What of the log was taken in.
    pub input: Input,
    /// The candidate.
    pub candidate: Side,
    /// The policy in force.
    pub present: Side,
    /// Each trigger of either, by its id.
    pub triggers: BTreeMap<TriggerId, TriggerRow>,
    /// What bodies would have to do.
    pub workload: Workload,
    /// How much sooner or later the candidate raises what both raise.
    pub lead: Lead,
    /// What both raise, by the date on which the policy in force does.
    pub both: Vec<Both>,
    /// What only the candidate raises.
    pub only_candidate: Vec<Raised>,
    /// What only the policy in force raises.
    pub only_present: Vec<Raised>,
    /// What the hub did raise in the period, under whatever policies were in force then.
    pub really_raised: Vec<ReallyRaised>,
}

/// The dates that a report is about, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// How many weeks it touches, Monday to Sunday.
    pub weeks: u64,
}

/// One of the two policies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// Its version.
    pub version: String,
    /// How many escalations it raises in the period.
    pub raised: u64,
    /// At how many homes.
    pub homes: u64,
    /// By the level with which they are raised.
    pub by_level: BTreeMap<Level, u64>,
    /// How many close at another deadline than their decision's: there is none.
    pub closed_without_decision: u64,
    /// How many close after the default, because nothing is due.
    pub closed_by_default: u64,
    /// What it does not take in of what agencies said, by code: over the whole log.
    pub not_taken: BTreeMap<String, u64>,
}

/// One trigger under either policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TriggerRow {
    /// Raised by the candidate.
    pub candidate: u64,
    /// Raised by the policy in force.
    pub present: u64,
    /// Raised by both.
    pub both: u64,
    /// By the candidate alone.
    pub only_candidate: u64,
    /// By the policy in force alone.
    pub only_present: u64,
    /// What the hub did raise.
    pub really: u64,
}

/// The same matter, raised by both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Both {
    /// The trigger.
    pub trigger: TriggerId,
    /// The home.
    pub home: HomeId,
    /// When the candidate raises it.
    pub candidate: Timestamp,
    /// When the policy in force does.
    pub present: Timestamp,
    /// By how many days the candidate is sooner, from date to date; below 0 it is later.
    pub lead_days: i64,
}

/// The lead times together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Lead {
    /// How many the candidate raises on an earlier date,
    pub sooner: u64,
    /// on the same,
    pub same_day: u64,
    /// and on a later one.
    pub later: u64,
    /// Days gained in the middle one of those that are sooner.
    pub median_gain: i64,
    /// Most days gained.
    pub most_gained: i64,
    /// Days lost in the middle one of those that are later.
    pub median_loss: i64,
    /// Most days lost.
    pub most_lost: i64,
}
