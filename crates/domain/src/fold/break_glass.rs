//! A person opens what the agreement withholds, and it ends by itself. The opening stands in the home's
//! head; whose words it opens grows as the notices to their owners are read back (`sharing/opening.rs`).

use jiff::{SignedDuration, Timestamp};

use super::{State, StepSoFar};
use crate::escalation::refusal;
use crate::event::{BreakGlassOpening, EventType};
use crate::message::{Refusal, Said};
use crate::notice::{About, Content, Notice, OpenedNotice};
use crate::picture::Reference;
use crate::sharing::{Opening, may_read, owners};
use crate::{BodyId, HomeId};

impl State {
    /// Takes an opening; returns the home.
    pub(super) fn open_by_break_glass(
        &mut self,
        said: &Said,
        home: &HomeId,
        asked: &BreakGlassOpening,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        let most = self.longest_opening();
        let until = asked.until.unwrap_or(most);
        if !step.decided.has_verdict() {
            if !home.is_place() || self.homes.get(home).is_none() {
                return Err(refusal::home_unknown());
            }
            if !may_read(&self.policy, &said.agency, self.time) {
                return Err(refusal::not_permitted());
            }
            if until <= self.time || until > most {
                return Err(refusal::break_glass_time());
            }
        }
        let opening = Opening {
            position: self.position,
            reference: said.reference,
            agency: said.agency.clone(),
            person: asked.person.clone(),
            opened_at: self.time,
            until,
            told: std::iter::once(said.agency.clone()).collect(),
        };
        self.tell_owners(home, &opening, step);
        if until > self.time {
            let picture = self.home_mut(home);
            picture.head.openings.push(opening);
            picture.touch();
            self.record_changed(home);
        }
        self.note(said, home, EventType::BreakGlassOpened, None, None);
        Ok(home.clone())
    }

    /// The end of an opening that lasts as long as the policy allows.
    fn longest_opening(&self) -> Timestamp {
        let hours = i64::from(self.policy.sharing.break_glass.hours_at_most());
        self.time.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX)
    }

    fn tell_owners(&self, home: &HomeId, opening: &Opening, step: &mut StepSoFar) {
        let Some(picture) = self.homes.get(home).filter(|_| step.decides()) else {
            return;
        };
        for owner in owners(picture, &opening.agency, &self.policy) {
            let about =
                About { event: opening.reference, by: opening.agency.clone(), escalation: None };
            let content = Content::BreakGlassOpened(OpenedNotice {
                agency: opening.agency.clone(),
                person: opening.person.clone(),
                opened_at: opening.opened_at,
                until: opening.until,
            });
            step.notices.push((owner, Notice::new(home, about, content)));
        }
    }

    /// The notice to an owner stands in the log: its words are open from here on.
    pub(super) fn owner_is_told(&mut self, to: &BodyId, home: &HomeId, event: Reference) {
        let picture = self.home_mut(home);
        let mut openings = picture.head.openings.iter_mut();
        if let Some(opening) = openings.find(|opening| opening.reference == event) {
            opening.told.insert(to.clone());
        }
        picture.touch();
    }

    /// Openings of a home whose time has come end.
    pub(super) fn end_openings(&mut self, home: &HomeId) {
        let now = self.time;
        let picture = self.home_mut(home);
        picture.head.openings.retain(|opening| opening.until > now);
        picture.touch();
    }
}
