//! A home: its registration, timeline and escalations, and the indexes that triggers count by.

mod change;
mod count;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::escalations::{Escalations, Kept, Sought};
use super::incident::Incidents;
use super::item::{ConcernItem, Item};
use super::listing::Listing;
use super::records::Records;
use super::reference::Reference;
use super::sorted::{Row, Sorted};
use super::tally::Tally;
use super::texts::Texts;
use super::timeline::Timeline;
use crate::escalation::{Escalation, Level};
use crate::event::Registration;
use crate::notice::Held;
use crate::process::Proceedings;
use crate::sharing::{Classes, Opening};
use crate::{Digest, EscalationId, HomeId, Position, TriggerId};

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
    /// Answers to "same person?": death, concern, answer.
    pub same_person: Vec<(Position, Position, bool)>,
    /// Events, other than concerns, whose free text is withheld until it is said again.
    pub withheld: BTreeSet<Position>,
    /// Events, other than concerns, whose free text is erased.
    pub erased: BTreeSet<Position>,
    /// What stands on its record besides concerns.
    pub records: Records,
    /// What is under way about it.
    pub process: Proceedings,
    /// What is passed on as soon as the police let it, in the order in which it came.
    pub held: Vec<Held>,
    /// What persons opened by break-glass, while it lasts. Only `sharing` looks at it.
    pub(crate) openings: Vec<Opening>,
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
    items: Timeline,
    escalations: Escalations,
    by_position: Sorted<Placed>,
    incidents: Incidents,
    /// What the policy in force counts, by number of the tally.
    tallies: Vec<Tally>,
    /// When its texts end. Only `fold::retain` looks at it.
    pub(crate) texts: Texts,
    dirty: Dirty,
}

/// Up to so many listed events are gone through for each body that is told.
const GONE_THROUGH: usize = 40;

/// Where in the timeline the concern of a position stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Placed {
    position: Position,
    place: u32,
}

impl Row for Placed {
    type Key = Position;
    fn key(&self) -> Position {
        self.position
    }
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
            same_person: Vec::new(),
            withheld: BTreeSet::new(),
            erased: BTreeSet::new(),
            records: Records::default(),
            process: Proceedings::default(),
            held: Vec::new(),
            openings: Vec::new(),
            revision: 0,
        };
        Self::stored(head, Vec::new(), Vec::new())
    }

    /// A home as it was stored. Nothing is tallied until a policy says what to count.
    #[must_use]
    pub fn stored(
        head: HomeHead,
        items: impl IntoIterator<Item = Item>,
        escalations: Vec<Kept>,
    ) -> Self {
        let mut home = Self {
            head,
            items: Timeline::default(),
            escalations: Escalations::default(),
            by_position: Sorted::default(),
            incidents: Incidents::default(),
            tallies: Vec::new(),
            texts: Texts::default(),
            dirty: Dirty::default(),
        };
        for item in items {
            home.index(&item);
            home.items.push(item);
        }
        for kept in escalations {
            home.escalations.put_back(kept);
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
    pub fn items(&self) -> &Timeline {
        &self.items
    }

    /// The escalations, open and closed, by id.
    pub fn escalations(&self) -> impl Iterator<Item = &Arc<Escalation>> {
        self.escalations.all().map(|kept| &kept.record)
    }

    /// One escalation.
    #[must_use]
    pub fn escalation(&self, id: &EscalationId) -> Option<&Arc<Escalation>> {
        self.kept(id).map(|kept| &kept.record)
    }

    /// One escalation, with what the fold noted of it.
    #[must_use]
    pub fn kept(&self, id: &EscalationId) -> Option<&Kept> {
        self.escalations.get(id)
    }

    /// The escalations with what the fold noted of them, by id.
    pub fn all_kept(&self) -> impl Iterator<Item = &Kept> {
        self.escalations.all()
    }

    /// The escalations that are looked for, by id.
    pub(crate) fn find(&self, sought: Sought<'_>) -> Vec<&Arc<Escalation>> {
        self.escalations.find(sought)
    }

    /// What a revision of an escalation lists, by class. None where so little is listed that it is as well gone
    /// through, or where it cannot be said.
    pub(crate) fn listing(&self, escalation: &Arc<Escalation>) -> Option<Listing> {
        Some(Listing {
            home: self.id().clone(),
            escalation: Arc::clone(escalation),
            changes: self.items.changes(),
            classes: self.classes_of(escalation)?,
        })
    }

    /// The same classes, brought on from what is known of the revision that stands here.
    fn classes_of(&self, escalation: &Escalation) -> Option<Classes> {
        let list = &escalation.evidence;
        if list.events.len() <= GONE_THROUGH {
            return None;
        }
        let stands = self.escalation(&escalation.id);
        let known = self.escalations.classes(&escalation.id, self.items.changes());
        if let (Some(stands), Some(mut known)) = (stands, known.cloned())
            && known.bring(self, &stands.evidence, list)
        {
            return Some(known);
        }
        Classes::of(self, list)
    }

    /// Whether the trigger ever raised an escalation here.
    pub(crate) fn has_any_of(&self, trigger: &TriggerId) -> bool {
        self.escalations.any_of(trigger)
    }

    /// The concern at a position, if it was filed here.
    #[must_use]
    pub fn concern(&self, position: Position) -> Option<(&Item, &ConcernItem)> {
        self.concern_at(self.place_of(position)?)
    }

    /// The position of the newest entry; 0 where there is none.
    pub(crate) fn newest(&self) -> Position {
        let concern = self.by_position.last().map(|placed| placed.position);
        let last = self.items.iter().next_back().map(|item| item.position);
        concern.max(last).unwrap_or(Position(0))
    }

    /// The concerns that were said after a position, in the order of the log.
    pub fn concerns_after(
        &self,
        position: Position,
    ) -> impl DoubleEndedIterator<Item = (&Item, &ConcernItem)> {
        let from = Position(position.0.saturating_add(1));
        let after = self.by_position.range(from, Position(u64::MAX));
        after.filter_map(|placed| self.concern_at(placed.place))
    }

    /// The concerns that tell of the same incident as the one at `position`, itself included.
    pub fn same_incident(&self, position: Position) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        let place = self.place_of(position);
        let together = place.map(|place| self.incidents.together(&self.items, place));
        together.into_iter().flatten().filter_map(|place| self.concern_at(place))
    }

    /// The concerns that bear a name of an incident, in the order of filing.
    pub(crate) fn bearing(&self, name: Digest) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        self.incidents.bearers_of(&self.items, name).filter_map(|place| self.concern_at(place))
    }

    /// All concerns, in the order of their dates.
    pub fn concerns(&self) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        let mut concerns: Vec<_> = self.concerns_as_filed().collect();
        concerns.sort_by_key(|(_, concern)| concern.date);
        concerns.into_iter()
    }

    /// All concerns, in the order of filing.
    pub fn concerns_as_filed(&self) -> impl Iterator<Item = (&Item, &ConcernItem)> {
        self.items.iter().filter_map(|item| Some((item, item.concern()?)))
    }

    /// The concern at a place in the timeline.
    pub(crate) fn concern_at(&self, place: u32) -> Option<(&Item, &ConcernItem)> {
        let item = self.items.get(place as usize)?;
        Some((item, item.concern()?))
    }

    /// What names the entry at a position, if it stands here.
    #[must_use]
    pub fn reference_at(&self, position: Position) -> Option<Reference> {
        if let Some((item, _)) = self.concern(position) {
            return Some(item.reference);
        }
        let mut items = self.items.iter().rev();
        items.find(|item| item.position == position).map(|item| item.reference)
    }

    pub(crate) fn place_of(&self, position: Position) -> Option<u32> {
        // What is asked for is nearly always what has just come, or later than everything that stands here.
        let last = self.by_position.last()?;
        match position.cmp(&last.position) {
            Ordering::Equal => Some(last.place),
            Ordering::Greater => None,
            Ordering::Less => self.by_position.get(position).map(|placed| placed.place),
        }
    }

    /// The level: the highest of the open escalations.
    #[must_use]
    pub fn level(&self) -> Level {
        self.escalations.highest_open().unwrap_or_default()
    }

    /// What changed since the last call; the shell stores it.
    pub fn take_dirty(&mut self) -> Dirty {
        std::mem::take(&mut self.dirty)
    }
}
