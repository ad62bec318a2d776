//! Which concerns tell of one incident: the same `source_record` or the same `incident_ref` at one
//! home, also by way of a third. Every trigger counts incidents, so a second feed corroborates and
//! is not counted (law 8). The grouping follows from the timeline alone: an incident is named by the
//! first position among its events, and a correction that names another incident takes it apart.

use std::collections::BTreeSet;

use super::item::{ConcernItem, Standing};
use super::sorted::{Row, Sorted};
use super::timeline::Timeline;
use crate::{Digest, Position};

/// Who bears each name of an incident: places in the home's timeline, in the order of filing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Incidents {
    bearers: Sorted<Bearer>,
}

/// A place that bears a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bearer {
    name: Digest,
    place: u32,
}

impl Row for Bearer {
    type Key = (Digest, u32);
    fn key(&self) -> (Digest, u32) {
        (self.name, self.place)
    }
}

impl Incidents {
    /// Notes the names of the concern at a place. One that was matched elsewhere has none here.
    pub(super) fn add(&mut self, concern: &ConcernItem, place: u32) {
        for name in names(concern) {
            self.bearers.insert(Bearer { name, place });
        }
    }

    /// Forgets the names of the concern at a place.
    pub(super) fn remove(&mut self, concern: &ConcernItem, place: u32) {
        for name in names(concern) {
            self.bearers.remove((name, place));
        }
    }

    /// The first bearer of each name of a concern.
    pub(super) fn first_bearers(&self, concern: &ConcernItem) -> impl Iterator<Item = u32> {
        names(concern).filter_map(|name| self.bearers_of(name).next())
    }

    /// The places that bear a name, in the order of filing.
    pub(super) fn bearers_of(&self, name: Digest) -> impl Iterator<Item = u32> {
        let bearers = self.bearers.range((name, 0), (name, u32::MAX));
        bearers.map(|bearer| bearer.place)
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
                for bearer in self.bearers_of(name) {
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
