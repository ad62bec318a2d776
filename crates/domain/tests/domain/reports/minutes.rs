//! Minutes and timescales (Coventry 2), and the evidence on the memorandum (Norfolk 7.3.22).

use carehub_domain::escalation::Step;
use carehub_domain::event::{
    Event, InformationPower, InformationRefusal, InformationRequest, Kind, MeetingKind, Record,
    Severity,
};
use carehub_domain::report::Days;
use carehub_domain::report::answers::{Tally, Timely};
use carehub_domain::report::memorandum::{self, Measured, Memorandum};
use carehub_domain::report::minutes::{Gathering, Minutes};

use super::{COUNCIL, HOME, OTHER, QA, day, holds_meeting, plans_meeting, refers, rules, views};
use crate::said::{at, body, event_ref, norfolk_whole, with_agreement};
use crate::story::{Story, given};

const FEBRUARY: (&str, &str) = ("2024-02-01", "2024-03-01");

fn days((from, until): (&str, &str)) -> Days {
    Days { from: day(from), until: day(until) }
}

fn report(story: &Story, reader: &str, of: (&str, &str), now: &str) -> Minutes {
    let rules = rules(story);
    let mut gathering = Gathering::of(&rules, days(of), at(now));
    for view in views(story, reader) {
        gathering.count(&view);
    }
    gathering.finish()
}

fn evidence(story: &Story, reader: &str, of: (&str, &str), now: &str) -> Memorandum {
    let rules = rules(story);
    let mut gathering = memorandum::Gathering::of(&rules, days(of), at(now));
    for view in views(story, reader) {
        gathering.count(&view);
    }
    gathering.finish()
}

fn story() -> Story {
    let mut story = given(&with_agreement(norfolk_whole()));
    story.at("2024-02-01T10:00:00Z");
    story
}

/// Five working days from Thursday the first are Thursday the eighth.
#[test]
fn minutes_are_in_time_on_the_last_day_and_late_on_the_next() {
    let mut story = story();
    let strategy = MeetingKind::Strategy;
    holds_meeting(&mut story, HOME, strategy, "S1", ("2024-02-01", Some("2024-02-08"), None));
    holds_meeting(&mut story, HOME, strategy, "S2", ("2024-02-01", Some("2024-02-09"), None));
    holds_meeting(&mut story, HOME, strategy, "S3", ("2024-02-01", None, None));
    holds_meeting(&mut story, HOME, strategy, "S4", ("2024-01-31", None, None));
    let lines = |now: &str| {
        let report = report(&story, QA, FEBRUARY, now);
        let lines = report.meetings.iter().map(|m| (m.minutes_after_days, m.minutes.unwrap()));
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        (lines, report.kinds[&strategy])
    };
    let due = day("2024-02-08");
    let (all, kind) = lines("2024-02-08T23:59:59Z");
    assert_eq!(
        all,
        [
            (None, (due, Timely::NotYetDue)),
            (Some(7), (due, Timely::InTime)),
            (Some(8), (due, Timely::Late)),
        ]
    );
    assert_eq!((kind.held, kind.minutes.not_yet_due, kind.output.all()), (3, 1, 0));
    let (all, kind) = lines("2024-02-09T00:00:00Z");
    assert_eq!(all[0], (None, (due, Timely::Missing)));
    let tally = Tally { in_time: 1, late: 1, missing: 1, not_yet_due: 0 };
    assert_eq!(kind.minutes, tally);
}

#[test]
fn a_meeting_that_was_planned_and_not_held_is_in_the_report() {
    let mut story = story();
    plans_meeting(&mut story, HOME, MeetingKind::Esap, "E1", "2024-02-05");
    plans_meeting(&mut story, HOME, MeetingKind::Esap, "E2", "2024-03-01");
    let quarterly = MeetingKind::Quarterly;
    holds_meeting(&mut story, HOME, quarterly, "Q1", ("2024-02-01", None, Some("2024-02-15")));
    holds_meeting(&mut story, OTHER, quarterly, "Q2", ("2024-02-01", None, Some("2024-02-16")));
    let held = |now: &str| report(&story, QA, FEBRUARY, now).meetings.last().unwrap().held;
    assert_eq!(held("2024-02-07T23:59:59Z"), Some(Timely::NotYetDue));
    assert_eq!(held("2024-02-08T00:00:00Z"), Some(Timely::Missing));
    let report = report(&story, QA, FEBRUARY, "2024-03-01T00:00:00Z");
    let esap = report.kinds[&MeetingKind::Esap];
    assert_eq!((esap.held, esap.not_held), (0, 1));
    // Ten working days for the output.
    let output = report.kinds[&quarterly].output;
    assert_eq!((output.in_time, output.late), (1, 1));
    let outputs = evidence(&story, QA, FEBRUARY, "2024-03-01T00:00:00Z").measures[18];
    assert_eq!((outputs.what, outputs.count, outputs.timely), (Measured::Outputs, 2, Some(output)));
    let absent = &report.meetings[0].absent;
    assert!(absent.contains(&body("cqc")));
}

/// The pack gives two working days to acknowledge and ten to discuss; an escalation at each home.
#[test]
fn answers_are_in_time_to_the_second_and_hours_are_in_the_middle() {
    let mut story = story();
    for home in [HOME, OTHER] {
        for nth in 0..6 {
            refers(&mut story, home, &format!("{home} {nth}"), "2024-02-01");
        }
    }
    let due = |story: &Story, home: &str| {
        let view = story.seen_by(home, COUNCIL);
        let mut all = view.home().escalations().filter(|e| e.trigger.as_str() == "referrals-6m");
        let due = all.next().unwrap().due.iter().find(|due| due.step == Step::Acknowledge);
        due.unwrap().due
    };
    let last = due(&story, HOME).to_string();
    story.at(&last);
    let escalation = |story: &Story, home: &str| {
        let view = story.seen_by(home, COUNCIL);
        let mut all = view.home().escalations().filter(|e| e.trigger.as_str() == "referrals-6m");
        all.next().unwrap().id.clone()
    };
    for (home, at) in [(HOME, last.clone()), (OTHER, after(&last))] {
        let escalation = escalation(&story, home);
        let answer = carehub_domain::event::Acknowledgement { escalation };
        story.at(&at).says(COUNCIL, home, &format!("ack {home}"), Event::Acknowledged(answer));
    }
    let report = report(&story, COUNCIL, FEBRUARY, "2024-02-29T00:00:00Z");
    let step = report.steps.iter().find(|line| line.step == Step::Acknowledge).unwrap();
    let (in_time, late) = (step.timely.in_time, step.timely.late);
    assert!(in_time >= 1 && late == 1, "{step:?}");
    let body_line = report.bodies[&body(COUNCIL)];
    assert_eq!(body_line.acknowledged.late, 1);
    assert!(step.median_hours <= step.longest_hours && step.longest_hours > Some(24), "{step:?}");
    let evidence = evidence(&story, COUNCIL, FEBRUARY, "2024-02-29T00:00:00Z");
    let of = |what: Measured| evidence.measures.iter().find(|one| one.what == what).unwrap();
    assert_eq!(of(Measured::Acknowledgements).timely, Some(step.timely));
    let concerns = of(Measured::Concerns);
    assert_eq!((concerns.count, of(Measured::BelowReferral).count), (12, 0));
    assert_eq!((of(Measured::AboutNobody).count, of(Measured::Agencies).count), (12, 1));
    assert_eq!(concerns.timely, None);
}

/// A second later.
fn after(time: &str) -> String {
    use jiff::ToSpan as _;
    at(time).checked_add(1.second()).unwrap().to_string()
}

#[test]
fn the_evidence_on_the_memorandum_counts_requests_meetings_and_breaches() {
    let mut story = story();
    let kind = MeetingKind::Strategy;
    holds_meeting(&mut story, HOME, kind, "S1", ("2024-02-01", None, None));
    story.raises(QA, HOME, "breach", Kind::HealthAndSafetyBreach, Severity::Low, |concern| {
        concern.about_named_individual = true;
    });
    for id in ["asked", "asked too"] {
        let asks = InformationRequest {
            of: body("gp-practice"),
            power: InformationPower::CareActS45,
            answer_by: None,
        };
        story.says(QA, HOME, id, Event::Record(Record::InformationRequested(asks)));
    }
    let refuses = InformationRefusal {
        request: carehub_domain::event::EventRef { agency: Some(body(QA)), ..event_ref("asked") },
        refused_on: day("2024-02-01"),
    };
    let refusal = Event::Record(Record::InformationRefused(refuses));
    story.says("gp-practice", HOME, "refused", refusal);
    let of = |of: (&str, &str)| {
        let evidence = evidence(&story, QA, of, "2024-03-01T00:00:00Z");
        let counted = evidence.measures.iter().filter(|measure| measure.count > 0);
        counted.map(|measure| (measure.what, measure.count)).collect::<Vec<_>>()
    };
    let february = of(FEBRUARY);
    for expected in [
        (Measured::Concerns, 1),
        (Measured::BelowReferral, 1),
        (Measured::Agencies, 1),
        (Measured::Breaches, 1),
        (Measured::StrategyMeetings, 1),
        (Measured::RegulatorAbsent, 1),
        (Measured::Requests, 2),
        (Measured::Refused, 1),
    ] {
        assert!(february.contains(&expected), "{expected:?} {february:?}");
    }
    let is_there = |what| february.iter().any(|(counted, _)| *counted == what);
    assert!(!is_there(Measured::AboutNobody) && !is_there(Measured::RegulatorCame));
    assert_eq!(of(("2024-01-01", "2024-02-01")), []);
    assert_eq!(of(("2024-02-02", "2024-03-01")), []);
}
