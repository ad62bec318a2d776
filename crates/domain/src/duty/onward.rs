//! A triaged concern that goes on to other roles: by when it is to be with them (Norfolk 7.3.20).

use jiff::Timestamp;

use super::{Duty, rule};
use crate::Position;
use crate::picture::Home;
use crate::picture::records::Onward;
use crate::policy::{InForce, Owed};
use crate::time::end_of_day;

/// What is due of the concerns of a home that go on, in no order.
pub(super) fn of_onward<'a>(
    policy: &'a InForce,
    home: &'a Home,
) -> impl Iterator<Item = (Timestamp, Duty)> + 'a {
    let all = home.head.records.onward.iter();
    let counts = |concern: &Position| home.concern(*concern).is_some_and(|(_, it)| it.counts());
    let open = all.filter(move |(concern, _)| counts(concern));
    open.filter_map(move |(concern, onward)| {
        Some((onward_due(policy, onward)?, Duty::Onward { concern: *concern }))
    })
}

/// When a concern is to be with the roles that it goes on to: at the end of the day that the triage names, unless that
/// was over when it was said; else as the rule says. None where no rule chases that.
fn onward_due(policy: &InForce, onward: &Onward) -> Option<Timestamp> {
    let (_, Owed::Onward { within }) = rule(policy, |of| matches!(of, Owed::Onward { .. }))? else {
        return None;
    };
    let named = onward.by.map(end_of_day).filter(|by| *by > onward.recorded_at);
    Some(named.unwrap_or_else(|| policy.due(*within, onward.recorded_at)))
}
