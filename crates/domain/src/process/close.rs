//! Close the process: on evidence, with written notice to the provider and CQC, and the lessons told
//! to the board (Berkshire 5.8, step 6).

use super::Process;
use super::step::{is_met, leave};
use crate::BodyId;
use crate::escalation::refusal;
use crate::event::ProcessClosing;
use crate::message::Refusal;
use crate::policy::{Need, Policy};

/// The facts beside the process that closing asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// Whether the process is seriously behind.
    pub delayed: bool,
    /// Whether an action of its plan is neither achieved nor given up.
    pub actions_open: bool,
}

/// Whether `by` may close the process. The adults' views and the offer of advocacy, or the reasons why
/// not, are never dispensed with.
///
/// # Errors
/// `process-unknown`; `not-the-chair`; `adults-unheard`; `notice-missing`; `board-unreported`;
/// `actions-open`; `update-mandatory`; `reason-missing` before its turn.
pub fn close(
    process: Option<&Process>,
    by: &BodyId,
    closing: &ProcessClosing,
    facts: Closing,
    policy: &Policy,
) -> Result<(), Refusal> {
    let process = process.ok_or_else(refusal::process_unknown)?;
    if !process.is_led_by(by, policy) {
        return Err(refusal::not_the_chair());
    }
    if ![Need::AdultsViews, Need::Advocacy].into_iter().all(|need| is_met(process, need, policy)) {
        return Err(refusal::adults_unheard());
    }
    if closing.provider_notified_on.is_none() || closing.cqc_notified_on.is_none() {
        return Err(refusal::notice_missing());
    }
    if closing.reported_to_board_on.is_none() {
        return Err(refusal::board_unreported());
    }
    if facts.actions_open {
        return Err(refusal::actions_open());
    }
    let last = policy.process.step.len().saturating_sub(1);
    leave(process, last, closing.has_reason, facts.delayed, policy)
}
