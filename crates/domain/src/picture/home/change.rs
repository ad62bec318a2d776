//! What changes a home: entries filed, concerns put right, escalations kept, a timeline taken over.
//! The indexes and the incidents always follow.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::escalations::Kept;
use super::super::incident::{Incidents, concern_of, first_position};
use super::super::item::{ConcernItem, Item, Standing, What};
use super::super::listing::Listing;
use super::super::sorted::Sorted;
use super::super::timeline::ITEMS_PER_BLOCK;
use super::{Home, Placed};
use crate::erasure::TextState;
use crate::escalation::Escalation;
use crate::policy::InForce;
use crate::{EscalationId, Position};

impl Home {
    /// Files a concern. Returns the first position of its incident when another event that counts
    /// had already told of it here, which this one corroborates.
    pub(crate) fn file(&mut self, item: Item, rules: &InForce) -> Option<Position> {
        if let Some(at) = self.place_of(item.position) {
            self.put_back(at, item, rules);
            return None;
        }
        let at = self.items.len() as u32;
        self.push(item);
        let concern = concern_of(&self.items, at)?;
        if self.incidents.first_bearers(&self.items, concern).all(|bearer| bearer == at) {
            // As nearly always: it names no incident, or one that nobody told of before.
            self.count_alone(at, rules);
            return None;
        }
        self.join(at);
        let together = self.incidents.together(&self.items, at);
        self.count_again(&together, rules);
        let concern = concern_of(&self.items, at)?;
        let tells = |other: &u32| {
            *other != at && concern_of(&self.items, *other).is_some_and(ConcernItem::counts)
        };
        together.iter().any(tells).then_some(concern.incident)
    }

    /// Files anything else.
    pub(crate) fn push(&mut self, item: Item) {
        self.index(&item);
        self.dirty.blocks.insert(self.items.len() / ITEMS_PER_BLOCK);
        self.items.push(item);
        self.touch();
    }

    /// Changes the concern at a position, and files it anew under its date and incident.
    pub(crate) fn change(
        &mut self,
        position: Position,
        rules: &InForce,
        edit: impl FnOnce(&mut ConcernItem),
    ) {
        let Some(at) = self.place_of(position) else {
            return;
        };
        let Some(before) = concern_of(&self.items, at).cloned() else {
            return;
        };
        let mut after = before.clone();
        edit(&mut after);
        let mut together = self.incidents.together(&self.items, at);
        self.count_no_more(&together, rules);
        let regroup = names_differ(&before, &after);
        if regroup {
            self.incidents.remove(&before, at);
            self.incidents.add(&after, at);
        }
        self.set(at, after);
        if regroup {
            for place in &together {
                self.regroup(*place);
            }
            together.append(&mut self.incidents.together(&self.items, at));
        }
        self.count_again(&together, rules);
        self.touch();
    }

    /// Notes what became of the text of the concern at a position: nothing that is counted or shared rests on it.
    pub(crate) fn set_text(&mut self, position: Position, state: TextState) {
        if let Some(at) = self.place_of(position).map(|at| at as usize)
            && let Some(text) = self.items.text_mut(at)
        {
            *text = state;
            self.dirty.blocks.insert(at / ITEMS_PER_BLOCK);
            self.touch();
        }
    }

    /// Takes over the timeline and escalations of an earlier registration of the same place.
    pub(crate) fn take_over(&mut self, earlier: &mut Self, rules: &InForce) {
        let stored = earlier.items.len().div_ceil(ITEMS_PER_BLOCK);
        earlier.dirty.removed_blocks = earlier.dirty.removed_blocks.max(stored);
        earlier.dirty.blocks.clear();
        for mut item in std::mem::take(&mut earlier.items).iter().cloned() {
            if let What::Concern(concern) = &mut item.what {
                // It finds its incident among those of this home.
                concern.incident = item.position;
                self.file(item, rules);
            } else {
                self.push(item);
            }
        }
        earlier.by_position = Sorted::default();
        earlier.incidents = Incidents::default();
        earlier.tallies.clear();
        for kept in std::mem::take(&mut earlier.escalations).all() {
            earlier.dirty.escalations.insert(kept.record.id.clone());
            self.dirty.escalations.insert(kept.record.id.clone());
            self.escalations.put_back(kept.clone());
        }
        self.head.same_person.append(&mut earlier.head.same_person);
        self.head.withheld.append(&mut earlier.head.withheld);
        self.head.erased.append(&mut earlier.head.erased);
        self.head.held.append(&mut earlier.head.held);
        self.head.process.take_over(&mut earlier.head.process, &earlier.head.id);
        self.head.records.take_over(std::mem::take(&mut earlier.head.records));
        self.head.predecessors.append(&mut earlier.head.predecessors);
        self.head.predecessors.push(earlier.head.id.clone());
        // What stands elsewhere now is opened anew or not at all.
        earlier.head.openings.clear();
        earlier.head.succeeded_by = Some(self.head.id.clone());
        earlier.touch();
        self.touch();
    }

    /// Takes the record of an escalation from the log, unless a later one is already here. `listing` is what was
    /// found out of it when it was decided, if it was decided here.
    pub(crate) fn keep(&mut self, escalation: Arc<Escalation>, listing: Option<Listing>) {
        let known = self.escalation(&escalation.id);
        if known.is_none_or(|known| known.revision < escalation.revision) {
            self.dirty.escalations.insert(escalation.id.clone());
            let (id, changes) = (escalation.id.clone(), self.items.changes());
            let known =
                listing.and_then(|listing| listing.classes_for(self.id(), &escalation, changes));
            let classes = known.or_else(|| self.classes_of(&escalation));
            self.escalations.put(escalation);
            if let Some(classes) = classes {
                self.escalations.note_classes(&id, changes, classes);
            }
            self.touch();
        }
    }

    /// Notes something of an escalation that stands here.
    pub(crate) fn note(&mut self, id: &EscalationId, note: impl FnOnce(&mut Kept)) {
        self.dirty.escalations.insert(id.clone());
        self.escalations.note(id, note);
        self.touch();
    }

    /// Notes that the head changed.
    pub(crate) fn touch(&mut self) {
        self.head.revision = self.head.revision.saturating_add(1);
        self.dirty.head = true;
    }

    /// A concern that stands here already comes again: the one that counts wins over a trace.
    fn put_back(&mut self, at: u32, item: Item, rules: &InForce) {
        let stands = concern_of(&self.items, at);
        let is_trace = stands.is_some_and(|c| matches!(c.standing, Standing::Moved(_)));
        if is_trace && let What::Concern(concern) = item.what {
            self.change(item.position, rules, |stands| *stands = concern);
        }
    }

    /// The concern at `at` is new: whatever shares a name with it is one incident.
    fn join(&mut self, at: u32) {
        let Some(concern) = concern_of(&self.items, at) else {
            return;
        };
        let others: BTreeSet<Position> = self
            .incidents
            .first_bearers(&self.items, concern)
            .filter(|bearer| *bearer != at)
            .filter_map(|bearer| Some(concern_of(&self.items, bearer)?.incident))
            .collect();
        match (others.first(), others.len()) {
            (Some(incident), 1) if *incident < concern.incident => {
                // As nearly always: a further word of an incident that has its name already.
                if let Some(concern) = self.items.newest_mut().and_then(Item::concern_mut) {
                    concern.incident = *incident;
                }
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
        if concern_of(&self.items, at).is_some_and(|concern| concern.incident != incident)
            && let Some(Item { what: What::Concern(concern), .. }) = self.items.get_mut(at as usize)
        {
            concern.incident = incident;
            self.dirty.blocks.insert(at as usize / ITEMS_PER_BLOCK);
        }
    }

    fn set(&mut self, at: u32, concern: ConcernItem) {
        if let Some(item) = self.items.get_mut(at as usize) {
            item.what = What::Concern(concern);
            self.dirty.blocks.insert(at as usize / ITEMS_PER_BLOCK);
        }
    }

    pub(super) fn index(&mut self, item: &Item) {
        let place = self.items.len() as u32;
        if let What::Concern(concern) = &item.what {
            self.by_position.insert(Placed { position: item.position, place });
            self.incidents.add(concern, place);
        }
    }
}

fn names_differ(before: &ConcernItem, after: &ConcernItem) -> bool {
    let moved = |concern: &ConcernItem| matches!(concern.standing, Standing::Moved(_));
    before.record != after.record
        || before.incident_ref != after.incident_ref
        || moved(before) != moved(after)
}
