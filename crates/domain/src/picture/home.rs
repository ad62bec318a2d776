//! A home: its registration, timeline and escalations, and the indexes that triggers count by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::incident::Incidents;
use super::item::{ConcernItem, Item, Standing, What};
use crate::escalation::{Escalation, Level, Step};
use crate::event::Registration;
use crate::{EscalationId, HomeId, Position};

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
            revision: 0,
        };
        Self::stored(head, Vec::new(), Vec::new())
    }

    /// A home as it was stored.
    #[must_use]
    pub fn stored(head: HomeHead, items: Vec<Item>, escalations: Vec<Arc<Escalation>>) -> Self {
        let mut home = Self {
            head,
            items: Vec::new(),
            escalations: escalations.into_iter().map(|e| (e.id.clone(), e)).collect(),
            by_date: Vec::new(),
            by_position: BTreeMap::new(),
            incidents: Incidents::default(),
            dirty: Dirty::default(),
        };
        for item in items {
            home.index(&item);
            home.items.push(item);
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

    /// The concern at a position, if it was filed here.
    #[must_use]
    pub fn concern(&self, position: Position) -> Option<(&Item, &ConcernItem)> {
        let item = &self.items[*self.by_position.get(&position)? as usize];
        match &item.what {
            What::Concern(concern) => Some((item, concern)),
            What::Event { .. } | What::Escalation { .. } => None,
        }
    }

    /// The concerns that happened on `from ≤ date < until`, in the order of their dates.
    pub fn concerns_between(
        &self,
        from: Date,
        until: Date,
    ) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        let start = self.by_date.partition_point(|(date, _)| *date < from);
        self.by_date[start..]
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

    /// Files a concern. Returns the first position of its incident when another event had already
    /// told of it here, which this one corroborates.
    pub(crate) fn file(&mut self, mut item: Item) -> Option<Position> {
        let mut first = None;
        if let What::Concern(concern) = &mut item.what {
            first = self.group(concern, item.position);
        }
        self.push(item);
        first
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
        let What::Concern(concern) = &self.items[at as usize].what else {
            return;
        };
        let mut concern = concern.clone();
        let before = concern.date;
        edit(&mut concern);
        let _ = self.group(&mut concern, position);
        self.incidents.name(&concern);
        if concern.date != before {
            self.by_date.retain(|(_, other)| *other != at);
            self.insert_date(concern.date, at);
        }
        self.items[at as usize].what = What::Concern(concern);
        self.dirty.blocks.insert(at as usize / ITEMS_PER_BLOCK);
        self.touch();
    }

    /// Takes over the timeline and escalations of an earlier registration of the same place.
    pub(crate) fn take_over(&mut self, earlier: &mut Self) {
        earlier.dirty.removed_blocks = earlier.items.len().div_ceil(ITEMS_PER_BLOCK);
        earlier.dirty.blocks.clear();
        for item in std::mem::take(&mut earlier.items) {
            self.file(item);
        }
        earlier.by_date.clear();
        earlier.by_position.clear();
        earlier.incidents = Incidents::default();
        for (id, escalation) in std::mem::take(&mut earlier.escalations) {
            earlier.dirty.escalations.insert(id.clone());
            self.dirty.escalations.insert(id.clone());
            self.escalations.insert(id, escalation);
        }
        self.head.ran.append(&mut earlier.head.ran);
        self.head.same_person.append(&mut earlier.head.same_person);
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
            self.escalations.insert(escalation.id.clone(), escalation);
            self.touch();
        }
    }

    /// Notes that the head changed.
    pub(crate) fn touch(&mut self) {
        self.head.revision += 1;
        self.dirty.head = true;
    }

    fn group(&mut self, concern: &mut ConcernItem, position: Position) -> Option<Position> {
        let groups = self.incidents.of(concern);
        let first = *groups.first()?;
        for other in groups.into_iter().skip(1) {
            self.join(other, first);
        }
        if concern.incident != first && self.by_position.contains_key(&position) {
            // A correction names an incident that others had named: they become one.
            self.join(concern.incident, first);
        }
        concern.incident = first;
        let told_before = self.items.iter().any(|item| match &item.what {
            What::Concern(other) => {
                other.incident == first && other.counts() && item.position != position
            }
            What::Event { .. } | What::Escalation { .. } => false,
        });
        told_before.then_some(first)
    }

    fn join(&mut self, from: Position, to: Position) {
        self.incidents.join(from, to);
        for (at, item) in self.items.iter_mut().enumerate() {
            if let What::Concern(concern) = &mut item.what
                && concern.incident == from
            {
                concern.incident = to;
                self.dirty.blocks.insert(at / ITEMS_PER_BLOCK);
            }
        }
    }

    fn index(&mut self, item: &Item) {
        let at = self.items.len() as u32;
        if let What::Concern(concern) = &item.what {
            self.by_position.insert(item.position, at);
            self.insert_date(concern.date, at);
            if !matches!(concern.standing, Standing::Moved(_)) {
                self.incidents.name(concern);
            }
        }
    }

    fn insert_date(&mut self, date: Date, at: u32) {
        let place = self.by_date.partition_point(|(other, _)| *other <= date);
        self.by_date.insert(place, (date, at));
    }
}
