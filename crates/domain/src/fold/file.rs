//! Takes an event into the pictures, or says why not. Every check comes before the first change,
//! so a refused event leaves no trace but its refusal.

use jiff::Timestamp;

use super::retain::retain_newest;
use super::{State, StepSoFar};
use crate::escalation::refusal;
use crate::event::{Concern, Event, EventType};
use crate::message::{Refusal, Said, Verdict};
use crate::picture::{ConcernItem, Item, Standing, What};
use crate::{EscalationId, HomeId, Position};

impl State {
    pub(super) fn file(
        &mut self,
        said: &Said,
        recorded_at: Timestamp,
        withheld: bool,
        step: &mut StepSoFar,
    ) -> Result<Verdict, Refusal> {
        let Ok(event) = &said.event else {
            return Ok(Verdict::Accepted);
        };
        if self.policy.successions.has_ended(&said.agency) {
            return Err(refusal::body_ended());
        }
        let home = self.resolve(&said.home);
        let home = match event {
            Event::ConcernRaised(concern) => {
                return Ok(self.file_concern(said, &home, concern, recorded_at, withheld, step));
            }
            Event::ConcernCorrected(correction) => {
                self.correct(said, &home, correction, withheld, step)?
            }
            Event::ConcernWithdrawn(withdrawal) => self.withdraw(said, &home, withdrawal, step)?,
            Event::ConcernMatched(matching) => self.match_to(said, &home, matching, step)?,
            Event::DeathSamePerson(answer) => self.same_person(said, &home, answer, step)?,
            Event::EscalationRequested(request) => self.request(said, &home, request, step)?,
            Event::HomeRegistered(registration) | Event::HomeChanged(registration) => {
                self.register(said, &home, registration, event.event_type())?
            }
            Event::HomeClosed(closure) => self.close_home(said, &home, closure)?,
            Event::HomeSucceeded(succession) => self.succeed(said, &home, succession, step)?,
            Event::Record(record) => self.record(said, &home, record, step)?,
            Event::Proceeding(proceeding) => self.proceed(said, &home, proceeding, step)?,
            Event::ErasureRequested(request) => self.request_erasure(said, &home, request, step)?,
            Event::BreakGlassOpened(asked) => self.open_by_break_glass(said, &home, asked, step)?,
            Event::Acknowledged(_)
            | Event::Discussed(_)
            | Event::Decided(_)
            | Event::LeadAgreed(_)
            | Event::EvidenceAdded(_)
            | Event::Closed(_)
            | Event::ActionAssigned(_)
            | Event::ActionProgressed(_)
            | Event::ActionCompleted(_)
            | Event::Reopened(_) => {
                let id = self.respond(said, &home, event, step)?;
                self.pass_on_outcome(said, &home, event, &id, step);
                self.note(said, &home, event.event_type(), None, Some(id));
                home
            }
        };
        if withheld {
            let position = self.position;
            self.home_mut(&home).head.withheld.insert(position);
        }
        Ok(Verdict::Accepted)
    }

    fn file_concern(
        &mut self,
        said: &Said,
        named: &HomeId,
        concern: &Concern,
        recorded_at: Timestamp,
        withheld: bool,
        step: &mut StepSoFar,
    ) -> Verdict {
        let home = self.place(named, concern);
        let known_at = concern.known_at.or(said.time).unwrap_or(recorded_at);
        let mut concerned = ConcernItem::of(concern, step.position, known_at, withheld);
        if step.withholds_person(said) {
            // An NHS number is no pseudonym: nothing is known of the person until it is put right.
            concerned.person = None;
        }
        let item = Item {
            position: step.position,
            reference: said.reference,
            recorded_at,
            agency: said.agency.clone(),
            what: What::Concern(concerned),
        };
        if home != *named {
            // Its sender knows it where it said it: corrections and withdrawals find it from there.
            let mut trace = item.clone();
            if let What::Concern(concern) = &mut trace.what {
                concern.standing = Standing::Moved(home.clone());
            }
            let (picture, rules) = self.home_and_rules(named);
            picture.file(trace, rules);
        }
        self.know_person(&home, &item);
        if let What::Concern(concern) = &item.what {
            self.set_triage(&home, &item, concern);
        }
        let (picture, rules) = self.home_and_rules(&home);
        let corroborates = picture.file(item, rules);
        if retain_newest(picture, rules) {
            self.set_look(&home);
        }
        self.decide(&home, step.position, step);
        self.tell_enquiry_outcome(&home, step.position, step);
        if withheld {
            self.tell_returned(&home, step.position, step);
        }
        match corroborates {
            Some(first) => Verdict::Corroborating { first },
            None => Verdict::Accepted,
        }
    }

    /// Notes where a person is spoken of.
    pub(super) fn know_person(&mut self, home: &HomeId, item: &Item) {
        if let What::Concern(concern) = &item.what
            && let Some(person) = concern.person
        {
            self.persons.get_or_default(person).add((home.clone(), item.position));
        }
    }

    /// The home that a concern is about: the one that it names, or where its sender knows only a UPRN
    /// the one open home that is registered with it.
    fn place(&self, named: &HomeId, concern: &Concern) -> HomeId {
        let uprn = concern.place.as_ref().and_then(|p| p.uprn.as_deref());
        if named.as_str() == HomeId::UNMATCHED
            && let Some(homes) = uprn.and_then(|uprn| self.uprns.get(unpadded(uprn)))
        {
            let mut open = homes.iter().filter(|home| {
                self.homes.get(home).is_some_and(|home| {
                    home.head.closed_on.is_none() && home.head.succeeded_by.is_none()
                })
            });
            if let (Some(home), None) = (open.next(), open.next()) {
                return home.clone();
            }
        }
        named.clone()
    }

    /// Files an event that is not itself a concern.
    pub(super) fn note(
        &mut self,
        said: &Said,
        home: &HomeId,
        event: EventType,
        about: Option<Position>,
        escalation: Option<EscalationId>,
    ) {
        let item = Item {
            position: self.position,
            reference: said.reference,
            recorded_at: self.time,
            agency: said.agency.clone(),
            what: What::Event { event, about, escalation },
        };
        let (picture, rules) = self.home_and_rules(home);
        picture.push(item);
        if retain_newest(picture, rules) {
            self.set_look(home);
        }
    }
}

/// UPRNs are integers, but some systems pad them with zeros.
pub(super) fn unpadded(uprn: &str) -> &str {
    uprn.trim_start_matches('0')
}
