//! Takes what is put on a home's record: triages, assessments, plans, placements, meetings, requests
//! for information, guidance, police advice. Every check comes before the first change.

use super::{State, StepSoFar};
use crate::escalation::refusal;
use crate::event::{
    EventRef, EventType, Facets, InformationPower, InformationRequest, PoliceAdvice, Record,
    Triage, TriageOutcome,
};
use crate::message::{Refusal, Said};
use crate::picture::records::{Advised, Answered, Request, Subject};
use crate::picture::{Records, Triaged, revision};
use crate::{HomeId, Position};

impl State {
    /// Takes an event of the record; returns the home that it stands at.
    pub(super) fn record(
        &mut self,
        said: &Said,
        home: &HomeId,
        record: &Record,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        self.may_record(said, record)?;
        let home = self.put(said, home, record, step)?;
        if matches!(record, Record::PlacementsCounted(_)) {
            self.decide_reviews(&home, step);
        }
        self.settle(&home, step);
        Ok(home)
    }

    fn put(
        &mut self,
        said: &Said,
        home: &HomeId,
        record: &Record,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        let (at, position) = (self.time, self.position);
        match record {
            Record::Triaged(triage) => return self.triage(said, home, triage, step),
            Record::PoliceAdvised(advice) => {
                self.take_advice(said, home, advice)?;
                return Ok(home.clone());
            }
            Record::Assessed(assessment) => {
                self.put_on_record(home, |records| records.assess(assessment, position));
            }
            Record::PlanEvidenced(evidence) => {
                self.put_on_record(home, |records| records.evidence_plan(evidence));
            }
            Record::PlanSampled(sample) => {
                self.put_on_record(home, |records| records.sample_plan(sample));
            }
            Record::PlacementsCounted(count) => {
                self.put_on_record(home, |records| records.count_placements(count, position));
            }
            Record::MeetingPlanned(plan) => {
                self.put_on_record(home, |records| records.plan_meeting(plan, at, position));
            }
            Record::MeetingRecorded(held) => {
                self.put_on_record(home, |records| records.hold_meeting(held, at, position));
                self.pass_on_meeting(said, home, held, step);
            }
            Record::InformationRequested(request) => self.ask_for(said, home, request),
            Record::InformationSupplied(supply) => {
                let answer = Answered::Supplied(supply.supplied_on);
                self.answer_request(said, home, &supply.request, answer)?;
            }
            Record::InformationRefused(refused) => {
                let answer = Answered::Refused(refused.refused_on);
                let request = self.answer_request(said, home, &refused.request, answer)?;
                self.refused(home, request, step);
            }
            Record::BodySucceeded(succession) => self.take_succession(succession, step)?,
            Record::ConcernReceived(reception) => {
                return self.receive(said, home, &reception.receives);
            }
            Record::EnquiryChecked(check) => return self.check_enquiry(said, home, check),
            Record::SupportCounted(count) => {
                self.put_on_record(home, |records| {
                    records.count_support(count, &said.agency, position);
                });
            }
            Record::PracticeAligned(alignment) => {
                self.put_on_record(home, |records| records.align(alignment, position));
            }
            // It stands in the timeline, and nothing follows.
            Record::GuidanceIssued(_) => {}
        }
        self.note(said, home, record.event_type(), None, None);
        Ok(home.clone())
    }

    /// Who may put this on the record. The provider speaks for itself only: it shows its plan and
    /// answers a request.
    fn may_record(&self, said: &Said, record: &Record) -> Result<(), Refusal> {
        let powers = &self.policy.powers;
        let may = match record {
            Record::Triaged(_) => self.policy.holds(&said.agency, &powers.triage),
            Record::PoliceAdvised(_) => self.policy.holds(&said.agency, &powers.police_advice),
            Record::BodySucceeded(_) => self.policy.holds(&said.agency, &powers.bodies),
            Record::PlanEvidenced(_)
            | Record::InformationSupplied(_)
            | Record::InformationRefused(_) => true,
            Record::Assessed(_)
            | Record::PlanSampled(_)
            | Record::PlacementsCounted(_)
            | Record::MeetingPlanned(_)
            | Record::MeetingRecorded(_)
            | Record::InformationRequested(_)
            | Record::GuidanceIssued(_)
            | Record::ConcernReceived(_)
            | Record::EnquiryChecked(_)
            | Record::SupportCounted(_)
            | Record::PracticeAligned(_) => !self.policy.holds(&said.agency, &powers.never_reads),
        };
        if may { Ok(()) } else { Err(refusal::not_permitted()) }
    }

    fn put_on_record(&mut self, home: &HomeId, change: impl FnOnce(&mut Records)) {
        let picture = self.home_mut(home);
        change(&mut picture.head.records);
        picture.touch();
        self.record_changed(home);
    }

    /// What a concern is taken as, by somebody who was shown the picture of its home.
    fn triage(
        &mut self,
        said: &Said,
        home: &HomeId,
        triage: &Triage,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        let sender = triage.triages.agency.as_ref().unwrap_or(&said.agency);
        let position =
            self.position_of(sender, &triage.triages.id).ok_or_else(refusal::event_unknown)?;
        let stands = self.standing_at(home, position)?;
        // What an agency may not know of it cannot triage, nor learn here that it exists.
        if !self.knows_of(&said.agency, &stands) {
            return Err(refusal::event_unknown());
        }
        let home = stands.home;
        let shown =
            self.homes.get(&home).and_then(|home| revision::newest(home, &triage.picture_revision));
        if shown.is_none() {
            return Err(refusal::picture_revision_unknown());
        }
        let triaged = Triaged::As { outcome: triage.outcome, position: self.position };
        let below = triage.outcome == TriageOutcome::BelowS42;
        let (picture, rules) = self.home_and_rules(&home);
        picture.change(position, rules, |concern| {
            concern.triaged = triaged;
            concern.facets = concern.facets.with(Facets::BELOW_S42, below);
        });
        self.pass_onward(said, &home, position, triage, step);
        self.note(said, &home, EventType::ConcernTriaged, Some(position), None);
        self.reset_triage(&home, &stands.item, &stands.concern, step);
        self.decide_again(&home, position, &stands.concern, step);
        Ok(home)
    }

    fn ask_for(&mut self, said: &Said, home: &HomeId, request: &InformationRequest) {
        let asked = Request {
            by: said.agency.clone(),
            of: request.of.clone(),
            power: request.power,
            answer_by: request.answer_by,
            recorded_at: self.time,
            answer: None,
        };
        let position = self.position;
        self.put_on_record(home, |records| records.ask(position, asked));
    }

    /// Who was asked answers; where that body has no key of its own, who asked says what came of it.
    fn answer_request(
        &mut self,
        said: &Said,
        home: &HomeId,
        request: &EventRef,
        answer: Answered,
    ) -> Result<Position, Refusal> {
        let asker = request.agency.as_ref().unwrap_or(&said.agency);
        let position = self.position_of(asker, &request.id).ok_or_else(refusal::event_unknown)?;
        let known = self.homes.get(home).and_then(|home| home.head.records.requests.get(&position));
        let asked = known.ok_or_else(refusal::event_unknown)?;
        let speaks_for = |body| self.speaks_for(&said.agency, body, home);
        if !speaks_for(&asked.of) && !speaks_for(&asked.by) {
            return Err(refusal::not_permitted());
        }
        self.put_on_record(home, |records| {
            if let Some(request) = records.requests.get_mut(&position) {
                request.answer = Some(answer);
            }
        });
        Ok(position)
    }

    /// A refusal is told at once, where there was a duty to answer.
    fn refused(&self, home: &HomeId, request: Position, step: &mut StepSoFar) {
        let records = self.homes.get(home).map(|home| &home.head.records);
        let asked = records.and_then(|records| records.requests.get(&request));
        let Some(asked) = asked.filter(|asked| asked.power == InformationPower::CareActS45) else {
            return;
        };
        let sentence =
            format!("Information was asked of {}, and is refused.", self.policy.named(&asked.of));
        if step.decides()
            && let Some(late) = self.late_request(self.time, home, request, sentence)
        {
            self.tell_late(home, late, step);
        }
    }

    fn take_advice(
        &mut self,
        said: &Said,
        home: &HomeId,
        advice: &PoliceAdvice,
    ) -> Result<(), Refusal> {
        let concern = match &advice.concern {
            Some(event) => Some(self.advised_on(said, home, event)?),
            None => None,
        };
        if let Some(id) = &advice.escalation
            && self.decided_escalation(home, id).is_none()
        {
            return Err(refusal::escalation_unknown());
        }
        let mut subjects: Vec<Subject> = concern.map(Subject::Concern).into_iter().collect();
        subjects.extend(advice.escalation.clone().map(Subject::Escalation));
        if subjects.is_empty() {
            subjects.push(Subject::Home);
        }
        let advised =
            Advised { advice: advice.advice, on: advice.advised_on, position: self.position };
        self.put_on_record(home, |records| {
            records.police_advice.extend(subjects.into_iter().map(|subject| (subject, advised)));
        });
        let event = EventType::PoliceAdviceRecorded;
        self.note(said, home, event, concern, advice.escalation.clone());
        Ok(())
    }

    /// The concern that a body advises on or clears: it stands at this home, and they may see it.
    pub(super) fn advised_on(
        &self,
        said: &Said,
        home: &HomeId,
        event: &EventRef,
    ) -> Result<Position, Refusal> {
        let sender = event.agency.as_ref().unwrap_or(&said.agency);
        let position = self.position_of(sender, &event.id).ok_or_else(refusal::event_unknown)?;
        let stands = self.standing_at(home, position)?;
        if stands.home != *home || !self.knows_of(&said.agency, &stands) {
            return Err(refusal::event_unknown());
        }
        Ok(position)
    }
}
