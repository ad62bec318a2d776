//! What came of a meeting, above all of the quarterly one of council, CQC and health commissioner, goes on to
//! those who were not there: GPs and health providers (Norfolk 7.3.16). The agency that records the meeting
//! says which roles; its own words stand in the log, and whoever gets this notice may read them there.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::event::MeetingKind;

/// What came of a meeting is passed on to the recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingNotice {
    /// Its kind.
    pub meeting: MeetingKind,
    /// The day on which it was held.
    pub held_on: Date,
    /// The role that chaired it.
    pub chair_role: String,
}
