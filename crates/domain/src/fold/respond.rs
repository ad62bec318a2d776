//! What bodies answer, and what a person asks for: routed to the step of the escalation's life.

use std::sync::Arc;

use super::{State, StepSoFar};
use crate::escalation::{
    Answering, ChangeKind, Escalation, EvidenceList, Explanation, Level, Raise, Step, acknowledge,
    agree_lead, assign_action, close, complete_action, decide, discuss, evidence, progress_action,
    raise, refusal, reopen,
};
use crate::event::{DecisionKind, Event, EventRef, EventType, Evidence, Request, Severity};
use crate::message::{Refusal, Said};
use crate::picture::Sought;
use crate::policy::{Answer, Rule, Within};
use crate::{BodyId, EscalationId, HomeId, Position};

impl State {
    /// Decides on an answer; returns which escalation it is about.
    pub(super) fn respond(
        &self,
        said: &Said,
        home: &HomeId,
        event: &Event,
        step: &mut StepSoFar,
    ) -> Result<EscalationId, Refusal> {
        let id = match event {
            Event::Acknowledged(answer) => &answer.escalation,
            Event::Discussed(answer) => &answer.escalation,
            Event::Decided(answer) => &answer.escalation,
            Event::LeadAgreed(answer) => &answer.escalation,
            Event::EvidenceAdded(answer) => &answer.escalation,
            Event::Closed(answer) => &answer.escalation,
            Event::ActionAssigned(answer) => &answer.escalation,
            Event::ActionProgressed(answer) => &answer.escalation,
            Event::ActionCompleted(answer) => &answer.escalation,
            Event::Reopened(answer) => &answer.escalation,
            Event::ConcernRaised(_)
            | Event::ConcernCorrected(_)
            | Event::ConcernWithdrawn(_)
            | Event::ConcernMatched(_)
            | Event::DeathSamePerson(_)
            | Event::EscalationRequested(_)
            | Event::HomeRegistered(_)
            | Event::HomeChanged(_)
            | Event::HomeClosed(_)
            | Event::HomeSucceeded(_)
            | Event::Record(_)
            | Event::Proceeding(_)
            | Event::ErasureRequested(_)
            | Event::BreakGlassOpened(_) => return Err(refusal::escalation_unknown()),
        };
        if step.decides() {
            match self.answered(said, home, event, id, step) {
                Ok(next) => {
                    let outside =
                        next.decision == Some(DecisionKind::StrategyTypeMeetingOutsideMou);
                    let summit = next.decision == Some(DecisionKind::RiskSummit);
                    let decided = (outside || summit).then(|| next.clone());
                    step.put(next);
                    if let (Some(decided), Event::Decided(_)) = (decided, event) {
                        if outside {
                            self.outside_memorandum(home, &decided, step);
                        } else {
                            self.summit_asked_for(home, &decided, step);
                        }
                    }
                }
                // The log has settled that it was accepted: only the comparison hears of it.
                Err(refusal) if step.decided.is_closed() => step.refuse(said, refusal),
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(id.clone())
    }

    fn answered(
        &self,
        said: &Said,
        home: &HomeId,
        event: &Event,
        id: &EscalationId,
        step: &StepSoFar,
    ) -> Result<Escalation, Refusal> {
        let escalation = self.escalation(step, home, id);
        let mut escalation = escalation.ok_or_else(refusal::escalation_unknown)?;
        self.name_successors(&mut escalation);
        let escalation = &*escalation;
        let answering =
            Answering { by: said.agency.clone(), at: self.time, position: self.position };
        match event {
            Event::Acknowledged(_) => acknowledge(escalation, &answering),
            Event::Discussed(_) => {
                discuss(escalation, &answering).map(|next| self.due_again(next, Step::Discuss))
            }
            Event::Decided(answer) => decide(escalation, &answering, answer.decision)
                .map(|next| self.due_again(next, Step::Decide)),
            Event::LeadAgreed(answer) => agree_lead(escalation, &answering, &answer.lead),
            Event::EvidenceAdded(answer) => self.add_evidence(escalation, home, said, answer),
            Event::Closed(_) if self.is_never_over(escalation) => Err(refusal::repair_missing()),
            Event::Closed(_) => close(escalation, &answering),
            Event::ActionAssigned(answer) => {
                assign_action(escalation, &answering, answer, &self.policy)
            }
            Event::ActionProgressed(answer) => {
                let serious_after = self.policy.process.actions.serious_after_days;
                progress_action(escalation, &answering, answer, serious_after)
            }
            Event::ActionCompleted(answer) => {
                complete_action(escalation, &answering, &answer.action)
            }
            Event::Reopened(_) => {
                let matter = Sought::About(&escalation.trigger, &escalation.scope);
                self.reopened(escalation, &self.escalations(step, home, matter), &answering)
            }
            Event::ConcernRaised(_)
            | Event::ConcernCorrected(_)
            | Event::ConcernWithdrawn(_)
            | Event::ConcernMatched(_)
            | Event::DeathSamePerson(_)
            | Event::EscalationRequested(_)
            | Event::HomeRegistered(_)
            | Event::HomeChanged(_)
            | Event::HomeClosed(_)
            | Event::HomeSucceeded(_)
            | Event::Record(_)
            | Event::Proceeding(_)
            | Event::ErasureRequested(_)
            | Event::BreakGlassOpened(_) => Err(refusal::escalation_unknown()),
        }
    }

    /// What is done is due again where the trigger says so, until it holds no longer.
    fn due_again(&self, mut escalation: Escalation, step: Step) -> Escalation {
        let every = self.every(&escalation, step).filter(|_| escalation.still_holds);
        if let Some(every) = every {
            for due in escalation.due.iter_mut().filter(|due| due.step == step) {
                due.due = self.policy.due(every, self.time);
                due.done = false;
            }
        }
        escalation
    }

    fn every(&self, escalation: &Escalation, step: Step) -> Option<Within> {
        let answers = &self.policy.terms(&escalation.trigger)?.answer;
        answers.iter().find(|answer| answer.step == step)?.every
    }

    /// What is looked at again and again while it holds is not closed while it does: temporary measures do
    /// not end a risk to the building.
    fn is_never_over(&self, escalation: &Escalation) -> bool {
        escalation.still_holds
            && escalation.due.iter().any(|due| self.every(escalation, due.step).is_some())
    }

    /// A closed escalation is opened again, and its decision is due again as its trigger says.
    fn reopened(
        &self,
        escalation: &Escalation,
        about_the_same: &[Arc<Escalation>],
        answering: &Answering,
    ) -> Result<Escalation, Refusal> {
        let later = about_the_same
            .iter()
            .any(|other| other.is_open() && other.episode > escalation.episode);
        let answers = self.policy.terms(&escalation.trigger).map(|t| t.answer.as_slice());
        reopen(escalation, answering, later, answers.unwrap_or_default(), &self.policy)
    }

    /// A body adds what the trigger did not count.
    fn add_evidence(
        &self,
        escalation: &Escalation,
        home: &HomeId,
        said: &Said,
        answer: &Evidence,
    ) -> Result<Escalation, Refusal> {
        if !escalation.is_open() {
            return Err(refusal::already_closed());
        }
        if !escalation.recipients().contains(&&said.agency) {
            return Err(refusal::not_addressed());
        }
        let events = self.positions(said, home, &answer.events)?;
        let picture = self.homes.get(home).ok_or_else(refusal::escalation_unknown)?;
        let more = evidence::More {
            events: &events,
            held: None,
            severity: self.gravest(home, &events, escalation.severity),
            // Evidence that a person adds never raises the level by itself: that person can ask for it.
            level: Level::None,
            told: Vec::new(),
            answers: &[],
            change: self.change(ChangeKind::EvidenceAdded, Some(said.agency.clone())),
        };
        Ok(evidence::add(escalation, picture, more, &self.policy))
    }

    /// Any agency may raise an escalation on professional judgement, whatever the counts.
    pub(super) fn request(
        &mut self,
        said: &Said,
        home: &HomeId,
        request: &Request,
        step: &mut StepSoFar,
    ) -> Result<HomeId, Refusal> {
        if step.decides() {
            match self.requested(said, home, request) {
                Ok(raised) => step.put(raised),
                // The log has settled that it was accepted: only the comparison hears of it.
                Err(refusal) if step.decided.is_closed() => step.refuse(said, refusal),
                Err(refusal) => return Err(refusal),
            }
        }
        self.note(said, home, EventType::EscalationRequested, None, None);
        Ok(home.clone())
    }

    fn requested(
        &self,
        said: &Said,
        home: &HomeId,
        request: &Request,
    ) -> Result<Escalation, Refusal> {
        let policy = &self.policy;
        let trigger = policy
            .trigger
            .iter()
            .find(|trigger| !trigger.off && trigger.rule == Rule::Requested {})
            .ok_or_else(refusal::not_permitted)?;
        let area = self.area(home);
        for role in request.responsible.iter().chain(&request.told) {
            let holders = policy.holders(role, None, self.time);
            if holders.is_empty() {
                return Err(refusal::role_unknown());
            }
            // Who speaks and never reads is sent nothing, whoever asks for it.
            if holders.iter().any(|body| !reads(policy, body)) {
                return Err(refusal::not_permitted());
            }
        }
        let responsible = policy.route(&request.responsible, area.as_deref(), self.time);
        if responsible.is_empty() {
            return Err(refusal::role_unknown());
        }
        let mut told = policy.route(&request.told, area.as_deref(), self.time);
        if !told.contains(&said.agency) && reads(policy, &said.agency) {
            told.push(said.agency.clone());
        }
        let events = self.positions(said, home, &request.evidence)?;
        let asked: Vec<Answer> = match request.answer_within {
            None => trigger.answer.clone(),
            Some(within) => trigger
                .answer
                .iter()
                .map(|answer| Answer {
                    step: answer.step,
                    within,
                    high: None,
                    critical: None,
                    every: None,
                })
                .collect(),
        };
        let incidents = events.len() as u32;
        Ok(raise(
            Raise {
                trigger: &trigger.id,
                home,
                scope: format!("request {}", said.reference),
                episode: 1,
                level: request.level,
                severity: self.gravest(home, &events, Severity::Low),
                responsible,
                told,
                answers: &asked,
                historic: false,
                first_held_on: None,
                evidence: EvidenceList::new(events, incidents),
                explanation: Explanation {
                    sentence: format!(
                        "{} asks for it on professional judgement.",
                        policy.named(&said.agency)
                    ),
                    counted: f64::from(incidents),
                    limit: 0.0,
                    window: None,
                    policy_version: policy.version.clone(),
                    source: trigger.source.clone(),
                },
                unanswered: None,
                by: Some(said.agency.clone()),
                at: self.time,
                position: self.position,
            },
            policy,
        ))
    }

    /// The events that an agency refers to; one that it may not know of is unknown to it.
    fn positions(
        &self,
        said: &Said,
        home: &HomeId,
        events: &[EventRef],
    ) -> Result<Vec<Position>, Refusal> {
        events
            .iter()
            .map(|event| {
                let sender = event.agency.as_ref().unwrap_or(&said.agency);
                let found = self.position_of(sender, &event.id);
                found
                    .filter(|found| !self.is_hidden_from(&said.agency, home, *found))
                    .ok_or_else(refusal::event_unknown)
            })
            .collect()
    }

    fn gravest(&self, home: &HomeId, events: &[Position], least: Severity) -> Severity {
        let picture = self.homes.get(home);
        let severities = events
            .iter()
            .filter_map(|event| picture?.concern(*event))
            .map(|(_, concern)| concern.severity);
        severities.max().unwrap_or(least).max(least)
    }
}

fn reads(policy: &crate::policy::Policy, agency: &BodyId) -> bool {
    !policy.holds(agency, &policy.powers.never_reads)
}
