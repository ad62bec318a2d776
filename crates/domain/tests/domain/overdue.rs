//! What is overdue besides answers, row by row of triggers.md §4: a second before it is due, at the
//! second, and when it has been done.

use std::fmt::Write as _;

use carehub_domain::Digest;
use carehub_domain::event::{
    Event, EventRef, Handling, HandlingCode, InformationPower, InformationRefusal,
    InformationRequest, InformationSupply, Kind, MeetingKind, MeetingPlan, MeetingRecord, Occurred,
    Patch, PlacementCount, Placements, PlanEvidence, PlanKind, PlanSample, Record, Registration,
    Severity, Triage, TriageOutcome,
};
use carehub_domain::picture::revision;
use carehub_domain::policy::{Owed, Policy, Rule};
use expect_test::{Expect, expect};

use crate::said::{self, norfolk_whole};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const COUNCIL: &str = "council-safeguarding";
const QA: &str = "council-qa";

/// A Thursday morning: the offices are open until five.
fn story() -> Story {
    let mut story = given(&norfolk_whole());
    story.at("2024-02-01T10:00:00Z");
    story
}

/// Every escalation of a trigger, the oldest first.
#[track_caller]
fn check(story: &Story, trigger: &str, expected: &Expect) {
    let homes = story.state.homes();
    let of_trigger = homes.flat_map(|home| home.escalations());
    let mut all: Vec<_> = of_trigger.filter(|e| e.trigger.as_str() == trigger).collect();
    all.sort_by_key(|e| (e.raised_at, e.episode));
    let mut text = String::new();
    for e in all {
        let names = |bodies: &[carehub_domain::BodyId]| {
            bodies.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        write!(text, "{} at {} {:?}: to {}", e.raised_at, e.home, e.scope, names(&e.responsible))
            .unwrap();
        if !e.told.is_empty() {
            write!(text, "; told {}", names(&e.told)).unwrap();
        }
        if !e.evidence.events.is_empty() {
            write!(text, "; on {:?}", e.evidence.events).unwrap();
        }
        if e.episode > 1 {
            write!(text, "; episode {}", e.episode).unwrap();
        }
        let holds = if e.still_holds { "" } else { "; holds no longer" };
        writeln!(text, "{holds}\n    {}", e.explanation.sentence).unwrap();
        assert_eq!(e.level, carehub_domain::escalation::Level::None, "lateness has no level");
    }
    expected.assert_eq(&text);
}

fn says(story: &mut Story, agency: &str, id: &str, record: Record) {
    story.says(agency, HOME, id, Event::Record(record));
}

fn raises(story: &mut Story, id: &str, kind: Kind, severity: Severity) {
    story.raises("gp-practice", HOME, id, kind, severity, |_| {});
}

fn triages(story: &mut Story, id: &str, outcome: TriageOutcome) {
    let home = story.state.home(&said::home(HOME)).unwrap();
    let newest = home.items().iter().next_back().map(|item| item.reference);
    let picture_revision = revision::mark(home.id(), newest);
    let triages = EventRef { id: id.to_owned(), agency: Some(said::body("gp-practice")) };
    let (onward_to, onward_by) = (Vec::new(), None);
    let triage = Triage { triages, outcome, picture_revision, onward_to, onward_by };
    let about = format!("triage of {id} as {outcome:?}");
    says(story, QA, &about, Record::Triaged(triage));
}

fn registers(story: &mut Story, home: &str) {
    let registration = Registration {
        name: "The Elms".to_owned(),
        provider: None,
        brand: None,
        beds: Some(20),
        service: None,
        uprn: None,
        postcode: None,
        area: None,
        coordinates: None,
        registered_on: None,
    };
    let id = format!("register {home}");
    story.says("cqc", home, &id, Event::HomeRegistered(Box::new(registration)));
}

/// `policy` without the trigger.
fn without(mut policy: Policy, trigger: &str) -> Policy {
    policy.version = format!("{}-without-{trigger}", policy.version);
    policy.trigger.retain(|other| other.id.as_str() != trigger);
    policy
}

#[test]
fn a_concern_is_triaged_in_the_time_of_its_severity() {
    for (severity, before, due) in [
        (Severity::Critical, "2024-02-01T11:59:59Z", "2024-02-01T12:00:00Z"),
        (Severity::High, "2024-02-02T23:59:58Z", "2024-02-02T23:59:59Z"),
        (Severity::Medium, "2024-02-06T23:59:58Z", "2024-02-06T23:59:59Z"),
        (Severity::Low, "2024-02-08T23:59:58Z", "2024-02-08T23:59:59Z"),
    ] {
        let mut story = story();
        raises(&mut story, "c1", Kind::Nutrition, severity);
        assert_eq!(story.state.next_due(), Some(said::at(due)), "{severity:?}");
        story.tick(before).then(&expect![[""]]);
        story.tick(due);
        let home = story.state.home(&said::home(HOME)).unwrap();
        let late = home.escalations().filter(|e| e.trigger.as_str() == "triage");
        let raised: Vec<_> = late.map(|e| (e.raised_at, e.severity)).collect();
        assert_eq!(raised, [(said::at(due), severity)]);
        // In time, it is nobody's business.
        let mut story = self::story();
        raises(&mut story, "c1", Kind::Nutrition, severity);
        story.at(before);
        triages(&mut story, "c1", TriageOutcome::Other);
        story.tick("2024-03-01T10:00:00Z");
        check(&story, "triage", &expect![[""]]);
    }
}

#[test]
fn a_late_triage_goes_to_who_receives_the_kind_and_out_of_hours_to_the_duty_team() {
    let mut story = story();
    raises(&mut story, "c1", Kind::Nutrition, Severity::Critical);
    raises(&mut story, "c2", Kind::SafeguardingReferral, Severity::Critical);
    // No role receives visits, and what was known long before is history.
    raises(&mut story, "c3", Kind::Visit, Severity::Critical);
    story.raises("gp-practice", HOME, "c4", Kind::Nutrition, Severity::Critical, |c| {
        c.occurred_at = Occurred::At(said::at("2024-01-01T10:00:00Z"));
        c.known_at = Some(said::at("2024-01-25T09:59:59Z"));
    });
    story.at("2024-02-02T15:00:01Z");
    raises(&mut story, "c5", Kind::SafeguardingReferral, Severity::Critical);
    story.tick("2024-02-02T17:00:01Z");
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-02T15:00:01Z at 1-1000 "triage by council-safeguarding": to council-safeguarding; on [Position(3)]
                A concern was to be triaged by 1 February 2024, 12:00 and has not been.
            2024-02-02T15:00:01Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2)]
                A concern was to be triaged by 1 February 2024, 12:00 and has not been.
            2024-02-02T17:00:01Z at 1-1000 "triage by emergency-duty-team": to emergency-duty-team; told council-safeguarding; on [Position(6)]
                A concern was to be triaged by 2 February 2024, 17:00 and has not been.
        "#]],
    );
}

#[test]
fn known_exactly_a_week_before_it_is_no_history_yet() {
    let mut story = story();
    story.raises("gp-practice", HOME, "c", Kind::Nutrition, Severity::Critical, |c| {
        c.occurred_at = Occurred::At(said::at("2024-01-01T10:00:00Z"));
        c.known_at = Some(said::at("2024-01-25T10:00:00Z"));
    });
    story.tick("2024-02-01T12:00:00Z");
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-01T12:00:00Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2)]
                A concern was to be triaged by 1 February 2024, 12:00 and has not been.
        "#]],
    );
}

#[test]
fn further_late_ones_join_the_open_escalation_and_triage_settles_it() {
    let mut story = story();
    raises(&mut story, "c1", Kind::Nutrition, Severity::High);
    story.at("2024-02-02T10:00:00Z");
    raises(&mut story, "c2", Kind::MedicationError, Severity::High);
    story.tick("2024-02-03T23:59:59Z");
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-03T23:59:59Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2), Position(3)]
                A concern was to be triaged by the end of 2 February 2024 and has not been.
        "#]],
    );
    triages(&mut story, "c1", TriageOutcome::Other);
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-03T23:59:59Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2), Position(3)]
                A concern was to be triaged by the end of 2 February 2024 and has not been.
        "#]],
    );
    triages(&mut story, "c2", TriageOutcome::Other);
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-03T23:59:59Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2), Position(3)]; holds no longer
                A concern was to be triaged by the end of 2 February 2024 and has not been.
        "#]],
    );
    // Another one is late while it is open, and one after it is closed.
    raises(&mut story, "c3", Kind::Nutrition, Severity::High);
    story.tick("2024-02-05T00:00:00Z");
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-03T23:59:59Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2), Position(3), Position(11)]
                A concern was to be triaged by the end of 2 February 2024 and has not been.
        "#]],
    );
    story.finishes("health-commissioner", HOME, "triage");
    raises(&mut story, "c4", Kind::Nutrition, Severity::High);
    story.tick("2024-02-07T00:00:00Z");
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-03T23:59:59Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2), Position(3), Position(11)]
                A concern was to be triaged by the end of 2 February 2024 and has not been.
            2024-02-07T00:00:00Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(27)]; episode 2
                A concern was to be triaged by the end of 6 February 2024 and has not been.
        "#]],
    );
}

#[test]
fn the_clock_follows_corrections_withdrawals_and_matches_and_tells_once() {
    let mut story = story();
    let by = "gp-practice";
    raises(&mut story, "low", Kind::Nutrition, Severity::Low);
    raises(&mut story, "gone", Kind::Nutrition, Severity::High);
    raises(&mut story, "moved", Kind::Nutrition, Severity::High);
    raises(&mut story, "lowered", Kind::Nutrition, Severity::High);
    story.withdraws(by, HOME, "gone");
    story.matches(QA, (by, "moved"), HOME, "1-2000");
    let set = |severity| Patch { severity: Some(severity), ..Patch::default() };
    story.corrects(by, HOME, "lowered", set(Severity::Low));
    story.at("2024-02-01T12:00:00Z");
    // It should have been triaged by now: that is told with the correction.
    story.corrects(by, HOME, "low", set(Severity::Critical));
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-01T12:00:00Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2)]
                A concern was to be triaged by 1 February 2024, 12:00 and has not been.
        "#]],
    );
    story.tick("2024-02-02T23:59:59Z");
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-01T12:00:00Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2)]
                A concern was to be triaged by 1 February 2024, 12:00 and has not been.
            2024-02-02T23:59:59Z at 1-2000 "triage by health-commissioner": to health-commissioner; on [Position(4)]
                A concern was to be triaged by the end of 2 February 2024 and has not been.
        "#]],
    );
    // What was told is not told again when its time changes.
    story.corrects(by, HOME, "low", set(Severity::Low));
    story.tick("2024-02-08T23:59:59Z");
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-01T12:00:00Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(2), Position(5)]
                A concern was to be triaged by 1 February 2024, 12:00 and has not been.
            2024-02-02T23:59:59Z at 1-2000 "triage by health-commissioner": to health-commissioner; on [Position(4)]
                A concern was to be triaged by the end of 2 February 2024 and has not been.
        "#]],
    );
}

#[test]
fn one_triage_answers_for_every_report_of_an_incident() {
    let mut story = story();
    for id in ["c1", "c2"] {
        story.raises("gp-practice", HOME, id, Kind::Nutrition, Severity::High, |c| {
            c.incident_ref = Some(Digest::of_incident("i"))
        });
    }
    triages(&mut story, "c2", TriageOutcome::S42);
    story.tick("2024-02-03T00:00:00Z");
    check(&story, "triage", &expect![[""]]);
}

#[test]
fn a_referral_below_section_42_goes_to_qa_and_one_above_does_not() {
    let mut story = story();
    raises(&mut story, "r1", Kind::SafeguardingReferral, Severity::Low);
    raises(&mut story, "r2", Kind::SafeguardingReferral, Severity::Low);
    raises(&mut story, "c", Kind::Complaint, Severity::Low);
    triages(&mut story, "r1", TriageOutcome::S42);
    triages(&mut story, "c", TriageOutcome::BelowS42);
    check(&story, "below-s42", &expect![[""]]);
    triages(&mut story, "r2", TriageOutcome::BelowS42);
    check(
        &story,
        "below-s42",
        &expect![[r#"
            2024-02-01T10:00:00Z at 1-1000 "incident 81d77c0f98b7f9ee": to council-qa; on [Position(3)]
                A safeguarding referral triaged below section 42: one such concern is enough.
        "#]],
    );
    // Looked at again: it was one after all.
    triages(&mut story, "r2", TriageOutcome::S42);
    check(
        &story,
        "below-s42",
        &expect![[r#"
            2024-02-01T10:00:00Z at 1-1000 "incident 81d77c0f98b7f9ee": to council-qa; on [Position(3)]; holds no longer
                A safeguarding referral triaged below section 42: one such concern is enough.
        "#]],
    );
}

fn evidences(covers: &[PlanKind], on: &str) -> Record {
    let evidenced_on = on.parse().unwrap();
    Record::PlanEvidenced(PlanEvidence { covers: covers.to_vec(), evidenced_on })
}

const ALL: [PlanKind; 5] =
    [PlanKind::Fire, PlanKind::Flood, PlanKind::Power, PlanKind::Disease, PlanKind::Boiler];

/// The whole pack without what chases the answers and draws the sample.
fn plans_only() -> Story {
    let policy = without(norfolk_whole(), "contingency-sample");
    let mut story = given(&policy);
    story.at("2024-02-01T10:00:00Z");
    story
}

#[test]
fn a_plan_is_shown_every_twelve_months() {
    let mut story = plans_only();
    registers(&mut story, HOME);
    story.tick("2025-01-31T23:59:59Z");
    check(&story, "contingency-plan", &expect![[""]]);
    story.tick("2025-02-01T00:00:00Z");
    check(
        &story,
        "contingency-plan",
        &expect![[r#"
        2025-02-01T00:00:00Z at 1-1000 "": to council-qa
            There is no evidence of a contingency plan, or none so young, for: fire, flood, loss of power, an outbreak of disease, a breakdown of the boiler.
    "#]],
    );
    // Shown in part, then whole.
    story.at("2025-03-10T10:00:00Z");
    says(&mut story, "provider", "e1", evidences(&ALL[..4], "2025-03-10"));
    check(
        &story,
        "contingency-plan",
        &expect![[r#"
        2025-02-01T00:00:00Z at 1-1000 "": to council-qa
            There is no evidence of a contingency plan, or none so young, for: fire, flood, loss of power, an outbreak of disease, a breakdown of the boiler.
    "#]],
    );
    says(&mut story, "provider", "e2", evidences(&ALL[4..], "2025-03-01"));
    check(
        &story,
        "contingency-plan",
        &expect![[r#"
        2025-02-01T00:00:00Z at 1-1000 "": to council-qa; holds no longer
            There is no evidence of a contingency plan, or none so young, for: fire, flood, loss of power, an outbreak of disease, a breakdown of the boiler.
    "#]],
    );
    story.finishes(QA, HOME, "contingency-plan");
    // The boiler's part runs out first.
    story.tick("2026-02-28T23:59:59Z");
    let count = |story: &Story| {
        let home = story.state.home(&said::home(HOME)).unwrap();
        home.escalations().filter(|e| e.trigger.as_str() == "contingency-plan").count()
    };
    assert_eq!(count(&story), 1);
    story.tick("2026-03-01T00:00:00Z");
    assert_eq!(count(&story), 2);
    // What ran out while that is open is not raised beside it; after it is closed, a year later.
    story.tick("2026-06-01T00:00:00Z");
    assert_eq!(count(&story), 2);
    story.finishes(QA, HOME, "contingency-plan");
    story.tick("2027-03-01T00:00:00Z");
    check(
        &story,
        "contingency-plan",
        &expect![[r#"
        2025-02-01T00:00:00Z at 1-1000 "": to council-qa; holds no longer
            There is no evidence of a contingency plan, or none so young, for: fire, flood, loss of power, an outbreak of disease, a breakdown of the boiler.
        2026-03-01T00:00:00Z at 1-1000 "": to council-qa; episode 2
            There is no evidence of a contingency plan, or none so young, for: a breakdown of the boiler.
        2027-03-01T00:00:00Z at 1-1000 "": to council-qa; episode 3
            There is no evidence of a contingency plan, or none so young, for: fire, flood, loss of power, an outbreak of disease, a breakdown of the boiler.
    "#]],
    );
}

#[test]
fn nobody_is_chased_for_a_home_that_is_closed_or_not_in_the_register() {
    let mut story = plans_only();
    registers(&mut story, HOME);
    raises(&mut story, "c", Kind::Visit, Severity::Low);
    story.raises("gp-practice", "1-2000", "c2", Kind::Visit, Severity::Low, |_| {});
    let closed_on = "2024-06-01".parse().unwrap();
    story.at("2024-06-01T10:00:00Z");
    story.says(
        "cqc",
        HOME,
        "closed",
        Event::HomeClosed(carehub_domain::event::Closure { closed_on }),
    );
    story.tick("2026-02-01T00:00:00Z");
    check(&story, "contingency-plan", &expect![[""]]);
    assert_eq!(story.state.next_due(), None);
}

#[test]
fn the_sample_draws_about_one_home_in_ten_and_always_the_same() {
    let drawn = |at: &[&str]| {
        let mut story = story();
        for n in 0..200 {
            registers(&mut story, &format!("1-{n:04}"));
        }
        for at in at {
            story.tick(at);
        }
        let homes = story.state.homes();
        let of_sample = homes.filter(|home| {
            home.escalations().any(|e| {
                e.trigger.as_str() == "contingency-sample" && e.scope == "sample 2024-04-01"
            })
        });
        of_sample.map(|home| home.id().to_string()).collect::<Vec<_>>()
    };
    // Midnight in London is eleven at night in UTC: the clocks have gone forward.
    assert_eq!(drawn(&["2024-03-31T22:59:59Z"]), Vec::<String>::new());
    let first = drawn(&["2024-03-31T23:00:00Z"]);
    assert!((10..=30).contains(&first.len()), "{}", first.len());
    assert_eq!(drawn(&["2024-02-20T10:00:00Z", "2024-08-01T10:00:00Z"]), first);
}

#[test]
fn a_plan_that_was_looked_through_settles_the_sample() {
    let mut policy = norfolk_whole();
    for trigger in &mut policy.trigger {
        if let Rule::Overdue { of: Owed::Sample { one_in } } = &mut trigger.rule {
            *one_in = 1;
        }
    }
    let mut story = given(&policy);
    story.at("2024-02-01T10:00:00Z");
    registers(&mut story, HOME);
    let sample = |on: &str| {
        let (covers, gaps) = (ALL.to_vec(), vec![PlanKind::Boiler]);
        Record::PlanSampled(PlanSample { covers, sampled_on: on.parse().unwrap(), gaps })
    };
    story.tick("2024-04-02T10:00:00Z");
    says(&mut story, QA, "s1", sample("2024-03-31"));
    check(
        &story,
        "contingency-sample",
        &expect![[r#"
        2024-04-02T10:00:00Z at 1-1000 "sample 2024-04-01": to council-qa
            The home is drawn for the sample of the quarter from 2024-04-01: look through its contingency plan.
    "#]],
    );
    says(&mut story, QA, "s2", sample("2024-04-01"));
    check(
        &story,
        "contingency-sample",
        &expect![[r#"
        2024-04-02T10:00:00Z at 1-1000 "sample 2024-04-01": to council-qa; holds no longer
            The home is drawn for the sample of the quarter from 2024-04-01: look through its contingency plan.
    "#]],
    );
}

fn asks(story: &mut Story, id: &str, power: InformationPower, answer_by: Option<&str>) {
    let of = said::body("provider");
    let answer_by = answer_by.map(|by| by.parse().unwrap());
    let request = InformationRequest { of, power, answer_by };
    says(story, COUNCIL, id, Record::InformationRequested(request));
}

fn request(id: &str) -> EventRef {
    EventRef { id: id.to_owned(), agency: Some(said::body(COUNCIL)) }
}

#[test]
fn a_request_under_section_45_is_answered_by_its_day_or_in_ten_working_days() {
    let mut story = story();
    asks(&mut story, "q1", InformationPower::CareActS45, Some("2024-02-05"));
    asks(&mut story, "q2", InformationPower::CareActS45, None);
    asks(&mut story, "q3", InformationPower::Agreement, Some("2024-02-05"));
    asks(&mut story, "q4", InformationPower::CareActS45, Some("2024-02-05"));
    let supplied_on = "2024-02-01".parse().unwrap();
    let supply = |id: &str| InformationSupply { request: request(id), supplied_on };
    says(&mut story, "provider", "a4", Record::InformationSupplied(supply("q4")));
    story.tick("2024-02-05T23:59:58Z");
    check(&story, "information-refused", &expect![[""]]);
    story.tick("2024-02-05T23:59:59Z");
    check(
        &story,
        "information-refused",
        &expect![[r#"
            2024-02-05T23:59:59Z at 1-1000 "information 5e6b3ffe9b9a3231": to board-legal
                Information was asked of Care providers, and no answer has come.
        "#]],
    );
    story.tick("2024-02-15T23:59:58Z");
    check(
        &story,
        "information-refused",
        &expect![[r#"
            2024-02-05T23:59:59Z at 1-1000 "information 5e6b3ffe9b9a3231": to board-legal
                Information was asked of Care providers, and no answer has come.
        "#]],
    );
    story.tick("2024-02-15T23:59:59Z");
    check(
        &story,
        "information-refused",
        &expect![[r#"
            2024-02-05T23:59:59Z at 1-1000 "information 5e6b3ffe9b9a3231": to board-legal
                Information was asked of Care providers, and no answer has come.
            2024-02-15T23:59:59Z at 1-1000 "information 0adb3a1e4ed083de": to board-legal
                Information was asked of Care providers, and no answer has come.
        "#]],
    );
    says(&mut story, "provider", "a1", Record::InformationSupplied(supply("q1")));
    check(
        &story,
        "information-refused",
        &expect![[r#"
            2024-02-05T23:59:59Z at 1-1000 "information 5e6b3ffe9b9a3231": to board-legal; holds no longer
                Information was asked of Care providers, and no answer has come.
            2024-02-15T23:59:59Z at 1-1000 "information 0adb3a1e4ed083de": to board-legal
                Information was asked of Care providers, and no answer has come.
        "#]],
    );
}

#[test]
fn a_refusal_is_told_at_once_and_only_where_there_was_a_duty() {
    let mut story = story();
    asks(&mut story, "q1", InformationPower::CareActS45, None);
    asks(&mut story, "q2", InformationPower::Agreement, None);
    for (id, of) in [("a1", "q1"), ("a2", "q2")] {
        let refused_on = "2024-02-01".parse().unwrap();
        let refusal = InformationRefusal { request: request(of), refused_on };
        says(&mut story, "provider", id, Record::InformationRefused(refusal));
    }
    story.tick("2024-03-15T23:59:59Z");
    check(
        &story,
        "information-refused",
        &expect![[r#"
            2024-02-01T10:00:00Z at 1-1000 "information 5e6b3ffe9b9a3231": to board-legal
                Information was asked of Care providers, and is refused.
        "#]],
    );
}

fn plans(story: &mut Story, kind: MeetingKind, reference: &str, on: &str, chair: &str) {
    let plan = MeetingPlan {
        meeting: kind,
        meeting_ref: reference.to_owned(),
        planned_for: on.parse().unwrap(),
        chair_role: chair.to_owned(),
    };
    let id = format!("plan {reference} {on}");
    says(story, QA, &id, Record::MeetingPlanned(plan));
}

fn holds(
    story: &mut Story,
    (kind, reference): (MeetingKind, &str),
    on: &str,
    minutes: Option<&str>,
    output: Option<&str>,
) {
    let held = MeetingRecord {
        meeting: kind,
        meeting_ref: reference.to_owned(),
        held_on: on.parse().unwrap(),
        chair_role: QA.to_owned(),
        attended: vec![said::body(QA)],
        not_attended: Vec::new(),
        minutes_distributed_on: minutes.map(|on| on.parse().unwrap()),
        output_passed_on: output.map(|on| on.parse().unwrap()),
        passed_on_to: Vec::new(),
    };
    let id = format!("held {reference} {minutes:?} {output:?}");
    says(story, QA, &id, Record::MeetingRecorded(Box::new(held)));
}

#[test]
fn a_regular_meeting_is_held_and_its_output_passed_on() {
    let mut story = story();
    let quarterly = (MeetingKind::Quarterly, "Q1");
    plans(&mut story, MeetingKind::Quarterly, "Q1", "2024-02-05", "health-commissioner");
    plans(&mut story, MeetingKind::Esap, "E1", "2024-02-05", "nobody-holds-this");
    plans(&mut story, MeetingKind::Strategy, "S1", "2024-02-05", COUNCIL);
    plans(&mut story, MeetingKind::Quarterly, "Q2", "2024-02-05", QA);
    plans(&mut story, MeetingKind::Quarterly, "Q2", "2024-05-06", QA);
    story.tick("2024-02-07T23:59:58Z");
    check(&story, "meeting-overdue", &expect![[""]]);
    story.tick("2024-02-07T23:59:59Z");
    check(
        &story,
        "meeting-overdue",
        &expect![[r#"
            2024-02-07T23:59:59Z at 1-1000 "meeting e3cce7738160bb33 2024-02-05": to council-qa
                A meeting (early support and prevention group) was planned for 5 February 2024 and is not recorded as held.
            2024-02-07T23:59:59Z at 1-1000 "meeting 15e97ee695921bb6 2024-02-05": to health-commissioner
                A meeting (quarterly meeting) was planned for 5 February 2024 and is not recorded as held.
        "#]],
    );
    story.at("2024-02-08T10:00:00Z");
    holds(&mut story, quarterly, "2024-02-05", None, None);
    check(
        &story,
        "meeting-overdue",
        &expect![[r#"
            2024-02-07T23:59:59Z at 1-1000 "meeting e3cce7738160bb33 2024-02-05": to council-qa
                A meeting (early support and prevention group) was planned for 5 February 2024 and is not recorded as held.
            2024-02-07T23:59:59Z at 1-1000 "meeting 15e97ee695921bb6 2024-02-05": to health-commissioner; holds no longer
                A meeting (quarterly meeting) was planned for 5 February 2024 and is not recorded as held.
        "#]],
    );
    story.tick("2024-02-22T23:59:58Z");
    let before = story.state.homes().flat_map(|home| home.escalations()).count();
    story.tick("2024-02-22T23:59:59Z");
    let after = story.state.homes().flat_map(|home| home.escalations()).count();
    assert_eq!(after, before + 1);
    holds(&mut story, quarterly, "2024-02-05", None, Some("2024-02-22"));
    check(
        &story,
        "meeting-overdue",
        &expect![[r#"
            2024-02-07T23:59:59Z at 1-1000 "meeting e3cce7738160bb33 2024-02-05": to council-qa
                A meeting (early support and prevention group) was planned for 5 February 2024 and is not recorded as held.
            2024-02-07T23:59:59Z at 1-1000 "meeting 15e97ee695921bb6 2024-02-05": to health-commissioner; holds no longer
                A meeting (quarterly meeting) was planned for 5 February 2024 and is not recorded as held.
            2024-02-22T23:59:59Z at 1-1000 "output 15e97ee695921bb6": to council-qa; holds no longer
                The output of the meeting of 2024-02-05 (quarterly meeting) is not passed on.
        "#]],
    );
}

#[test]
fn the_minutes_of_a_safeguarding_meeting_are_distributed_in_five_working_days() {
    let mut story = story();
    holds(&mut story, (MeetingKind::Safeguarding, "S1"), "2024-01-31", None, None);
    holds(&mut story, (MeetingKind::Strategy, "S2"), "2024-01-31", Some("2024-02-01"), None);
    holds(&mut story, (MeetingKind::CareGovernance, "G1"), "2024-01-31", None, None);
    story.tick("2024-02-08T23:59:58Z");
    check(&story, "minutes", &expect![[""]]);
    story.tick("2024-02-08T23:59:59Z");
    check(
        &story,
        "minutes",
        &expect![[r#"
        2024-02-08T23:59:59Z at 1-1000 "minutes 6a93781c3fe6340d": to council-qa
            The minutes of the meeting of 2024-01-31 (safeguarding meeting) are not distributed.
    "#]],
    );
    story.at("2024-02-09T10:00:00Z");
    holds(&mut story, (MeetingKind::Safeguarding, "S1"), "2024-01-31", Some("2024-02-09"), None);
    check(
        &story,
        "minutes",
        &expect![[r#"
        2024-02-08T23:59:59Z at 1-1000 "minutes 6a93781c3fe6340d": to council-qa; holds no longer
            The minutes of the meeting of 2024-01-31 (safeguarding meeting) are not distributed.
    "#]],
    );
}

fn counts(story: &mut Story, month: &str, overdue: [u32; 2]) {
    let placed = |authority: &str, reviews_overdue| Placements {
        authority: authority.to_owned(),
        residents: 9,
        reviews_due: 2,
        reviews_overdue,
    };
    let count = PlacementCount {
        month: month.to_owned().try_into().unwrap(),
        placements: vec![placed("Norfolk", overdue[0]), placed("Suffolk", overdue[1])],
    };
    says(story, QA, &format!("count {month}"), Record::PlacementsCounted(count));
}

#[test]
fn overdue_reviews_go_to_the_authority_that_placed_the_people() {
    let mut policy = norfolk_whole();
    let mut suffolk = policy.body(&said::body("adult-social-care")).unwrap().clone();
    for body in &mut policy.body {
        if body.id.as_str() == "adult-social-care" {
            body.areas = vec!["Norfolk".to_owned()];
        }
    }
    suffolk.id = said::body("suffolk-care");
    suffolk.areas = vec!["Suffolk".to_owned()];
    policy.body.push(suffolk);
    let mut story = given(&policy);
    story.at("2024-02-01T10:00:00Z");
    counts(&mut story, "2023-12", [0, 0]);
    check(&story, "placement-reviews", &expect![[""]]);
    counts(&mut story, "2024-01", [0, 1]);
    check(
        &story,
        "placement-reviews",
        &expect![[r#"
        2024-02-01T10:00:00Z at 1-1000 "reviews Suffolk": to suffolk-care
            Suffolk counts 1 of the reviews of its placements as overdue.
    "#]],
    );
    // The next month says the same while it is open; then all are held; then one is late again.
    counts(&mut story, "2024-02", [0, 3]);
    counts(&mut story, "2024-03", [0, 0]);
    // An older month that comes late tells nothing new.
    counts(&mut story, "2023-11", [4, 4]);
    check(
        &story,
        "placement-reviews",
        &expect![[r#"
        2024-02-01T10:00:00Z at 1-1000 "reviews Suffolk": to suffolk-care; holds no longer
            Suffolk counts 1 of the reviews of its placements as overdue.
    "#]],
    );
    story.finishes("suffolk-care", HOME, "placement-reviews");
    counts(&mut story, "2024-04", [2, 1]);
    check(
        &story,
        "placement-reviews",
        &expect![[r#"
        2024-02-01T10:00:00Z at 1-1000 "reviews Norfolk": to adult-social-care
            Norfolk counts 2 of the reviews of its placements as overdue.
        2024-02-01T10:00:00Z at 1-1000 "reviews Suffolk": to suffolk-care; holds no longer
            Suffolk counts 1 of the reviews of its placements as overdue.
        2024-02-01T10:00:00Z at 1-1000 "reviews Suffolk": to suffolk-care; episode 2
            Suffolk counts 1 of the reviews of its placements as overdue.
    "#]],
    );
}

#[test]
fn what_nobody_leads_and_what_lies_outside_the_memorandum_goes_to_qa() {
    let mut story = story();
    let breach = Kind::HealthAndSafetyBreach;
    story.raises("fire", HOME, "b1", breach, Severity::Medium, |_| {});
    for body in ["cqc", "hse", "district-council", "fire"] {
        story.acknowledges(body, HOME, "health-and-safety-breach");
    }
    story.tick("2024-02-08T23:59:58Z");
    check(&story, "outside-mou", &expect![[""]]);
    story.tick("2024-02-08T23:59:59Z");
    check(
        &story,
        "outside-mou",
        &expect![[r#"
            2024-02-08T23:59:59Z at 1-1000 "lead ae8a67154968e2fb": to council-qa; told cqc hse district-council fire; on [Position(2)]
                No lead was agreed for escalation ae8a67154968e2fb in time.
        "#]],
    );
    // A lead in time: nothing. Then they decide that it lies outside: at once, and once.
    let mut story = self::story();
    story.raises("fire", HOME, "b1", breach, Severity::Medium, |_| {});
    story.acknowledges("cqc", HOME, "health-and-safety-breach");
    story.agrees_lead("cqc", HOME, "health-and-safety-breach", "hse");
    story.tick("2024-02-09T10:00:00Z");
    check(&story, "outside-mou", &expect![[""]]);
    let decide = |story: &mut Story, n: u8| {
        let escalation = story.last("health-and-safety-breach");
        let decision = carehub_domain::event::DecisionKind::StrategyTypeMeetingOutsideMou;
        let event = Event::Decided(carehub_domain::event::Decision { escalation, decision });
        story.says("cqc", HOME, &format!("outside {n}"), event);
    };
    decide(&mut story, 1);
    decide(&mut story, 2);
    check(
        &story,
        "outside-mou",
        &expect![[r#"
            2024-02-09T10:00:00Z at 1-1000 "lead ae8a67154968e2fb": to council-qa; told cqc hse district-council fire; on [Position(2)]
                Escalation ae8a67154968e2fb was decided to lie outside the memorandum.
        "#]],
    );
}

/// Everything that falls due in a week, told to a hub that runs and to one that was down.
#[test]
fn a_hub_that_was_down_for_a_week_tells_everything_once_and_in_order() {
    let begin = || {
        let mut story = story();
        registers(&mut story, HOME);
        asks(&mut story, "q1", InformationPower::CareActS45, Some("2024-02-05"));
        plans(&mut story, MeetingKind::Quarterly, "Q1", "2024-02-02", QA);
        holds(&mut story, (MeetingKind::Safeguarding, "S1"), "2024-01-31", None, None);
        for (n, severity) in
            [Severity::Low, Severity::Medium, Severity::High, Severity::Critical].iter().enumerate()
        {
            raises(&mut story, &format!("c{n}"), Kind::Nutrition, *severity);
        }
        let breach = Kind::HealthAndSafetyBreach;
        story.raises("fire", "1-2000", "b1", breach, Severity::Medium, |_| {});
        for body in ["cqc", "hse", "district-council", "fire"] {
            story.acknowledges(body, "1-2000", "health-and-safety-breach");
        }
        story.meanwhile();
        story
    };
    let told = |story: &Story| {
        let homes = story.state.homes();
        let all = homes.flat_map(|home| home.escalations()).filter(|e| e.unanswered.is_none());
        let mut all: Vec<_> = all
            .map(|e| (e.first_held_on, e.trigger.to_string(), e.scope.clone(), e.evidence.clone()))
            .collect();
        all.sort_by(|a, b| (a.0, &a.1, &a.2).cmp(&(b.0, &b.1, &b.2)));
        all
    };
    let mut running = begin();
    let mut now = said::at("2024-02-01T10:00:00Z");
    while now < said::at("2024-02-09T00:00:00Z") {
        now = now.checked_add(jiff::SignedDuration::from_mins(30)).unwrap();
        running.tick(&now.to_string());
    }
    let mut down = begin();
    down.tick("2024-02-09T00:00:00Z");
    assert_eq!(told(&running), told(&down));
    // Each once, in the order in which it fell due.
    down.then(&expect![[r#"
        tick -> triage Raised at 1-1000, None, to health-commissioner; 4 counted
        tick -> information-refused Raised at 1-1000, None, to board-legal; 0 counted
        tick -> meeting-overdue Raised at 1-1000, None, to council-qa; 0 counted
        tick -> triage Raised at 1-2000, None, to council-qa; 1 counted
        tick -> minutes Raised at 1-1000, None, to council-qa; 0 counted
        tick -> unanswered Raised at 1-2000, None, to director-adult-services; told cqc hse district-council fire; AgreeLead is late, rung 0; 1 counted
        tick -> outside-mou Raised at 1-2000, None, to council-qa; told cqc hse district-council fire; 1 counted
    "#]]);
    down.tick("2024-02-09T00:00:01Z").then(&expect![[""]]);
}

#[test]
fn a_policy_that_begins_to_chase_tells_what_is_late_once_and_no_old_triages() {
    let mut story = given(&without(without(norfolk_whole(), "triage"), "information-refused"));
    story.at("2024-02-01T10:00:00Z");
    raises(&mut story, "old", Kind::Nutrition, Severity::High);
    asks(&mut story, "q1", InformationPower::CareActS45, Some("2024-02-05"));
    story.at("2024-02-20T09:00:00Z");
    raises(&mut story, "new", Kind::Nutrition, Severity::High);
    story.at("2024-02-20T10:00:00Z").meanwhile();
    let activate = |story: &mut Story, version: &str| {
        let mut policy = crate::said::with_agreement(norfolk_whole());
        policy.version = version.to_owned();
        story.take(carehub_domain::message::MessageBody::Policy(Box::new(policy.into())));
    };
    activate(&mut story, "norfolk-2");
    activate(&mut story, "norfolk-3");
    story.tick("2024-02-21T23:59:59Z");
    check(
        &story,
        "triage",
        &expect![[r#"
            2024-02-21T23:59:59Z at 1-1000 "triage by health-commissioner": to health-commissioner; on [Position(4)]
                A concern was to be triaged by the end of 21 February 2024 and has not been.
        "#]],
    );
    check(
        &story,
        "information-refused",
        &expect![[r#"
            2024-02-20T10:00:00Z at 1-1000 "information 5e6b3ffe9b9a3231": to board-legal
                Information was asked of Care providers, and no answer has come.
        "#]],
    );
}

#[test]
fn what_a_reader_may_not_know_of_is_not_told_to_it_by_lateness() {
    let mut story = story();
    story.raises("cqc", HOME, "c", Kind::Nutrition, Severity::High, |c| {
        let audience = vec![said::body("health-commissioner")];
        c.handling = Some(Handling { code: HandlingCode::C, audience });
    });
    // Who would receive it may not know of it, and is not chased for it.
    story.raises("cqc", HOME, "d", Kind::Complaint, Severity::High, |c| {
        c.handling = Some(Handling { code: HandlingCode::C, audience: vec![said::body("police")] });
    });
    story.tick("2024-02-03T00:00:00Z");
    let seen = |reader: &str| {
        let view = story.seen_by(HOME, reader);
        view.home().escalations().count()
    };
    assert_eq!((seen("health-commissioner"), seen("fire")), (1, 0));
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    a_concern_is_triaged_in_the_time_of_its_severity,
    a_late_triage_goes_to_who_receives_the_kind_and_out_of_hours_to_the_duty_team,
    known_exactly_a_week_before_it_is_no_history_yet,
    further_late_ones_join_the_open_escalation_and_triage_settles_it,
    the_clock_follows_corrections_withdrawals_and_matches_and_tells_once,
    one_triage_answers_for_every_report_of_an_incident,
    a_referral_below_section_42_goes_to_qa_and_one_above_does_not,
    a_plan_is_shown_every_twelve_months,
    nobody_is_chased_for_a_home_that_is_closed_or_not_in_the_register,
    the_sample_draws_about_one_home_in_ten_and_always_the_same,
    a_plan_that_was_looked_through_settles_the_sample,
    a_request_under_section_45_is_answered_by_its_day_or_in_ten_working_days,
    a_refusal_is_told_at_once_and_only_where_there_was_a_duty,
    a_regular_meeting_is_held_and_its_output_passed_on,
    the_minutes_of_a_safeguarding_meeting_are_distributed_in_five_working_days,
    overdue_reviews_go_to_the_authority_that_placed_the_people,
    what_nobody_leads_and_what_lies_outside_the_memorandum_goes_to_qa,
    a_hub_that_was_down_for_a_week_tells_everything_once_and_in_order,
    a_policy_that_begins_to_chase_tells_what_is_late_once_and_no_old_triages,
    what_a_reader_may_not_know_of_is_not_told_to_it_by_lateness,
];
