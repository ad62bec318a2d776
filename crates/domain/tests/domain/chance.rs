//! The chance that stands beside a count, against the reference numbers P(X ≥ 6 | μ): μ = 1 → 0.0006,
//! 2 → 0.0166, 3 → 0.0839.

use carehub_domain::event::{Event, Kind, Occurred, ProviderRef, Registration, Severity};
use carehub_domain::policy::{InForce, Policy, Rule, Window};
use carehub_domain::trigger::{Chance, OwnRate, PeersRate, standing};
use expect_test::{Expect, expect};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::said::{self, norfolk};
use crate::story::{Story, given_since};

const HOME: &str = "1-1000";
const FIRST: Date = date(2022, 1, 3);

/// `referrals-6m` over windows of exactly 180 days, so that the rates are round numbers.
fn policy() -> Policy {
    let mut policy = norfolk();
    for trigger in policy.trigger.iter_mut().filter(|t| t.id.as_str() == "referrals-6m") {
        if let Rule::Count { window, .. } = &mut trigger.rule {
            *window = Window::Days(180);
        }
    }
    policy
}

fn story() -> Story {
    given_since(&policy(), "2022-01-01T09:00:00Z")
}

fn on(nth: i64) -> Date {
    FIRST.saturating_add(nth.days())
}

/// Referrals at a home on these days, each known when it happened.
fn refers(story: &mut Story, home: &str, days: impl IntoIterator<Item = i64>) {
    for (nth, day) in days.into_iter().enumerate() {
        let day = on(day);
        story.at(&format!("{day}T10:00:00Z"));
        let id = format!("{home} {day} {nth}");
        story.raises(
            "council-safeguarding",
            home,
            &id,
            Kind::SafeguardingReferral,
            Severity::Low,
            |concern| concern.occurred_at = Occurred::Day(day),
        );
    }
}

fn registers(story: &mut Story, home: &str, beds: Option<u32>, registered_on: Option<Date>) {
    let registration = Registration {
        name: "The Elms".to_owned(),
        provider: Some(ProviderRef { id: "p-1".to_owned(), name: None }),
        brand: None,
        beds,
        service: None,
        uprn: None,
        postcode: None,
        area: None,
        coordinates: None,
        registered_on,
    };
    let id = format!("register {home}");
    story.says("cqc", home, &id, Event::HomeRegistered(Box::new(registration)));
}

#[track_caller]
fn check(story: &Story, expected: &Expect) {
    let home = story.state.home(&said::home(HOME)).unwrap();
    let mut of_trigger = home.escalations().filter(|e| e.trigger.as_str() == "referrals-6m");
    let escalation = of_trigger.next().unwrap();
    expected.assert_eq(&escalation.explanation.sentence);
}

/// A referral every so many days for some two years, and six on one day.
fn steady(every: i64) -> Story {
    let mut story = story();
    let before = (0..720 / every).map(|nth| nth * every);
    refers(&mut story, HOME, before.chain([720; 6]));
    story
}

#[test]
fn six_at_a_home_that_has_one_two_or_three_in_six_months() {
    check(
        &steady(180),
        &expect![
            "6 within 180 days, between 2023-12-24 and 2023-12-24; the limit is 5. Chance of more than 5: 0.0006 at its own rate (4 in the 720 days before, 1.00 in one such window); its beds are not known."
        ],
    );
    // The window under test begins with the last one before the six, and is not part of the rate.
    check(
        &steady(90),
        &expect![
            "6 within 180 days, between 2023-09-25 and 2023-12-24; the limit is 5. Chance of more than 5: 0.0166 at its own rate (7 in the 630 days before, 2.00 in one such window); its beds are not known."
        ],
    );
    check(
        &steady(60),
        &expect![
            "6 within 180 days, between 2023-08-26 and 2023-12-24; the limit is 5. Chance of more than 5: 0.0839 at its own rate (10 in the 600 days before, 3.00 in one such window); its beds are not known."
        ],
    );
}

#[test]
fn what_a_reader_asks_today_has_the_chance_too_to_nine_digits() {
    let rules = InForce::new(policy().into());
    for (every, tested_from, mean, chance) in [
        // statistics.json, poisson_tail_ge6.
        (180, 720, 1.0, 0.000_594_184_818),
        (90, 630, 2.0, 0.016_563_608_5),
        (60, 600, 3.0, 0.083_917_942_0),
    ] {
        let story = steady(every);
        let home = story.state.home(&said::home(HOME)).unwrap();
        // The window of 180 days that ends today begins on the day from which on the escalation counts.
        let today = on(tested_from + 179);
        let standings = standing(&rules, home, &[], today);
        let of = |id: &str| standings.iter().find(|s| s.id.as_str() == id).unwrap().chance.clone();
        let days = u32::try_from(tested_from).unwrap();
        let incidents = u32::try_from(tested_from / every).unwrap();
        let own = OwnRate::Known { chance, expected: mean, incidents, days };
        let expected = Chance { more_than: 5, own, peers: PeersRate::BedsUnknown };
        assert_eq!(of("referrals-6m"), Some(expected), "every {every} days");
        assert_eq!(of("possible-crime"), None, "a rule that does not count has no chance");
    }
}

#[test]
fn less_than_two_windows_before_or_nothing_in_them_is_not_enough_history() {
    let mut story = story();
    refers(&mut story, HOME, [0, 359, 359, 359, 359, 359, 359]);
    check(
        &story,
        &expect![
            "6 within 180 days, between 2022-12-28 and 2022-12-28; the limit is 5. Chance of more than 5: not enough history to tell its own rate (359 days before); its beds are not known."
        ],
    );
    let mut story = self::story();
    refers(&mut story, HOME, [0, 360, 360, 360, 360, 360, 360]);
    check(
        &story,
        &expect![
            "6 within 180 days, between 2022-12-29 and 2022-12-29; the limit is 5. Chance of more than 5: below 0.0001 at its own rate (1 in the 360 days before, 0.50 in one such window); its beds are not known."
        ],
    );
    // The hub listened: others were told of. Nothing in two years gives no rate.
    let mut story = self::story();
    refers(&mut story, "1-2000", [0]);
    refers(&mut story, HOME, [720; 6]);
    check(
        &story,
        &expect![
            "6 within 180 days, between 2023-12-24 and 2023-12-24; the limit is 5. Chance of more than 5: not enough history to tell its own rate (720 days before); its beds are not known."
        ],
    );
    // It opened a year ago: its silence before that says nothing.
    let mut story = self::story();
    refers(&mut story, "1-2000", [0]);
    story.at("2022-01-04T09:00:00Z");
    registers(&mut story, HOME, None, Some(on(400)));
    refers(&mut story, HOME, [410, 720, 720, 720, 720, 720, 720]);
    check(
        &story,
        &expect![
            "6 within 180 days, between 2023-12-24 and 2023-12-24; the limit is 5. Chance of more than 5: not enough history to tell its own rate (320 days before); its beds are not known."
        ],
    );
}

#[test]
fn its_beds_among_homes_with_known_beds_in_the_same_window() {
    let peers = |beds_of_others: u32, of_others: usize| {
        let mut story = story();
        story.at("2022-01-01T10:00:00Z");
        registers(&mut story, HOME, Some(20), None);
        registers(&mut story, "1-2000", Some(beds_of_others), None);
        registers(&mut story, "1-3000", None, None);
        // Before the window, and at a home whose beds nobody knows: not among the peers' figures.
        refers(&mut story, "1-2000", [0]);
        refers(&mut story, "1-3000", vec![700; 30]);
        refers(&mut story, "1-2000", vec![720; of_others]);
        refers(&mut story, HOME, [720; 6]);
        story
    };
    // 40 at 400 beds: 2 are to be expected of 20. 60: 3.
    check(
        &peers(400, 40),
        &expect![
            "6 within 180 days, between 2023-12-24 and 2023-12-24; the limit is 5. Chance of more than 5: not enough history to tell its own rate (720 days before); 0.0166 at the rate of 1 other homes for its 20 beds (2.00 in one such window)."
        ],
    );
    check(
        &peers(400, 60),
        &expect![
            "6 within 180 days, between 2023-12-24 and 2023-12-24; the limit is 5. Chance of more than 5: not enough history to tell its own rate (720 days before); 0.0839 at the rate of 1 other homes for its 20 beds (3.00 in one such window)."
        ],
    );
    // Twenty times its beds are needed, and twenty of theirs.
    check(
        &peers(399, 40),
        &expect![
            "6 within 180 days, between 2023-12-24 and 2023-12-24; the limit is 5. Chance of more than 5: not enough history to tell its own rate (720 days before); too few other homes with known beds to compare with."
        ],
    );
    check(
        &peers(400, 19),
        &expect![
            "6 within 180 days, between 2023-12-24 and 2023-12-24; the limit is 5. Chance of more than 5: not enough history to tell its own rate (720 days before); too few other homes with known beds to compare with."
        ],
    );
}
