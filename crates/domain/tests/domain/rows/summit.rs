//! `risk-summit` and `professional-judgement`.

use carehub_domain::Digest;
use carehub_domain::TriggerId;
use carehub_domain::escalation::Level;
use carehub_domain::event::{Decision, DecisionKind, Event, Kind, Request, Severity};
use carehub_domain::policy::{LevelRule, Trigger};
use expect_test::expect;

use super::{COUNCIL, HOME, QA, raised, story};
use crate::said::norfolk;
use crate::story::{Story, given};

fn crime(story: &mut Story, id: &str, home: &str, severity: Severity, incident: Option<&str>) {
    story.raises("cqc", home, id, Kind::Complaint, severity, |c| {
        c.possible_crime = true;
        c.incident_ref = incident.map(Digest::of_incident);
    });
}

#[test]
fn two_major_incidents_open_at_one_home_fire_and_one_does_not() {
    let mut story = story();
    crime(&mut story, "c1", HOME, Severity::High, Some("i1"));
    // The same incident as a breach, a lesser one, and one at another home.
    story.raises("hse", HOME, "b", Kind::HealthAndSafetyBreach, Severity::High, |c| {
        c.incident_ref = Some(Digest::of_incident("i1"));
    });
    crime(&mut story, "c2", HOME, Severity::Medium, None);
    crime(&mut story, "c3", "1-2000", Severity::High, None);
    assert_eq!(raised(&story, "risk-summit"), 0);
    story.meanwhile();
    crime(&mut story, "c4", HOME, Severity::Critical, None);
    story.then(&expect![[r#"
        cqc c4 -> possible-crime Raised at 1-1000, Major, to police; told council-safeguarding; 1 counted
        cqc c4 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
    "#]]);
    // One is open: a third does not raise another.
    crime(&mut story, "c5", HOME, Severity::High, None);
    assert_eq!(raised(&story, "risk-summit"), 1);
}

#[test]
fn what_was_closed_is_not_open_and_what_is_raised_later_to_major_counts() {
    let mut story = story();
    crime(&mut story, "c1", HOME, Severity::High, None);
    story.finishes("police", HOME, "possible-crime");
    crime(&mut story, "c2", HOME, Severity::High, None);
    assert_eq!(raised(&story, "risk-summit"), 0, "one of the two is closed");
    crime(&mut story, "c3", HOME, Severity::Low, None);
    assert_eq!(raised(&story, "risk-summit"), 0, "a minor one");
    let graver =
        carehub_domain::event::Patch { severity: Some(Severity::High), ..Default::default() };
    story.meanwhile().corrects("cqc", HOME, "c3", graver).then(&expect![[r#"
        cqc correct c3 29 -> possible-crime EvidenceAdded at 1-1000, Major, Raised; 1 counted
        cqc correct c3 29 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
        cqc correct c3 29 -> notice concern corrected at 1-1000, told by 1, still shared to council-safeguarding
        cqc correct c3 29 -> notice concern corrected at 1-1000, told by 1, still shared to police
    "#]]);
}

#[test]
fn lateness_and_risk_summits_are_not_counted() {
    let mut story = story();
    crime(&mut story, "c1", HOME, Severity::High, None);
    story.tick("2024-03-01T10:00:00Z");
    assert!(raised(&story, "unanswered") > 0);
    assert_eq!(raised(&story, "risk-summit"), 0);
}

/// Where a policy gives a summit a level of its own, it stands at that level, and is not gathered again.
#[test]
fn what_gathers_others_is_none_of_what_another_gathers() {
    let mut policy = norfolk();
    let summit = policy.trigger.iter_mut().find(|t| t.id.as_str() == "risk-summit").unwrap();
    summit.level = LevelRule::Major;
    let other = Trigger { id: TriggerId::new("other-summit").unwrap(), ..summit.clone() };
    policy.trigger.push(other);
    let mut story = given(&policy);
    story.at("2024-02-01T10:00:00Z");
    asks(&mut story, "q1", Level::Minor);
    let asked = "professional-judgement";
    story.acknowledges(QA, HOME, asked).discusses(QA, HOME, asked);
    decides_summit(&mut story, QA, asked, "d1");
    assert_eq!((raised(&story, "risk-summit"), raised(&story, "other-summit")), (1, 1));
    story.finishes(COUNCIL, HOME, "other-summit");
    crime(&mut story, "c1", HOME, Severity::High, None);
    assert_eq!(raised(&story, "other-summit"), 1, "a crime, and the other summit");
    crime(&mut story, "c2", HOME, Severity::High, None);
    assert_eq!(raised(&story, "other-summit"), 2, "two crimes");
}

fn decides_summit(story: &mut Story, body: &str, trigger: &str, id: &str) {
    let escalation = story.last(trigger);
    let event = Event::Decided(Decision { escalation, decision: DecisionKind::RiskSummit });
    story.says(body, HOME, id, event);
}

fn asks(story: &mut Story, id: &str, level: Level) {
    let request = Request {
        level,
        responsible: vec![QA.to_owned()],
        told: Vec::new(),
        answer_within: None,
        evidence: Vec::new(),
    };
    story.says("ambulance", HOME, id, Event::EscalationRequested(request));
}

#[test]
fn any_agency_asks_and_a_decision_for_a_summit_raises_one_whatever_the_counts() {
    let mut story = story();
    asks(&mut story, "q1", Level::Minor);
    story.acknowledges(QA, HOME, "professional-judgement").discusses(
        QA,
        HOME,
        "professional-judgement",
    );
    story.meanwhile();
    decides_summit(&mut story, QA, "professional-judgement", "d1");
    story.then(&expect![[r#"
        council-qa d1 -> professional-judgement Decided at 1-1000, Minor, Decided; 0 counted
        council-qa d1 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 0 counted
    "#]]);
    // Said twice, it is one summit; after it is closed, another decision raises another.
    decides_summit(&mut story, QA, "professional-judgement", "d2");
    assert_eq!(raised(&story, "risk-summit"), 1);
    story.finishes(COUNCIL, HOME, "risk-summit");
    decides_summit(&mut story, QA, "professional-judgement", "d3");
    assert_eq!(raised(&story, "risk-summit"), 2);
}

#[test]
fn two_requests_for_major_are_two_incidents_and_the_lead_is_named_in_one_working_day() {
    let mut story = story();
    asks(&mut story, "q1", Level::Major);
    asks(&mut story, "q2", Level::Moderate);
    assert_eq!(raised(&story, "risk-summit"), 0);
    asks(&mut story, "q3", Level::Major);
    story.then(&expect![[r#"
        ambulance q1 -> professional-judgement Raised at 1-1000, Major, to council-qa; told ambulance; 0 counted
        ambulance q2 -> professional-judgement Raised at 1-1000, Moderate, to council-qa; told ambulance; 0 counted
        ambulance q3 -> professional-judgement Raised at 1-1000, Major, to council-qa; told ambulance; 0 counted
        ambulance q3 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
    "#]]);
    story.acknowledges(COUNCIL, HOME, "risk-summit").meanwhile();
    story.tick("2024-02-02T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-02T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; AgreeLead is late, rung 0; 2 counted
    "#]]);
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    two_major_incidents_open_at_one_home_fire_and_one_does_not,
    what_was_closed_is_not_open_and_what_is_raised_later_to_major_counts,
    lateness_and_risk_summits_are_not_counted,
    any_agency_asks_and_a_decision_for_a_summit_raises_one_whatever_the_counts,
    two_requests_for_major_are_two_incidents_and_the_lead_is_named_in_one_working_day,
];
