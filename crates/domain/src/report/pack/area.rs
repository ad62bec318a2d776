//! What belongs to an area: the pictures that a pack on it is about, and the meetings that were its own.

use crate::picture::Item;
use crate::picture::records::Meeting;
use crate::policy::Policy;
use crate::report::Place;
use crate::sharing::View;
use crate::{HomeId, Position};

/// Whether a pack on an area is about a picture. What is about no one home, such as a provider, belongs to every area;
/// where an address that nobody has matched lies is not known.
pub(super) fn is_about(view: &View, area: Option<&str>) -> bool {
    let home = view.home();
    match area {
        None => true,
        Some(_) if home.id().as_str() == HomeId::UNMATCHED => false,
        Some(_) => !home.id().is_place() || Place::of(home).is_in(area),
    }
}

/// Whether a meeting was one of an area. A meeting about no one home has none of its own: it counts where the body that
/// spoke of it holds its roles. Of a body that the policy does not name nobody knows where, and its meeting counts for
/// no area, so that nothing new is missed.
pub(super) fn counts_for(
    view: &View,
    meeting: &Meeting,
    area: Option<&str>,
    policy: &Policy,
) -> bool {
    let Some(area) = area.filter(|_| !view.home().id().is_place()) else {
        return true;
    };
    let by = said(view, meeting.position).and_then(|item| policy.body(&item.agency));
    by.is_some_and(|by| by.areas.is_empty() || by.areas.iter().any(|own| own == area))
}

/// The entry at a position, if the reader sees it.
pub(super) fn said(view: &View, position: Position) -> Option<&Item> {
    view.home().items().iter().rev().find(|item| item.position == position)
}
