//! Close: only a person closes an escalation, and only after a decision.

use super::respond::{Answering, answer};
use super::{Action, ChangeKind, Escalation, Stage, refusal};
use crate::message::Refusal;

/// The escalation after a responsible body closed it; nothing is due any more.
///
/// # Errors
/// `already-closed`, `not-addressed`, `step-out-of-order` without a decision where one is due, and
/// `actions-open` while an action is neither achieved nor given up.
pub fn close(escalation: &Escalation, answering: &Answering) -> Result<Escalation, Refusal> {
    let mut next = answer(escalation, answering, ChangeKind::Closed)?;
    if !escalation.responsible.contains(&answering.by) {
        return Err(refusal::not_addressed());
    }
    if escalation.unanswered.is_none() && escalation.decision.is_none() {
        return Err(refusal::step_out_of_order());
    }
    if !escalation.actions.iter().all(Action::is_over) {
        return Err(refusal::actions_open());
    }
    for due in &mut next.due {
        due.done = true;
    }
    next.stage = Stage::Closed;
    Ok(next)
}
