//! Record what the process needs: an initial action, the communication plan, evidence, findings, the
//! improvement plan, an update, a visit, the adults' views, advocacy.

use super::{Fact, Process};
use crate::escalation::refusal;
use crate::event::{ProcessRecord, RecordKind};
use crate::message::Refusal;
use crate::policy::Policy;

/// The fact that a record is about; none where the record lacks what its kind needs, which the
/// schema rules out.
#[must_use]
pub fn fact(record: &ProcessRecord) -> Option<Fact> {
    Some(match record.kind {
        RecordKind::InitialAction => Fact::InitialAction(record.action.clone()?),
        RecordKind::CommunicationPlan => Fact::CommunicationPlan,
        RecordKind::Evidence => Fact::Evidence(record.source?),
        RecordKind::Findings => Fact::Findings,
        RecordKind::ImprovementPlan => Fact::ImprovementPlan,
        RecordKind::Update => Fact::Update,
        RecordKind::ProviderUnable => Fact::ProviderUnable,
        RecordKind::Visit => Fact::Visit(record.manner?),
        RecordKind::AdultsViews => Fact::AdultsViews,
        RecordKind::Advocacy => Fact::Advocacy,
    })
}

/// Whether a record belongs to an open process. Any agency that reads may make one: a contracts officer
/// visits, an advocate is heard.
///
/// # Errors
/// `process-unknown`; `action-unknown` for an initial action that the policy does not list;
/// `not-left-out` for what is done or is not said at all.
pub(crate) fn record(
    process: Option<&Process>,
    record: &ProcessRecord,
    policy: &Policy,
) -> Result<(), Refusal> {
    if process.is_none() {
        return Err(refusal::process_unknown());
    }
    let listed =
        |id: &crate::ActionId| policy.process.initial_action.iter().any(|action| action.id == *id);
    if record.action.as_ref().is_some_and(|id| !listed(id)) || fact(record).is_none() {
        return Err(refusal::action_unknown());
    }
    if !record.done && !record.kind.may_be_left_out() {
        return Err(refusal::not_left_out());
    }
    Ok(())
}
