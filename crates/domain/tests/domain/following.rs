//! Following: what is due to whom, when, and that nobody is told of what they may not open.

mod levels;
mod months;
mod quiet;
mod whats_new;

use std::collections::BTreeSet;
use std::sync::Arc;

use carehub_domain::escalation::Level;
use carehub_domain::event::{
    Event, Handling, HandlingCode, Kind, Patch, ProviderRef, Registration, ReportedBy, Request,
    Severity, Succession,
};
use carehub_domain::following::{
    Act, Book, Cadence, Day, Delivery, EndedWhy, Failed, FailedCode, Follow, Letter, Looked,
    Moment, Outcome, Plan, QuietHours, Reason, Settings, Timing, Try, Whom, next_try, round,
};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::{Guarded, Reader};
use carehub_domain::{PersonId, Position};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::said::{self, at, body, home};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const OTHER: &str = "1-2000";
const MORNING: &str = "2024-02-05T10:00:00Z";

/// A hub, what is said of one follower, and who they are.
struct Desk {
    story: Story,
    book: Book,
    revision: u32,
    agency: Option<&'static str>,
    looked: Looked,
    reader: Option<Arc<Reader>>,
}

impl Desk {
    /// A person of the police who follows this, in a hub where two homes are registered.
    fn following(follows: &[Follow], settings: Settings) -> Self {
        Self::under(&said::norfolk(), follows, settings)
    }

    /// The same under another policy.
    fn under(policy: &Policy, follows: &[Follow], settings: Settings) -> Self {
        let mut story = given(policy);
        story.at("2024-02-01T09:00:00Z");
        for (id, provider, area) in [(HOME, "p-1", "Norfolk"), (OTHER, "p-2", "Suffolk")] {
            let registered = Event::HomeRegistered(Box::new(registration(provider, area)));
            story.says("cqc", id, &format!("r-{id}"), registered);
        }
        story.at(MORNING);
        let reader = Some(Arc::new(Reader::new(story.state.policy(), &body("police"))));
        let (book, looked) = (Book::default(), Looked::default());
        let mut desk = Self { story, book, revision: 0, agency: Some("police"), looked, reader };
        desk.says(Settings { follows: follows.iter().cloned().collect(), ..settings });
        desk
    }

    /// The person says how they follow.
    fn says(&mut self, settings: Settings) -> &mut Self {
        self.revision += 1;
        let (position, at) = (self.story.state.position(), self.story.state.time());
        let now = Moment { position, at };
        self.book.person_mut(&person()).take_settings(now, self.revision, settings);
        self
    }

    fn settings(&self) -> Settings {
        self.book.person(&person()).unwrap().settings.clone()
    }

    /// A concern of the police, which they see.
    fn concern(&mut self, about: &str, id: &str) -> &mut Self {
        self.story.raises("police", about, id, Kind::Complaint, Severity::Low, |_| {});
        self
    }

    /// One of the ambulance service for the council's eyes alone.
    fn hidden(&mut self, about: &str, id: &str) -> &mut Self {
        self.story.raises("ambulance", about, id, Kind::Complaint, Severity::Low, |concern| {
            concern.handling = Some(for_the_council());
        });
        self
    }

    fn act(&mut self, now: &str) -> Option<Act> {
        self.act_at(at(now))
    }

    fn act_at(&mut self, now: Timestamp) -> Option<Act> {
        let homes: Vec<Guarded> =
            self.story.state.homes().map(|home| Guarded::seal(Arc::clone(home))).collect();
        let reader = self.agency.and(self.reader.clone());
        let whom = |_: &PersonId| Whom { reader: reader.clone() };
        let timing = Timing::default();
        round(&self.book, &homes, &mut self.looked, whom, now, timing).remove(&person())
    }

    /// What is planned at a moment, taken into the log.
    #[track_caller]
    fn plans(&mut self, now: &str) -> Plan {
        let Some(Act::Plan(number, plan)) = self.act(now) else {
            panic!("nothing is due at {now}")
        };
        self.book.person_mut(&person()).take_plan(number, plan.clone());
        plan
    }

    /// How many entries are told, if something is planned.
    fn planned(&mut self, now: &str) -> Option<u32> {
        match self.act(now) {
            Some(Act::Plan(_, plan)) => Some(plan.count),
            Some(Act::Send(..) | Act::End(..)) | None => None,
        }
    }

    /// The mail server did not answer.
    fn fails(&mut self, now: &str) -> &mut Self {
        let Some(Act::Send(delivery, _)) = self.act(now) else { panic!("not tried at {now}") };
        let failed = Failed { at: at(now), code: FailedCode::MailUnreachable, reply: None };
        self.book.person_mut(&person()).take_failure(delivery.number, failed);
        self
    }

    /// The mail server took it.
    fn made(&mut self) -> &mut Self {
        let follower = self.book.person_mut(&person());
        let last = follower.last().unwrap();
        let (number, at) = (last.number, last.plan.at);
        follower.take_outcome(number, Outcome::Made(at));
        self
    }
}

fn registration(provider: &str, area: &str) -> Registration {
    Registration {
        name: "Fictional Rosewood".to_owned(),
        provider: Some(ProviderRef { id: provider.to_owned(), name: None }),
        brand: None,
        beds: Some(20),
        service: None,
        uprn: None,
        postcode: None,
        area: Some(area.to_owned()),
        coordinates: None,
        registered_on: None,
    }
}

fn person() -> PersonId {
    PersonId::new("p-4t7m").unwrap()
}

fn for_the_council() -> Handling {
    Handling { code: HandlingCode::C, audience: vec![body("council-qa")] }
}

fn at_once() -> Settings {
    Settings::to_begin_with()
}

fn quiet(from: i8, until: i8) -> QuietHours {
    QuietHours { from: from.try_into().unwrap(), until: until.try_into().unwrap() }
}

fn daily(hour: i8) -> Settings {
    Settings { cadence: Cadence::Daily { hour: hour.try_into().unwrap() }, ..at_once() }
}

fn of_home() -> Follow {
    Follow::Home(home(HOME))
}

#[test]
fn an_alert_waits_half_a_minute_for_more_and_the_next_a_quarter_of_an_hour() {
    let mut desk = Desk::following(&[of_home()], at_once());
    assert_eq!(desk.act(MORNING), None, "nothing is new");
    desk.concern(HOME, "c-1");
    assert_eq!(desk.act("2024-02-05T10:00:29Z"), None);
    let plan = desk.plans("2024-02-05T10:00:30Z");
    assert_eq!((plan.reason, plan.count), (Reason::AtOnce, 1));
    desk.made();
    assert_eq!(desk.act("2024-02-05T10:00:31Z"), None, "it was told");
    desk.story.at("2024-02-05T10:01:00Z");
    desk.concern(HOME, "c-2").concern(HOME, "c-3");
    assert_eq!(desk.act("2024-02-05T10:15:29Z"), None);
    assert_eq!(desk.plans("2024-02-05T10:15:30Z").count, 2);
}

#[test]
fn a_burst_of_five_hundred_is_one_message() {
    let mut desk = Desk::following(&[of_home(), Follow::Area("Norfolk".to_owned())], at_once());
    let start = at(MORNING);
    for nth in 0..500 {
        let now = start + SignedDuration::from_millis(nth * 50);
        desk.story.at(&now.to_string());
        desk.concern(HOME, &format!("c-{nth}"));
    }
    let plan = desk.plans("2024-02-05T10:00:30Z");
    // With what the hub says of them.
    assert!(plan.count >= 500, "{plan:?}");
    desk.made();
    let later = (1..=48).map(|hour| start + SignedDuration::from_hours(hour));
    assert!(later.map(|now| desk.act_at(now)).all(|act| act.is_none()));
}

#[test]
fn what_is_followed_is_a_home_a_provider_an_area_or_a_level() {
    let cases = [
        (Follow::Home(home(HOME)), true),
        (Follow::Home(home(OTHER)), false),
        (Follow::Provider("p-1".to_owned()), true),
        (Follow::Provider("p-2".to_owned()), false),
        (Follow::Area("Norfolk".to_owned()), true),
        (Follow::Area("Suffolk".to_owned()), false),
        (Follow::Level(Level::Minor), false),
    ];
    for (follow, expected) in cases {
        let mut desk = Desk::following(std::slice::from_ref(&follow), at_once());
        desk.concern(HOME, "c-1");
        assert_eq!(desk.planned("2024-02-05T10:01:00Z").is_some(), expected, "{follow:?}");
    }
    for (level, expected) in [(Level::Minor, true), (Level::Moderate, true), (Level::Major, true)] {
        let mut desk = Desk::following(&[Follow::Level(level)], at_once());
        grave(&mut desk);
        assert_eq!(desk.planned("2024-02-05T10:01:00Z").is_some(), expected, "{level:?}");
    }
}

/// Something for which an escalation at the highest level is raised, to the police too.
fn grave(desk: &mut Desk) {
    desk.story.raises("police", HOME, "g-1", Kind::SafeguardingReferral, Severity::Critical, |c| {
        c.possible_crime = true;
    });
    desk.story.says(
        "police",
        HOME,
        "ask",
        Event::EscalationRequested(Request {
            level: Level::Major,
            responsible: vec!["police".to_owned()],
            told: Vec::new(),
            answer_within: None,
            evidence: vec![said::event_ref("g-1")],
        }),
    );
    let level = desk.story.seen_by(HOME, "police").home().level();
    assert_eq!(level, Level::Major);
}

#[test]
fn what_was_there_before_it_was_followed_is_not_new() {
    let mut desk = Desk::following(&[], at_once());
    desk.concern(HOME, "before").concern(OTHER, "elsewhere");
    let settings = desk.settings();
    desk.says(Settings { follows: [of_home()].into(), ..settings });
    assert_eq!(desk.planned("2024-02-05T10:05:00Z"), None);
    desk.concern(HOME, "after");
    assert_eq!(desk.planned("2024-02-05T10:05:00Z"), Some(1));
    // Another follow of the same home changes nothing of that.
    let settings = desk.settings();
    let more = settings.follows.iter().cloned().chain([Follow::Area("Norfolk".to_owned())]);
    desk.says(Settings { follows: more.collect(), ..settings });
    assert_eq!(desk.planned("2024-02-05T10:05:00Z"), Some(1));
}

#[test]
fn what_came_while_no_mail_was_wanted_is_not_sent_when_it_is_wanted_again() {
    let mut desk = Desk::following(&[of_home()], at_once());
    let settings = desk.settings();
    desk.says(Settings { email: false, ..settings.clone() });
    desk.concern(HOME, "c-1");
    assert_eq!(desk.act("2024-02-05T10:05:00Z"), None);
    desk.says(settings);
    assert_eq!(desk.act("2024-02-05T10:05:00Z"), None);
    desk.concern(HOME, "c-2");
    assert_eq!(desk.planned("2024-02-05T10:05:00Z"), Some(1));
}

#[test]
fn quiet_hours_go_over_midnight_by_londons_clock() {
    for (hours, now, expected) in [
        (quiet(22, 7), "2024-02-05T21:59:59Z", false),
        (quiet(22, 7), "2024-02-05T22:00:00Z", true),
        (quiet(22, 7), "2024-02-06T06:59:59Z", true),
        (quiet(22, 7), "2024-02-06T07:00:00Z", false),
        // In summer London is an hour ahead.
        (quiet(22, 7), "2024-07-05T20:59:59Z", false),
        (quiet(22, 7), "2024-07-05T21:00:00Z", true),
        (quiet(22, 7), "2024-07-06T05:59:59Z", true),
        (quiet(22, 7), "2024-07-06T06:00:00Z", false),
        // The night in which the clocks go forward, and the one in which they go back.
        (quiet(22, 7), "2024-03-31T05:59:59Z", true),
        (quiet(22, 7), "2024-03-31T06:00:00Z", false),
        (quiet(22, 7), "2024-10-27T06:59:59Z", true),
        (quiet(22, 7), "2024-10-27T07:00:00Z", false),
        (quiet(1, 2), "2024-10-27T00:30:00Z", true),
        (quiet(1, 2), "2024-10-27T01:30:00Z", true),
        (quiet(9, 17), "2024-02-05T08:59:59Z", false),
        (quiet(9, 17), "2024-02-05T16:59:59Z", true),
        (quiet(9, 17), "2024-02-05T17:00:00Z", false),
        (quiet(9, 9), "2024-02-05T09:00:00Z", false),
    ] {
        assert_eq!(hours.contain(at(now)), expected, "{hours:?} {now}");
    }
}

#[test]
fn in_quiet_hours_everything_waits_but_an_urgent_escalation_where_the_person_said_so() {
    let settings = Settings { quiet: Some(quiet(22, 7)), ..at_once() };
    let mut desk = Desk::following(&[of_home()], settings.clone());
    desk.story.at("2024-02-05T21:59:45Z");
    desk.concern(HOME, "c-1");
    assert_eq!(desk.act("2024-02-05T22:00:15Z"), None);
    desk.story.at("2024-02-06T03:00:00Z");
    grave(&mut desk);
    assert_eq!(desk.act("2024-02-06T06:59:59Z"), None);
    let plan = desk.plans("2024-02-06T07:00:00Z");
    assert!(plan.reason == Reason::AtOnce && plan.count >= 3, "{plan:?}");

    let passing = Settings { urgent_passes: true, ..settings };
    let mut desk = Desk::following(&[of_home()], passing);
    desk.story.at("2024-02-06T02:00:00Z");
    desk.concern(HOME, "c-1");
    assert_eq!(desk.act("2024-02-06T02:05:00Z"), None, "that is not urgent");
    desk.story.at("2024-02-06T03:00:00Z");
    grave(&mut desk);
    assert_eq!(desk.plans("2024-02-06T03:00:30Z").reason, Reason::Urgent);
}

#[test]
fn a_digest_tells_what_came_before_its_hour_and_is_not_sent_for_nothing() {
    let mut desk = Desk::following(&[of_home()], daily(8));
    assert_eq!(desk.act("2024-02-06T08:00:00Z"), None, "there is nothing to tell");
    desk.concern(HOME, "c-1");
    desk.story.at("2024-02-06T07:59:59Z");
    desk.concern(HOME, "c-2");
    assert_eq!(desk.act("2024-02-06T07:59:59Z"), None);
    desk.story.at("2024-02-06T08:00:00Z");
    desk.concern(HOME, "c-3");
    // The hub was busy at eight.
    let plan = desk.plans("2024-02-06T11:00:00Z");
    assert_eq!((plan.reason, plan.count), (Reason::Daily, 2));
    desk.made();
    assert_eq!(desk.act("2024-02-07T07:59:59Z"), None);
    assert_eq!(desk.plans("2024-02-07T08:00:00Z").count, 1);
    desk.made();
    assert_eq!(desk.act("2024-02-08T08:00:00Z"), None);
}

#[test]
fn a_daily_digest_keeps_its_hour_over_both_changes_of_the_clocks() {
    // In March 01:00 is skipped and 02:00 stands for it; in October 01:00 comes twice, and the first counts.
    for (before, too_early, due) in [
        ("2024-03-29T12:00:00Z", "2024-03-30T07:59:59Z", "2024-03-30T08:00:00Z"),
        ("2024-03-30T12:00:00Z", "2024-03-31T06:59:59Z", "2024-03-31T07:00:00Z"),
        ("2024-10-26T12:00:00Z", "2024-10-27T07:59:59Z", "2024-10-27T08:00:00Z"),
    ] {
        let mut desk = Desk::following(&[of_home()], daily(8));
        desk.story.at(before);
        desk.concern(HOME, "c-1");
        assert_eq!(desk.act(too_early), None, "{too_early}");
        assert_eq!(desk.plans(due).count, 1);
    }
    for (before, too_early, due) in [
        ("2024-03-30T12:00:00Z", "2024-03-31T00:59:59Z", "2024-03-31T01:00:00Z"),
        ("2024-10-26T12:00:00Z", "2024-10-26T23:59:59Z", "2024-10-27T00:00:00Z"),
    ] {
        let mut desk = Desk::following(&[of_home()], daily(1));
        desk.story.at(before);
        desk.concern(HOME, "c-1");
        assert_eq!(desk.act(too_early), None, "{too_early}");
        assert_eq!(desk.plans(due).count, 1);
    }
}

#[test]
fn a_weekly_digest_comes_on_its_day() {
    let hour = 8.try_into().unwrap();
    let weekly = Settings { cadence: Cadence::Weekly { day: Day::Thursday, hour }, ..at_once() };
    let mut desk = Desk::following(&[of_home()], weekly);
    // A Monday.
    desk.concern(HOME, "c-1");
    assert_eq!(desk.act("2024-02-08T07:59:59Z"), None);
    let plan = desk.plans("2024-02-08T08:00:00Z");
    assert_eq!((plan.reason, plan.count), (Reason::Weekly, 1));
    desk.made();
    desk.story.at("2024-02-08T08:00:00Z");
    desk.concern(HOME, "c-2");
    assert_eq!(desk.act("2024-02-15T07:59:59Z"), None);
    assert_eq!(desk.plans("2024-02-15T08:00:00Z").count, 1);
}

#[test]
fn whether_anything_is_left_is_asked_again_before_it_is_sent() {
    let planned = || {
        let mut desk = Desk::following(&[of_home()], at_once());
        desk.story.raises("ambulance", HOME, "a-1", Kind::Complaint, Severity::Low, |concern| {
            concern.handling =
                Some(Handling { code: HandlingCode::C, audience: vec![body("police")] });
        });
        desk.concern(HOME, "c-1");
        assert_eq!(desk.plans("2024-02-05T10:01:00Z").count, 2);
        desk
    };
    let now = "2024-02-05T10:01:00Z";
    let sent = |desk: &mut Desk| match desk.act(now) {
        Some(Act::Send(delivery, count)) => (delivery.number, count),
        other => panic!("{other:?}"),
    };
    assert_eq!(sent(&mut planned()), (1, 2));
    // One of them is for others' eyes by then. The correction itself is not seen either.
    let mut desk = planned();
    let narrowed = Patch { handling: Some(for_the_council()), ..Patch::default() };
    desk.story.corrects("ambulance", HOME, "a-1", narrowed);
    assert_eq!(sent(&mut desk), (1, 1));
    // Nothing is followed any more, no mail is wanted, the account is gone.
    let mut desk = planned();
    let settings = desk.settings();
    desk.says(Settings { follows: BTreeSet::new(), ..settings });
    assert_eq!(desk.act(now), Some(Act::End(1, EndedWhy::NothingLeft)));
    let mut desk = planned();
    let settings = desk.settings();
    desk.says(Settings { email: false, ..settings });
    assert_eq!(desk.act(now), Some(Act::End(1, EndedWhy::Unsubscribed)));
    let mut desk = planned();
    desk.agency = None;
    assert_eq!(desk.act(now), Some(Act::End(1, EndedWhy::NoReader)));
    // What is new meanwhile waits for the next message.
    let mut desk = planned();
    desk.concern(HOME, "c-2");
    assert_eq!(sent(&mut desk), (1, 2));
    desk.made();
    assert_eq!(desk.plans("2024-02-05T10:16:00Z").count, 1);
}

#[test]
fn nobody_is_told_of_what_they_may_not_open_nor_of_how_much_it_is() {
    let follows = [of_home(), Follow::Area("Suffolk".to_owned()), Follow::Level(Level::Minor)];
    // As everywhere: of logs that agree in the escalations that the reader may see. Here there are none.
    let mut policy = said::norfolk();
    policy.trigger.clear();
    let letters = |with: bool| -> Vec<Letter> {
        let mut desk = Desk::under(&policy, &follows, at_once());
        let mut letters = Vec::new();
        for minute in 0..60 {
            let now = at(MORNING) + SignedDuration::from_mins(minute);
            desk.story.at(&now.to_string());
            if minute % 7 == 3 {
                desk.concern(HOME, &format!("c-{minute}"));
            }
            if with {
                desk.hidden(HOME, &format!("h-{minute}")).hidden(OTHER, &format!("o-{minute}"));
            }
            match desk.act_at(now) {
                Some(Act::Plan(number, plan)) => {
                    desk.book.person_mut(&person()).take_plan(number, plan);
                }
                Some(Act::Send(delivery, count)) => {
                    let site = "https://hub.example.org";
                    letters.push(Letter::of(&person(), &delivery, count, site, "token"));
                    desk.made();
                }
                Some(Act::End(..)) => panic!("nothing ends"),
                None => {}
            }
        }
        letters
    };
    let without = letters(false);
    assert_eq!(without.len(), 4, "{without:?}");
    assert_eq!(letters(true), without);
}

#[test]
fn each_follow_counts_from_when_it_was_said() {
    let mut desk = Desk::following(&[Follow::Area("Suffolk".to_owned())], at_once());
    desk.concern(HOME, "before");
    let settings = desk.settings();
    let both = [Follow::Area("Suffolk".to_owned()), of_home()];
    desk.says(Settings { follows: both.into(), ..settings });
    assert_eq!(desk.planned("2024-02-05T10:05:00Z"), None);
    desk.concern(HOME, "after").concern(OTHER, "there");
    assert_eq!(desk.planned("2024-02-05T10:05:00Z"), Some(2));
}

#[test]
fn a_home_is_followed_on_under_its_next_registration() {
    let mut desk = Desk::following(&[of_home()], at_once());
    let succession = Succession { predecessor: home(HOME) };
    desk.story.says("cqc", OTHER, "next", Event::HomeSucceeded(succession));
    desk.concern(OTHER, "c-1");
    let plan = desk.plans("2024-02-05T10:05:00Z");
    assert!(plan.count >= 1 && plan.through >= desk.story.state.position(), "{plan:?}");
}

#[test]
fn neither_what_the_register_says_again_nor_what_is_about_no_home_is_told() {
    let mut desk = Desk::following(&[of_home(), Follow::Level(Level::Minor)], at_once());
    let again = Event::HomeChanged(Box::new(registration("p-1", "Norfolk")));
    desk.story.says("cqc", HOME, "again", again);
    desk.story.raises("ambulance", "unmatched", "u", Kind::Complaint, Severity::Low, |concern| {
        concern.possible_crime = true;
    });
    assert!(desk.story.seen_by("unmatched", "police").home().level() >= Level::Minor);
    assert_eq!(desk.act("2024-02-05T10:05:00Z"), None);
}

#[test]
fn a_digest_waits_for_the_end_of_quiet_hours_and_only_the_highest_level_is_urgent() {
    let settings = Settings { quiet: Some(quiet(7, 9)), ..daily(8) };
    let mut desk = Desk::following(&[of_home()], settings);
    desk.concern(HOME, "c-1");
    assert_eq!(desk.act("2024-02-06T08:59:59Z"), None);
    assert_eq!(desk.plans("2024-02-06T09:00:00Z").reason, Reason::Daily);

    let settings = Settings { quiet: Some(quiet(22, 7)), urgent_passes: true, ..at_once() };
    let mut desk = Desk::following(&[of_home()], settings);
    desk.story.at("2024-02-06T02:00:00Z");
    desk.story.raises("ambulance", HOME, "crime", Kind::Complaint, Severity::Low, |concern| {
        concern.possible_crime = true;
    });
    assert_eq!(desk.story.seen_by(HOME, "police").home().level(), Level::Minor);
    assert_eq!(desk.act("2024-02-06T02:05:00Z"), None);
}

#[test]
fn another_agreement_is_asked_anew_though_the_picture_is_the_same() {
    let mut desk = Desk::following(&[of_home()], at_once());
    desk.story.raises("police", HOME, "whistle", Kind::Complaint, Severity::Low, |concern| {
        concern.reported_by = Some(ReportedBy::WhistleBlower);
    });
    let under = |policy: &Policy| Some(Arc::new(Reader::new(policy, &body("council-qa"))));
    desk.reader = under(&said::norfolk());
    assert_eq!(desk.planned("2024-02-05T10:05:00Z"), Some(1));
    desk.reader = under(&said::with_agreement(said::norfolk()));
    assert_eq!(desk.act("2024-02-05T10:05:00Z"), None);
}

#[test]
fn a_letter_names_nothing_and_is_the_same_in_every_attempt() {
    let plan = Plan { at: at(MORNING), reason: Reason::Daily, through: Position(77), count: 3 };
    let delivery = |number, failures| Delivery {
        number,
        plan: plan.clone(),
        after: Moment { position: Position(41), at: at(MORNING) },
        failures,
        failed: None,
        outcome: None,
    };
    let letter = |number, failures| {
        let site = "https://hub.example.org:8443/";
        Letter::of(&person(), &delivery(number, failures), 3, site, "TOKEN")
    };
    let first = letter(1, 0);
    assert_eq!(first, letter(1, 9));
    assert_ne!(first.message_id, letter(2, 0).message_id);
    assert!(first.message_id.ends_with("@hub.example.org>"), "{}", first.message_id);
    let Letter { message_id, date: _, subject, body, unsubscribe } = &first;
    for text in [message_id, subject, body] {
        assert!(!text.contains(HOME) && !text.contains("p-4t7m") && !text.contains("77"), "{text}");
    }
    assert_eq!(unsubscribe, "https://hub.example.org:8443/unsubscribe/TOKEN");
    assert!(body.contains(unsubscribe) && body.contains("There are 3 new entries"), "{body}");
}

#[test]
fn a_delivery_that_fails_is_tried_again_for_five_days_and_nothing_is_planned_beside_it() {
    let mut desk = Desk::following(&[of_home()], at_once());
    desk.concern(HOME, "c-1");
    let planned = desk.plans("2024-02-05T10:00:30Z").at;
    let mut now = planned;
    let mut pauses = Vec::new();
    for _ in 0..70 {
        let Some(Act::Send(delivery, _)) = desk.act_at(now) else { panic!("not tried at {now}") };
        let failed = Failed { at: now, code: FailedCode::MailUnreachable, reply: None };
        desk.book.person_mut(&person()).take_failure(delivery.number, failed);
        desk.story.at(&now.to_string());
        desk.concern(HOME, &format!("more-{now}"));
        let delivery = desk.book.person(&person()).unwrap().last().unwrap().clone();
        let Try::NotBefore(next) = next_try(&delivery, now) else { panic!() };
        assert_eq!(desk.act_at(next - 1.nanosecond()), None);
        pauses.push(next.duration_since(now).as_mins());
        now = next;
    }
    assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 32, 60]);
    assert!(pauses[7..].iter().all(|pause| *pause == 60), "{pauses:?}");
    let end = planned + SignedDuration::from_hours(5 * 24);
    assert!(matches!(desk.act_at(end - 1.nanosecond()), Some(Act::Send(..))));
    assert_eq!(desk.act_at(end), Some(Act::End(1, EndedWhy::Outdated)));
    // What came meanwhile is told then.
    let follower = desk.book.person_mut(&person());
    follower.take_outcome(1, Outcome::Ended(end, EndedWhy::Outdated));
    assert!(matches!(desk.act_at(end), Some(Act::Plan(2, plan)) if plan.count >= 9));
}

#[test]
fn what_comes_twice_or_out_of_order_changes_nothing() {
    let mut desk = Desk::following(&[of_home()], at_once());
    desk.concern(HOME, "c-1");
    let plan = desk.plans("2024-02-05T10:00:30Z");
    desk.made();
    let before = desk.book.clone();
    let follower = desk.book.person_mut(&person());
    follower.take_settings(Moment::default(), 1, Settings::default());
    follower.take_plan(1, plan);
    follower.take_outcome(1, Outcome::Ended(at(MORNING), EndedWhy::Outdated));
    follower.take_outcome(9, Outcome::Made(at(MORNING)));
    let failed = Failed { at: at(MORNING), code: FailedCode::MailTls, reply: None };
    follower.take_failure(9, failed);
    assert_eq!(desk.book, before);
}
