//! Who may see what. Every way out of the hub goes through here: what a reader may not see does
//! not exist for that reader, in no list, count, search or error.
//!
//! Until the sharing agreement is policy data, the rules are few and err on the side of silence:
//!
//! - Who speaks and never reads (triggers.md §5) reads nothing.
//! - Handling C narrows a concern to its sender and the named audience, always.
//! - An escalation is whole for those to whom it is routed. Others see its outline, and it does
//!   not exist for them when none of its evidence does.

mod view;

pub use view::{Sight, View, is_alike};

use jiff::Timestamp;

use crate::BodyId;
use crate::picture::{Item, What};
use crate::policy::Policy;

/// Whether a body may read at all: it stands in the policy, within its dates, and holds no role
/// that never reads.
#[must_use]
pub fn may_read(policy: &Policy, reader: &BodyId, when: Timestamp) -> bool {
    let today = crate::time::london_date(when);
    let in_force = policy.body(reader).is_some_and(|body| {
        body.from.is_none_or(|from| from <= today) && body.until.is_none_or(|until| today < until)
    });
    in_force && !policy.holds(reader, &policy.powers.never_reads)
}

/// Whether what an entry itself says may be seen by `reader`. An entry that is *about* another
/// entry needs the whole picture to be judged: see [`View`].
#[must_use]
pub fn may_see(item: &Item, reader: &BodyId) -> bool {
    match &item.what {
        What::Concern(concern) => {
            item.agency == *reader
                || concern.audience.as_ref().is_none_or(|audience| audience.contains(reader))
        }
        What::Event { .. } | What::Escalation { .. } => true,
        What::Notice { to, .. } => to == reader,
    }
}

#[cfg(test)]
mod tests;
