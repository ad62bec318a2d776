//! The triage of a concern: by whom, and by when (Norfolk 7.3.20).

use jiff::Timestamp;

use super::rule;
use crate::event::{Kind, Severity};
use crate::picture::{ConcernItem, Item, Triaged};
use crate::policy::{InForce, Owed};

/// When the triage of a concern is due; none where nobody is to triage it, somebody has, or it was
/// history when it was recorded (law 7).
pub(crate) fn triage_due(
    policy: &InForce,
    item: &Item,
    concern: &ConcernItem,
) -> Option<Timestamp> {
    let (_, Owed::Triage { due, receiving, .. }) =
        rule(policy, |of| matches!(of, Owed::Triage { .. }))?
    else {
        return None;
    };
    let owed = concern.counts()
        && concern.triaged == Triaged::No
        && receiving.iter().any(|one| one.kinds.contains(&concern.kind))
        && !concern.is_history(item.recorded_at);
    let within = due.get(&concern.severity).filter(|_| owed)?;
    Some(policy.due(*within, item.recorded_at))
}

/// Who is to triage a concern, at the moment `at`: the role that receives its kind, and that role again
/// as the one that is told where another acts for it out of hours.
pub(crate) fn receiving_role<'a>(
    policy: &'a InForce,
    of: &'a Owed,
    kind: Kind,
    severity: Severity,
    at: Timestamp,
) -> Option<(&'a str, Option<&'a str>)> {
    let Owed::Triage { receiving, out_of_hours, .. } = of else {
        return None;
    };
    let role = receiving.iter().find(|one| one.kinds.contains(&kind))?.role.as_str();
    let holiday = |day| policy.bank_holidays.contains(&day);
    let closed = out_of_hours.as_ref().filter(|hours| {
        severity >= hours.severity
            && crate::time::is_out_of_hours(at, hours.from, hours.until, holiday)
    });
    Some(match closed {
        Some(hours) => (hours.role.as_str(), Some(role)),
        None => (role, None),
    })
}
