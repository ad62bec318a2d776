//! Evidence comes and goes: further matching events are added, withdrawn ones are marked, and only
//! a person closes (triggers.md §3).

use std::collections::BTreeSet;

use super::respond::next;
use super::{Change, EVIDENCE_LISTED, Escalation, EvidenceList};
use crate::event::Severity;
use crate::picture::Home;
use crate::policy::LevelRule;
use crate::trigger::Held;
use crate::{BodyId, Position};

impl EvidenceList {
    /// The list of these events, of which `incidents` are distinct.
    #[must_use]
    pub fn new(mut events: Vec<Position>, incidents: u32) -> Self {
        events.sort_unstable();
        events.dedup();
        let surplus = events.len().saturating_sub(EVIDENCE_LISTED);
        events.drain(..surplus);
        Self {
            count: incidents,
            events,
            withdrawn: Vec::new(),
        }
    }
}

/// The escalation with further events, and whatever they raise it to.
///
/// `held` is the trigger as it holds with them, or none where it no longer does; `told` are bodies
/// that the new evidence makes it right to tell.
#[must_use]
pub fn add(
    escalation: &Escalation,
    home: &Home,
    events: &[Position],
    held: Option<&Held>,
    severity: Severity,
    level: LevelRule,
    told: Vec<BodyId>,
    change: Change,
) -> Escalation {
    let mut more = next(escalation, change);
    let mut all = more.evidence.events.clone();
    all.extend_from_slice(events);
    all.extend(held.iter().flat_map(|held| held.events.iter().copied()));
    let withdrawn: Vec<Position> = more
        .evidence
        .withdrawn
        .iter()
        .copied()
        .filter(|at| !events.contains(at))
        .collect();
    more.evidence = EvidenceList {
        withdrawn,
        ..EvidenceList::new(all, 0)
    };
    more.evidence.count =
        incidents(&more.evidence, home).max(held.map_or(0, |held| held.incidents));
    more.severity = more.severity.max(severity);
    let asked = held.map_or(level.level(more.severity), |held| held.level);
    more.level = more.level.max(asked);
    if let Some(held) = held {
        more.still_holds = true;
        more.explanation.sentence.clone_from(&held.sentence);
        more.explanation.counted = held.counted;
        more.first_held_on = more
            .first_held_on
            .min(Some(held.first_held_on))
            .or(more.first_held_on);
    }
    for body in told {
        if !more.responsible.contains(&body) && !more.told.contains(&body) {
            more.told.push(body);
        }
    }
    more
}

/// The escalation with one event marked as withdrawn (or no longer matching).
#[must_use]
pub fn withdraw(
    escalation: &Escalation,
    home: &Home,
    event: Position,
    still_holds: bool,
    change: Change,
) -> Escalation {
    let mut less = next(escalation, change);
    if !less.evidence.withdrawn.contains(&event) {
        less.evidence.withdrawn.push(event);
        less.evidence.withdrawn.sort_unstable();
    }
    less.evidence.count = incidents(&less.evidence, home);
    less.still_holds = still_holds;
    less
}

/// Distinct incidents among the listed events that were not withdrawn. An event that does not stand
/// at this home (a body added it from elsewhere) counts as one of its own.
fn incidents(evidence: &EvidenceList, home: &Home) -> u32 {
    let distinct: BTreeSet<Position> = evidence
        .events
        .iter()
        .filter(|event| !evidence.withdrawn.contains(event))
        .map(|event| {
            home.concern(*event)
                .map_or(*event, |(_, concern)| concern.incident)
        })
        .collect();
    distinct.len() as u32
}
