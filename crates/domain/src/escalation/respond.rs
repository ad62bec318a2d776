//! What every answer to an escalation has in common.

use jiff::Timestamp;

use super::{Action, Change, ChangeKind, Escalation, Step, refusal};
use crate::message::Refusal;
use crate::{ActionId, BodyId, Position};

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
    Ok(next(escalation, answering.change(kind)))
}

/// An action of an open escalation, for a body that may speak of it: its owner, also one
/// that reads nothing and is sent nothing, or who directs the actions.
///
/// # Errors
/// `already-closed`; `not-addressed`; `action-unknown`; `action-over`.
pub(super) fn action_of(
    escalation: &Escalation,
    answering: &Answering,
    id: &ActionId,
) -> Result<Action, Refusal> {
    if !escalation.is_open() {
        return Err(refusal::already_closed());
    }
    let known = escalation.action(id);
    let owns = known.is_some_and(|action| action.owner == answering.by);
    if !owns && !escalation.is_led_by(&answering.by) {
        return Err(refusal::not_addressed());
    }
    let action = known.ok_or_else(refusal::action_unknown)?;
    if action.is_over() { Err(refusal::action_over()) } else { Ok(action.clone()) }
}

impl Answering {
    /// The change that this answer makes.
    pub(super) fn change(&self, kind: ChangeKind) -> Change {
        Change { kind, by: Some(self.by.clone()), at: self.at, position: self.position }
    }
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
