//! When the escalations of a home were answered: by the answers themselves where they stand in the timeline, else
//! by what the hub made of them, which may be later by as long as the hub was down.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Home, What};
use crate::EscalationId;
use crate::escalation::{ChangeKind, Due, Escalation, Step};
use crate::event::EventType;

/// When each escalation of a home changed and how. Made in one walk over the timeline.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    answers: BTreeMap<&'a EscalationId, Vec<(ChangeKind, Timestamp)>>,
    revisions: BTreeMap<&'a EscalationId, Vec<(ChangeKind, Timestamp)>>,
}

impl<'a> Changes<'a> {
    /// Of everything that stands in the timeline of `home`.
    #[must_use]
    pub fn of(home: &'a Home) -> Self {
        let mut changes = Self::default();
        for item in home.items().iter() {
            let at = item.recorded_at;
            match &item.what {
                What::Escalation { id, change, .. } => {
                    changes.revisions.entry(id).or_default().push((*change, at));
                }
                What::Event { event, escalation: Some(id), .. } => {
                    if let Some(change) = answered_by(*event) {
                        changes.answers.entry(id).or_default().push((change, at));
                    }
                }
                What::Concern(_) | What::Event { .. } | What::Notice { .. } => {}
            }
        }
        changes
    }

    /// When it changed so, in order.
    fn all(&self, id: &EscalationId, kind: ChangeKind) -> impl Iterator<Item = Timestamp> {
        let of = |all: &BTreeMap<&'a EscalationId, Vec<(ChangeKind, Timestamp)>>| {
            let known = all.get(id).into_iter().flatten().filter(|(change, _)| *change == kind);
            let mut times: Vec<Timestamp> = known.map(|(_, at)| *at).collect();
            times.sort_unstable();
            times
        };
        let answers = of(&self.answers);
        let times = if answers.is_empty() { of(&self.revisions) } else { answers };
        times.into_iter()
    }

    /// When it first changed so.
    #[must_use]
    pub fn first(&self, id: &EscalationId, kind: ChangeKind) -> Option<Timestamp> {
        self.all(id, kind).next()
    }

    /// When it last changed so.
    #[must_use]
    pub fn last(&self, id: &EscalationId, kind: ChangeKind) -> Option<Timestamp> {
        self.all(id, kind).last()
    }

    /// When it was closed; none while it is open.
    #[must_use]
    pub fn closed_at(&self, escalation: &Escalation) -> Option<Timestamp> {
        if escalation.is_open() { None } else { self.last(&escalation.id, ChangeKind::Closed) }
    }

    /// When what was due was done: the acknowledgement when the last responsible body gave its own, the
    /// decision after it was last opened again. None while it is not done.
    #[must_use]
    pub fn done_at(&self, escalation: &Escalation, due: &Due) -> Option<Timestamp> {
        let id = &escalation.id;
        if !due.done {
            return None;
        }
        match due.step {
            Step::Acknowledge => self.last(id, ChangeKind::Acknowledged),
            Step::Discuss => self.first(id, ChangeKind::Discussed),
            Step::AgreeLead => self.first(id, ChangeKind::LeadAgreed),
            Step::Decide => {
                let again = self.last(id, ChangeKind::Reopened);
                self.all(id, ChangeKind::Decided).find(|at| again.is_none_or(|again| again <= *at))
            }
            Step::Action(_) => escalation.action_of(due.step).and_then(|one| one.completed_at),
        }
    }
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
