//! Retention: free text whose time is over is erased, unless something that is open rests on it. One
//! deadline a home, that of the text which goes first; what is held back waits until what holds it closes,
//! and goes at the hour of its own end on the next day.
//! It follows from picture, policy and time alone, so a restart sets the same again.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::erase::{Asked, is_amendment, is_register};
use super::{State, StepSoFar};
use crate::duty::Duty;
use crate::erasure::{ErasureReason, TextState};
use crate::escalation::Escalation;
use crate::picture::{Home, Item, Sought, Standing, TextEnd, Texts, What};
use crate::policy::InForce;
use crate::{BodyId, HomeId, Position};

/// A text whose end is past, and that nothing holds back any more, is looked at within so long.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);

impl State {
    /// Sets all texts of a home on the clock anew, as they follow from picture, policy and time.
    pub(super) fn set_retention(&mut self, id: &HomeId) {
        self.clear_look(id);
        let Some(home) = self.homes.get(id).cloned() else {
            return;
        };
        let mut texts = Texts::default();
        if !self.policy.keeps_all_text() {
            for (place, item) in (0..).zip(home.items().iter()) {
                let Some(at) = self.text_end(&home, item) else { continue };
                let text = TextEnd { at, place };
                if at <= self.time && self.is_held(&home, item) {
                    texts.hold(text);
                } else {
                    texts.wait(text);
                }
            }
        }
        drop(home);
        self.texts_of(id, |of| *of = texts);
        self.set_look(id);
    }

    /// A concern changed, or has come to `home` or gone from it.
    pub(super) fn retain_again(&mut self, id: &HomeId, position: Position) {
        let Some(home) = self.homes.get(id) else {
            return;
        };
        let Some(place) = home.place_of(position) else {
            return;
        };
        let end = home.items().get(place as usize).and_then(|item| self.text_end(home, item));
        if let Some(at) = end {
            self.texts_of(id, |texts| texts.wait(TextEnd { at, place }));
        }
        self.set_look(id);
    }

    /// When the text of an entry is to go; never for what has none or has lost it.
    fn text_end(&self, home: &Home, item: &Item) -> Option<Timestamp> {
        let end = ends(&self.policy, home, item)?;
        (!self.is_erased(item.position)).then_some(end)
    }

    /// Sets when a home's texts are next looked at: when the first of them ends.
    pub(super) fn set_look(&mut self, id: &HomeId) {
        let first = loop {
            let Some(home) = self.homes.get(id) else {
                return;
            };
            let Some(first) = home.texts.first() else {
                break None;
            };
            let item = home.items().get(first.place as usize);
            match item.and_then(|item| self.text_end(home, item)) {
                Some(at) if at == first.at => break Some(at),
                // It was erased, moved or put right since.
                Some(at) => self.texts_of(id, |texts| {
                    texts.drop(first);
                    texts.wait(TextEnd { at, ..first });
                }),
                None => self.texts_of(id, |texts| texts.drop(first)),
            }
        };
        let look = first.map(|end| self.look_at(end));
        if self.homes.get(id).is_some_and(|home| home.texts.look != look) {
            self.clear_look(id);
            self.texts_of(id, |texts| texts.look = look);
            if let Some(at) = look {
                self.clock.set(at, id, Duty::Retention);
            }
        }
    }

    fn clear_look(&mut self, id: &HomeId) {
        if let Some(look) = self.homes.get(id).and_then(|home| home.texts.look) {
            self.clock.clear(look, id, Duty::Retention);
            self.texts_of(id, |texts| texts.look = None);
        }
    }

    fn texts_of(&mut self, id: &HomeId, change: impl FnOnce(&mut Texts)) {
        if let Some(home) = self.homes.get_mut(id) {
            change(&mut Arc::make_mut(home).texts);
        }
    }

    /// An escalation changed from `before` to `now`: what it alone held back, and holds no more, waits for the
    /// next look. A closed one holds nothing, and a list that is full drops its oldest events.
    pub(super) fn release_texts(&mut self, id: &HomeId, before: &Escalation, now: &Escalation) {
        let (listed, lists) = (&before.evidence.events, &now.evidence.events);
        if now.is_open() && listed.first() == lists.first() {
            return;
        }
        let Some(home) = self.homes.get(id).filter(|home| home.texts.holds()).cloned() else {
            return;
        };
        let left = |event: &Position| {
            listed.binary_search(event).is_ok()
                && (!now.is_open() || lists.binary_search(event).is_err())
        };
        let rested = |item: &Item| match &item.what {
            What::Concern(_) => left(&item.position),
            What::Event { about, escalation, .. } => {
                about.as_ref().is_some_and(left) || escalation.as_ref() == Some(&now.id)
            }
            What::Escalation { .. } | What::Notice { .. } => false,
        };
        let of = |text: &TextEnd| home.items().get(text.place as usize);
        let released = home
            .texts
            .held()
            .filter(|text| of(text).is_some_and(|item| rested(item) && !self.is_held(&home, item)));
        let released: Vec<TextEnd> = released.collect();
        drop(home);
        self.texts_of(id, |texts| released.into_iter().for_each(|text| texts.wait(text)));
        self.set_look(id);
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

    /// The time has come to look at a home's texts: those whose time is over go, or are held back.
    pub(super) fn end_retention(&mut self, id: &HomeId, step: &mut StepSoFar) {
        self.texts_of(id, |texts| texts.look = None);
        let Some(home) = self.homes.get(id).cloned() else {
            return;
        };
        let hub = BodyId::hub();
        let asked = Asked { reason: ErasureReason::RetentionEnded, by: &hub, decided_by: None };
        let mut held = Vec::new();
        for text in home.texts.over(self.time) {
            let Some(item) = home.items().get(text.place as usize) else { continue };
            // What no longer holds is set right with the next look.
            if self.text_end(&home, item) != Some(text.at) {
                continue;
            }
            if self.is_held(&home, item) {
                held.push(text);
            } else {
                self.erase(id, BTreeSet::from([item.position]), &item.agency, &asked, step);
            }
        }
        drop(home);
        self.texts_of(id, |texts| held.into_iter().for_each(|text| texts.hold(text)));
        self.set_look(id);
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

/// Something was filed at `home`: its text may be the first to go. Returns whether it is, so that the next
/// look at the home's texts has to be set.
pub(super) fn retain_newest(home: &mut Home, policy: &InForce) -> bool {
    let place = home.items().len().saturating_sub(1);
    let end = home.items().get(place).and_then(|item| ends(policy, home, item));
    let Some(at) = end else {
        return false;
    };
    home.texts.wait(TextEnd { at, place: place as u32 });
    // A look is never earlier than the end for which it is.
    home.texts.look.is_none_or(|look| at < look)
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
