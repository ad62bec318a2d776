//! Progress an action: what was done so far, the grade of a review, or another rating with its reason.

use super::action::{Grade, Rated};
use super::respond::{Answering, answer, finish};
use super::{ChangeKind, Escalation, Step, refusal};
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
    if !escalation.is_open() {
        return Err(refusal::already_closed());
    }
    let known = escalation.action(&progress.action).ok_or_else(refusal::action_unknown)?;
    if known.owner != answering.by && !escalation.is_led_by(&answering.by) {
        return Err(refusal::not_addressed());
    }
    if known.is_over() {
        return Err(refusal::action_over());
    }
    let previous = known.rating(london_date(answering.at), serious_after);
    let number = known.number;
    let mut next = answer(escalation, answering, ChangeKind::ActionProgressed)?;
    let Some(action) = next.actions.iter_mut().find(|action| action.number == number) else {
        return Err(refusal::action_unknown());
    };
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
    if progress.grade == Some(Grade::NotAchieved) {
        finish(&mut next, Step::Action(number));
    }
    Ok(next)
}
