//! A home's picture as one reader may see it: the same type, with what the reader may not see
//! taken out, so that counting it or asking triggers of it cannot tell more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::may_see;
use crate::escalation::{ChangeKind, Escalation, EvidenceList};
use crate::event::EventType;
use crate::picture::records::Subject;
use crate::picture::{Home, Item, What};
use crate::process::Proceedings;
use crate::{BodyId, EscalationId, Position};

/// How much of an escalation a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything but evidence that the reader may not see.
    Whole,
    /// That it exists: its trigger, level, stage, responsible bodies and next due time.
    Outline,
}

/// A picture as one reader sees it.
#[derive(Debug, Clone)]
pub struct View {
    home: Arc<Home>,
    routed: BTreeSet<EscalationId>,
}

/// Whether every reader sees the same of this home (but for [`Sight`]): then a view need not be
/// made for each.
#[must_use]
pub fn is_alike(home: &Home) -> bool {
    let open_to_all = |item: &Item| match &item.what {
        What::Concern(concern) => concern.audience.is_none(),
        What::Event { .. } | What::Escalation { .. } => true,
        What::Notice { .. } => false,
    };
    // Evidence that stands elsewhere cannot be judged here, so nobody is shown it.
    let stands_here = |event: &Position| home.concern(*event).is_some();
    home.items().iter().all(open_to_all)
        && home.escalations().all(|escalation| escalation.evidence.events.iter().all(stands_here))
}

impl View {
    /// The picture of `home` for `reader`.
    #[must_use]
    pub fn of(home: &Arc<Home>, reader: &BodyId) -> Self {
        if is_alike(home) {
            return Self::alike(Arc::clone(home), reader);
        }
        let routed = routed(home, reader);
        let home = Arc::new(Narrowing { home, reader, routed: &routed }.narrowed());
        Self { home, routed }
    }

    /// The picture of a home of which [`is_alike`] is known already.
    #[must_use]
    pub fn alike(home: Arc<Home>, reader: &BodyId) -> Self {
        let routed = routed(&home, reader);
        Self { home, routed }
    }

    /// What the reader sees. Its `revision` counts what the reader may not see, too: do not show it.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// How much of one of its escalations the reader sees.
    #[must_use]
    pub fn sight(&self, escalation: &Escalation) -> Sight {
        if self.routed.contains(&escalation.id) { Sight::Whole } else { Sight::Outline }
    }

    /// Whether there is such a home for the reader: it is registered, or the reader may see
    /// something that was said of it.
    #[must_use]
    pub fn exists(&self) -> bool {
        let home = &self.home;
        home.head.registration.is_some()
            || !home.head.predecessors.is_empty()
            || !home.items().is_empty()
            || home.escalations().next().is_some()
    }
}

/// The escalations that are routed to `reader`, and those that went unanswered until the reader
/// was told: who must act on the silence has to know about what.
fn routed(home: &Home, reader: &BodyId) -> BTreeSet<EscalationId> {
    let mut routed = BTreeSet::new();
    for escalation in home.escalations() {
        if escalation.responsible.contains(reader) || escalation.told.contains(reader) {
            routed.insert(escalation.id.clone());
            if let Some(unanswered) = &escalation.unanswered {
                routed.insert(unanswered.escalation.clone());
            }
        }
    }
    routed
}

struct Narrowing<'a> {
    home: &'a Home,
    reader: &'a BodyId,
    routed: &'a BTreeSet<EscalationId>,
}

impl Narrowing<'_> {
    fn narrowed(&self) -> Home {
        let mut head = self.home.head.clone();
        head.same_person.clear();
        self.narrow_process(&mut head.process);
        head.records.police_advice.retain(|subject, _| self.shows_advice(subject));
        let shown = self.home.items().iter().filter(|item| self.shows(item));
        let mut items: Vec<Item> = shown.map(|item| self.narrowed_item(item)).collect();
        name_incidents_by_what_is_seen(&mut items);
        let escalations = self
            .home
            .escalations()
            .filter(|escalation| self.shows_escalation(escalation))
            .map(|escalation| Arc::new(self.narrowed_escalation(escalation)).into())
            .collect();
        Home::stored(head, items, escalations)
    }

    fn narrow_process(&self, process: &mut Proceedings) {
        let shows = |id: &EscalationId| {
            self.home.escalation(id).is_some_and(|escalation| self.shows_escalation(escalation))
        };
        process.cleared.retain(|concern, _| self.shows_concern(*concern));
        for process in process.processes.values_mut() {
            process.escalation = process.escalation.take().filter(shows);
        }
    }

    /// Whether the concern at a position stands here and may be seen.
    fn shows_concern(&self, position: Position) -> bool {
        self.home.concern(position).is_some_and(|(item, _)| may_see(item, self.reader))
    }

    fn shows_escalation(&self, escalation: &Escalation) -> bool {
        if self.routed.contains(&escalation.id) {
            return true;
        }
        // It rests on what went unanswered, as that was when it was raised.
        let subject = escalation
            .unanswered
            .as_ref()
            .and_then(|unanswered| self.home.escalation(&unanswered.escalation))
            .filter(|subject| subject.unanswered.is_none());
        match subject {
            Some(subject) => self.shows_escalation(subject),
            None => {
                let events = &escalation.evidence.events;
                events.is_empty() || events.iter().any(|event| self.shows_concern(*event))
            }
        }
    }

    fn shows_all_evidence(&self, escalation: &Escalation) -> bool {
        let mut events = escalation.evidence.events.iter();
        events.all(|event| self.shows_concern(*event))
    }

    /// Whether a change of an escalation's evidence would tell of what the reader may not see.
    fn shows_change_of_evidence(&self, escalation: &Escalation) -> bool {
        self.routed.contains(&escalation.id) || self.shows_all_evidence(escalation)
    }

    fn shows(&self, item: &Item) -> bool {
        if !may_see(item, self.reader) {
            return false;
        }
        match &item.what {
            What::Concern(_) | What::Notice { .. } => true,
            What::Event { .. } if item.agency == *self.reader => true,
            What::Event { event, about, escalation } => {
                about.is_none_or(|about| self.shows_subject(*event, about))
                    && escalation.as_ref().is_none_or(|id| self.shows_answer(*event, id))
                    && self.shows_request(*event, item.position)
            }
            What::Escalation { id, change, .. } => {
                self.home.escalation(id).is_some_and(|escalation| {
                    self.shows_escalation(escalation)
                        && (!is_of_evidence(*change) || self.shows_change_of_evidence(escalation))
                })
            }
        }
    }

    fn shows_subject(&self, event: EventType, about: Position) -> bool {
        // "The same person" names a second concern, of which the entry itself says nothing.
        let other_is_seen = || {
            let mut answers = self.home.head.same_person.iter();
            answers.all(|(death, concern, _)| *death != about || self.shows_concern(*concern))
        };
        self.shows_concern(about) && (event != EventType::DeathSamePerson || other_is_seen())
    }

    fn shows_answer(&self, event: EventType, id: &EscalationId) -> bool {
        self.home.escalation(id).is_some_and(|escalation| {
            self.shows_escalation(escalation)
                && (event != EventType::EvidenceAdded || self.shows_change_of_evidence(escalation))
        })
    }

    fn shows_advice(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Home => true,
            Subject::Concern(position) => self.shows_concern(*position),
            Subject::Escalation(id) => {
                self.home.escalation(id).is_some_and(|escalation| self.shows_escalation(escalation))
            }
        }
    }

    /// A request is seen by whoever sees the escalation that it became.
    fn shows_request(&self, event: EventType, position: Position) -> bool {
        if event != EventType::EscalationRequested {
            return true;
        }
        let scope = format!("request {position}");
        let mut raised = self.home.escalations().filter(|raised| raised.scope == scope);
        raised.any(|escalation| self.shows_escalation(escalation))
    }

    fn narrowed_item(&self, item: &Item) -> Item {
        let mut item = item.clone();
        if let What::Event { about, .. } = &mut item.what {
            *about = about.filter(|about| self.shows_concern(*about));
        }
        item
    }

    fn narrowed_escalation(&self, escalation: &Escalation) -> Escalation {
        let mut narrowed = escalation.clone();
        let seen = |events: &[Position]| -> Vec<Position> {
            let seen = events.iter().filter(|event| self.shows_concern(**event));
            seen.copied().collect()
        };
        let evidence = EvidenceList {
            count: escalation.evidence.count,
            events: seen(&escalation.evidence.events),
            withdrawn: seen(&escalation.evidence.withdrawn),
        };
        narrowed.evidence = evidence;
        if !self.routed.contains(&escalation.id) && !self.shows_all_evidence(escalation) {
            narrowed.evidence.count = self.incidents(&narrowed.evidence);
        }
        narrowed
    }

    fn incidents(&self, evidence: &EvidenceList) -> u32 {
        let distinct: BTreeSet<Position> = evidence
            .events
            .iter()
            .filter(|event| !evidence.withdrawn.contains(event))
            .filter_map(|event| self.home.concern(*event))
            .map(|(_, concern)| concern.incident)
            .collect();
        distinct.len() as u32
    }
}

fn is_of_evidence(change: ChangeKind) -> bool {
    match change {
        ChangeKind::EvidenceAdded | ChangeKind::EvidenceWithdrawn => true,
        ChangeKind::Raised
        | ChangeKind::Acknowledged
        | ChangeKind::Discussed
        | ChangeKind::Decided
        | ChangeKind::LeadAgreed
        | ChangeKind::Closed
        | ChangeKind::ActionAssigned
        | ChangeKind::ActionProgressed
        | ChangeKind::ActionCompleted
        | ChangeKind::Reopened
        | ChangeKind::Succeeded => false,
    }
}

/// An incident is named by the first concern that told of it, which the reader may not see.
fn name_incidents_by_what_is_seen(items: &mut [Item]) {
    let mut names: BTreeMap<Position, Position> = BTreeMap::new();
    for item in items.iter() {
        if let What::Concern(concern) = &item.what {
            let name = names.entry(concern.incident).or_insert(item.position);
            *name = (*name).min(item.position);
        }
    }
    for item in items {
        if let What::Concern(concern) = &mut item.what
            && let Some(name) = names.get(&concern.incident)
        {
            concern.incident = *name;
        }
    }
}
