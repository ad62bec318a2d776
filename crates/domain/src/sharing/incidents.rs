//! The names of incidents in a picture that is narrowed: none tells of what the reader may not see.

use std::collections::BTreeMap;

use crate::Position;
use crate::picture::{Item, What};

/// An incident is named by the first concern that told of it, which the reader may not see.
pub(super) fn name_incidents_by_what_is_seen(items: &mut [Item]) {
    let mut names: BTreeMap<Position, Position> = BTreeMap::new();
    for item in items.iter() {
        if let What::Concern(concern) = &item.what {
            let name = names.entry(concern.incident).or_insert(item.position);
            *name = (*name).min(item.position);
        }
    }
    for item in items {
        if let What::Concern(concern) = &mut item.what
            && let Some(name) = names.get(&concern.incident)
        {
            concern.incident = *name;
        }
    }
}
