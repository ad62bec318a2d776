//! `joint-regulators` and `potential-closure`: two sides must act, and their directors hear together when
//! nobody leads.

use carehub_domain::BodyId;
use carehub_domain::event::{
    ClosurePlan, Event, FinancialSign, Kind, Proceeding, RecordKind, Severity,
};
use expect_test::expect;
use jiff::civil::date;

use super::{HOME, QA, raised, story};
use crate::process::{beginning, kind};
use crate::said;
use crate::story::Story;

#[test]
fn both_regulators_act_at_medium_and_above_and_each_incident_by_itself() {
    for kind in [
        Kind::ServiceInterruption,
        Kind::ManagerSupervision,
        Kind::FacilitiesMaintenance,
        Kind::FinancialViability,
    ] {
        for (severity, fires) in [
            (Severity::Low, 0),
            (Severity::Medium, 1),
            (Severity::High, 1),
            (Severity::Critical, 1),
        ] {
            let mut story = story();
            story.raises("contracts", HOME, "c", kind, severity, |_| {});
            assert_eq!(raised(&story, "joint-regulators"), fires, "{kind:?} {severity:?}");
        }
    }
    let mut story = story();
    story.raises("contracts", HOME, "c1", Kind::Understaffing, Severity::High, |_| {});
    story.raises("contracts", HOME, "c2", Kind::ServiceInterruption, Severity::Medium, |_| {});
    story.raises("cqc", HOME, "c3", Kind::ServiceInterruption, Severity::Medium, |_| {});
    story.withdraws("cqc", HOME, "c3");
    story.then(&expect![[r#"
        contracts c2 -> joint-regulators Raised at 1-1000, Moderate, to cqc council-qa; told health-commissioner; 1 counted
        cqc c3 -> joint-regulators Raised at 1-1000, Moderate, to cqc council-qa; told health-commissioner; 1 counted
        cqc withdraw c3 -> joint-regulators EvidenceWithdrawn at 1-1000, Moderate, Raised; 0 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn without_a_lead_in_five_working_days_both_directors_hear_of_it() {
    let raise = |story: &mut Story| {
        let kind = Kind::ServiceInterruption;
        story.raises("contracts", HOME, "c", kind, Severity::Medium, |_| {});
        story.acknowledges("cqc", HOME, "joint-regulators");
        story.acknowledges(QA, HOME, "joint-regulators").meanwhile();
    };
    let mut story = story();
    raise(&mut story);
    story.tick("2024-02-08T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-08T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services cqc-senior-lead; told cqc council-qa; AgreeLead is late, rung 0; 1 counted
    "#]]);
    let mut story = self::story();
    raise(&mut story);
    story.agrees_lead("cqc", HOME, "joint-regulators", "cqc").meanwhile();
    story.tick("2024-03-01T10:00:00Z").then(&expect![[""]]);
}

#[test]
fn a_potential_closure_is_told_to_the_directors_only() {
    let mut story = story();
    story.raises("commissioning", HOME, "c", Kind::PotentialClosure, Severity::Low, |_| {});
    story.then(&expect![[r#"
        commissioning c -> potential-closure Raised at 1-1000, Major, to cqc council-qa; told director-adult-services cqc-senior-lead; 1 counted
    "#]]);
    // Nobody leads: the directors are chased, on both sides.
    story.acknowledges("cqc", HOME, "potential-closure");
    story.acknowledges(QA, HOME, "potential-closure").meanwhile();
    story.tick("2024-02-05T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-05T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services cqc-senior-lead; told cqc council-qa; AgreeLead is late, rung 0; 1 counted
    "#]]);
    story.withdraws("commissioning", HOME, "c").then(&expect![[r#"
        commissioning withdraw c -> potential-closure EvidenceWithdrawn at 1-1000, Major, Acknowledged; 0 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn insolvency_and_a_market_oversight_warning_are_one_too_and_other_signs_are_not() {
    use FinancialSign::{
        AccountsOverdue, Insolvency, MarketOversightWarning, Other, RentArrears, UnpaidSuppliers,
        UnpaidWages,
    };
    for (sign, fires) in [
        (Insolvency, 1),
        (MarketOversightWarning, 1),
        (UnpaidSuppliers, 0),
        (UnpaidWages, 0),
        (RentArrears, 0),
        (AccountsOverdue, 0),
        (Other, 0),
    ] {
        let mut story = story();
        story.raises("cqc", HOME, "f", Kind::FinancialViability, Severity::Medium, |c| {
            c.details.financial_sign = Some(sign);
        });
        assert_eq!(raised(&story, "potential-closure-finance"), fires, "{sign:?}");
        // Whoever may not know yet is not told by another rule.
        assert_eq!(raised(&story, "joint-regulators"), 1 - fires, "{sign:?}");
        let home = story.state.homes().flat_map(|home| home.escalations()).next().unwrap();
        let told = home.told.iter().any(|body| body.as_str() == "health-commissioner");
        assert_eq!(told, fires == 0, "{sign:?}");
    }
}

fn plan_agreed(story: &mut Story, id: &str, by: &str) {
    let directors = [said::body("director-adult-services"), said::body("cqc")];
    let plan = ClosurePlan { agreed_on: date(2024, 2, 1), directors: directors.into() };
    let agreed = Event::Proceeding(Box::new(Proceeding::ClosurePlanAgreed(plan)));
    story.says(by, HOME, id, agreed);
}

#[test]
fn once_the_communication_plan_is_agreed_the_others_are_told_of_a_potential_closure_and_once() {
    let mut story = story();
    story.raises("commissioning", HOME, "c", Kind::PotentialClosure, Severity::Low, |_| {});
    story.raises("commissioning", HOME, "other", Kind::ServiceInterruption, Severity::High, |_| {});
    story.meanwhile();
    let told = |story: &Story| {
        let id = story.last("potential-closure");
        let home = story.state.home(&said::home(HOME)).unwrap();
        let escalation = home.escalation(&id).unwrap();
        let names: Vec<&str> = escalation.told.iter().map(BodyId::as_str).collect();
        names.join(" ")
    };
    // That a step of the process has a plan opens nothing, nor does a plan that no director agreed.
    story.starts("commissioning", beginning());
    story.records(QA, kind(RecordKind::CommunicationPlan));
    plan_agreed(&mut story, "not theirs", QA);
    assert_eq!(told(&story), "director-adult-services cqc-senior-lead");
    story.meanwhile();
    plan_agreed(&mut story, "plan", "cqc");
    story.then(&expect![[r#"
        cqc plan -> potential-closure EvidenceAdded at 1-1000, Major, Raised; 1 counted
    "#]]);
    assert_eq!(
        told(&story),
        "director-adult-services cqc-senior-lead council-safeguarding commissioning \
         health-commissioner adult-social-care"
    );
    // Agreed once more, nobody is told twice; what is raised from now on goes to all of them at once.
    plan_agreed(&mut story, "again", "cqc");
    story.raises("commissioning", HOME, "d", Kind::PotentialClosure, Severity::Low, |_| {});
    story.then(&expect![[r#"
        commissioning d -> potential-closure Raised at 1-1000, Major, to cqc council-qa; told director-adult-services cqc-senior-lead council-safeguarding commissioning health-commissioner adult-social-care; 1 counted
        commissioning d -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
    "#]]);
}

#[test]
fn a_closure_that_is_over_is_told_to_nobody_else_when_a_plan_is_agreed() {
    let mut story = story();
    story.raises("commissioning", HOME, "c", Kind::PotentialClosure, Severity::Low, |_| {});
    story.finishes("cqc", HOME, "potential-closure").meanwhile();
    plan_agreed(&mut story, "plan", "cqc");
    story.then(&expect![[""]]);
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    both_regulators_act_at_medium_and_above_and_each_incident_by_itself,
    without_a_lead_in_five_working_days_both_directors_hear_of_it,
    a_potential_closure_is_told_to_the_directors_only,
    insolvency_and_a_market_oversight_warning_are_one_too_and_other_signs_are_not,
    once_the_communication_plan_is_agreed_the_others_are_told_of_a_potential_closure_and_once,
    a_closure_that_is_over_is_told_to_nobody_else_when_a_plan_is_agreed,
];
