//! Reopen: it was closed too early. The bodies decide again; what was said stays in the log.

use super::respond::{Answering, next};
use super::{ChangeKind, Escalation, Stage, Step, refusal};
use crate::message::Refusal;
use crate::policy::{Answer, Policy};

/// The escalation, open again. Its decision falls away and is due anew from now, as the policy's
/// `answers` say; who acknowledged it, the lead, the evidence and the actions stay as they were.
///
/// # Errors
/// `not-closed`; `not-addressed` unless a responsible body asks; `later-one-open` when the trigger has
/// raised another since, which takes the evidence (one open escalation of a trigger and home).
pub fn reopen(
    escalation: &Escalation,
    answering: &Answering,
    later_one_open: bool,
    answers: &[Answer],
    policy: &Policy,
) -> Result<Escalation, Refusal> {
    if escalation.is_open() {
        return Err(refusal::not_closed());
    }
    if !escalation.responsible.contains(&answering.by) {
        return Err(refusal::not_addressed());
    }
    if later_one_open {
        return Err(refusal::later_one_open());
    }
    let mut again = next(escalation, answering.change(ChangeKind::Reopened));
    again.stage = if again.acknowledged.is_empty() { Stage::Raised } else { Stage::Acknowledged };
    again.decision = None;
    again.reopened = again.reopened.saturating_add(1);
    let answer = answers.iter().find(|answer| answer.step == Step::Decide);
    for due in again.due.iter_mut().filter(|due| due.step == Step::Decide) {
        if let Some(answer) = answer {
            due.due = policy.due(answer.within(escalation.severity), answering.at);
            due.done = false;
        }
    }
    Ok(again)
}
