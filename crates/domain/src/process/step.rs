//! Move the process to another step. A step is left with what it needs recorded; whoever leaves it
//! without, passes over one, or goes back, gives a reason. After a serious delay an update meeting is
//! mandatory, and no reason stands in for it (Berkshire 5.8, step 4).

use super::{Fact, Process};
use crate::BodyId;
use crate::escalation::refusal;
use crate::event::{EvidenceSource, ProcessMove, VisitManner};
use crate::message::Refusal;
use crate::policy::{Need, Policy, ProcessStep};

/// Whether `by` may move the process. `delayed` says whether it is seriously behind.
///
/// # Errors
/// `process-unknown`; `not-the-chair`; `step-unknown`, also for the last step, which only closing
/// reaches; `step-already-taken`; `update-mandatory`; `reason-missing`.
pub fn move_to(
    process: Option<&Process>,
    by: &BodyId,
    moved: &ProcessMove,
    delayed: bool,
    policy: &Policy,
) -> Result<(), Refusal> {
    let process = process.ok_or_else(refusal::process_unknown)?;
    if !process.is_led_by(by, policy) {
        return Err(refusal::not_the_chair());
    }
    let steps = &policy.process.step;
    let to = policy.process.place(&moved.to).ok_or_else(refusal::step_unknown)?;
    if to.saturating_add(1) == steps.len() {
        return Err(refusal::step_unknown());
    }
    if process.step == moved.to {
        return Err(refusal::step_already_taken());
    }
    leave(process, to, moved.has_reason, delayed, policy)
}

/// Whether the present step may be left for the one at place `to`.
pub(super) fn leave(
    process: &Process,
    to: usize,
    has_reason: bool,
    delayed: bool,
    policy: &Policy,
) -> Result<(), Refusal> {
    let steps = &policy.process.step;
    // A step of an earlier policy that the present one does not have may be left with a reason.
    let from = policy.process.place(&process.step);
    let passed = |from: usize| steps.iter().take(to).skip(from.saturating_add(1));
    let mandatory = from
        .is_some_and(|from| steps.iter().take(to).skip(from).any(|step| step.mandatory_if_delayed));
    let owed = process.update_owed || (delayed && !process.is_updated());
    if owed && mandatory {
        return Err(refusal::update_mandatory());
    }
    let in_order = from.is_some_and(|from| {
        let complete =
            steps.get(from).is_some_and(|step| missing(process, step, policy).is_empty());
        from < to && complete && passed(from).all(|step| step.optional)
    });
    if in_order || has_reason { Ok(()) } else { Err(refusal::reason_missing()) }
}

/// What of a step's needs is not recorded yet.
#[must_use]
pub fn needs(process: &Process, policy: &Policy) -> Vec<Need> {
    let step = policy.process.step.iter().find(|step| step.id == process.step);
    step.map(|step| missing(process, step, policy)).unwrap_or_default()
}

fn missing(process: &Process, step: &ProcessStep, policy: &Policy) -> Vec<Need> {
    step.needs.iter().copied().filter(|need| !is_met(process, *need, policy)).collect()
}

pub(super) fn is_met(process: &Process, need: Need, policy: &Policy) -> bool {
    let done = |fact| process.is_done(&fact);
    match need {
        Need::InitialActions => {
            policy.process.initial_action.iter().all(|action| {
                process.recorded.contains_key(&Fact::InitialAction(action.id.clone()))
            })
        }
        Need::CommunicationPlan => done(Fact::CommunicationPlan),
        Need::TriangulatedEvidence => [
            EvidenceSource::AdultsViews,
            EvidenceSource::Facts,
            EvidenceSource::ProfessionalAssessment,
        ]
        .into_iter()
        .all(|source| done(Fact::Evidence(source))),
        Need::Findings => done(Fact::Findings),
        Need::ImprovementPlan => done(Fact::ImprovementPlan),
        Need::Update => done(Fact::Update),
        Need::Visit => [
            VisitManner::Announced,
            VisitManner::Unannounced,
            VisitManner::OutOfHoursCall,
            VisitManner::CompetencyCheck,
            VisitManner::Feedback,
        ]
        .into_iter()
        .any(|manner| done(Fact::Visit(manner))),
        // Heard or offered, or the reason why not.
        Need::AdultsViews => process.recorded.contains_key(&Fact::AdultsViews),
        Need::Advocacy => process.recorded.contains_key(&Fact::Advocacy),
    }
}
