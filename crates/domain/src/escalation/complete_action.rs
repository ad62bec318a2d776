//! Complete an action: it is achieved, and what shows it stands in the log.

use super::action::Grade;
use super::respond::{Answering, answer, finish};
use super::{ChangeKind, Escalation, Step, refusal};
use crate::ActionId;
use crate::message::Refusal;

/// The escalation with an action achieved: grade 1, green, and chased no more.
///
/// # Errors
/// `already-closed`; `action-unknown`; `not-addressed` unless its owner, a responsible body or the
/// lead speaks; `action-over`.
pub fn complete_action(
    escalation: &Escalation,
    answering: &Answering,
    id: &ActionId,
) -> Result<Escalation, Refusal> {
    if !escalation.is_open() {
        return Err(refusal::already_closed());
    }
    let known = escalation.action(id).ok_or_else(refusal::action_unknown)?;
    if known.owner != answering.by && !escalation.is_led_by(&answering.by) {
        return Err(refusal::not_addressed());
    }
    if known.is_over() {
        return Err(refusal::action_over());
    }
    let number = known.number;
    let mut next = answer(escalation, answering, ChangeKind::ActionCompleted)?;
    for action in next.actions.iter_mut().filter(|action| action.number == number) {
        action.completed_at = Some(answering.at);
        action.grade = Some(Grade::FullyAchieved);
        action.reviewed_at = Some(answering.at);
    }
    finish(&mut next, Step::Action(number));
    Ok(next)
}
