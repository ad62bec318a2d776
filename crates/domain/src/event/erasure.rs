//! Erasure, asked for.

use serde::{Deserialize, Serialize};

use super::EventRef;
use crate::Position;
use crate::erasure::ErasureReason;

/// `uk.carehub.narrative.erasure-requested.v1`: a narrative is to be erased. It is named by its event, or,
/// where it was rejected and so has no id that counts, by its position in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErasureRequest {
    /// The event.
    #[serde(default)]
    pub erases: Option<EventRef>,
    /// Its position in the log, as its receipt gave it.
    #[serde(default)]
    pub position: Option<Position>,
    /// Why.
    pub reason: ErasureReason,
    /// Who decided it: a role, never a name.
    pub decided_by: String,
}
