//! Start the process: there is a pattern, the provider does not change, and safe care is in doubt
//! (Berkshire 5.7). Its chair and its co-ordinator are named from the first day.

use super::Proceedings;
use crate::escalation::refusal;
use crate::event::ProcessStart;
use crate::message::Refusal;
use crate::policy::Policy;
use crate::{BodyId, HomeId};

/// Whether `by` may start the process at `home`.
///
/// # Errors
/// `not-permitted` for a role that the policy does not name, where it has no process, or where the chair
/// or the co-ordinator reads nothing;
/// `provider-missing` where the token is `general` and no provider is named; `process-open`;
/// `body-unknown`; `escalation-unknown`; `escalation-triggers-missing` where the risk is high.
pub fn start(
    proceedings: &Proceedings,
    home: &HomeId,
    by: &BodyId,
    start: &ProcessStart,
    escalation_known: bool,
    policy: &Policy,
) -> Result<(), Refusal> {
    if policy.process.step.is_empty() || !policy.holds(by, &policy.process.started_by) {
        return Err(refusal::not_permitted());
    }
    if home.as_str() == HomeId::GENERAL && start.provider.is_none() {
        return Err(refusal::provider_missing());
    }
    if proceedings.process(start.provider.as_deref()).is_some() {
        return Err(refusal::process_open());
    }
    if policy.body(&start.chair).is_none() || policy.body(&start.coordinator).is_none() {
        return Err(refusal::body_unknown());
    }
    // Who leads is chased, so who leads reads.
    let silent = |body| policy.holds(body, &policy.powers.never_reads);
    if silent(&start.chair) || silent(&start.coordinator) {
        return Err(refusal::not_permitted());
    }
    if start.escalation.is_some() && !escalation_known {
        return Err(refusal::escalation_unknown());
    }
    if start.high_risk && start.escalation_triggers.is_empty() {
        return Err(refusal::escalation_triggers_missing());
    }
    Ok(())
}
