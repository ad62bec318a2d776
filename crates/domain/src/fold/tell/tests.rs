//! What each body is told follows from the classes of what an escalation lists exactly as it would from
//! every listed event: over random histories, after each message, for every body of the policy.

use std::cell::Cell;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::large_home::norfolk;
use super::super::{Decided, State, identity};
use crate::escalation::{EVIDENCE_LISTED, EvidenceList};
use crate::event::{
    ClosurePlan, Concern, Correction, Details, Event, EventRef, Evidence, Handling, HandlingCode,
    Kind, Marking, Matching, Occurred, Patch, Proceeding, Registration, ReportedBy, Severity,
    Succession, Withdrawal,
};
use crate::message::{Channel, Message, MessageBody, Said};
use crate::policy::{Policy, Rule, Share};
use crate::sharing::{Reader, Told};
use crate::{BodyId, Digest, HomeId, Position};

const AGENCIES: [&str; 6] =
    ["gp-practice", "ambulance", "contracts", "police", "cqc", "council-safeguarding"];
const HOMES: [&str; 3] = ["1-1", "1-2", "unmatched"];
/// Whose cells of the agreement differ.
const READERS: [&str; 8] = [
    "police",
    "cqc",
    "council-qa",
    "gp-practice",
    "ambulance",
    "district-council",
    "pipot-lead",
    "director-adult-services",
];
const KINDS: [Kind; 6] = [
    Kind::SafeguardingReferral,
    Kind::Complaint,
    Kind::PoliceIncident,
    Kind::PositionOfTrust,
    Kind::PotentialClosure,
    Kind::MedicationError,
];

#[test]
fn what_bodies_are_told_follows_from_the_classes_as_from_the_events() {
    let (mut by_class, mut withdrawn) = (0, 0);
    for (seed, routed) in (0..6).zip([Share::Nothing, Share::Existence].into_iter().cycle()) {
        let mut history = History::new(seed, routed, 40);
        for _ in 0..400 {
            history.say();
            history.check();
        }
        by_class += history.by_class.get();
        withdrawn += history.most(|list| &list.withdrawn);
    }
    assert!(by_class > 200 && withdrawn > 50, "{by_class} known, {withdrawn} withdrawn");
}

#[test]
fn it_does_beyond_what_an_escalation_lists() {
    let mut history = History::new(6, Share::Nothing, 10);
    for n in 0..EVIDENCE_LISTED + 200 {
        history.say();
        if n % 25 == 0 || n > EVIDENCE_LISTED + 180 {
            history.check();
        }
    }
    assert_eq!(history.most(|list| &list.events), EVIDENCE_LISTED);
    // What nobody is kept from displaces the rest: then it is told whole.
    history.plain = true;
    for n in 0..EVIDENCE_LISTED + 50 {
        history.say();
        if n % 25 == 0 || n > EVIDENCE_LISTED {
            history.check();
        }
    }
    assert!(history.whole.get() > 0, "something is kept from everybody");
    // Of what a family says, with leave to share it, most see the month only.
    history.of_family = true;
    for _ in 0..3 {
        history.say();
        history.check();
    }
}

/// A log that is written at random, and the state that follows from it.
struct History {
    state: State,
    next: u64,
    position: u64,
    /// One in so many words is not a further concern.
    changes: u64,
    /// What was said: the agency, and the number of the id.
    said: Vec<(&'static str, u64)>,
    readers: Vec<Arc<Reader>>,
    /// How often the classes of a list were known.
    by_class: Cell<u32>,
    /// How often something of which the classes were known was told whole.
    whole: Cell<u32>,
    /// Whether nothing is said any more but what nobody is kept from.
    plain: bool,
    /// Whether a family says it.
    of_family: bool,
}

impl History {
    fn new(seed: u64, routed: Share, of_hundred: u64) -> Self {
        let mut policy = norfolk();
        policy.sharing.routed = routed;
        policy.trigger.retain(|trigger| trigger.id.as_str() == "referrals-6m");
        for trigger in &mut policy.trigger {
            if let Rule::Count { matching, .. } = &mut trigger.rule {
                matching.kinds.clear();
            }
        }
        for body in &mut policy.body {
            if body.id.as_str() == "ambulance" {
                body.areas.push("north".to_owned());
            }
        }
        let readers = READERS.map(|id| Arc::new(Reader::new(&policy, &BodyId::new(id).unwrap())));
        let mut history = Self {
            state: State::default(),
            next: seed,
            position: 1,
            changes: of_hundred,
            said: Vec::new(),
            readers: readers.to_vec(),
            by_class: Cell::new(0),
            whole: Cell::new(0),
            plain: false,
            of_family: false,
        };
        history.take(MessageBody::Policy(Box::new(Policy::clone(&policy).into())));
        history
    }

    fn number(&mut self) -> u64 {
        self.next = self.next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.next ^ (self.next >> 29)) >> 16
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        let number = self.number() as usize;
        all[number % all.len()]
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(7) * self.position as i32
    }

    /// Something is said, and what the hub says of it is read back, mostly at once.
    fn say(&mut self) {
        let agency = self.one_of(&AGENCIES);
        let home = if self.number() % 100 < 85 { HOMES[0] } else { self.one_of(&HOMES) };
        let (agency, home, event) = if self.plain {
            ("cqc", HOMES[0], self.concern())
        } else if self.number() % 100 >= self.changes || self.said.len() < 9 {
            (agency, home, self.concern())
        } else {
            self.change(agency, home)
        };
        let id = format!("e{}", self.position);
        self.said.push((agency, self.position));
        let agency = BodyId::new(agency).unwrap();
        let identity = Some(identity(&agency, &format!("urn:carehub:{agency}"), &id));
        let content = Digest::of(&[id.as_bytes()]);
        self.take(MessageBody::Agency(Box::new(Said {
            channel: Channel::Concern,
            identity,
            content,
            reference: Said::reference_of(identity, content),
            agency,
            home: HomeId::new(home).unwrap(),
            id: Some(id),
            time: Some(self.now()),
            event: Ok(event),
            withheld: Vec::new(),
        })));
        while !self.number().is_multiple_of(8) {
            let Some(output) = self.state.outbox().next().cloned() else { break };
            self.take(MessageBody::Hub(Box::new(output)));
        }
    }

    fn take(&mut self, body: MessageBody) {
        let (position, recorded_at) = (Position(self.position), self.now());
        self.position += 1;
        self.state.take(Message { position, recorded_at, body }, Decided::Open);
        assert_eq!(self.state.tolerated(), 0);
    }

    fn handling(&mut self) -> Option<Handling> {
        let audience = [self.one_of(&AGENCIES), "council-qa"];
        let code = self.one_of(&[None, None, Some(HandlingCode::P), Some(HandlingCode::C)])?;
        let audience = audience.map(|body| BodyId::new(body).unwrap()).to_vec();
        Some(Handling { code, audience })
    }

    fn concern(&mut self) -> Event {
        let person = [None, Some(ReportedBy::Family), Some(ReportedBy::WhistleBlower), None];
        let incident = self.number() % 40;
        let record = self.number() % 60;
        let anything = Concern {
            home: None,
            place: None,
            kind: self.one_of(&KINDS),
            occurred_at: Occurred::At(self.now()),
            known_at: None,
            severity: self.one_of(&[Severity::Low, Severity::Medium, Severity::High]),
            about_named_individual: false,
            person_ref: None,
            incident_ref: (incident < 20).then(|| Digest::of_incident(&format!("i{incident}"))),
            reported_by: self.one_of(&person),
            possible_crime: false,
            indicators: Vec::new(),
            key_questions: Vec::new(),
            abuse_types: Vec::new(),
            marking: self.one_of(&Marking::ALL),
            handling: self.handling(),
            source_record: (record < 20).then(|| Digest::of_record("cad", &record.to_string())),
            details: Details::default(),
        };
        let plain = Concern {
            kind: Kind::Complaint,
            reported_by: self.of_family.then_some(ReportedBy::Family),
            marking: Marking::Official,
            handling: self
                .of_family
                .then(|| Handling { code: HandlingCode::P, audience: Vec::new() }),
            incident_ref: None,
            source_record: None,
            ..anything.clone()
        };
        Event::ConcernRaised(Box::new(if self.plain { plain } else { anything }))
    }

    /// Something is said of what was said before: by its sender, or of a home.
    fn change(
        &mut self,
        agency: &'static str,
        home: &'static str,
    ) -> (&'static str, &'static str, Event) {
        let (sender, number) = {
            let nth = self.number() as usize % self.said.len();
            self.said[nth]
        };
        let of = |agency: Option<&str>| EventRef {
            id: format!("e{number}"),
            agency: agency.map(|agency| BodyId::new(agency).unwrap()),
        };
        let event = match self.number() % 60 {
            0..20 => {
                let set = Patch {
                    kind: self.one_of(&[None, Some(Kind::PoliceIncident), Some(Kind::Complaint)]),
                    incident_ref: self
                        .one_of(&[None, Some("i1"), Some("i2")])
                        .map(Digest::of_incident),
                    handling: self.handling(),
                    ..Patch::default()
                };
                Event::ConcernCorrected(Box::new(Correction { corrects: of(None), set }))
            }
            20..38 => Event::ConcernWithdrawn(Withdrawal { withdraws: of(None) }),
            38..48 => {
                let from = HomeId::new(self.one_of(&HOMES)).unwrap();
                let matches = of(Some(sender));
                return ("council-qa", home, Event::ConcernMatched(Matching { matches, from }));
            }
            48..56 => {
                let homes = self.state.homes().flat_map(|home| home.escalations());
                let Some(escalation) = homes.last().map(|raised| raised.id.clone()) else {
                    return (agency, home, self.concern());
                };
                let events = vec![of(Some(sender))];
                let event = Event::EvidenceAdded(Evidence { escalation, events });
                return ("council-safeguarding", home, event);
            }
            56 => {
                let area = self.one_of(&["north", "south"]);
                let registration = Registration { area: Some(area.to_owned()), ..registration() };
                return ("cqc", home, Event::HomeRegistered(Box::new(registration)));
            }
            57 => {
                let both = ["cqc", "council-qa"].map(|body| BodyId::new(body).unwrap());
                let agreed_on = jiff::civil::date(1970, 1, 1);
                let plan = ClosurePlan { agreed_on, directors: both.into_iter().collect() };
                let event = Event::Proceeding(Box::new(Proceeding::ClosurePlanAgreed(plan)));
                return ("director-adult-services", home, event);
            }
            _ => {
                let predecessor = HomeId::new("1-2").unwrap();
                return ("cqc", "1-1", Event::HomeSucceeded(Succession { predecessor }));
            }
        };
        (sender, home, event)
    }

    /// How long the longest such list is of what was raised.
    fn most(&self, list: impl Fn(&EvidenceList) -> &Vec<Position>) -> usize {
        let raised = self.state.homes().flat_map(|home| home.escalations());
        raised.map(|raised| list(&raised.evidence).len()).max().unwrap_or_default()
    }

    /// What is settled, and what waits.
    fn check(&self) {
        let waiting = self.state.outbox().filter_map(|output| match &output.body {
            crate::message::OutputBody::Escalation { escalation, .. } => Some(escalation),
            crate::message::OutputBody::Told { .. }
            | crate::message::OutputBody::Notice { .. }
            | crate::message::OutputBody::Rejection { .. }
            | crate::message::OutputBody::Refusal { .. }
            | crate::message::OutputBody::Tombstone { .. } => None,
        });
        let settled = self.state.homes().flat_map(|home| home.escalations());
        for escalation in settled.chain(waiting) {
            let home = self.state.home(&self.state.resolve(&escalation.home)).unwrap();
            let listing = home.listing(escalation);
            let classes = listing.as_ref().map(|listing| &listing.classes);
            let told = Told::of_each(escalation, home, &self.readers, classes);
            let gone_through = Told::of_each(escalation, home, &self.readers, None);
            assert_eq!(told, gone_through, "at {}", self.position);
            if classes.is_some() {
                let whole = told.iter().filter(|told| told.evidence.whole).count();
                self.by_class.set(self.by_class.get() + 1);
                self.whole.set(self.whole.get() + whole as u32);
            }
        }
    }
}

fn registration() -> Registration {
    toml::from_str("name = 'One'").unwrap()
}
