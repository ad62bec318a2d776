//! Which concerns tell of one incident: the same `source_record` or the same `incident_ref` at one
//! home, also by way of a third. Every trigger counts incidents, so a second feed corroborates and
//! is not counted (law 8). The grouping follows from the timeline alone: an incident is named by the
//! first position among its events, and a correction that names another incident takes it apart.

use std::collections::BTreeSet;

use super::item::{ConcernItem, Standing};
use super::sorted::{Row, Sorted};
use super::timeline::Timeline;
use crate::{Digest, Position};

/// Who bears each name of an incident: places in the home's timeline, in the order of filing. The names
/// come in no order, so that nearly every new one falls into a block that no other event of the day has
/// touched: the rows hold a number of 32 bits for a name, and the timeline says whose name it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Incidents {
    bearers: Sorted<Bearer>,
}

/// A place that bears a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bearer {
    name: u32,
    place: u32,
}

impl Row for Bearer {
    type Key = (u32, u32);
    fn key(&self) -> (u32, u32) {
        (self.name, self.place)
    }
}

impl Incidents {
    /// Notes the names of the concern at a place. One that was matched elsewhere has none here.
    pub(super) fn add(&mut self, concern: &ConcernItem, place: u32) {
        for name in names(concern) {
            self.bearers.insert(Bearer { name: name.prefix(), place });
        }
    }

    /// Forgets the names of the concern at a place.
    pub(super) fn remove(&mut self, concern: &ConcernItem, place: u32) {
        for name in names(concern) {
            self.bearers.remove((name.prefix(), place));
        }
    }

    /// The first bearer of each name of a concern.
    pub(super) fn first_bearers(
        &self,
        items: &Timeline,
        concern: &ConcernItem,
    ) -> impl Iterator<Item = u32> {
        names(concern).filter_map(|name| self.bearers_of(items, name).next())
    }

    /// The places that bear a name, in the order of filing.
    pub(super) fn bearers_of(&self, items: &Timeline, name: Digest) -> impl Iterator<Item = u32> {
        let bearers = self.bearers.range((name.prefix(), 0), (name.prefix(), u32::MAX));
        // Two names may have one number.
        let bears = move |place: &u32| {
            concern_of(items, *place).is_some_and(|concern| names(concern).any(|own| own == name))
        };
        bearers.map(|bearer| bearer.place).filter(bears)
    }

    /// Every place that tells of the incident of the concern at `at`, itself included.
    pub(super) fn together(&self, items: &Timeline, at: u32) -> BTreeSet<u32> {
        let mut found = BTreeSet::from([at]);
        let mut open = vec![at];
        while let Some(next) = open.pop() {
            let Some(concern) = concern_of(items, next) else {
                continue;
            };
            for name in names(concern) {
                for bearer in self.bearers_of(items, name) {
                    if found.insert(bearer) {
                        open.push(bearer);
                    }
                }
            }
        }
        found
    }
}

pub(super) fn concern_of(items: &Timeline, at: u32) -> Option<&ConcernItem> {
    items.get(at as usize)?.concern()
}

/// The first position among some places: the name of their incident.
pub(super) fn first_position(items: &Timeline, places: &BTreeSet<u32>) -> Option<Position> {
    let positions = places.iter().filter_map(|at| items.get(*at as usize));
    positions.map(|item| item.position).min()
}

fn names(concern: &ConcernItem) -> impl Iterator<Item = Digest> + use<> {
    let here = !matches!(concern.standing, Standing::Moved(_));
    let (record, incident) = (concern.record, concern.incident_ref);
    record.into_iter().chain(incident).filter(move |_| here)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::BodyId;
    use crate::picture::{Item, Reference, What};

    fn filed(incidents: &mut Incidents, items: &mut Timeline, record: u128) {
        let concern = toml::toml! {
            kind = "complaint"
            occurred_at = "2024-03-01T09:00:00Z"
            severity = "low"
        };
        let concern = concern.try_into().unwrap();
        let position = Position(items.len() as u64);
        let mut concern = ConcernItem::of(&concern, position, Timestamp::UNIX_EPOCH, false);
        concern.record = Some(Digest::from(record));
        incidents.add(&concern, items.len() as u32);
        items.push(Item {
            position,
            reference: Reference::of_event(Digest::from(record)),
            recorded_at: Timestamp::UNIX_EPOCH,
            agency: BodyId::new("police").unwrap(),
            what: What::Concern(concern),
        });
    }

    /// Two names with one number are two incidents.
    #[test]
    fn names_that_begin_alike_are_told_apart() {
        let (mut incidents, mut items) = (Incidents::default(), Timeline::default());
        let alike = 7 << 96;
        for record in [alike, alike + 1, alike, 8 << 96, alike + 1] {
            filed(&mut incidents, &mut items, record);
        }
        let together = [[0, 2], [1, 4]].map(BTreeSet::from);
        assert_eq!(incidents.together(&items, 0), together[0]);
        assert_eq!(incidents.together(&items, 4), together[1]);
        assert_eq!(incidents.together(&items, 3), BTreeSet::from([3]));
        let first = |at| incidents.first_bearers(&items, concern_of(&items, at).unwrap()).next();
        assert_eq!([0, 1, 2, 3, 4].map(first), [0, 1, 0, 3, 1].map(Some));
    }
}
