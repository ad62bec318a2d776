//! What came of a matter goes back to the agencies that contributed to it (Norfolk 7.3.1, part 4 of the
//! flowchart: dissemination back): after a decision, and when it is closed. Those to whom the escalation is
//! routed have its revisions, so they get none of these.
//!
//! The agreement says who is told (`[sharing.feedback]`). Of the evidence each is told of its own only; that
//! the escalation exists, and its stage, everybody sees who has something of its own in the evidence.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::escalation::Escalation;
use crate::event::DecisionKind;
use crate::picture::{Home, Reference};
use crate::{BodyId, TriggerId};

/// What came of what the recipient had said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeNotice {
    /// Why the escalation had been raised.
    pub trigger: TriggerId,
    /// The recipient's own concerns on which it rests.
    pub concerns: Vec<Reference>,
    /// What was decided, the last time; none where it was closed without a decision.
    pub decision: Option<DecisionKind>,
    /// The London date of that, or on which it was closed.
    pub on: Date,
}

/// Whether a matter was decided or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Outcome {
    Decided,
    Closed,
}

/// What each contributor is told of an outcome: every agency with a concern of its own in the evidence that
/// still counts, to whom the escalation is not routed and who did not decide it itself.
#[must_use]
pub fn outcome(
    escalation: &Escalation,
    home: &Home,
    by: &BodyId,
    decision: Option<DecisionKind>,
    on: Date,
) -> BTreeMap<BodyId, OutcomeNotice> {
    let recipients: BTreeSet<&BodyId> = escalation.recipients().into_iter().collect();
    let mut own: BTreeMap<BodyId, Vec<Reference>> = BTreeMap::new();
    for event in &escalation.evidence.events {
        let Some((item, concern)) = home.concern(*event) else {
            continue;
        };
        if concern.counts() && item.agency != *by && !recipients.contains(&item.agency) {
            own.entry(item.agency.clone()).or_default().push(item.reference);
        }
    }
    let told =
        |concerns| OutcomeNotice { trigger: escalation.trigger.clone(), concerns, decision, on };
    own.into_iter().map(|(body, concerns)| (body, told(concerns))).collect()
}
