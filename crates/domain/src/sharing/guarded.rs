//! A picture on its way to readers. Nothing but a [`View`] for a reader comes out of it, so a way out
//! cannot be handed a raw picture by mistake.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Opening, Reader, View};
use crate::picture::{Home, Reference};
use crate::policy::Share;
use crate::{BodyId, EscalationId, HomeId, PersonId, Position};

/// A sealed picture. Whoever publishes pictures seals them; only this module opens them, for a reader.
///
/// ```compile_fail,E0624
/// # use carehub_domain::sharing::Guarded;
/// fn leak(home: &Guarded) -> usize {
///     home.open().items().len()
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use carehub_domain::sharing::Guarded;
/// fn leak(home: &Guarded) -> usize {
///     home.0.items().len()
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Guarded(Arc<Home>);

impl Guarded {
    /// Seals a picture.
    #[must_use]
    pub fn seal(home: Arc<Home>) -> Self {
        Self(home)
    }

    /// The token: whether it means anything to a reader, only its view can tell.
    #[must_use]
    pub fn id(&self) -> &HomeId {
        self.0.id()
    }

    /// How often the picture changed: to know what is kept of it still holds. Never to be shown.
    #[must_use]
    pub fn counter(&self) -> u64 {
        self.0.head.revision
    }

    /// The position of the last entry that was added: to know whether there can be anything new. Never to be shown.
    #[must_use]
    pub fn newest(&self) -> Position {
        self.0.newest()
    }

    /// Whether an escalation stands here. Whether a reader may know of it, only its view can tell.
    #[must_use]
    pub fn holds(&self, escalation: &EscalationId) -> bool {
        self.0.escalation(escalation).is_some()
    }

    /// What names the concern at a position, if it stands here and the reader sees it.
    #[must_use]
    pub fn concern_seen(&self, position: Position, reader: &Reader) -> Option<Reference> {
        let (item, concern) = self.0.concern(position)?;
        let seen = reader.share(&self.0, item, concern) >= Share::Summary;
        seen.then_some(item.reference)
    }

    /// The picture for a person of the reader, with what they have opened here by break-glass, and the
    /// openings; `None` where they have opened nothing.
    #[must_use]
    pub fn opened_view(
        &self,
        reader: &Arc<Reader>,
        person: &PersonId,
    ) -> Option<(View, Vec<Opening>)> {
        let openings = self.openings(|opening| opening.is_of(reader.body(), person));
        if openings.is_empty() {
            return None;
        }
        let reader = Arc::new(reader.with_open(&self.0, &openings));
        Some((View::of(self, &reader), openings))
    }

    /// The openings that `owner` was told of: each as the owner may know it, without who else was told.
    #[must_use]
    pub fn openings_told(&self, owner: &BodyId) -> Vec<Opening> {
        let is_told = |opening: &Opening| opening.agency != *owner && opening.told.contains(owner);
        let told = |opening| Opening { told: [owner.clone()].into(), ..opening };
        self.openings(is_told).into_iter().map(told).collect()
    }

    /// The openings by persons of `agency`, without who was told of them.
    #[must_use]
    pub fn openings_by(&self, agency: &BodyId) -> Vec<Opening> {
        let own = self.openings(|opening| opening.agency == *agency);
        let own = own.into_iter();
        own.map(|opening| Opening { told: BTreeSet::new(), ..opening }).collect()
    }

    fn openings(&self, wanted: impl Fn(&Opening) -> bool) -> Vec<Opening> {
        self.0.head.openings.iter().filter(|opening| wanted(opening)).cloned().collect()
    }

    /// The picture for a reader.
    #[must_use]
    pub fn view(&self, reader: &Arc<Reader>) -> View {
        View::of(self, reader)
    }

    pub(super) fn open(&self) -> &Arc<Home> {
        &self.0
    }
}
