//! Makes escalations of what holds: to whom, with what due, under which number.

use std::sync::Arc;

use super::{State, StepSoFar};
use crate::escalation::{Change, ChangeKind, Escalation, EvidenceList, Raise, raise};
use crate::picture::{ConcernItem, Home, Sought};
use crate::policy::{Answer, Trigger};
use crate::trigger::Held;
use crate::{BodyId, EscalationId, HomeId, Position};

/// What of a raise the trigger does not say.
pub(super) struct Raising<'a> {
    pub(super) scope: String,
    pub(super) episode: u32,
    pub(super) historic: bool,
    /// The concern that made it hold, whose facts may tell further bodies.
    pub(super) concern: Option<&'a ConcernItem>,
}

impl Default for Raising<'_> {
    fn default() -> Self {
        Self { scope: String::new(), episode: 1, historic: false, concern: None }
    }
}

impl State {
    /// The escalation of a trigger that holds, routed as the trigger says.
    pub(super) fn raised(
        &self,
        trigger: &Trigger,
        home: &Home,
        held: &Held,
        raising: Raising<'_>,
    ) -> Escalation {
        let area = self.area(home.id());
        let mut told = self.policy.route(&trigger.told, area.as_deref(), self.time);
        let also = raising.concern.map(|c| self.also_told(trigger, home, c));
        let planned = self.told_once_planned(trigger, home);
        for body in also.into_iter().flatten().chain(planned) {
            if !told.contains(&body) {
                told.push(body);
            }
        }
        let responsible = self.policy.route(&trigger.responsible, area.as_deref(), self.time);
        let routed = Routed { responsible, told, answers: &trigger.answer };
        self.raised_to(trigger, home, held, raising, routed)
    }

    /// The escalation of a trigger that holds, routed to these bodies.
    pub(super) fn raised_to(
        &self,
        trigger: &Trigger,
        home: &Home,
        held: &Held,
        raising: Raising<'_>,
        routed: Routed<'_>,
    ) -> Escalation {
        raise(
            Raise {
                trigger: &trigger.id,
                home: home.id(),
                scope: raising.scope,
                episode: raising.episode,
                level: held.level,
                severity: held.severity,
                responsible: routed.responsible,
                told: routed.told,
                answers: routed.answers,
                historic: raising.historic,
                first_held_on: Some(held.first_held_on),
                evidence: EvidenceList::new(held.events.clone(), held.incidents),
                explanation: held.explanation(trigger, &self.policy),
                unanswered: None,
                by: None,
                at: self.time,
                position: self.position,
            },
            &self.policy,
        )
    }

    /// The bodies that the facts of a concern make it right to tell.
    pub(super) fn also_told(
        &self,
        trigger: &Trigger,
        home: &Home,
        concern: &ConcernItem,
    ) -> Vec<BodyId> {
        let mut told = Vec::new();
        for rule in &trigger.told_if {
            let holds = |fact| crate::trigger::has(concern, fact);
            if rule.any.iter().copied().any(holds) {
                let area = self.area(home.id());
                told.extend(self.policy.route(&rule.roles, area.as_deref(), self.time));
            }
        }
        told
    }

    pub(super) fn change(&self, kind: ChangeKind, by: Option<BodyId>) -> Change {
        Change { kind, by, at: self.time, position: self.position }
    }

    /// Escalations of a home as decided, this step included.
    pub(super) fn escalations(
        &self,
        step: &StepSoFar,
        home: &HomeId,
        sought: Sought<'_>,
    ) -> Vec<Arc<Escalation>> {
        let decided = self.decided_escalations(home, sought);
        self.with_step(step, home, decided, sought)
    }

    /// Escalations of a home that the caller has in hand, as decided, this step included.
    pub(super) fn escalations_at(
        &self,
        step: &StepSoFar,
        home: &Home,
        sought: Sought<'_>,
    ) -> Vec<Arc<Escalation>> {
        self.with_step(step, home.id(), self.decided_at(home, sought), sought)
    }

    fn with_step(
        &self,
        step: &StepSoFar,
        home: &HomeId,
        mut decided: Vec<Arc<Escalation>>,
        sought: Sought<'_>,
    ) -> Vec<Arc<Escalation>> {
        if !step.escalations.is_empty() {
            decided.retain(|known| !step.escalations.contains(&known.id));
            let newer = self.of_step(step, home).filter(|newer| sought.fits(newer));
            decided.extend(newer.cloned());
        }
        decided
    }

    /// What this step has decided of a home: under its own token, or under one that it has succeeded.
    fn of_step<'a>(
        &'a self,
        step: &'a StepSoFar,
        home: &'a HomeId,
    ) -> impl Iterator<Item = &'a Arc<Escalation>> {
        let earlier = self.homes.get(home).into_iter().flat_map(|h| &h.head.predecessors);
        std::iter::once(home).chain(earlier).flat_map(|token| step.escalations.of_home(token))
    }

    /// One escalation of a home as decided, this step included.
    pub(super) fn escalation(
        &self,
        step: &StepSoFar,
        home: &HomeId,
        id: &EscalationId,
    ) -> Option<Arc<Escalation>> {
        let newer = self.of_step(step, home).find(|newer| newer.id == *id).cloned();
        newer.or_else(|| self.decided_escalation(home, id))
    }

    /// All that a trigger ever raised about one thing.
    pub(super) fn episodes(
        &self,
        step: &StepSoFar,
        home: &HomeId,
        trigger: &Trigger,
        scope: &str,
    ) -> Vec<Arc<Escalation>> {
        self.escalations(step, home, Sought::About(&trigger.id, scope))
    }

    /// The same under any of several scopes: one is what a raise is named by now, the others what it was
    /// named by once.
    pub(super) fn episodes_of_any(
        &self,
        step: &StepSoFar,
        home: &HomeId,
        trigger: &Trigger,
        scopes: &[String],
    ) -> Vec<Arc<Escalation>> {
        let of = |scope: &String| self.episodes(step, home, trigger, scope);
        scopes.iter().flat_map(of).collect()
    }

    /// The scopes of what is raised about the entry at a position: the present one first.
    pub(super) fn scopes_at(&self, home: &HomeId, what: &str, position: Position) -> [String; 2] {
        let reference = self.homes.get(home).and_then(|home| home.reference_at(position));
        let old = format!("{what} {position}");
        [reference.map_or_else(|| old.clone(), |reference| format!("{what} {reference}")), old]
    }

    /// Whether a trigger ever raised anything.
    pub(super) fn any_episode(&self, step: &StepSoFar, home: &HomeId, trigger: &Trigger) -> bool {
        self.homes.get(home).is_some_and(|home| home.has_any_of(&trigger.id))
            || self.waits_of(home, &trigger.id)
            || self.of_step(step, home).any(|newer| newer.trigger == trigger.id)
    }
}

/// Who gets an escalation, and what is due from them.
pub(super) struct Routed<'a> {
    pub(super) responsible: Vec<BodyId>,
    pub(super) told: Vec<BodyId>,
    pub(super) answers: &'a [Answer],
}

impl StepSoFar {
    /// Adds a decision. A second one about the same escalation at the same position replaces the
    /// first under its revision, so that nobody is told twice of one event.
    pub(super) fn put(&mut self, mut escalation: Escalation) {
        if let Some(earlier) = self.escalations.get_mut(&escalation.id) {
            escalation.revision = earlier.revision;
            if earlier.change.kind == ChangeKind::Raised {
                escalation.change = earlier.change.clone();
            }
            *earlier = Arc::new(escalation);
        } else {
            self.escalations.push(Arc::new(escalation));
        }
    }
}
