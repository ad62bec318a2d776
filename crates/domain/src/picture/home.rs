//! A home: its registration, timeline and escalations, and the indexes that triggers count by.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::incident::{Incidents, concern_of, first_position};
use super::item::{ConcernItem, Item, Standing, What};
use crate::escalation::{Escalation, Level, Step};
use crate::event::{Facets, Kind, Registration};
use crate::{EscalationId, HomeId, Position, TriggerId};

/// How many timeline entries stand in one stored block: a full block is rewritten only when a
/// correction or a withdrawal touches it.
pub const ITEMS_PER_BLOCK: usize = 32;

/// The part of a home that changes as a whole and is stored as one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HomeHead {
    /// Its token.
    pub id: HomeId,
    /// What the register says of it; none while it is not registered (an unmatched token).
    pub registration: Option<Registration>,
    /// Since when its registration is closed.
    pub closed_on: Option<Date>,
    /// Earlier registrations of the same place, whose timelines stand here.
    pub predecessors: Vec<HomeId>,
    /// The registration that continues this one, and now holds its timeline.
    pub succeeded_by: Option<HomeId>,
    /// Deadlines that have run: each raises the next rung once.
    pub ran: BTreeSet<(EscalationId, Step)>,
    /// Answers to "same person?": death, concern, answer.
    pub same_person: Vec<(Position, Position, bool)>,
    /// Events, other than concerns, whose free text is withheld until it is said again.
    pub withheld: BTreeSet<Position>,
    /// How often the picture changed: an opaque revision.
    pub revision: u64,
}

/// What of a home changed since it was last stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dirty {
    /// The head.
    pub head: bool,
    /// Blocks of the timeline, by number.
    pub blocks: BTreeSet<usize>,
    /// How many blocks were stored before and are no more (after a succession).
    pub removed_blocks: usize,
    /// Escalations to store, or to remove where they are no longer here.
    pub escalations: BTreeSet<EscalationId>,
}

/// A home's picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// The part that is stored as one value.
    pub head: HomeHead,
    items: Vec<Item>,
    escalations: BTreeMap<EscalationId, Arc<Escalation>>,
    by_date: Vec<(Date, u32)>,
    by_position: BTreeMap<Position, u32>,
    /// Property risks: until they are repaired they count, however old they are.
    risks: BTreeSet<u32>,
    by_trigger: BTreeMap<TriggerId, BTreeSet<EscalationId>>,
    incidents: Incidents,
    dirty: Dirty,
}

impl Home {
    /// A home about which nothing is known yet.
    #[must_use]
    pub fn new(id: HomeId) -> Self {
        let head = HomeHead {
            id,
            registration: None,
            closed_on: None,
            predecessors: Vec::new(),
            succeeded_by: None,
            ran: BTreeSet::new(),
            same_person: Vec::new(),
            withheld: BTreeSet::new(),
            revision: 0,
        };
        Self::stored(head, Vec::new(), Vec::new())
    }

    /// A home as it was stored.
    #[must_use]
    pub fn stored(head: HomeHead, items: Vec<Item>, escalations: Vec<Arc<Escalation>>) -> Self {
        let mut home = Self {
            head,
            items: Vec::with_capacity(items.len()),
            escalations: BTreeMap::new(),
            by_date: Vec::new(),
            by_position: BTreeMap::new(),
            risks: BTreeSet::new(),
            by_trigger: BTreeMap::new(),
            incidents: Incidents::default(),
            dirty: Dirty::default(),
        };
        for item in items {
            home.index(&item);
            home.items.push(item);
        }
        for escalation in escalations {
            home.put_escalation(escalation);
        }
        home
    }

    /// The token.
    #[must_use]
    pub fn id(&self) -> &HomeId {
        &self.head.id
    }

    /// The timeline, in the order of filing.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The escalations, open and closed.
    pub fn escalations(&self) -> impl Iterator<Item = &Arc<Escalation>> {
        self.escalations.values()
    }

    /// One escalation.
    #[must_use]
    pub fn escalation(&self, id: &EscalationId) -> Option<&Arc<Escalation>> {
        self.escalations.get(id)
    }

    /// The escalations of one trigger, open and closed.
    pub fn escalations_of(&self, trigger: &TriggerId) -> impl Iterator<Item = &Arc<Escalation>> {
        let ids = self.by_trigger.get(trigger).into_iter().flatten();
        ids.filter_map(|id| self.escalations.get(id))
    }

    /// The concern at a position, if it was filed here.
    #[must_use]
    pub fn concern(&self, position: Position) -> Option<(&Item, &ConcernItem)> {
        self.concern_at(*self.by_position.get(&position)?)
    }

    /// The concerns that were said after a position, in the order of the log.
    pub fn concerns_after(
        &self,
        position: Position,
    ) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        let after = (Bound::Excluded(position), Bound::Unbounded);
        self.by_position
            .range(after)
            .filter_map(|(_, at)| self.concern_at(*at))
    }

    /// The property risks, repaired or not.
    pub fn property_risks(&self) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        self.risks.iter().filter_map(|at| self.concern_at(*at))
    }

    /// The concerns that tell of the same incident as the one at `position`, itself included.
    pub fn same_incident(&self, position: Position) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        let at = self.by_position.get(&position);
        let together = at.map(|at| self.incidents.together(&self.items, *at));
        together
            .into_iter()
            .flatten()
            .filter_map(|at| self.concern_at(at))
    }

    /// Whether somebody said that a permanent repair has ended an incident.
    #[must_use]
    pub fn is_repaired(&self, incident: Position) -> bool {
        self.same_incident(incident)
            .any(|(_, concern)| concern.counts() && concern.facets.has(Facets::REPAIRED))
    }

    /// The concerns that happened on `from ≤ date < until`, in the order of their dates.
    pub fn concerns_between(
        &self,
        from: Date,
        until: Date,
    ) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        let start = self.by_date.partition_point(|(date, _)| *date < from);
        self.by_date
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(move |(date, _)| *date < until)
            .filter_map(|(_, at)| self.concern_at(*at))
    }

    /// All concerns, in the order of their dates.
    pub fn concerns(&self) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        self.by_date
            .iter()
            .filter_map(|(_, at)| self.concern_at(*at))
    }

    fn concern_at(&self, at: u32) -> Option<(&Item, &ConcernItem)> {
        let item = self.items.get(at as usize)?;
        match &item.what {
            What::Concern(concern) => Some((item, concern)),
            What::Event { .. } | What::Escalation { .. } => None,
        }
    }

    /// The level: the highest of the open escalations.
    #[must_use]
    pub fn level(&self) -> Level {
        let open = self
            .escalations
            .values()
            .filter(|escalation| escalation.is_open());
        open.map(|escalation| escalation.level)
            .max()
            .unwrap_or_default()
    }

    /// What changed since the last call; the shell stores it.
    pub fn take_dirty(&mut self) -> Dirty {
        std::mem::take(&mut self.dirty)
    }

    /// Files a concern. Returns the first position of its incident when another event that counts
    /// had already told of it here, which this one corroborates.
    pub(crate) fn file(&mut self, item: Item) -> Option<Position> {
        if let Some(at) = self.by_position.get(&item.position).copied() {
            self.put_back(at, item);
            return None;
        }
        let at = self.items.len() as u32;
        self.push(item);
        let concern = concern_of(&self.items, at)?;
        if !concern.has_names() {
            return None;
        }
        self.join(at);
        let concern = concern_of(&self.items, at)?;
        let tells = |other: u32| {
            other != at && concern_of(&self.items, other).is_some_and(ConcernItem::counts)
        };
        // The first bearer of a name nearly always counts; only where it was withdrawn is there more
        // to look through.
        let told_before = self.incidents.first_bearers(concern).any(tells)
            || self
                .incidents
                .together(&self.items, at)
                .into_iter()
                .any(tells);
        told_before.then_some(concern.incident)
    }

    /// Files anything else.
    pub(crate) fn push(&mut self, item: Item) {
        self.index(&item);
        self.dirty.blocks.insert(self.items.len() / ITEMS_PER_BLOCK);
        self.items.push(item);
        self.touch();
    }

    /// Changes the concern at a position, and files it anew under its date and incident.
    pub(crate) fn change(&mut self, position: Position, edit: impl FnOnce(&mut ConcernItem)) {
        let Some(at) = self.by_position.get(&position).copied() else {
            return;
        };
        let Some(before) = concern_of(&self.items, at).cloned() else {
            return;
        };
        let mut after = before.clone();
        edit(&mut after);
        if after.date != before.date {
            self.by_date.retain(|(_, other)| *other != at);
            self.insert_date(after.date, at);
        }
        self.index_kind(&after, at);
        let regroup = names_differ(&before, &after);
        let parted = if regroup {
            let parted = self.incidents.together(&self.items, at);
            self.incidents.remove(&before, at);
            self.incidents.add(&after, at);
            parted
        } else {
            BTreeSet::new()
        };
        self.set(at, after);
        for place in parted {
            self.regroup(place);
        }
        self.touch();
    }

    /// Takes over the timeline and escalations of an earlier registration of the same place.
    pub(crate) fn take_over(&mut self, earlier: &mut Self) {
        let stored = earlier.items.len().div_ceil(ITEMS_PER_BLOCK);
        earlier.dirty.removed_blocks = earlier.dirty.removed_blocks.max(stored);
        earlier.dirty.blocks.clear();
        for mut item in std::mem::take(&mut earlier.items) {
            if let What::Concern(concern) = &mut item.what {
                // It finds its incident among those of this home.
                concern.incident = item.position;
                self.file(item);
            } else {
                self.push(item);
            }
        }
        earlier.by_date.clear();
        earlier.by_position.clear();
        earlier.risks.clear();
        earlier.by_trigger.clear();
        earlier.incidents = Incidents::default();
        for (id, escalation) in std::mem::take(&mut earlier.escalations) {
            earlier.dirty.escalations.insert(id.clone());
            self.dirty.escalations.insert(id);
            self.put_escalation(escalation);
        }
        self.head.ran.append(&mut earlier.head.ran);
        self.head.same_person.append(&mut earlier.head.same_person);
        self.head.withheld.append(&mut earlier.head.withheld);
        self.head
            .predecessors
            .append(&mut earlier.head.predecessors);
        self.head.predecessors.push(earlier.head.id.clone());
        earlier.head.succeeded_by = Some(self.head.id.clone());
        earlier.touch();
        self.touch();
    }

    /// Takes the record of an escalation from the log, unless a later one is already here.
    pub(crate) fn keep(&mut self, escalation: Arc<Escalation>) {
        let known = self.escalations.get(&escalation.id);
        if known.is_none_or(|known| known.revision < escalation.revision) {
            self.dirty.escalations.insert(escalation.id.clone());
            self.put_escalation(escalation);
            self.touch();
        }
    }

    /// Notes that the head changed.
    pub(crate) fn touch(&mut self) {
        self.head.revision = self.head.revision.saturating_add(1);
        self.dirty.head = true;
    }

    fn put_escalation(&mut self, escalation: Arc<Escalation>) {
        let of_trigger = self.by_trigger.entry(escalation.trigger.clone());
        of_trigger.or_default().insert(escalation.id.clone());
        self.escalations.insert(escalation.id.clone(), escalation);
    }

    /// A concern that stands here already comes again: the one that counts wins over a trace.
    fn put_back(&mut self, at: u32, item: Item) {
        let stands = concern_of(&self.items, at);
        let is_trace = stands.is_some_and(|c| matches!(c.standing, Standing::Moved(_)));
        if is_trace && let What::Concern(concern) = item.what {
            self.change(item.position, |stands| *stands = *concern);
        }
    }

    /// The concern at `at` is new: whatever shares a name with it is one incident.
    fn join(&mut self, at: u32) {
        let Some(concern) = concern_of(&self.items, at) else {
            return;
        };
        let others: BTreeSet<Position> = self
            .incidents
            .first_bearers(concern)
            .filter(|bearer| *bearer != at)
            .filter_map(|bearer| Some(concern_of(&self.items, bearer)?.incident))
            .collect();
        match (others.first(), others.len()) {
            (Some(incident), 1) if *incident < concern.incident => {
                // As nearly always: a further word of an incident that has its name already.
                self.set_incident(at, *incident);
            }
            _ => self.regroup(at),
        }
    }

    /// Names the incident of the concern at `at` after the first of all its events.
    fn regroup(&mut self, at: u32) {
        let together = self.incidents.together(&self.items, at);
        if let Some(first) = first_position(&self.items, &together) {
            for place in together {
                self.set_incident(place, first);
            }
        }
    }

    fn set_incident(&mut self, at: u32, incident: Position) {
        if let Some(concern) = concern_of(&self.items, at)
            && concern.incident != incident
        {
            let mut concern = concern.clone();
            concern.incident = incident;
            self.set(at, concern);
        }
    }

    fn set(&mut self, at: u32, concern: ConcernItem) {
        if let Some(item) = self.items.get_mut(at as usize) {
            item.what = What::Concern(Box::new(concern));
            self.dirty.blocks.insert(at as usize / ITEMS_PER_BLOCK);
        }
    }

    fn index(&mut self, item: &Item) {
        let at = self.items.len() as u32;
        if let What::Concern(concern) = &item.what {
            self.by_position.insert(item.position, at);
            self.insert_date(concern.date, at);
            self.index_kind(concern, at);
            self.incidents.add(concern, at);
        }
    }

    fn index_kind(&mut self, concern: &ConcernItem, at: u32) {
        if concern.kind == Kind::PropertyRisk {
            self.risks.insert(at);
        } else {
            self.risks.remove(&at);
        }
    }

    /// Keeps (date, place) sorted whole, so that a stored home has the same order as a live one.
    fn insert_date(&mut self, date: Date, at: u32) {
        let place = self.by_date.partition_point(|other| *other <= (date, at));
        self.by_date.insert(place, (date, at));
    }
}

fn names_differ(before: &ConcernItem, after: &ConcernItem) -> bool {
    let moved = |concern: &ConcernItem| matches!(concern.standing, Standing::Moved(_));
    before.record != after.record
        || before.incident_ref != after.incident_ref
        || moved(before) != moved(after)
}
