//! Acknowledge: a responsible body has seen it. Each of them acknowledges for itself.

use super::respond::{Answering, answer, finish};
use super::{ChangeKind, Escalation, Stage, Step, refusal};
use crate::message::Refusal;

/// The escalation after `answering.by` acknowledged it.
///
/// # Errors
/// `already-closed`, `not-addressed`, `step-already-taken`.
pub fn acknowledge(escalation: &Escalation, answering: &Answering) -> Result<Escalation, Refusal> {
    let mut next = answer(escalation, answering, ChangeKind::Acknowledged)?;
    if !escalation.responsible.contains(&answering.by) {
        return Err(refusal::not_addressed());
    }
    if escalation.acknowledged.contains(&answering.by) {
        return Err(refusal::step_already_taken());
    }
    next.acknowledged.push(answering.by.clone());
    if escalation.responsible.iter().all(|body| next.acknowledged.contains(body)) {
        finish(&mut next, Step::Acknowledge);
    }
    next.stage = next.stage.max(Stage::Acknowledged);
    Ok(next)
}
