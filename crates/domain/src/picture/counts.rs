//! How many incidents, by kind and by agency: the figures at the head of a picture.

use std::collections::{BTreeMap, BTreeSet};

use super::{Home, Item};
use crate::event::Kind;
use crate::{BodyId, Position};

/// The incidents of a home that count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Distinct incidents.
    pub total: u32,
    /// Distinct incidents in which an event of that kind stands.
    pub by_kind: BTreeMap<Kind, u32>,
    /// Distinct incidents of which that agency told.
    pub by_agency: BTreeMap<BodyId, u32>,
}

impl Counts {
    /// Counts what `may_see` lets the reader know of.
    #[must_use]
    pub fn of(home: &Home, may_see: impl Fn(&Item) -> bool) -> Self {
        let mut incidents: BTreeSet<Position> = BTreeSet::new();
        let mut kinds: BTreeSet<(Kind, Position)> = BTreeSet::new();
        let mut agencies: BTreeSet<(&BodyId, Position)> = BTreeSet::new();
        for (item, concern) in home.concerns_as_filed() {
            if concern.counts() && may_see(item) {
                incidents.insert(concern.incident);
                kinds.insert((concern.kind, concern.incident));
                agencies.insert((&item.agency, concern.incident));
            }
        }
        let mut counts = Self { total: incidents.len() as u32, ..Self::default() };
        for (kind, _) in kinds {
            *counts.by_kind.entry(kind).or_default() += 1;
        }
        for (agency, _) in agencies {
            *counts.by_agency.entry(agency.clone()).or_default() += 1;
        }
        counts
    }
}
