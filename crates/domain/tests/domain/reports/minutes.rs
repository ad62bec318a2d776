//! Minutes and timescales (Coventry 2), and the evidence on the memorandum (Norfolk 7.3.22).

use carehub_domain::Digest;
use carehub_domain::escalation::Step;
use carehub_domain::event::{
    Event, InformationPower, InformationRefusal, InformationRequest, Kind, MeetingKind,
    PropertyFault, Record, Severity,
};
use carehub_domain::policy::Within;
use carehub_domain::report::Days;
use carehub_domain::report::answers::{Tally, Timely};
use carehub_domain::report::memorandum::{self, Measured, Memorandum};
use carehub_domain::report::minutes::{Gathering, Minutes, StepLine};

use super::{COUNCIL, HOME, OTHER, QA, day, holds_meeting, plans_meeting, refers, rules, views};
use crate::said::{at, body, event_ref, norfolk_whole, with_agreement};
use crate::story::{Story, given};

const FEBRUARY: (&str, &str) = ("2024-02-01", "2024-03-01");
const BREACH: &str = "health-and-safety-breach";
const RISK: &str = "property-risk";

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

fn step(report: &Minutes, step: Step) -> StepLine {
    *report.steps.iter().find(|line| line.step == step).unwrap()
}

fn measure(evidence: &Memorandum, what: Measured) -> (u32, Option<Tally>) {
    let of = evidence.measures.iter().find(|one| one.what == what).unwrap();
    (of.count, of.timely)
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
    let tally = Tally { in_time: 1, late: 1, missing: 1, ..Tally::default() };
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
    let step = step(&report, Step::Acknowledge);
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

/// Two breaches are acknowledged by all four, decided and closed within the hour; who leads is agreed for one of them.
#[test]
fn what_nobody_had_done_when_it_was_closed_was_never_done() {
    let mut story = story();
    for (home, at) in [(HOME, "2024-02-01"), (OTHER, "2024-02-02")] {
        story.at(&format!("{at}T10:00:00Z"));
        story.raises("cqc", home, home, Kind::HealthAndSafetyBreach, Severity::Low, |_| {});
        for body in ["cqc", "hse", "district-council", "fire"] {
            story.acknowledges(body, home, BREACH);
        }
        if home == OTHER {
            story.agrees_lead("cqc", home, BREACH, "hse");
        }
        story.decides("cqc", home, BREACH).closes("cqc", home, BREACH);
    }
    let (now, in_time) = ("2024-02-03T00:00:00Z", 2);
    let report = report(&story, "cqc", FEBRUARY, now);
    let leads = Tally { in_time: 1, missing: 1, ..Tally::default() };
    assert_eq!(step(&report, Step::AgreeLead).timely, leads);
    let acknowledged = Tally { in_time, ..Tally::default() };
    assert_eq!(step(&report, Step::Acknowledge).timely, acknowledged);
    let evidence = evidence(&story, "cqc", FEBRUARY, now);
    assert_eq!(measure(&evidence, Measured::Leads), (2, Some(leads)));
    assert_eq!(measure(&evidence, Measured::Acknowledgements), (2, Some(acknowledged)));
}

/// Nobody acknowledges a breach. The director is told, says nothing either, and closes that.
#[test]
fn an_unanswered_escalation_that_is_closed_unread_was_not_acknowledged() {
    let mut story = story();
    story.raises("cqc", HOME, "b", Kind::HealthAndSafetyBreach, Severity::Low, |_| {});
    let director = "director-adult-services";
    story.tick("2024-02-03T00:00:00Z").closes(director, HOME, "unanswered");
    let report = report(&story, director, FEBRUARY, "2024-02-04T00:00:00Z");
    let line = report.bodies[&body(director)];
    assert_eq!(line.acknowledged, Tally { missing: 1, ..Tally::default() });
    // The breach, which it may see for that, and what it closed.
    assert_eq!(step(&report, Step::Acknowledge).timely.missing, 2);
}

/// A word about the heating, which was repaired for good or not.
fn heating(story: &mut Story, id: &str, severity: Severity, repaired: bool) {
    story.raises("cqc", HOME, id, Kind::PropertyRisk, severity, |concern| {
        concern.details.property_fault = Some(PropertyFault::Heating);
        concern.details.permanent_repair = repaired.then_some(true);
        concern.incident_ref = Some(Digest::of_incident("heating"));
    });
}

/// Decided on the day, a week later and once more on that day, and a day too late; the next is due on the 23rd.
fn weekly() -> Story {
    let mut story = story();
    heating(&mut story, "p1", Severity::Medium, false);
    story.acknowledges(QA, HOME, RISK);
    for at in ["2024-02-01T12:00:00Z", "2024-02-08T10:00:00Z", "2024-02-08T15:00:00Z"] {
        story.at(at).decides(QA, HOME, RISK);
    }
    story.at("2024-02-16T10:00:00Z").decides(QA, HOME, RISK);
    story
}

const MEASURED: Tally = Tally { in_time: 2, late: 1, missing: 0, not_yet_due: 0, not_known: 0 };

fn decided(story: &Story, now: &str) -> StepLine {
    step(&report(story, QA, FEBRUARY, now), Step::Decide)
}

#[test]
fn a_weekly_decision_is_measured_each_time_while_it_is_asked_for() {
    let story = weekly();
    let open = decided(&story, "2024-02-23T23:59:59Z");
    assert_eq!(open.timely, Tally { not_yet_due: 1, ..MEASURED });
    assert_eq!((open.median_hours, open.longest_hours), (Some(2), Some(2)), "to the first");
    let overdue = Tally { missing: 1, ..MEASURED };
    assert_eq!(decided(&story, "2024-02-24T00:00:00Z").timely, overdue);
    let by_body = report(&story, QA, FEBRUARY, "2024-02-24T00:00:00Z").bodies[&body(QA)];
    assert_eq!(by_body.decided, overdue);
    let evidence = evidence(&story, QA, FEBRUARY, "2024-02-24T00:00:00Z");
    assert_eq!(measure(&evidence, Measured::Decisions), (4, Some(overdue)));
}

#[test]
fn a_weekly_decision_that_was_left_out_is_missing_also_when_all_is_closed() {
    let closed = |decisions: &[&str], on: &str| {
        let mut story = weekly();
        story.at("2024-02-20T10:00:00Z");
        heating(&mut story, "p2", Severity::Low, true);
        for at in decisions {
            story.at(at).decides(QA, HOME, RISK);
        }
        story.at(on).closes(QA, HOME, RISK);
        decided(&story, "2024-04-01T00:00:00Z").timely
    };
    let one_more = Tally { in_time: 3, ..MEASURED };
    assert_eq!(closed(&["2024-02-21T10:00:00Z"], "2024-02-21T10:00:00Z"), one_more);
    // Repaired, and looked at for the last time: nothing more was asked for, though somebody decided once more.
    assert_eq!(
        closed(&["2024-02-21T10:00:00Z", "2024-03-20T10:00:00Z"], "2024-03-20T10:00:00Z"),
        one_more
    );
    let late = Tally { late: 2, ..MEASURED };
    assert_eq!(closed(&["2024-02-24T10:00:00Z"], "2024-02-25T10:00:00Z"), late);
    let left_out = Tally { missing: 1, ..MEASURED };
    assert_eq!(closed(&[], "2024-02-24T10:00:00Z"), left_out);
    // Closed before it fell due.
    assert_eq!(closed(&[], "2024-02-22T10:00:00Z"), MEASURED);
}

/// By when the first decision was due is not kept: three days after a low risk, and the same day after a high one.
#[test]
fn it_is_not_known_whether_a_decision_was_in_time_where_the_severity_rose_since() {
    let first = |on: &str, severity: Severity| {
        let mut policy = with_agreement(norfolk_whole());
        let risk = policy.trigger.iter_mut().find(|one| one.id.as_str() == RISK).unwrap();
        let decide = risk.answer.iter_mut().find(|one| one.step == Step::Decide).unwrap();
        (decide.within, decide.high) = (Within::Days(3), Some(Within::SameDay));
        let mut story = given(&policy);
        story.at("2024-02-01T10:00:00Z");
        heating(&mut story, "p1", Severity::Low, false);
        story.at(on).acknowledges(QA, HOME, RISK).decides(QA, HOME, RISK);
        heating(&mut story, "p2", severity, false);
        decided(&story, on).timely
    };
    let next = Tally { not_yet_due: 1, ..Tally::default() };
    let (in_time, late) = (Tally { in_time: 1, ..next }, Tally { late: 1, ..next });
    assert_eq!(first("2024-02-02T10:00:00Z", Severity::Low), in_time);
    assert_eq!(first("2024-02-01T12:00:00Z", Severity::High), in_time);
    let not_known = Tally { not_known: 1, ..next };
    assert_eq!(first("2024-02-02T10:00:00Z", Severity::High), not_known);
    assert_eq!(first("2024-02-05T10:00:00Z", Severity::High), late);
}
