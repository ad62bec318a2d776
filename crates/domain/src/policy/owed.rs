//! What may be overdue: the forms of a trigger of kind `overdue` (triggers.md §3, §4).

use std::collections::BTreeMap;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::{Window, Within};
use crate::event::{Kind, MeetingKind, PlanKind, Severity};

/// What has not happened in time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum Owed {
    /// An answer to an escalation; the next rung of the ladder is told, one after the other.
    Answer {},
    /// The triage of a concern (Norfolk 7.3.20). History is not triaged any more (law 7).
    Triage {
        /// By when, for each severity.
        due: BTreeMap<Severity, Within>,
        /// Who receives which kinds. Kinds that are in no list are not triaged.
        receiving: Vec<Receiving>,
        /// Who acts instead while the offices are closed.
        #[serde(skip_serializing_if = "Option::is_none")]
        out_of_hours: Option<OutOfHours>,
    },
    /// The evidence of a home's contingency plan (Norfolk 7.3.8).
    Plan {
        /// The parts that must be evidenced.
        plans: Vec<PlanKind>,
        /// For how long evidence is good.
        window: Window,
    },
    /// A look through the plan of a home that the quarter's sample has drawn (Norfolk 7.3.8).
    Sample {
        /// One home in so many is drawn each quarter.
        one_in: u32,
    },
    /// The answer to a request for information under section 45 (Norfolk 7.3.23). A refusal is told at
    /// once.
    Information {
        /// By when, where the request names no day.
        within: Within,
    },
    /// A planned meeting that is to be held, and its output that is to be passed on (Norfolk 7.3.14,
    /// 7.3.16; Kirklees 1).
    Meeting {
        /// Of which kinds.
        meetings: Vec<MeetingKind>,
        /// How long after the planned day it may be recorded.
        within: Within,
        /// By when its output is passed on; nobody chases that where it is left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        output_within: Option<Within>,
        /// How often those of some kinds are held that are about no single home (token `general`): where nobody
        /// has planned the next in time, that is told. Nobody waits for one of a kind that is left out.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        regular: BTreeMap<MeetingKind, Window>,
    },
    /// The minutes of a meeting, that are to be distributed (Coventry 2).
    Minutes {
        /// Of which kinds of meeting.
        meetings: Vec<MeetingKind>,
        /// By when.
        within: Within,
    },
    /// Reviews of placements, of which a monthly total says that they are overdue (Stockton 1).
    Reviews {},
    /// A serious delay of a provider-concerns process: of its step, or of an action of its plan; also
    /// what the provider says that it is unable to do (Berkshire 5.8, steps 3 and 4).
    Improvement {},
    /// The review of a suspension or caution (triggers.md §2).
    Restriction {},
    /// A lead that was to be agreed; also what is decided to lie outside the memorandum of
    /// understanding (Norfolk 7.3.1).
    Lead {},
    /// A concern that goes on to other roles and is not with them by the day that its triage names (Norfolk
    /// 7.3.20).
    Onward {
        /// By when, where the triage names no day.
        within: Within,
    },
}

/// A role, and the kinds of concern that it receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receiving {
    /// The role.
    pub role: String,
    /// The kinds.
    pub kinds: Vec<Kind>,
}

/// While the offices are closed: from one time of a working day until another of the next, and on all
/// days that are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfHours {
    /// Who acts.
    pub role: String,
    /// For concerns of at least this severity; the others wait for the morning.
    pub severity: Severity,
    /// When the offices close, in London.
    pub from: Time,
    /// When they open.
    pub until: Time,
}

impl Owed {
    /// The word for it in policies.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answer {} => "answer",
            Self::Triage { .. } => "triage",
            Self::Plan { .. } => "plan",
            Self::Sample { .. } => "sample",
            Self::Information { .. } => "information",
            Self::Meeting { .. } => "meeting",
            Self::Minutes { .. } => "minutes",
            Self::Reviews {} => "reviews",
            Self::Improvement {} => "improvement",
            Self::Restriction {} => "restriction",
            Self::Lead {} => "lead",
            Self::Onward { .. } => "onward",
        }
    }
}
