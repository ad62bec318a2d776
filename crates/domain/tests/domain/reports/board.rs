//! The board's view: trends, times to answer, triggers that never or always fire, agencies gone quiet.

use carehub_domain::event::{
    BodySuccession, Closure, Event, Handling, HandlingCode, Kind, Occurred, Record, Severity,
};
use carehub_domain::report::Days;
use carehub_domain::report::answers::Tally;
use carehub_domain::report::board::{
    AgencyLine, Board, BodyLine, Fires, Gathering, Homes, Speaks, TriggerLine,
};

use super::{COUNCIL, HOME, OTHER, QA, day, refers, registers, rules, views};
use crate::said::{at, body, norfolk, norfolk_whole, with_agreement};
use crate::story::{Story, given, given_since};

const TRIGGER: &str = "referrals-6m";
const BREACH: &str = "health-and-safety-breach";
const HALF: (&str, &str) = ("2024-01-01", "2024-07-01");

fn report(story: &Story, reader: &str, (from, until): (&str, &str), now: &str) -> Board {
    let rules = rules(story);
    let days = Days { from: day(from), until: day(until) };
    let mut gathering = Gathering::of(&rules, days, at(now));
    for view in views(story, reader) {
        gathering.count(&view);
    }
    gathering.finish()
}

fn trigger<'a>(report: &'a Board, id: &str) -> &'a TriggerLine {
    report.triggers.iter().find(|line| line.trigger.as_str() == id).unwrap()
}

fn answers(report: &Board, id: &str) -> BodyLine {
    report.bodies.iter().find(|(known, _)| *known == body(id)).unwrap().1
}

fn agency<'a>(report: &'a Board, id: &str) -> &'a AgencyLine {
    report.agencies.iter().find(|line| line.agency == body(id)).unwrap()
}

/// Six referrals in January at one home raise an escalation, which is closed in April; one more at another home.
fn story() -> Story {
    let mut story = given(&with_agreement(norfolk()));
    for (nth, on) in (10..16).enumerate() {
        story.at(&format!("2024-01-{on}T12:00:00Z"));
        refers(&mut story, HOME, &format!("a{nth}"), &format!("2024-01-{on}"));
    }
    story.at("2024-01-16T12:00:00Z").acknowledges(COUNCIL, HOME, TRIGGER);
    story.at("2024-01-17T12:00:00Z").discusses(COUNCIL, HOME, TRIGGER);
    story.at("2024-01-19T12:00:00Z").decides(COUNCIL, HOME, TRIGGER);
    story.at("2024-02-10T12:00:00Z");
    refers(&mut story, OTHER, "b0", "2024-02-09");
    story.at("2024-04-02T12:00:00Z").closes(COUNCIL, HOME, TRIGGER);
    story.meanwhile();
    story
}

#[test]
fn a_month_counts_what_happened_what_was_raised_and_what_stood_open_at_its_end() {
    let board = report(&story(), COUNCIL, HALF, "2024-05-20T00:00:00Z");
    let lines = board.months.iter().map(|m| {
        format!(
            "{} {} {} {} {} {}",
            m.month, m.incidents, m.homes, m.raised, m.closed, m.at_raised_level
        )
    });
    let lines: Vec<String> = lines.collect();
    // June has not begun. What is unanswered raises others, which this council sees.
    let open = |line: &str| line.split(' ').next_back().unwrap().parse::<u32>().unwrap();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines[0].starts_with("2024-01-01 6 1 1 0 "), "{lines:?}");
    assert!(lines[1].starts_with("2024-02-01 1 1 "), "{lines:?}");
    assert_eq!([0, 2, 3].map(|nth| open(&lines[nth])), [1, 1, 0], "{lines:?}");
    let earlier = report(&story(), COUNCIL, ("2023-12-01", "2024-01-12"), "2024-05-20T00:00:00Z");
    let [december, january] = earlier.months[..] else { panic!("{earlier:?}") };
    assert_eq!((december.raised, december.at_raised_level), (0, 0));
    assert_eq!((january.incidents, january.raised), (2, 1), "of the days, and of the month");
    assert_eq!(agency(&earlier, COUNCIL).concerns, 2);
    assert_eq!(trigger(&earlier, TRIGGER).raised, 0, "the sixth came after these days");
    assert!(lines[3].contains(" 1 0") && lines[3].starts_with("2024-04-01 0 0 "), "{lines:?}");
}

#[test]
fn a_body_is_timed_from_the_raise_to_its_answer() {
    let board = report(&story(), COUNCIL, HALF, "2024-05-20T00:00:00Z");
    let (_, line) = board.bodies.iter().find(|(id, _)| *id == body(COUNCIL)).unwrap();
    assert_eq!(line.acknowledged, Tally { in_time: 1, ..Tally::default() });
    assert_eq!((line.acknowledged_hours, line.decided_hours), (Some((24, 24)), Some((96, 96))));
    // To whom it is not routed, it tells nothing of the answers.
    let elsewhere = report(&story(), "healthwatch", HALF, "2024-05-20T00:00:00Z");
    assert_eq!(elsewhere.bodies, []);
}

/// A breach goes to four bodies at ten. CQC answers within the hour, two others later, and the fire service never.
fn breach() -> Story {
    let mut story = given(&with_agreement(norfolk()));
    story.at("2024-02-01T10:00:00Z");
    story.raises("cqc", HOME, "b", Kind::HealthAndSafetyBreach, Severity::Medium, |_| {});
    story.at("2024-02-01T11:00:00Z").acknowledges("cqc", HOME, BREACH);
    story.at("2024-02-01T12:00:00Z").acknowledges("hse", HOME, BREACH);
    // It was due on the day before.
    story.at("2024-02-03T10:00:00Z").acknowledges("district-council", HOME, BREACH);
    story
}

#[test]
fn each_body_is_timed_by_its_own_acknowledgement() {
    let (in_time, late) = (1, 1);
    let of = |board: &Board, id: &str| {
        let line = answers(board, id);
        (line.acknowledged, line.acknowledged_hours)
    };
    let mut story = breach();
    let board = report(&story, "cqc", HALF, "2024-02-05T00:00:00Z");
    let cqc = (Tally { in_time, ..Tally::default() }, Some((1, 1)));
    assert_eq!(of(&board, "cqc"), cqc);
    assert_eq!(of(&board, "hse"), (Tally { in_time, ..Tally::default() }, Some((2, 2))));
    let district = (Tally { late, ..Tally::default() }, Some((48, 48)));
    assert_eq!(of(&board, "district-council"), district);
    let never = (Tally { missing: 1, ..Tally::default() }, None);
    assert_eq!(of(&board, "fire"), never);
    let early = report(&story, "cqc", HALF, "2024-02-02T10:00:00Z");
    assert_eq!(answers(&early, "fire").acknowledged, Tally { not_yet_due: 1, ..Tally::default() });
    // Closing it answers for nobody.
    story.at("2024-02-05T10:00:00Z").decides("cqc", HOME, BREACH).closes("cqc", HOME, BREACH);
    let board = report(&story, "cqc", HALF, "2024-02-06T00:00:00Z");
    assert_eq!((of(&board, "cqc"), of(&board, "fire")), (cqc, never));
}

#[test]
fn a_body_in_the_place_of_others_acknowledged_with_the_last_of_them() {
    let mut story = breach();
    let merger = BodySuccession {
        predecessors: vec![body("hse"), body("district-council")],
        successors: vec![body("public-health")],
        on: day("2024-02-03"),
    };
    let merger = Event::Record(Record::BodySucceeded(merger));
    story.at("2024-02-04T10:00:00Z").says("sab-manager", "general", "merger", merger);
    let board = report(&story, "cqc", HALF, "2024-02-05T00:00:00Z");
    let line = answers(&board, "public-health");
    assert_eq!(line.acknowledged, Tally { late: 1, ..Tally::default() });
    assert_eq!(line.acknowledged_hours, Some((48, 48)));
}

/// Four homes are told of: fired at two of them is always, at one is not; of three nothing is said.
#[test]
fn a_trigger_always_fires_at_half_of_four_homes_and_never_where_it_raised_nothing() {
    let fires = |breaches: usize, homes: usize| {
        let mut story = given(&with_agreement(norfolk()));
        story.at("2024-01-10T12:00:00Z");
        for nth in 0..homes {
            let kind = if nth < breaches { Kind::HealthAndSafetyBreach } else { Kind::Complaint };
            let (home, id) = (format!("1-{}", 3000 + nth), format!("c{nth}"));
            story.raises("cqc", &home, &id, kind, Severity::Low, |concern| {
                concern.occurred_at = Occurred::Day(day("2024-01-09"));
            });
        }
        let board = report(&story, "cqc", HALF, "2024-05-20T00:00:00Z");
        let line = trigger(&board, BREACH);
        assert_eq!(line.of, Homes::ToldOf);
        (line.raised, line.homes, line.of_homes, line.fires)
    };
    assert_eq!(fires(2, 4), (2, 2, 4, Fires::Always));
    assert_eq!(fires(1, 4), (1, 1, 4, Fires::AtSome));
    assert_eq!(fires(2, 3), (2, 2, 3, Fires::AtSome));
    assert_eq!(fires(0, 4), (0, 0, 4, Fires::Never));
    let board = report(&story(), COUNCIL, HALF, "2024-05-20T00:00:00Z");
    assert_eq!(trigger(&board, TRIGGER).no_action, (0, 1), "decided to monitor");
    // Each incident raises one of its own, and the home is one.
    let mut twice = given(&with_agreement(norfolk()));
    twice.at("2024-01-10T12:00:00Z");
    for id in ["x", "y"] {
        let breach = Kind::HealthAndSafetyBreach;
        twice.raises("cqc", HOME, id, breach, Severity::Low, |_| {});
    }
    let board = report(&twice, "cqc", HALF, "2024-01-20T00:00:00Z");
    let line = trigger(&board, BREACH);
    assert_eq!((line.raised, line.homes), (2, 1));
    // A possible crime of low severity is minor, which is no raised level.
    let mut minor = given(&with_agreement(norfolk()));
    minor.at("2024-01-10T12:00:00Z");
    minor.raises("ambulance", HOME, "m", Kind::Complaint, Severity::Low, |concern| {
        concern.possible_crime = true;
    });
    let board = report(&minor, "police", HALF, "2024-01-11T00:00:00Z");
    assert_eq!((board.months[0].raised, board.months[0].at_raised_level), (1, 0));
}

/// Plans ran out in January at some homes; others came to be known later, one has closed, and of four somebody told.
#[test]
fn a_trigger_that_needs_no_concern_may_fire_at_every_home_in_the_register() {
    let fires = |old: usize, new: usize| {
        let mut story = given(&with_agreement(norfolk_whole()));
        let home = |nth: usize| format!("1-{}", 3000 + nth);
        story.at("2024-02-01T10:00:00Z");
        registers(&mut story, "1-9000", "Fictional", "Norfolk");
        for nth in 0..old {
            registers(&mut story, &home(nth), "Fictional", "Norfolk");
        }
        story.at("2024-06-01T10:00:00Z");
        let closed = Event::HomeClosed(Closure { closed_on: day("2024-06-01") });
        story.says("cqc", "1-9000", "closed", closed);
        for nth in old..old + new {
            registers(&mut story, &home(nth), "Fictional", "Norfolk");
        }
        story.at("2025-01-10T12:00:00Z");
        for nth in 0..4 {
            let kind = if nth == 0 { Kind::HealthAndSafetyBreach } else { Kind::Complaint };
            story.raises("cqc", &home(nth), &format!("c{nth}"), kind, Severity::Low, |_| {});
        }
        story.tick("2025-02-01T00:00:00Z");
        // Known after these days.
        story.at("2025-03-01T10:00:00Z");
        registers(&mut story, "1-9001", "Fictional", "Norfolk");
        let board = report(&story, QA, ("2025-01-01", "2025-03-01"), "2025-03-02T00:00:00Z");
        let breach = trigger(&board, BREACH);
        let told_of = (Homes::ToldOf, 1, 4, Fires::AtSome);
        assert_eq!((breach.of, breach.homes, breach.of_homes, breach.fires), told_of);
        let plan = trigger(&board, "contingency-plan");
        assert_eq!(plan.of, Homes::Registered);
        (plan.raised, plan.homes, plan.of_homes, plan.fires)
    };
    assert_eq!(fires(12, 0), (12, 12, 12, Fires::Always));
    // It is two of eight, and not of the four that are told of.
    assert_eq!(fires(2, 6), (2, 2, 8, Fires::AtSome));
}

/// Ten concerns, the last on the 64th day: (64/101)^10 is 1.05 %, and (64/102)^10 is 0.95 %.
#[test]
fn an_agency_has_gone_quiet_where_chance_leaves_such_a_silence_in_less_than_one_of_a_hundred() {
    let mut story = given(&with_agreement(norfolk()));
    for nth in 0..10 {
        // The last on 4 March, the 64th day of the year.
        story.at(&format!("2024-0{}-0{}T12:00:00Z", 1 + nth / 4, 1 + nth % 4));
        let on = if nth < 9 { "2024-01-01" } else { "2024-03-04" };
        if nth == 9 {
            story.at("2024-03-04T12:00:00Z");
        }
        story.raises("police", HOME, &format!("e{nth}"), Kind::Complaint, Severity::Low, |c| {
            c.occurred_at = Occurred::Day(day(on));
        });
    }
    let until = |until: &str| {
        let board = report(&story, COUNCIL, ("2024-01-01", until), "2025-01-01T00:00:00Z");
        let line = agency(&board, "police").clone();
        (line.concerns, line.last_on, line.silent_days, line.speaks)
    };
    let last = Some(day("2024-03-04"));
    assert_eq!(until("2024-04-11"), (10, last, Some(37), Speaks::Still));
    assert_eq!(until("2024-04-12"), (10, last, Some(38), Speaks::NoMore));
    let quiet = report(&story, COUNCIL, ("2024-01-01", "2024-04-12"), "2025-01-01T00:00:00Z");
    assert_eq!(quiet.agencies[0].agency, body("police"), "what is quiet comes first");
    // The days that are still to come are no silence.
    let board = report(&story, COUNCIL, ("2024-01-01", "2025-01-01"), "2024-03-20T12:00:00Z");
    let line = agency(&board, "police");
    assert_eq!((line.silent_days, line.speaks), (Some(16), Speaks::Still));
    // Who never told of anything is no partner gone quiet, and nobody says that it speaks: it may only receive.
    let silent = agency(&board, "hse");
    assert_eq!((silent.concerns, silent.last_on, silent.silent_days), (0, None, None));
    assert_eq!((silent.by_chance, silent.speaks), (None, Speaks::Never));
}

/// In 2022 the police tell of two concerns a month, the ambulance service of two in the year; then neither of any.
#[test]
fn who_tells_of_nothing_is_judged_by_what_it_told_before() {
    let mut policy = with_agreement(norfolk());
    let fire = policy.body.iter_mut().find(|known| known.id == body("fire")).unwrap();
    fire.until = Some(day("2023-06-01"));
    let mut story = given_since(&policy, "2022-01-03T09:00:00Z");
    for month in 1..=12 {
        for on in ["10", "20"] {
            story.at(&format!("2022-{month:02}-{on}T12:00:00Z"));
            let mut tells = |agency: &str| {
                let id = format!("{agency} {month} {on}");
                story.raises(agency, HOME, &id, Kind::Complaint, Severity::Low, |_| {});
            };
            tells("police");
            tells("fire");
            if on == "20" && [1, 12].contains(&month) {
                tells("ambulance");
            }
        }
    }
    let year = ("2023-06-01", "2024-06-01");
    let board = report(&story, COUNCIL, year, "2025-01-01T00:00:00Z");
    let police = agency(&board, "police");
    assert_eq!((police.concerns, police.speaks), (0, Speaks::NoMore));
    assert_eq!((police.last_on, police.silent_days), (Some(day("2022-12-20")), Some(528)));
    assert_eq!(board.agencies[0].agency, body("police"), "what is quiet comes first");
    // Of two concerns so long a silence says little: the second one might have been as early by chance.
    let ambulance = agency(&board, "ambulance");
    assert_eq!((ambulance.concerns, ambulance.speaks), (0, Speaks::Still));
    let chance = ambulance.by_chance.unwrap();
    assert!((0.38..0.40).contains(&chance), "335 of 863 days: {chance}");
    assert_eq!(agency(&board, "hse").speaks, Speaks::Never);
    // Who has ended says no more, and is in no line of later days; while it was there it was judged until then.
    assert!(board.agencies.iter().all(|line| line.agency != body("fire")));
    let before = report(&story, COUNCIL, ("2022-06-01", "2024-06-01"), "2025-01-01T00:00:00Z");
    let silent = |id: &str| agency(&before, id).silent_days;
    assert_eq!((silent("fire"), silent("police")), (Some(162), Some(528)));
    // What came later is no word of theirs yet.
    let earlier = report(&story, COUNCIL, ("2021-01-01", "2022-01-01"), "2025-01-01T00:00:00Z");
    assert_eq!(agency(&earlier, "police").speaks, Speaks::Never);
}

#[test]
fn what_a_reader_may_not_see_is_not_in_it() {
    let mut story = given(&with_agreement(norfolk()));
    story.at("2024-01-10T12:00:00Z");
    story.raises("police", HOME, "p", Kind::Complaint, Severity::Low, |concern| {
        concern.occurred_at = Occurred::Day(day("2024-01-09"));
        let audience = vec![body("cqc")];
        concern.handling = Some(Handling { code: HandlingCode::C, audience });
    });
    let of = |reader: &str| {
        let board = report(&story, reader, HALF, "2024-05-20T00:00:00Z");
        (board.months[0].incidents, agency(&board, "police").concerns)
    };
    assert_eq!(of("cqc"), (1, 1));
    assert_eq!(of("healthwatch"), (0, 0));
}
