//! What shows over a provider: homes that stand at a level, and a run across its homes.

use carehub_domain::Digest;
use carehub_domain::event::{Closure, Concern, Event, Kind, Severity};
use expect_test::expect;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::{check, on, raised, registers, says, story, weekly};
use crate::said;
use crate::story::Story;

/// A provider with so many homes.
fn provider(homes: u32) -> Story {
    let mut story = story();
    for n in 1..=homes {
        registers(&mut story, &home(n), "p-1", Some(20));
    }
    story.meanwhile();
    story
}

fn home(n: u32) -> String {
    format!("1-{n}")
}

fn moderate(story: &mut Story, home: &str) {
    let id = format!("m{}", story.state.position());
    let kind = Kind::ManagerOrResponsiblePerson;
    story.raises("contracts", home, &id, kind, Severity::Low, |_: &mut Concern| {});
}

#[test]
fn two_homes_and_a_quarter_of_them_at_moderate_are_told_about_the_provider() {
    for (homes, fires) in [(8, true), (9, false)] {
        let mut story = provider(homes);
        moderate(&mut story, "1-1");
        assert_eq!(raised(&story, "provider-spread"), 0, "one home");
        moderate(&mut story, "1-1");
        assert_eq!(raised(&story, "provider-spread"), 0, "one home, twice");
        moderate(&mut story, "1-2");
        assert_eq!(raised(&story, "provider-spread"), usize::from(fires), "{homes} homes");
    }
    let mut story = provider(2);
    moderate(&mut story, "1-1");
    moderate(&mut story, "1-2");
    check(
        &story,
        "provider-spread",
        &expect![[r#"
        2024-02-01T10:00:00Z at general, Moderate, to commissioning, provider p-1
            2 of 2 homes of one provider stand at this level (100 %); the limits are 2 and 25 %.
    "#]],
    );
}

#[test]
fn minor_ones_closed_ones_and_homes_of_others_do_not_spread() {
    let mut story = provider(2);
    registers(&mut story, "3-1", "p-2", Some(20));
    moderate(&mut story, "1-1");
    for _ in 0..3 {
        says(&mut story, "1-2", Kind::Complaint);
    }
    assert_eq!(raised(&story, "cause-complaints"), 1, "minor");
    assert_eq!(raised(&story, "provider-spread"), 0);
    story.finishes("commissioning", "1-1", "moderate-manager");
    moderate(&mut story, "3-1");
    moderate(&mut story, "1-2");
    assert_eq!(raised(&story, "provider-spread"), 0, "the other is over");
}

#[test]
fn a_home_that_has_closed_is_no_part_of_the_share() {
    let mut story = provider(9);
    let closed_on = date(2024, 2, 1);
    story.says("cqc", "1-9", "closed", Event::HomeClosed(Closure { closed_on }));
    moderate(&mut story, "1-1");
    moderate(&mut story, "1-2");
    assert_eq!(raised(&story, "provider-spread"), 1);
}

#[test]
fn a_spread_that_was_closed_fires_again_when_another_home_comes_to_the_level() {
    let mut story = provider(4);
    let same = |c: &mut Concern| c.incident_ref = Some(Digest::of_incident("one"));
    let kind = Kind::ManagerOrResponsiblePerson;
    story.raises("contracts", "1-1", "first", kind, Severity::Low, same);
    moderate(&mut story, "1-2");
    story.finishes("commissioning", "general", "provider-spread");
    on(&mut story, date(2024, 2, 5));
    // A further word of what was open then is no news of the provider.
    story.raises("cqc", "1-1", "again", kind, Severity::High, same);
    assert_eq!(raised(&story, "provider-spread"), 1);
    moderate(&mut story, "1-3");
    check(
        &story,
        "provider-spread",
        &expect![[r#"
        2024-02-01T10:00:00Z at general, Moderate, to commissioning, provider p-1
            2 of 4 homes of one provider stand at this level (50 %); the limits are 2 and 25 %.
        2024-02-05T10:00:00Z at general, Moderate, to commissioning, provider p-1, episode 2
            3 of 4 homes of one provider stand at this level (75 %); the limits are 2 and 25 %.
    "#]],
    );
}

#[test]
fn what_is_below_the_level_is_no_evidence_of_a_spread() {
    let mut story = provider(2);
    for _ in 0..3 {
        says(&mut story, "1-1", Kind::Complaint);
    }
    moderate(&mut story, "1-1");
    moderate(&mut story, "1-2");
    let general = story.state.home(&said::home("general")).unwrap();
    let spread = general.escalations().next().unwrap();
    assert_eq!(spread.evidence.events.len(), 2);
}

/// Every escalation of the trigger: how many count, how many are marked, whether it holds and is open.
fn stands(story: &Story, trigger: &str) -> Vec<(u32, usize, bool, bool)> {
    let general = story.state.home(&said::home("general")).unwrap();
    let of_trigger = general.escalations().filter(|e| e.trigger.as_str() == trigger);
    let stands = of_trigger
        .map(|e| (e.evidence.count, e.evidence.withdrawn.len(), e.still_holds, e.is_open()));
    stands.collect()
}

#[test]
fn a_spread_holds_no_longer_when_what_raised_one_of_its_homes_is_withdrawn() {
    let mut story = provider(8);
    let kind = Kind::ManagerOrResponsiblePerson;
    for (home, id) in [("1-1", "a"), ("1-2", "b"), ("1-2", "c")] {
        story.raises("contracts", home, id, kind, Severity::Low, |_: &mut Concern| {});
    }
    assert_eq!(stands(&story, "provider-spread"), [(2, 0, true, true)]);
    // The second home stands at the level on another concern: what is withdrawn is marked and no more.
    story.withdraws("contracts", "1-2", "b");
    assert_eq!(stands(&story, "provider-spread"), [(2, 1, true, true)]);
    story.withdraws("contracts", "1-1", "a");
    assert_eq!(stands(&story, "provider-spread"), [(1, 2, false, true)]);
}

#[test]
fn a_run_of_a_provider_says_so_when_nothing_of_it_is_left() {
    let mut story = run(27, 3);
    story.tick("2024-08-11T23:00:00Z");
    let general = story.state.home(&said::home("general")).unwrap();
    let run = general.escalations().find(|e| e.trigger.as_str() == "provider-run").unwrap();
    let events = run.evidence.events.clone();
    assert_eq!(events.len(), 12);
    let mut held = Vec::new();
    for event in &events {
        let home = (1..=4).map(home).find(|home| {
            let home = story.state.home(&said::home(home)).unwrap();
            home.concern(*event).is_some()
        });
        // A concern is called by the position before its own.
        let id = format!("c{}", event.0 - 1);
        story.withdraws("adult-social-care", &home.unwrap(), &id);
        held.push(stands(&story, "provider-run")[0].2);
    }
    assert_eq!(held.first(), Some(&true), "eleven of twelve are a run still");
    assert_eq!(stands(&story, "provider-run"), [(0, 12, false, true)]);
}

/// The Monday from which the runs are told.
const FIRST: Date = date(2024, 2, 5);

/// Four homes of one provider with one concern each in every fourth week, and then so many each in the
/// last of so many weeks.
fn run(weeks: i64, last: u32) -> Story {
    let mut story = provider(4);
    for week in 0..weeks {
        let monday = FIRST.saturating_add((week * 7).days());
        for n in 1..=4 {
            let told =
                if week + 1 == weeks { last } else { u32::from((week + i64::from(n)) % 4 == 0) };
            weekly(&mut story, &home(n), Kind::SoftIntelligence, monday, &[told]);
        }
    }
    story
}

#[test]
fn a_run_across_a_providers_homes_fires_on_the_monday_after_it() {
    let mut bursting = run(27, 3);
    bursting.tick("2024-08-11T22:59:59Z");
    assert_eq!(raised(&bursting, "provider-run"), 0);
    bursting.tick("2024-08-11T23:00:00Z");
    check(
        &bursting,
        "provider-run",
        &expect![[r#"
        2024-08-11T23:00:00Z at general, Minor, to commissioning, provider p-1
            12 in the 1 weeks before 2024-08-12 at 4 of 4 homes, where 1.4 were to be expected of all in 26 weeks; so strong a run comes about by chance once in 1000.
    "#]],
    );
    // As many as in any other week.
    let mut steady = run(27, 1);
    steady.tick("2024-08-11T23:00:00Z");
    assert_eq!(raised(&steady, "provider-run"), 0);
}

#[test]
fn before_the_hub_has_listened_for_half_a_year_no_run_stands_out() {
    // It has listened since the Wednesday of the first week.
    let mut story = run(26, 3);
    story.tick("2024-08-04T23:00:00Z");
    assert_eq!(raised(&story, "provider-run"), 0);
    // With the next week the same run is seen, if it lasts.
    weekly(&mut story, "1-1", Kind::SoftIntelligence, date(2024, 8, 5), &[3]);
    story.tick("2024-08-11T23:00:00Z");
    assert_eq!(raised(&story, "provider-run"), 1);
}

/// Two in one week, where nothing was for half a year, come about by chance once in a thousand; they are no
/// run all the same.
#[test]
fn two_of_late_are_no_run_and_three_are() {
    for (last, fires) in [(2, 0), (3, 1)] {
        let mut story = provider(4);
        // The hub listens since the Wednesday of the week before.
        says(&mut story, "3-1", Kind::SoftIntelligence);
        let mut counts = vec![0; 27];
        counts[26] = last;
        weekly(&mut story, "1-1", Kind::SoftIntelligence, FIRST, &counts);
        story.tick("2024-08-11T23:00:00Z");
        assert_eq!(raised(&story, "provider-run"), fires, "{last} of late");
    }
}

#[test]
fn a_run_at_the_only_home_of_a_provider_is_no_run_across_homes() {
    let mut story = provider(1);
    let mut counts = [0; 26];
    (counts[3], counts[25]) = (1, 12);
    weekly(&mut story, "1-1", Kind::SoftIntelligence, FIRST, &counts);
    story.tick("2024-08-05T10:00:00Z");
    assert_eq!(raised(&story, "provider-run"), 0);
}

#[test]
fn a_closed_run_is_not_told_again_for_the_same_weeks() {
    let mut story = run(27, 3);
    story.tick("2024-08-11T23:00:00Z");
    story.at("2024-08-13T10:00:00Z");
    story.finishes("commissioning", "general", "provider-run");
    for monday in ["2024-08-19", "2024-08-26", "2024-09-02", "2024-09-09", "2024-09-16"] {
        story.tick(&format!("{monday}T10:00:00Z"));
        assert_eq!(raised(&story, "provider-run"), 1, "{monday}");
    }
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    two_homes_and_a_quarter_of_them_at_moderate_are_told_about_the_provider,
    minor_ones_closed_ones_and_homes_of_others_do_not_spread,
    a_home_that_has_closed_is_no_part_of_the_share,
    a_spread_that_was_closed_fires_again_when_another_home_comes_to_the_level,
    what_is_below_the_level_is_no_evidence_of_a_spread,
    a_run_across_a_providers_homes_fires_on_the_monday_after_it,
    before_the_hub_has_listened_for_half_a_year_no_run_stands_out,
    two_of_late_are_no_run_and_three_are,
    a_run_at_the_only_home_of_a_provider_is_no_run_across_homes,
    a_closed_run_is_not_told_again_for_the_same_weeks,
];
