//! What is unusual for a home against its own weeks: judged on Mondays, by the time of the log.

use carehub_domain::event::{Kind, Occurred, Patch, Severity};
use carehub_domain::policy::{Rule, Weekly};
use expect_test::expect;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::{HOME, check, on, raised, says, says_of, story, weekly};
use crate::said::{self, berkshire};
use crate::story::Story;

/// The Monday from which everything here is told.
const FIRST: Date = date(2024, 2, 5);

/// Each rule against a home's own weeks, and a kind that it counts.
const UNUSUAL: [(&str, Kind); 10] = [
    ("cause-medication-unusual", Kind::MedicationError),
    ("cause-attendance-unusual", Kind::HospitalAttendance),
    ("cause-behaviour-unusual", Kind::BehaviourChange),
    ("cause-nutrition-unusual", Kind::Nutrition),
    ("cause-neglect-unusual", Kind::NeglectSign),
    ("cause-visits-unusual", Kind::MissedVisit),
    ("cause-complaints-unusual", Kind::Complaint),
    ("cause-agency-unusual", Kind::AgencyStaffUse),
    ("cause-appointments-unusual", Kind::MissedAppointment),
    ("cause-concerns-unusual", Kind::SoftIntelligence),
];

fn week(number: i64) -> Date {
    FIRST.saturating_add((number * 7).days())
}

/// Midnight in London at the start of a day of winter or summer time.
fn midnight(story: &mut Story, day: Date) {
    let london = day.in_tz("Europe/London").unwrap().timestamp();
    story.tick(&london.to_string());
}

/// A second before.
fn just_before(story: &mut Story, day: Date) {
    let london = day.in_tz("Europe/London").unwrap().timestamp();
    story.tick(&london.checked_sub(1.second()).unwrap().to_string());
}

/// One a week for so many weeks, and then so many in one week.
fn steady_then(kind: Kind, weeks: u8, burst: u32) -> Story {
    let mut story = story();
    let mut counts = vec![1; usize::from(weeks)];
    counts.push(burst);
    weekly(&mut story, HOME, kind, FIRST, &counts);
    story
}

#[test]
fn every_rule_against_a_homes_own_weeks_has_a_test_here() {
    let policy = berkshire();
    let unusual = policy.trigger.iter().filter(|trigger| {
        let own = |weekly: &Weekly| matches!(weekly, Weekly::Unusual { weeks: 4, .. });
        matches!(&trigger.rule, Rule::Weekly(weekly) if own(weekly))
    });
    let mut ids: Vec<&str> = unusual.map(|trigger| trigger.id.as_str()).collect();
    let mut tested = UNUSUAL.map(|(trigger, _)| trigger);
    ids.sort_unstable();
    tested.sort_unstable();
    assert_eq!(ids, tested);
}

#[test]
fn a_burst_at_a_steady_home_fires_on_the_monday_after_and_not_before() {
    for (trigger, kind) in UNUSUAL {
        let mut story = steady_then(kind, 52, 12);
        just_before(&mut story, week(53));
        assert_eq!(raised(&story, trigger), 0, "{trigger} before Monday");
        midnight(&mut story, week(53));
        assert_eq!(raised(&story, trigger), 1, "{trigger} on Monday");
        // It stands open: the weeks after add nothing beside it.
        midnight(&mut story, week(54));
        assert_eq!(raised(&story, trigger), 1, "{trigger}");
    }
}

/// 48 in the 48 weeks before lead to expect 4 in four weeks, and 12 are still usual: the negative
/// binomial of size 48.5 with share 48/52 has P(Y > 12) = 0.0007 and P(Y > 11) = 0.0019.
#[test]
fn the_limit_on_both_sides_and_a_steady_home() {
    for (trigger, kind) in UNUSUAL {
        for (burst, fires) in [(1, false), (9, false), (10, true)] {
            let mut story = steady_then(kind, 51, burst);
            midnight(&mut story, week(52));
            assert_eq!(raised(&story, trigger), usize::from(fires), "{trigger}: {burst}");
        }
    }
    let mut story = steady_then(Kind::Complaint, 51, 10);
    midnight(&mut story, week(52));
    check(
        &story,
        "cause-complaints-unusual",
        &expect![[r#"
        2025-02-03T00:00:00Z at 1-1000, Minor, to council-qa
            Unusually many: 13 in the 4 weeks before 2025-02-03; its own 47 weeks before lead to expect 4.0, and up to 12 would be usual.
    "#]],
    );
}

/// 98 in 47 weeks lead to expect 8.3 in four, and none at all comes about once in 2,600: unusual, and not
/// unusually many. With 51 before them none at all is usual.
#[test]
fn unusually_few_are_not_unusually_many() {
    for (trigger, kind) in UNUSUAL {
        let mut story = story();
        let mut counts = vec![2; 48];
        counts.extend([0; 4]);
        weekly(&mut story, HOME, kind, FIRST, &counts);
        for number in 49..=52 {
            midnight(&mut story, week(number));
        }
        assert_eq!(raised(&story, trigger), 0, "{trigger}");
    }
}

#[test]
fn without_six_times_its_weeks_of_history_nothing_is_claimed() {
    // The burst is in the week of that number, and judged with three before it. The hub listens since the
    // Wednesday of the first week, so the history begins with the second.
    for (weeks, fires) in [(27, false), (28, true)] {
        let mut story = steady_then(Kind::Complaint, weeks, 20);
        midnight(&mut story, week(i64::from(weeks) + 1));
        assert_eq!(raised(&story, "cause-complaints-unusual"), usize::from(fires), "{weeks}");
    }
}

#[test]
fn the_history_is_the_year_before_and_not_a_week_more_or_less() {
    for (trigger, kind) in UNUSUAL {
        // A week of 40, in the year before the four that are judged or just before it: within it, it leads
        // to expect as many as come.
        for (many_in, fires) in [(1, true), (2, false)] {
            let mut story = story();
            on(&mut story, FIRST);
            says(&mut story, "1-2000", kind);
            let mut counts = vec![0, 1, 1];
            counts[many_in] = 40;
            counts.extend([1; 54]);
            counts.push(10);
            weekly(&mut story, HOME, kind, FIRST, &counts);
            midnight(&mut story, week(58));
            assert_eq!(raised(&story, trigger), usize::from(fires), "{trigger}: {many_in}");
        }
    }
}

#[test]
fn one_late_word_of_long_ago_makes_no_silent_years() {
    let mut story = story();
    says_of(&mut story, "1-2000", Kind::Complaint, Some(date(2022, 2, 7)));
    weekly(&mut story, HOME, Kind::Complaint, FIRST, &[1, 1, 1, 6]);
    midnight(&mut story, week(4));
    assert_eq!(raised(&story, "cause-complaints-unusual"), 0);
    // What was known then is history: the hub's senders listened.
    let mut imported = super::story();
    imported.raises("contracts", "1-2000", "h1", Kind::Complaint, Severity::Low, |concern| {
        concern.occurred_at = Occurred::Day(date(2022, 2, 7));
        concern.known_at = Some(said::at("2022-02-07T10:00:00Z"));
    });
    weekly(&mut imported, HOME, Kind::Complaint, FIRST, &[1, 1, 1, 6]);
    midnight(&mut imported, week(4));
    assert_eq!(raised(&imported, "cause-complaints-unusual"), 1);
}

#[test]
fn what_is_told_after_its_monday_counts_on_the_next_in_the_week_where_it_happened() {
    let mut story = steady_then(Kind::Complaint, 52, 1);
    midnight(&mut story, week(53));
    story.at(&format!("{}T10:00:00Z", week(53)));
    for _ in 0..12 {
        says_of(&mut story, HOME, Kind::Complaint, Some(week(52)));
    }
    assert_eq!(raised(&story, "cause-complaints-unusual"), 0, "a week is judged when it is over");
    just_before(&mut story, week(54));
    assert_eq!(raised(&story, "cause-complaints-unusual"), 0);
    midnight(&mut story, week(54));
    assert_eq!(raised(&story, "cause-complaints-unusual"), 1);
}

#[test]
fn without_its_evidence_it_holds_no_longer_and_stays_open() {
    for withdraws in [true, false] {
        let mut story = steady_then(Kind::Complaint, 52, 11);
        let last = says(&mut story, HOME, Kind::Complaint);
        midnight(&mut story, week(53));
        story.meanwhile();
        let escalation = |story: &Story| {
            let home = story.state.home(&said::home(HOME)).unwrap();
            let mut all = home.escalations().filter(|e| e.trigger.as_str() == UNUSUAL[6].0);
            all.next().unwrap().clone()
        };
        let mut gone = vec![last];
        let events = escalation(&story).evidence.events.clone();
        gone.extend(events.iter().rev().skip(1).take(5).map(|event| format!("c{}", event.0 - 1)));
        for (nth, id) in gone.iter().enumerate() {
            if withdraws {
                story.withdraws("adult-social-care", HOME, id);
            } else {
                let other = Patch { kind: Some(Kind::SoftIntelligence), ..Patch::default() };
                story.corrects("adult-social-care", HOME, id, other);
            }
            assert_eq!(escalation(&story).evidence.withdrawn.len(), nth + 1, "{withdraws}");
        }
        assert!(escalation(&story).is_open(), "{withdraws}");
        assert!(!escalation(&story).still_holds, "{withdraws}");
    }
}

#[test]
fn a_closed_one_fires_again_only_on_weeks_after_its_closing() {
    let trigger = "cause-complaints-unusual";
    // A burst in the third week after the closing is judged together with the weeks before it: only when
    // all four weeks lie after it does it count.
    let mut story = steady_then(Kind::Complaint, 60, 16);
    midnight(&mut story, week(61));
    story.at(&format!("{}T10:00:00Z", week(61).saturating_add(1.days())));
    story.finishes("council-qa", HOME, trigger);
    for number in 62..=64 {
        midnight(&mut story, week(number));
        assert_eq!(raised(&story, trigger), 1, "the weeks that were closed, on {number}");
    }
    weekly(&mut story, HOME, Kind::Complaint, week(64), &[30]);
    midnight(&mut story, week(65));
    assert_eq!(raised(&story, trigger), 1, "one of its four weeks began before the closing");
    midnight(&mut story, week(66));
    assert_eq!(raised(&story, trigger), 2);
}

#[test]
fn a_hub_that_was_down_for_three_weeks_judges_each_monday_once() {
    let mut live = steady_then(Kind::Complaint, 52, 12);
    let mut down = live_again(&live);
    for number in 53..=56 {
        midnight(&mut live, week(number));
    }
    // Nothing reached the log for three weeks; then somebody speaks, and the weeks are judged in order.
    midnight(&mut down, week(56));
    let first_held = |story: &Story| {
        let home = story.state.home(&said::home(HOME)).unwrap();
        let all = home.escalations().filter(|e| e.trigger.as_str() == UNUSUAL[6].0);
        all.map(|e| (e.first_held_on, e.episode, e.evidence.count)).collect::<Vec<_>>()
    };
    assert_eq!(first_held(&live), [(Some(week(53)), 1, 15)]);
    assert_eq!(first_held(&down), first_held(&live));
    // And a second tick finds nothing left to judge.
    down.meanwhile();
    let again = down.state.time().to_string();
    down.tick(&again).then(&expect![[""]]);
}

/// The same story, told again.
fn live_again(_: &Story) -> Story {
    steady_then(Kind::Complaint, 52, 12)
}

#[test]
fn the_shell_is_told_when_the_next_week_is_over() {
    let mut story = story();
    says(&mut story, HOME, Kind::MissedAppointment);
    // No answer is due: the Monday is next, and it begins in London, not in Greenwich.
    assert_eq!(story.state.next_due(), Some(said::at("2024-02-05T00:00:00Z")));
    story.at("2024-04-03T10:00:00Z");
    says(&mut story, HOME, Kind::MissedAppointment);
    assert_eq!(story.state.next_due(), Some(said::at("2024-04-07T23:00:00Z")));
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    a_burst_at_a_steady_home_fires_on_the_monday_after_and_not_before,
    the_limit_on_both_sides_and_a_steady_home,
    unusually_few_are_not_unusually_many,
    without_six_times_its_weeks_of_history_nothing_is_claimed,
    the_history_is_the_year_before_and_not_a_week_more_or_less,
    one_late_word_of_long_ago_makes_no_silent_years,
    what_is_told_after_its_monday_counts_on_the_next_in_the_week_where_it_happened,
    without_its_evidence_it_holds_no_longer_and_stays_open,
    a_closed_one_fires_again_only_on_weeks_after_its_closing,
    a_hub_that_was_down_for_three_weeks_judges_each_monday_once,
    the_shell_is_told_when_the_next_week_is_over,
];
