//! How an escalation was answered, as a line of a report says it.

use jiff::Timestamp;

use crate::BodyId;
use crate::chronology::Answered;
use crate::escalation::{Due, Escalation, Level, Stage, Step};
use crate::event::DecisionKind;
use crate::picture::Changes;
use crate::sharing::{Sight, View};

/// An escalation and its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// When it was raised and answered.
    pub times: Answered,
    /// Its level.
    pub level: Level,
    /// How far it has come.
    pub stage: Stage,
    /// Who must act.
    pub responsible: Vec<BodyId>,
    /// What was decided; none for a reader to whom it is not routed.
    pub decision: Option<DecisionKind>,
    /// Whether what raised it was history when it was recorded; none for a reader to whom it is not routed.
    pub historic: Option<bool>,
    /// Whether an answer is due and has not come.
    pub overdue: bool,
}

impl Answer {
    /// Of an escalation that the reader may know of, at `now`.
    #[must_use]
    pub fn of(view: &View, escalation: &Escalation, changes: &Changes<'_>, now: Timestamp) -> Self {
        let is_whole = view.sight(escalation) == Sight::Whole;
        let due = escalation.next_due().filter(|_| escalation.is_open());
        Self {
            times: Answered::of(escalation, changes),
            level: escalation.level,
            stage: escalation.stage,
            responsible: escalation.responsible.clone(),
            decision: escalation.decision.filter(|_| is_whole),
            historic: is_whole.then_some(escalation.historic),
            overdue: due.is_some_and(|due| due < now),
        }
    }
}

/// Whether what was due came in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timely {
    /// It came in time.
    InTime,
    /// It came, and late.
    Late,
    /// It has not come and is overdue, or never came before the escalation was closed.
    Missing,
    /// It has not come, and has time.
    NotYetDue,
}

impl Timely {
    /// Of something due by a time, that was done at one.
    #[must_use]
    pub fn at(due: Timestamp, done: Option<Timestamp>, now: Timestamp) -> Self {
        match done {
            Some(done) if done <= due => Self::InTime,
            Some(_) => Self::Late,
            None if due < now => Self::Missing,
            None => Self::NotYetDue,
        }
    }

    /// Of an answer that an escalation asks for.
    #[must_use]
    pub fn of(escalation: &Escalation, due: &Due, changes: &Changes<'_>, now: Timestamp) -> Self {
        let done = changes.done_at(escalation, due);
        match (done, due.done) {
            // Done, and nothing tells when: no lateness is claimed.
            (None, true) => Self::InTime,
            // Closed without it.
            (None, false) if !escalation.is_open() => Self::Missing,
            (_, _) => Self::at(due.due, done, now),
        }
    }
}

/// How many came in time, late, or not at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// In time.
    pub in_time: u32,
    /// Late.
    pub late: u32,
    /// Overdue, or never.
    pub missing: u32,
    /// With time left.
    pub not_yet_due: u32,
}

impl Tally {
    /// Counts one more.
    pub fn count(&mut self, timely: Timely) {
        let place = match timely {
            Timely::InTime => &mut self.in_time,
            Timely::Late => &mut self.late,
            Timely::Missing => &mut self.missing,
            Timely::NotYetDue => &mut self.not_yet_due,
        };
        *place = place.saturating_add(1);
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> u32 {
        let Self { in_time, late, missing, not_yet_due } = self;
        in_time + late + missing + not_yet_due
    }
}

/// What an escalation asks for, in the order in which it is due; an action is a report of its own.
pub(super) fn asked(escalation: &Escalation) -> impl Iterator<Item = &Due> {
    escalation.due.iter().filter(|due| match due.step {
        Step::Acknowledge | Step::Discuss | Step::AgreeLead | Step::Decide => true,
        Step::Action(_) => false,
    })
}
