//! What else than an answer is overdue: sets what is due on the clock, and tells what has not come. What
//! is still to come stands on the clock; what is past has been run: a restart sets the same again from
//! pictures, policy and time alone, so everything runs exactly once, in the order in which it fell due.

use jiff::Timestamp;

use super::{State, StepSoFar};
use crate::duty::{self, Duty};
use crate::escalation::{
    ChangeKind, Escalation, EvidenceList, Explanation, Level, Raise, evidence, raise,
};
use crate::event::{DecisionKind, Severity};
use crate::picture::{ConcernItem, Home, Item, Sought};
use crate::policy::{Owed, Trigger};
use crate::{BodyId, HomeId, Position};

/// What an escalation about something overdue says.
pub(super) struct Late<'a> {
    pub(super) trigger: &'a Trigger,
    /// What it is about within the home; one at a time is open about the same.
    pub(super) scope: String,
    /// What was raised about the same before references named it.
    pub(super) former: Option<String>,
    pub(super) responsible: Vec<BodyId>,
    pub(super) told: Vec<BodyId>,
    pub(super) severity: Severity,
    pub(super) evidence: EvidenceList,
    pub(super) sentence: String,
    pub(super) due: Timestamp,
}

impl State {
    /// Sets all that is due of a home but answers, as it follows from picture, policy and time.
    pub(super) fn set_duties(&mut self, home: &Home) {
        for (item, concern) in home.concerns() {
            self.set_triage(home.id(), item, concern);
        }
        self.set_record_duties(home);
        self.set_retention(home.id());
    }

    /// A policy took effect: what is due follows from it anew.
    pub(super) fn set_duties_anew(&mut self) {
        self.clock.clear_all_but_answers();
        self.of_record.clear();
        for home in self.homes.values().cloned().collect::<Vec<_>>() {
            self.set_duties(&home);
        }
    }

    /// Sets what is due of a home's record; called whenever the record changed.
    pub(super) fn set_record_duties(&mut self, home: &Home) {
        for (due, duty) in self.of_record.remove(home.id()).into_iter().flatten() {
            self.clock.clear(due, home.id(), duty);
        }
        let duties = duty::of_home(&self.policy, home, self.time);
        if duties.is_empty() {
            return;
        }
        for (due, duty) in &duties {
            self.clock.set(*due, home.id(), duty.clone());
        }
        self.of_record.insert(home.id().clone(), duties);
    }

    /// The record of `home` changed.
    pub(super) fn record_changed(&mut self, home: &HomeId) {
        if let Some(home) = self.homes.get(home).cloned() {
            self.set_record_duties(&home);
        }
    }

    /// Puts the triage of a concern on the clock, where it is owed and still to come.
    pub(super) fn set_triage(&mut self, home: &HomeId, item: &Item, concern: &ConcernItem) {
        if let Some(due) = duty::triage_due(&self.policy, item, concern)
            && due > self.time
        {
            self.clock.set(due, home, Duty::Triage { concern: item.position });
        }
    }

    /// The concern `item` of `home`, which stood there as `before`, changed or went: the clock of its
    /// triage follows. Where it now ought to have been triaged already, that is told at once.
    pub(super) fn reset_triage(
        &mut self,
        home: &HomeId,
        item: &Item,
        before: &ConcernItem,
        step: &mut StepSoFar,
    ) {
        let duty = Duty::Triage { concern: item.position };
        let was = duty::triage_due(&self.policy, item, before);
        let waits = was.is_some_and(|was| self.clock.clear(was, home, duty.clone()));
        let Some((item, now)) = self
            .homes
            .get(home)
            .and_then(|home| home.concern(item.position))
            .map(|(item, concern)| (item.clone(), concern.clone()))
        else {
            return;
        };
        match duty::triage_due(&self.policy, &item, &now) {
            Some(due) if due > self.time => self.set_triage(home, &item, &now),
            Some(due) if waits => self.run_duty(due, home, &duty, step),
            Some(_) | None => {}
        }
    }

    /// Takes the triages of a home off the clock: its concerns go elsewhere.
    pub(super) fn clear_triages(&mut self, home: &Home) {
        for (item, concern) in home.concerns() {
            if let Some(due) = duty::triage_due(&self.policy, item, concern) {
                let duty = Duty::Triage { concern: item.position };
                self.clock.clear(due, home.id(), duty);
            }
        }
    }

    /// The time for something has come, or had come when this became known.
    pub(super) fn run_duty(
        &mut self,
        due: Timestamp,
        home: &HomeId,
        duty: &Duty,
        step: &mut StepSoFar,
    ) {
        if matches!(duty, Duty::Plan | Duty::Sample | Duty::Regular { .. }) {
            self.set_next(due, home, duty);
        }
        if step.decides()
            && let Some(late) = self.late(due, home, duty, step)
        {
            self.tell_late(home, late, step);
        }
    }

    /// What recurs is due again, also where that has passed, too: each time is run, in order.
    fn set_next(&mut self, due: Timestamp, home: &HomeId, duty: &Duty) {
        let Some(picture) = self.homes.get(home).cloned() else {
            return;
        };
        let next =
            duty::of_home(&self.policy, &picture, due).into_iter().find(|(_, next)| next == duty);
        let set = self.of_record.entry(home.clone()).or_default();
        set.retain(|(_, other)| other != duty);
        set.extend(next.clone());
        if let Some((due, duty)) = next {
            self.clock.set(due, home, duty);
        }
    }

    /// A policy took effect: what is late under it is told where it was never told.
    pub(super) fn decide_late(&mut self, home: &HomeId, step: &mut StepSoFar) {
        if !step.decides() {
            return;
        }
        let Some(picture) = self.homes.get(home).cloned() else {
            return;
        };
        for (due, duty) in duty::late_at(&self.policy, &picture, self.time) {
            if let Some(late) = self.late(due, home, &duty, step)
                && self.episodes_of_late(step, home, &late).is_empty()
            {
                self.tell_late(home, late, step);
            }
        }
    }

    fn episodes_of_late(
        &self,
        step: &StepSoFar,
        home: &HomeId,
        late: &Late<'_>,
    ) -> Vec<std::sync::Arc<Escalation>> {
        let mut all = self.episodes(step, home, late.trigger, &late.scope);
        if let Some(former) = &late.former {
            all.extend(self.episodes(step, home, late.trigger, former));
        }
        all
    }

    /// Raises an escalation about what is late, unless one about the same is open: then what is new is
    /// added to it.
    pub(super) fn tell_late(&self, home: &HomeId, late: Late<'_>, step: &mut StepSoFar) {
        let episodes = self.episodes_of_late(step, home, &late);
        if let Some(open) = episodes.iter().find(|escalation| escalation.is_open()) {
            self.add_late(home, open, &late, step);
            return;
        }
        let last = episodes.iter().map(|escalation| escalation.episode).max();
        let raised = Raise {
            trigger: &late.trigger.id,
            home,
            scope: late.scope,
            episode: last.map_or(1, |last| last.saturating_add(1)),
            // None for all that is merely late: lateness raises seniority, never the home's level.
            level: late.trigger.level.level(late.severity),
            severity: late.severity,
            responsible: late.responsible,
            told: late.told,
            answers: &late.trigger.answer,
            historic: false,
            first_held_on: Some(crate::time::london_date(late.due)),
            evidence: late.evidence,
            explanation: Explanation {
                sentence: late.sentence,
                counted: 1.0,
                limit: 1.0,
                window: None,
                policy_version: self.policy.version.clone(),
                source: late.trigger.source.clone(),
            },
            unanswered: None,
            by: None,
            at: self.time,
            position: self.position,
        };
        step.put(raise(raised, &self.policy));
    }

    fn add_late(&self, home: &HomeId, open: &Escalation, late: &Late<'_>, step: &mut StepSoFar) {
        let new = |event: &&Position| open.evidence.events.binary_search(event).is_err();
        let events: Vec<Position> = late.evidence.events.iter().filter(new).copied().collect();
        let Some(picture) = self.homes.get(home).filter(|_| !events.is_empty()) else {
            return;
        };
        let more = evidence::More {
            events: &events,
            held: None,
            severity: late.severity,
            level: Level::None,
            told: late.told.clone(),
            answers: &late.trigger.answer,
            change: self.change(ChangeKind::EvidenceAdded, None),
        };
        let mut added = evidence::add(open, picture, more, &self.policy);
        added.still_holds = true;
        step.put(added);
    }

    /// Of a trigger's open escalations, those whose matter has come say so, and stay open.
    pub(super) fn no_longer_late(
        &self,
        home: &HomeId,
        trigger: &Trigger,
        step: &mut StepSoFar,
        has_come: impl Fn(&Escalation) -> bool,
    ) {
        for escalation in self.escalations(step, home, Sought::Of(&trigger.id)) {
            if escalation.is_open() && escalation.still_holds && has_come(&escalation) {
                let change = self.change(ChangeKind::EvidenceWithdrawn, None);
                step.put(evidence::holds_or_not(&escalation, false, change));
            }
        }
    }

    /// A lead was not agreed in time, or somebody decided outside the memorandum (Norfolk 7.3.1).
    pub(super) fn outside_memorandum(
        &self,
        home: &HomeId,
        source: &Escalation,
        step: &mut StepSoFar,
    ) {
        let Some((trigger, _)) = duty::rule(&self.policy, |of| matches!(of, Owed::Lead {})) else {
            return;
        };
        let scope = format!("lead {}", source.id);
        // Once for an escalation, however it came outside the memorandum.
        if !step.decides() || !self.episodes(step, home, trigger, &scope).is_empty() {
            return;
        }
        let (responsible, mut told) = self.routed(home, trigger);
        for body in &source.responsible {
            if !told.contains(body) {
                told.push(body.clone());
            }
        }
        let late = Late {
            trigger,
            scope,
            former: None,
            responsible,
            told,
            severity: source.severity,
            evidence: EvidenceList::new(source.evidence.events.clone(), source.evidence.count),
            sentence: if source.decision == Some(DecisionKind::StrategyTypeMeetingOutsideMou) {
                format!("Escalation {} was decided to lie outside the memorandum.", source.id)
            } else {
                format!("No lead was agreed for escalation {} in time.", source.id)
            },
            due: self.time,
        };
        self.tell_late(home, late, step);
    }

    pub(super) fn routed(&self, home: &HomeId, trigger: &Trigger) -> (Vec<BodyId>, Vec<BodyId>) {
        let area = self.area(home);
        let route = |roles: &[String]| self.policy.route(roles, area.as_deref(), self.time);
        (route(&trigger.responsible), route(&trigger.told))
    }
}
