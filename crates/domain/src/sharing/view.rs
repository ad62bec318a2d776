//! A home's picture as one reader may see it: the same type, with what the reader may not see
//! taken out, so that counting it or asking triggers of it cannot tell more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::evidence::Known;
use super::incidents::name_incidents_by_what_is_seen;
use super::passed_on::is_passed_on;
use super::{Guarded, Reader, month};
use crate::escalation::{Escalation, Explanation};
use crate::event::{EventType, Kind, Occurred, ReportedBy};
use crate::picture::records::Subject;
use crate::picture::{ConcernItem, Home, Item, Kept, Reference, What};
use crate::policy::Share;
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
    reader: Arc<Reader>,
    routed: BTreeSet<EscalationId>,
    existing: BTreeMap<Kind, u32>,
}

impl View {
    /// The picture of `home` for `reader`.
    #[must_use]
    pub fn of(home: &Guarded, reader: &Arc<Reader>) -> Self {
        let raw = home.open();
        let routed = routed(raw, reader);
        let narrowing = Narrowing { home: raw, reader, routed: &routed };
        let (home, existing) = if narrowing.sees_all() {
            (Arc::clone(raw), BTreeMap::new())
        } else {
            (Arc::new(narrowing.narrowed()), narrowing.existing())
        };
        Self { home, reader: Arc::clone(reader), routed, existing }
    }

    /// What the reader sees. Its `revision` and positions tell of what the reader may not see, too: do not
    /// show them.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Of how many incidents, by kind, the reader may know that they exist and nothing more.
    #[must_use]
    pub fn existing(&self) -> &BTreeMap<Kind, u32> {
        &self.existing
    }

    /// How much of one of its escalations the reader sees.
    #[must_use]
    pub fn sight(&self, escalation: &Escalation) -> Sight {
        if self.routed.contains(&escalation.id) { Sight::Whole } else { Sight::Outline }
    }

    /// Whether what a body said or was sent is the reader's own: it is that body, or stands in its place.
    #[must_use]
    pub fn is_own(&self, body: &BodyId) -> bool {
        self.reader.is_in_place_of(body, &self.home)
    }

    /// Whether the reader may read the free text of an entry: of its own, of a concern that the agreement
    /// shares whole, with what was said about that, and of what was said in answer to an escalation, or to ask for
    /// it, when the escalation is routed to the reader (ADR 0041).
    #[must_use]
    pub fn has_text(&self, item: &Item) -> bool {
        if self.is_own(&item.agency) {
            return true;
        }
        // What waits for its sender to put it right is read by nobody else.
        if self.home.head.withheld.contains(&item.position) {
            return false;
        }
        let share = |item: &Item, concern| self.reader.share(&self.home, item, concern);
        match &item.what {
            What::Concern(concern) => share(item, concern) == Share::Full,
            What::Event { about: Some(about), escalation: None, .. } => self
                .home
                .concern(*about)
                .is_some_and(|(item, concern)| share(item, concern) == Share::Full),
            What::Event { escalation: Some(id), .. } => self.routed.contains(id),
            What::Event { event: EventType::EscalationRequested, .. } => {
                let scopes = item.scopes("request");
                let mut raised = self.home.escalations();
                raised.any(|one| scopes.contains(&one.scope) && self.routed.contains(&one.id))
            }
            What::Event { event: EventType::MeetingRecorded, .. } => {
                is_passed_on(&self.home, item.reference)
            }
            What::Event { .. } | What::Escalation { .. } | What::Notice { .. } => false,
        }
    }

    /// Who told the sender, where the reader may know it.
    #[must_use]
    pub fn reported_by(&self, item: &Item, concern: &ConcernItem) -> Option<ReportedBy> {
        concern.reported_by.filter(|_| self.reader.sees_reporter(&self.home, item))
    }

    /// Whether the reader sees the month of an entry only.
    #[must_use]
    pub fn is_month_only(&self, item: &Item) -> bool {
        item.concern().is_some_and(|concern| self.reader.sees_month_only(&self.home, item, concern))
    }

    /// What names the entry at a position, if the reader sees it.
    #[must_use]
    pub fn reference(&self, position: Position) -> Option<Reference> {
        self.home.reference_at(position)
    }

    /// The same for several; what the reader does not see is left out.
    #[must_use]
    pub fn references(&self, positions: &[Position]) -> Vec<Reference> {
        positions.iter().filter_map(|position| self.reference(*position)).collect()
    }

    /// Whether there is such a home for the reader: it is registered, or the reader may see
    /// something that was said of it.
    #[must_use]
    pub fn exists(&self) -> bool {
        let home = &self.home;
        home.head.registration.is_some()
            || !home.head.predecessors.is_empty()
            || !home.items().is_empty()
            || !self.existing.is_empty()
            || home.escalations().next().is_some()
    }
}

/// The escalations that are routed to `reader`, and those that went unanswered until the reader
/// was told: who must act on the silence has to know about what.
fn routed(home: &Home, reader: &Reader) -> BTreeSet<EscalationId> {
    let mut routed = BTreeSet::new();
    for escalation in home.escalations() {
        let mut recipients = escalation.recipients().into_iter();
        if recipients.any(|body| reader.is_in_place_of(body, home)) {
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
    reader: &'a Reader,
    routed: &'a BTreeSet<EscalationId>,
}

impl Narrowing<'_> {
    /// Whether the reader sees all of the picture (but for [`Sight`]).
    fn sees_all(&self) -> bool {
        let home = self.home;
        home.items().iter().all(|item| match &item.what {
            What::Concern(concern) => {
                self.reader.share(home, item, concern) >= Share::Summary
                    && !self.reader.sees_month_only(home, item, concern)
            }
            What::Event { event: EventType::BreakGlassOpened, .. } => self.is_own(&item.agency),
            What::Event { escalation: Some(id), .. } => self.shows_answerer(item, id),
            What::Event { .. } | What::Escalation { .. } => true,
            What::Notice { to, .. } => self.is_own(to),
        }) && home.escalations().all(|escalation| {
            // Evidence that stands elsewhere cannot be judged here, so nobody is shown it.
            escalation.evidence.events.iter().all(|event| home.concern(*event).is_some())
        })
    }

    fn narrowed(&self) -> Home {
        let mut head = self.home.head.clone();
        head.same_person.clear();
        head.openings.clear();
        self.narrow_process(&mut head.process);
        head.records.police_advice.retain(|subject, _| self.shows_advice(subject));
        head.records.onward.retain(|concern, _| self.shows_concern(*concern));
        let shown = self.home.items().iter().filter(|item| self.shows(item));
        let mut items: Vec<Item> = shown.map(|item| self.narrowed_item(item)).collect();
        name_incidents_by_what_is_seen(&mut items);
        let shown = self.home.all_kept().filter(|kept| self.shows_escalation(&kept.record));
        // Since when it is major is kept: who is shown less of the home is told no less of that.
        let narrowed = |kept: &Kept| Kept {
            major_since: kept.major_since,
            ..Kept::from(Arc::new(self.narrowed_escalation(&kept.record)))
        };
        let escalations = shown.map(narrowed).collect();
        Home::stored(head, items, escalations)
    }

    /// The incidents of which the reader knows that they exist, and nothing more, by kind.
    fn existing(&self) -> BTreeMap<Kind, u32> {
        let mut incidents: BTreeSet<(Kind, Position)> = BTreeSet::new();
        for (item, concern) in self.home.concerns_as_filed() {
            let share = self.reader.share(self.home, item, concern);
            if concern.counts() && share == Share::Existence {
                incidents.insert((concern.kind, concern.incident));
            }
        }
        let mut existing = BTreeMap::new();
        for (kind, _) in incidents {
            *existing.entry(kind).or_default() += 1;
        }
        existing
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

    /// How much the reader sees of the concern at a position; nothing where it does not stand here.
    fn share(&self, position: Position) -> Share {
        let found = self.home.concern(position);
        found.map_or(Share::Nothing, |(item, concern)| self.reader.share(self.home, item, concern))
    }

    /// Whether what a body said or was sent is the reader's own.
    fn is_own(&self, body: &BodyId) -> bool {
        self.reader.is_in_place_of(body, self.home)
    }

    /// Whether the concern at a position stands here and may be seen.
    fn shows_concern(&self, position: Position) -> bool {
        self.share(position) >= Share::Summary
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
                let known = |event: &Position| self.share(*event) >= Share::Existence;
                events.is_empty() || events.iter().any(known)
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
        match &item.what {
            What::Concern(concern) => self.reader.share(self.home, item, concern) >= Share::Summary,
            What::Event { .. } if self.is_own(&item.agency) => true,
            What::Notice { to, .. } => self.is_own(to),
            // Whoever's words it opened is told by a notice.
            What::Event { event: EventType::BreakGlassOpened, .. } => false,
            What::Event { event, about, escalation } => {
                about.is_none_or(|about| self.shows_subject(*event, about))
                    && escalation.as_ref().is_none_or(|id| {
                        self.shows_answer(*event, id) && self.shows_answerer(item, id)
                    })
                    && self.shows_request(*event, item)
            }
            What::Escalation { id, change, .. } => {
                self.home.escalation(id).is_some_and(|escalation| {
                    self.shows_escalation(escalation)
                        && (!change.is_of_evidence() || self.shows_change_of_evidence(escalation))
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

    /// Who is told of an escalation is not for those to find out, by its answers, to whom it is not
    /// routed: they know who is responsible.
    fn shows_answerer(&self, item: &Item, id: &EscalationId) -> bool {
        self.is_own(&item.agency)
            || self.routed.contains(id)
            || self
                .home
                .escalation(id)
                .is_some_and(|escalation| escalation.responsible.contains(&item.agency))
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
    fn shows_request(&self, event: EventType, item: &Item) -> bool {
        if event != EventType::EscalationRequested {
            return true;
        }
        let scopes = item.scopes("request");
        let mut raised = self.home.escalations().filter(|raised| scopes.contains(&raised.scope));
        raised.any(|escalation| self.shows_escalation(escalation))
    }

    fn narrowed_item(&self, item: &Item) -> Item {
        let mut narrowed = item.clone();
        match &mut narrowed.what {
            What::Event { about, .. } => *about = about.filter(|about| self.shows_concern(*about)),
            What::Concern(concern) if self.reader.sees_month_only(self.home, item, concern) => {
                concern.date = concern.date.first_of_month();
                concern.occurred = Occurred::Day(concern.date);
                concern.known_at = month(concern.known_at);
                (concern.record, concern.incident_ref, concern.person) = (None, None, None);
                narrowed.recorded_at = month(item.recorded_at);
            }
            What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => {}
        }
        narrowed
    }

    fn narrowed_escalation(&self, escalation: &Escalation) -> Escalation {
        let routed = self.routed.contains(&escalation.id);
        let known = Known::of(self.home, self.reader, escalation, routed);
        let explanation: Explanation = known.explanation(escalation);
        Escalation {
            first_held_on: escalation.first_held_on.filter(|_| known.whole),
            evidence: known.list,
            explanation,
            ..escalation.clone()
        }
    }
}
