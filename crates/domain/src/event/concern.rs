//! Concerns and what is said about them afterwards.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::EventRef;
use super::details::Details;
use super::names;
use crate::{BodyId, Digest, HomeId};

/// `uk.carehub.concern.raised.v1`: what an agency says about a home (triggers.md §2).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Concern {
    /// The home, when the body repeats the subject's token.
    #[serde(default)]
    pub home: Option<HomeId>,
    /// Where, when the sender does not know the home.
    #[serde(default)]
    pub place: Option<Place>,
    /// What kind of concern it is.
    pub kind: Kind,
    /// When it happened.
    pub occurred_at: Occurred,
    /// When the sender knew; the CloudEvents `time` when absent.
    #[serde(default)]
    pub known_at: Option<Timestamp>,
    /// How grave the sender holds it to be.
    pub severity: Severity,
    /// Whether it is about one named person.
    #[serde(default)]
    pub about_named_individual: bool,
    /// Of the pseudonym of that person, [`Digest::of_person`].
    #[serde(default, deserialize_with = "names::person")]
    pub person_ref: Option<Digest>,
    /// Of the incident, as several agencies name it, [`Digest::of_incident`]: it counts once.
    #[serde(default, deserialize_with = "names::incident")]
    pub incident_ref: Option<Digest>,
    /// Who told the sender.
    #[serde(default)]
    pub reported_by: Option<ReportedBy>,
    /// Whether a crime may have been committed.
    #[serde(default)]
    pub possible_crime: bool,
    /// Which of the six Hull categories it touches.
    #[serde(default)]
    pub indicators: Vec<Indicator>,
    /// Which of the Care Act's ten kinds of abuse.
    #[serde(default)]
    pub abuse_types: Vec<AbuseType>,
    /// Which of CQC's five key questions it bears on.
    #[serde(default)]
    pub key_questions: Vec<KeyQuestion>,
    /// Protective marking.
    #[serde(default)]
    pub marking: Marking,
    /// Handling code and audience.
    #[serde(default)]
    pub handling: Option<Handling>,
    /// Of the record in the sender's own system, [`Digest::of_record`].
    #[serde(default, deserialize_with = "names::record")]
    pub source_record: Option<Digest>,
    /// What this kind of concern adds.
    #[serde(default)]
    pub details: Details,
}

/// `uk.carehub.concern.corrected.v1`: the sender puts right what it said.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Correction {
    /// The sender's own earlier concern.
    pub corrects: EventRef,
    /// The fields that are put right; an absent field stays.
    pub set: Patch,
}

/// The fields that a correction may set.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[expect(missing_docs, reason = "the fields of `Concern`")]
#[serde(default)]
pub struct Patch {
    pub kind: Option<Kind>,
    pub occurred_at: Option<Occurred>,
    pub severity: Option<Severity>,
    /// Whether it gives a new `summary`: the text itself stays in the log.
    #[serde(rename = "summary", deserialize_with = "given")]
    pub new_text: bool,
    pub about_named_individual: Option<bool>,
    #[serde(deserialize_with = "names::person")]
    pub person_ref: Option<Digest>,
    #[serde(deserialize_with = "names::incident")]
    pub incident_ref: Option<Digest>,
    pub possible_crime: Option<bool>,
    pub indicators: Option<Vec<Indicator>>,
    pub key_questions: Option<Vec<KeyQuestion>>,
    pub handling: Option<Handling>,
    pub details: Option<Details>,
}

/// Whatever stands there, it stands there.
pub(super) fn given<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(value)?;
    Ok(true)
}

/// `uk.carehub.concern.withdrawn.v1`: the sender takes back what it said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The sender's own earlier concern.
    pub withdraws: EventRef,
}

/// `uk.carehub.concern.matched.v1`: a concern that stood elsewhere belongs to this home.
/// It is published on the subject of the home that it is matched to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matching {
    /// The concern, whoever said it.
    pub matches: EventRef,
    /// Where it stood: `unmatched`, or the home that it was filed under by mistake.
    #[serde(default = "unmatched")]
    pub from: HomeId,
}

fn unmatched() -> HomeId {
    HomeId::unmatched()
}

/// `uk.carehub.death.same-person.v1`: council safeguarding's answer to "same person?".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SamePerson {
    /// The death.
    pub death: EventRef,
    /// The safeguarding concern.
    pub concern: EventRef,
    /// Whether both are about the same person.
    pub same: bool,
}

/// When something happened: an instant, or a London date when only the date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Occurred {
    /// Only the date is known.
    Day(Date),
    /// The instant is known.
    At(Timestamp),
}

impl Occurred {
    /// The Europe/London date on which it happened: what calendar windows count by.
    #[must_use]
    pub fn date(&self) -> Date {
        match self {
            Self::Day(date) => *date,
            Self::At(instant) => crate::time::london_date(*instant),
        }
    }

    /// The instant; a day is taken from its first moment in London.
    #[must_use]
    pub fn instant(&self) -> Timestamp {
        match self {
            Self::Day(date) => crate::time::start_of_day(*date),
            Self::At(instant) => *instant,
        }
    }
}

impl TryFrom<String> for Occurred {
    type Error = jiff::Error;
    fn try_from(text: String) -> Result<Self, jiff::Error> {
        if text.len() == 10 { text.parse().map(Self::Day) } else { text.parse().map(Self::At) }
    }
}

impl From<Occurred> for String {
    fn from(occurred: Occurred) -> String {
        match occurred {
            Occurred::Day(date) => date.to_string(),
            Occurred::At(instant) => instant.to_string(),
        }
    }
}

/// How grave, in the sender's judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// The kinds of concern (triggers.md §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Kind {
    SoftIntelligence,
    EarlyIndicator,
    SafeguardingReferral,
    EnquiryOutcome,
    PoliceIncident,
    #[serde(rename = "ambulance-999-call")]
    Ambulance999Call,
    HospitalAttendance,
    Death,
    MedicationError,
    MedicationSupply,
    MissedVisit,
    Understaffing,
    AgencyStaffUse,
    TrainingGap,
    ManagerSupervision,
    ManagerVacancy,
    ManagerOrResponsiblePerson,
    PositionOfTrust,
    Nutrition,
    NeglectSign,
    BehaviourChange,
    MissedAppointment,
    Complaint,
    ResidentOrFamilyFeedback,
    HealthAndSafetyBreach,
    PropertyRisk,
    FacilitiesMaintenance,
    ServiceInterruption,
    InfectionOutbreak,
    FinancialViability,
    PotentialClosure,
    InspectionRating,
    Enforcement,
    CriminalProceedings,
    ContractMonitoring,
    Visit,
    ProviderResponse,
}

impl Kind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 37] = [
        Self::SoftIntelligence,
        Self::EarlyIndicator,
        Self::SafeguardingReferral,
        Self::EnquiryOutcome,
        Self::PoliceIncident,
        Self::Ambulance999Call,
        Self::HospitalAttendance,
        Self::Death,
        Self::MedicationError,
        Self::MedicationSupply,
        Self::MissedVisit,
        Self::Understaffing,
        Self::AgencyStaffUse,
        Self::TrainingGap,
        Self::ManagerSupervision,
        Self::ManagerVacancy,
        Self::ManagerOrResponsiblePerson,
        Self::PositionOfTrust,
        Self::Nutrition,
        Self::NeglectSign,
        Self::BehaviourChange,
        Self::MissedAppointment,
        Self::Complaint,
        Self::ResidentOrFamilyFeedback,
        Self::HealthAndSafetyBreach,
        Self::PropertyRisk,
        Self::FacilitiesMaintenance,
        Self::ServiceInterruption,
        Self::InfectionOutbreak,
        Self::FinancialViability,
        Self::PotentialClosure,
        Self::InspectionRating,
        Self::Enforcement,
        Self::CriminalProceedings,
        Self::ContractMonitoring,
        Self::Visit,
        Self::ProviderResponse,
    ];
}

/// Who told the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum ReportedBy {
    Professional,
    Resident,
    Family,
    WhistleBlower,
    Public,
    Provider,
    Other,
}

/// The six Hull categories of early indicators (domain.md, B 5.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Indicator {
    ManagementAndLeadership,
    StaffSkillsKnowledgeAndPractice,
    ResidentsBehavioursAndWellbeing,
    ResistingExternalPeopleAndIsolating,
    ServicePlanningAndDelivery,
    BasicCareAndEnvironment,
}

/// CQC's five key questions (domain.md, the regulator's framework).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are CQC's")]
pub enum KeyQuestion {
    Safe,
    Effective,
    Caring,
    Responsive,
    WellLed,
}

impl KeyQuestion {
    /// All five, in CQC's order.
    pub const ALL: [Self; 5] =
        [Self::Safe, Self::Effective, Self::Caring, Self::Responsive, Self::WellLed];
}

/// The ten kinds of abuse of the Care Act guidance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum AbuseType {
    Physical,
    Domestic,
    Sexual,
    Psychological,
    FinancialOrMaterial,
    ModernSlavery,
    Discriminatory,
    Organisational,
    NeglectOrOmission,
    SelfNeglect,
}

/// Protective marking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum Marking {
    #[default]
    #[serde(rename = "OFFICIAL")]
    Official,
    #[serde(rename = "OFFICIAL-SENSITIVE")]
    OfficialSensitive,
}

/// Handling: P (lawful sharing permitted), or C (with conditions) for the named audience only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handling {
    /// `P` or `C`.
    pub code: HandlingCode,
    /// Whom a C narrows it to, besides the sender.
    #[serde(default)]
    pub audience: Vec<BodyId>,
}

/// The handling codes of 3x5x2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the letters are the field's")]
pub enum HandlingCode {
    P,
    C,
}

/// A place that is to be matched to a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Unique Property Reference Number, 1 to 12 digits, padding allowed.
    #[serde(default)]
    pub uprn: Option<String>,
    /// Postcode.
    #[serde(default)]
    pub postcode: Option<String>,
}
