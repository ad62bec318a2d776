//! What one message leads to, while it is taken in.

use std::sync::Arc;

use jiff::Timestamp;

use super::Decided;
use crate::escalation::Escalation;
use crate::message::{Output, OutputBody, Refusal, Rejection, RejectionOutcome, Said, Verdict};
use crate::{BodyId, Position};

/// What the present message has led to so far.
pub(super) struct StepSoFar {
    pub(super) position: Position,
    pub(super) decided: Decided,
    pub(super) redecides: bool,
    pub(super) verdict: Option<Verdict>,
    /// A rejection or refusal: always the first decision of its cause, so that a cause of which
    /// the log holds anything at all has its verdict there.
    pub(super) answer: Option<OutputBody>,
    pub(super) escalations: Vec<Arc<Escalation>>,
    pub(super) read_back: Option<(Position, u32)>,
}

impl StepSoFar {
    pub(super) fn new(position: Position, decided: Decided, redecides: bool) -> Self {
        Self {
            position,
            decided,
            redecides,
            verdict: None,
            answer: None,
            escalations: Vec::new(),
            read_back: None,
        }
    }

    /// Whether there is anything to decide here.
    pub(super) fn decides(&self) -> bool {
        self.redecides || !self.decided.is_closed()
    }

    pub(super) fn reject(&mut self, said: &Said, rejection: Rejection) {
        self.answer = Some(OutputBody::Rejection {
            agency: said.agency.clone(),
            home: said.home.clone(),
            event_id: said.id.clone(),
            rejection,
        });
    }

    /// The event counts; its free text goes back to its sender.
    pub(super) fn withhold(&mut self, said: &Said) {
        let rejection = Rejection {
            outcome: RejectionOutcome::TextWithheld,
            code: "personal-data-in-text".to_owned(),
            faults: said.withheld.clone(),
        };
        self.reject(said, rejection);
    }

    pub(super) fn refuse(&mut self, said: &Said, refusal: Refusal) {
        self.answer = Some(OutputBody::Refusal {
            agency: said.agency.clone(),
            home: said.home.clone(),
            event_id: said.id.clone().unwrap_or_default(),
            refusal,
        });
    }

    /// Each decision for the record itself and for everyone who receives it.
    pub(super) fn bodies(&self) -> Vec<OutputBody> {
        let escalations = self.escalations.iter().flat_map(copies);
        self.answer.iter().cloned().chain(escalations).collect()
    }

    pub(super) fn outputs(&mut self, at: Timestamp) -> Vec<Output> {
        let bodies = self.bodies();
        std::mem::take(&mut self.decided).complete(self.position, at, bodies)
    }
}

/// The record of an escalation, then a copy for each recipient.
pub(super) fn copies(escalation: &Arc<Escalation>) -> Vec<OutputBody> {
    let record = BodyId::hub();
    std::iter::once(&record)
        .chain(escalation.recipients())
        .map(|to| OutputBody::Escalation { to: to.clone(), escalation: Arc::clone(escalation) })
        .collect()
}
