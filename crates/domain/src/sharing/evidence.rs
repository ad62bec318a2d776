//! What a reader may know of the evidence of an escalation.

use super::classes::{Class, Classes};
use super::{Reader, TOLD_LISTED};
use crate::Position;
use crate::escalation::{Escalation, EvidenceList, Explanation};
use crate::picture::{ConcernItem, Home, Item};
use crate::policy::Share;

/// The part of an escalation's evidence that a reader may know.
pub(super) struct Known {
    /// What may be listed, and how many incidents may be known of.
    pub(super) list: EvidenceList,
    /// Whether nothing of it is kept from the reader: then why it was raised may be said as it is.
    pub(super) whole: bool,
}

/// An event that an escalation lists, with the concern where it stands at the home.
pub(super) type Listed<'a> = (Position, Option<(&'a Item, &'a ConcernItem)>);

/// The events of a list where they stand at a home.
pub(super) fn listed<'a>(home: &'a Home, events: &[Position]) -> Vec<Listed<'a>> {
    events.iter().map(|event| (*event, home.concern(*event))).collect()
}

impl Known {
    /// Evidence that stands at no home but this one can be judged here; what stands elsewhere is listed
    /// for nobody, and counted for those to whom the escalation is routed (it is about several homes).
    pub(super) fn of(home: &Home, reader: &Reader, escalation: &Escalation, routed: bool) -> Self {
        let events = listed(home, &escalation.evidence.events);
        Self::of_listed(home, reader, escalation, &events, routed)
    }

    /// The same of events that were found before.
    pub(super) fn of_listed(
        home: &Home,
        reader: &Reader,
        escalation: &Escalation,
        listed: &[Listed<'_>],
        routed: bool,
    ) -> Self {
        let evidence = &escalation.evidence;
        let least = if routed { reader.routed() } else { Share::Nothing };
        let (mut events, mut counted) = (Vec::new(), Vec::new());
        let (mut all_counted, mut all_plain) = (true, true);
        for (event, found) in listed {
            let share = found.map(|(item, concern)| reader.share(home, item, concern));
            let is_seen = share >= Some(Share::Summary);
            let is_counted = share.map_or(routed, |share| share.max(least) >= Share::Existence);
            if is_seen {
                events.push(*event);
            }
            if is_counted && evidence.withdrawn.binary_search(event).is_err() {
                counted.push(found.map_or(*event, |(_, concern)| concern.incident));
            }
            all_counted &= is_counted;
            all_plain &= found.map_or(routed, |(item, concern)| {
                is_seen && !reader.sees_month_only(home, item, concern)
            });
        }
        let count = if all_counted { evidence.count } else { distinct(counted) };
        let is_seen = |event: &&Position| events.binary_search(event).is_ok();
        let withdrawn = evidence.withdrawn.iter().filter(is_seen).copied().collect();
        Self {
            whole: routed && reader.is_of_before() || all_plain,
            list: EvidenceList { count, events, withdrawn },
        }
    }

    /// What a body to which it is routed is told: the newest of the events that it may know, and how many
    /// incidents. Of many events the `newest` are found already, and the `classes` of all say the rest.
    pub(super) fn told(
        home: &Home,
        reader: &Reader,
        escalation: &Escalation,
        newest: &[Listed<'_>],
        classes: Option<&Classes>,
    ) -> Self {
        let Some(classes) = classes else {
            let mut known = Self::of_listed(home, reader, escalation, newest, true);
            let list = &mut known.list;
            list.events.drain(..list.events.len().saturating_sub(TOLD_LISTED));
            let first = list.events.first().copied();
            list.withdrawn.retain(|event| Some(*event) >= first);
            return known;
        };
        let evidence = &escalation.evidence;
        let share = |class: &Class| reader.share_of(home, class.marks());
        let counts = |share: Share| share.max(reader.routed()) >= Share::Existence;
        let (mut seen, mut all_counted, mut all_plain) = (0_usize, true, true);
        for (class, events) in classes.listed() {
            let share = share(class);
            let is_seen = share >= Share::Summary;
            seen += if is_seen { events as usize } else { 0 };
            all_counted &= counts(share);
            all_plain &= is_seen && !reader.sees_month_only_of(home, class.marks());
        }
        let older = evidence.events.len().saturating_sub(newest.len());
        let older = evidence.events.get(..older).unwrap_or_default().iter().rev();
        let older = older.map(|event| (*event, home.concern(*event)));
        let is_seen = |(_, found): &Listed<'_>| {
            found.is_some_and(|(item, concern)| reader.share(home, item, concern) >= Share::Summary)
        };
        let all = newest.iter().rev().copied().chain(older).filter(is_seen);
        let mut events: Vec<Position> =
            all.take(seen.min(TOLD_LISTED)).map(|(event, _)| event).collect();
        events.reverse();
        let is_listed = |event: &&Position| events.binary_search(event).is_ok();
        let withdrawn = evidence.withdrawn.iter().filter(is_listed).copied().collect();
        let count = if all_counted {
            evidence.count
        } else {
            classes.incidents(|class| counts(share(class)))
        };
        Self {
            whole: reader.is_of_before() || all_plain,
            list: EvidenceList { count, events, withdrawn },
        }
    }

    /// Why it was raised, as far as the reader may know.
    pub(super) fn explanation(&self, escalation: &Escalation) -> Explanation {
        let whole = escalation.explanation.clone();
        if self.whole {
            return whole;
        }
        Explanation {
            sentence: "It rests in part on what may not be shown to you.".to_owned(),
            counted: f64::from(self.list.count),
            ..whole
        }
    }
}

fn distinct(mut incidents: Vec<Position>) -> u32 {
    incidents.sort_unstable();
    incidents.dedup();
    incidents.len() as u32
}
