//! Progress an action: what was done so far, the grade of a review, or another rating with its reason.

use super::action::{Grade, Rated};
use super::respond::{Answering, action_of, finish, next};
use super::{ChangeKind, Escalation, Step};
use crate::event::ActionProgress;
use crate::message::Refusal;
use crate::time::london_date;

/// The escalation with what was said of one action. A rating stands beside the one that it replaces.
/// An action that a review graded as not achieved is not chased any more: what follows from it is a
/// new action or a new decision. `serious_after` is in days, from the policy.
///
/// # Errors
/// `already-closed`; `action-unknown`; `not-addressed` unless its owner, a responsible body or the
/// lead speaks; `action-over`.
pub fn progress_action(
    escalation: &Escalation,
    answering: &Answering,
    progress: &ActionProgress,
    serious_after: u16,
) -> Result<Escalation, Refusal> {
    let mut action = action_of(escalation, answering, &progress.action)?;
    let previous = action.rating(london_date(answering.at), serious_after);
    if let Some(grade) = progress.grade {
        action.grade = Some(grade);
        action.reviewed_at = Some(answering.at);
    }
    if progress.review_on.is_some() {
        action.review_on = progress.review_on;
    }
    if let Some(rating) = progress.rating {
        action.rated = Some(Rated {
            rating,
            previous,
            by: answering.by.clone(),
            at: answering.at,
            position: answering.position,
        });
    }
    let mut next = next(escalation, answering.change(ChangeKind::ActionProgressed));
    if progress.grade == Some(Grade::NotAchieved) {
        finish(&mut next, Step::Action(action.number));
    }
    if let Some(known) = next.actions.iter_mut().find(|known| known.number == action.number) {
        *known = action;
    }
    Ok(next)
}
