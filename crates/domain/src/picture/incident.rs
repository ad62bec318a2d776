//! Which concerns tell of one incident: the same `source_record` or the same `incident_ref` at one
//! home, also by way of a third. Every trigger counts incidents, so a second feed corroborates and
//! is not counted (law 8). The grouping follows from the timeline alone: an incident is named by the
//! first position among its events, and a correction that names another incident takes it apart.

use std::collections::{BTreeMap, BTreeSet};

use super::item::{ConcernItem, Item, Standing, What};
use crate::{Digest, Position};

/// Who bears each name of an incident: places in the home's timeline, in the order of filing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Incidents {
    bearers: BTreeMap<Digest, Vec<u32>>,
}

impl Incidents {
    /// Notes the names of the concern at place `at`. One that was matched elsewhere has none here.
    pub(super) fn add(&mut self, concern: &ConcernItem, at: u32) {
        for name in names(concern) {
            let bearers = self.bearers.entry(name).or_default();
            if let Err(place) = bearers.binary_search(&at) {
                bearers.insert(place, at);
            }
        }
    }

    /// Forgets the names of the concern at place `at`.
    pub(super) fn remove(&mut self, concern: &ConcernItem, at: u32) {
        for name in names(concern) {
            if let Some(bearers) = self.bearers.get_mut(&name) {
                bearers.retain(|bearer| *bearer != at);
                if bearers.is_empty() {
                    self.bearers.remove(&name);
                }
            }
        }
    }

    /// The first bearer of each name of a concern.
    pub(super) fn first_bearers(&self, concern: &ConcernItem) -> impl Iterator<Item = u32> {
        names(concern).filter_map(|name| self.bearers.get(&name)?.first().copied())
    }

    /// Every place that tells of the incident of the concern at `at`, itself included.
    pub(super) fn together(&self, items: &[Item], at: u32) -> BTreeSet<u32> {
        let mut found = BTreeSet::from([at]);
        let mut open = vec![at];
        while let Some(next) = open.pop() {
            let Some(concern) = concern_of(items, next) else {
                continue;
            };
            for name in names(concern) {
                for bearer in self.bearers.get(&name).into_iter().flatten() {
                    if found.insert(*bearer) {
                        open.push(*bearer);
                    }
                }
            }
        }
        found
    }
}

pub(super) fn concern_of(items: &[Item], at: u32) -> Option<&ConcernItem> {
    match &items.get(at as usize)?.what {
        What::Concern(concern) => Some(concern),
        What::Event { .. } | What::Escalation { .. } => None,
    }
}

/// The first position among some places: the name of their incident.
pub(super) fn first_position(items: &[Item], places: &BTreeSet<u32>) -> Option<Position> {
    let positions = places.iter().filter_map(|at| items.get(*at as usize));
    positions.map(|item| item.position).min()
}

fn names(concern: &ConcernItem) -> impl Iterator<Item = Digest> + use<> {
    let here = !matches!(concern.standing, Standing::Moved(_));
    let (record, incident) = (concern.record, concern.incident_ref);
    record.into_iter().chain(incident).filter(move |_| here)
}
