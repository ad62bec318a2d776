//! A concern changed or went: what rests on it says so, and stays open. Only a person closes
//! (triggers.md §3).

use super::ask::Asked;
use super::{State, StepSoFar};
use crate::Position;
use crate::escalation::{ChangeKind, Escalation, Level, evidence};
use crate::event::Facets;
use crate::picture::{ConcernItem, Sought};
use crate::policy::{Fact, Rule, Trigger};
use crate::trigger::{Link, holds, is_subject, matches, wanted};

/// Whether a permanent repair ends what the trigger is about: its match leaves repaired risks out.
pub(super) fn ends_on_repair(trigger: &Trigger) -> bool {
    wanted(&trigger.rule).is_some_and(|matching| matching.except_facts.contains(&Fact::Repaired))
}

impl State {
    /// Looks again at every open escalation that rests on the concern.
    pub(super) fn review(&self, asked: Asked<'_>, step: &mut StepSoFar) {
        let resting = Sought::RestingOn(&[asked.item.position]);
        for escalation in self.escalations(step, asked.home.id(), resting) {
            // What went unanswered tells of the escalation below, which has its own evidence.
            if escalation.is_open() && escalation.unanswered.is_none() {
                self.review_one(&escalation, asked, step);
            }
        }
    }

    fn review_one(&self, escalation: &Escalation, asked: Asked<'_>, step: &mut StepSoFar) {
        let position = asked.item.position;
        let trigger = self.policy.terms(&escalation.trigger);
        let was_withdrawn = escalation.evidence.withdrawn.contains(&position);
        let looks_at = |concern: &ConcernItem| {
            trigger.is_some_and(|trigger| self.looks_at(trigger, asked, concern))
        };
        // Evidence that a person added never matched: a correction does not take it away.
        let matched = asked.before.is_some_and(looks_at);
        // A word that now tells of the repair is not taken back: it tells how the risk ended.
        let repaired = asked.concern.counts()
            && asked.concern.facets.has(Facets::REPAIRED)
            && trigger.is_some_and(ends_on_repair);
        let gone = !asked.concern.counts() || matched && !looks_at(asked.concern) && !repaired;
        let withdrawn = gone && !was_withdrawn;
        let still_holds = trigger.map_or(escalation.still_holds, |trigger| {
            self.still_holds(trigger, escalation, asked, gone)
        });
        if withdrawn {
            let change = self.change(ChangeKind::EvidenceWithdrawn, None);
            let home = asked.home;
            step.put(evidence::withdraw(escalation, home, position, still_holds, change));
        } else if still_holds != escalation.still_holds {
            let kind =
                if still_holds { ChangeKind::EvidenceAdded } else { ChangeKind::EvidenceWithdrawn };
            let change = self.change(kind, None);
            step.put(evidence::holds_or_not(escalation, still_holds, change));
        }
    }

    pub(super) fn looks_at(
        &self,
        trigger: &Trigger,
        asked: Asked<'_>,
        concern: &ConcernItem,
    ) -> bool {
        let counted = if let Rule::Weekly(weekly) = &trigger.rule {
            Some(weekly.matching())
        } else {
            wanted(&trigger.rule)
        };
        match counted {
            Some(matching) => matches(matching, &self.policy, asked.item, concern),
            None => is_subject(&trigger.rule, &self.policy, asked.item, concern),
        }
    }

    /// Whether the trigger holds on what is left of the evidence.
    fn still_holds(
        &self,
        trigger: &Trigger,
        escalation: &Escalation,
        asked: Asked<'_>,
        gone: bool,
    ) -> bool {
        if let Rule::Linked { .. } = &trigger.rule {
            return self.still_linked(trigger, escalation, asked);
        }
        if let Rule::Weekly(weekly) = &trigger.rule {
            return self.still_found(trigger, weekly, escalation);
        }
        let Some(matching) = wanted(&trigger.rule) else {
            return escalation.still_holds;
        };
        let home = asked.home;
        let stands = |event: &&Position| {
            !(escalation.evidence.withdrawn.contains(event)
                || gone && **event == asked.item.position)
        };
        let left = escalation.evidence.events.iter().filter(stands);
        left.filter_map(|event| home.concern(*event)).any(|other| {
            other.1.counts()
                && !(ends_on_repair(trigger) && home.has_been_repaired(other.0.position))
                && matches(matching, &self.policy, other.0, other.1)
                && holds(trigger, &self.policy, home, other).is_some()
        })
    }

    /// A permanent repair: what rests on the same incident says so and stays open for the last look
    /// (triggers.md §4, `property-risk`).
    pub(super) fn repaired(&self, asked: Asked<'_>, step: &mut StepSoFar) {
        let home = asked.home;
        let incident: Vec<Position> =
            home.same_incident(asked.item.position).map(|(item, _)| item.position).collect();
        for open in self.escalations(step, home.id(), Sought::RestingOn(&incident)) {
            let Some(trigger) = self.policy.terms(&open.trigger).filter(|t| ends_on_repair(t))
            else {
                continue;
            };
            let listed = open.evidence.events.contains(&asked.item.position);
            if !open.is_open() || listed {
                continue;
            }
            let more = evidence::More {
                events: &[asked.item.position],
                held: None,
                severity: open.severity,
                level: Level::None,
                told: Vec::new(),
                answers: &[],
                change: self.change(ChangeKind::EvidenceAdded, None),
            };
            let mut next = evidence::add(&open, home, more, &self.policy);
            next.still_holds = self.still_holds(trigger, &open, asked, false);
            step.put(next);
        }
    }

    fn still_linked(&self, trigger: &Trigger, escalation: &Escalation, asked: Asked<'_>) -> bool {
        let events = &escalation.evidence.events;
        let mut found = events.iter().filter_map(|event| {
            let (item, concern) = asked.home.concern(*event)?;
            Some(self.links_of(trigger, asked.home, (item, concern)))
        });
        let question = escalation.scope.starts_with("same-person ");
        found.any(|links| {
            links.iter().any(|link| match link {
                Link::Same(death, concern) => {
                    question || events.contains(death) && events.contains(concern)
                }
                Link::Ask(death, concern) => {
                    question && events.contains(death) && events.contains(concern)
                }
            })
        })
    }
}
