//! A quarter that is unusually quiet or busy for its beds and its own history, and a slow rise.

use carehub_domain::event::Kind;
use expect_test::expect;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::{HOME, check, raised, registers, says, story, weekly};
use crate::said::berkshire;
use crate::story::{Story, given};

/// The Monday from which everything here is told.
const FIRST: Date = date(2024, 1, 8);
/// 78 whole weeks in which the hub listened, and a quarter that is judged: its Monday.
const MONDAY: Date = date(2025, 10, 13);

/// Some twenty homes of twenty beds with one concern a week each, and one of `beds` beds
/// with `usual` a week for a year and a half and `then` a week for a quarter.
fn district(beds: Option<u32>, usual: u32, then: u32) -> Story {
    let mut story = given(&berkshire());
    story.at("2024-01-04T10:00:00Z");
    registers(&mut story, HOME, "p-1", beds);
    for n in 0..22 {
        registers(&mut story, &format!("2-{n}"), "p-2", Some(20));
    }
    let of_week = |week: i64| if week < 79 { usual } else { then };
    for week in 0..92 {
        let monday = FIRST.saturating_add((week * 7).days());
        for n in 0..22 {
            weekly(&mut story, &format!("2-{n}"), Kind::SoftIntelligence, monday, &[1]);
        }
        weekly(&mut story, HOME, Kind::SoftIntelligence, monday, &[of_week(week)]);
    }
    story
}

fn ends(story: &mut Story) {
    story.tick("2025-10-12T22:59:59Z");
    for trigger in ["unusually-quiet", "unusually-busy"] {
        assert_eq!(of_home(story, trigger), 0, "{trigger} before Monday");
    }
    story.tick("2025-10-12T23:00:00Z");
}

fn of_home(story: &Story, trigger: &str) -> usize {
    let home = story.state.home(&crate::said::home(HOME)).unwrap();
    home.escalations().filter(|e| e.trigger.as_str() == trigger).count()
}

#[test]
fn a_home_that_falls_silent_is_quiet_on_the_monday_after_its_quarter() {
    assert_eq!(FIRST.saturating_add((92 * 7).days()), MONDAY);
    let mut story = district(Some(20), 1, 0);
    ends(&mut story);
    check(
        &story,
        "unusually-quiet",
        &expect![[r#"
        2025-10-12T23:00:00Z at 1-1000, None, to council-qa
            Unusually few: 0 in the 13 weeks before 2025-10-13; its own 78 weeks before lead to expect 13.0, and so few come about by chance once in 180021; homes of its size lead to expect 13.0.
    "#]],
    );
    assert_eq!(of_home(&story, "unusually-busy"), 0);
}

#[test]
fn with_a_week_less_of_history_nobody_is_called_quiet() {
    let mut story = district(Some(20), 1, 0);
    story.tick("2025-10-05T23:00:00Z");
    assert_eq!(
        of_home(&story, "unusually-quiet"),
        0,
        "12 weeks of silence are judged with 77 before"
    );
}

#[test]
fn a_home_of_whom_little_was_to_be_expected_is_never_called_quiet() {
    // Four beds: 2.6 were to be expected, and none says nothing.
    let mut few_beds = district(Some(4), 1, 0);
    ends(&mut few_beds);
    assert_eq!(raised(&few_beds, "unusually-quiet"), 0);
    // Silent for its beds, and no less than it always was.
    let mut always = district(Some(20), 0, 0);
    ends(&mut always);
    assert_eq!(raised(&always, "unusually-quiet"), 0);
    // Nobody knows its beds.
    let mut unknown = district(None, 1, 0);
    ends(&mut unknown);
    assert_eq!(raised(&unknown, "unusually-quiet"), 0);
}

#[test]
fn a_home_that_is_far_busier_than_its_history_and_its_peers_is_busy() {
    let mut story = district(Some(20), 1, 3);
    ends(&mut story);
    check(
        &story,
        "unusually-busy",
        &expect![[r#"
        2025-10-12T23:00:00Z at 1-1000, Minor, to council-qa
            Unusually many: 39 in the 13 weeks before 2025-10-13; its own 78 weeks before lead to expect 13.0, and up to 27 would be usual; homes of its size lead to expect 13.0.
    "#]],
    );
    assert_eq!(of_home(&story, "unusually-quiet"), 0);
    // One that was always so is not unusual for itself.
    let mut always = district(Some(20), 3, 3);
    ends(&mut always);
    assert_eq!(raised(&always, "unusually-busy"), 0);
}

#[test]
fn a_rise_too_slow_for_any_month_adds_up() {
    let rising = |after: u32| {
        let mut story = story();
        let first = date(2024, 2, 5);
        // One a week for a year, then two in every week, or one.
        let mut counts = vec![1; 52];
        counts.extend(std::iter::repeat_n(after, 26));
        weekly(&mut story, HOME, Kind::SoftIntelligence, first, &counts);
        story.tick("2025-08-04T12:00:00Z");
        story
    };
    check(
        &rising(2),
        "slow-rise",
        &expect![[r#"
        2025-05-21T10:00:00Z at 1-1000, Minor, to council-qa
            A slow rise: over 26 weeks the sum of what came beyond 1.44 a week stands at 8.40; the limit is 8. The 40 weeks before had 40.
    "#]],
    );
    assert_eq!(raised(&rising(2), "cause-concerns-unusual"), 0, "no month of it is unusual");
    assert_eq!(raised(&rising(1), "slow-rise"), 0);
}

#[test]
fn with_a_week_less_before_it_than_is_followed_there_is_no_rise() {
    let mut story = story();
    let first = date(2024, 2, 5);
    // The hub listens since the Wednesday of the first week. After 52 weeks 25 stand before the 26 that are
    // followed, and the sum is above its limit all the same.
    let mut counts = vec![1; 46];
    counts.extend([3; 6]);
    weekly(&mut story, HOME, Kind::SoftIntelligence, first, &counts);
    story.tick("2025-02-03T00:00:00Z");
    assert_eq!(raised(&story, "slow-rise"), 0, "25 weeks before");
    weekly(&mut story, HOME, Kind::SoftIntelligence, date(2025, 2, 3), &[3]);
    story.tick("2025-02-10T00:00:00Z");
    assert_eq!(raised(&story, "slow-rise"), 1, "26 weeks before");
}

#[test]
fn the_steady_rate_is_that_of_the_year_before_and_not_a_week_more_or_less() {
    // A week of sixty, just before the year or in its first week: within it, two a week are no rise.
    for (many_in, fires) in [(1, 1), (2, 0)] {
        let mut story = story();
        let first = date(2024, 2, 5);
        let mut counts = vec![1; 54];
        counts[many_in] = 60;
        counts.extend([2; 26]);
        weekly(&mut story, HOME, Kind::SoftIntelligence, first, &counts);
        story.tick(&format!("{}T12:00:00Z", first.saturating_add((80 * 7).days())));
        assert_eq!(raised(&story, "slow-rise"), fires, "{many_in}");
    }
}

#[test]
fn two_in_half_a_year_give_no_rate_to_rise_from_and_three_do() {
    for (before, fires) in [(2, 0), (3, 1)] {
        let mut story = story();
        // The hub listens since the Wednesday of the first week.
        says(&mut story, "1-2000", Kind::SoftIntelligence);
        let mut counts = vec![0; 27];
        counts[1..=before].fill(1);
        counts.extend([1; 26]);
        weekly(&mut story, HOME, Kind::SoftIntelligence, date(2024, 2, 5), &counts);
        story.tick("2025-02-10T00:00:00Z");
        assert_eq!(of_home(&story, "slow-rise"), fires, "{before} before");
    }
}

#[test]
fn without_a_steady_rate_before_it_there_is_no_rise() {
    let mut story = story();
    weekly(&mut story, HOME, Kind::SoftIntelligence, date(2024, 2, 5), &[3; 26]);
    story.tick("2024-08-05T12:00:00Z");
    assert_eq!(raised(&story, "slow-rise"), 0);
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    a_home_that_falls_silent_is_quiet_on_the_monday_after_its_quarter,
    with_a_week_less_of_history_nobody_is_called_quiet,
    a_home_of_whom_little_was_to_be_expected_is_never_called_quiet,
    a_home_that_is_far_busier_than_its_history_and_its_peers_is_busy,
    a_rise_too_slow_for_any_month_adds_up,
    with_a_week_less_before_it_than_is_followed_there_is_no_rise,
    the_steady_rate_is_that_of_the_year_before_and_not_a_week_more_or_less,
    two_in_half_a_year_give_no_rate_to_rise_from_and_three_do,
    without_a_steady_rate_before_it_there_is_no_rise,
];
