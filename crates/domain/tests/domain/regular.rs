//! Regular meetings about no single home that nobody holds or plans (Norfolk 7.3.14, 7.3.16), and meetings whose output
//! nobody waits for (Stockton 1 and 3).

use carehub_domain::event::{Event, MeetingKind, MeetingPlan, MeetingRecord, Record};
use carehub_domain::policy::{Owed, Rule};
use expect_test::expect;

use crate::said::{self, norfolk_whole};
use crate::story::{Story, given};

const QA: &str = "council-qa";

fn plans(story: &mut Story, kind: MeetingKind, home: &str, on: &str) {
    let plan = MeetingPlan {
        meeting: kind,
        meeting_ref: on.to_owned(),
        planned_for: on.parse().unwrap(),
        chair_role: QA.to_owned(),
    };
    let id = format!("plan {kind:?} {on} {home}");
    story.says(QA, home, &id, Event::Record(Record::MeetingPlanned(plan)));
}

fn holds(story: &mut Story, kind: MeetingKind, home: &str, on: &str) {
    let held = MeetingRecord {
        meeting: kind,
        meeting_ref: on.to_owned(),
        held_on: on.parse().unwrap(),
        chair_role: QA.to_owned(),
        attended: vec![said::body(QA)],
        not_attended: Vec::new(),
        minutes_distributed_on: None,
        output_passed_on: None,
        passed_on_to: Vec::new(),
    };
    let id = format!("held {kind:?} {on} {home}");
    story.says(QA, home, &id, Event::Record(Record::MeetingRecorded(Box::new(held))));
}

/// The escalations of a trigger with this scope: when each was raised, and whether it holds.
fn late(story: &Story, trigger: &str, scope: &str) -> Vec<(String, bool)> {
    let homes = story.state.homes();
    let all = homes.flat_map(|home| home.escalations());
    let mut all: Vec<_> = all
        .filter(|one| one.trigger.as_str() == trigger && one.scope.starts_with(scope))
        .map(|one| (one.raised_at.to_string(), one.still_holds))
        .collect();
    all.sort();
    all
}

fn missing(story: &Story) -> Vec<(String, bool)> {
    late(story, "meeting-overdue", "regular")
}

/// The pack as a partnership switches it on: it holds since the first of January.
fn story() -> Story {
    let mut policy = norfolk_whole();
    for trigger in &mut policy.trigger {
        if let Rule::Overdue { of: Owed::Meeting { meetings, regular, .. } } = &mut trigger.rule
            && meetings.contains(&MeetingKind::Quarterly)
        {
            let every = "3 months".to_owned().try_into().unwrap();
            regular.insert(MeetingKind::Quarterly, every);
        }
    }
    given(&policy)
}

#[test]
fn a_quarterly_meeting_that_nobody_ever_planned_is_missed_three_months_after_the_policy() {
    let mut story = story();
    story.tick("2024-03-31T22:59:59Z").meanwhile();
    assert_eq!(missing(&story), []);
    story.tick("2024-03-31T23:00:00Z").then(&expect![[r#"
        tick -> meeting-overdue Raised at general, None, to council-qa; 0 counted
    "#]]);
    // Once, while it is open.
    story.tick("2024-07-10T10:00:00Z");
    assert_eq!(missing(&story), [("2024-03-31T23:00:00Z".to_owned(), true)]);
    // At a home it does not count; about none it does.
    plans(&mut story, MeetingKind::Quarterly, "1-1000", "2024-07-20");
    assert!(missing(&story)[0].1);
    plans(&mut story, MeetingKind::Quarterly, "general", "2024-07-20");
    assert!(missing(&story)[0].1, "planned, but later than it was to be held");
    holds(&mut story, MeetingKind::Quarterly, "general", "2024-07-10");
    assert_eq!(missing(&story), [("2024-03-31T23:00:00Z".to_owned(), false)]);
}

#[test]
fn the_next_is_missed_three_months_after_the_last_unless_it_is_planned_in_time() {
    let mut story = story();
    story.at("2024-02-10T10:00:00Z");
    holds(&mut story, MeetingKind::Quarterly, "general", "2024-02-10");
    story.tick("2024-05-09T22:59:59Z");
    assert_eq!(missing(&story), []);
    let mut planned = self::story();
    planned.at("2024-02-10T10:00:00Z");
    holds(&mut planned, MeetingKind::Quarterly, "general", "2024-02-10");
    // The last day that is in time, and the first that is not.
    plans(&mut planned, MeetingKind::Quarterly, "general", "2024-05-10");
    planned.tick("2024-05-10T10:00:00Z");
    assert_eq!(missing(&planned), []);
    plans(&mut story, MeetingKind::Quarterly, "general", "2024-05-11");
    story.tick("2024-05-09T23:00:00Z");
    assert_eq!(missing(&story), [("2024-05-09T23:00:00Z".to_owned(), true)]);
    // What was planned and is not held is chased as such, and not twice.
    planned.tick("2024-05-14T23:00:00Z");
    assert_eq!(late(&planned, "meeting-overdue", "meeting").len(), 1);
    assert_eq!(missing(&planned), []);
}

#[test]
fn other_kinds_and_those_of_one_home_are_not_waited_for() {
    let mut story = story();
    story.at("2024-02-10T10:00:00Z");
    holds(&mut story, MeetingKind::Esap, "general", "2024-02-10");
    holds(&mut story, MeetingKind::Quarterly, "general", "2024-02-10");
    holds(&mut story, MeetingKind::Quarterly, "1-1000", "2024-02-10");
    story.tick("2024-05-09T10:00:00Z");
    assert_eq!(missing(&story), []);
    story.tick("2024-06-09T10:00:00Z");
    assert_eq!(missing(&story).len(), 1, "the quarterly one, and about no home");
}

#[test]
fn as_the_pack_ships_nobody_waits_for_a_meeting_that_nobody_planned() {
    let mut story = given(&norfolk_whole());
    story.tick("2025-01-01T10:00:00Z");
    assert_eq!(missing(&story), []);
}

#[test]
fn a_meeting_of_the_protection_group_that_was_planned_is_chased_and_its_output_is_not() {
    let mut story = story();
    story.at("2024-02-01T10:00:00Z");
    let group = MeetingKind::Other;
    plans(&mut story, group, "general", "2024-02-05");
    plans(&mut story, group, "general", "2024-02-19");
    story.tick("2024-02-07T23:59:58Z");
    assert_eq!(late(&story, "protection-group", ""), []);
    story.tick("2024-02-07T23:59:59Z");
    assert_eq!(late(&story, "protection-group", ""), [("2024-02-07T23:59:59Z".to_owned(), true)]);
    holds(&mut story, group, "general", "2024-02-05");
    assert!(!late(&story, "protection-group", "")[0].1);
    story.at("2024-02-19T17:00:00Z");
    holds(&mut story, group, "general", "2024-02-19");
    story.tick("2024-03-20T10:00:00Z");
    assert_eq!(late(&story, "protection-group", "").len(), 1, "nobody waits for its output");
}
