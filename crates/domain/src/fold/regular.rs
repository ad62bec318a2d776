//! Meetings that are held regularly, though nobody plans them: one series of each kind for all homes, kept
//! under the token for what is about no single home (Norfolk 7.3.14, 7.3.16; Kirklees 1; Stockton 1).

use jiff::Timestamp;
use jiff::civil::Date;

use super::overdue::Late;
use super::{State, StepSoFar};
use crate::HomeId;
use crate::duty;
use crate::event::{MeetingKind, MeetingRecord};
use crate::picture::records::Records;
use crate::policy::{Owed, meeting_name, meeting_word};

impl State {
    /// A rule book took effect on `today`: what it wants held regularly counts from then on, unless it was to
    /// be held regularly before.
    pub(super) fn expect_regular_meetings(&mut self, today: Date) {
        let kinds = duty::regular_kinds(&self.policy);
        let general = HomeId::general();
        let known = self.homes.get(&general).map(|home| &home.head.records.regular);
        if known.map_or(kinds.is_empty(), |known| known.keys().eq(&kinds)) {
            return;
        }
        let picture = self.home_mut(&general);
        picture.head.records.hold_regularly(&kinds, today);
        picture.touch();
    }

    /// A meeting was held, at whatever home: the next of its kind is due from then on.
    pub(super) fn regular_meeting_held(&mut self, held: &MeetingRecord, step: &mut StepSoFar) {
        let general = HomeId::general();
        let known = self.homes.get(&general).map(|home| &home.head.records.regular);
        if known.is_none_or(|known| !known.contains_key(&held.meeting)) {
            return;
        }
        let picture = self.home_mut(&general);
        picture.head.records.hold_regular(held);
        picture.touch();
        self.record_changed(&general);
        self.settle(&general, step);
    }

    /// What there is to tell of a regular meeting whose time has come.
    pub(super) fn late_regular(
        &self,
        due: Timestamp,
        home: &HomeId,
        kind: MeetingKind,
    ) -> Option<Late<'_>> {
        let regular = self.homes.get(home)?.head.records.regular.get(&kind)?;
        let (first, every) = duty::regular_due(&self.policy, kind, regular, Timestamp::MIN)?;
        let (trigger, _) = duty::rule(
            &self.policy,
            |of| matches!(of, Owed::Meeting { every, .. } if every.contains_key(&kind)),
        )?;
        let (word, every, since) = (meeting_word(kind), String::from(every), regular.since);
        let last = if regular.held {
            format!("the last was held on {since}")
        } else {
            format!("none is recorded since {since}, when this became a rule")
        };
        let sentence = format!("A {word} is to be held every {every}, and {last}.");
        let mut late = self.plain(home, trigger, scope(kind), sentence, due);
        // The role that chaired the last must act; the trigger's own where nobody holds that.
        let chair = regular.chair_role.as_ref();
        let chair =
            chair.map(|role| self.policy.holders(role, None, self.time)).unwrap_or_default();
        if !chair.is_empty() {
            late.responsible = chair;
        }
        (first <= due).then_some(late)
    }

    /// Whether a regular meeting that was late has been held since.
    pub(super) fn regular_has_come(&self, records: &Records, late: &str) -> bool {
        records.regular.iter().any(|(kind, regular)| {
            let next = duty::regular_due(&self.policy, *kind, regular, Timestamp::MIN);
            late == scope(*kind) && next.is_none_or(|(next, _)| next > self.time)
        })
    }
}

fn scope(kind: MeetingKind) -> String {
    format!("regular {}", meeting_name(kind))
}
