//! The hub's own messages, read back from the log: only now do they become true (law 2).

use std::sync::Arc;

use super::State;
use crate::duty::Duty;
use crate::escalation::{ChangeKind, Due, Escalation, Level, Step};
use crate::message::{Output, OutputBody};
use crate::picture::{Home, Item, Reference, What};
use crate::{BodyId, HomeId, Position};

impl State {
    /// Takes the hub's own message in; returns the outbox entry that it was.
    pub(super) fn read_back(&mut self, output: Output, position: Position) -> (Position, u32) {
        self.wait_no_more(&output);
        let entry = (output.cause.position, output.cause.n);
        if let OutputBody::Notice { to, notice } = &output.body {
            self.noticed(to, notice, position);
        }
        if let OutputBody::Tombstone { tombstone, .. } = &output.body {
            self.take_tombstone(tombstone);
        }
        if let OutputBody::Escalation { to, escalation } = output.body
            && to.as_str() == BodyId::HUB
        {
            let home = self.resolve(&escalation.home);
            let item = Item {
                position,
                reference: Reference::of_change(&escalation.id, escalation.revision),
                recorded_at: self.time,
                agency: to,
                what: What::Escalation {
                    id: escalation.id.clone(),
                    trigger: escalation.trigger.clone(),
                    change: escalation.change.kind,
                },
            };
            let listing = self.take_listing(&escalation.id);
            let picture = self.home_mut(&home);
            let before = picture.escalation(&escalation.id).cloned();
            picture.push(item);
            picture.keep(Arc::clone(&escalation), listing);
            if escalation.change.kind == ChangeKind::Reopened {
                // What is due again may be late again.
                picture.note(&escalation.id, |kept| kept.ran.clear());
            }
            let was_major = before.as_ref().is_some_and(|e| e.level == Level::Major);
            if escalation.level == Level::Major && !was_major {
                picture.note(&escalation.id, |kept| kept.major_since = Some(position));
            }
            // An earlier revision that comes late, which no hub publishes, changes nothing here.
            let now = picture.escalation(&escalation.id).cloned();
            let same = |before: &Escalation, now: &Escalation| {
                before.due == now.due && before.is_open() == now.is_open()
            };
            if let (Some(before), Some(now)) = (&before, &now) {
                self.release_texts(&home, before, now);
            }
            match (before, now) {
                (Some(before), Some(now)) if same(&before, &now) => {}
                (before, now) => {
                    if let (Some(before), Some(now)) = (&before, &now) {
                        self.may_be_late_again(&home, before, now);
                    }
                    before.iter().for_each(|e| self.clear_deadlines(&home, e));
                    now.iter().for_each(|e| self.set_deadlines(&home, e));
                    // The plan of a process stands on an escalation: its actions are chased there, too.
                    let runs = |home: &Arc<Home>| !home.head.process.processes.is_empty();
                    if self.homes.get(&home).is_some_and(runs) {
                        self.record_changed(&home);
                    }
                }
            }
        }
        entry
    }

    /// What was done and is due at a later time may be late once more.
    fn may_be_late_again(&mut self, home: &HomeId, before: &Escalation, now: &Escalation) {
        let again = now.due.iter().filter(|due| {
            let later = |was: &Due| was.step == due.step && was.due < due.due;
            !due.done && before.due.iter().any(later)
        });
        let again: Vec<Step> = again.map(|due| due.step).collect();
        if !again.is_empty() {
            self.home_mut(home).note(&now.id, |kept| kept.ran.retain(|ran| !again.contains(ran)));
        }
    }

    /// Puts what is due of an escalation on the clock, unless that deadline has run already.
    pub(super) fn set_deadlines(&mut self, home: &HomeId, escalation: &Escalation) {
        if !escalation.is_open() {
            return;
        }
        let Some(picture) = self.homes.get(home) else {
            return;
        };
        let kept = picture.kept(&escalation.id);
        for due in escalation.due.iter().filter(|due| !due.done) {
            if !kept.is_some_and(|kept| kept.ran.contains(&due.step)) {
                let duty = Duty::Answer { escalation: escalation.id.clone(), step: due.step };
                self.clock.set(due.due, home, duty);
            }
        }
    }

    pub(super) fn clear_deadlines(&mut self, home: &HomeId, escalation: &Escalation) {
        for due in &escalation.due {
            let duty = Duty::Answer { escalation: escalation.id.clone(), step: due.step };
            self.clock.clear(due.due, home, duty);
        }
    }
}
