//! Minutes and timescales (Coventry 2): whether meetings were held when they were planned, how long their minutes and
//! their output took, who chaired and who did not come; and whether escalations were acknowledged, discussed, led and
//! decided in time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::answers::{AnswersTo, Tally, Timely};
use super::{Days, Place, pack};
use crate::BodyId;
use crate::duty::{held_due, minutes_limit, output_limit};
use crate::escalation::{Escalation, Step};
use crate::event::MeetingKind;
use crate::picture::Changes;
use crate::picture::records::Meeting;
use crate::policy::InForce;
use crate::sharing::{Sight, View};
use crate::time::london_date;

/// The report on some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minutes {
    /// The days: on which meetings were held, or planned where they were not held, and escalations raised.
    pub days: Days,
    /// Each meeting, by day.
    pub meetings: Vec<MeetingLine>,
    /// The same by kind.
    pub kinds: BTreeMap<MeetingKind, KindLine>,
    /// What escalations asked for, by step: acknowledged is what all of the responsible bodies have acknowledged.
    pub steps: Vec<StepLine>,
    /// The same by responsible body: its own acknowledgement, and the decision, which is one for all of them.
    pub bodies: BTreeMap<BodyId, BodyLine>,
}

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingLine {
    /// The home; `general` where it was about no one home.
    pub place: Place,
    /// Its kind.
    pub kind: MeetingKind,
    /// The role that chairs it.
    pub chair_role: String,
    /// For when it was planned.
    pub planned_for: Option<Date>,
    /// When it was held.
    pub held_on: Option<Date>,
    /// Of one that was planned and not held, whether that is late; none where no rule says when it is.
    pub held: Option<Timely>,
    /// When its minutes were distributed.
    pub minutes_on: Option<Date>,
    /// Days from the meeting to its minutes.
    pub minutes_after_days: Option<i32>,
    /// By when that is due, and whether it was in time; none where no rule says so.
    pub minutes: Option<(Date, Timely)>,
    /// When its output was passed on.
    pub output_on: Option<Date>,
    /// By when that is due, and whether it was in time; none where no rule says so.
    pub output: Option<(Date, Timely)>,
    /// Who took part.
    pub attended: BTreeSet<BodyId>,
    /// Who was invited and did not come.
    pub absent: BTreeSet<BodyId>,
}

/// The meetings of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KindLine {
    /// How many were held.
    pub held: u32,
    /// How many were planned and not held.
    pub not_held: u32,
    /// Their minutes, where a rule asks for them in a time.
    pub minutes: Tally,
    /// Their output, where a rule asks for it in a time.
    pub output: Tally,
}

/// A step that escalations asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepLine {
    /// Which.
    pub step: Step,
    /// How many were done in time and so on.
    pub timely: Tally,
    /// Of those done, the hours from the raise in the middle; of what is asked for again every so often, of the first.
    pub median_hours: Option<i64>,
    /// The longest.
    pub longest_hours: Option<i64>,
}

/// A responsible body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BodyLine {
    /// Its own acknowledgements.
    pub acknowledged: Tally,
    /// The decisions that were asked of it, with others or alone.
    pub decided: Tally,
}

/// Gathers views, one home after the other.
#[derive(Debug)]
pub struct Gathering<'a> {
    rules: &'a InForce,
    now: Timestamp,
    report: Minutes,
    hours: BTreeMap<Step, (Tally, Vec<i64>)>,
}

impl<'a> Gathering<'a> {
    /// Nothing yet, of these days, at `now`.
    #[must_use]
    pub fn of(rules: &'a InForce, days: Days, now: Timestamp) -> Self {
        let (meetings, kinds) = (Vec::new(), BTreeMap::new());
        let (steps, bodies) = (Vec::new(), BTreeMap::new());
        let report = Minutes { days, meetings, kinds, steps, bodies };
        Self { rules, now, report, hours: BTreeMap::new() }
    }

    /// Looks at one home.
    pub fn count(&mut self, view: &View) {
        let days = self.report.days;
        for meeting in pack::meetings(view) {
            let day = meeting.held_on.or(meeting.planned_for);
            if day.is_some_and(|day| days.has(day)) {
                self.count_meeting(Place::of(view.home()), meeting);
            }
        }
        let changes = Changes::of(view.home());
        let whole = view.home().escalations().filter(|e| view.sight(e) == Sight::Whole);
        for escalation in whole.filter(|escalation| days.holds(escalation.raised_at)) {
            self.count_answers(escalation, &changes);
        }
    }

    fn count_meeting(&mut self, place: Place, meeting: &Meeting) {
        let (rules, now) = (self.rules, self.now);
        let by = |limit: Option<Timestamp>, done: Option<Date>| {
            limit.map(|limit| (london_date(limit), timely(limit, done, now)))
        };
        let line = MeetingLine {
            place,
            kind: meeting.kind,
            chair_role: meeting.chair_role.clone(),
            planned_for: meeting.planned_for,
            held_on: meeting.held_on,
            held: held_due(rules, meeting).map(|due| Timely::at(due, None, now)),
            minutes_on: meeting.minutes_on,
            minutes_after_days: meeting
                .held_on
                .zip(meeting.minutes_on)
                .map(|(held, minutes)| (minutes - held).get_days()),
            minutes: by(minutes_limit(rules, meeting), meeting.minutes_on),
            output_on: meeting.output_on,
            output: by(output_limit(rules, meeting), meeting.output_on),
            attended: meeting.attended.clone(),
            absent: meeting.absent.clone(),
        };
        let kind = self.report.kinds.entry(line.kind).or_default();
        kind.held += u32::from(line.held_on.is_some());
        kind.not_held += u32::from(line.held_on.is_none());
        if let Some((_, timely)) = line.minutes {
            kind.minutes.count(timely);
        }
        if let Some((_, timely)) = line.output {
            kind.output.count(timely);
        }
        self.report.meetings.push(line);
    }

    fn count_answers(&mut self, escalation: &Escalation, changes: &Changes<'_>) {
        let answers = AnswersTo::new(escalation, self.rules, changes, self.now);
        let all = answers.asked();
        for asked in &all {
            let (tally, hours) = self.hours.entry(asked.step).or_default();
            tally.count(asked.timely);
            hours.extend(asked.hours);
        }
        for body in &escalation.responsible {
            let line = self.report.bodies.entry(body.clone()).or_default();
            if let Some(own) = answers.acknowledged_by(body) {
                line.acknowledged.count(own.timely);
            }
            for decision in all.iter().filter(|asked| asked.step == Step::Decide) {
                line.decided.count(decision.timely);
            }
        }
    }

    /// The report.
    #[must_use]
    pub fn finish(mut self) -> Minutes {
        self.report.meetings.sort_by(|a, b| {
            let day = |line: &MeetingLine| line.held_on.or(line.planned_for);
            (day(a), a.kind, &a.place).cmp(&(day(b), b.kind, &b.place))
        });
        let step = |(step, (timely, mut hours)): (Step, (Tally, Vec<i64>))| {
            hours.sort_unstable();
            let middle = hours.len().saturating_sub(1) / 2;
            let median_hours = hours.get(middle).copied();
            StepLine { step, timely, median_hours, longest_hours: hours.last().copied() }
        };
        self.report.steps = self.hours.into_iter().map(step).collect();
        self.report
    }
}

/// Of what is due by the end of a London day and was done on one.
fn timely(due: Timestamp, done: Option<Date>, now: Timestamp) -> Timely {
    match done {
        Some(done) if done <= london_date(due) => Timely::InTime,
        Some(_) => Timely::Late,
        None => Timely::at(due, None, now),
    }
}
