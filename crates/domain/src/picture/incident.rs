//! Which concerns tell of one incident: the same `source_record` or the same `incident_ref` at one
//! home. Every trigger counts incidents, so a second feed corroborates and is not counted (law 8).

use std::collections::BTreeMap;

use super::item::ConcernItem;
use crate::{Digest, Position};

/// The incidents of a home, by the digests that name them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Incidents {
    groups: BTreeMap<Digest, Position>,
}

impl Incidents {
    /// The groups that `item` belongs to by its names; several when it joins what stood apart.
    pub(super) fn of(&self, item: &ConcernItem) -> Vec<Position> {
        let mut groups: Vec<Position> = names(item)
            .filter_map(|name| self.groups.get(&name).copied())
            .collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Notes that the names of `item` mean its incident.
    pub(super) fn name(&mut self, item: &ConcernItem) {
        for name in names(item) {
            self.groups.insert(name, item.incident);
        }
    }

    /// `from` and `to` turn out to be one incident.
    pub(super) fn join(&mut self, from: Position, to: Position) {
        for group in self.groups.values_mut().filter(|group| **group == from) {
            *group = to;
        }
    }
}

fn names(item: &ConcernItem) -> impl Iterator<Item = Digest> + '_ {
    item.record.into_iter().chain(item.incident_ref)
}
