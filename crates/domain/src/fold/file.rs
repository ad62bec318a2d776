//! Takes an event into the pictures, or says why not. Every check comes before the first change,
//! so a refused event leaves no trace but its refusal.

use jiff::Timestamp;

use super::{State, StepSoFar};
use crate::escalation::refusal;
use crate::event::{
    Concern, Correction, Event, EventRef, EventType, Matching, Registration, SamePerson,
    Succession, Withdrawal,
};
use crate::message::{Refusal, Rejection, RejectionOutcome, Said, Verdict};
use crate::picture::{ConcernItem, Item, Standing, What};
use crate::{BodyId, EscalationId, HomeId, Position};

impl State {
    pub(super) fn file(
        &mut self,
        said: &Said,
        recorded_at: Timestamp,
        step: &mut StepSoFar,
    ) -> Result<Verdict, Refusal> {
        let Ok(event) = &said.event else {
            return Ok(Verdict::Accepted);
        };
        let home = self.resolve(&said.home);
        match event {
            Event::ConcernRaised(concern) => {
                return Ok(self.file_concern(said, concern, recorded_at, step));
            }
            Event::ConcernCorrected(correction) => self.correct(said, &home, correction, step)?,
            Event::ConcernWithdrawn(withdrawal) => self.withdraw(said, &home, withdrawal, step)?,
            Event::ConcernMatched(matching) => self.match_to(said, &home, matching, step)?,
            Event::DeathSamePerson(answer) => self.same_person(said, &home, answer, step)?,
            Event::EscalationRequested(request) => self.request(said, &home, request, step)?,
            Event::HomeRegistered(registration) | Event::HomeChanged(registration) => {
                self.register(said, &home, registration)?;
            }
            Event::HomeClosed(closure) => {
                self.owns_register(said)?;
                if self
                    .homes
                    .get(&home)
                    .is_none_or(|home| home.head.registration.is_none())
                {
                    return Err(refusal::home_unknown());
                }
                let picture = self.home_mut(&home);
                picture.head.closed_on = Some(closure.closed_on);
                picture.touch();
                self.note(said, &home, event.event_type(), None, None);
            }
            Event::HomeSucceeded(succession) => self.succeed(said, &home, succession, step)?,
            Event::Acknowledged(_)
            | Event::Discussed(_)
            | Event::Decided(_)
            | Event::LeadAgreed(_)
            | Event::EvidenceAdded(_)
            | Event::Closed(_) => {
                let id = self.respond(said, &home, event, step)?;
                self.note(said, &home, event.event_type(), None, Some(id));
            }
        }
        Ok(Verdict::Accepted)
    }

    fn file_concern(
        &mut self,
        said: &Said,
        concern: &Concern,
        recorded_at: Timestamp,
        step: &mut StepSoFar,
    ) -> Verdict {
        let home = self.place(said, concern);
        let withheld = if step.decided.is_closed() {
            step.decided.withholds_text()
        } else {
            !said.withheld.is_empty()
        };
        let known_at = concern.known_at.or(said.time).unwrap_or(recorded_at);
        let item = ConcernItem::of(concern, step.position, known_at, withheld);
        if let Some(person) = item.person {
            self.persons
                .entry(person)
                .or_default()
                .insert((home.clone(), step.position));
        }
        let corroborates = self.home_mut(&home).file(Item {
            position: step.position,
            recorded_at,
            agency: said.agency.clone(),
            what: What::Concern(Box::new(item)),
        });
        self.decide(&home, step.position, step);
        match corroborates {
            _ if withheld => {
                step.reject(said, text_withheld(said));
                Verdict::TextWithheld
            }
            Some(first) => Verdict::Corroborating { first },
            None => Verdict::Accepted,
        }
    }

    /// The home that a concern is about: its token, or where the sender knows only a UPRN the one
    /// registered home that has it.
    fn place(&self, said: &Said, concern: &Concern) -> HomeId {
        let uprn = concern
            .place
            .as_ref()
            .and_then(|place| place.uprn.as_deref());
        if said.home.as_str() == HomeId::UNMATCHED
            && let Some(homes) = uprn.and_then(|uprn| self.uprns.get(unpadded(uprn)))
        {
            let mut open = homes.iter().filter(|home| {
                self.homes.get(*home).is_some_and(|home| {
                    home.head.closed_on.is_none() && home.head.succeeded_by.is_none()
                })
            });
            if let (Some(home), None) = (open.next(), open.next()) {
                return home.clone();
            }
        }
        self.resolve(&said.home)
    }

    fn correct(
        &mut self,
        said: &Said,
        home: &HomeId,
        correction: &Correction,
        step: &mut StepSoFar,
    ) -> Result<(), Refusal> {
        let (home, position) = self.own(said, home, &correction.corrects)?;
        self.home_mut(&home).change(position, |item| {
            item.correct(&correction.set, step.position)
        });
        if let Some(person) = self
            .homes
            .get(&home)
            .and_then(|home| home.concern(position))
            .and_then(|(_, c)| c.person)
        {
            self.persons
                .entry(person)
                .or_default()
                .insert((home.clone(), position));
        }
        self.note(
            said,
            &home,
            EventType::ConcernCorrected,
            Some(position),
            None,
        );
        self.decide_again(&home, position, step);
        Ok(())
    }

    fn withdraw(
        &mut self,
        said: &Said,
        home: &HomeId,
        withdrawal: &Withdrawal,
        step: &mut StepSoFar,
    ) -> Result<(), Refusal> {
        let (home, position) = self.own(said, home, &withdrawal.withdraws)?;
        self.home_mut(&home)
            .change(position, |item| item.standing = Standing::Withdrawn);
        self.note(
            said,
            &home,
            EventType::ConcernWithdrawn,
            Some(position),
            None,
        );
        self.decide_again(&home, position, step);
        Ok(())
    }

    fn match_to(
        &mut self,
        said: &Said,
        to: &HomeId,
        matching: &Matching,
        step: &mut StepSoFar,
    ) -> Result<(), Refusal> {
        let sender = matching.matches.agency.as_ref().unwrap_or(&said.agency);
        if *sender != said.agency
            && !self
                .policy
                .holds(&said.agency, &self.policy.powers.matching)
        {
            return Err(refusal::not_permitted());
        }
        let position = self
            .position_of(sender, &matching.matches.id)
            .ok_or_else(refusal::event_unknown)?;
        let (from, item) = self.standing_at(&self.resolve(&matching.from), position)?;
        if from == *to || !to.is_place() {
            return Err(refusal::home_unknown());
        }
        self.home_mut(&from)
            .change(position, |item| item.standing = Standing::Moved(to.clone()));
        let person = match &item.what {
            What::Concern(concern) => concern.person,
            What::Event { .. } | What::Escalation { .. } => None,
        };
        if let Some(person) = person {
            self.persons
                .entry(person)
                .or_default()
                .insert((to.clone(), position));
        }
        let target = self.home_mut(to);
        if target.concern(position).is_some() {
            target.change(position, |item| item.standing = Standing::Counts);
        } else {
            target.file(item);
        }
        self.note(said, to, EventType::ConcernMatched, Some(position), None);
        self.decide_again(&from, position, step);
        self.decide(to, position, step);
        Ok(())
    }

    fn same_person(
        &mut self,
        said: &Said,
        home: &HomeId,
        answer: &SamePerson,
        step: &mut StepSoFar,
    ) -> Result<(), Refusal> {
        if !self
            .policy
            .holds(&said.agency, &self.policy.powers.same_person)
        {
            return Err(refusal::not_permitted());
        }
        let at = |event: &EventRef| {
            let sender = event.agency.as_ref().unwrap_or(&said.agency);
            self.position_of(sender, &event.id)
                .ok_or_else(refusal::event_unknown)
        };
        let (death, concern) = (at(&answer.death)?, at(&answer.concern)?);
        self.standing_at(home, death)?;
        let picture = self.home_mut(home);
        picture.head.same_person.push((death, concern, answer.same));
        picture.touch();
        self.note(said, home, EventType::DeathSamePerson, Some(death), None);
        self.decide_again(home, death, step);
        self.answer_same_person(said, home, death, step);
        Ok(())
    }

    fn register(
        &mut self,
        said: &Said,
        home: &HomeId,
        registration: &Registration,
    ) -> Result<(), Refusal> {
        self.owns_register(said)?;
        if !said.home.is_place() {
            return Err(refusal::home_unknown());
        }
        let picture = self.home_mut(home);
        // What the register says of an earlier registration does not overwrite the present one.
        if *home == said.home {
            picture.head.registration = Some(registration.clone());
            picture.head.closed_on = None;
        }
        picture.touch();
        self.note(said, home, EventType::HomeRegistered, None, None);
        if let Some(home) = self.homes.get(home).cloned() {
            self.index_register(&home);
        }
        Ok(())
    }

    fn succeed(
        &mut self,
        said: &Said,
        successor: &HomeId,
        succession: &Succession,
        step: &mut StepSoFar,
    ) -> Result<(), Refusal> {
        self.owns_register(said)?;
        let predecessor = self.resolve(&succession.predecessor);
        if !said.home.is_place() || !succession.predecessor.is_place() {
            return Err(refusal::home_unknown());
        }
        if predecessor == *successor {
            let known = self
                .homes
                .get(successor)
                .is_some_and(|home| home.head.predecessors.contains(&succession.predecessor));
            return if known {
                Ok(())
            } else {
                Err(refusal::succession_loop())
            };
        }
        let mut earlier = (**self.homes.entry(predecessor.clone()).or_insert_with(|| {
            std::sync::Arc::new(crate::picture::Home::new(predecessor.clone()))
        }))
        .clone();
        for escalation in earlier.escalations() {
            self.clear_deadlines(&predecessor, &escalation.clone());
        }
        let moved: Vec<Position> = earlier.concerns().map(|(item, _)| item.position).collect();
        self.home_mut(successor).take_over(&mut earlier);
        *self.home_mut(&predecessor) = earlier;
        self.move_pending(&predecessor, successor);
        if let Some(home) = self.homes.get(successor).cloned() {
            self.index(&home);
        }
        self.note(said, successor, EventType::HomeSucceeded, None, None);
        for position in moved {
            self.decide(successor, position, step);
        }
        Ok(())
    }

    fn owns_register(&self, said: &Said) -> Result<(), Refusal> {
        if self
            .policy
            .holds(&said.agency, &self.policy.powers.register)
        {
            Ok(())
        } else {
            Err(refusal::not_the_register_owner())
        }
    }

    /// The sender's own concern that still counts, and the home where it stands now.
    fn own(
        &self,
        said: &Said,
        home: &HomeId,
        event: &EventRef,
    ) -> Result<(HomeId, Position), Refusal> {
        if event
            .agency
            .as_ref()
            .is_some_and(|agency| *agency != said.agency)
        {
            return Err(refusal::not_the_sender());
        }
        let position = self
            .position_of(&said.agency, &event.id)
            .ok_or_else(refusal::event_unknown)?;
        let (home, item) = self.standing_at(home, position)?;
        if item.agency != said.agency {
            return Err(refusal::not_the_sender());
        }
        Ok((home, position))
    }

    /// Where the concern at `position` counts now, following matches from `home` on.
    fn standing_at(&self, home: &HomeId, position: Position) -> Result<(HomeId, Item), Refusal> {
        let mut home = home.clone();
        for _ in 0..64 {
            let picture = self.homes.get(&home).ok_or_else(refusal::event_unknown)?;
            let (item, concern) = picture
                .concern(position)
                .ok_or_else(refusal::event_unknown)?;
            match &concern.standing {
                Standing::Counts => return Ok((home, item.clone())),
                Standing::Withdrawn => return Err(refusal::already_withdrawn()),
                Standing::Moved(to) => home = self.resolve(to),
            }
        }
        Err(refusal::event_unknown())
    }

    /// Files an event that is not itself a concern.
    fn note(
        &mut self,
        said: &Said,
        home: &HomeId,
        event: EventType,
        about: Option<Position>,
        escalation: Option<EscalationId>,
    ) {
        let item = Item {
            position: self.position,
            recorded_at: self.time,
            agency: BodyId::clone(&said.agency),
            what: What::Event {
                event,
                about,
                escalation,
            },
        };
        self.home_mut(home).push(item);
    }

    pub(super) fn index_register(&mut self, home: &crate::picture::Home) {
        if let Some(uprn) = home
            .head
            .registration
            .as_ref()
            .and_then(|r| r.uprn.as_deref())
        {
            self.uprns
                .entry(unpadded(uprn).to_owned())
                .or_default()
                .insert(home.id().clone());
        }
    }
}

fn text_withheld(said: &Said) -> Rejection {
    Rejection {
        outcome: RejectionOutcome::TextWithheld,
        code: "personal-data-in-text".to_owned(),
        faults: said.withheld.clone(),
    }
}

/// UPRNs are integers, but some systems pad them with zeros.
fn unpadded(uprn: &str) -> &str {
    uprn.trim_start_matches('0')
}
