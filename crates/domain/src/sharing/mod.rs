//! Who may see what. Every way out of the hub goes through here: what a reader may not see does
//! not exist for that reader, in no list, count, search or error.
//!
//! The agreement is policy data ([`crate::policy::Agreement`]). Here it meets a picture and a reader:
//!
//! - [`Reader`] works out the reader's cells; [`View`] is a picture narrowed by them, and [`Told`] an
//!   escalation narrowed for a body to which it goes.
//! - [`Guarded`] is the only form in which pictures are handed to a way out.
//! - Who speaks and never reads (triggers.md §5) reads nothing. Handling C narrows a concern to its sender
//!   and the named audience, always.
//! - Break-glass ([`Opening`]) opens to one person, at one home, for a time, what the rows withhold.
//! - An escalation is whole for those to whom it is routed, but for evidence that they may not see. Others
//!   see its outline, and it does not exist for them when none of its evidence does.

mod classes;
mod evidence;
mod guarded;
mod incidents;
mod opening;
mod passed_on;
mod reader;
mod report;
mod told;
mod view;

pub(crate) use classes::Classes;
pub use guarded::Guarded;
pub use opening::Opening;
pub(crate) use opening::owners;
pub use reader::Reader;
pub use report::{Late, Period, Report, Sharing};
pub use told::{TOLD_LISTED, Told, ToldAction, ToldChange, ToldEvidence, ToldRated};
pub use view::{Sight, View};

use jiff::Timestamp;

use crate::BodyId;
use crate::policy::Policy;
use crate::time::{london_date, start_of_day};

/// Whether a body may read at all: it stands in the policy, within its dates, and holds no role
/// that never reads.
#[must_use]
pub fn may_read(policy: &Policy, reader: &BodyId, when: Timestamp) -> bool {
    let today = london_date(when);
    let in_force = policy.body(reader).is_some_and(|body| {
        body.from.is_none_or(|from| from <= today) && body.until.is_none_or(|until| today < until)
    });
    in_force && !policy.holds(reader, &policy.powers.never_reads)
}

/// The first moment in London of the month of an instant.
fn month(at: Timestamp) -> Timestamp {
    start_of_day(london_date(at).first_of_month())
}

#[cfg(test)]
mod tests;
