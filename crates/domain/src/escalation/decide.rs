//! Decide: what will be done. The rationale is mandatory and stands in the log.

use super::respond::{Answering, answer, finish};
use super::{ChangeKind, Escalation, Stage, Step, refusal};
use crate::event::DecisionKind;
use crate::message::Refusal;

/// The escalation after a responsible body decided. A later decision replaces an earlier one.
///
/// # Errors
/// `already-closed`, `not-addressed`, and `step-out-of-order` while nobody has acknowledged it or
/// a discussion that the policy demands is not recorded.
pub fn decide(
    escalation: &Escalation,
    answering: &Answering,
    decision: DecisionKind,
) -> Result<Escalation, Refusal> {
    let mut next = answer(escalation, answering, ChangeKind::Decided)?;
    if !escalation.responsible.contains(&answering.by) {
        return Err(refusal::not_addressed());
    }
    let undiscussed = escalation.due.iter().any(|due| due.step == Step::Discuss && !due.done);
    if escalation.acknowledged.is_empty() || undiscussed {
        return Err(refusal::step_out_of_order());
    }
    next.decision = Some(decision);
    finish(&mut next, Step::Decide);
    next.stage = next.stage.max(Stage::Decided);
    Ok(next)
}
