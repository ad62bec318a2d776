//! Retention: free text whose time is over is erased, unless something that is open rests on it. One
//! deadline a home, that of the text which goes first; what is held back is looked at again every day.
//! It follows from picture, policy and time alone, so a restart sets the same again.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::erase::{Asked, is_amendment, is_register};
use super::homes::Key;
use super::{State, StepSoFar};
use crate::duty::Duty;
use crate::erasure::{ErasureReason, TextState};
use crate::picture::{Home, Item, Sought, Standing, What};
use crate::policy::InForce;
use crate::{BodyId, HomeId, Position};

/// What is held back is looked at again after so long.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);

impl State {
    /// Sets when a home's texts are next to be looked at.
    pub(super) fn set_retention_of(&mut self, home: &HomeId) {
        if let Some(picture) = self.homes.get(home).cloned() {
            self.set_retention(&picture);
        }
    }

    pub(super) fn set_retention(&mut self, home: &Home) {
        if let Some(due) = self.retention.remove(&Key::of(home.id())) {
            self.deadlines.remove(&(due, home.id().clone(), Duty::Retention));
        }
        if self.policy.keeps_all_text() {
            return;
        }
        let texts = home.items().iter().filter(|item| !self.is_erased(item.position));
        let next = texts
            .filter_map(|item| ends(&self.policy, home, item))
            .map(|end| self.look_at(end))
            .min();
        if let Some(next) = next {
            self.set_look(home.id(), next);
        }
    }

    /// Something was filed at `home`: its own text may be the first to go.
    pub(super) fn retain_new(&mut self, home: &HomeId) {
        let end = self.homes.get(home).and_then(|home| {
            let item = home.items().iter().next_back()?;
            ends(&self.policy, home, item)
        });
        let Some(end) = end else {
            return;
        };
        let look = self.look_at(end);
        let key = Key::of(home);
        if self.retention.get(&key).is_none_or(|due| look < *due) {
            if let Some(due) = self.retention.remove(&key) {
                self.deadlines.remove(&(due, home.clone(), Duty::Retention));
            }
            self.set_look(home, look);
        }
    }

    fn set_look(&mut self, home: &HomeId, at: Timestamp) {
        self.deadlines.insert((at, home.clone(), Duty::Retention));
        self.retention.insert(Key::of(home), at);
    }

    /// The end itself, or, where that is past, the first day's look after now.
    fn look_at(&self, end: Timestamp) -> Timestamp {
        if end > self.time {
            return end;
        }
        let days = self.time.duration_since(end).as_secs() / LOOK_AGAIN.as_secs() + 1;
        let after = SignedDuration::from_secs(days.saturating_mul(LOOK_AGAIN.as_secs()));
        end.checked_add(after).unwrap_or(Timestamp::MAX)
    }

    /// The time has come to look at a home's texts: those whose time is over go.
    pub(super) fn end_retention(&mut self, home: &HomeId, step: &mut StepSoFar) {
        self.retention.remove(&Key::of(home));
        let Some(picture) = self.homes.get(home).cloned() else {
            return;
        };
        if step.decides() {
            let over: Vec<(Position, BodyId)> = picture
                .items()
                .iter()
                .filter(|item| {
                    ends(&self.policy, &picture, item).is_some_and(|end| end <= self.time)
                })
                .filter(|item| !self.is_erased(item.position) && !self.is_held(&picture, item))
                .map(|item| (item.position, item.agency.clone()))
                .collect();
            let hub = BodyId::hub();
            let asked = Asked { reason: ErasureReason::RetentionEnded, by: &hub, decided_by: None };
            for (position, sender) in over {
                self.erase(home, BTreeSet::from([position]), &sender, &asked, step);
            }
        }
        self.set_retention(&picture);
    }

    /// Whether something that is open rests on it: a process about the home, an escalation whose evidence
    /// it is or about which it was said.
    fn is_held(&self, home: &Home, item: &Item) -> bool {
        if home.head.process.processes.values().any(|process| process.is_open()) {
            return true;
        }
        let concern = match &item.what {
            What::Event { about: Some(about), .. } => *about,
            What::Event { .. }
            | What::Concern(_)
            | What::Escalation { .. }
            | What::Notice { .. } => item.position,
        };
        let answered = match &item.what {
            What::Event { escalation, .. } => escalation.as_ref(),
            What::Concern(_) | What::Escalation { .. } | What::Notice { .. } => None,
        };
        let resting = self.decided_escalations(home.id(), Sought::RestingOn(&[concern]));
        resting.iter().any(|escalation| escalation.is_open())
            || answered
                .and_then(|id| self.decided_escalation(home.id(), id))
                .is_some_and(|escalation| escalation.is_open())
    }
}

/// When the text of an entry is to go; never for what has none.
fn ends(policy: &InForce, home: &Home, item: &Item) -> Option<Timestamp> {
    match &item.what {
        What::Concern(concern) => {
            // One that was matched elsewhere is looked at there.
            let here = !matches!(concern.standing, Standing::Moved(_));
            let stands = concern.text != TextState::Erased;
            (here && stands).then(|| policy.text_ends(concern.kind, item.recorded_at)).flatten()
        }
        What::Event { event, .. } if is_register(*event) => None,
        What::Event { event, about: Some(about), .. } if is_amendment(*event) => {
            match home.concern(*about) {
                Some((_, concern)) => policy.text_ends(concern.kind, item.recorded_at),
                None => policy.other_text_ends(item.recorded_at),
            }
        }
        What::Event { .. } => policy.other_text_ends(item.recorded_at),
        What::Escalation { .. } | What::Notice { .. } => None,
    }
}
