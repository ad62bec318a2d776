//! A policy tried out on the real log before it is switched on: what it would have raised, when, for
//! which homes and bodies, and how much work that is for each body in a week.
//!
//! Two policies, the candidate and the one in force, go over the same history by the same clock, so
//! that every difference between the two is the rules'. The clock is `known_at`: the log's own time
//! would make a flood of ten years that were imported on one afternoon (design law 7). Nothing here
//! decides: [`crate::fold::State`] does, as it does in a hub.

mod closing;
mod compare;
mod history;
mod replay;
mod report;
mod text;
mod workload;

pub use closing::{CLOSES_AFTER_DAYS, ClosedBy};
pub use compare::compare;
pub use history::{History, Input, ReallyRaised};
pub use replay::{Raised, Replayed, replay};
pub use report::{Both, Lead, Period, Report, Side, Span, TriggerRow};
pub use text::{Extent, text};
pub use workload::{Load, Week, Work, Workload};

use crate::message::Message;
use crate::policy::Policy;

/// Tries `candidate` out beside `present` on the messages of a log, in the log's order.
///
/// It is [`History::of`], [`replay`] of either policy, and [`compare`], one after the other; a caller
/// with two cores does both replays at once.
#[must_use]
pub fn backtest(
    messages: impl IntoIterator<Item = Message>,
    candidate: &Policy,
    present: &Policy,
    period: Period,
) -> Report {
    let history = History::of(messages, period);
    compare(&history, replay(&history, candidate), replay(&history, present))
}
