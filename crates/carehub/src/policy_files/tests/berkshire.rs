//! The berkshire pack says what the source documents say.

use std::collections::BTreeSet;

use carehub_domain::escalation::Step;
use carehub_domain::policy::{Gathered, LevelRule, Rule, Within, explain};
use expect_test::expect_file;

use super::*;

/// The triggers of each row of the table that names them: id, level, responsible, told, when the last
/// answer is due.
const ROWS: [(&str, LevelRule, &str, &str, &str); 19] = [
    ("possible-crime", LevelRule::AsConcern, "police", "council-safeguarding", "1 working day"),
    ("police-information", LevelRule::AsConcern, "council-safeguarding", "", "1 working day"),
    (
        "potential-closure",
        LevelRule::Major,
        "council-qa cqc",
        "director-adult-services",
        "2 working days",
    ),
    (
        "potential-failure",
        LevelRule::Major,
        "council-qa cqc",
        "director-adult-services",
        "2 working days",
    ),
    (
        "joint-regulators",
        LevelRule::Moderate,
        "cqc council-qa",
        "health-commissioner",
        "5 working days",
    ),
    ("risk-summit", LevelRule::None, "council-safeguarding", "police", "1 working day"),
    ("major-death", LevelRule::Major, "commissioning", MAJOR, "1 working day"),
    ("major-abuse", LevelRule::Major, "commissioning", MAJOR, "1 working day"),
    ("major-enforcement", LevelRule::Major, "commissioning", MAJOR, "1 working day"),
    ("major-proceedings", LevelRule::Major, "commissioning", MAJOR, "1 working day"),
    ("moderate-manager", LevelRule::Moderate, "commissioning", MODERATE, "5 working days"),
    ("moderate-staffing", LevelRule::Moderate, "commissioning", MODERATE, "5 working days"),
    ("minor", LevelRule::Minor, "contracts", "commissioning", "10 working days"),
    ("unusually-quiet", LevelRule::None, "council-qa", "", "20 working days"),
    ("unusually-busy", LevelRule::Minor, "council-qa", "", "20 working days"),
    ("provider-spread", LevelRule::Moderate, "commissioning", "cqc", "10 working days"),
    (
        "improvement-delay",
        LevelRule::Moderate,
        "",
        "commissioning contracts council-qa cqc",
        "10 working days",
    ),
    ("position-of-trust", LevelRule::AsConcern, "pipot-lead", "", "1 working day"),
    ("cause-concerns-unusual", LevelRule::Minor, "council-qa", "", "10 working days"),
];
const MAJOR: &str = "police council-safeguarding contracts sab-manager";
const MODERATE: &str = "police council-safeguarding contracts care-reviews";

#[test]
fn every_trigger_agrees_with_its_row() {
    let policy = shipped("berkshire");
    for (id, level, responsible, told, due) in ROWS {
        let trigger = policy.trigger.iter().find(|one| one.id.as_str() == id).unwrap();
        assert_eq!(trigger.level, level, "{id}");
        assert_eq!(trigger.responsible.join(" "), responsible, "{id}");
        assert_eq!(trigger.told.join(" "), told, "{id}");
        let last = trigger.answer.last().map(|answer| String::from(answer.within));
        assert_eq!(last.as_deref(), Some(due), "{id}");
        assert!(!trigger.off, "{id}");
    }
    let crime = policy.trigger.iter().find(|one| one.id.as_str() == "possible-crime").unwrap();
    assert_eq!(crime.answer[0].critical, Some(Within::Hours(2)));
    // One serious concern is answered on the same day.
    for id in ["major-death", "major-abuse", "major-enforcement", "major-proceedings"] {
        let trigger = policy.trigger.iter().find(|one| one.id.as_str() == id).unwrap();
        assert_eq!(trigger.answer[0].step, Step::Acknowledge);
        assert_eq!(trigger.answer[0].within, Within::SameDay);
    }
}

#[test]
fn the_ten_causes_for_concern_are_each_a_trigger_of_their_own() {
    let policy = shipped("berkshire");
    let ids: BTreeSet<&str> = policy.trigger.iter().map(|trigger| trigger.id.as_str()).collect();
    for pattern in [
        "medication",
        "attendance",
        "behaviour",
        "nutrition",
        "neglect",
        "visits",
        "complaints",
        "agency",
        "appointments",
    ] {
        let counted = format!("cause-{pattern}");
        let trigger = policy.trigger.iter().find(|one| one.id.as_str() == counted).unwrap();
        let Rule::Count { more_than: 2, window, .. } = &trigger.rule else { panic!("{counted}") };
        assert_eq!(String::from(*window), "3 months", "{counted}");
        assert!(ids.contains(format!("cause-{pattern}-unusual").as_str()), "{pattern}");
    }
    assert!(ids.contains("cause-concerns-unusual") && ids.contains("cause-same-injury"));
}

#[test]
fn every_number_is_marked_as_a_default_for_the_source_gives_none() {
    let policy = shipped("berkshire");
    for trigger in &policy.trigger {
        let numbers: &[&str] = match &trigger.rule {
            Rule::Count { .. } => &["more_than", "window", "rearm.further"],
            Rule::Weekly(_) => &["weeks"],
            Rule::Gathered(Gathered::Spread { .. }) => &["homes", "share"],
            Rule::Gathered(Gathered::Open { .. }) => &["more_than"],
            Rule::Immediate { .. }
            | Rule::Score { .. }
            | Rule::Linked { .. }
            | Rule::Overdue { .. }
            | Rule::Requested {}
            | Rule::Breadth { .. } => &[],
        };
        for name in numbers.iter().chain(&["ladder"]) {
            assert!(trigger.assumed.iter().any(|one| one == name), "{} {name}", trigger.id);
        }
    }
}

#[test]
fn the_process_has_six_steps_and_nine_first_actions() {
    let process = shipped("berkshire").process;
    let steps: Vec<&str> = process.step.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        steps,
        ["initiated", "initial-meeting", "findings", "updates", "quality-assurance", "closed"]
    );
    assert_eq!(process.initial_action.len(), 9);
    // Timescales are "determined locally": each is marked.
    for step in process.step.iter().filter(|step| step.within.is_some()) {
        let name = format!("step.{}.within", step.id);
        assert!(process.assumed.contains(&name), "{name}");
    }
}

#[test]
fn the_policy_reads_as_plain_english() {
    let mut policy = shipped("berkshire");
    // The version is a hash of what follows; the snapshot shows that itself.
    policy.version = "berkshire-(version)".to_owned();
    expect_file!["berkshire.txt"].assert_eq(&explain(&policy));
}
