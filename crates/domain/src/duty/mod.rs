//! What somebody owes by a certain time, besides answers to escalations: derived from a home's picture
//! and the policy alone. Nothing of it is stored: what is due later than the fold's time is still to
//! come, all else has been run, so a restart knows what the running hub knew.

mod meeting;
mod onward;
mod plan;
mod proceeding;
mod triage;

pub(crate) use meeting::{held_due, is_regular_planned, minutes_limit, output_limit};
pub(crate) use plan::{is_in_sample, missing, shown_until};
pub(crate) use proceeding::is_behind;
pub(crate) use triage::{receiving_role, triage_due};

use jiff::Timestamp;

use crate::escalation::Step;
use crate::event::MeetingKind;
use crate::picture::Home;
use crate::policy::{InForce, Owed, Trigger};
use crate::{BodyId, Digest, EscalationId, Position};

/// Something that is due. The order is that in which things of one home that are due at one moment
/// are run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Duty {
    /// An answer to an escalation.
    Answer {
        /// Which.
        escalation: EscalationId,
        /// Which step.
        step: Step,
    },
    /// The triage of a concern.
    Triage {
        /// Which.
        concern: Position,
    },
    /// Evidence of a home's contingency plan.
    Plan,
    /// A look through the plan, in a quarter for which the home is drawn.
    Sample,
    /// The answer to a request for information.
    Information {
        /// Which.
        request: Position,
    },
    /// A meeting that is planned.
    Meeting {
        /// Which, by [`crate::picture::records::meeting_key`].
        meeting: Digest,
    },
    /// The minutes of a meeting.
    Minutes {
        /// Which.
        meeting: Digest,
    },
    /// The output of a meeting.
    Output {
        /// Which.
        meeting: Digest,
    },
    /// A process that is not seriously behind.
    Improvement {
        /// Which, by the provider that it is about.
        about: String,
    },
    /// The review of a suspension or caution.
    Restriction {
        /// Whose.
        commissioner: BodyId,
    },
    /// The erasure of free text whose time is over.
    Retention,
    /// The end of what a person opened by break-glass.
    OpeningEnds,
    /// A concern that goes on to other roles.
    Onward {
        /// Which.
        concern: Position,
    },
    /// The next of the meetings of a kind that are held regularly.
    Regular {
        /// The kind.
        kind: MeetingKind,
    },
}

/// The first trigger that is on whose rule is about what `wanted` says.
pub(crate) fn rule(policy: &InForce, wanted: impl Fn(&Owed) -> bool) -> Option<(&Trigger, &Owed)> {
    policy.overdue().find(|(_, of)| wanted(of))
}

/// What is due of a home later than `after`, but for answers and triages. What recurs is there once,
/// with its next time.
pub(crate) fn of_home(policy: &InForce, home: &Home, after: Timestamp) -> Vec<(Timestamp, Duty)> {
    let mut due = Vec::new();
    if home.head.succeeded_by.is_some() {
        return due;
    }
    due.extend(plan::evidence_due(policy, home, after).map(|at| (at, Duty::Plan)));
    due.extend(plan::sample_due(policy, home, after).map(|at| (at, Duty::Sample)));
    due.extend(meeting::regular_due(policy, home, Some(after)));
    let once = meeting::of_meetings(policy, home).chain(meeting::of_requests(policy, home));
    let ends = home.head.openings.iter().map(|opening| (opening.until, Duty::OpeningEnds));
    let once = once.chain(proceeding::of_proceedings(policy, home)).chain(ends);
    let once = once.chain(onward::of_onward(policy, home));
    due.extend(once.filter(|(at, _)| *at > after));
    due
}

/// What of a home was due at `now` or before and has not come: asked when a policy takes effect. A
/// triage is not among it: a new rule does not chase what nobody was to triage.
pub(crate) fn late_at(policy: &InForce, home: &Home, now: Timestamp) -> Vec<(Timestamp, Duty)> {
    if home.head.succeeded_by.is_some() {
        return Vec::new();
    }
    let once = meeting::of_meetings(policy, home).chain(meeting::of_requests(policy, home));
    let once = once.chain(proceeding::of_proceedings(policy, home));
    let once = once.chain(onward::of_onward(policy, home));
    let once = once.chain(meeting::regular_due(policy, home, None));
    let mut late: Vec<(Timestamp, Duty)> = once.filter(|(at, _)| *at <= now).collect();
    late.extend(plan::first_due(policy, home).filter(|at| *at <= now).map(|at| (at, Duty::Plan)));
    late.sort_unstable();
    late
}
