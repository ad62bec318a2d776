//! Agree the lead: which of several responsible bodies leads.

use super::respond::{Answering, answer, finish};
use super::{ChangeKind, Escalation, Step, refusal};
use crate::BodyId;
use crate::message::Refusal;

/// The escalation after a responsible body recorded who leads. A later agreement replaces it.
///
/// # Errors
/// `already-closed`, `not-addressed`, `step-out-of-order` before the sender has acknowledged it,
/// `lead-not-responsible`.
pub fn agree_lead(
    escalation: &Escalation,
    answering: &Answering,
    lead: &BodyId,
) -> Result<Escalation, Refusal> {
    let mut next = answer(escalation, answering, ChangeKind::LeadAgreed)?;
    if !escalation.responsible.contains(&answering.by) {
        return Err(refusal::not_addressed());
    }
    if !escalation.acknowledged.contains(&answering.by) {
        return Err(refusal::step_out_of_order());
    }
    if !escalation.responsible.contains(lead) {
        return Err(refusal::lead_not_responsible());
    }
    next.lead = Some(lead.clone());
    finish(&mut next, Step::AgreeLead);
    Ok(next)
}
