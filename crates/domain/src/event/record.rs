//! What agencies put on a home's record besides concerns (triggers.md §2, "Other things an agency
//! says"): triages, assessments, contingency plans, placements, meetings, requests for information,
//! guidance, police advice, and bodies that succeed one another.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{EnquiryCheck, EventRef, EventType, Month, PracticeAlignment, Reception, SupportCount};
use crate::{BodyId, EscalationId};

/// One event of the record.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// `uk.carehub.concern.triaged.v1`
    Triaged(Triage),
    /// `uk.carehub.assessment.recorded.v1`
    Assessed(Box<Assessment>),
    /// `uk.carehub.plan.evidenced.v1`
    PlanEvidenced(PlanEvidence),
    /// `uk.carehub.plan.sampled.v1`
    PlanSampled(PlanSample),
    /// `uk.carehub.placements.counted.v1`
    PlacementsCounted(PlacementCount),
    /// `uk.carehub.meeting.planned.v1`
    MeetingPlanned(MeetingPlan),
    /// `uk.carehub.meeting.recorded.v1`
    MeetingRecorded(Box<MeetingRecord>),
    /// `uk.carehub.information.requested.v1`
    InformationRequested(InformationRequest),
    /// `uk.carehub.information.supplied.v1`
    InformationSupplied(InformationSupply),
    /// `uk.carehub.information.refused.v1`
    InformationRefused(InformationRefusal),
    /// `uk.carehub.guidance.issued.v1`
    GuidanceIssued(Guidance),
    /// `uk.carehub.police-advice.recorded.v1`
    PoliceAdvised(PoliceAdvice),
    /// `uk.carehub.body.succeeded.v1`
    BodySucceeded(BodySuccession),
    /// `uk.carehub.concern.received.v1`
    ConcernReceived(Reception),
    /// `uk.carehub.enquiry.checked.v1`
    EnquiryChecked(EnquiryCheck),
    /// `uk.carehub.support.counted.v1`
    SupportCounted(SupportCount),
    /// `uk.carehub.practice.aligned.v1`
    PracticeAligned(PracticeAlignment),
}

impl Record {
    /// The type of this event.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::Triaged(_) => EventType::ConcernTriaged,
            Self::Assessed(_) => EventType::AssessmentRecorded,
            Self::PlanEvidenced(_) => EventType::PlanEvidenced,
            Self::PlanSampled(_) => EventType::PlanSampled,
            Self::PlacementsCounted(_) => EventType::PlacementsCounted,
            Self::MeetingPlanned(_) => EventType::MeetingPlanned,
            Self::MeetingRecorded(_) => EventType::MeetingRecorded,
            Self::InformationRequested(_) => EventType::InformationRequested,
            Self::InformationSupplied(_) => EventType::InformationSupplied,
            Self::InformationRefused(_) => EventType::InformationRefused,
            Self::GuidanceIssued(_) => EventType::GuidanceIssued,
            Self::PoliceAdvised(_) => EventType::PoliceAdviceRecorded,
            Self::BodySucceeded(_) => EventType::BodySucceeded,
            Self::ConcernReceived(_) => EventType::ConcernReceived,
            Self::EnquiryChecked(_) => EventType::EnquiryChecked,
            Self::SupportCounted(_) => EventType::SupportCounted,
            Self::PracticeAligned(_) => EventType::PracticeAligned,
        }
    }
}

/// What a concern is taken as, by somebody who was shown the cumulative picture (Norfolk 7.3.9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// The concern, whoever said it.
    pub triages: EventRef,
    /// What it is taken as.
    pub outcome: TriageOutcome,
    /// The revision of the home's picture that was shown, see [`crate::picture::revision`].
    pub picture_revision: String,
    /// The roles that it goes on to (Norfolk 7.3.20, onward route).
    #[serde(default)]
    pub onward_to: Vec<String>,
    /// By when it is to be with them (Norfolk 7.3.20, referral timescale).
    #[serde(default)]
    pub onward_by: Option<Date>,
}

/// What a concern is taken as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TriageOutcome {
    /// An enquiry under section 42 of the Care Act.
    S42,
    /// Below that: it goes to the QA officers, who collate all concerns (Stockton 1).
    BelowS42,
    /// A matter for the police.
    Police,
    /// Something else.
    Other,
}

/// An assessment of a home, such as PAMMS: 5 areas, 16 standards, and answers such as F04 (learning),
/// F06 (complaints) and F07 (meetings), which Stockton 1 takes as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// By which scheme.
    pub scheme: Scheme,
    /// The day on which it was finished.
    pub assessed_on: Date,
    /// How the home did on the whole.
    #[serde(default)]
    pub overall: Option<Rating>,
    /// By area.
    #[serde(default)]
    pub areas: Vec<Rated>,
    /// By standard.
    #[serde(default)]
    pub standards: Vec<Rated>,
    /// Single answers.
    #[serde(default)]
    pub answers: Vec<Rated>,
    /// When the next one is due.
    #[serde(default)]
    pub next_due_on: Option<Date>,
}

/// The scheme of an assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Scheme {
    Pamms,
    Other,
}

/// How well, in the words of PAMMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Rating {
    Excellent,
    Good,
    RequiresImprovement,
    Poor,
}

/// The rating of one area, standard or answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rated {
    /// Its code in the scheme, such as `F04`.
    pub code: String,
    /// How well.
    pub rating: Rating,
}

/// What a contingency plan is for (Norfolk 7.3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum PlanKind {
    Fire,
    Flood,
    Power,
    Disease,
    Boiler,
}

/// A home has shown its contingency plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanEvidence {
    /// What the plan covers.
    pub covers: Vec<PlanKind>,
    /// The day on which it was shown.
    pub evidenced_on: Date,
}

/// Somebody has looked through a home's contingency plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSample {
    /// What was looked at.
    pub covers: Vec<PlanKind>,
    /// The day on which it was looked at.
    pub sampled_on: Date,
    /// Where something is missing.
    #[serde(default)]
    pub gaps: Vec<PlanKind>,
}

/// Totals of one month, by placing authority. No resident is tracked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementCount {
    /// Which month.
    pub month: Month,
    /// One entry for each placing authority.
    pub placements: Vec<Placements>,
}

/// What one authority has placed in a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placements {
    /// The placing authority, as the register spells areas.
    pub authority: String,
    /// People whom it has placed.
    pub residents: u32,
    /// Reviews that fall due in the month: at 6 to 8 weeks, then every 10 months (Stockton 1).
    pub reviews_due: u32,
    /// Reviews that were due before and have not been held.
    pub reviews_overdue: u32,
}

/// The kinds of meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum MeetingKind {
    /// Council, CQC, health commissioner and Healthwatch (Norfolk 7.3.14, 7.3.16).
    Quarterly,
    /// The care governance board, which joins soft and hard intelligence (Berkshire).
    CareGovernance,
    /// Kirklees' early support and prevention group (Kirklees 1).
    Esap,
    Safeguarding,
    Strategy,
    /// About what lies outside the memorandum of understanding (Norfolk 7.3.1).
    StrategyType,
    ProviderConcerns,
    RiskSummit,
    PlacingAuthorities,
    Other,
}

/// A meeting is to be held. Said again under the same reference, it moves the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingPlan {
    /// Its kind.
    pub meeting: MeetingKind,
    /// By what it is told from others at this home.
    pub meeting_ref: String,
    /// The day on which it is to be held.
    pub planned_for: Date,
    /// The role that chairs it.
    pub chair_role: String,
}

/// A meeting was held. Said again, it adds what was not known before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingRecord {
    /// Its kind.
    pub meeting: MeetingKind,
    /// By what it is told from others at this home.
    pub meeting_ref: String,
    /// The day on which it was held.
    pub held_on: Date,
    /// The role that chaired it.
    pub chair_role: String,
    /// The bodies that took part.
    pub attended: Vec<BodyId>,
    /// The bodies that did not; the reason of each stands in the log (Norfolk 7.3.15).
    #[serde(default)]
    pub not_attended: Vec<Absence>,
    /// The day on which the minutes were distributed (Coventry 2).
    #[serde(default)]
    pub minutes_distributed_on: Option<Date>,
    /// The day on which what came of it was passed on (Norfolk 7.3.16).
    #[serde(default)]
    pub output_passed_on: Option<Date>,
    /// The roles to which the hub is to pass it on: whoever holds one where the home is gets a notice.
    #[serde(default)]
    pub passed_on_to: Vec<String>,
}

/// A body that was invited and did not come. The reason is mandatory in the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// The body.
    pub body: BodyId,
}

/// Somebody is asked for information about a home (Norfolk 7.3.23).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InformationRequest {
    /// Who is asked.
    pub of: BodyId,
    /// Under which power.
    pub power: InformationPower,
    /// By when an answer is asked for.
    #[serde(default)]
    pub answer_by: Option<Date>,
}

/// The power under which information is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InformationPower {
    /// Section 45 of the Care Act 2014: who is asked must answer.
    CareActS45,
    /// The information-sharing agreement.
    Agreement,
}

/// What was asked for has been given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InformationSupply {
    /// The request.
    pub request: EventRef,
    /// The day on which it was given.
    pub supplied_on: Date,
}

/// What was asked for is not given; the reason is mandatory in the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InformationRefusal {
    /// The request.
    pub request: EventRef,
    /// The day on which it was refused.
    pub refused_on: Date,
}

/// Guidance has gone out, such as a newsletter on the supply of medication (Norfolk 7.3.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guidance {
    /// What it is about.
    pub topic: Topic,
    /// The day on which it went out.
    pub issued_on: Date,
    /// The roles that it went to.
    pub to: Vec<String>,
}

/// What guidance is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Topic {
    MedicationSupply,
    PropertyRisk,
    ContingencyPlans,
    ManagerSupervision,
    SafeguardingReferrals,
    InformationSharing,
    InfectionControl,
    Closure,
    Other,
}

/// What the police advise before anybody speaks to the provider (triggers.md §3, "Police first").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliceAdvice {
    /// The concern that it is about; the whole home when neither it nor an escalation is named.
    #[serde(default)]
    pub concern: Option<EventRef>,
    /// The escalation that it is about.
    #[serde(default)]
    pub escalation: Option<EscalationId>,
    /// What they advise.
    pub advice: Advice,
    /// The day on which they gave it.
    pub advised_on: Date,
}

/// Whether others may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// Yes.
    GoOn,
    /// Yes, under conditions that stand in the log.
    GoOnWithConditions,
    /// Not yet.
    Hold,
}

/// Bodies merge or split on a legal date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodySuccession {
    /// The bodies that end.
    pub predecessors: Vec<BodyId>,
    /// The bodies that go on in their place.
    pub successors: Vec<BodyId>,
    /// The legal date.
    pub on: Date,
}
