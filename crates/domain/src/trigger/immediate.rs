//! `immediate`: one concern matches. Each incident raises its own escalation.

use super::Held;
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::Trigger;

/// Always holds: the caller has matched the concern.
pub(super) fn holds(trigger: &Trigger, _home: &Home, new: (&Item, &ConcernItem)) -> Held {
    let (item, concern) = new;
    Held {
        tested: None,
        counted: 1.0,
        limit: 1.0,
        events: vec![item.position],
        incidents: 1,
        first_held_on: concern.date,
        severity: concern.severity,
        level: trigger.level.level(concern.severity),
        sentence: format!("{}: one such concern is enough.", trigger.title.trim_end_matches('.')),
    }
}
