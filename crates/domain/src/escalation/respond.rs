//! What every answer to an escalation has in common.

use jiff::Timestamp;

use super::{Change, ChangeKind, Escalation, Step, refusal};
use crate::message::Refusal;
use crate::{BodyId, Position};

/// Who answers, when and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answering {
    /// The body: the server's word.
    pub by: BodyId,
    /// The fold's time.
    pub at: Timestamp,
    /// The event in the log.
    pub position: Position,
}

/// The next revision of an open escalation for a body to which it is routed.
///
/// # Errors
/// `already-closed`, `not-addressed`.
pub(super) fn answer(
    escalation: &Escalation,
    answering: &Answering,
    kind: ChangeKind,
) -> Result<Escalation, Refusal> {
    if !escalation.is_open() {
        return Err(refusal::already_closed());
    }
    if !escalation.recipients().contains(&&answering.by) {
        return Err(refusal::not_addressed());
    }
    let change = Change {
        kind,
        by: Some(answering.by.clone()),
        at: answering.at,
        position: answering.position,
    };
    Ok(next(escalation, change))
}

/// The next revision, with nothing changed yet but its number and the change itself.
pub(crate) fn next(escalation: &Escalation, change: Change) -> Escalation {
    Escalation { revision: escalation.revision.saturating_add(1), change, ..escalation.clone() }
}

/// Marks a step as done.
pub(super) fn finish(escalation: &mut Escalation, step: Step) {
    for due in escalation.due.iter_mut().filter(|due| due.step == step) {
        due.done = true;
    }
}
