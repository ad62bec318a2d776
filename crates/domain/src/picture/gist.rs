//! What a trigger asks of a concern first, in a few bytes.

use super::item::ConcernItem;
use crate::event::{Facets, Kind, Severity};
use crate::policy::Match;

/// The kind, the severity, the facts, and whether it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gist {
    kind: Kind,
    severity: Severity,
    facets: Facets,
    counts: bool,
}

impl Gist {
    pub(crate) fn of(concern: &ConcernItem) -> Self {
        Self {
            kind: concern.kind,
            severity: concern.severity,
            facets: concern.facets,
            counts: concern.counts(),
        }
    }

    /// Whether a concern with this gist counts and may match `wanted`, whoever said it.
    pub(crate) fn fits(&self, wanted: &Match) -> bool {
        self.counts && wanted.fits(self.kind, self.severity, self.facets)
    }
}
