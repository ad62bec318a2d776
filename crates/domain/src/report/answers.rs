//! How an escalation was answered, as a line of a report says it. Who closes one leaves nothing due, whether or not
//! anybody did it: so what was done is read from the answers themselves.

use jiff::Timestamp;

use crate::BodyId;
use crate::chronology::Answered;
use crate::escalation::{ChangeKind, Due, Escalation, Level, Stage, Step};
use crate::event::{DecisionKind, Severity};
use crate::picture::Changes;
use crate::policy::{self, InForce, Within};
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
    /// It came, and nothing tells whether in time.
    NotKnown,
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
    /// Done, and nothing tells whether in time.
    pub not_known: u32,
}

impl Tally {
    /// Counts one more.
    pub fn count(&mut self, timely: Timely) {
        let place = match timely {
            Timely::InTime => &mut self.in_time,
            Timely::Late => &mut self.late,
            Timely::Missing => &mut self.missing,
            Timely::NotYetDue => &mut self.not_yet_due,
            Timely::NotKnown => &mut self.not_known,
        };
        *place = place.saturating_add(1);
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> u32 {
        let Self { in_time, late, missing, not_yet_due, not_known } = self;
        in_time + late + missing + not_yet_due + not_known
    }
}

/// Something that an escalation asked for, and what came of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// What.
    pub(super) step: Step,
    /// Whether it came in time.
    pub(super) timely: Timely,
    /// Whole hours until it came: from the raise, or of a decision from when the escalation was last opened again. None
    /// where it did not come, where nothing tells when, and of what is asked for again every so often but the first.
    pub(super) hours: Option<i64>,
}

/// Whether something was done, and when.
#[derive(Debug, Clone, Copy)]
enum Given {
    At(Timestamp),
    /// It was, and nothing tells when.
    Sometime,
    Never,
}

/// What one escalation asked for, of a reader who sees all its answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswersTo<'a> {
    escalation: &'a Escalation,
    rules: &'a InForce,
    changes: &'a Changes<'a>,
    now: Timestamp,
}

impl<'a> AnswersTo<'a> {
    pub(super) fn new(
        escalation: &'a Escalation,
        rules: &'a InForce,
        changes: &'a Changes<'a>,
        now: Timestamp,
    ) -> Self {
        Self { escalation, rules, changes, now }
    }

    /// All that it asked for, in the order in which it is due, and of what is asked for again every so often each time.
    /// An action is a report of its own.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let mut all = Vec::new();
        for due in &self.escalation.due {
            let times = self.times(due.step);
            match (due.step, self.every(due.step)) {
                (Step::Action(_), _) => {}
                (_, Some((answer, every))) if !times.is_empty() => {
                    all.extend(self.each_time(due, answer, every, &times));
                }
                (_, _) => all.push(self.once(due, self.given(due.step))),
            }
        }
        all
    }

    /// The acknowledgement of one of the bodies that must act, where any is asked for: each gives its own.
    pub(super) fn acknowledged_by(&self, body: &BodyId) -> Option<Asked> {
        let due = self.escalation.due.iter().find(|due| due.step == Step::Acknowledge)?;
        Some(self.once(due, self.acknowledgement(body)))
    }

    fn acknowledgement(&self, body: &BodyId) -> Given {
        let all = self.changes.answered(&self.escalation.id, ChangeKind::Acknowledged);
        let own = all.iter().find(|(by, _)| *by == body);
        if let Some((_, at)) = own {
            return Given::At(*at);
        }
        if !self.escalation.acknowledged.contains(body) {
            return Given::Never;
        }
        // It stands in the place of others, each of which had acknowledged: with the last of them it was done.
        let in_its_place = |by: &BodyId| self.rules.successions.speaks_for(body, by);
        let last = all.iter().rev().find(|(by, _)| in_its_place(by));
        last.map_or(Given::Sometime, |(_, at)| Given::At(*at))
    }

    /// When a step was taken, in order; of a decision, since the escalation was last opened again.
    fn times(&self, step: Step) -> Vec<Timestamp> {
        let all = |kind| self.changes.all(&self.escalation.id, kind);
        match step {
            Step::Acknowledge => all(ChangeKind::Acknowledged),
            Step::Discuss => all(ChangeKind::Discussed),
            Step::AgreeLead => all(ChangeKind::LeadAgreed),
            Step::Decide => {
                let mut times = all(ChangeKind::Decided);
                times.retain(|at| self.since(step) <= *at);
                times
            }
            Step::Action(_) => Vec::new(),
        }
    }

    fn given(&self, step: Step) -> Given {
        let (times, of) = (self.times(step), self.escalation);
        let (at, is_on_record) = match step {
            // Done when the last of those who must act has given its own.
            Step::Acknowledge => {
                let mut bodies = of.responsible.iter();
                let is_by_all =
                    !of.responsible.is_empty() && bodies.all(|body| of.acknowledged.contains(body));
                (times.last().filter(|_| is_by_all), is_by_all)
            }
            Step::Discuss => (times.first(), false),
            Step::AgreeLead => (times.first(), of.lead.is_some()),
            Step::Decide => (times.first(), of.decision.is_some()),
            Step::Action(_) => (None, false),
        };
        match at {
            Some(at) => Given::At(*at),
            None if is_on_record => Given::Sometime,
            None => Given::Never,
        }
    }

    fn once(&self, due: &Due, given: Given) -> Asked {
        let (timely, hours) = match given {
            Given::At(at) => {
                (Timely::at(due.due, Some(at), self.now), Some(self.hours(due.step, at)))
            }
            Given::Sometime => (Timely::NotKnown, None),
            Given::Never if self.escalation.is_open() => {
                (Timely::at(due.due, None, self.now), None)
            }
            Given::Never => (Timely::Missing, None),
        };
        Asked { step: due.step, timely, hours }
    }

    /// Of what is asked for again every so often, each time that it was done at `times`, and the one that was left out. By
    /// when each was due is not kept but for the last: it follows from the one before and the rule book in force. That
    /// graver evidence brought it forward is not kept either.
    fn each_time(
        &self,
        due: &Due,
        answer: &policy::Answer,
        every: Within,
        times: &[Timestamp],
    ) -> Vec<Asked> {
        let step = due.step;
        let again = |at: &Timestamp| self.rules.due(every, *at);
        // Where none is asked for any more, who set the last due time was answered by the next one, and what came
        // after that nobody had asked for.
        let last_set = times.iter().rposition(|at| again(at) == due.due).filter(|_| due.done);
        let asked = last_set.and_then(|nth| times.get(..nth + 2)).unwrap_or(times);
        let mut all = Vec::new();
        let mut next: Option<Timestamp> = None;
        for at in asked {
            let (timely, hours) = match next {
                None => (self.first_time(answer, *at), Some(self.hours(step, *at))),
                // Another one on the same day moves nothing.
                Some(next) if again(at) == next => continue,
                Some(next) => (Timely::at(next, Some(*at), self.now), None),
            };
            all.push(Asked { step, timely, hours });
            next = Some(again(at));
        }
        let left_out = self.left_out(due, times, again);
        all.extend(left_out.map(|timely| Asked { step, timely, hours: None }));
        all
    }

    /// The first one: it was due by the severity of then, which may have been lower than that of now.
    fn first_time(&self, answer: &policy::Answer, at: Timestamp) -> Timely {
        let since = self.since(answer.step);
        let by = |severity| self.rules.due(answer.within(severity), since);
        let timely = |severity| Timely::at(by(severity), Some(at), self.now);
        let (gravest, least) = (timely(self.escalation.severity), timely(Severity::Low));
        if gravest == least { gravest } else { Timely::NotKnown }
    }

    /// The one that is still asked for, or that had fallen due when the escalation was closed without it.
    fn left_out(
        &self,
        due: &Due,
        times: &[Timestamp],
        again: impl Fn(&Timestamp) -> Timestamp,
    ) -> Option<Timely> {
        if self.escalation.is_open() {
            return (!due.done).then(|| Timely::at(due.due, None, self.now));
        }
        // Of two on one day the second may have been the last that was asked for: then none is claimed to be left out.
        let set = times.iter().filter(|at| again(at) == due.due).count();
        let is_set_by_last = times.last().is_some_and(|last| again(last) == due.due);
        let closed_at = self.changes.closed_at(self.escalation);
        let had_fallen_due = closed_at.is_some_and(|closed| due.due < closed);
        (set == 1 && is_set_by_last && had_fallen_due).then_some(Timely::Missing)
    }

    /// The terms by which a step is asked for again every so often.
    fn every(&self, step: Step) -> Option<(&'a policy::Answer, Within)> {
        let answers = &self.rules.terms(&self.escalation.trigger)?.answer;
        let answer = answers.iter().find(|answer| answer.step == step)?;
        Some((answer, answer.every?))
    }

    fn hours(&self, step: Step, at: Timestamp) -> i64 {
        at.duration_since(self.since(step)).as_hours()
    }

    /// From when the time of a step runs: a decision of what was opened again is due anew.
    fn since(&self, step: Step) -> Timestamp {
        let raised_at = self.escalation.raised_at;
        match step {
            Step::Decide => {
                let again = self.changes.last(&self.escalation.id, ChangeKind::Reopened);
                again.unwrap_or(raised_at)
            }
            Step::Acknowledge | Step::Discuss | Step::AgreeLead | Step::Action(_) => raised_at,
        }
    }
}
