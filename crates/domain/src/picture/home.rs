//! A home: its registration, timeline and escalations, and the indexes that triggers count by.

mod change;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::gist::Gist;
use super::incident::Incidents;
use super::item::{ConcernItem, Item, What};
use super::records::Records;
use crate::escalation::{Escalation, Level, Step};
use crate::event::{Facets, Registration};
use crate::policy::Match;
use crate::process::Proceedings;
use crate::{EscalationId, HomeId, Position, TriggerId};

/// How many timeline entries stand in one stored block: a full block is rewritten only when a
/// correction or a withdrawal touches it.
pub const ITEMS_PER_BLOCK: usize = 16;

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
    /// What stands on its record besides concerns.
    pub records: Records,
    /// What is under way about it.
    pub process: Proceedings,
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
    by_date: Vec<Dated>,
    by_position: BTreeMap<Position, u32>,
    /// Property risks: until they are repaired they count, however old they are.
    risks: BTreeSet<u32>,
    by_trigger: BTreeMap<TriggerId, BTreeSet<EscalationId>>,
    incidents: Incidents,
    dirty: Dirty,
}

/// A concern's place in the order of dates, with what a trigger asks of it first: most concerns
/// that a window spans are of no interest to the trigger, and are passed over without a look at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dated {
    date: Date,
    at: u32,
    gist: Gist,
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
            records: Records::default(),
            process: Proceedings::default(),
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
        self.by_position.range(after).filter_map(|(_, at)| self.concern_at(*at))
    }

    /// The property risks, repaired or not.
    pub fn property_risks(&self) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        self.risks.iter().filter_map(|at| self.concern_at(*at))
    }

    /// The concerns that tell of the same incident as the one at `position`, itself included.
    pub fn same_incident(&self, position: Position) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        let at = self.by_position.get(&position);
        let together = at.map(|at| self.incidents.together(&self.items, *at));
        together.into_iter().flatten().filter_map(|at| self.concern_at(at))
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
        self.dated(from, until).filter_map(|dated| self.concern_at(dated.at))
    }

    /// Those of [`Self::concerns_between`] that may match: who said them, and whether they count, is not
    /// asked.
    pub fn concerns_fitting(
        &self,
        from: Date,
        until: Date,
        wanted: &Match,
    ) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        self.dated(from, until)
            .filter(|dated| dated.gist.fits(wanted))
            .filter_map(|dated| self.concern_at(dated.at))
    }

    fn dated(&self, from: Date, until: Date) -> impl Iterator<Item = &Dated> {
        let start = self.by_date.partition_point(|dated| dated.date < from);
        let after = self.by_date.get(start..).unwrap_or_default();
        after.iter().take_while(move |dated| dated.date < until)
    }

    /// All concerns, in the order of their dates.
    pub fn concerns(&self) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        self.by_date.iter().filter_map(|dated| self.concern_at(dated.at))
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
        let open = self.escalations.values().filter(|escalation| escalation.is_open());
        open.map(|escalation| escalation.level).max().unwrap_or_default()
    }

    /// What changed since the last call; the shell stores it.
    pub fn take_dirty(&mut self) -> Dirty {
        std::mem::take(&mut self.dirty)
    }
}
