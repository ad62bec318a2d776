//! What the log already holds of the decisions at a position (law 2). Whatever is there is taken
//! from there; this build's own decisions fill only what is missing.

use jiff::Timestamp;

use super::State;
use crate::message::{Cause, Fault, Output, OutputBody, Refusal, Rejection, RejectionOutcome};
use crate::{BodyId, EscalationId, Position};

/// What the log holds of the decisions at one position.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Decided {
    /// Nothing yet: this build decides.
    #[default]
    Open,
    /// All there will ever be, in order; also when there was nothing to decide.
    Closed(Vec<Output>),
    /// The first few: the hub was stopped while it published them.
    Partly(Vec<Output>),
}

impl Decided {
    /// Whether nothing is left to decide.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }

    /// Whether the log holds what became of the event itself: a verdict is always the first decision
    /// of its cause, so whatever the log holds of a cause tells it.
    #[must_use]
    pub fn has_verdict(&self) -> bool {
        match self {
            Self::Open => false,
            Self::Closed(_) => true,
            Self::Partly(outputs) => !outputs.is_empty(),
        }
    }

    fn found(&self) -> &[Output] {
        match self {
            Self::Open => &[],
            Self::Closed(outputs) | Self::Partly(outputs) => outputs,
        }
    }

    /// The rejection of the whole event, if the log holds one.
    pub(super) fn rejection(&self) -> Option<&Rejection> {
        self.found().iter().find_map(|output| match &output.body {
            OutputBody::Rejection { rejection, .. }
                if rejection.outcome == RejectionOutcome::Rejected =>
            {
                Some(rejection)
            }
            OutputBody::Rejection { .. }
            | OutputBody::Refusal { .. }
            | OutputBody::Told { .. }
            | OutputBody::Notice { .. }
            | OutputBody::Tombstone { .. }
            | OutputBody::Escalation { .. } => None,
        })
    }

    /// Whether the log holds that the event's free text is withheld.
    pub(super) fn withholds_text(&self) -> bool {
        self.found().iter().any(|output| match &output.body {
            OutputBody::Rejection { rejection, .. } => {
                rejection.outcome == RejectionOutcome::TextWithheld
            }
            OutputBody::Refusal { .. }
            | OutputBody::Told { .. }
            | OutputBody::Notice { .. }
            | OutputBody::Tombstone { .. }
            | OutputBody::Escalation { .. } => false,
        })
    }

    /// Whether the log holds that a pseudonym was none, and was withheld with the text.
    pub(super) fn withholds_person(&self) -> bool {
        self.found().iter().any(|output| match &output.body {
            OutputBody::Rejection { rejection, .. } => about_person(&rejection.faults),
            OutputBody::Refusal { .. }
            | OutputBody::Told { .. }
            | OutputBody::Escalation { .. }
            | OutputBody::Notice { .. }
            | OutputBody::Tombstone { .. } => false,
        })
    }

    /// The refusal, if the log holds one.
    pub(super) fn refusal(&self) -> Option<&Refusal> {
        self.found().iter().find_map(|output| match &output.body {
            OutputBody::Refusal { refusal, .. } => Some(refusal),
            OutputBody::Rejection { .. }
            | OutputBody::Told { .. }
            | OutputBody::Notice { .. }
            | OutputBody::Tombstone { .. }
            | OutputBody::Escalation { .. } => None,
        })
    }

    /// The decisions of this position: what the log holds, completed by `ours`.
    pub(super) fn complete(
        self,
        position: Position,
        state: &State,
        ours: Vec<OutputBody>,
    ) -> Vec<Output> {
        match self {
            Self::Closed(outputs) => outputs,
            Self::Open => number(position, state.time(), ours),
            Self::Partly(found) => fill(position, state, found, ours),
        }
    }
}

/// Whether one of the faults is in the place of a pseudonym.
pub(super) fn about_person(faults: &[Fault]) -> bool {
    faults.iter().any(|fault| fault.pointer.ends_with("/person_ref"))
}

fn number(position: Position, at: Timestamp, bodies: Vec<OutputBody>) -> Vec<Output> {
    let of = bodies.len() as u32;
    (1..)
        .zip(bodies)
        .map(|(n, body)| Output { cause: Cause { position, n, of }, at, body })
        .collect()
}

/// The log holds a beginning `1..k` of `of`. What follows from the records among it (the copies of
/// an escalation) comes from those records; only what they do not tell comes from `ours`.
fn fill(
    position: Position,
    state: &State,
    mut found: Vec<Output>,
    ours: Vec<OutputBody>,
) -> Vec<Output> {
    let Some(first) = found.first() else {
        return number(position, state.time(), ours);
    };
    let (of, at) = (first.cause.of, first.at);
    found.sort_by_key(|output| output.cause.n);
    let told: Vec<OutputBody> = found
        .iter()
        .filter_map(|output| match &output.body {
            OutputBody::Escalation { to, escalation } if to.as_str() == BodyId::HUB => {
                Some(state.copies(escalation).bodies)
            }
            OutputBody::Escalation { .. }
            | OutputBody::Notice { .. }
            | OutputBody::Told { .. }
            | OutputBody::Rejection { .. }
            | OutputBody::Refusal { .. }
            | OutputBody::Tombstone { .. } => None,
        })
        .flatten()
        .collect();
    // Of an escalation whose record is there, nothing else is said than that record.
    let recorded: Vec<EscalationId> = told.iter().filter_map(about).cloned().collect();
    let ours = ours.into_iter().filter(|body| about(body).is_none_or(|id| !recorded.contains(id)));
    let mut missing = told.into_iter().chain(ours);
    for n in 1..=of {
        if found.iter().any(|output| output.cause.n == n) {
            continue;
        }
        let Some(body) = missing.find(|body| !found.iter().any(|output| same(&output.body, body)))
        else {
            break;
        };
        found.push(Output { cause: Cause { position, n, of }, at, body });
    }
    found.sort_by_key(|output| output.cause.n);
    found
}

fn about(body: &OutputBody) -> Option<&EscalationId> {
    match body {
        OutputBody::Escalation { escalation, .. } => Some(&escalation.id),
        OutputBody::Told { told, .. } => Some(&told.id),
        OutputBody::Notice { .. }
        | OutputBody::Rejection { .. }
        | OutputBody::Refusal { .. }
        | OutputBody::Tombstone { .. } => None,
    }
}

/// Whether two outputs would stand under the same subject.
fn same(a: &OutputBody, b: &OutputBody) -> bool {
    match (of_escalation(a), of_escalation(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => match (a, b) {
            (
                OutputBody::Notice { to, notice },
                OutputBody::Notice { to: other_to, notice: other },
            ) => to == other_to && notice.home == other.home && notice.id == other.id,
            (
                OutputBody::Tombstone { tombstone, .. },
                OutputBody::Tombstone { tombstone: other, .. },
            ) => tombstone.position == other.position,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        },
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// To whom, about which escalation, in which revision: what makes such a message unique.
fn of_escalation(body: &OutputBody) -> Option<(&BodyId, &EscalationId, u32)> {
    match body {
        OutputBody::Escalation { to, escalation } => {
            Some((to, &escalation.id, escalation.revision))
        }
        OutputBody::Told { to, told } => Some((to, &told.id, told.revision)),
        OutputBody::Notice { .. }
        | OutputBody::Rejection { .. }
        | OutputBody::Refusal { .. }
        | OutputBody::Tombstone { .. } => None,
    }
}
