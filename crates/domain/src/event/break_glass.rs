//! A person opens what the agreement withholds from their agency.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::PersonId;

/// `uk.carehub.break-glass.opened.v1`: said by the hub for a signed-in person, never by an agency's key. The
/// reason that they state is free text and stays in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BreakGlassOpening {
    /// Who opens.
    pub person: PersonId,
    /// Until when; as long as the policy allows when absent.
    #[serde(default)]
    pub until: Option<Timestamp>,
}
