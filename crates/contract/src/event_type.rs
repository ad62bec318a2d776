//! The names of the event types, and where each may be said.

use carehub_domain::event::EventType;
use carehub_domain::message::Channel;

/// The `type` of an agency's event, such as `uk.carehub.concern.raised.v1`.
#[must_use]
pub fn name(event_type: EventType) -> &'static str {
    match event_type {
        EventType::ConcernRaised => "uk.carehub.concern.raised.v1",
        EventType::ConcernCorrected => "uk.carehub.concern.corrected.v1",
        EventType::ConcernWithdrawn => "uk.carehub.concern.withdrawn.v1",
        EventType::ConcernMatched => "uk.carehub.concern.matched.v1",
        EventType::DeathSamePerson => "uk.carehub.death.same-person.v1",
        EventType::EscalationRequested => "uk.carehub.escalation.requested.v1",
        EventType::HomeRegistered => "uk.carehub.home.registered.v2",
        EventType::HomeChanged => "uk.carehub.home.changed.v2",
        EventType::HomeClosed => "uk.carehub.home.closed.v1",
        EventType::HomeSucceeded => "uk.carehub.home.succeeded.v1",
        EventType::Acknowledged => "uk.carehub.escalation.acknowledged.v1",
        EventType::Discussed => "uk.carehub.escalation.discussed.v1",
        EventType::Decided => "uk.carehub.escalation.decided.v1",
        EventType::LeadAgreed => "uk.carehub.escalation.lead-agreed.v1",
        EventType::EvidenceAdded => "uk.carehub.escalation.evidence-added.v1",
        EventType::Closed => "uk.carehub.escalation.closed.v1",
        EventType::ConcernTriaged => "uk.carehub.concern.triaged.v1",
        EventType::AssessmentRecorded => "uk.carehub.assessment.recorded.v1",
        EventType::PlanEvidenced => "uk.carehub.plan.evidenced.v1",
        EventType::PlanSampled => "uk.carehub.plan.sampled.v1",
        EventType::PlacementsCounted => "uk.carehub.placements.counted.v1",
        EventType::MeetingPlanned => "uk.carehub.meeting.planned.v1",
        EventType::MeetingRecorded => "uk.carehub.meeting.recorded.v1",
        EventType::InformationRequested => "uk.carehub.information.requested.v1",
        EventType::InformationSupplied => "uk.carehub.information.supplied.v1",
        EventType::InformationRefused => "uk.carehub.information.refused.v1",
        EventType::GuidanceIssued => "uk.carehub.guidance.issued.v1",
        EventType::PoliceAdviceRecorded => "uk.carehub.police-advice.recorded.v1",
        EventType::BodySucceeded => "uk.carehub.body.succeeded.v1",
        EventType::ActionAssigned => "uk.carehub.escalation.action-assigned.v1",
        EventType::ActionProgressed => "uk.carehub.escalation.action-progressed.v1",
        EventType::ActionCompleted => "uk.carehub.escalation.action-completed.v1",
        EventType::Reopened => "uk.carehub.escalation.reopened.v1",
        EventType::PlacementsSuspended => "uk.carehub.placements.suspended.v1",
        EventType::PlacementsCautioned => "uk.carehub.placements.cautioned.v1",
        EventType::PlacementsLifted => "uk.carehub.placements.lifted.v1",
        EventType::ProcessStarted => "uk.carehub.process.started.v1",
        EventType::ProcessMoved => "uk.carehub.process.moved.v1",
        EventType::ProcessRecorded => "uk.carehub.process.recorded.v1",
        EventType::ProcessClosed => "uk.carehub.process.closed.v1",
        EventType::ProviderInformed => "uk.carehub.provider.informed.v1",
        EventType::ProviderMet => "uk.carehub.provider.met.v1",
        EventType::SafetyActionTaken => "uk.carehub.safety-action.taken.v1",
        EventType::DisclosureCleared => "uk.carehub.disclosure.cleared.v1",
        EventType::SummitRecorded => "uk.carehub.summit.recorded.v1",
        EventType::ClosurePlanAgreed => "uk.carehub.closure-plan.agreed.v1",
        EventType::ErasureRequested => "uk.carehub.narrative.erasure-requested.v1",
        EventType::BreakGlassOpened => "uk.carehub.break-glass.opened.v1",
        EventType::ConcernReceived => "uk.carehub.concern.received.v1",
        EventType::EnquiryChecked => "uk.carehub.enquiry.checked.v1",
        EventType::SupportCounted => "uk.carehub.support.counted.v1",
        EventType::PracticeAligned => "uk.carehub.practice.aligned.v1",
    }
}

/// Earlier versions of an event that agencies may go on saying: what each could say, the present one can.
#[must_use]
pub fn earlier_names(event_type: EventType) -> &'static [&'static str] {
    // Without `coordinates`.
    const REGISTERED: &[&str] = &["uk.carehub.home.registered.v1"];
    const CHANGED: &[&str] = &["uk.carehub.home.changed.v1"];
    if event_type == EventType::HomeRegistered {
        REGISTERED
    } else if event_type == EventType::HomeChanged {
        CHANGED
    } else {
        &[]
    }
}

/// Every `type` by which an event may be said.
pub fn names(event_type: EventType) -> impl Iterator<Item = &'static str> {
    std::iter::once(name(event_type)).chain(earlier_names(event_type).iter().copied())
}

/// What a `type` is to this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// An event that an agency may say.
    Known(EventType),
    /// A known noun and verb in a version that this build does not have.
    OtherVersion,
    /// Nothing that an agency may say.
    Unknown,
}

/// Reads a `type`.
#[must_use]
pub fn parse_name(text: &str) -> Named {
    if let Some(found) =
        EventType::ALL.into_iter().find(|known| names(*known).any(|name| name == text))
    {
        return Named::Known(found);
    }
    let stem =
        |text: &str| text.rsplit_once(".v").map(|(stem, version)| (stem.len(), version.to_owned()));
    let other = stem(text).is_some_and(|(length, version)| {
        !version.is_empty()
            && version.bytes().all(|b| b.is_ascii_digit())
            && EventType::ALL.into_iter().any(|known| {
                name(known).rsplit_once(".v").is_some_and(|(stem, _)| stem == &text[..length])
            })
    });
    if other { Named::OtherVersion } else { Named::Unknown }
}

/// The rooms in which an agency may say it, the usual one first. Every one may also come from a
/// form: who may do what from a page is a power, and the domain's to judge.
#[must_use]
pub fn channels(event_type: EventType) -> &'static [Channel] {
    match event_type {
        EventType::ConcernRaised
        | EventType::ConcernCorrected
        | EventType::ConcernWithdrawn
        | EventType::ConcernMatched
        | EventType::DeathSamePerson => &[Channel::Concern, Channel::Form],
        // The record.
        EventType::ConcernTriaged
        | EventType::AssessmentRecorded
        | EventType::PlanEvidenced
        | EventType::PlanSampled
        | EventType::PlacementsCounted
        | EventType::MeetingPlanned
        | EventType::MeetingRecorded
        | EventType::InformationRequested
        | EventType::InformationSupplied
        | EventType::InformationRefused
        | EventType::GuidanceIssued
        | EventType::PoliceAdviceRecorded
        | EventType::BodySucceeded
        | EventType::ConcernReceived
        | EventType::EnquiryChecked
        | EventType::SupportCounted
        | EventType::PracticeAligned => &[Channel::Concern, Channel::Form],
        // An agency asks on its own account, or in the middle of answering another escalation.
        EventType::EscalationRequested | EventType::ErasureRequested => {
            &[Channel::Concern, Channel::Response, Channel::Form]
        }
        // Only a person can, and the hub says it for them: no agency's key opens anything.
        EventType::BreakGlassOpened => &[Channel::Form],
        EventType::HomeRegistered
        | EventType::HomeChanged
        | EventType::HomeClosed
        | EventType::HomeSucceeded => &[Channel::Register, Channel::Form],
        EventType::Acknowledged
        | EventType::Discussed
        | EventType::Decided
        | EventType::LeadAgreed
        | EventType::EvidenceAdded
        | EventType::Closed
        | EventType::ActionAssigned
        | EventType::ActionProgressed
        | EventType::ActionCompleted
        | EventType::Reopened
        | EventType::PlacementsSuspended
        | EventType::PlacementsCautioned
        | EventType::PlacementsLifted
        | EventType::ProcessStarted
        | EventType::ProcessMoved
        | EventType::ProcessRecorded
        | EventType::ProcessClosed
        | EventType::ProviderInformed
        | EventType::ProviderMet
        | EventType::SafetyActionTaken
        | EventType::DisclosureCleared
        | EventType::SummitRecorded
        | EventType::ClosurePlanAgreed => &[Channel::Response, Channel::Form],
    }
}
