//! What bodies do about a home beside answering an escalation: placements suspended, the
//! provider-concerns process, the provider told and met, urgent safety, disclosure, risk summits.
//! Reasons, notes, conditions and lessons are text and stay in the log (law 9).

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::concern::given;
use super::{EventRef, EventType};
use crate::{ActionId, BodyId, EscalationId, MeasureId, StepId};

/// One event of a proceeding.
#[derive(Debug, Clone, PartialEq)]
pub enum Proceeding {
    /// `uk.carehub.placements.suspended.v1`
    Suspended(PlacementDecision),
    /// `uk.carehub.placements.cautioned.v1`
    Cautioned(PlacementDecision),
    /// `uk.carehub.placements.lifted.v1`
    Lifted(PlacementLift),
    /// `uk.carehub.process.started.v1`
    Started(ProcessStart),
    /// `uk.carehub.process.moved.v1`
    Moved(ProcessMove),
    /// `uk.carehub.process.recorded.v1`
    Recorded(ProcessRecord),
    /// `uk.carehub.process.closed.v1`
    Closed(ProcessClosing),
    /// `uk.carehub.provider.informed.v1`
    ProviderInformed(ProviderContact),
    /// `uk.carehub.provider.met.v1`
    ProviderMet(ProviderContact),
    /// `uk.carehub.safety-action.taken.v1`
    SafetyActionTaken(SafetyAction),
    /// `uk.carehub.disclosure.cleared.v1`
    DisclosureCleared(Clearance),
    /// `uk.carehub.summit.recorded.v1`
    SummitRecorded(SummitRecord),
    /// `uk.carehub.closure-plan.agreed.v1`
    ClosurePlanAgreed(ClosurePlan),
}

impl Proceeding {
    /// The type of this event.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::Suspended(_) => EventType::PlacementsSuspended,
            Self::Cautioned(_) => EventType::PlacementsCautioned,
            Self::Lifted(_) => EventType::PlacementsLifted,
            Self::Started(_) => EventType::ProcessStarted,
            Self::Moved(_) => EventType::ProcessMoved,
            Self::Recorded(_) => EventType::ProcessRecorded,
            Self::Closed(_) => EventType::ProcessClosed,
            Self::ProviderInformed(_) => EventType::ProviderInformed,
            Self::ProviderMet(_) => EventType::ProviderMet,
            Self::SafetyActionTaken(_) => EventType::SafetyActionTaken,
            Self::DisclosureCleared(_) => EventType::DisclosureCleared,
            Self::SummitRecorded(_) => EventType::SummitRecorded,
            Self::ClosurePlanAgreed(_) => EventType::ClosurePlanAgreed,
        }
    }
}

/// New placements are suspended, or made with caution: by a commissioner, for its own placements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementDecision {
    /// When the police were consulted.
    #[serde(default)]
    pub police_consulted_on: Option<Date>,
    /// When safeguarding was consulted.
    #[serde(default)]
    pub safeguarding_consulted_on: Option<Date>,
    /// Whether the police agree that the provider is heard.
    pub police_agree_to_hear_provider: bool,
    /// What the provider said to it, where it was heard.
    #[serde(default)]
    pub provider_response: Option<ProviderResponse>,
    /// When the decision is reviewed.
    pub review_on: Date,
}

/// What came of hearing the provider; its words stand in the log as a concern of kind
/// `provider-response`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderResponse {
    /// It agrees.
    Agrees,
    /// It does not agree.
    Disagrees,
    /// It was asked and gave no answer.
    NoAnswer,
}

/// A suspension or a caution ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementLift {
    /// When the police were consulted.
    #[serde(default)]
    pub police_consulted_on: Option<Date>,
    /// When safeguarding was consulted.
    #[serde(default)]
    pub safeguarding_consulted_on: Option<Date>,
}

/// The process begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessStart {
    /// The provider, where it is about all of its homes (token `general`).
    #[serde(default)]
    pub provider: Option<String>,
    /// The escalation that led to it, on which the actions of its improvement plan stand.
    #[serde(default)]
    pub escalation: Option<EscalationId>,
    /// Who chairs it.
    pub chair: BodyId,
    /// Who co-ordinates it.
    pub coordinator: BodyId,
    /// Whether the risk is high.
    #[serde(default)]
    pub high_risk: bool,
    /// What escalates it further, agreed beforehand; mandatory where the risk is high.
    #[serde(default)]
    pub escalation_triggers: BTreeSet<MeasureId>,
}

/// The process moves to another step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessMove {
    /// The provider, where it is about all of its homes.
    #[serde(default)]
    pub provider: Option<String>,
    /// The step that begins.
    pub to: StepId,
    /// Whether a reason is given; the reason itself stands in the log.
    #[serde(rename = "reason", default, deserialize_with = "given", skip_serializing)]
    pub has_reason: bool,
}

/// Something that the process needs was done, or there is a reason why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRecord {
    /// The provider, where it is about all of its homes.
    #[serde(default)]
    pub provider: Option<String>,
    /// What.
    pub kind: RecordKind,
    /// Which initial action; of `initial-action` only.
    #[serde(default)]
    pub action: Option<ActionId>,
    /// Where the evidence comes from; of `evidence` only.
    #[serde(default)]
    pub source: Option<EvidenceSource>,
    /// How the visit was made; of `visit` only.
    #[serde(default)]
    pub manner: Option<VisitManner>,
    /// Whether it was done; where not, the reason is mandatory in the schema.
    pub done: bool,
}

/// What is recorded of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum RecordKind {
    InitialAction,
    CommunicationPlan,
    Evidence,
    Findings,
    ImprovementPlan,
    Update,
    ProviderUnable,
    Visit,
    AdultsViews,
    Advocacy,
}

/// The three sources that findings are triangulated from (Berkshire 5.8, step 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum EvidenceSource {
    AdultsViews,
    Facts,
    ProfessionalAssessment,
}

/// How the improvement was tested (Berkshire 5.8, step 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum VisitManner {
    Announced,
    Unannounced,
    OutOfHoursCall,
    CompetencyCheck,
    Feedback,
}

/// The process ends, on evidence. What was learnt stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessClosing {
    /// The provider, where it is about all of its homes.
    #[serde(default)]
    pub provider: Option<String>,
    /// When the provider was given written notice.
    #[serde(default)]
    pub provider_notified_on: Option<Date>,
    /// When CQC was given written notice.
    #[serde(default)]
    pub cqc_notified_on: Option<Date>,
    /// When the board was told of the lessons.
    #[serde(default)]
    pub reported_to_board_on: Option<Date>,
    /// Whether a reason is given for closing before its turn.
    #[serde(rename = "reason", default, deserialize_with = "given", skip_serializing)]
    pub has_reason: bool,
}

/// The provider was told, or met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderContact {
    /// The provider, where it is about all of its homes.
    #[serde(default)]
    pub provider: Option<String>,
    /// On which day.
    pub on: Date,
}

/// What never waits for advice; the reason is mandatory in the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetyAction {
    /// What was done.
    pub action: SafetyKind,
    /// On which day.
    pub on: Date,
}

/// What never waits for advice (triggers.md §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum SafetyKind {
    WelfareCheck,
    EvidencePreserved,
    UrgentSafetyAction,
}

/// A concern may be shown to the provider beside the provider's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clearance {
    /// Which concern.
    pub concern: EventRef,
}

/// A risk summit was held (Norfolk 7.3.21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummitRecord {
    /// The escalation that called it.
    #[serde(default)]
    pub escalation: Option<EscalationId>,
    /// On which day.
    pub on: Date,
    /// Who leads the investigation.
    pub lead_investigator: BodyId,
    /// Who took part, and as what.
    pub roles: Vec<SummitRole>,
    /// Who can enforce what.
    #[serde(default)]
    pub enforcement: Vec<Enforcement>,
    /// Who monitors the measures.
    pub monitored_by: Vec<BodyId>,
}

/// A part in a risk summit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummitRole {
    /// Who.
    pub body: BodyId,
    /// As what.
    pub role: MeasureId,
}

/// An option of enforcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforcement {
    /// Who has the power.
    pub body: BodyId,
    /// Which.
    pub option: MeasureId,
}

/// Directors on both sides agreed how a potential closure is communicated (Kirklees 8, 9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosurePlan {
    /// On which day.
    pub agreed_on: Date,
    /// The bodies whose directors agreed.
    pub directors: BTreeSet<BodyId>,
}
