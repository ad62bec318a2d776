//! What a trigger asks of a concern first, in a few bytes.

use super::item::ConcernItem;
use crate::event::{Facets, Kind, Severity};
use crate::policy::Match;

/// The kind, the severity and the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gist {
    kind: Kind,
    severity: Severity,
    facets: Facets,
}

impl Gist {
    pub(crate) fn of(concern: &ConcernItem) -> Self {
        Self { kind: concern.kind, severity: concern.severity, facets: concern.facets }
    }

    /// Whether a concern with this gist may match `wanted`; who said it, and whether it counts, is for
    /// the caller to ask.
    pub(crate) fn fits(&self, wanted: &Match) -> bool {
        wanted.fits(self.kind, self.severity, self.facets)
    }
}
