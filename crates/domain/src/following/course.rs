//! At which level a home stood, as a reader sees it: by when its escalations were raised, opened again and closed. The level
//! of each is taken as it is now; what it was before further evidence is not kept.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Moment;
use crate::escalation::{ChangeKind, Level};
use crate::picture::{Home, Item, What};
use crate::{EscalationId, Position};

/// The levels of a home, one after the other.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// From when on which level holds, in the order of the log; none before the first.
    steps: Vec<(Moment, Level)>,
}

impl Course {
    /// As the timeline of a home tells.
    pub(super) fn of(home: &Home) -> Self {
        let mut changes: Vec<(&Item, &EscalationId, bool)> = home
            .items()
            .iter()
            .filter_map(|item| {
                let What::Escalation { id, change, .. } = &item.what else { return None };
                Some((item, id, opens(*change)?))
            })
            .collect();
        changes.sort_by_key(|(item, _, _)| item.position);
        let mut open: BTreeSet<(Level, &EscalationId)> = BTreeSet::new();
        let mut steps = Vec::with_capacity(changes.len());
        for (item, id, opens) in changes {
            let Some(escalation) = home.escalation(id) else { continue };
            if opens {
                open.insert((escalation.level, id));
            } else {
                open.remove(&(escalation.level, id));
            }
            let level = open.last().map_or(Level::None, |(level, _)| *level);
            steps.push((Moment { position: item.position, at: item.recorded_at }, level));
        }
        Self { steps }
    }

    /// The higher of the levels just before and just after the entry at a position: what raises a home and what
    /// lowers it are both of the higher level.
    pub(super) fn at(&self, position: Position) -> Level {
        let before = self.steps.partition_point(|(step, _)| step.position < position);
        let at = self.steps.get(before).filter(|(step, _)| step.position == position);
        self.before(before).max(at.map_or(Level::None, |(_, level)| *level))
    }

    /// The highest level from a time on and before another.
    pub(super) fn within(&self, from: Timestamp, until: Timestamp) -> Level {
        let before = self.steps.partition_point(|(step, _)| step.at < from);
        let within = self.steps.iter().skip(before).take_while(|(step, _)| step.at < until);
        within.map(|(_, level)| *level).fold(self.before(before), Level::max)
    }

    /// The level that the steps before this one left.
    fn before(&self, step: usize) -> Level {
        let last = step.checked_sub(1).and_then(|last| self.steps.get(last));
        last.map_or(Level::None, |(_, level)| *level)
    }
}

/// Whether a change opens an escalation, or closes it; none where it does neither.
fn opens(change: ChangeKind) -> Option<bool> {
    match change {
        ChangeKind::Raised | ChangeKind::Reopened => Some(true),
        ChangeKind::Closed => Some(false),
        ChangeKind::EvidenceAdded
        | ChangeKind::EvidenceWithdrawn
        | ChangeKind::EvidenceNarrowed
        | ChangeKind::Acknowledged
        | ChangeKind::Discussed
        | ChangeKind::Decided
        | ChangeKind::LeadAgreed
        | ChangeKind::ActionAssigned
        | ChangeKind::ActionProgressed
        | ChangeKind::ActionCompleted
        | ChangeKind::Succeeded => None,
    }
}
