//! What a reader may know of the evidence of an escalation.

use std::collections::BTreeSet;

use super::Reader;
use crate::Position;
use crate::escalation::{Escalation, EvidenceList, Explanation};
use crate::picture::Home;
use crate::policy::Share;

/// The part of an escalation's evidence that a reader may know.
pub(super) struct Known {
    /// What may be listed, and how many incidents may be known of.
    pub(super) list: EvidenceList,
    /// Whether nothing of it is kept from the reader: then why it was raised may be said as it is.
    pub(super) whole: bool,
}

impl Known {
    /// Evidence that stands at no home but this one can be judged here; what stands elsewhere is listed
    /// for nobody, and counted for those to whom the escalation is routed (it is about several homes).
    pub(super) fn of(home: &Home, reader: &Reader, escalation: &Escalation, routed: bool) -> Self {
        let evidence = &escalation.evidence;
        let least = if routed { reader.routed() } else { Share::Nothing };
        let (mut events, mut counted) = (Vec::new(), Vec::new());
        let (mut all_counted, mut all_plain) = (true, true);
        for event in &evidence.events {
            let found = home.concern(*event);
            let share = found.map(|(item, concern)| reader.share(home, item, concern));
            let is_seen = share >= Some(Share::Summary);
            let is_counted = share.map_or(routed, |share| share.max(least) >= Share::Existence);
            if is_seen {
                events.push(*event);
            }
            if is_counted {
                counted.push(*event);
            }
            all_counted &= is_counted;
            all_plain &= found.map_or(routed, |(item, concern)| {
                is_seen && !reader.sees_month_only(home, item, concern)
            });
        }
        let count = if all_counted {
            evidence.count
        } else {
            let standing = counted.iter().filter(|event| !evidence.withdrawn.contains(event));
            incidents(home, standing)
        };
        let is_seen = |event: &&Position| events.binary_search(event).is_ok();
        let withdrawn = evidence.withdrawn.iter().filter(is_seen).copied().collect();
        Self {
            whole: routed && reader.is_of_before() || all_plain,
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

fn incidents<'a>(home: &Home, events: impl Iterator<Item = &'a Position>) -> u32 {
    let name =
        |event: &Position| home.concern(*event).map_or(*event, |(_, concern)| concern.incident);
    let distinct: BTreeSet<Position> = events.map(name).collect();
    distinct.len() as u32
}
