//! What stands on a home's record besides concerns, as far as triggers and deadlines need it.
//! Structured fields only: free text stays in the log (law 9). What became of a concern at its triage
//! stands with the concern itself, because this record is stored as a whole with every change.

mod onward;
mod practice;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::event::{
    Advice, Assessment, InformationPower, MeetingKind, MeetingPlan, MeetingRecord, Month,
    PlacementCount, PlanEvidence, PlanKind, PlanSample, Rated, Rating, Scheme,
};
use crate::{BodyId, Digest, EscalationId, Position};

pub use onward::{Onward, Support};
pub use practice::Practice;

/// How many meetings and requests that are over stay on the record; the timeline has them all. More
/// would make every change of a busy home dearer.
const KEPT: usize = 64;

/// The record of a home.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// Since when the hub knows what the register says of the home.
    pub registered_at: Option<Timestamp>,
    /// When each part of the contingency plan was last shown.
    pub plans: BTreeMap<PlanKind, Date>,
    /// The last look through the plan.
    pub sample: Option<Sample>,
    /// The newest count of each placing authority.
    pub placements: BTreeMap<String, Placed>,
    /// Meetings, by [`meeting_key`].
    pub meetings: BTreeMap<Digest, Meeting>,
    /// Requests for information, by the position at which they were said.
    pub requests: BTreeMap<Position, Request>,
    /// What the police last advised on each subject.
    pub police_advice: BTreeMap<Subject, Advised>,
    /// The newest assessment by each scheme.
    pub assessments: BTreeMap<Scheme, Assessed>,
    /// Concerns that were passed on to roles and are not with all of them, as far as anybody has said.
    pub onward: BTreeMap<Position, Onward>,
    /// The newest count of each role that supports homes.
    pub support: BTreeMap<String, Support>,
    /// The general practices that serve it or did, by their ODS code.
    pub practices: BTreeMap<String, Practice>,
}

/// A look through a contingency plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub on: Date,
    /// What was missing.
    pub gaps: BTreeSet<PlanKind>,
}

/// What one authority has placed in a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Of which month.
    pub month: Month,
    /// People.
    pub residents: u32,
    /// Reviews that fell due in it.
    pub reviews_due: u32,
    /// Reviews that were overdue.
    pub reviews_overdue: u32,
    /// Where it was said.
    pub position: Position,
}

/// A meeting, planned or held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// Its kind.
    pub kind: MeetingKind,
    /// The role that chairs it.
    pub chair_role: String,
    /// For when it is planned.
    pub planned_for: Option<Date>,
    /// When it was held.
    pub held_on: Option<Date>,
    /// Who took part.
    pub attended: BTreeSet<BodyId>,
    /// Who was invited and did not come.
    pub absent: BTreeSet<BodyId>,
    /// When its minutes were distributed.
    pub minutes_on: Option<Date>,
    /// When its output was passed on.
    pub output_on: Option<Date>,
    /// When it was last planned or first recorded as held: what is due counts from no earlier.
    pub recorded_at: Timestamp,
    /// Where it was last spoken of.
    pub position: Position,
}

/// A request for information.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who asks.
    pub by: BodyId,
    /// Who is asked.
    pub of: BodyId,
    /// Under which power.
    pub power: InformationPower,
    /// By when an answer is asked for.
    pub answer_by: Option<Date>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What came of it.
    pub answer: Option<Answered>,
}

/// What came of a request for information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// It was given.
    Supplied(Date),
    /// It was refused.
    Refused(Date),
}

/// What police advice is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    /// The whole home.
    Home,
    /// A concern.
    Concern(Position),
    /// An escalation.
    Escalation(EscalationId),
}

/// What the police advised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advised {
    /// What.
    pub advice: Advice,
    /// On which day.
    pub on: Date,
    /// Where it was said.
    pub position: Position,
}

/// The ratings of an assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessed {
    /// When it was finished.
    pub on: Date,
    /// How the home did on the whole.
    pub overall: Option<Rating>,
    /// Every area, standard and answer that was rated, by its code.
    pub ratings: BTreeMap<String, Rating>,
    /// When the next one is due.
    pub next_due_on: Option<Date>,
    /// Where it was said.
    pub position: Position,
}

/// What a meeting is known by at a home: its kind and its reference, of which only a digest is kept.
#[must_use]
pub fn meeting_key(kind: MeetingKind, reference: &str) -> Digest {
    let reference = reference.trim().to_uppercase();
    Digest::of(&[b"meeting", &[kind as u8], reference.as_bytes()])
}

impl Meeting {
    /// Whether nothing is to come of it any more.
    fn is_over(&self) -> bool {
        self.held_on.is_some() && self.minutes_on.is_some() && self.output_on.is_some()
    }
}

impl Records {
    /// Whether nothing was ever recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the police last advised on the subject, unless they asked to hold: then others may go on.
    #[must_use]
    pub fn police_let_go_on(&self, subject: &Subject) -> bool {
        self.police_advice.get(subject).is_some_and(|advised| advised.advice != Advice::Hold)
    }

    pub(crate) fn evidence_plan(&mut self, evidence: &PlanEvidence) {
        for kind in &evidence.covers {
            let last = self.plans.entry(*kind).or_insert(evidence.evidenced_on);
            *last = evidence.evidenced_on.max(*last);
        }
    }

    pub(crate) fn sample_plan(&mut self, sample: &PlanSample) {
        if self.sample.as_ref().is_none_or(|last| last.on <= sample.sampled_on) {
            let gaps = sample.gaps.iter().copied().collect();
            self.sample = Some(Sample { on: sample.sampled_on, gaps });
        }
    }

    pub(crate) fn count_placements(&mut self, count: &PlacementCount, position: Position) {
        for placed in &count.placements {
            let known = self.placements.get(&placed.authority);
            if known.is_none_or(|known| known.month <= count.month) {
                let now = Placed {
                    month: count.month,
                    residents: placed.residents,
                    reviews_due: placed.reviews_due,
                    reviews_overdue: placed.reviews_overdue,
                    position,
                };
                self.placements.insert(placed.authority.clone(), now);
            }
        }
    }

    pub(crate) fn plan_meeting(&mut self, plan: &MeetingPlan, at: Timestamp, position: Position) {
        let key = meeting_key(plan.meeting, &plan.meeting_ref);
        let meeting = self.meeting(key, plan.meeting, &plan.chair_role, at);
        meeting.planned_for = Some(plan.planned_for);
        meeting.position = position;
        if meeting.held_on.is_none() {
            meeting.recorded_at = at;
        }
    }

    pub(crate) fn hold_meeting(&mut self, held: &MeetingRecord, at: Timestamp, position: Position) {
        let key = meeting_key(held.meeting, &held.meeting_ref);
        let meeting = self.meeting(key, held.meeting, &held.chair_role, at);
        if meeting.held_on.is_none() {
            meeting.recorded_at = at;
        }
        meeting.held_on = Some(held.held_on);
        meeting.attended = held.attended.iter().cloned().collect();
        meeting.absent = held.not_attended.iter().map(|absence| absence.body.clone()).collect();
        meeting.minutes_on = held.minutes_distributed_on.or(meeting.minutes_on);
        meeting.output_on = held.output_passed_on.or(meeting.output_on);
        meeting.position = position;
        self.forget_old_meetings();
    }

    fn meeting(
        &mut self,
        key: Digest,
        kind: MeetingKind,
        chair_role: &str,
        at: Timestamp,
    ) -> &mut Meeting {
        let meeting = self.meetings.entry(key).or_insert_with(|| Meeting {
            kind,
            chair_role: String::new(),
            planned_for: None,
            held_on: None,
            attended: BTreeSet::new(),
            absent: BTreeSet::new(),
            minutes_on: None,
            output_on: None,
            recorded_at: at,
            position: Position(0),
        });
        chair_role.clone_into(&mut meeting.chair_role);
        meeting
    }

    fn forget_old_meetings(&mut self) {
        let over = self.meetings.iter().filter(|(_, meeting)| meeting.is_over());
        let mut over: Vec<(Position, Digest)> =
            over.map(|(key, meeting)| (meeting.position, *key)).collect();
        over.sort_unstable();
        for (_, key) in over.iter().rev().skip(KEPT) {
            self.meetings.remove(key);
        }
    }

    pub(crate) fn ask(&mut self, position: Position, request: Request) {
        self.requests.insert(position, request);
        let answered = self.requests.iter().filter(|(_, request)| request.answer.is_some());
        let old: Vec<Position> = answered.rev().skip(KEPT).map(|(at, _)| *at).collect();
        for position in old {
            self.requests.remove(&position);
        }
    }

    pub(crate) fn assess(&mut self, assessment: &Assessment, position: Position) {
        let known = self.assessments.get(&assessment.scheme);
        if known.is_some_and(|known| known.on > assessment.assessed_on) {
            return;
        }
        let rated = |rated: &Rated| (rated.code.clone(), rated.rating);
        let all = [&assessment.areas, &assessment.standards, &assessment.answers];
        let assessed = Assessed {
            on: assessment.assessed_on,
            overall: assessment.overall,
            ratings: all.into_iter().flatten().map(rated).collect(),
            next_due_on: assessment.next_due_on,
            position,
        };
        self.assessments.insert(assessment.scheme, assessed);
    }

    /// Takes over the record of an earlier registration; where both have an entry, the newer stands.
    pub(crate) fn take_over(&mut self, earlier: Self) {
        let known = [self.registered_at, earlier.registered_at];
        self.registered_at = known.into_iter().flatten().min();
        for (kind, shown) in earlier.plans {
            let last = self.plans.entry(kind).or_insert(shown);
            *last = shown.max(*last);
        }
        let on = |sample: &Option<Sample>| sample.as_ref().map(|sample| sample.on);
        if on(&self.sample) < on(&earlier.sample) {
            self.sample = earlier.sample;
        }
        for (authority, placed) in earlier.placements {
            let newer =
                self.placements.get(&authority).is_some_and(|own| own.month >= placed.month);
            if !newer {
                self.placements.insert(authority, placed);
            }
        }
        for (key, meeting) in earlier.meetings {
            self.meetings.entry(key).or_insert(meeting);
        }
        for (position, request) in earlier.requests {
            self.requests.entry(position).or_insert(request);
        }
        for (subject, advised) in earlier.police_advice {
            let newer =
                self.police_advice.get(&subject).is_some_and(|own| own.position > advised.position);
            if !newer {
                self.police_advice.insert(subject, advised);
            }
        }
        for (concern, onward) in earlier.onward {
            self.onward.entry(concern).or_insert(onward);
        }
        for (role, support) in earlier.support {
            let newer =
                self.support.get(&role).is_some_and(|own| own.counted_on > support.counted_on);
            if !newer {
                self.support.insert(role, support);
            }
        }
        for (code, practice) in earlier.practices {
            let newer =
                self.practices.get(&code).is_some_and(|own| own.position > practice.position);
            if !newer {
                self.practices.insert(code, practice);
            }
        }
        for (scheme, assessed) in earlier.assessments {
            let newer = self.assessments.get(&scheme).is_some_and(|own| own.on > assessed.on);
            if !newer {
                self.assessments.insert(scheme, assessed);
            }
        }
    }
}
