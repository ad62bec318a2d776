//! Complete an action: it is achieved, and what shows it stands in the log.

use super::action::Grade;
use super::respond::{Answering, action_of, finish, next};
use super::{ChangeKind, Escalation, Step};
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
    let number = action_of(escalation, answering, id)?.number;
    let mut next = next(escalation, answering.change(ChangeKind::ActionCompleted));
    for action in next.actions.iter_mut().filter(|action| action.number == number) {
        action.completed_at = Some(answering.at);
        action.grade = Some(Grade::FullyAchieved);
        action.reviewed_at = Some(answering.at);
    }
    finish(&mut next, Step::Action(number));
    Ok(next)
}
