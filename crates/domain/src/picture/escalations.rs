//! A home's escalations, found by id, by what they are about, by what they rest on and by the level at
//! which they are open: a home where nobody ever answers has as many open ones as incidents, and a
//! further concern must not go through them. The lists follow from the records, and are made by the same
//! [`Escalations::put`] live and on restore. Copies share them in blocks.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::looks::look;
use super::sorted::{Row, Sorted};
use crate::escalation::evidence::{Difference, difference};
use crate::escalation::{Escalation, Level, Step};
use crate::ids::number;
use crate::sharing::Classes;
use crate::{EscalationId, Position, TriggerId};

/// An escalation as a home keeps it: the record, and what the fold noted of it. That stands here and not
/// in the head, which is stored whole with every change: a home where nobody answers has thousands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The record, as the hub last published it.
    pub record: Arc<Escalation>,
    /// Deadlines that have run: each raises the next rung once.
    pub ran: BTreeSet<Step>,
    /// Since where in the log it has been major.
    pub major_since: Option<Position>,
}

impl From<Arc<Escalation>> for Kept {
    /// A record of which nothing was noted yet.
    fn from(record: Arc<Escalation>) -> Self {
        Self { record, ran: BTreeSet::new(), major_since: None }
    }
}

/// Which escalations of a home are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sought<'a> {
    /// Those of a trigger about one thing.
    About(&'a TriggerId, &'a str),
    /// All of a trigger.
    Of(&'a TriggerId),
    /// Those that list one of these events.
    RestingOn(&'a [Position]),
    /// The open ones of at least this level.
    OpenAt(Level),
}

impl Sought<'_> {
    /// Whether an escalation is one of them.
    pub(crate) fn fits(&self, escalation: &Escalation) -> bool {
        match self {
            Self::About(trigger, scope) => {
                escalation.trigger == **trigger && escalation.scope == *scope
            }
            Self::Of(trigger) => escalation.trigger == **trigger,
            Self::RestingOn(events) => {
                let listed = &escalation.evidence.events;
                events.iter().any(|event| listed.binary_search(event).is_ok())
            }
            Self::OpenAt(level) => escalation.is_open() && escalation.level >= *level,
        }
    }
}

/// How many records stand in one block.
const BLOCK: usize = 64;

/// The escalations of a home.
#[derive(Debug, Clone, Default)]
pub(crate) struct Escalations {
    /// The records, each at its place, in the order in which they came here.
    kept: Vec<Arc<Vec<Kept>>>,
    by_id: Sorted<Known>,
    by_matter: Sorted<About>,
    by_event: Sorted<RestsOn>,
    open: Sorted<Open>,
    /// By place, what those that list much list, by class, with how often the timeline had changed.
    classes: BTreeMap<u32, Arc<(u64, Classes)>>,
}

impl PartialEq for Escalations {
    /// In which order they came means nothing: a restart reads them by id.
    fn eq(&self, other: &Self) -> bool {
        self.all().eq(other.all())
    }
}

impl Escalations {
    /// One of them.
    pub(crate) fn get(&self, id: &EscalationId) -> Option<&Kept> {
        self.at(self.place_of(id)?)
    }

    /// All of them, by id.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Kept> {
        let mut rows = self.by_id.iter().peekable();
        // Those whose ids begin alike, the last first.
        let mut alike: Vec<&Kept> = Vec::new();
        std::iter::from_fn(move || {
            if alike.is_empty() {
                let first = rows.next()?;
                alike.extend(self.at(first.place));
                while let Some(next) = rows.next_if(|next| next.id == first.id) {
                    alike.extend(self.at(next.place));
                }
                alike.sort_unstable_by(|a, b| b.record.id.cmp(&a.record.id));
            }
            alike.pop()
        })
    }

    fn place_of(&self, id: &EscalationId) -> Option<u32> {
        let begins = id_begins(id);
        let mut alike = self.by_id.range((begins, 0), (begins, u32::MAX)).map(|known| known.place);
        alike.find(|place| self.record(*place).is_some_and(|record| record.id == *id))
    }

    /// Those that are looked for, by id: a restart finds them in the same order.
    pub(crate) fn find(&self, sought: Sought<'_>) -> Vec<&Arc<Escalation>> {
        let mut places: Vec<u32> = match sought {
            Sought::About(trigger, scope) => {
                let (trigger, scope) = (number(trigger.as_str()), number(scope));
                let about = self.by_matter.range((trigger, scope, 0), (trigger, scope, u32::MAX));
                about.map(|about| about.place).collect()
            }
            Sought::Of(trigger) => {
                let trigger = number(trigger.as_str());
                let until = (trigger, u32::MAX, u32::MAX);
                self.by_matter.range((trigger, 0, 0), until).map(|about| about.place).collect()
            }
            Sought::RestingOn(events) => {
                let resting = |event: &Position| {
                    self.by_event.range((*event, 0), (*event, u32::MAX)).map(|rests| rests.place)
                };
                events.iter().flat_map(resting).collect()
            }
            Sought::OpenAt(level) => {
                let last = (Level::Major, u32::MAX);
                self.open.range((level, 0), last).map(|open| open.place).collect()
            }
        };
        places.sort_unstable();
        places.dedup();
        let records = places.into_iter().filter_map(|place| self.record(place));
        // Two triggers or matters may have one number.
        let mut found: Vec<_> = records.filter(|record| sought.fits(record)).collect();
        found.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        found
    }

    /// Whether there is any of a trigger.
    pub(crate) fn any_of(&self, trigger: &TriggerId) -> bool {
        let number = number(trigger.as_str());
        let mut all = self.by_matter.range((number, 0, 0), (number, u32::MAX, u32::MAX));
        all.any(|about| self.record(about.place).is_some_and(|one| one.trigger == *trigger))
    }

    /// The highest level of the open ones.
    pub(crate) fn highest_open(&self) -> Option<Level> {
        self.open.last().map(|open| open.level)
    }

    /// What the record of an id lists, by class, where it is known for a timeline changed so often.
    pub(super) fn classes(&self, id: &EscalationId, changes: u64) -> Option<&Classes> {
        if self.classes.is_empty() {
            return None;
        }
        let (known_at, classes) = &**self.classes.get(&self.place_of(id)?)?;
        (*known_at == changes).then_some(classes)
    }

    /// Notes what the record of an id lists, by class.
    pub(super) fn note_classes(&mut self, id: &EscalationId, changes: u64, classes: Classes) {
        if let Some(place) = self.place_of(id) {
            self.classes.insert(place, Arc::new((changes, classes)));
        }
    }

    /// Keeps a record in place of the one with its id.
    pub(crate) fn put(&mut self, escalation: Arc<Escalation>) {
        let known = self.place_of(&escalation.id);
        let place = match known {
            Some(place) => place,
            None => self.len() as u32,
        };
        self.classes.remove(&place);
        let before = known.and_then(|place| self.record(place).cloned());
        self.list(before.as_deref(), &escalation, place);
        if known.is_none() {
            self.by_id.insert(Known { id: id_begins(&escalation.id), place });
            self.push(escalation.into());
        } else if let Some(kept) = self.at_mut(place) {
            kept.record = escalation;
        }
    }

    /// Keeps a record with what was noted of it.
    pub(crate) fn put_back(&mut self, kept: Kept) {
        let Kept { record, ran, major_since } = kept;
        let id = record.id.clone();
        self.put(record);
        self.note(&id, |known| {
            known.ran = ran;
            known.major_since = major_since;
        });
    }

    /// Notes something of one of them.
    pub(crate) fn note(&mut self, id: &EscalationId, note: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.place_of(id).and_then(|place| self.at_mut(place)) {
            note(kept);
        }
    }

    /// Brings the lists from one revision to the next.
    fn list(&mut self, before: Option<&Escalation>, now: &Escalation, place: u32) {
        let about = |e: &Escalation| About {
            trigger: number(e.trigger.as_str()),
            scope: number(&e.scope),
            place,
        };
        if let Some(before) = before
            && (before.trigger != now.trigger || before.scope != now.scope)
        {
            self.by_matter.remove(about(before).key());
            self.by_matter.insert(about(now));
        } else if before.is_none() {
            self.by_matter.insert(about(now));
        }
        let open = |e: &Escalation| e.is_open().then_some(Open { level: e.level, place });
        let was = before.and_then(open);
        if was != open(now) {
            if let Some(was) = was {
                self.open.remove(was.key());
            }
            if let Some(is) = open(now) {
                self.open.insert(is);
            }
        }
        let was: &[Position] = before.map_or(&[], |before| &before.evidence.events);
        let Difference { gone, new } = difference(was, &now.evidence.events);
        for event in gone {
            self.by_event.remove((event, place));
        }
        for event in new {
            self.by_event.insert(RestsOn { event, place });
        }
    }

    fn len(&self) -> usize {
        let full = self.kept.len().saturating_sub(1) * BLOCK;
        full + self.kept.last().map_or(0, |last| last.len())
    }

    fn at(&self, place: u32) -> Option<&Kept> {
        look();
        self.kept.get(place as usize / BLOCK)?.get(place as usize % BLOCK)
    }

    fn at_mut(&mut self, place: u32) -> Option<&mut Kept> {
        let block = self.kept.get_mut(place as usize / BLOCK)?;
        Arc::make_mut(block).get_mut(place as usize % BLOCK)
    }

    fn record(&self, place: u32) -> Option<&Arc<Escalation>> {
        Some(&self.at(place)?.record)
    }

    fn push(&mut self, kept: Kept) {
        match self.kept.last_mut() {
            Some(last) if last.len() < BLOCK => Arc::make_mut(last).push(kept),
            _ => self.kept.push(Arc::new(vec![kept])),
        }
    }
}

/// The first eight digits of an id as a number: of two ids in order, the second has no lower one.
fn id_begins(id: &EscalationId) -> u32 {
    let digits = id.as_str().bytes().map(|digit| match digit {
        b'0'..=b'9' => digit - b'0',
        letter => letter.wrapping_sub(b'a').wrapping_add(10) & 15,
    });
    let eight = digits.chain(std::iter::repeat(0)).take(8);
    eight.fold(0, |number, digit| number << 4 | u32::from(digit))
}

/// Where the record of an id stands. Ids and matters come in no order, so that nearly every new one falls
/// into a block that lies in no cache: their rows are small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    /// How it begins.
    id: u32,
    place: u32,
}

impl Row for Known {
    type Key = (u32, u32);
    fn key(&self) -> (u32, u32) {
        (self.id, self.place)
    }
}

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct About {
    trigger: u32,
    scope: u32,
    place: u32,
}

impl Row for About {
    type Key = (u32, u32, u32);
    fn key(&self) -> (u32, u32, u32) {
        (self.trigger, self.scope, self.place)
    }
}

/// An event that a record lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RestsOn {
    event: Position,
    place: u32,
}

impl Row for RestsOn {
    type Key = (Position, u32);
    fn key(&self) -> (Position, u32) {
        (self.event, self.place)
    }
}

/// A record that is open, at its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    level: Level,
    place: u32,
}

impl Row for Open {
    type Key = (Level, u32);
    fn key(&self) -> (Level, u32) {
        (self.level, self.place)
    }
}
