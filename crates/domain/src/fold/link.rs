//! Links a death and a safeguarding concern about the same person, here or at another home, and
//! asks "same person?" where nobody can know yet (Coventry 3).

use super::ask::Asked;
use super::persons::SpokenOf;
use super::raise::{Raising, Routed};
use super::{State, StepSoFar};
use crate::escalation::{ChangeKind, Escalation, Level, Stage, Step};
use crate::event::{Facets, Severity};
use crate::message::Said;
use crate::picture::{ConcernItem, Home, Sought};
use crate::policy::{Answer, Rule, Trigger};
use crate::trigger::{Beyond, Held, Link, Subject, is_subject, links};
use crate::{HomeId, Position};

impl State {
    pub(super) fn link(&self, trigger: &Trigger, asked: Asked<'_>, step: &mut StepSoFar) {
        let found = self.links_of(trigger, asked.home, asked.subject());
        for link in &found {
            match *link {
                Link::Same(death, concern) => {
                    self.linked(trigger, asked, (death, concern), step);
                }
                Link::Ask(death, concern) => {
                    let settled = found
                        .iter()
                        .any(|other| matches!(other, Link::Same(of, _) if *of == death));
                    // Where nobody knows the place, everybody might be the same person.
                    if !settled && asked.home.id().is_place() {
                        self.ask_same_person(trigger, asked, (death, concern), step);
                    }
                }
            }
        }
    }

    /// The links of a fact that stands in `home`.
    pub(super) fn links_of(&self, trigger: &Trigger, home: &Home, new: Subject<'_>) -> Vec<Link> {
        if !is_subject(&trigger.rule, &self.policy, new.0, new.1) {
            return Vec::new();
        }
        let beyond = self.beyond(home, new);
        links(trigger, &self.policy, home, &beyond, new)
    }

    /// What is known at other homes of the person of `new`, by pseudonym or because somebody said so.
    fn beyond<'a>(&'a self, home: &'a Home, new: Subject<'_>) -> Beyond<'a> {
        let mut elsewhere: Vec<(&HomeId, Position)> = Vec::new();
        let mut of_person: Vec<Subject<'_>> = Vec::new();
        let spoken_of = new.1.person.and_then(|person| self.persons.get(&person));
        for (other, position) in spoken_of.into_iter().flat_map(SpokenOf::places) {
            if other == home.id() {
                of_person.extend(home.concern(*position));
            } else {
                elsewhere.push((other, *position));
            }
        }
        let mut answers = home.head.same_person.clone();
        for (other, _) in &elsewhere {
            let of_home = self.homes.get(other);
            answers.extend(of_home.into_iter().flat_map(|home| &home.head.same_person));
        }
        let mut subjects: Vec<Subject<'_>> = elsewhere
            .into_iter()
            .filter_map(|(other, position)| self.homes.get(other)?.concern(position))
            .collect();
        let confirmed = home
            .head
            .same_person
            .iter()
            .filter(|(death, _, same)| *same && *death == new.0.position);
        for (_, concern, _) in confirmed {
            if home.concern(*concern).is_none()
                && let Some(subject) = self.standing_anywhere(*concern)
            {
                subjects.push(subject);
            }
        }
        Beyond { of_person, elsewhere: subjects, answers }
    }

    /// The concern at a position, at whichever home it counts.
    pub(super) fn standing_anywhere(&self, position: Position) -> Option<Subject<'_>> {
        let mut found = self.homes.values().filter_map(|home| home.concern(position));
        found.find(|(_, concern)| concern.counts())
    }

    /// Both are about one person: the police are told, once for each death.
    fn linked(
        &self,
        trigger: &Trigger,
        asked: Asked<'_>,
        (death, concern): (Position, Position),
        step: &mut StepSoFar,
    ) {
        let scopes = self.scopes_of_death(asked.home.id(), "death", death);
        let episodes = self.episodes_anywhere(trigger, asked, &scopes, (death, concern), step);
        let [scope, _] = scopes;
        let listed = |escalation: &Escalation| lists(escalation, death, concern);
        if let Some(open) = episodes.iter().find(|escalation| escalation.is_open()) {
            if !listed(open) && !asked.is_history() {
                self.add(trigger, asked, open, &[death, concern], None, step);
            }
            return;
        }
        let history = asked.is_history();
        if !episodes.is_empty() || history && self.any_episode(step, asked.home.id(), trigger) {
            return;
        }
        let held = self.held(trigger, asked, (death, concern), false);
        let raising = Raising {
            scope,
            historic: history,
            concern: Some(asked.concern),
            ..Raising::default()
        };
        step.put(self.raised(trigger, asked.home, &held, raising));
    }

    /// They may be: who can tell is asked, once for each death, and again only about a concern that
    /// the question did not name.
    fn ask_same_person(
        &self,
        trigger: &Trigger,
        asked: Asked<'_>,
        (death, concern): (Position, Position),
        step: &mut StepSoFar,
    ) {
        let Rule::Linked { ask, ask_within, .. } = &trigger.rule else {
            return;
        };
        // Another rule asks, and the answer is taken by both.
        if ask.is_empty() {
            return;
        }
        let scopes = self.scopes_of_death(asked.home.id(), "same-person", death);
        let episodes = self.episodes_of_any(step, asked.home.id(), trigger, &scopes);
        let [scope, _] = scopes;
        let history = asked.is_history();
        if let Some(open) = episodes.iter().find(|escalation| escalation.is_open()) {
            if !lists(open, death, concern) && !history {
                self.add_to_question(asked, open, (death, concern), step);
            }
            return;
        }
        let asked_before = episodes.iter().any(|closed| lists(closed, death, concern));
        if asked_before || history && self.any_episode(step, asked.home.id(), trigger) {
            return;
        }
        let last = episodes.iter().map(|closed| closed.episode).max();
        let raising = Raising {
            scope,
            episode: last.map_or(1, |last| last.saturating_add(1)),
            historic: history,
            concern: None,
        };
        let answer = Answer {
            step: Step::Decide,
            within: *ask_within,
            high: None,
            critical: None,
            every: None,
        };
        let area = self.area(asked.home.id());
        let routed = Routed {
            responsible: self.policy.route(ask, area.as_deref(), self.time),
            told: Vec::new(),
            answers: &[answer],
        };
        let held = self.held(trigger, asked, (death, concern), true);
        step.put(self.raised_to(trigger, asked.home, &held, raising, routed));
    }

    /// A question names a further concern; it tells nobody else and raises no level.
    fn add_to_question(
        &self,
        asked: Asked<'_>,
        open: &Escalation,
        (death, concern): (Position, Position),
        step: &mut StepSoFar,
    ) {
        let more = crate::escalation::evidence::More {
            events: &[death, concern],
            held: None,
            severity: open.severity,
            level: Level::None,
            told: Vec::new(),
            answers: &[],
            change: self.change(ChangeKind::EvidenceAdded, None),
        };
        step.put(crate::escalation::evidence::add(open, asked.home, more, &self.policy));
    }

    fn held(
        &self,
        trigger: &Trigger,
        asked: Asked<'_>,
        (death, concern): (Position, Position),
        question: bool,
    ) -> Held {
        let other = if asked.item.position == death { concern } else { death };
        let date = |c: &ConcernItem| c.date;
        let dead = self.standing_at_or_near(asked.home, death);
        let in_hospital = dead.is_some_and(|(_, c)| c.facets.has(Facets::IN_HOSPITAL));
        let died = if in_hospital { "A death in hospital" } else { "A death" };
        let other = self.standing_at_or_near(asked.home, other).map(|(_, c)| date(c));
        let (level, sentence) = if question {
            (
                Level::None,
                format!(
                    "{died} may be that of the subject of a safeguarding concern: same person?"
                ),
            )
        } else {
            (
                trigger.level.level(asked.concern.severity),
                format!("{died} and a safeguarding concern are about the same person."),
            )
        };
        Held {
            tested: None,
            counted: 2.0,
            limit: 2.0,
            events: vec![death.min(concern), death.max(concern)],
            incidents: 2,
            first_held_on: other.map_or(asked.concern.date, |o| o.max(asked.concern.date)),
            severity: asked.concern.severity.max(Severity::High),
            level,
            sentence,
        }
    }

    fn standing_at_or_near<'a>(
        &'a self,
        home: &'a Home,
        position: Position,
    ) -> Option<Subject<'a>> {
        home.concern(position).or_else(|| self.standing_anywhere(position))
    }

    /// What was raised about a death, at this home or at the home where the other fact stands.
    fn episodes_anywhere(
        &self,
        trigger: &Trigger,
        asked: Asked<'_>,
        scopes: &[String],
        (death, concern): (Position, Position),
        step: &StepSoFar,
    ) -> Vec<std::sync::Arc<Escalation>> {
        let mut all = self.episodes_of_any(step, asked.home.id(), trigger, scopes);
        let here = |position| asked.home.concern(position).is_some();
        if all.is_empty() && !(here(death) && here(concern)) {
            let others = self.homes.values().filter(|home| {
                home.id() != asked.home.id()
                    && [death, concern]
                        .iter()
                        .any(|position| home.concern(*position).is_some_and(|(_, c)| c.counts()))
            });
            for home in others {
                all.extend(self.episodes_of_any(step, home.id(), trigger, scopes));
            }
        }
        all
    }

    /// The scopes of what is raised about a death, which may stand at another home than what it is linked to.
    fn scopes_of_death(&self, home: &HomeId, what: &str, death: Position) -> [String; 2] {
        let here = self.homes.get(home).filter(|home| home.concern(death).is_some());
        let elsewhere = || self.homes.values().find(|home| home.concern(death).is_some());
        let at = here.or_else(elsewhere).map_or(home, |home| home.id());
        self.scopes_at(at, what, death)
    }

    /// The answer to "same person?" closes the question, once it has no concern left that nobody
    /// has spoken of.
    pub(super) fn answer_same_person(
        &self,
        said: &Said,
        home: &HomeId,
        death: Position,
        step: &mut StepSoFar,
    ) {
        if !step.decides() {
            return;
        }
        let scopes = self.scopes_of_death(home, "same-person", death);
        let ids = self.policy.ids().flat_map(|id| scopes.iter().map(move |scope| (id, scope)));
        let asked =
            ids.flat_map(|(id, scope)| self.escalations(step, home, Sought::About(id, scope)));
        for open in asked.collect::<Vec<_>>() {
            if open.is_open() && !self.unsettled(home, &open, death) {
                let change = self.change(ChangeKind::Closed, Some(said.agency.clone()));
                let mut closed = Escalation {
                    revision: open.revision.saturating_add(1),
                    stage: Stage::Closed,
                    change,
                    ..(*open).clone()
                };
                closed.due.iter_mut().for_each(|due| due.done = true);
                step.put(closed);
            }
        }
    }

    /// Whether a question about a death still names a concern that may be about the dead person,
    /// while no other is known to be.
    fn unsettled(&self, home: &HomeId, question: &Escalation, death: Position) -> bool {
        let (Some(trigger), Some(picture)) =
            (self.policy.terms(&question.trigger), self.homes.get(home))
        else {
            return false;
        };
        let Some(dead) = picture.concern(death) else {
            return false;
        };
        let found = self.links_of(trigger, picture, dead);
        let known = found.iter().any(|link| matches!(link, Link::Same(..)));
        let open = found.iter().any(|link| match link {
            Link::Ask(_, concern) => question.evidence.events.contains(concern),
            Link::Same(..) => false,
        });
        open && !known
    }
}

fn lists(escalation: &Escalation, death: Position, concern: Position) -> bool {
    let evidence = &escalation.evidence;
    [death, concern].iter().all(|event| {
        evidence.events.binary_search(event).is_ok() && !evidence.withdrawn.contains(event)
    })
}
