//! When a backtest takes an escalation to be closed. What bodies answered is not taken in, so every
//! escalation closes by the calendar: the same for either policy.

use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use crate::Position;
use crate::escalation::{Change, ChangeKind, Escalation, Stage, Step};

/// After how many days an escalation closes of which nothing is due. No source document gives it; it
/// is as long as a review of a suspension may take (triggers.md §2).
pub const CLOSES_AFTER_DAYS: i64 = 28;

/// Which of its deadlines closes an escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClosedBy {
    /// The one of the decision.
    Decision,
    /// The last one: no decision is due.
    LastAnswer,
    /// None: nothing is due, and [`CLOSES_AFTER_DAYS`] stand in.
    Default,
}

/// When an escalation, as it stands now, closes.
pub(super) fn closes(escalation: &Escalation) -> (Timestamp, ClosedBy) {
    let decision = escalation.due.iter().find(|due| due.step == Step::Decide);
    if let Some(decision) = decision {
        return (decision.due, ClosedBy::Decision);
    }
    if let Some(last) = escalation.due.iter().map(|due| due.due).max() {
        return (last, ClosedBy::LastAnswer);
    }
    let after = (CLOSES_AFTER_DAYS * 24).hours();
    (escalation.raised_at.saturating_add(after).unwrap_or(Timestamp::MAX), ClosedBy::Default)
}

/// The closed revision. Nobody decided anything, and nobody is said to have closed it.
pub(super) fn closed(escalation: &Escalation, at: Timestamp, position: Position) -> Escalation {
    let mut next = Escalation {
        revision: escalation.revision.saturating_add(1),
        stage: Stage::Closed,
        change: Change { kind: ChangeKind::Closed, by: None, at, position },
        ..escalation.clone()
    };
    for due in &mut next.due {
        due.done = true;
    }
    next
}
