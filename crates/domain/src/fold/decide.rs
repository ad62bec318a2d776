//! Asks the triggers about a concern that came, changed or went, and turns what holds into
//! escalations. Nothing here writes a picture: decisions go to the outbox (law 2).

use std::sync::Arc;

use super::{State, StepSoFar};
use crate::escalation::{
    Change, ChangeKind, Escalation, EvidenceList, Level, Raise, Stage, evidence, raise,
};
use crate::event::Severity;
use crate::message::Said;
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::{Answer, Rule, Trigger};
use crate::trigger::{Held, Link, holds, holds_today, links, matches, wanted};
use crate::{BodyId, HomeId, Position};

impl State {
    /// Decides on the concern at `position`, which has just come to `home`.
    pub(super) fn decide(&self, home: &HomeId, position: Position, step: &mut StepSoFar) {
        self.ask_triggers(home, position, false, step);
    }

    /// Decides on the concern at `position`, which stood in `home` and has changed or gone.
    pub(super) fn decide_again(&self, home: &HomeId, position: Position, step: &mut StepSoFar) {
        self.ask_triggers(home, position, true, step);
    }

    fn ask_triggers(&self, home: &HomeId, position: Position, again: bool, step: &mut StepSoFar) {
        if step.decided.is_closed() {
            return;
        }
        let Some(picture) = self.homes.get(home) else {
            return;
        };
        let Some(new) = picture.concern(position) else {
            return;
        };
        let policy = Arc::clone(&self.policy);
        for trigger in policy.trigger.iter().filter(|trigger| !trigger.off) {
            if let Some(matching) = wanted(&trigger.rule) {
                if new.1.counts() && matches(matching, &policy, new.0, new.1) {
                    // Counting needs a place; a single grave concern is acted on wherever it is.
                    if home.is_place() || matches!(trigger.rule, Rule::Immediate { .. }) {
                        self.met(trigger, picture, new, step);
                    }
                } else if again {
                    self.no_longer_met(trigger, picture, position, step);
                }
            } else if matches!(trigger.rule, Rule::Linked { .. }) {
                if new.1.counts() {
                    self.link(trigger, picture, new, step);
                } else if again {
                    self.no_longer_met(trigger, picture, position, step);
                }
            }
        }
    }

    /// A policy took effect: what holds today is raised where nothing is open yet.
    pub(super) fn decide_today(&self, home: &HomeId, step: &mut StepSoFar) {
        if step.decided.is_closed() || !home.is_place() {
            return;
        }
        let Some(picture) = self.homes.get(home) else {
            return;
        };
        let policy = Arc::clone(&self.policy);
        let today = crate::time::london_date(self.time);
        for trigger in policy.trigger.iter().filter(|trigger| !trigger.off) {
            let past = self.episodes(step, home, trigger, "");
            if past.is_empty()
                && let Some(held) = holds_today(trigger, &policy, picture, today)
            {
                let raised = self.raised(trigger, picture, String::new(), 1, &held, false, &[]);
                step.put(raised);
            }
        }
    }

    /// A matching concern: it raises, adds to what is open, or waits until the trigger re-arms.
    fn met(
        &self,
        trigger: &Trigger,
        home: &Home,
        new: (&Item, &ConcernItem),
        step: &mut StepSoFar,
    ) {
        let (item, concern) = new;
        let scope = match &trigger.rule {
            Rule::Immediate { .. } => format!("incident {}", concern.incident),
            Rule::Count { .. }
            | Rule::Score { .. }
            | Rule::Linked { .. }
            | Rule::Overdue {}
            | Rule::Requested {} => String::new(),
        };
        let history = concern.is_history(item.recorded_at);
        let episodes = self.episodes(step, home.id(), trigger, &scope);
        if let Some(open) = episodes.iter().find(|escalation| escalation.is_open()) {
            let listed = open.evidence.events.contains(&item.position)
                && !open.evidence.withdrawn.contains(&item.position);
            if history && !listed || listed && concern.severity <= open.severity {
                return;
            }
            let held = holds(trigger, &self.policy, home, new);
            self.add(
                trigger,
                home,
                open,
                &[item.position],
                held.as_ref(),
                concern,
                step,
            );
            return;
        }
        let Some(held) = holds(trigger, &self.policy, home, new) else {
            return;
        };
        if history && self.any_episode(step, home.id(), trigger) {
            return;
        }
        let last = episodes.iter().max_by_key(|escalation| escalation.episode);
        if last.is_some_and(|closed| !self.rearmed(trigger, home, closed)) {
            return;
        }
        let episode = last.map_or(1, |closed| closed.episode + 1);
        let concerns = [concern];
        step.put(self.raised(trigger, home, scope, episode, &held, history, &concerns));
    }

    /// A concern that was withdrawn, moved away, or corrected so that it matches no longer.
    fn no_longer_met(
        &self,
        trigger: &Trigger,
        home: &Home,
        position: Position,
        step: &mut StepSoFar,
    ) {
        for escalation in self.escalations(step, home.id()) {
            let evidence = &escalation.evidence;
            let concerned = escalation.trigger == trigger.id
                && escalation.is_open()
                && evidence.events.contains(&position)
                && !evidence.withdrawn.contains(&position);
            if concerned {
                let left = evidence.events.iter().filter(|event| **event != position);
                let still_holds = left.filter_map(|event| home.concern(*event)).any(|other| {
                    wanted(&trigger.rule).is_some_and(|matching| {
                        other.1.counts() && matches(matching, &self.policy, other.0, other.1)
                    }) && holds(trigger, &self.policy, home, other).is_some()
                });
                let change = self.change(ChangeKind::EvidenceWithdrawn, None);
                let less = evidence::withdraw(&escalation, home, position, still_holds, change);
                step.put(less);
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call site each; a struct would only rename them"
    )]
    fn add(
        &self,
        trigger: &Trigger,
        home: &Home,
        open: &Escalation,
        events: &[Position],
        held: Option<&Held>,
        concern: &ConcernItem,
        step: &mut StepSoFar,
    ) {
        let told = self.also_told(trigger, home, &[concern]);
        let change = self.change(ChangeKind::EvidenceAdded, None);
        let severity = concern.severity;
        let more = evidence::add(
            open,
            home,
            events,
            held,
            severity,
            trigger.level,
            told,
            change,
        );
        step.put(more);
    }

    /// Whether a closed trigger fires again: enough further incidents, or one grave enough.
    fn rearmed(&self, trigger: &Trigger, home: &Home, closed: &Escalation) -> bool {
        let Some(matching) = wanted(&trigger.rule) else {
            return true;
        };
        let mut further: Vec<Position> = Vec::new();
        for (item, concern) in home.concerns() {
            let counts = item.position > closed.change.position
                && concern.counts()
                && matches(matching, &self.policy, item, concern);
            if counts && concern.severity >= trigger.rearm.or_severity {
                return true;
            }
            if counts && !further.contains(&concern.incident) {
                further.push(concern.incident);
            }
        }
        further.len() >= trigger.rearm.further as usize
    }

    fn link(
        &self,
        trigger: &Trigger,
        home: &Home,
        new: (&Item, &ConcernItem),
        step: &mut StepSoFar,
    ) {
        let others = self.elsewhere(home.id(), new.1);
        let elsewhere: Vec<(&Item, &ConcernItem)> = others
            .iter()
            .filter_map(|(home, position)| self.homes.get(home)?.concern(*position))
            .collect();
        let found = links(&trigger.rule, &self.policy, home, &elsewhere, new);
        for link in &found {
            match *link {
                Link::Same(death, concern) => {
                    self.linked(
                        trigger,
                        home,
                        format!("death {death}"),
                        (death, concern),
                        None,
                        new,
                        step,
                    );
                }
                Link::Ask(death, concern) => {
                    let settled = found
                        .iter()
                        .any(|l| matches!(l, Link::Same(d, _) if *d == death));
                    if let Rule::Linked {
                        ask, ask_within, ..
                    } = &trigger.rule
                        && !settled
                    {
                        let asked = Asked {
                            roles: ask,
                            within: *ask_within,
                        };
                        let scope = format!("same-person {death}");
                        self.linked(
                            trigger,
                            home,
                            scope,
                            (death, concern),
                            Some(asked),
                            new,
                            step,
                        );
                    }
                }
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call site each; a struct would only rename them"
    )]
    fn linked(
        &self,
        trigger: &Trigger,
        home: &Home,
        scope: String,
        (death, concern): (Position, Position),
        asked: Option<Asked<'_>>,
        new: (&Item, &ConcernItem),
        step: &mut StepSoFar,
    ) {
        let history = new.1.is_history(new.0.recorded_at);
        let episodes = self.episodes(step, home.id(), trigger, &scope);
        if let Some(open) = episodes.iter().find(|escalation| escalation.is_open()) {
            let listed = [death, concern]
                .iter()
                .all(|at| open.evidence.events.contains(at));
            if !listed && !history {
                self.add(trigger, home, open, &[death, concern], None, new.1, step);
            }
            return;
        }
        if !episodes.is_empty() || history && self.any_episode(step, home.id(), trigger) {
            return;
        }
        let sentence = match asked {
            None => "A death in hospital and a safeguarding concern are about the same person.",
            Some(_) => {
                "A death in hospital may be that of the subject of a safeguarding concern: same person?"
            }
        };
        let held = Held {
            counted: 2.0,
            limit: 2.0,
            events: vec![death.min(concern), death.max(concern)],
            incidents: 2,
            first_held_on: new.1.date,
            severity: new.1.severity.max(Severity::High),
            level: if asked.is_some() {
                Level::None
            } else {
                trigger.level.level(new.1.severity)
            },
            sentence: sentence.to_owned(),
        };
        let mut raised = self.raised(trigger, home, scope, 1, &held, history, &[new.1]);
        if let Some(asked) = asked {
            raised = self.ask(trigger, home, raised, &asked, &held, history);
        }
        step.put(raised);
    }

    /// The same escalation as a question, for those who can answer it.
    fn ask(
        &self,
        trigger: &Trigger,
        home: &Home,
        raised: Escalation,
        asked: &Asked<'_>,
        held: &Held,
        historic: bool,
    ) -> Escalation {
        let area = self.area(home.id());
        let answer = Answer {
            step: crate::escalation::Step::Decide,
            within: asked.within,
            high: None,
            critical: None,
        };
        raise(
            Raise {
                trigger: &trigger.id,
                home: home.id(),
                scope: raised.scope,
                episode: 1,
                level: Level::None,
                severity: held.severity,
                responsible: self.policy.route(asked.roles, area.as_deref(), self.time),
                told: Vec::new(),
                answers: &[answer],
                historic,
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

    /// The answer to "same person?" closes the question: a person gave it.
    pub(super) fn answer_same_person(
        &self,
        said: &Said,
        home: &HomeId,
        death: Position,
        step: &mut StepSoFar,
    ) {
        if step.decided.is_closed() {
            return;
        }
        let scope = format!("same-person {death}");
        for open in self.escalations(step, home) {
            if open.scope == scope && open.is_open() {
                let change = self.change(ChangeKind::Closed, Some(said.agency.clone()));
                let mut closed = Escalation {
                    revision: open.revision + 1,
                    stage: Stage::Closed,
                    change,
                    ..(*open).clone()
                };
                closed.due.iter_mut().for_each(|due| due.done = true);
                step.put(closed);
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a decision that its callers know"
    )]
    fn raised(
        &self,
        trigger: &Trigger,
        home: &Home,
        scope: String,
        episode: u32,
        held: &Held,
        historic: bool,
        concerns: &[&ConcernItem],
    ) -> Escalation {
        let area = self.area(home.id());
        let mut told = self.policy.route(&trigger.told, area.as_deref(), self.time);
        told.extend(self.also_told(trigger, home, concerns));
        told.dedup();
        raise(
            Raise {
                trigger: &trigger.id,
                home: home.id(),
                scope,
                episode,
                level: held.level,
                severity: held.severity,
                responsible: self
                    .policy
                    .route(&trigger.responsible, area.as_deref(), self.time),
                told,
                answers: &trigger.answer,
                historic,
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

    fn also_told(&self, trigger: &Trigger, home: &Home, concerns: &[&ConcernItem]) -> Vec<BodyId> {
        let area = self.area(home.id());
        let mut told = Vec::new();
        for rule in &trigger.told_if {
            let holds = |concern: &&ConcernItem| {
                rule.any
                    .iter()
                    .any(|fact| crate::trigger::has(concern, *fact))
            };
            if concerns.iter().any(holds) {
                told.extend(self.policy.route(&rule.roles, area.as_deref(), self.time));
            }
        }
        told
    }

    pub(super) fn change(&self, kind: ChangeKind, by: Option<BodyId>) -> Change {
        Change {
            kind,
            by,
            at: self.time,
            position: self.position,
        }
    }

    /// The escalations of a home as decided, this step included.
    pub(super) fn escalations(&self, step: &StepSoFar, home: &HomeId) -> Vec<Arc<Escalation>> {
        let mut all = self.decided_escalations(home);
        all.retain(|known| step.escalations.iter().all(|newer| newer.id != known.id));
        let newer = step
            .escalations
            .iter()
            .filter(|newer| self.resolve(&newer.home) == *home);
        all.extend(newer.cloned());
        all
    }

    fn episodes(
        &self,
        step: &StepSoFar,
        home: &HomeId,
        trigger: &Trigger,
        scope: &str,
    ) -> Vec<Arc<Escalation>> {
        let mut all = self.escalations(step, home);
        all.retain(|escalation| escalation.trigger == trigger.id && escalation.scope == scope);
        all
    }

    fn any_episode(&self, step: &StepSoFar, home: &HomeId, trigger: &Trigger) -> bool {
        self.escalations(step, home)
            .iter()
            .any(|escalation| escalation.trigger == trigger.id)
    }

    /// Where else this person is spoken of.
    fn elsewhere(&self, home: &HomeId, concern: &ConcernItem) -> Vec<(HomeId, Position)> {
        let of_person = concern.person.and_then(|person| self.persons.get(&person));
        of_person
            .into_iter()
            .flatten()
            .filter(|(other, _)| other != home)
            .cloned()
            .collect()
    }
}

/// A question to some roles.
#[derive(Clone, Copy)]
struct Asked<'a> {
    roles: &'a [String],
    within: crate::policy::Within,
}

impl StepSoFar {
    /// Adds a decision. A second one about the same escalation at the same position replaces the
    /// first under its revision, so that nobody is told twice of one event.
    pub(super) fn put(&mut self, mut escalation: Escalation) {
        if let Some(earlier) = self.escalations.iter_mut().find(|e| e.id == escalation.id) {
            escalation.revision = earlier.revision;
            escalation.change = earlier.change.clone();
            *earlier = Arc::new(escalation);
        } else {
            self.escalations.push(Arc::new(escalation));
        }
    }
}
