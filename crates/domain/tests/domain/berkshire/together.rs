//! Who has to come together: CQC and the council where a service is interrupted, everybody at a risk summit.

use carehub_domain::event::{Decision, DecisionKind, Event, Kind, Severity};
use expect_test::expect;

use super::{HOME, raised, story};
use crate::story::Story;

fn one(story: &mut Story, id: &str, kind: Kind, severity: Severity) {
    story.raises("contracts", HOME, id, kind, severity, |_| {});
}

#[test]
fn an_interruption_of_medium_risk_is_led_in_five_working_days_or_goes_to_both_directors() {
    for kind in [Kind::ServiceInterruption, Kind::ManagerSupervision, Kind::FacilitiesMaintenance] {
        let mut story = story();
        one(&mut story, "low", kind, Severity::Low);
        assert_eq!(raised(&story, "joint-regulators"), 0, "{kind:?}");
        one(&mut story, "medium", kind, Severity::Medium);
        assert_eq!(raised(&story, "joint-regulators"), 1, "{kind:?}");
    }
    let mut story = story();
    one(&mut story, "finance", Kind::FinancialViability, Severity::Medium);
    story.then(&expect![[""]]);
    one(&mut story, "c1", Kind::ServiceInterruption, Severity::Critical);
    story.then(&expect![[r#"
        contracts c1 -> joint-regulators Raised at 1-1000, Moderate, to cqc council-qa; told health-commissioner; 1 counted
    "#]]);
    for body in ["cqc", "council-qa"] {
        story.acknowledges(body, HOME, "joint-regulators");
    }
    story.meanwhile();
    story.tick("2024-02-08T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-08T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services cqc-senior-lead; told cqc council-qa; AgreeLead is late, rung 0; 1 counted
    "#]]);
}

#[test]
fn two_major_incidents_open_at_one_home_need_a_summit_and_one_does_not() {
    let mut story = story();
    let referral = Kind::SafeguardingReferral;
    one(&mut story, "m1", referral, Severity::High);
    one(&mut story, "n1", referral, Severity::Medium);
    story.raises("contracts", "1-2000", "m2", referral, Severity::High, |_| {});
    assert_eq!(raised(&story, "risk-summit"), 0);
    story.meanwhile();
    one(&mut story, "m3", referral, Severity::High);
    story.then(&expect![[r#"
        contracts m3 -> major-abuse Raised at 1-1000, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
        contracts m3 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
    "#]]);
    // One is open: a third major incident raises no other.
    one(&mut story, "m4", referral, Severity::High);
    assert_eq!(raised(&story, "risk-summit"), 1);
}

#[test]
fn a_decision_for_a_summit_raises_one_whatever_the_counts() {
    let mut story = story();
    one(&mut story, "c1", Kind::ServiceInterruption, Severity::High);
    let trigger = "joint-regulators";
    for body in ["cqc", "council-qa"] {
        story.acknowledges(body, HOME, trigger);
    }
    story.agrees_lead("cqc", HOME, trigger, "cqc");
    story.discusses("cqc", HOME, trigger);
    assert_eq!(raised(&story, "risk-summit"), 0);
    let escalation = story.last(trigger);
    let decision = Decision { escalation, decision: DecisionKind::RiskSummit };
    story.says("cqc", HOME, "d1", Event::Decided(decision));
    assert_eq!(raised(&story, "risk-summit"), 1);
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    an_interruption_of_medium_risk_is_led_in_five_working_days_or_goes_to_both_directors,
    two_major_incidents_open_at_one_home_need_a_summit_and_one_does_not,
    a_decision_for_a_summit_raises_one_whatever_the_counts,
];
