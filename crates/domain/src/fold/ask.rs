//! Asks the triggers about a concern that came, changed or went, and turns what holds into
//! escalations. Nothing here writes a picture: decisions go to the outbox (law 2).

use std::sync::Arc;

use jiff::civil::Date;

use super::raise::Raising;
use super::review::ends_on_repair;
use super::{State, StepSoFar};
use crate::HomeId;
use crate::Position;
use crate::escalation::{ChangeKind, Escalation, Level, evidence};
use crate::event::Facets;
use crate::picture::{ConcernItem, Home, Item, Sought};
use crate::policy::{LevelRule, Per, Rule, Trigger};
use crate::trigger::{Held, Subject, holds, holds_today, matches, wanted};

/// A concern that triggers are asked about.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) home: &'a Home,
    pub(super) item: &'a Item,
    pub(super) concern: &'a ConcernItem,
    /// As it was, where it stood here before and has changed or gone.
    pub(super) before: Option<&'a ConcernItem>,
}

impl<'a> Asked<'a> {
    pub(super) fn subject(self) -> Subject<'a> {
        (self.item, self.concern)
    }

    /// Whether it is history (law 7).
    pub(super) fn is_history(self) -> bool {
        self.concern.is_history(self.item.recorded_at)
    }
}

impl State {
    /// Decides on the concern at `position`, which has just come to `home`.
    pub(super) fn decide(&self, home: &HomeId, position: Position, step: &mut StepSoFar) {
        self.ask_triggers(home, position, None, step, |_| true);
    }

    /// Decides on the concern at `position`, which stood in `home` as `before` and has changed or gone.
    pub(super) fn decide_again(
        &self,
        home: &HomeId,
        position: Position,
        before: &ConcernItem,
        step: &mut StepSoFar,
    ) {
        self.ask_triggers(home, position, Some(before), step, |_| true);
    }

    /// Decides on a concern that an earlier registration brought along. What one concern alone met
    /// was decided there; only what counts several together can hold anew.
    pub(super) fn decide_moved(&self, home: &HomeId, position: Position, step: &mut StepSoFar) {
        self.ask_triggers(home, position, None, step, |rule| {
            matches!(rule, Rule::Count { .. } | Rule::Score { .. } | Rule::Breadth { .. })
        });
    }

    fn ask_triggers(
        &self,
        home: &HomeId,
        position: Position,
        before: Option<&ConcernItem>,
        step: &mut StepSoFar,
        among: impl Fn(&Rule) -> bool,
    ) {
        if !step.decides() {
            return;
        }
        let Some(home) = self.homes.get(home) else {
            return;
        };
        let Some((item, concern)) = home.concern(position) else {
            return;
        };
        let asked = Asked { home, item, concern, before };
        if concern.counts() {
            let may = self.policy.asked(concern.kind);
            for trigger in may.filter(|trigger| among(&trigger.rule)) {
                self.ask(trigger, asked, step);
            }
        }
        if before.is_some() {
            self.review(asked, step);
            self.review_across(asked, step);
        }
        if concern.counts() && concern.facets.has(Facets::REPAIRED) {
            self.repaired(asked, step);
        }
    }

    fn ask(&self, trigger: &Trigger, asked: Asked<'_>, step: &mut StepSoFar) {
        if let Some(matching) = wanted(&trigger.rule) {
            // Counting needs a place; a single grave concern is acted on wherever it is.
            let here = asked.home.id().is_place() || matches!(trigger.rule, Rule::Immediate { .. });
            if here && matches(matching, &self.policy, asked.item, asked.concern) {
                if let Rule::Count { per: Per::Provider, .. } = trigger.rule {
                    self.met_across(trigger, asked, step);
                } else {
                    self.met(trigger, asked, step);
                }
            }
        } else if matches!(trigger.rule, Rule::Linked { .. }) {
            self.link(trigger, asked, step);
        }
    }

    /// A policy took effect on the date `today`: what holds then is raised where nothing was ever raised.
    pub(super) fn decide_today(&self, home: &HomeId, today: Date, step: &mut StepSoFar) {
        if !step.decides() || !home.is_place() {
            return;
        }
        let Some(picture) = self.homes.get(home) else {
            return;
        };
        for trigger in self.policy.trigger.iter().filter(|trigger| !trigger.off) {
            if self.episodes(step, home, trigger, "").is_empty()
                && let Some(held) = holds_today(trigger, &self.policy, picture, today)
            {
                let held = self.with_chance(trigger, picture, held);
                let raised = self.raised(trigger, picture, &held, Raising::default());
                step.put(raised);
            }
        }
    }

    /// A matching concern: it raises, adds to what is open, or waits until the trigger re-arms.
    fn met(&self, trigger: &Trigger, asked: Asked<'_>, step: &mut StepSoFar) {
        let (scope, episodes) = self.episodes_of(trigger, asked, step);
        if let Some(open) = episodes.iter().find(|escalation| escalation.is_open()) {
            self.met_while_open(trigger, asked, open, step);
            return;
        }
        let history = asked.is_history();
        if history && self.any_episode(step, asked.home.id(), trigger) {
            return;
        }
        let last = episodes.iter().max_by_key(|escalation| escalation.episode);
        if last.is_some_and(|closed| !self.rearmed(trigger, asked, closed)) {
            return;
        }
        let Some(held) = self.holds_for(trigger, asked) else {
            return;
        };
        let raising = Raising {
            episode: last.map_or(1, |closed| closed.episode.saturating_add(1)),
            scope,
            historic: history,
            concern: Some(asked.concern),
        };
        step.put(self.raised(trigger, asked.home, &held, raising));
    }

    /// The scope that a raise would have, and all that was ever raised about the same.
    fn episodes_of(
        &self,
        trigger: &Trigger,
        asked: Asked<'_>,
        step: &StepSoFar,
    ) -> (String, Vec<Arc<Escalation>>) {
        let about =
            |scope| self.escalations_at(step, asked.home, Sought::About(&trigger.id, scope));
        if !matches!(trigger.rule, Rule::Immediate { .. }) {
            return (String::new(), about(""));
        }
        let scopes = self.scopes_at(asked.home.id(), "incident", asked.concern.incident);
        let mut all: Vec<Arc<Escalation>> = scopes.iter().flat_map(|scope| about(scope)).collect();
        // Incidents may join or part after the raise: what rests on any event of this one is about it.
        let incident: Vec<Position> =
            asked.home.same_incident(asked.item.position).map(|(item, _)| item.position).collect();
        let mut others = self.escalations_at(step, asked.home, Sought::RestingOn(&incident));
        others.retain(|other| other.trigger == trigger.id && !scopes.contains(&other.scope));
        all.append(&mut others);
        let [scope, _] = scopes;
        (scope, all)
    }

    fn met_while_open(
        &self,
        trigger: &Trigger,
        asked: Asked<'_>,
        open: &Escalation,
        step: &mut StepSoFar,
    ) {
        let position = asked.item.position;
        let listed = open.evidence.events.binary_search(&position).is_ok()
            && !open.evidence.withdrawn.contains(&position);
        let told = self.also_told(trigger, asked.home, asked.concern);
        let someone_new = told.iter().any(|body| !open.recipients().contains(&body));
        let says_more = asked.concern.severity > open.severity || someone_new;
        if asked.is_history() && !listed || listed && !says_more {
            return;
        }
        let held = may_tell_more(trigger, asked.concern, open)
            .then(|| self.holds_for(trigger, asked))
            .flatten();
        self.add(trigger, asked, open, &[position], held.as_ref(), step);
    }

    /// Whether a trigger holds for a concern; not for one whose risk a repair has ended.
    fn holds_for(&self, trigger: &Trigger, asked: Asked<'_>) -> Option<Held> {
        let over = ends_on_repair(trigger) && asked.home.has_been_repaired(asked.item.position);
        let held = (!over).then(|| holds(trigger, &self.policy, asked.home, asked.subject()));
        held.flatten().map(|held| self.with_chance(trigger, asked.home, held))
    }

    /// Adds events to an open escalation, and tells whom they make it right to tell.
    pub(super) fn add(
        &self,
        trigger: &Trigger,
        asked: Asked<'_>,
        open: &Escalation,
        events: &[Position],
        held: Option<&Held>,
        step: &mut StepSoFar,
    ) {
        let more = evidence::More {
            events,
            held,
            severity: asked.concern.severity,
            level: trigger.level.level(asked.concern.severity),
            told: self.also_told(trigger, asked.home, asked.concern),
            answers: &trigger.answer,
            change: self.change(ChangeKind::EvidenceAdded, None),
        };
        step.put(evidence::add(open, asked.home, more, &self.policy));
    }

    /// Whether a closed trigger fires again (triggers.md §3): enough further incidents since, or one
    /// that is grave enough. Of `immediate` it is about the closed incident itself, and only a graver
    /// word of it fires: every other incident has an escalation of its own.
    fn rearmed(&self, trigger: &Trigger, asked: Asked<'_>, closed: &Escalation) -> bool {
        let Some(matching) = wanted(&trigger.rule) else {
            return true;
        };
        let (rearm, concern) = (trigger.rearm, asked.concern);
        if matches!(trigger.rule, Rule::Immediate { .. }) {
            // What was over when it was closed, such as a repaired risk, and has come back.
            let came_back = !closed.still_holds;
            let graver = concern.severity > closed.severity;
            return came_back || concern.severity >= rearm.or_severity && graver;
        }
        let matched = |item: &Item, concern: &ConcernItem| {
            concern.counts() && matches(matching, &self.policy, item, concern)
        };
        let corrected_upwards = asked.before.is_some_and(|before| {
            !matched(asked.item, before) || before.severity < concern.severity
        });
        if corrected_upwards && concern.severity >= rearm.or_severity {
            return true;
        }
        let since = closed.change.position;
        let mut further: std::collections::BTreeSet<Position> = std::collections::BTreeSet::new();
        for (item, concern) in asked.home.concerns_after(since) {
            if !matched(item, concern) || concern.is_history(item.recorded_at) {
                continue;
            }
            if concern.severity >= rearm.or_severity
                && !self.known_as_grave(asked.home, item, concern, since)
            {
                return true;
            }
            // A later word of an incident that was known when it was closed is nothing further.
            if concern.incident > since {
                further.insert(concern.incident);
            }
        }
        further.len() >= rearm.further as usize
    }

    /// Whether the incident was known to be as grave up to the position `since`.
    fn known_as_grave(
        &self,
        home: &Home,
        item: &Item,
        concern: &ConcernItem,
        since: Position,
    ) -> bool {
        concern.incident <= since
            && home.same_incident(item.position).any(|(other, earlier)| {
                other.position <= since && earlier.counts() && earlier.severity >= concern.severity
            })
    }
}

/// Whether asking the trigger again could change anything but the evidence of an open escalation:
/// what it explains is why it was raised to where it stands. A busy home has hundreds of events in a
/// window, and a full count with each would make its history quadratic.
fn may_tell_more(trigger: &Trigger, concern: &ConcernItem, open: &Escalation) -> bool {
    let may_rise = trigger.level == LevelRule::ByScore && open.level < Level::Moderate;
    let earlier = open.first_held_on.is_none_or(|first| concern.date < first);
    !open.still_holds || may_rise || earlier || concern.severity > open.severity
}
