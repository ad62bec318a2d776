//! What has ended or changed since the last meeting: whoever hears only of what is new goes on speaking of what is over.

use jiff::Timestamp;

use crate::escalation::ChangeKind;
use crate::event::{EventType, Kind};
use crate::picture::{Changes, What};
use crate::report::Place;
use crate::sharing::View;
use crate::{BodyId, EscalationId, Position, TriggerId};

/// What has ended or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// An escalation was closed.
    EscalationClosed,
    /// One that was closed is open again.
    EscalationReopened,
    /// A suspension of placements, or a caution, was lifted.
    RestrictionLifted,
    /// A provider-concerns process was closed.
    ProcessClosed,
    /// A concern was taken back by its sender.
    ConcernWithdrawn,
    /// A concern was put right.
    ConcernCorrected,
    /// A concern that was said elsewhere was matched to this home.
    ConcernMatched,
    /// The registration of the home ended.
    HomeClosed,
}

/// What that is about, besides the home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndedSubject {
    /// A concern of this kind.
    Concern(Kind),
    /// An escalation.
    Escalation {
        /// Which.
        id: EscalationId,
        /// Its trigger.
        trigger: TriggerId,
    },
}

/// Something that has ended or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedLine {
    /// The home.
    pub place: Place,
    /// What has become of it.
    pub what: Ended,
    /// Of which concern or escalation, where it is one that the reader may know of.
    pub subject: Option<EndedSubject>,
    /// When the hub knew.
    pub at: Timestamp,
    /// Who said so; none where that is not for the reader to know.
    pub by: Option<BodyId>,
}

/// What an event of an agency ends or changes.
const BY_EVENT: [(EventType, Ended); 6] = [
    (EventType::PlacementsLifted, Ended::RestrictionLifted),
    (EventType::ProcessClosed, Ended::ProcessClosed),
    (EventType::ConcernWithdrawn, Ended::ConcernWithdrawn),
    (EventType::ConcernCorrected, Ended::ConcernCorrected),
    (EventType::ConcernMatched, Ended::ConcernMatched),
    (EventType::HomeClosed, Ended::HomeClosed),
];

/// What has ended or changed at a home since a time, as its reader sees it.
pub(super) fn ended(
    view: &View,
    place: &Place,
    changes: &Changes<'_>,
    since: Timestamp,
) -> Vec<EndedLine> {
    let line = |what, subject, at, by: Option<&BodyId>| EndedLine {
        place: place.clone(),
        what,
        subject,
        at,
        by: by.cloned(),
    };
    let mut lines = Vec::new();
    for escalation in view.home().escalations() {
        for (kind, what) in [
            (ChangeKind::Closed, Ended::EscalationClosed),
            (ChangeKind::Reopened, Ended::EscalationReopened),
        ] {
            let (id, trigger) = (&escalation.id, &escalation.trigger);
            let mut times: Vec<(Option<&BodyId>, Timestamp)> = Vec::new();
            let answered = changes.answered(id, kind);
            if answered.is_empty() {
                times.extend(changes.all(id, kind).into_iter().map(|at| (None, at)));
            } else {
                times.extend(answered.into_iter().map(|(by, at)| (Some(by), at)));
            }
            for (by, at) in times.into_iter().filter(|(_, at)| since <= *at) {
                let (id, trigger) = (id.clone(), trigger.clone());
                lines.push(line(what, Some(EndedSubject::Escalation { id, trigger }), at, by));
            }
        }
    }
    for item in view.home().items().iter().filter(|item| since <= item.recorded_at) {
        let What::Event { event, about, .. } = &item.what else { continue };
        if let Some((_, what)) = BY_EVENT.iter().find(|(ends, _)| ends == event) {
            let subject = about.and_then(|about| concern(view, about));
            lines.push(line(*what, subject, item.recorded_at, Some(&item.agency)));
        }
    }
    lines
}

fn concern(view: &View, position: Position) -> Option<EndedSubject> {
    let (_, concern) = view.home().concern(position)?;
    Some(EndedSubject::Concern(concern.kind))
}
