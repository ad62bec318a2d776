//! Discuss: the bodies talked about it; the referral form and who took part stand in the log.

use super::respond::{Answering, answer, finish};
use super::{ChangeKind, Escalation, Stage, Step, refusal};
use crate::message::Refusal;

/// The escalation after a discussion was recorded. A told body may record it too.
///
/// # Errors
/// `already-closed`, `not-addressed`, and `step-out-of-order` while nobody has acknowledged it.
pub fn discuss(escalation: &Escalation, answering: &Answering) -> Result<Escalation, Refusal> {
    let mut next = answer(escalation, answering, ChangeKind::Discussed)?;
    if escalation.acknowledged.is_empty() {
        return Err(refusal::step_out_of_order());
    }
    finish(&mut next, Step::Discuss);
    next.stage = next.stage.max(Stage::Discussed);
    Ok(next)
}
