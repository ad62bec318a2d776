//! Break-glass: one person opens one home for a time, each owner hears of it, and it ends by itself.

use std::sync::Arc;

use carehub_domain::event::{
    BodySuccession, BreakGlassOpening, Event, Handling, HandlingCode, Kind, Record, ReportedBy,
    Severity,
};
use carehub_domain::fold::{Decided, State};
use carehub_domain::message::{Channel, Message, MessageBody, Output, OutputBody, Tick, Verdict};
use carehub_domain::notice::Content;
use carehub_domain::picture::What;
use carehub_domain::sharing::{Guarded, Reader, View};
use carehub_domain::{PersonId, Position};
use jiff::Timestamp;

use crate::said::{self, at, body, concern, home, said};

const HOME: &str = "1-1000";
const OTHER: &str = "1-2000";

/// A hub that hears its own decisions at once, or later.
struct Hub {
    state: State,
    position: u64,
    now: Timestamp,
    waits: Vec<Output>,
}

impl Hub {
    fn take(&mut self, body: MessageBody) -> Option<Verdict> {
        self.position += 1;
        let message = Message { position: Position(self.position), recorded_at: self.now, body };
        let taken = self.state.take(message, Decided::Open);
        self.waits.extend(taken.outputs);
        taken.verdict
    }

    fn hears_itself(&mut self) {
        while !self.waits.is_empty() {
            let output = self.waits.remove(0);
            self.take(MessageBody::Hub(Box::new(output)));
        }
    }

    fn says(&mut self, agency: &str, about: &str, id: &str, event: Event) -> Option<Verdict> {
        let mut said = said(agency, about, id, event, self.now);
        said.channel = Channel::Form;
        self.take(MessageBody::Agency(Box::new(said)))
    }

    fn tick(&mut self, time: &str) {
        self.now = at(time);
        self.take(MessageBody::Tick(Tick { decided_through: Position(0) }));
        self.hears_itself();
    }

    fn opens(&mut self, agency: &str, who: &str, id: &str, until: Option<&str>) -> Option<Verdict> {
        let opening = BreakGlassOpening { person: person(who), until: until.map(at) };
        self.says(agency, HOME, id, Event::BreakGlassOpened(opening))
    }

    /// Who says what a reader sees of the concerns of a home, with the text or without.
    fn seen(&self, about: &str, agency: &str, who: Option<&str>) -> Vec<(String, bool)> {
        let guarded = Guarded::seal(Arc::clone(self.state.home(&home(about)).unwrap()));
        let reader = Arc::new(Reader::new(self.state.policy(), &body(agency)));
        let opened = who.and_then(|who| guarded.opened_view(&reader, &person(who)));
        let view: View = opened.map_or_else(|| guarded.view(&reader), |(view, _)| view);
        let concerns = view.home().concerns_as_filed();
        concerns.map(|(item, _)| (item.agency.to_string(), view.has_text(item))).collect()
    }

    /// The notices in a home's timeline as a body sees it.
    fn noticed(&self, agency: &str) -> usize {
        let guarded = Guarded::seal(Arc::clone(self.state.home(&home(HOME)).unwrap()));
        let view = guarded.view(&Arc::new(Reader::new(self.state.policy(), &body(agency))));
        let items = view.home().items();
        items.iter().filter(|item| matches!(item.what, What::Notice { .. })).count()
    }
}

fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

fn raised(change: impl FnOnce(&mut carehub_domain::event::Concern)) -> Event {
    let day = jiff::civil::date(2024, 2, 1);
    let mut concern =
        concern(Kind::Complaint, Severity::Low, carehub_domain::event::Occurred::Day(day));
    change(&mut concern);
    Event::ConcernRaised(Box::new(concern))
}

fn for_the_police_alone(concern: &mut carehub_domain::event::Concern) {
    concern.handling = Some(Handling { code: HandlingCode::C, audience: vec![body("police")] });
}

/// Nothing is shared with anybody; the police, the ambulance service and the fire service each said something
/// of one home, and the ambulance service of another.
fn withheld() -> Hub {
    let mut policy = said::norfolk();
    policy
        .trigger
        .retain(|trigger| !matches!(trigger.rule, carehub_domain::policy::Rule::Weekly(_)));
    policy.sharing = toml::from_str(
        "source = \"A test\"\n[reporters]\nprotected = [\"whistle-blower\"]\nreaders = [\"cqc\"]\n",
    )
    .unwrap();
    let now = at("2024-02-05T10:00:00Z");
    let mut hub = Hub { state: State::default(), position: 0, now, waits: Vec::new() };
    hub.take(MessageBody::Policy(Box::new(policy.into())));
    hub.says("police", HOME, "p-1", raised(|_| {}));
    hub.says("ambulance", HOME, "a-1", raised(|_| {}));
    hub.says("ambulance", HOME, "a-2", raised(for_the_police_alone));
    hub.says(
        "fire",
        HOME,
        "f-1",
        raised(|concern| {
            concern.reported_by = Some(ReportedBy::WhistleBlower);
        }),
    );
    hub.says("ambulance", OTHER, "a-3", raised(|_| {}));
    hub.hears_itself();
    hub
}

fn open(agencies: &[&str]) -> Vec<(String, bool)> {
    agencies.iter().map(|agency| ((*agency).to_owned(), true)).collect()
}

#[test]
fn one_person_sees_what_is_withheld_from_their_agency_at_that_home_and_nobody_else_does() {
    let mut hub = withheld();
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")), []);
    assert_eq!(hub.opens("council-qa", "ann", "o-1", None), Some(Verdict::Accepted));
    hub.hears_itself();
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")), open(&["police", "ambulance"]));
    assert_eq!(hub.seen(HOME, "council-qa", Some("bob")), []);
    assert_eq!(hub.seen(HOME, "council-qa", None), []);
    assert_eq!(hub.seen(HOME, "cqc", Some("ann")), []);
    assert_eq!(hub.seen(OTHER, "council-qa", Some("ann")), []);
}

#[test]
fn handling_c_and_the_report_of_a_protected_person_stay_closed_and_their_senders_hear_nothing() {
    let mut hub = withheld();
    hub.opens("council-qa", "ann", "o-1", None);
    hub.hears_itself();
    // The ambulance service said two things: the one for the police alone is not among them.
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")).len(), 2);
    assert_eq!(hub.noticed("fire"), 0);
    // It says later that it may be shared: then still nobody told it of an opening.
    assert_eq!(hub.seen(HOME, "fire", None).len(), 1);
}

#[test]
fn each_owner_is_told_once_and_at_once_and_of_no_other_owner() {
    let mut hub = withheld();
    hub.opens("council-qa", "ann", "o-1", Some("2024-02-05T12:00:00Z"));
    let told: Vec<(String, String)> = hub
        .waits
        .iter()
        .map(|output| {
            let OutputBody::Notice { to, notice } = &output.body else { panic!("{output:?}") };
            let text = format!("{notice:?}");
            let Content::BreakGlassOpened(opened) = &notice.content else { panic!("{text}") };
            assert_eq!(opened.agency.as_str(), "council-qa");
            assert_eq!(opened.person.as_str(), "ann");
            assert_eq!(opened.until, at("2024-02-05T12:00:00Z"));
            (to.to_string(), text)
        })
        .collect();
    let owners: Vec<&str> = told.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(owners, ["ambulance", "police"]);
    assert!(!told[0].1.contains("police") && !told[1].1.contains("ambulance"), "{told:?}");
    // Nothing is open before that stands in the log.
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")), []);
    hub.hears_itself();
    for (agency, expected) in [("ambulance", 1), ("police", 1), ("fire", 0), ("council-qa", 0)] {
        assert_eq!(hub.noticed(agency), expected, "{agency}");
    }
    let guarded = Guarded::seal(Arc::clone(hub.state.home(&home(HOME)).unwrap()));
    for owner in ["ambulance", "police"] {
        let told = guarded.openings_told(&body(owner));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].told, [body(owner)].into(), "an owner learns of another");
    }
    assert_eq!(guarded.openings_told(&body("fire")), []);
}

/// Nobody reads a notice to a body that has ended: what it said stays closed.
#[test]
fn whoever_has_ended_is_told_nothing_and_its_words_stay_closed() {
    let mut hub = withheld();
    let succession = BodySuccession {
        predecessors: vec![body("ambulance")],
        successors: vec![body("fire")],
        on: jiff::civil::date(2024, 2, 5),
    };
    let event = Event::Record(Record::BodySucceeded(succession));
    assert_eq!(hub.says("sab-manager", "general", "s", event), Some(Verdict::Accepted));
    hub.opens("council-qa", "ann", "o-1", None);
    hub.hears_itself();
    assert_eq!((hub.noticed("police"), hub.noticed("fire")), (1, 0));
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")), open(&["police"]));
}

#[test]
fn what_is_said_later_is_not_open_though_its_sender_was_told() {
    let mut hub = withheld();
    hub.opens("council-qa", "ann", "o-1", None);
    hub.hears_itself();
    hub.says("police", HOME, "p-2", raised(|_| {}));
    hub.hears_itself();
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")), open(&["police", "ambulance"]));
}

#[test]
fn it_ends_on_time_by_a_tick_that_is_due_then() {
    let mut hub = withheld();
    hub.opens("council-qa", "ann", "o-1", Some("2024-02-05T11:00:00Z"));
    hub.hears_itself();
    assert_eq!(hub.state.next_due(), Some(at("2024-02-05T11:00:00Z")));
    hub.tick("2024-02-05T10:59:59Z");
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")).len(), 2);
    // The same after a restart.
    let mut restored = Hub {
        state: State::restored(
            Arc::clone(hub.state.policy()),
            hub.state.time(),
            hub.state.position(),
            hub.state.homes().map(|home| (**home).clone()).collect::<Vec<_>>(),
            [],
            [],
        ),
        position: hub.position,
        now: hub.now,
        waits: Vec::new(),
    };
    assert_eq!(restored.seen(HOME, "council-qa", Some("ann")).len(), 2);
    for hub in [&mut hub, &mut restored] {
        hub.tick("2024-02-05T11:00:00Z");
        assert_eq!(hub.seen(HOME, "council-qa", Some("ann")), []);
    }
}

#[test]
fn it_lasts_as_long_as_the_policy_allows_and_no_longer() {
    let mut hub = withheld();
    let refused = Some(Verdict::Refused { code: "break-glass-time".to_owned() });
    for until in ["2024-02-05T14:00:01Z", "2024-02-05T10:00:00Z", "2024-02-04T10:00:00Z"] {
        assert_eq!(hub.opens("council-qa", "ann", until, Some(until)), refused, "{until}");
    }
    hub.hears_itself();
    assert_eq!(hub.noticed("police"), 0);
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")), []);
    hub.opens("council-qa", "ann", "o-1", None);
    hub.hears_itself();
    hub.tick("2024-02-05T13:59:59Z");
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")).len(), 2);
    hub.tick("2024-02-05T14:00:00Z");
    assert_eq!(hub.seen(HOME, "council-qa", Some("ann")), []);
}

#[test]
fn what_is_no_home_and_a_home_of_which_nothing_was_said_are_not_opened() {
    let mut hub = withheld();
    let refused = Some(Verdict::Refused { code: "home-unknown".to_owned() });
    for about in ["general", "unmatched", "9-nowhere"] {
        let opening = BreakGlassOpening { person: person("ann"), until: None };
        let verdict = hub.says("council-qa", about, about, Event::BreakGlassOpened(opening));
        assert_eq!(verdict, refused, "{about}");
    }
}

#[test]
fn who_never_reads_opens_nothing() {
    let mut hub = withheld();
    let provider = hub.state.policy().powers.never_reads[0].clone();
    let refused = Some(Verdict::Refused { code: "not-permitted".to_owned() });
    assert_eq!(hub.opens(&provider, "ann", "o-1", None), refused);
}

#[test]
fn nobody_but_the_persons_agency_finds_the_opening_in_the_timeline() {
    let mut hub = withheld();
    let entries = |hub: &Hub, agency: &str| {
        let guarded = Guarded::seal(Arc::clone(hub.state.home(&home(HOME)).unwrap()));
        let view = guarded.view(&Arc::new(Reader::new(hub.state.policy(), &body(agency))));
        view.home().items().len()
    };
    let readers = ["council-qa", "cqc", "fire", "police"];
    let before = readers.map(|reader| entries(&hub, reader));
    hub.opens("council-qa", "ann", "o-1", None);
    hub.hears_itself();
    let after = readers.map(|reader| entries(&hub, reader));
    let more: Vec<usize> = before.iter().zip(after).map(|(before, after)| after - before).collect();
    // The police are told by a notice; the others hear nothing.
    assert_eq!(more, [1, 0, 0, 1]);
}
