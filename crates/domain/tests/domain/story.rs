//! Given a policy, when agencies say this, then the hub says that: every test of a story reads as
//! the log would, and is compared as text.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use carehub_domain::escalation::Escalation;
use carehub_domain::event::{
    Acknowledgement, Closing, Concern, Correction, DecisionKind, Discussion, Event, EventRef, Kind,
    LeadAgreement, Matching, Occurred, Patch, Severity, Withdrawal,
};
use carehub_domain::fold::{Decided, State, Taken};
use carehub_domain::message::{Message, MessageBody, Output, OutputBody, Said, Tick, Verdict};
use carehub_domain::notice::{Content, Notice};
use carehub_domain::policy::{Activation, Activator, Policy};
use carehub_domain::sharing::{Guarded, Reader, Told, View};
use carehub_domain::{BodyId, EscalationId, Position};
use expect_test::Expect;
use jiff::Timestamp;

use crate::said;

/// A hub, its log, and what was said so far.
pub(crate) struct Story {
    pub(crate) state: State,
    position: u64,
    now: Timestamp,
    waiting: VecDeque<Output>,
    told: String,
    /// What each body was sent of escalations.
    pub(crate) sent: Vec<(BodyId, Arc<Told>)>,
    /// Whether the hub reads its own messages back at once.
    pub(crate) reads_back: bool,
}

/// A hub with this policy in force since the first of January 2024.
pub(crate) fn given(policy: &Policy) -> Story {
    given_since(policy, "2024-01-01T09:00:00Z")
}

/// A hub with this policy in force since then.
pub(crate) fn given_since(policy: &Policy, since: &str) -> Story {
    let mut story = Story {
        state: State::default(),
        position: 0,
        now: said::at(since),
        waiting: VecDeque::new(),
        told: String::new(),
        sent: Vec::new(),
        reads_back: true,
    };
    story.take(MessageBody::Policy(Box::new(policy.clone().into())));
    story
}

impl Story {
    /// A home as a body sees it.
    #[track_caller]
    pub(crate) fn seen_by(&self, home: &str, reader: &str) -> View {
        let home = Guarded::seal(Arc::clone(self.state.home(&said::home(home)).unwrap()));
        home.view(&Arc::new(Reader::new(self.state.policy(), &said::body(reader))))
    }

    /// The log's clock from here on.
    pub(crate) fn at(&mut self, now: &str) -> &mut Self {
        self.now = said::at(now);
        self
    }

    /// Time passes and nobody speaks.
    pub(crate) fn tick(&mut self, now: &str) -> &mut Self {
        self.at(now);
        let decided_through = Position(self.position);
        self.take(MessageBody::Tick(Tick { decided_through }));
        self
    }

    /// A rule book is activated.
    pub(crate) fn activates(&mut self, policy: &Policy, from: Option<&str>) -> &mut Self {
        let activation = Activation {
            policy: policy.clone(),
            effective_from: from.map(said::at),
            activated_by: Some(Activator { agency: said::body("council-qa"), officer: None }),
        };
        self.take(MessageBody::Policy(Box::new(activation)))
    }

    pub(crate) fn says(&mut self, agency: &str, home: &str, id: &str, event: Event) -> &mut Self {
        let now = self.now;
        self.hears(said::said(agency, home, id, event, now))
    }

    pub(crate) fn hears(&mut self, said: Said) -> &mut Self {
        self.take(MessageBody::Agency(Box::new(said)));
        self
    }

    /// A concern that happened today, unless `alter` says otherwise.
    pub(crate) fn raises(
        &mut self,
        agency: &str,
        home: &str,
        id: &str,
        kind: Kind,
        severity: Severity,
        alter: impl FnOnce(&mut Concern),
    ) -> &mut Self {
        let mut concern = said::concern(kind, severity, Occurred::At(self.now));
        alter(&mut concern);
        self.says(agency, home, id, Event::ConcernRaised(Box::new(concern)))
    }

    pub(crate) fn withdraws(&mut self, agency: &str, home: &str, id: &str) -> &mut Self {
        let withdraws = said::event_ref(id);
        let event = Event::ConcernWithdrawn(Withdrawal { withdraws });
        self.says(agency, home, &format!("withdraw {id}"), event)
    }

    pub(crate) fn corrects(&mut self, agency: &str, home: &str, id: &str, set: Patch) -> &mut Self {
        let corrects = said::event_ref(id);
        let event = Event::ConcernCorrected(Box::new(Correction { corrects, set }));
        let position = self.position;
        self.says(agency, home, &format!("correct {id} {position}"), event)
    }

    /// `agency` matches the concern of `(sender, id)` from one home to another.
    pub(crate) fn matches(
        &mut self,
        agency: &str,
        (sender, id): (&str, &str),
        from: &str,
        to: &str,
    ) -> &mut Self {
        let matches = EventRef { id: id.to_owned(), agency: Some(said::body(sender)) };
        let from = said::home(from);
        let event = Event::ConcernMatched(Matching { matches, from });
        let position = self.position;
        self.says(agency, to, &format!("match {id} {position}"), event)
    }

    fn answers(&mut self, agency: &str, home: &str, event: Event) -> &mut Self {
        let id = format!("answer {}", self.position);
        self.says(agency, home, &id, event)
    }

    pub(crate) fn acknowledges(&mut self, body: &str, home: &str, trigger: &str) -> &mut Self {
        let escalation = self.last(trigger);
        self.answers(body, home, Event::Acknowledged(Acknowledgement { escalation }))
    }

    pub(crate) fn discusses(&mut self, body: &str, home: &str, trigger: &str) -> &mut Self {
        let (escalation, took_part) = (self.last(trigger), Vec::new());
        let event = Event::Discussed(Discussion { escalation, took_part });
        self.answers(body, home, event)
    }

    pub(crate) fn decides(&mut self, body: &str, home: &str, trigger: &str) -> &mut Self {
        let (escalation, decision) = (self.last(trigger), DecisionKind::Monitor);
        let event = Event::Decided(carehub_domain::event::Decision { escalation, decision });
        self.answers(body, home, event)
    }

    pub(crate) fn agrees_lead(
        &mut self,
        body: &str,
        home: &str,
        trigger: &str,
        lead: &str,
    ) -> &mut Self {
        let (escalation, lead) = (self.last(trigger), said::body(lead));
        self.answers(body, home, Event::LeadAgreed(LeadAgreement { escalation, lead }))
    }

    pub(crate) fn closes(&mut self, body: &str, home: &str, trigger: &str) -> &mut Self {
        let escalation = self.last(trigger);
        self.answers(body, home, Event::Closed(Closing { escalation }))
    }

    /// Everything that the body of a trigger's last escalation must do before it is over.
    pub(crate) fn finishes(&mut self, body: &str, home: &str, trigger: &str) -> &mut Self {
        self.acknowledges(body, home, trigger)
            .discusses(body, home, trigger)
            .decides(body, home, trigger)
            .closes(body, home, trigger)
    }

    /// The escalation of a trigger that was raised last.
    pub(crate) fn last(&self, trigger: &str) -> EscalationId {
        let homes = self.state.homes();
        let of_trigger = homes
            .flat_map(|home| home.escalations())
            .filter(|escalation| escalation.trigger.as_str() == trigger);
        let last = of_trigger.max_by_key(|e| (e.raised_at, e.is_open(), e.episode));
        last.unwrap().id.clone()
    }

    /// Forgets what was told, so that the text begins where the story gets interesting.
    pub(crate) fn meanwhile(&mut self) -> &mut Self {
        self.told.clear();
        self
    }

    /// What was told since.
    pub(crate) fn text(&self) -> &str {
        &self.told
    }

    #[track_caller]
    pub(crate) fn then(&mut self, expected: &Expect) -> &mut Self {
        expected.assert_eq(&self.told);
        self.meanwhile()
    }

    pub(crate) fn take(&mut self, body: MessageBody) -> &mut Self {
        self.position += 1;
        let message = Message { position: Position(self.position), recorded_at: self.now, body };
        let who = speaker(&message.body);
        let taken = self.state.take(message, Decided::Open);
        self.tell(&who, &taken);
        self.waiting.extend(taken.outputs);
        if self.reads_back {
            self.read_back();
        }
        self
    }

    pub(crate) fn read_back(&mut self) -> &mut Self {
        while let Some(output) = self.waiting.pop_front() {
            self.take_back(output);
        }
        self
    }

    fn take_back(&mut self, output: Output) {
        self.position += 1;
        let taken = self.state.take(
            Message {
                position: Position(self.position),
                recorded_at: self.now,
                body: MessageBody::Hub(Box::new(output)),
            },
            Decided::Open,
        );
        self.tell("the hub", &taken);
        self.waiting.extend(taken.outputs);
    }

    fn tell(&mut self, who: &str, taken: &Taken) {
        let before = self.told.len();
        self.tell_all(who, taken);
        crate::pack_numbers::record(self.now, self.told.get(before..).unwrap_or_default());
    }

    fn tell_all(&mut self, who: &str, taken: &Taken) {
        match &taken.verdict {
            None | Some(Verdict::Accepted) => {}
            Some(Verdict::Rejected { code } | Verdict::Refused { code }) => {
                writeln!(self.told, "{who}: {code}").unwrap();
            }
            Some(Verdict::Duplicate { .. }) => writeln!(self.told, "{who}: duplicate").unwrap(),
            Some(Verdict::Corroborating { .. }) => {
                writeln!(self.told, "{who}: corroborates").unwrap();
            }
            Some(Verdict::TextWithheld) => writeln!(self.told, "{who}: text withheld").unwrap(),
        }
        for output in &taken.outputs {
            match &output.body {
                OutputBody::Escalation { to, escalation } if *to == BodyId::hub() => {
                    writeln!(self.told, "{who} -> {}", describe(escalation)).unwrap();
                }
                // What an agency is refused is told with its verdict.
                OutputBody::Refusal { agency, refusal, .. } if *agency == BodyId::hub() => {
                    writeln!(self.told, "{who}: {}", refusal.code).unwrap();
                }
                OutputBody::Notice { to, notice } => {
                    writeln!(self.told, "{who} -> notice {} to {to}", passed_on(notice)).unwrap();
                }
                OutputBody::Tombstone { tombstone: t, .. } => {
                    let of = format!("erases {} of {} at {}", t.position, t.agency, t.home);
                    writeln!(self.told, "{who}: {of}, {:?}", t.reason).unwrap();
                }
                OutputBody::Told { to, told } => self.sent.push((to.clone(), Arc::clone(told))),
                OutputBody::Escalation { .. }
                | OutputBody::Refusal { .. }
                | OutputBody::Rejection { .. } => {}
            }
        }
    }
}

fn speaker(body: &MessageBody) -> String {
    match body {
        MessageBody::Agency(said) => {
            format!("{} {}", said.agency, said.id.as_deref().unwrap_or("-"))
        }
        MessageBody::Policy(_) => "policy".to_owned(),
        MessageBody::Tick(_) => "tick".to_owned(),
        MessageBody::Hub(_) | MessageBody::Reserved | MessageBody::Unreadable => {
            "the hub".to_owned()
        }
    }
}

/// What a notice passes on, in a line.
fn passed_on(notice: &Notice) -> String {
    let kind = notice.content.kind().word().replace('-', " ");
    let of = match &notice.content {
        Content::PlacementsSuspended(of)
        | Content::PlacementsCautioned(of)
        | Content::PlacementsLifted(of) => of,
        Content::OutcomeDecided(of) | Content::OutcomeClosed(of) => {
            let own = of.concerns.len();
            return format!(
                "{kind} at {}, {}: {:?} on {}; rests on {own} of its own",
                notice.home, of.trigger, of.decision, of.on
            );
        }
        Content::BreakGlassOpened(of) => {
            return format!("{kind} at {} by {} until {}", notice.home, of.agency, of.until);
        }
        Content::ConcernPassedOn(of) => {
            return format!("{kind} at {}, as {:?} by {:?}", notice.home, of.outcome, of.by);
        }
        Content::ProcessStarted(of) => {
            let with: Vec<String> = of
                .authorities
                .iter()
                .map(|one| format!("{} of {}", one.residents, one.authority))
                .collect();
            return format!(
                "{kind} at {} on {}, chaired by {}; {with:?}; told {:?}, not reached {:?}",
                notice.home, of.started_on, of.chair, of.told, of.not_reached
            );
        }
        Content::EnquiryOutcome(of) => {
            return format!("{kind} at {}, for the process about {:?}", notice.home, of.provider);
        }
        Content::MeetingOutput(of) => {
            return format!("{kind} at {}, {:?} of {}", notice.home, of.meeting, of.held_on);
        }
        Content::ConcernCorrected(of)
        | Content::ConcernWithdrawn(of)
        | Content::ConcernErased(of) => {
            let (by, still) = (of.told_by.len(), if of.shared { "still" } else { "no longer" });
            return format!("{kind} at {}, told by {by}, {still} shared", notice.home);
        }
    };
    let mut line = format!("{kind} at {}", notice.home);
    for one in &of.authorities {
        write!(line, ", {} of {}", one.residents, one.authority).unwrap();
    }
    if let Some(review) = of.review_on {
        write!(line, ", review {review}").unwrap();
    }
    if !of.told.is_empty() || !of.not_reached.is_empty() {
        write!(line, "; told {:?}, not reached {:?}", of.told, of.not_reached).unwrap();
    }
    line
}

/// One line of an escalation: what changed, and the parts that stories are about.
fn describe(escalation: &Escalation) -> String {
    let e = escalation;
    let names = |bodies: &[BodyId]| {
        let names: Vec<&str> = bodies.iter().map(BodyId::as_str).collect();
        names.join(" ")
    };
    let mut line = format!("{} {:?} at {}", e.trigger, e.change.kind, e.home);
    if e.episode > 1 {
        write!(line, ", episode {}", e.episode).unwrap();
    }
    if e.revision == 1 {
        write!(line, ", {:?}, to {}", e.level, names(&e.responsible)).unwrap();
        if !e.told.is_empty() {
            write!(line, "; told {}", names(&e.told)).unwrap();
        }
        if let Some(of) = &e.unanswered {
            write!(line, "; {:?} is late, rung {}", of.step, of.rung).unwrap();
        }
        if e.historic {
            write!(line, "; history, first held on {}", e.first_held_on.unwrap()).unwrap();
        }
    } else {
        write!(line, ", {:?}, {:?}", e.level, e.stage).unwrap();
    }
    write!(line, "; {} counted", e.evidence.count).unwrap();
    if !e.evidence.withdrawn.is_empty() {
        write!(line, ", {} withdrawn", e.evidence.withdrawn.len()).unwrap();
    }
    if !e.still_holds {
        line.push_str(", holds no longer");
    }
    line
}
