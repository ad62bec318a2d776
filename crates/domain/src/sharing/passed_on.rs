//! What was passed on to a reader.

use std::collections::BTreeSet;

use crate::NoticeId;
use crate::notice::{NoticeKind, id};
use crate::picture::{Home, Reference, What};

/// Whether what came of a meeting was passed on to the reader of this picture: notices to others are not in it.
pub(super) fn is_passed_on(home: &Home, meeting: Reference) -> bool {
    let homes = std::iter::once(home.id()).chain(&home.head.predecessors);
    let notices: BTreeSet<NoticeId> =
        homes.map(|home| id(NoticeKind::MeetingOutput, home, meeting)).collect();
    let mut items = home.items().iter();
    items.any(|item| matches!(&item.what, What::Notice { id, .. } if notices.contains(id)))
}
