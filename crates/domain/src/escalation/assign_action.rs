//! Assign an action: specific, measurable, owned, with a day by which it is done.

use super::action::{ACTIONS_HELD, Action};
use super::respond::{Answering, answer};
use super::{ChangeKind, Due, Escalation, Step, refusal};
use crate::event::ActionAssignment;
use crate::message::Refusal;
use crate::policy::Policy;
use crate::time::{end_of_day, london_date};

/// The escalation with a further action. Its owner is told of the escalation from now on, unless it
/// is a body that reads nothing; the action is chased like an answer. Urgent work never waits for
/// an earlier step, so an action may be assigned at any stage.
///
/// # Errors
/// `already-closed`; `not-addressed` unless a responsible body or the lead assigns it; `body-unknown`;
/// `body-ended`; `action-known`; `due-past`; `too-many-actions`.
pub fn assign_action(
    escalation: &Escalation,
    answering: &Answering,
    assignment: &ActionAssignment,
    policy: &Policy,
) -> Result<Escalation, Refusal> {
    let mut next = answer(escalation, answering, ChangeKind::ActionAssigned)?;
    if !escalation.is_led_by(&answering.by) {
        return Err(refusal::not_addressed());
    }
    if policy.body(&assignment.owner).is_none() {
        return Err(refusal::body_unknown());
    }
    if policy.successions.has_ended(&assignment.owner) {
        return Err(refusal::body_ended());
    }
    if escalation.action(&assignment.action).is_some() {
        return Err(refusal::action_known());
    }
    if assignment.due < london_date(answering.at) {
        return Err(refusal::due_past());
    }
    if escalation.actions.len() >= ACTIONS_HELD {
        return Err(refusal::too_many_actions());
    }
    let number = next.actions.last().map_or(1, |last| last.number.saturating_add(1));
    let due = end_of_day(assignment.due);
    next.due.push(Due { step: Step::Action(number), due, done: false });
    let owner = &assignment.owner;
    let reads = !policy.holds(owner, &policy.powers.never_reads);
    if reads && !next.recipients().contains(&owner) {
        next.told.push(owner.clone());
    }
    next.actions.push(Action {
        id: assignment.action.clone(),
        number,
        owner: owner.clone(),
        measure: assignment.measure.clone(),
        position: answering.position,
        assigned_at: answering.at,
        due: assignment.due,
        review_on: assignment.review_on,
        completed_at: None,
        grade: None,
        reviewed_at: None,
        rated: None,
    });
    Ok(next)
}
