//! Whoever was told of a concern is told when its sender corrects it, takes it back or has its text erased
//! (UK GDPR article 19). Systems that share what somebody said, and not that it was withdrawn, leave the
//! others acting on what nobody says any more.
//!
//! This does not wait for the police: it tells nothing that its recipient does not have, and takes away what
//! is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::escalation::Escalation;
use crate::picture::Reference;
use crate::{BodyId, EscalationId};

/// A concern of which the recipient was told is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmendedNotice {
    /// The concern, as the recipient was told of it.
    pub concern: Reference,
    /// The London date on which it was amended.
    pub amended_on: Date,
    /// The escalations by which the recipient was told of it; none where it could read the concern, and was sent
    /// nothing that rests on it.
    pub told_by: Vec<EscalationId>,
    /// Whether the agreement still lets the recipient see the concern.
    pub shared: bool,
}

/// Who was told of a concern, and by which of these escalations, which rest on it: each body to which one of
/// them is routed and that could see the concern as it was. Its sender knows.
#[must_use]
pub fn received(
    resting: &[Arc<Escalation>],
    sender: &BodyId,
    could_see: impl Fn(&BodyId) -> bool,
) -> BTreeMap<BodyId, Vec<EscalationId>> {
    let mut told: BTreeMap<BodyId, BTreeSet<EscalationId>> = BTreeMap::new();
    for escalation in resting {
        for body in escalation.recipients().into_iter().filter(|body| *body != sender) {
            told.entry(body.clone()).or_default().insert(escalation.id.clone());
        }
    }
    told.retain(|body, _| could_see(body));
    told.into_iter().map(|(body, ids)| (body, ids.into_iter().collect())).collect()
}
