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

/// What two lists in order do not have in common.
pub(crate) struct Difference {
    /// What stood in the earlier one alone.
    pub(crate) gone: Vec<Position>,
    /// What stands in the later one alone.
    pub(crate) new: Vec<Position>,
}

/// From one list in order to the next. Nearly always they are the same but for an event or two: what is alike at
/// either end is passed over.
pub(crate) fn difference(was: &[Position], is: &[Position]) -> Difference {
    let dropped = is.first().map_or(was.len(), |first| was.partition_point(|event| event < first));
    let (dropped, was) = was.split_at(dropped);
    let alike = was.iter().zip(is).take_while(|(was, is)| was == is).count();
    let ((_, was), (_, is)) = (was.split_at(alike), is.split_at(alike));
    let ends = was.iter().rev().zip(is.iter().rev());
    let alike = ends.take_while(|(was, is)| was == is).count();
    let (was, _) = was.split_at(was.len() - alike);
    let (is, _) = is.split_at(is.len() - alike);
    let only = |of: &[Position], other: &[Position]| -> Vec<Position> {
        of.iter().filter(|event| other.binary_search(event).is_err()).copied().collect()
    };
    Difference { gone: [dropped, &only(was, is)].concat(), new: only(is, was) }
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
    match added.first() {
        // As nearly always: the others need not be sorted again.
        Some(event) if added.len() == 1 => put_one_in_order(&mut list.events, *event),
        _ => {
            list.events.extend(added);
            list.events.sort_unstable();
            let surplus = list.events.len().saturating_sub(EVIDENCE_LISTED);
            list.events.drain(..surplus);
        }
    }
    if list.events.len() >= EVIDENCE_LISTED {
        // What a full list no longer shows is marked no more.
        list.withdrawn.retain(|event| list.events.binary_search(event).is_ok());
    }
}

/// Lists one event, which is not listed yet, where it belongs; of a full list the oldest goes.
fn put_one_in_order(events: &mut Vec<Position>, event: Position) {
    let place = events.partition_point(|listed| *listed < event);
    if events.len() < EVIDENCE_LISTED {
        events.insert(place, event);
    } else if let Some(older @ [.., _]) = events.get_mut(..place) {
        older.rotate_left(1);
        if let Some(newest) = older.last_mut() {
            *newest = event;
        }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    use super::*;

    fn positions(of: &BTreeSet<u64>) -> Vec<Position> {
        of.iter().copied().map(Position).collect()
    }

    proptest! {
        #[test]
        fn two_lists_differ_as_two_sets_do(
            was in btree_set(0_u64..40, 0..30),
            is in btree_set(0_u64..40, 0..30),
        ) {
            let only = |of: &BTreeSet<u64>, other| positions(&of.difference(other).copied().collect());
            let Difference { gone, new } = difference(&positions(&was), &positions(&is));
            prop_assert_eq!((gone, new), (only(&was, &is), only(&is, &was)));
        }

        #[test]
        fn a_full_list_keeps_its_newest_however_events_come(
            listed in subsequence(Vec::from_iter(0_u64..2000), 480..=EVIDENCE_LISTED),
            lots in vec(btree_set(0_u64..2000, 1..4), 1..20),
        ) {
            let mut all = BTreeSet::from_iter(listed);
            let mut list = EvidenceList { events: positions(&all), ..EvidenceList::default() };
            for lot in lots {
                let is_new = |event: &Position| list.events.binary_search(event).is_err();
                let added = positions(&lot).into_iter().filter(is_new).collect();
                put_in_order(&mut list, added);
                all.extend(lot);
                let surplus = all.len().saturating_sub(EVIDENCE_LISTED);
                all = all.into_iter().skip(surplus).collect();
                prop_assert_eq!(&list.events, &positions(&all));
            }
        }
    }
}
