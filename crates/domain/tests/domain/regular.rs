//! Meetings that are held regularly, and that nobody plans (Norfolk 7.3.14, 7.3.16; Kirklees 1; Stockton 1): a
//! second before the next is due, at the second, and when it was held.

use std::fmt::Write as _;

use carehub_domain::event::{Event, MeetingKind, MeetingRecord, Record};
use carehub_domain::policy::{Owed, Policy, Rule};
use expect_test::{Expect, expect};

use crate::said::{self, norfolk_whole};
use crate::story::{Story, given_since};

const HOME: &str = "1-1000";

/// The pack that ships, of whose meetings only these are to be held regularly.
fn policy(kinds: &[MeetingKind]) -> Policy {
    let mut policy = norfolk_whole();
    for trigger in &mut policy.trigger {
        if let Rule::Overdue { of: Owed::Meeting { every, .. } } = &mut trigger.rule {
            every.retain(|kind, _| kinds.contains(kind));
        }
    }
    policy
}

/// In force since New Year's Day, a Monday.
fn story(kinds: &[MeetingKind]) -> Story {
    given_since(&policy(kinds), "2024-01-01T09:00:00Z")
}

fn held(story: &mut Story, home: &str, kind: MeetingKind, on: &str, chair: &str) {
    let held = MeetingRecord {
        meeting: kind,
        meeting_ref: on.to_owned(),
        held_on: on.parse().unwrap(),
        chair_role: chair.to_owned(),
        attended: Vec::new(),
        not_attended: Vec::new(),
        minutes_distributed_on: Some(on.parse().unwrap()),
        output_passed_on: Some(on.parse().unwrap()),
    };
    let event = Event::Record(Record::MeetingRecorded(Box::new(held)));
    story.says("council-qa", home, &format!("{kind:?} {on}"), event);
}

#[track_caller]
fn check(story: &Story, expected: &Expect) {
    let all = story.state.homes().flat_map(|home| home.escalations());
    let mut all: Vec<_> = all.filter(|e| e.trigger.as_str() == "meeting-overdue").collect();
    all.sort_by_key(|e| (e.raised_at, e.scope.clone()));
    let mut text = String::new();
    for e in all {
        let to: Vec<_> = e.responsible.iter().map(ToString::to_string).collect();
        let holds = if e.still_holds { "" } else { "; holds no longer" };
        let episode =
            if e.episode > 1 { format!(", episode {}", e.episode) } else { String::new() };
        let at = (e.raised_at, &e.home, &e.scope, to.join(" "));
        writeln!(text, "{} at {}, {}{episode}: to {}{holds}", at.0, at.1, at.2, at.3).unwrap();
        writeln!(text, "    {}", e.explanation.sentence).unwrap();
    }
    expected.assert_eq(&text);
}

#[test]
fn a_regular_meeting_that_is_never_held_is_chased_from_the_day_of_the_rule_on() {
    // Fourteen days, a month and three months; then two working days to record it.
    for (kind, before, due) in [
        (MeetingKind::CareGovernance, "2024-01-17T23:59:58Z", "2024-01-17T23:59:59Z"),
        (MeetingKind::Esap, "2024-02-05T23:59:58Z", "2024-02-05T23:59:59Z"),
        (MeetingKind::Quarterly, "2024-04-03T22:59:58Z", "2024-04-03T22:59:59Z"),
    ] {
        let mut story = story(&[kind]);
        story.tick(before).then(&expect![[""]]);
        story.tick(due);
        assert_eq!(story.text().lines().count(), 1, "{kind:?}: {}", story.text());
    }
}

#[test]
fn it_counts_from_the_last_one_held_about_whatever_home_and_goes_to_the_role_that_chaired_it() {
    let mut story = story(&[MeetingKind::Esap]);
    story.at("2024-01-20T10:00:00Z");
    held(&mut story, HOME, MeetingKind::Esap, "2024-01-19", "commissioning");
    // Another kind, and one that was held before.
    held(&mut story, HOME, MeetingKind::Quarterly, "2024-01-20", "commissioning");
    held(&mut story, "general", MeetingKind::Esap, "2024-01-12", "police");
    story.meanwhile();
    story.tick("2024-02-21T23:59:58Z");
    check(&story, &expect![[""]]);
    story.tick("2024-02-21T23:59:59Z");
    check(&story, &expect![[""]]);
    story.at("2024-02-22T10:00:00Z");
    held(&mut story, "1-2000", MeetingKind::Esap, "2024-02-22", "commissioning");
    check(&story, &expect![[""]]);
}

#[test]
fn one_at_a_time_is_open_of_a_kind_and_after_it_was_closed_the_next_time_is_told() {
    let mut story = story(&[MeetingKind::CareGovernance]);
    for day in ["2024-01-17", "2024-01-31", "2024-02-14"] {
        story.tick(&format!("{day}T23:59:59Z"));
    }
    check(&story, &expect![[""]]);
    story.at("2024-02-15T10:00:00Z");
    story.finishes("council-qa", "general", "meeting-overdue");
    story.tick("2024-02-28T23:59:58Z");
    let count = |story: &Story| {
        let all = story.state.homes().flat_map(|home| home.escalations());
        all.filter(|e| e.trigger.as_str() == "meeting-overdue").count()
    };
    assert_eq!(count(&story), 1);
    story.tick("2024-02-28T23:59:59Z");
    assert_eq!(count(&story), 2);
}

#[test]
fn another_rule_book_does_not_set_the_clock_back_and_one_without_the_rule_ends_it() {
    let esap = policy(&[MeetingKind::Esap]);
    for (between, raised) in [(&esap, 1), (&policy(&[]), 0)] {
        let mut story = story(&[MeetingKind::Esap]);
        story.at("2024-01-20T10:00:00Z").activates(between, None);
        story.at("2024-01-21T10:00:00Z").activates(&esap, None);
        story.meanwhile();
        story.tick("2024-02-05T23:59:59Z");
        assert_eq!(story.text().lines().count(), raised, "{}", story.text());
    }
}

#[test]
fn a_restart_knows_what_the_running_hub_knew() {
    let mut story = story(&[MeetingKind::Esap]);
    story.at("2024-01-20T10:00:00Z");
    held(&mut story, HOME, MeetingKind::Esap, "2024-01-19", "commissioning");
    let state = &story.state;
    let homes: Vec<_> = state.homes().cloned().collect();
    let restored = carehub_domain::fold::State::restored(
        state.policy().clone(),
        state.time(),
        state.position(),
        homes,
        [],
        [],
    );
    assert_eq!(restored.next_due(), state.next_due());
    assert!(restored.next_due().is_some());
}
