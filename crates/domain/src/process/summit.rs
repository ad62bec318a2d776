//! A risk summit: who leads the investigation, who can enforce what, who monitors the measures
//! (Norfolk 7.3.21).

use serde::{Deserialize, Serialize};

use crate::escalation::refusal;
use crate::event::SummitRecord;
use crate::message::Refusal;
use crate::policy::Policy;
use crate::{BodyId, Position};

/// What the picture keeps of the last summit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summit {
    /// Where it was recorded.
    pub position: Position,
    /// Who leads the investigation.
    pub lead_investigator: BodyId,
    /// Who monitors the measures.
    pub monitored_by: Vec<BodyId>,
}

/// Whether `by` may record a summit.
///
/// # Errors
/// `not-permitted` for a body that reads nothing; `escalation-unknown`; `body-unknown` for anybody
/// named who is not in the policy; `monitor-missing` where nobody monitors the measures.
pub fn record(
    by: &BodyId,
    summit: &SummitRecord,
    escalation_known: bool,
    policy: &Policy,
) -> Result<(), Refusal> {
    if policy.holds(by, &policy.powers.never_reads) {
        return Err(refusal::not_permitted());
    }
    if summit.escalation.is_some() && !escalation_known {
        return Err(refusal::escalation_unknown());
    }
    let named = std::iter::once(&summit.lead_investigator)
        .chain(summit.roles.iter().map(|role| &role.body))
        .chain(summit.enforcement.iter().map(|option| &option.body))
        .chain(&summit.monitored_by);
    for body in named {
        if policy.body(body).is_none() {
            return Err(refusal::body_unknown());
        }
    }
    if summit.monitored_by.is_empty() {
        return Err(refusal::monitor_missing());
    }
    Ok(())
}
