//! What a revision of an escalation lists, by class, as it was found out when the revision was decided. Reading the
//! record back needs the same: nearly always it is the next message, and nothing has changed.

use std::sync::Arc;

use crate::HomeId;
use crate::escalation::Escalation;
use crate::sharing::Classes;

/// The classes of what a revision lists, and what they were found out from.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(super) home: HomeId,
    pub(crate) escalation: Arc<Escalation>,
    /// How often an entry of the home's timeline had been changed.
    pub(super) changes: u64,
    pub(crate) classes: Classes,
}

impl Listing {
    /// The classes, where they would come out the same for this record, at this home, after so many changes.
    pub(super) fn classes_for(
        self,
        home: &HomeId,
        record: &Escalation,
        changes: u64,
    ) -> Option<Classes> {
        let known = &self.escalation;
        let same = known.id == record.id && known.evidence == record.evidence;
        (self.home == *home && self.changes == changes && same).then_some(self.classes)
    }
}
