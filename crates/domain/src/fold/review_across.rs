//! A concern changed or went at a home: what rests on it about the provider or brand of that home, under
//! the token for what is about no single home, says so and stays open. Only a person closes
//! (triggers.md §3).

use std::sync::Arc;

use super::ask::Asked;
use super::{State, StepSoFar};
use crate::escalation::{ChangeKind, Escalation, Level, evidence};
use crate::picture::{ConcernItem, Home, Sought};
use crate::policy::{Gathered, Group, Per, Rule, Trigger};
use crate::trigger::{count, matches};
use crate::{HomeId, Position};

/// What is left of an escalation about a group of homes.
struct Left {
    /// Whether the concern still bears it.
    bears: bool,
    /// Whether the trigger holds on what is left.
    holds: bool,
    /// What is counted now, where that is more than the marks say: homes, or incidents of a window that is
    /// as full as before.
    counted: Option<u32>,
}

impl State {
    /// Looks again at every open escalation about a group of homes that rests on the concern. Those of the
    /// home itself have been looked at before: a spread follows from them.
    pub(super) fn review_across(&self, asked: Asked<'_>, step: &mut StepSoFar) {
        let general = HomeId::general();
        if *asked.home.id() == general {
            return;
        }
        let resting = Sought::RestingOn(&[asked.item.position]);
        for escalation in self.escalations(step, &general, resting) {
            // What went unanswered tells of the escalation below, which has its own evidence.
            if escalation.is_open() && escalation.unanswered.is_none() {
                self.review_one_across(&escalation, asked, step);
            }
        }
    }

    fn review_one_across(&self, escalation: &Escalation, asked: Asked<'_>, step: &mut StepSoFar) {
        let (home, position) = (asked.home, asked.item.position);
        let left = self.left_across(escalation, asked, step);
        let marked = escalation.evidence.withdrawn.contains(&position);
        let kind = if left.bears && (marked || left.holds) {
            ChangeKind::EvidenceAdded
        } else {
            ChangeKind::EvidenceWithdrawn
        };
        let change = self.change(kind, None);
        let mut next = if !left.bears && !marked {
            evidence::withdraw(escalation, home, position, left.holds, change)
        } else if left.bears && marked {
            evidence::restore(escalation, home, position, left.holds, change)
        } else if left.holds != escalation.still_holds {
            evidence::holds_or_not(escalation, left.holds, change)
        } else {
            return;
        };
        if let Some(counted) = left.counted {
            next.evidence.count = counted;
        }
        step.put(next);
    }

    fn left_across(&self, escalation: &Escalation, asked: Asked<'_>, step: &StepSoFar) -> Left {
        let position = asked.item.position;
        let homes = self.homes_of_scope(&escalation.scope);
        // It may have been matched to another home of the same group, where it counts all the same.
        let counts = homes
            .iter()
            .copied()
            .chain([asked.home])
            .any(|home| home.concern(position).is_some_and(|(_, concern)| concern.counts()));
        let as_it_was = Left { bears: counts, holds: escalation.still_holds, counted: None };
        let Some(trigger) = self.policy.terms(&escalation.trigger) else {
            return as_it_was;
        };
        // Evidence that a person added never matched: a correction does not take it away.
        let marked = escalation.evidence.withdrawn.contains(&position);
        let looks_at = |concern: &ConcernItem| self.looks_at(trigger, asked, concern);
        let must_match = marked || asked.before.is_some_and(looks_at);
        let bears = counts && (!must_match || looks_at(asked.concern));
        let left = |event: &Position| {
            if *event == position { bears } else { !escalation.evidence.withdrawn.contains(event) }
        };
        let left: Vec<Position> = escalation.evidence.events.iter().copied().filter(left).collect();
        match &trigger.rule {
            Rule::Count { per: Per::Provider, .. } => {
                let counted = self.still_counted(trigger, &homes, &left);
                Left { bears, holds: counted.is_some(), counted }
            }
            Rule::Weekly(weekly) => {
                Left { bears, holds: self.still_found(trigger, weekly, escalation), counted: None }
            }
            Rule::Gathered(Gathered::Spread { at_level, homes: at_least, share, .. }) => {
                self.left_of_spread((*at_level, *at_least, *share), &homes, position, &left, step)
            }
            Rule::Count { .. }
            | Rule::Immediate { .. }
            | Rule::Score { .. }
            | Rule::Breadth { .. }
            | Rule::Linked { .. }
            | Rule::Overdue { .. }
            | Rule::Requested {}
            | Rule::Gathered(Gathered::Open { .. }) => as_it_was,
        }
    }

    /// How many incidents exceed the limit of a count over a provider's homes around one of these events.
    fn still_counted(&self, trigger: &Trigger, homes: &[&Home], left: &[Position]) -> Option<u32> {
        let number = self.policy.tallies_of_trigger(&trigger.id).first()?;
        let rule = count::Rule::of(&trigger.rule, trigger.level, &self.policy)?;
        let Rule::Count { matching, .. } = &trigger.rule else { return None };
        let counted: Vec<_> =
            homes.iter().filter_map(|home| Some((*home, home.tally(*number)?))).collect();
        let mut left =
            left.iter().flat_map(|event| homes.iter().filter_map(|home| home.concern(*event)));
        left.find_map(|(item, concern)| {
            let matched = concern.counts() && matches(matching, &self.policy, item, concern);
            let held = matched.then(|| count::across::holds(rule, &counted, concern)).flatten();
            held.map(|held| held.incidents)
        })
    }

    /// A spread rests on the escalations of its homes: on those that were its evidence, closed or not, and
    /// on what stands open besides, as long as they hold themselves.
    fn left_of_spread(
        &self,
        (level, at_least, share): (Level, u32, f64),
        homes: &[&Home],
        position: Position,
        left: &[Position],
        step: &StepSoFar,
    ) -> Left {
        let raised = |e: &Arc<Escalation>| e.level >= level && self.counts_as_raised(e);
        let bears = homes.iter().any(|home| {
            let resting = self.escalations(step, home.id(), Sought::RestingOn(&[position]));
            resting.iter().any(|e| raised(e) && !e.evidence.withdrawn.contains(&position))
        });
        let running: Vec<&&Home> = homes.iter().filter(|home| self.is_running(home.id())).collect();
        let stands = |home: &&&&Home| {
            let open = self.escalations(step, home.id(), Sought::OpenAt(level));
            let resting = self.escalations(step, home.id(), Sought::RestingOn(left));
            open.iter().chain(&resting).any(|e| raised(e) && e.still_holds)
        };
        let standing = running.iter().filter(stands).count();
        let of = standing as f64 / running.len().max(1) as f64;
        let holds = standing >= at_least as usize && of >= share;
        Left { bears, holds, counted: Some(standing as u32) }
    }

    /// The homes of the provider or brand that a scope names.
    fn homes_of_scope(&self, scope: &str) -> Vec<&Home> {
        let group = [Group::Provider, Group::Brand].into_iter().find_map(|group| {
            let id = scope.strip_prefix(super::gathered::word(group))?.strip_prefix(' ')?;
            Some((group, id.to_owned()))
        });
        group.map(|group| self.homes_of_group(&group)).unwrap_or_default()
    }
}
