//! What bodies answer to an escalation, and the request for one on professional judgement.

use serde::{Deserialize, Serialize};

use super::EventRef;
use crate::escalation::Level;
use crate::policy::Within;
use crate::{BodyId, EscalationId};

/// `uk.carehub.escalation.requested.v1`: any agency may raise one, whatever the counts (Norfolk 7.3.9).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The level that the sender asks for.
    pub level: Level,
    /// The roles that must act.
    pub responsible: Vec<String>,
    /// The roles that are told.
    #[serde(default)]
    pub told: Vec<String>,
    /// When an answer is due; the policy's own when absent.
    #[serde(default)]
    pub answer_within: Option<Within>,
    /// The events that it rests on.
    #[serde(default)]
    pub evidence: Vec<EventRef>,
}

/// `uk.carehub.escalation.acknowledged.v1`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Which escalation.
    pub escalation: EscalationId,
}

/// `uk.carehub.escalation.discussed.v1`: who took part and what was said stands in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discussion {
    /// Which escalation.
    pub escalation: EscalationId,
    /// The bodies that took part.
    #[serde(default)]
    pub took_part: Vec<BodyId>,
}

/// `uk.carehub.escalation.decided.v1`: the rationale is mandatory in the schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Which escalation.
    pub escalation: EscalationId,
    /// What was decided.
    pub decision: DecisionKind,
}

/// What may be decided (triggers.md §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the field's")]
pub enum DecisionKind {
    StrategyMeeting,
    StrategyTypeMeetingOutsideMou,
    ProviderConcernsProcess,
    RiskSummit,
    PlacementsSuspensionProposed,
    MonitoringVisit,
    Monitor,
    SarReferral,
    NoFurtherAction,
}

/// `uk.carehub.escalation.lead-agreed.v1`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadAgreement {
    /// Which escalation.
    pub escalation: EscalationId,
    /// Who leads: one of the responsible bodies.
    pub lead: BodyId,
}

/// `uk.carehub.escalation.evidence-added.v1`: a body adds what the trigger did not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which escalation.
    pub escalation: EscalationId,
    /// The events that are added.
    pub events: Vec<EventRef>,
}

/// `uk.carehub.escalation.closed.v1`: the reason is mandatory in the schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Closing {
    /// Which escalation.
    pub escalation: EscalationId,
}
