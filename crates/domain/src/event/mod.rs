//! What the agencies say, decoded: one struct per event type.
//!
//! The JSON Schemas under `schemas/` are the contract; these types hold what the fold needs of it
//! and ignore the rest (free text stays in the log, law 9).

mod action;
mod break_glass;
mod concern;
mod details;
mod erasure;
mod kind_name;
mod month;
mod names;
mod onward;
mod practice;
mod proceeding;
mod record;
mod register;
mod response;

pub use action::{ActionAssignment, ActionCompletion, ActionProgress, Reopening};
pub use break_glass::BreakGlassOpening;
pub use concern::{
    AbuseType, Concern, Correction, Handling, HandlingCode, Indicator, KeyQuestion, Kind, Marking,
    Matching, Occurred, Patch, Place, ReportedBy, SamePerson, Severity, Withdrawal,
};
pub use details::{DeathPlace, Details, Facets, FinancialSign, Harm, Line, Outcome, PropertyFault};
pub use erasure::ErasureRequest;
pub use month::Month;
pub use onward::{EnquiryCheck, Reception, SupportCount};
pub use practice::{PracticeAlignment, PracticeRef};
pub use proceeding::{
    Clearance, ClosurePlan, Enforcement, EvidenceSource, PlacementDecision, PlacementLift,
    Proceeding, ProcessClosing, ProcessMove, ProcessRecord, ProcessStart, ProviderContact,
    ProviderResponse, RecordKind, SafetyAction, SafetyKind, SummitRecord, SummitRole, VisitManner,
};
pub use record::{
    Absence, Advice, Assessment, BodySuccession, Guidance, InformationPower, InformationRefusal,
    InformationRequest, InformationSupply, MeetingKind, MeetingPlan, MeetingRecord, PlacementCount,
    Placements, PlanEvidence, PlanKind, PlanSample, PoliceAdvice, Rated, Rating, Record, Scheme,
    Topic, Triage, TriageOutcome,
};
pub use register::{Closure, Coordinates, ProviderRef, Registration, Succession};
pub use response::{
    Acknowledgement, Closing, Decision, DecisionKind, Discussion, Evidence, LeadAgreement, Request,
};

use serde::{Deserialize, Serialize};

/// Names an earlier event: the CloudEvents `id`, with `agency` when another than the sender said it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// The CloudEvents `id` of the earlier event.
    pub id: String,
    /// Who said it; the sender when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<crate::BodyId>,
}

/// One decoded event of an agency.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// `uk.carehub.concern.raised.v1`
    ConcernRaised(Box<Concern>),
    /// `uk.carehub.concern.corrected.v1`
    ConcernCorrected(Box<Correction>),
    /// `uk.carehub.concern.withdrawn.v1`
    ConcernWithdrawn(Withdrawal),
    /// `uk.carehub.concern.matched.v1`
    ConcernMatched(Matching),
    /// `uk.carehub.death.same-person.v1`
    DeathSamePerson(SamePerson),
    /// `uk.carehub.escalation.requested.v1`
    EscalationRequested(Request),
    /// `uk.carehub.home.registered.v1`
    HomeRegistered(Box<Registration>),
    /// `uk.carehub.home.changed.v1`
    HomeChanged(Box<Registration>),
    /// `uk.carehub.home.closed.v1`
    HomeClosed(Closure),
    /// `uk.carehub.home.succeeded.v1`
    HomeSucceeded(Succession),
    /// `uk.carehub.escalation.acknowledged.v1`
    Acknowledged(Acknowledgement),
    /// `uk.carehub.escalation.discussed.v1`
    Discussed(Discussion),
    /// `uk.carehub.escalation.decided.v1`
    Decided(Decision),
    /// `uk.carehub.escalation.lead-agreed.v1`
    LeadAgreed(LeadAgreement),
    /// `uk.carehub.escalation.evidence-added.v1`
    EvidenceAdded(Evidence),
    /// `uk.carehub.escalation.closed.v1`
    Closed(Closing),
    /// What is put on a home's record besides concerns.
    Record(Record),
    /// `uk.carehub.escalation.action-assigned.v1`
    ActionAssigned(ActionAssignment),
    /// `uk.carehub.escalation.action-progressed.v1`
    ActionProgressed(ActionProgress),
    /// `uk.carehub.escalation.action-completed.v1`
    ActionCompleted(ActionCompletion),
    /// `uk.carehub.escalation.reopened.v1`
    Reopened(Reopening),
    /// What bodies do about a home beside answering an escalation.
    Proceeding(Box<Proceeding>),
    /// `uk.carehub.narrative.erasure-requested.v1`
    ErasureRequested(ErasureRequest),
    /// `uk.carehub.break-glass.opened.v1`
    BreakGlassOpened(BreakGlassOpening),
}

/// The type of an [`Event`], without its content: what a timeline shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each stands for the event of the same name")]
pub enum EventType {
    ConcernRaised,
    ConcernCorrected,
    ConcernWithdrawn,
    ConcernMatched,
    DeathSamePerson,
    EscalationRequested,
    HomeRegistered,
    HomeChanged,
    HomeClosed,
    HomeSucceeded,
    Acknowledged,
    Discussed,
    Decided,
    LeadAgreed,
    EvidenceAdded,
    Closed,
    ConcernTriaged,
    AssessmentRecorded,
    PlanEvidenced,
    PlanSampled,
    PlacementsCounted,
    MeetingPlanned,
    MeetingRecorded,
    InformationRequested,
    InformationSupplied,
    InformationRefused,
    GuidanceIssued,
    PoliceAdviceRecorded,
    BodySucceeded,
    ActionAssigned,
    ActionProgressed,
    ActionCompleted,
    Reopened,
    PlacementsSuspended,
    PlacementsCautioned,
    PlacementsLifted,
    ProcessStarted,
    ProcessMoved,
    ProcessRecorded,
    ProcessClosed,
    ProviderInformed,
    ProviderMet,
    SafetyActionTaken,
    DisclosureCleared,
    SummitRecorded,
    ClosurePlanAgreed,
    ErasureRequested,
    BreakGlassOpened,
    ConcernReceived,
    EnquiryChecked,
    SupportCounted,
    PracticeAligned,
}

impl Event {
    /// The type of this event.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::ConcernRaised(_) => EventType::ConcernRaised,
            Self::ConcernCorrected(_) => EventType::ConcernCorrected,
            Self::ConcernWithdrawn(_) => EventType::ConcernWithdrawn,
            Self::ConcernMatched(_) => EventType::ConcernMatched,
            Self::DeathSamePerson(_) => EventType::DeathSamePerson,
            Self::EscalationRequested(_) => EventType::EscalationRequested,
            Self::HomeRegistered(_) => EventType::HomeRegistered,
            Self::HomeChanged(_) => EventType::HomeChanged,
            Self::HomeClosed(_) => EventType::HomeClosed,
            Self::HomeSucceeded(_) => EventType::HomeSucceeded,
            Self::Acknowledged(_) => EventType::Acknowledged,
            Self::Discussed(_) => EventType::Discussed,
            Self::Decided(_) => EventType::Decided,
            Self::LeadAgreed(_) => EventType::LeadAgreed,
            Self::EvidenceAdded(_) => EventType::EvidenceAdded,
            Self::Closed(_) => EventType::Closed,
            Self::Record(record) => record.event_type(),
            Self::ActionAssigned(_) => EventType::ActionAssigned,
            Self::ActionProgressed(_) => EventType::ActionProgressed,
            Self::ActionCompleted(_) => EventType::ActionCompleted,
            Self::Reopened(_) => EventType::Reopened,
            Self::Proceeding(proceeding) => proceeding.event_type(),
            Self::ErasureRequested(_) => EventType::ErasureRequested,
            Self::BreakGlassOpened(_) => EventType::BreakGlassOpened,
        }
    }
}

impl EventType {
    /// Every type, in the order of the schemas.
    pub const ALL: [Self; 52] = [
        Self::ConcernRaised,
        Self::ConcernCorrected,
        Self::ConcernWithdrawn,
        Self::ConcernMatched,
        Self::DeathSamePerson,
        Self::EscalationRequested,
        Self::HomeRegistered,
        Self::HomeChanged,
        Self::HomeClosed,
        Self::HomeSucceeded,
        Self::Acknowledged,
        Self::Discussed,
        Self::Decided,
        Self::LeadAgreed,
        Self::EvidenceAdded,
        Self::Closed,
        Self::ConcernTriaged,
        Self::AssessmentRecorded,
        Self::PlanEvidenced,
        Self::PlanSampled,
        Self::PlacementsCounted,
        Self::MeetingPlanned,
        Self::MeetingRecorded,
        Self::InformationRequested,
        Self::InformationSupplied,
        Self::InformationRefused,
        Self::GuidanceIssued,
        Self::PoliceAdviceRecorded,
        Self::BodySucceeded,
        Self::ActionAssigned,
        Self::ActionProgressed,
        Self::ActionCompleted,
        Self::Reopened,
        Self::PlacementsSuspended,
        Self::PlacementsCautioned,
        Self::PlacementsLifted,
        Self::ProcessStarted,
        Self::ProcessMoved,
        Self::ProcessRecorded,
        Self::ProcessClosed,
        Self::ProviderInformed,
        Self::ProviderMet,
        Self::SafetyActionTaken,
        Self::DisclosureCleared,
        Self::SummitRecorded,
        Self::ClosurePlanAgreed,
        Self::ErasureRequested,
        Self::BreakGlassOpened,
        Self::ConcernReceived,
        Self::EnquiryChecked,
        Self::SupportCounted,
        Self::PracticeAligned,
    ];
}
