//! A picture on its way to readers. Nothing but a [`View`] for a reader comes out of it, so a way out
//! cannot be handed a raw picture by mistake.

use std::sync::Arc;

use super::{Reader, View};
use crate::picture::{Home, Reference};
use crate::policy::Share;
use crate::{EscalationId, HomeId, Position};

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

    /// The picture for a reader.
    #[must_use]
    pub fn view(&self, reader: &Arc<Reader>) -> View {
        View::of(self, reader)
    }

    pub(super) fn open(&self) -> &Arc<Home> {
        &self.0
    }
}
