//! Time passes: every deadline that fell due on the way runs once, in order (law 3). An answer that
//! is overdue is told to the next rung of the ladder; lateness never raises the home's level.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{State, StepSoFar};
use crate::duty::Duty;
use crate::escalation::{
    Escalation, EvidenceList, Explanation, Level, Raise, Step, Unanswered, raise,
};
use crate::picture::Sought;
use crate::policy::{InForce, Trigger};
use crate::time::due_in_words;
use crate::{BodyId, EscalationId, HomeId};

impl State {
    /// Advances the fold's time to `to`, unless it is later already.
    pub(super) fn advance(&mut self, to: Timestamp, step: &mut StepSoFar) {
        let mut from = self.time;
        self.time = from.max(to);
        // A rule book holds from its instant on: what falls due just then is judged by it already.
        while let Some(due) = self.activations.next_due().filter(|due| *due <= self.time) {
            let until = due.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(due);
            self.run_due(from, until, step);
            self.take_due_effect(step);
            from = until.max(from);
        }
        self.run_due(from, self.time, step);
    }

    /// Runs the weeks and the deadlines that fell due after `from`, up to `until`, by the rule book in
    /// force.
    fn run_due(&mut self, from: Timestamp, until: Timestamp, step: &mut StepSoFar) {
        self.run_weeks(from, until, step);
        while let Some(next) = self.clock.take(until) {
            match next {
                (due, home, Duty::Answer { escalation, step: what }) => {
                    self.run_deadline(due, &home, &escalation, what, step);
                }
                (_, home, Duty::Retention) => self.end_retention(&home, step),
                (_, home, Duty::OpeningEnds) => self.end_openings(&home),
                (due, home, duty) => self.run_duty(due, &home, &duty, step),
            }
        }
    }

    fn run_deadline(
        &mut self,
        due: Timestamp,
        home: &HomeId,
        id: &EscalationId,
        what: Step,
        step: &mut StepSoFar,
    ) {
        self.home_mut(home).note(id, |kept| {
            kept.ran.insert(what);
        });
        if !step.decides() {
            return;
        }
        let Some(late) = self.decided_escalation(home, id) else {
            return;
        };
        let answered = late.due.iter().any(|d| d.step == what && d.done);
        if !late.is_open() || answered {
            return;
        }
        step.escalations.extend(self.unanswered(home, &late, what, due).map(Arc::new));
        if what == Step::AgreeLead {
            self.outside_memorandum(home, &late, step);
        }
    }

    /// The escalation that tells the next rung; none when the ladder has ended.
    fn unanswered(
        &self,
        home: &HomeId,
        late: &Escalation,
        what: Step,
        due: Timestamp,
    ) -> Option<Escalation> {
        let policy = &self.policy;
        let overdue = policy.chases_answers()?;
        let (original, first_step, from_rung) = match &late.unanswered {
            Some(of) => (of.escalation.clone(), of.step, of.rung.saturating_add(1)),
            None => (late.id.clone(), what, 0),
        };
        let source = self.decided_escalation(home, &original)?;
        // One that was closed and opened again is due anew, and not late yet.
        let still_late = source
            .due
            .iter()
            .any(|due| due.step == first_step && !due.done && due.due <= self.time);
        if !source.is_open() || !still_late {
            return None;
        }
        let area = self.area(home);
        let held = |role: &String| !policy.holders(role, area.as_deref(), self.time).is_empty();
        let ladder = ladder(policy, &source, overdue, held);
        let rungs = (0_u32..).zip(ladder).skip(from_rung as usize);
        let (rung, responsible) = rungs
            .map(|(rung, role)| (rung, policy.holders(role, area.as_deref(), self.time)))
            .find(|(_, holders)| !holders.is_empty())?;
        let mut told: Vec<BodyId> = late.responsible.clone();
        if let Some(action) = source.action_of(first_step)
            && source.recipients().contains(&&action.owner)
            && !told.contains(&action.owner)
        {
            told.push(action.owner.clone());
        }
        let unanswered = Unanswered { escalation: original.clone(), step: first_step, rung };
        let scope = format!("{original} {} {rung}", word(first_step));
        let chased = self.decided_escalations(home, Sought::About(&overdue.id, &scope));
        let last = chased.iter().map(|earlier| earlier.episode).max().unwrap_or_default();
        Some(raise(
            Raise {
                trigger: &overdue.id,
                home,
                scope,
                // Chased once more after it was opened again or became due again: another escalation, not
                // the same one.
                episode: source.reopened.max(last).saturating_add(1),
                level: Level::None,
                severity: source.severity,
                responsible,
                told,
                answers: &overdue.answer,
                historic: false,
                first_held_on: Some(crate::time::london_date(due)),
                evidence: EvidenceList::new(source.evidence.events.clone(), source.evidence.count),
                explanation: Explanation {
                    sentence: overdue_sentence(policy, &source, first_step, due),
                    counted: f64::from(rung) + 1.0,
                    limit: 1.0,
                    window: None,
                    policy_version: policy.version.clone(),
                    source: overdue.source.clone(),
                },
                unanswered: Some(unanswered),
                by: None,
                at: self.time,
                position: self.position,
            },
            policy,
        ))
    }

    pub(super) fn area(&self, home: &HomeId) -> Option<String> {
        self.homes.get(home)?.head.registration.as_ref()?.area.clone()
    }
}

/// The trigger's own ladder, unless nobody holds any rung of it any more, as may be when it was
/// withdrawn: then the one for all.
fn ladder<'a>(
    policy: &'a InForce,
    late: &Escalation,
    overdue: &'a Trigger,
    held: impl Fn(&String) -> bool,
) -> &'a [String] {
    match policy.terms(&late.trigger) {
        Some(trigger) if trigger.ladder.iter().any(held) => &trigger.ladder,
        _ => &overdue.ladder,
    }
}

fn overdue_sentence(policy: &InForce, source: &Escalation, step: Step, due: Timestamp) -> String {
    let by = due_in_words(due);
    let title = policy.terms(&source.trigger).map_or(source.trigger.as_str(), |one| &one.title);
    let title = title.trim_end_matches('.');
    match source.action_of(step) {
        Some(action) => format!(
            "Action {} of the escalation “{title}”, which {} owns, was due by {by}.",
            action.number,
            policy.named(&action.owner)
        ),
        None => {
            let asked = match step {
                Step::Acknowledge => "acknowledged",
                Step::Discuss => "discussed",
                Step::AgreeLead => "given a lead",
                Step::Decide | Step::Action(_) => "decided",
            };
            format!("The escalation “{title}” was to be {asked} by {by}, and was not.")
        }
    }
}

fn word(step: Step) -> String {
    match step {
        Step::Acknowledge => "acknowledge".to_owned(),
        Step::Discuss => "discuss".to_owned(),
        Step::AgreeLead => "agree-lead".to_owned(),
        Step::Decide => "decide".to_owned(),
        Step::Action(number) => format!("action-{number}"),
    }
}
