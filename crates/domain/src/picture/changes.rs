//! When the escalations of a home were answered: by the answers themselves where they stand in the timeline, else
//! by what the hub made of them, which may be later by as long as the hub was down.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Home, What};
use crate::escalation::{ChangeKind, Escalation};
use crate::event::EventType;
use crate::{BodyId, EscalationId};

/// When each escalation of a home changed, how and by whom. Made in one walk over the timeline.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    answers: ByEscalation<'a>,
    revisions: ByEscalation<'a>,
}

type ByEscalation<'a> = BTreeMap<&'a EscalationId, Vec<Changed<'a>>>;

#[derive(Debug, Clone, Copy)]
struct Changed<'a> {
    kind: ChangeKind,
    by: &'a BodyId,
    at: Timestamp,
}

impl<'a> Changes<'a> {
    /// Of everything that stands in the timeline of `home`.
    #[must_use]
    pub fn of(home: &'a Home) -> Self {
        let mut changes = Self::default();
        for item in home.items().iter() {
            let changed = |kind| Changed { kind, by: &item.agency, at: item.recorded_at };
            match &item.what {
                What::Escalation { id, change, .. } => {
                    changes.revisions.entry(id).or_default().push(changed(*change));
                }
                What::Event { event, escalation: Some(id), .. } => {
                    if let Some(kind) = answered_by(*event) {
                        changes.answers.entry(id).or_default().push(changed(kind));
                    }
                }
                What::Concern(_) | What::Event { .. } | What::Notice { .. } => {}
            }
        }
        changes
    }

    /// When it changed so, in order.
    #[must_use]
    pub fn all(&self, id: &EscalationId, kind: ChangeKind) -> Vec<Timestamp> {
        let answers = in_order(&self.answers, id, kind);
        let all = if answers.is_empty() { in_order(&self.revisions, id, kind) } else { answers };
        all.into_iter().map(|changed| changed.at).collect()
    }

    /// Who answered so and when, in order: those alone whose own answers stand in the timeline.
    #[must_use]
    pub fn answered(&self, id: &EscalationId, kind: ChangeKind) -> Vec<(&'a BodyId, Timestamp)> {
        let answers = in_order(&self.answers, id, kind).into_iter();
        answers.map(|changed| (changed.by, changed.at)).collect()
    }

    /// When it first changed so.
    #[must_use]
    pub fn first(&self, id: &EscalationId, kind: ChangeKind) -> Option<Timestamp> {
        self.all(id, kind).first().copied()
    }

    /// When it last changed so.
    #[must_use]
    pub fn last(&self, id: &EscalationId, kind: ChangeKind) -> Option<Timestamp> {
        self.all(id, kind).last().copied()
    }

    /// When it was closed; none while it is open.
    #[must_use]
    pub fn closed_at(&self, escalation: &Escalation) -> Option<Timestamp> {
        if escalation.is_open() { None } else { self.last(&escalation.id, ChangeKind::Closed) }
    }
}

fn in_order<'a>(
    changes: &ByEscalation<'a>,
    id: &EscalationId,
    kind: ChangeKind,
) -> Vec<Changed<'a>> {
    let known = changes.get(id).into_iter().flatten().copied();
    let mut known: Vec<Changed<'a>> = known.filter(|changed| changed.kind == kind).collect();
    known.sort_by_key(|changed| changed.at);
    known
}

/// The change that an answer makes.
fn answered_by(event: EventType) -> Option<ChangeKind> {
    const ANSWERS: [(EventType, ChangeKind); 6] = [
        (EventType::Acknowledged, ChangeKind::Acknowledged),
        (EventType::Discussed, ChangeKind::Discussed),
        (EventType::LeadAgreed, ChangeKind::LeadAgreed),
        (EventType::Decided, ChangeKind::Decided),
        (EventType::Closed, ChangeKind::Closed),
        (EventType::Reopened, ChangeKind::Reopened),
    ];
    ANSWERS.iter().find(|(answer, _)| *answer == event).map(|(_, change)| *change)
}
