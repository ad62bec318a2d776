//! Idempotent intake (law 8): the same id with the same bytes is a duplicate, with other bytes a
//! rejection; a rejected event does not occupy its id.

use serde::{Deserialize, Serialize};

use super::{Admitted, State, StepSoFar};
use crate::message::{Fault, Rejection, RejectionOutcome, Said};
use crate::{BodyId, Digest, Position};

/// What the durable index keeps of an accepted event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Where it stands in the log.
    pub position: Position,
    /// The digest of its bytes.
    pub content: Digest,
}

/// The durable identity of an event: who said it, its `source` and its `id`.
#[must_use]
pub fn identity(agency: &BodyId, source: &str, id: &str) -> Digest {
    Digest::of(&[agency.as_str().as_bytes(), source.as_bytes(), id.as_bytes()])
}

impl State {
    pub(super) fn admit(&self, said: &Said, step: &StepSoFar) -> Admitted {
        let known = said.identity.and_then(|identity| self.identities.get(&identity));
        if let Some(known) = known
            && known.content == said.content
        {
            return Admitted::Duplicate(known.position);
        }
        if let Some(rejection) = step.decided.rejection() {
            return Admitted::Rejected(rejection.clone());
        }
        match &said.event {
            Err(rejection) => Admitted::Rejected(rejection.clone()),
            Ok(_) if known.is_some() && !step.decided.has_verdict() => {
                Admitted::Rejected(id_reused())
            }
            Ok(_) if !self.policy.is_partner(&said.agency) && !step.decided.has_verdict() => {
                Admitted::Rejected(agency_unknown())
            }
            Ok(_) => Admitted::Event,
        }
    }

    /// The position of an accepted event, by the id that its agency gave it.
    pub(super) fn position_of(&self, agency: &BodyId, id: &str) -> Option<Position> {
        let source = format!("urn:carehub:{agency}");
        self.identities.get(&identity(agency, &source, id)).map(|known| known.position)
    }
}

fn id_reused() -> Rejection {
    rejected("id-reused", "/id", "an accepted event of this source has the same id and other bytes")
}

fn agency_unknown() -> Rejection {
    rejected("agency-unknown", "/source", "the policy in force names no such body")
}

fn rejected(code: &str, pointer: &str, message: &str) -> Rejection {
    let fault =
        Fault { code: code.to_owned(), pointer: pointer.to_owned(), message: message.to_owned() };
    Rejection { outcome: RejectionOutcome::Rejected, code: code.to_owned(), faults: vec![fault] }
}
