//! What came of it goes back to agencies (part 4 of the flowchart): outcomes to those who contributed, what
//! came of a meeting to the roles that it was passed on to. All of it waits for the police first.

use jiff::civil::Date;

use super::{State, StepSoFar};
use crate::event::{DecisionKind, Event, MeetingRecord};
use crate::message::Said;
use crate::notice::{About, Content, Held, MeetingNotice, Notice, Outcome, outcome};
use crate::sharing::may_read;
use crate::time::london_date;
use crate::{BodyId, EscalationId, HomeId};

impl State {
    /// An escalation was decided or closed: its contributors are told.
    pub(super) fn pass_on_outcome(
        &mut self,
        said: &Said,
        home: &HomeId,
        event: &Event,
        escalation: &EscalationId,
        step: &mut StepSoFar,
    ) {
        let (outcome, decision) = if let Event::Decided(decided) = event {
            (Outcome::Decided, Some(decided.decision))
        } else if let Event::Closed(_) = event {
            let closed = self.escalation(step, home, escalation);
            (Outcome::Closed, closed.and_then(|closed| closed.decision))
        } else {
            return;
        };
        let (by, escalation) = (said.agency.clone(), Some(escalation.clone()));
        let about = About { event: said.reference, by, escalation };
        let on = london_date(self.time);
        self.pass_on(home, Held::Outcome { about, outcome, decision, on }, step);
    }

    /// A meeting was held and its output is passed on.
    pub(super) fn pass_on_meeting(
        &mut self,
        said: &Said,
        home: &HomeId,
        held: &MeetingRecord,
        step: &mut StepSoFar,
    ) {
        if held.passed_on_to.is_empty() {
            return;
        }
        let about = About { event: said.reference, by: said.agency.clone(), escalation: None };
        let meeting = MeetingNotice {
            meeting: held.meeting,
            held_on: held.held_on,
            chair_role: held.chair_role.clone(),
        };
        self.pass_on(home, Held::Meeting { about, meeting, to: held.passed_on_to.clone() }, step);
    }

    /// Passes it on, or holds it until the police let it.
    fn pass_on(&mut self, home: &HomeId, held: Held, step: &mut StepSoFar) {
        if self.is_held_for_the_police(home) {
            let picture = self.home_mut(home);
            picture.head.held.push(held);
            picture.touch();
        } else {
            self.give(home, &held, step);
        }
    }

    /// What waited at a home goes, once the police let it: whatever changed that changed the home.
    pub(super) fn pass_on_held(&mut self, step: &mut StepSoFar) {
        let waits = |home: &&HomeId| {
            self.homes.get(home).is_some_and(|picture| !picture.head.held.is_empty())
        };
        let waiting: Vec<HomeId> = self.touched.iter().filter(waits).cloned().collect();
        for home in waiting {
            if self.is_held_for_the_police(&home) {
                continue;
            }
            let picture = self.home_mut(&home);
            let held = std::mem::take(&mut picture.head.held);
            picture.touch();
            for held in held {
                self.give(&home, &held, step);
            }
        }
    }

    /// What waits stands in the picture, so it follows from what was decided before this message alone: what
    /// this message itself leads to is not in the log yet, and a replay would not find it (law 1).
    fn is_held_for_the_police(&self, home: &HomeId) -> bool {
        home.is_place() && self.police_first(home, None, None).is_err()
    }

    fn give(&self, home: &HomeId, held: &Held, step: &mut StepSoFar) {
        if !step.decides() {
            return;
        }
        let given = match held {
            Held::Outcome { about, outcome, decision, on } => {
                self.outcomes(home, about, *outcome, *decision, *on, step)
            }
            Held::Meeting { about, meeting, to } => {
                let area = self.area(home);
                let holders = self.policy.route(to, area.as_deref(), self.time);
                let others = holders.into_iter().filter(|body| *body != about.by);
                let notice =
                    Notice::new(home, about.clone(), Content::MeetingOutput(meeting.clone()));
                others.map(|body| (body, notice.clone())).collect()
            }
        };
        let readers = given.into_iter().filter(|(to, _)| self.is_told(to));
        step.notices.extend(readers);
    }

    fn outcomes(
        &self,
        home: &HomeId,
        about: &About,
        kind: Outcome,
        decision: Option<DecisionKind>,
        on: Date,
        step: &StepSoFar,
    ) -> Vec<(BodyId, Notice)> {
        let escalation = about.escalation.as_ref().and_then(|id| self.escalation(step, home, id));
        let Some((escalation, picture)) = escalation.zip(self.homes.get(home)) else {
            return Vec::new();
        };
        let content = match kind {
            Outcome::Decided => Content::OutcomeDecided,
            Outcome::Closed => Content::OutcomeClosed,
        };
        let mut told = outcome(&escalation, picture, &about.by, decision, on);
        told.retain(|body, _| {
            let roles = self.policy.body(body).map(|known| known.roles.as_slice());
            self.policy.sharing.tells_outcomes(roles.unwrap_or_default())
        });
        let notice = |told| Notice::new(home, about.clone(), content(told));
        told.into_iter().map(|(body, told)| (body, notice(told))).collect()
    }

    /// Whether a body is told anything at all: it may read, now.
    pub(super) fn is_told(&self, body: &BodyId) -> bool {
        may_read(&self.policy, body, self.time)
    }
}
