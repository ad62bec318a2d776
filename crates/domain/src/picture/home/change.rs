//! What changes a home: entries filed, concerns put right, escalations kept, a timeline taken over.
//! The indexes and the incidents always follow.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::gist::Gist;
use super::super::incident::{Incidents, concern_of, first_position};
use super::super::item::{ConcernItem, Item, Standing, What};
use super::{Dated, Home, ITEMS_PER_BLOCK};
use crate::Position;
use crate::escalation::Escalation;
use crate::event::Kind;

impl Home {
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
            || self.incidents.together(&self.items, at).into_iter().any(tells);
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
        if after.date != before.date || Gist::of(&after) != Gist::of(&before) {
            self.by_date.retain(|dated| dated.at != at);
            self.insert_date(&after, at);
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
        self.head.process.take_over(&mut earlier.head.process, &earlier.head.id);
        self.head.records.take_over(std::mem::take(&mut earlier.head.records));
        self.head.predecessors.append(&mut earlier.head.predecessors);
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

    pub(super) fn put_escalation(&mut self, escalation: Arc<Escalation>) {
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

    pub(super) fn index(&mut self, item: &Item) {
        let at = self.items.len() as u32;
        if let What::Concern(concern) = &item.what {
            self.by_position.insert(item.position, at);
            self.insert_date(concern, at);
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
    fn insert_date(&mut self, concern: &ConcernItem, at: u32) {
        let date = concern.date;
        let place = self.by_date.partition_point(|other| (other.date, other.at) <= (date, at));
        self.by_date.insert(place, Dated { date, at, gist: Gist::of(concern) });
    }
}

fn names_differ(before: &ConcernItem, after: &ConcernItem) -> bool {
    let moved = |concern: &ConcernItem| matches!(concern.standing, Standing::Moved(_));
    before.record != after.record
        || before.incident_ref != after.incident_ref
        || moved(before) != moved(after)
}
