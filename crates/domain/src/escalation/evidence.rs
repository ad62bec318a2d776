//! Evidence comes and goes: further matching events are added, withdrawn ones are marked, and only
//! a person closes (triggers.md §3).

use std::collections::BTreeSet;

use super::respond::next;
use super::{Change, EVIDENCE_LISTED, Escalation, EvidenceList, Level};
use crate::event::Severity;
use crate::picture::Home;
use crate::policy::{Answer, Policy};
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
        Self { count: incidents, events, withdrawn: Vec::new() }
    }
}

/// Further evidence, and what it changes.
#[derive(Debug, Clone)]
pub struct More<'a> {
    /// The events.
    pub events: &'a [Position],
    /// The trigger as it holds with them; none where it does not, or where a person added them.
    pub held: Option<&'a Held>,
    /// The gravest severity among them.
    pub severity: Severity,
    /// The level that they ask for; the level never falls.
    pub level: Level,
    /// Bodies that they make it right to tell.
    pub told: Vec<BodyId>,
    /// What is due by severity: a graver one brings what is still due forward.
    pub answers: &'a [Answer],
    /// The change.
    pub change: Change,
}

/// The escalation with further events, and whatever they raise it to.
#[must_use]
pub fn add(escalation: &Escalation, home: &Home, more: More<'_>, policy: &Policy) -> Escalation {
    let at = more.change.at;
    let mut next = next(escalation, more.change);
    add_events(&mut next.evidence, home, more.events, more.held);
    if more.severity > next.severity {
        next.severity = more.severity;
        for due in next.due.iter_mut().filter(|due| !due.done) {
            let answer = more.answers.iter().find(|answer| answer.step == due.step);
            if let Some(answer) = answer {
                due.due = due.due.min(policy.due(answer.within(more.severity), at));
            }
        }
    }
    let asked = more.held.map_or(more.level, |held| held.level);
    next.level = next.level.max(asked);
    if let Some(held) = more.held {
        next.still_holds = true;
        next.explanation.sentence.clone_from(&held.sentence);
        next.explanation.counted = held.counted;
        next.first_held_on = next.first_held_on.map(|date| date.min(held.first_held_on));
    }
    for body in more.told {
        if !next.responsible.contains(&body) && !next.told.contains(&body) {
            next.told.push(body);
        }
    }
    next
}

fn add_events(list: &mut EvidenceList, home: &Home, events: &[Position], held: Option<&Held>) {
    let added: BTreeSet<Position> = events
        .iter()
        .chain(held.iter().flat_map(|held| &held.events))
        .copied()
        .filter(|event| list.events.binary_search(event).is_err())
        .collect();
    let counts = |event: &Position| home.concern(*event).is_none_or(|(_, c)| c.counts());
    // What stands again is no longer marked; what a person adds although it was withdrawn is.
    list.withdrawn.retain(|event| !(events.contains(event) && counts(event)));
    let taken_back = added.iter().copied().filter(|event| !counts(event));
    list.withdrawn.extend(taken_back);
    list.withdrawn.sort_unstable();
    if let Some(further) = further_incidents(list, home, &added).filter(|_| !added.is_empty()) {
        // As nearly always: nothing that is listed is looked at.
        list.count = list.count.saturating_add(further);
        put_in_order(list, added);
        list.count = list.count.max(held.map_or(0, |held| held.incidents));
        return;
    }
    let listed = incidents(list, home);
    let before = list.count.max(listed);
    let surplus = (list.events.len() + added.len()).saturating_sub(EVIDENCE_LISTED);
    let mut whole = EvidenceList {
        events: list.events.iter().copied().chain(added.iter().copied()).collect(),
        ..list.clone()
    };
    whole.events.sort_unstable();
    let all = incidents(&whole, home);
    put_in_order(list, added);
    // What the list no longer shows still counts.
    list.count = if surplus > 0 || before > listed {
        before.saturating_add(all.saturating_sub(listed))
    } else {
        all
    };
    list.count = list.count.max(held.map_or(0, |held| held.incidents));
}

/// How many incidents the added events bring, where that can be told without a look at all that is
/// listed: of events that name no incident, and of one event that cannot have joined two of them.
fn further_incidents(list: &EvidenceList, home: &Home, added: &BTreeSet<Position>) -> Option<u32> {
    let concern = |event: &Position| home.concern(*event).map(|(_, concern)| concern);
    if added.iter().all(|event| concern(event).is_some_and(|c| c.counts() && !c.has_names())) {
        return Some(added.len() as u32);
    }
    let event = added.first().filter(|event| added.len() == 1 && concern(event).is_some())?;
    if !concern(event)?.counts() {
        return None;
    }
    if !is_told_of(list, home, *event) {
        return Some(1);
    }
    let one_name = concern(event)?.record.is_some() != concern(event)?.incident_ref.is_some();
    one_name.then_some(0)
}

/// Whether another listed event tells of the same incident and was not withdrawn.
fn is_told_of(list: &EvidenceList, home: &Home, event: Position) -> bool {
    home.same_incident(event).any(|(other, _)| {
        other.position != event
            && list.events.binary_search(&other.position).is_ok()
            && !list.withdrawn.contains(&other.position)
    })
}

/// Lists further events, the newest kept.
fn put_in_order(list: &mut EvidenceList, added: BTreeSet<Position>) {
    list.events.extend(added);
    list.events.sort_unstable();
    let surplus = list.events.len().saturating_sub(EVIDENCE_LISTED);
    list.events.drain(..surplus);
    if surplus > 0 {
        list.withdrawn.retain(|event| list.events.binary_search(event).is_ok());
    }
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
    let mut less = holds_or_not(escalation, still_holds, change);
    let listed = less.evidence.events.binary_search(&event).is_ok();
    if listed && !less.evidence.withdrawn.contains(&event) {
        let gone = u32::from(!is_told_of(&less.evidence, home, event));
        less.evidence.count = less.evidence.count.saturating_sub(gone);
        less.evidence.withdrawn.push(event);
        less.evidence.withdrawn.sort_unstable();
    }
    less
}

/// The escalation as it goes to further bodies, which may know of its evidence from now on.
#[must_use]
pub fn tell(escalation: &Escalation, told: Vec<BodyId>, change: Change) -> Escalation {
    let mut wider = next(escalation, change);
    wider.told.extend(told);
    wider
}

/// The escalation with one event, which was marked as withdrawn, standing again.
#[must_use]
pub fn restore(
    escalation: &Escalation,
    home: &Home,
    event: Position,
    still_holds: bool,
    change: Change,
) -> Escalation {
    let mut more = holds_or_not(escalation, still_holds, change);
    let before = incidents(&more.evidence, home);
    more.evidence.withdrawn.retain(|withdrawn| *withdrawn != event);
    let back = incidents(&more.evidence, home).saturating_sub(before);
    more.evidence.count = more.evidence.count.saturating_add(back);
    more
}

/// The escalation with what it says of its trigger put right.
#[must_use]
pub fn holds_or_not(escalation: &Escalation, still_holds: bool, change: Change) -> Escalation {
    let mut told = next(escalation, change);
    told.still_holds = still_holds;
    told
}

/// Distinct incidents among the listed events that were not withdrawn. An event that does not stand
/// at this home (a body added it from elsewhere) counts as one of its own.
fn incidents(evidence: &EvidenceList, home: &Home) -> u32 {
    let distinct: BTreeSet<Position> = evidence
        .events
        .iter()
        .filter(|event| !evidence.withdrawn.contains(event))
        .map(|event| home.concern(*event).map_or(*event, |(_, concern)| concern.incident))
        .collect();
    distinct.len() as u32
}
