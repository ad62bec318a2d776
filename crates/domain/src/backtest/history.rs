//! What agencies said, in the order in which they knew it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::Period;
use crate::escalation::ChangeKind;
use crate::event::{Event, EventRef, Record};
use crate::fold::identity;
use crate::message::{Message, MessageBody, Output, OutputBody, RejectionOutcome, Said};
use crate::policy::{Activation, Activations, Policy, Settled, WhyRefused};
use crate::time::london_date;
use crate::{BodyId, Digest, HomeId, Position, TriggerId};

/// The part of a log that a backtest takes in, read once for as many policies as are tried.
#[derive(Debug, Clone)]
pub struct History {
    /// In the order of the backtest's clock.
    pub(super) heard: Vec<Heard>,
    pub(super) period: Period,
    input: Input,
    present: Option<Policy>,
    really_raised: Vec<ReallyRaised>,
}

/// Something that an agency said, and when the backtest hears it.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) at: Timestamp,
    /// Where it stands in the log.
    pub(super) position: Position,
    pub(super) said: Box<Said>,
}

/// What of the log was taken in, and what was left aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Concerns.
    pub concerns: u64,
    /// What was said about them later (corrected, withdrawn, matched, same person), and requests on
    /// professional judgement.
    pub about_concerns: u64,
    /// What the register says of homes.
    pub register: u64,
    /// Answers to escalations: left aside.
    pub responses: u64,
    /// What the hub rejected or refused when it came: left aside.
    pub rejected_or_refused: u64,
    /// What became known after the period: left aside.
    pub after_the_period: u64,
    /// What this build cannot read: left aside.
    pub unreadable: u64,
}

/// An escalation that the hub did raise, as the log has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReallyRaised {
    /// The trigger.
    pub trigger: TriggerId,
    /// The home.
    pub home: HomeId,
    /// When, by the log's clock.
    pub raised_at: Timestamp,
    /// The first date on which the trigger held, by when things happened.
    pub first_held_on: Option<Date>,
    /// Whether what raised it was history when it was recorded.
    pub historic: bool,
}

/// What an event means to a backtest.
enum Part {
    Concern,
    /// It refers to events that must have been heard before it.
    About(Vec<EventRef>),
    Register,
    Response,
}

impl History {
    /// Takes in the messages of a log, in the log's order.
    ///
    /// Each concern is heard when its sender knew it, everything else when it was said, and nothing
    /// before what it is about. The register is heard first of all, as it stands at the end: which
    /// homes there are, and in which area, is no question of when somebody imported the list.
    #[must_use]
    pub fn of(messages: impl IntoIterator<Item = Message>, period: Period) -> Self {
        let mut of_log = OfLog::default();
        for message in messages {
            of_log.take(message);
        }
        let mut history = Self {
            heard: Vec::with_capacity(of_log.said.len()),
            period,
            input: of_log.input,
            present: of_log.present(),
            really_raised: of_log.really_raised,
        };
        let mut clock = Clock::default();
        for (position, recorded_at, said) in of_log.said {
            if of_log.not_counted.contains(&position) {
                history.input.rejected_or_refused += 1;
            } else {
                history.hear(position, recorded_at, said, &mut clock);
            }
        }
        history.heard.sort_by_key(|heard| (heard.at, heard.position));
        let begin = history.heard.iter().map(|heard| heard.at).find(|at| *at > Timestamp::MIN);
        for heard in &mut history.heard {
            heard.at = heard.at.max(begin.unwrap_or(Timestamp::UNIX_EPOCH));
        }
        history
    }

    /// The last policy of the log.
    #[must_use]
    pub fn present(&self) -> Option<&Policy> {
        self.present.as_ref()
    }

    /// What was taken in, and what was left aside.
    #[must_use]
    pub fn input(&self) -> Input {
        self.input
    }

    /// What the hub did raise, in the order of the log.
    #[must_use]
    pub fn really_raised(&self) -> &[ReallyRaised] {
        &self.really_raised
    }

    /// The first and the last date on which something was heard.
    #[must_use]
    pub fn dates(&self) -> Option<(Date, Date)> {
        let (first, last) = (self.heard.first()?, self.heard.last()?);
        Some((london_date(first.at), london_date(last.at)))
    }

    fn hear(
        &mut self,
        position: Position,
        recorded_at: Timestamp,
        mut said: Box<Said>,
        clock: &mut Clock,
    ) {
        let Ok(event) = &said.event else {
            self.input.unreadable += 1;
            return;
        };
        let told_at = said.time.unwrap_or(recorded_at);
        let part = part(event);
        let at = match (&part, event) {
            (Part::Response, _) => {
                self.input.responses += 1;
                return;
            }
            // Before everything; `of` puts it at the beginning.
            (Part::Register, _) => Timestamp::MIN,
            (Part::Concern, Event::ConcernRaised(concern)) => concern.known_at.unwrap_or(told_at),
            (Part::Concern, _) => told_at,
            (Part::About(events), _) => clock.after(&said.agency, events, told_at),
        };
        if self.period.to.is_some_and(|to| at > Timestamp::MIN && london_date(at) > to) {
            self.input.after_the_period += 1;
            return;
        }
        match part {
            Part::Register => self.input.register += 1,
            Part::Concern => self.input.concerns += 1,
            Part::About(_) => self.input.about_concerns += 1,
            Part::Response => {}
        }
        if let Some(identity) = said.identity {
            clock.heard.entry(identity).or_insert(at);
        }
        // Its structured fields count; the text has gone back to its sender.
        said.withheld.clear();
        self.heard.push(Heard { at, position, said });
    }
}

/// When each event is heard, by its identity.
#[derive(Default)]
struct Clock {
    heard: BTreeMap<Digest, Timestamp>,
}

impl Clock {
    /// `told_at`, or the time of the latest of these events where that is later.
    fn after(&self, sender: &BodyId, events: &[EventRef], told_at: Timestamp) -> Timestamp {
        let heard = events.iter().filter_map(|event| {
            let agency = event.agency.as_ref().unwrap_or(sender);
            let source = format!("urn:carehub:{agency}");
            self.heard.get(&identity(agency, &source, &event.id)).copied()
        });
        heard.fold(told_at, Timestamp::max)
    }
}

/// What the log holds, before it is put in order.
#[derive(Default)]
struct OfLog {
    said: Vec<(Position, Timestamp, Box<Said>)>,
    /// The positions of what the hub rejected whole or refused: that is settled (law 2).
    not_counted: BTreeSet<Position>,
    input: Input,
    activations: Vec<(Position, Timestamp, Activation)>,
    refused: BTreeMap<Position, WhyRefused>,
    /// Everything up to here is decided.
    decided_through: Position,
    ends_at: Timestamp,
    really_raised: Vec<ReallyRaised>,
}

impl OfLog {
    /// The rule book in force when the log ends.
    fn present(&mut self) -> Option<Policy> {
        let mut activations = Activations::default();
        for (position, recorded_at, said) in std::mem::take(&mut self.activations) {
            let settled = match self.refused.get(&position) {
                Some(why) => Settled::Refused(*why),
                None if position <= self.decided_through => Settled::Taken,
                None => Settled::Open,
            };
            activations.follow(position, recorded_at, said, settled);
        }
        activations.advance(self.ends_at);
        activations.policy().map(|policy| Policy::clone(policy))
    }

    fn take(&mut self, message: Message) {
        self.ends_at = self.ends_at.max(message.recorded_at);
        match message.body {
            MessageBody::Agency(said) => {
                self.said.push((message.position, message.recorded_at, said));
            }
            MessageBody::Hub(output) => self.take_output(&output),
            MessageBody::Policy(said) => {
                self.activations.push((message.position, message.recorded_at, *said));
            }
            MessageBody::Tick(tick) => {
                self.decided_through = self.decided_through.max(tick.decided_through);
            }
            MessageBody::Reserved => {}
            MessageBody::Unreadable => self.input.unreadable += 1,
        }
    }

    fn take_output(&mut self, output: &Output) {
        match &output.body {
            OutputBody::Rejection { rejection, .. } => {
                if rejection.outcome == RejectionOutcome::Rejected {
                    self.not_counted.insert(output.cause.position);
                }
            }
            // What is left of the message stands in its place.
            OutputBody::Told { .. } | OutputBody::Tombstone { .. } => {}
            OutputBody::Refusal { refusal, .. } => {
                self.not_counted.insert(output.cause.position);
                self.refused.insert(output.cause.position, WhyRefused::said(refusal));
            }
            // What was passed on says nothing of what was raised.
            OutputBody::Notice { .. } => {}
            OutputBody::Escalation { to, escalation } => {
                if to.as_str() == BodyId::HUB && escalation.change.kind == ChangeKind::Raised {
                    self.really_raised.push(ReallyRaised {
                        trigger: escalation.trigger.clone(),
                        home: escalation.home.clone(),
                        raised_at: escalation.raised_at,
                        first_held_on: escalation.first_held_on,
                        historic: escalation.historic,
                    });
                }
            }
        }
    }
}

fn part(event: &Event) -> Part {
    match event {
        Event::ConcernRaised(_) => Part::Concern,
        Event::ConcernCorrected(correction) => Part::About(vec![correction.corrects.clone()]),
        Event::ConcernWithdrawn(withdrawal) => Part::About(vec![withdrawal.withdraws.clone()]),
        Event::ConcernMatched(matching) => Part::About(vec![matching.matches.clone()]),
        Event::DeathSamePerson(answer) => {
            Part::About(vec![answer.death.clone(), answer.concern.clone()])
        }
        Event::EscalationRequested(request) => Part::About(request.evidence.clone()),
        Event::Record(Record::Triaged(triage)) => Part::About(vec![triage.triages.clone()]),
        // It answers a triage, and no escalation.
        Event::Record(Record::ConcernReceived(reception)) => {
            Part::About(vec![reception.receives.clone()])
        }
        // Who has the work from its date on is no answer of a body.
        Event::Record(Record::BodySucceeded(_)) => Part::About(Vec::new()),
        Event::HomeRegistered(_)
        | Event::HomeChanged(_)
        | Event::HomeClosed(_)
        | Event::HomeSucceeded(_) => Part::Register,
        Event::Acknowledged(_)
        | Event::Discussed(_)
        | Event::Decided(_)
        | Event::LeadAgreed(_)
        | Event::EvidenceAdded(_)
        | Event::Closed(_)
        | Event::Reopened(_)
        | Event::ActionAssigned(_)
        | Event::ActionProgressed(_)
        | Event::ActionCompleted(_)
        | Event::Proceeding(_)
        | Event::ErasureRequested(_)
        | Event::BreakGlassOpened(_)
        | Event::Record(_) => Part::Response,
    }
}
