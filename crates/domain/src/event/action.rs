//! What bodies say of the actions that an escalation led to, and that a closed one is open again.
//! What is to be done, what shows it and why a rating was overridden stand in the log as text.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::escalation::{Grade, Rating};
use crate::{ActionId, BodyId, EscalationId, MeasureId};

/// `uk.carehub.escalation.action-assigned.v1`: a SMART action. What exactly is its text in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionAssignment {
    /// Which escalation.
    pub escalation: EscalationId,
    /// The action, named by the sender.
    pub action: ActionId,
    /// Who does it.
    pub owner: BodyId,
    /// How one will know that it is achieved.
    pub measure: MeasureId,
    /// The last day on which it is in time.
    pub due: Date,
    /// When it is looked at again.
    #[serde(default)]
    pub review_on: Option<Date>,
}

/// `uk.carehub.escalation.action-progressed.v1`: progress, a review, or another rating.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionProgress {
    /// Which escalation.
    pub escalation: EscalationId,
    /// Which action.
    pub action: ActionId,
    /// The grade that a review gave.
    #[serde(default)]
    pub grade: Option<Grade>,
    /// A rating that replaces the one by dates; the reason is mandatory in the schema.
    #[serde(default)]
    pub rating: Option<Rating>,
    /// When it is looked at next.
    #[serde(default)]
    pub review_on: Option<Date>,
}

/// `uk.carehub.escalation.action-completed.v1`: what shows it stands in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionCompletion {
    /// Which escalation.
    pub escalation: EscalationId,
    /// Which action.
    pub action: ActionId,
}

/// `uk.carehub.escalation.reopened.v1`: the reason is mandatory in the schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reopening {
    /// Which escalation.
    pub escalation: EscalationId,
}
