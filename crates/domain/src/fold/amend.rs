//! What is said about an earlier concern: corrected, withdrawn, matched to a home, and whether a
//! death and a concern are about the same person.

use super::{State, StepSoFar};
use crate::escalation::refusal;
use crate::event::{Correction, EventRef, EventType, Matching, SamePerson, Withdrawal};
use crate::message::{Refusal, Said};
use crate::notice::Content;
use crate::picture::{ConcernItem, Item, Standing};
use crate::{BodyId, HomeId, Position};

/// A concern that counts: where, the entry, and the concern as it is before a change.
pub(super) struct Stands {
    pub(super) home: HomeId,
    pub(super) item: Item,
    pub(super) concern: ConcernItem,
}

impl State {
    pub(super) fn correct(
        &mut self,
        said: &Said,
        home: &HomeId,
        correction: &Correction,
        withheld: bool,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        let (position, stands) = self.own(said, home, &correction.corrects)?;
        let said_at = home.clone();
        let home = stands.home.clone();
        let at = step.position;
        let no_person = step.withholds_person(said);
        let (picture, rules) = self.home_and_rules(&home);
        picture.change(position, rules, |concern| {
            let person = concern.person;
            concern.correct(&correction.set, at, withheld);
            if no_person {
                concern.person = person;
            }
        });
        // Another kind may be kept for another time.
        self.retain_again(&home, position);
        let corrected = self.homes.get(&home).and_then(|home| home.concern(position));
        if let Some(item) = corrected.map(|(item, _)| item.clone()) {
            self.know_person(&home, &item);
        }
        self.note(said, &home, EventType::ConcernCorrected, Some(position), None);
        self.reset_triage(&home, &stands.item, &stands.concern, step);
        self.decide_again(&home, position, &stands.concern, step);
        self.tell_again(&home, position, &stands.concern, step);
        self.tell_amended(said, &stands, Content::ConcernCorrected, step);
        if correction.set.new_text && !withheld {
            self.erase_returned(&said_at, position, &said.agency, step);
        }
        Ok(home)
    }

    pub(super) fn withdraw(
        &mut self,
        said: &Said,
        home: &HomeId,
        withdrawal: &Withdrawal,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        let (position, stands) = self.own(said, home, &withdrawal.withdraws)?;
        let said_at = home.clone();
        let home = stands.home.clone();
        let (picture, rules) = self.home_and_rules(&home);
        picture.change(position, rules, |concern| concern.standing = Standing::Withdrawn);
        self.note(said, &home, EventType::ConcernWithdrawn, Some(position), None);
        self.reset_triage(&home, &stands.item, &stands.concern, step);
        self.decide_again(&home, position, &stands.concern, step);
        self.tell_amended(said, &stands, Content::ConcernWithdrawn, step);
        self.erase_returned(&said_at, position, &said.agency, step);
        Ok(home)
    }

    pub(super) fn match_to(
        &mut self,
        said: &Said,
        to: &HomeId,
        matching: &Matching,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        let sender = matching.matches.agency.as_ref().unwrap_or(&said.agency);
        let from = self.resolve(&matching.from);
        let may = self.speaks_for(&said.agency, sender, &from)
            || self.policy.holds(&said.agency, &self.policy.powers.matching);
        if !may {
            return Err(refusal::not_permitted());
        }
        let position =
            self.position_of(sender, &matching.matches.id).ok_or_else(refusal::event_unknown)?;
        let stands = self.standing_at(&from, position)?;
        let from = stands.home;
        if from == *to || !to.is_place() {
            return Err(refusal::home_unknown());
        }
        let (picture, rules) = self.home_and_rules(&from);
        picture.change(position, rules, |concern| concern.standing = Standing::Moved(to.clone()));
        self.know_person(to, &stands.item);
        self.reset_triage(&from, &stands.item, &stands.concern, step);
        self.set_triage(to, &stands.item, &stands.concern);
        // Where it stood before and comes back, it comes as it is now, with every correction.
        let (picture, rules) = self.home_and_rules(to);
        picture.file(stands.item, rules);
        self.note(said, to, EventType::ConcernMatched, Some(position), None);
        self.retain_again(&from, position);
        self.retain_again(to, position);
        self.decide_again(&from, position, &stands.concern, step);
        self.decide(to, position, step);
        self.tell_enquiry_outcome(to, position, step);
        Ok(to.clone())
    }

    pub(super) fn same_person(
        &mut self,
        said: &Said,
        home: &HomeId,
        answer: &SamePerson,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        if !self.policy.holds(&said.agency, &self.policy.powers.same_person) {
            return Err(refusal::not_permitted());
        }
        let at = |event: &EventRef| {
            let sender = event.agency.as_ref().unwrap_or(&said.agency);
            self.position_of(sender, &event.id).ok_or_else(refusal::event_unknown)
        };
        let (death, concern) = (at(&answer.death)?, at(&answer.concern)?);
        let stands = self.standing_at(home, death)?;
        let home = stands.home;
        let here = self.homes.get(&home).and_then(|home| home.concern(concern));
        if here.is_none_or(|(_, concern)| !concern.counts())
            && self.standing_anywhere(concern).is_none()
        {
            return Err(refusal::event_unknown());
        }
        let picture = self.home_mut(&home);
        picture.head.same_person.push((death, concern, answer.same));
        picture.touch();
        self.note(said, &home, EventType::DeathSamePerson, Some(death), None);
        self.decide_again(&home, death, &stands.concern, step);
        self.answer_same_person(said, &home, death, step);
        Ok(home)
    }

    /// The sender's own concern, or one of a body in whose place it stands, that still counts: its
    /// position, and where it stands now.
    fn own(
        &self,
        said: &Said,
        home: &HomeId,
        event: &EventRef,
    ) -> Result<(Position, Stands), Refusal> {
        let position = match &event.agency {
            Some(sender) if !self.speaks_for(&said.agency, sender, home) => {
                return Err(refusal::not_the_sender());
            }
            Some(sender) => self.position_of(sender, &event.id),
            None => self.own_position(&said.agency, &event.id),
        };
        let position = position.ok_or_else(refusal::event_unknown)?;
        let stands = self.standing_at(home, position)?;
        if !self.speaks_for(&said.agency, &stands.item.agency, &stands.home) {
            return Err(refusal::not_the_sender());
        }
        Ok((position, stands))
    }

    /// Where a body said `id`; where it said nothing of that name itself, where the one body did in whose place
    /// it stands. Two that used the same name leave it open, and then it is unknown.
    fn own_position(&self, body: &BodyId, id: &str) -> Option<Position> {
        self.position_of(body, id).or_else(|| {
            let earlier = self.policy.successions.places_of(body);
            let mut found = earlier.filter_map(|earlier| self.position_of(earlier, id));
            found.next().filter(|_| found.next().is_none())
        })
    }

    /// Where the concern at `position` counts now, following matches from `home` on.
    pub(super) fn standing_at(&self, home: &HomeId, position: Position) -> Result<Stands, Refusal> {
        let mut home = home.clone();
        for _ in 0..=self.homes.len() {
            let picture = self.homes.get(&home).ok_or_else(refusal::event_unknown)?;
            let (item, concern) = picture.concern(position).ok_or_else(refusal::event_unknown)?;
            match &concern.standing {
                Standing::Counts => {
                    return Ok(Stands { home, item: item.clone(), concern: concern.clone() });
                }
                Standing::Withdrawn => return Err(refusal::already_withdrawn()),
                Standing::Moved(to) => home = self.resolve(to),
            }
        }
        Err(refusal::event_unknown())
    }
}
