//! The monthly threshold report (Norfolk 7.3.9).

use carehub_domain::event::{Handling, HandlingCode, Kind, Severity};
use carehub_domain::report::answers::Tally;
use carehub_domain::report::threshold::{Gathering, Threshold};

use super::{COUNCIL, HOME, OTHER, day, refers, refers_with, rules, views};
use crate::said::{at, body, norfolk, with_agreement};
use crate::story::{Story, given};

const TRIGGER: &str = "referrals-6m";

/// Five referrals in January at two homes, and a sixth at one of them on 20 February.
fn story() -> Story {
    let mut story = given(&with_agreement(norfolk()));
    for (nth, on) in (10..15).enumerate() {
        story.at(&format!("2024-01-{on}T12:00:00Z"));
        refers(&mut story, HOME, &format!("a{nth}"), &format!("2024-01-{on}"));
        refers(&mut story, OTHER, &format!("b{nth}"), &format!("2024-01-{on}"));
    }
    story.at("2024-02-20T09:00:00Z");
    refers(&mut story, HOME, "a5", "2024-02-20");
    story.at("2024-02-20T14:30:00Z").acknowledges(COUNCIL, HOME, TRIGGER);
    story.at("2024-02-21T09:00:00Z").discusses(COUNCIL, HOME, TRIGGER);
    story.at("2024-02-23T09:00:00Z").decides(COUNCIL, HOME, TRIGGER).closes(COUNCIL, HOME, TRIGGER);
    story.meanwhile();
    story
}

fn report(story: &Story, reader: &str, month: &str, now: &str) -> Threshold {
    let rules = rules(story);
    let mut gathering = Gathering::of(&rules, day(month), at(now));
    for view in views(story, reader) {
        gathering.count(&view);
    }
    gathering.finish()
}

/// The lines of the trigger, as text.
fn lines(report: &Threshold) -> Vec<String> {
    let of_trigger = report.met.iter().filter(|met| met.trigger.as_str() == TRIGGER);
    let line = |met: &carehub_domain::report::threshold::Met| {
        let answers = met.answers.iter().map(|answer| {
            let times = &answer.times;
            let hours = [times.hours_to_acknowledge, times.hours_to_discuss, times.hours_to_decide];
            let hours = hours.map(|hours| hours.map_or("-".to_owned(), |hours| hours.to_string()));
            format!("{:?} after {} {:?}", answer.stage, hours.join(" "), answer.decision)
        });
        let answers: Vec<String> = answers.collect();
        let held = met.held_on.map(|day| day.to_string()).unwrap_or_default();
        let (most, limit) = (met.most.unwrap_or_default(), met.limit.unwrap_or_default());
        format!("{} {most} of {limit} on {held}: {}", met.place.id, answers.join("; "))
    };
    of_trigger.map(line).collect()
}

const LATER: &str = "2025-01-01T00:00:00Z";

#[test]
fn a_home_is_in_the_month_in_which_it_was_over_the_limit_and_not_in_the_one_before() {
    let story = story();
    assert_eq!(lines(&report(&story, COUNCIL, "2024-01-15", LATER)), Vec::<String>::new());
    let february = report(&story, COUNCIL, "2024-02-15", LATER);
    assert_eq!(
        lines(&february),
        ["1-1000 6 of 5 on 2024-02-20: Closed after 5 24 72 Some(Monitor)"]
    );
    let line = february.triggers.iter().find(|line| line.trigger.as_str() == TRIGGER).unwrap();
    assert_eq!((line.homes, line.raised), (1, 1));
    assert_eq!((line.acknowledged.in_time, line.acknowledged.late), (1, 0));
    assert_eq!((line.decided.in_time, line.decided.all()), (1, 1));
}

/// triggers.md §3, re-arming: the monthly report lists every home over the limit regardless. Six calendar months that
/// end on 9 July begin on 10 January.
#[test]
fn it_stays_in_the_report_while_it_is_over_the_limit_though_nothing_is_raised() {
    let story = story();
    let on = |month: &str| lines(&report(&story, COUNCIL, month, LATER));
    assert_eq!(on("2024-03-31"), ["1-1000 6 of 5 on 2024-03-01: "]);
    assert_eq!(on("2024-07-01"), ["1-1000 6 of 5 on 2024-07-01: "]);
    assert_eq!(on("2024-08-01"), Vec::<String>::new());
}

#[test]
fn the_month_that_is_not_over_is_looked_at_until_today() {
    let story = story();
    let that_day = report(&story, COUNCIL, "2024-02-01", "2024-02-20T00:00:00Z");
    assert!(lines(&that_day)[0].starts_with("1-1000 6 of 5 on 2024-02-20"));
    // What is known now of a later day is no part of it: only the escalation, raised in the month, is.
    let early = report(&story, COUNCIL, "2024-02-01", "2024-02-19T23:59:59Z");
    let met = early.met.iter().find(|met| met.trigger.as_str() == TRIGGER).unwrap();
    assert_eq!((met.held_on, met.answers.len()), (None, 1));
}

#[test]
fn an_escalation_belongs_to_the_month_of_london_in_which_it_was_raised() {
    for (raised, month, other) in [
        ("2024-05-31T22:59:59Z", "2024-05-01", "2024-06-01"),
        ("2024-05-31T23:00:00Z", "2024-06-01", "2024-05-01"),
    ] {
        let mut story = given(&with_agreement(norfolk()));
        story.at(raised);
        story.raises(
            "cqc",
            HOME,
            "breach",
            Kind::HealthAndSafetyBreach,
            Severity::Low,
            |concern| concern.occurred_at = carehub_domain::event::Occurred::Day(day("2024-04-20")),
        );
        let raised_in = |month: &str| {
            let report = report(&story, "cqc", month, LATER);
            let breach = |t: &str| t == "health-and-safety-breach";
            report
                .triggers
                .iter()
                .filter(|line| breach(line.trigger.as_str()))
                .map(|l| l.raised)
                .sum()
        };
        let counts: (u32, u32) = (raised_in(month), raised_in(other));
        assert_eq!(counts, (1, 0), "{raised}");
        // In the month in which it happened it stands with its answer, and was not raised in it.
        let april = report(&story, "cqc", "2024-04-01", LATER);
        let met: Vec<usize> = april.met.iter().map(|met| met.answers.len()).collect();
        assert_eq!((met, april.triggers[0].raised), (vec![1], 0));
    }
}

#[test]
fn it_counts_for_each_reader_what_that_reader_may_see() {
    let mut story = given(&with_agreement(norfolk()));
    story.at("2024-02-01T09:00:00Z");
    for nth in 0..6 {
        refers_with(&mut story, COUNCIL, HOME, &format!("a{nth}"), "2024-02-01", |concern| {
            if nth == 0 {
                let audience = vec![body("police")];
                concern.handling = Some(Handling { code: HandlingCode::C, audience });
            }
        });
    }
    let seen = |reader: &str| {
        let report = report(&story, reader, "2024-02-01", LATER);
        let met = report.met.iter().find(|met| met.trigger.as_str() == TRIGGER);
        met.map(|met| (met.most, met.held_on.is_some(), met.answers.len()))
    };
    assert_eq!(seen("police"), Some((Some(6.0), true, 1)));
    // It is told that there is an escalation, and counts the five that it may see.
    assert_eq!(seen("council-qa"), Some((Some(5.0), false, 1)));
    assert_eq!(seen("provider"), None);
}

/// The fire service never acknowledges a breach, and it is closed.
#[test]
fn what_was_closed_without_an_answer_was_not_answered() {
    let mut story = given(&with_agreement(norfolk()));
    let breach = "health-and-safety-breach";
    story.at("2024-02-01T10:00:00Z");
    story.raises("cqc", HOME, "b", Kind::HealthAndSafetyBreach, Severity::Low, |_| {});
    for body in ["cqc", "hse", "district-council"] {
        story.acknowledges(body, HOME, breach);
    }
    story.decides("cqc", HOME, breach).closes("cqc", HOME, breach);
    let february = report(&story, "cqc", "2024-02-01", LATER);
    let line = february.triggers.iter().find(|line| line.trigger.as_str() == breach).unwrap();
    assert_eq!(line.acknowledged, Tally { missing: 1, ..Tally::default() });
    assert_eq!(line.decided, Tally::default(), "none was asked for");
}
