//! An owner is told that somebody opened, by break-glass, what the agreement withholds: its data-protection
//! lead can ask at once by whom and why (issue 4, Deliver 5). Each owner is told for itself, and learns of no
//! other owner. This waits for nobody.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{BodyId, PersonId};

/// What an owner needs to know of an opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedNotice {
    /// The agency of the person.
    pub agency: BodyId,
    /// The person, by the opaque id that the audit has, too.
    pub person: PersonId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}
