//! `property-risk`: one word is enough, temporary measures do not end it, and only a permanent repair does.

use carehub_domain::Digest;
use carehub_domain::event::{Concern, Kind, Patch, PropertyFault, Severity};
use expect_test::expect;

use super::{HOME, QA, day, raised, story};
use crate::said;
use crate::story::Story;

const RISK: &str = "property-risk";

/// A word about the incident `i` in the building.
fn risk(story: &mut Story, agency: &str, id: &str, severity: Severity, fault: PropertyFault) {
    word(story, agency, id, severity, |c| {
        c.details.property_fault = Some(fault);
        c.incident_ref = Some(Digest::of_incident("i"));
    });
}

fn word(
    story: &mut Story,
    agency: &str,
    id: &str,
    severity: Severity,
    alter: impl FnOnce(&mut Concern),
) {
    story.raises(agency, HOME, id, Kind::PropertyRisk, severity, alter);
}

fn repairs(story: &mut Story, agency: &str, id: &str) {
    word(story, agency, id, Severity::Low, |c| {
        c.details.property_fault = Some(PropertyFault::Heating);
        c.details.permanent_repair = Some(true);
        c.incident_ref = Some(Digest::of_incident("i"));
    });
}

#[test]
fn one_word_of_an_essential_service_condemned_equipment_or_temporary_measures_fires() {
    use PropertyFault::{
        CallSystem, Electrics, EquipmentCondemned, FireSystem, Gas, Heating, HotWater, Infestation,
        Lift, Other, Structure, TemporaryMeasure, Water,
    };
    let essential = [
        Heating,
        HotWater,
        FireSystem,
        Electrics,
        Gas,
        Lift,
        CallSystem,
        Water,
        EquipmentCondemned,
        TemporaryMeasure,
    ];
    let lesser = [Structure, Infestation, Other];
    for (faults, fires) in [(essential.as_slice(), 1), (lesser.as_slice(), 0)] {
        for fault in faults {
            let mut story = story();
            risk(&mut story, QA, "p", Severity::Low, *fault);
            assert_eq!(raised(&story, RISK), fires, "{fault:?}");
            assert_eq!(raised(&story, "property-risk-lesser"), 0, "{fault:?}");
        }
    }
}

#[test]
fn it_is_at_least_moderate_and_major_when_the_concern_is_grave() {
    let mut story = story();
    risk(&mut story, "cqc", "p1", Severity::Low, PropertyFault::Heating);
    story.then(&expect![[r#"
        cqc p1 -> property-risk Raised at 1-1000, Moderate, to council-qa; told council-safeguarding cqc hse district-council fire health-commissioner; 1 counted
    "#]]);
    risk(&mut story, "fire", "p2", Severity::High, PropertyFault::Heating);
    story.then(&expect![[r#"
        fire p2: corroborates
        fire p2 -> property-risk EvidenceAdded at 1-1000, Major, Raised; 1 counted
    "#]]);
}

#[test]
fn temporary_measures_do_not_end_it_and_a_permanent_repair_does() {
    let mut story = story();
    risk(&mut story, "cqc", "p1", Severity::Medium, PropertyFault::EquipmentCondemned);
    story.acknowledges(QA, HOME, RISK).decides(QA, HOME, RISK).meanwhile();
    // Heaters are in use: further evidence, and it cannot be closed.
    risk(&mut story, QA, "p2", Severity::Low, PropertyFault::TemporaryMeasure);
    story.closes(QA, HOME, RISK);
    story.then(&expect![[r#"
        council-qa p2: corroborates
        council-qa p2 -> property-risk EvidenceAdded at 1-1000, Moderate, Decided; 1 counted
        council-qa answer 37: repair-missing
    "#]]);
    // A correction that says less than a repair changes nothing.
    let monitored = Patch { severity: Some(Severity::Low), ..Patch::default() };
    story.corrects("cqc", HOME, "p1", monitored).then(&expect![[r#"
        cqc correct p1 39 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        cqc correct p1 39 -> notice concern corrected at 1-1000, told by 1, still shared to council-safeguarding
        cqc correct p1 39 -> notice concern corrected at 1-1000, told by 1, still shared to district-council
        cqc correct p1 39 -> notice concern corrected at 1-1000, told by 1, still shared to fire
        cqc correct p1 39 -> notice concern corrected at 1-1000, told by 1, still shared to health-commissioner
        cqc correct p1 39 -> notice concern corrected at 1-1000, told by 1, still shared to hse
    "#]]);
    // Whoever says it: the boiler was replaced. A person closes, after a last look.
    repairs(&mut story, "district-council", "p3");
    story.then(&expect![[r#"
        district-council p3: corroborates
        district-council p3 -> property-risk EvidenceAdded at 1-1000, Moderate, Decided; 1 counted, holds no longer
    "#]]);
    story.decides(QA, HOME, RISK).closes(QA, HOME, RISK).then(&expect![[r#"
        council-qa answer 55 -> property-risk Decided at 1-1000, Moderate, Decided; 1 counted, holds no longer
        council-qa answer 64 -> property-risk Closed at 1-1000, Moderate, Closed; 1 counted, holds no longer
    "#]]);
}

#[test]
fn until_the_repair_a_decision_is_due_again_every_week_and_each_late_one_is_chased() {
    let mut story = story();
    risk(&mut story, "cqc", "p1", Severity::Medium, PropertyFault::Heating);
    assert_eq!(story.state.next_due(), Some(said::at("2024-02-01T23:59:59Z")), "the same day");
    story.acknowledges(QA, HOME, RISK).decides(QA, HOME, RISK);
    assert_eq!(story.state.next_due(), Some(said::at("2024-02-08T23:59:59Z")), "a week later");
    story.tick("2024-02-08T23:59:58Z").meanwhile();
    story.tick("2024-02-08T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-qa; Decide is late, rung 0; 1 counted
    "#]]);
    // The late decision is made; the week after, another is late.
    story.at("2024-02-09T10:00:00Z").decides(QA, HOME, RISK).meanwhile();
    story.acknowledges("director-adult-services", HOME, "unanswered").meanwhile();
    story.tick("2024-02-16T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, episode 2, None, to director-adult-services; told council-qa; Decide is late, rung 0; 1 counted
    "#]]);
    story.at("2024-02-17T10:00:00Z").acknowledges("director-adult-services", HOME, "unanswered");
    story.decides(QA, HOME, RISK);
    repairs(&mut story, "cqc", "p2");
    story.decides(QA, HOME, RISK).meanwhile();
    story.tick("2024-06-01T10:00:00Z").then(&expect![[""]]);
}

#[test]
fn a_repair_that_was_none_or_that_failed_leaves_it_standing() {
    let mut story = story();
    risk(&mut story, "cqc", "p1", Severity::Medium, PropertyFault::Heating);
    repairs(&mut story, QA, "p2");
    story.meanwhile().withdraws(QA, HOME, "p2").then(&expect![[r#"
        council-qa withdraw p2 -> property-risk EvidenceWithdrawn at 1-1000, Moderate, Raised; 1 counted, 1 withdrawn
    "#]]);
    repairs(&mut story, QA, "p3");
    story.meanwhile();
    risk(&mut story, "ambulance", "p4", Severity::Low, PropertyFault::HotWater);
    story.then(&expect![[r#"
        ambulance p4: corroborates
        ambulance p4 -> property-risk EvidenceAdded at 1-1000, Moderate, Raised; 1 counted, 1 withdrawn
    "#]]);
    // Said late, of before the repair: it is over all the same.
    let mut story = self::story();
    risk(&mut story, "cqc", "p1", Severity::Medium, PropertyFault::Heating);
    repairs(&mut story, QA, "p2");
    story.meanwhile();
    word(&mut story, "ambulance", "late", Severity::Medium, |c| {
        c.details.property_fault = Some(PropertyFault::HotWater);
        c.incident_ref = Some(Digest::of_incident("i"));
        c.occurred_at = day("2024-01-30");
    });
    story.then(&expect![[r#"
        ambulance late: corroborates
        ambulance late -> property-risk EvidenceAdded at 1-1000, Moderate, Raised; 1 counted, holds no longer
    "#]]);
    // Closed, and it fails again: that is raised anew.
    story.acknowledges(QA, HOME, RISK).decides(QA, HOME, RISK).closes(QA, HOME, RISK).meanwhile();
    story.at("2024-03-01T10:00:00Z");
    risk(&mut story, "cqc", "again", Severity::Medium, PropertyFault::Heating);
    story.then(&expect![[r#"
        cqc again: corroborates
        cqc again -> property-risk Raised at 1-1000, episode 2, Moderate, to council-qa; told council-safeguarding cqc hse district-council fire health-commissioner; 1 counted
    "#]]);
}

#[test]
fn its_own_word_may_be_corrected_to_repaired_and_a_repair_by_itself_is_no_risk() {
    let mut story = story();
    repairs(&mut story, QA, "p0");
    story.then(&expect![[""]]);
    let mut story = self::story();
    risk(&mut story, "cqc", "p1", Severity::Medium, PropertyFault::Heating);
    let details =
        carehub_domain::event::Details { permanent_repair: Some(true), ..Default::default() };
    story.meanwhile();
    story.corrects("cqc", HOME, "p1", Patch { details: Some(details), ..Patch::default() });
    story.then(&expect![[r#"
        cqc correct p1 10 -> property-risk EvidenceWithdrawn at 1-1000, Moderate, Raised; 1 counted, holds no longer
        cqc correct p1 10 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        cqc correct p1 10 -> notice concern corrected at 1-1000, told by 1, still shared to council-safeguarding
        cqc correct p1 10 -> notice concern corrected at 1-1000, told by 1, still shared to district-council
        cqc correct p1 10 -> notice concern corrected at 1-1000, told by 1, still shared to fire
        cqc correct p1 10 -> notice concern corrected at 1-1000, told by 1, still shared to health-commissioner
        cqc correct p1 10 -> notice concern corrected at 1-1000, told by 1, still shared to hse
    "#]]);
}

fn lesser(story: &mut Story, id: &str, on: &str, repaired: bool) {
    word(story, QA, id, Severity::Low, |c| {
        c.details.property_fault = Some(PropertyFault::Infestation);
        c.details.permanent_repair = repaired.then_some(true);
        c.incident_ref = Some(Digest::of_incident(id.trim_end_matches('*')));
        c.occurred_at = day(on);
    });
}

#[test]
fn two_lesser_risks_in_three_months_fire_and_a_repair_of_each_ends_it() {
    for (second, fires) in [("2024-04-30", 1), ("2024-05-01", 0)] {
        let mut story = story();
        lesser(&mut story, "a", "2024-02-01", false);
        story.at("2024-05-01T10:00:00Z");
        lesser(&mut story, "b", second, false);
        assert_eq!(raised(&story, "property-risk-lesser"), fires, "{second}");
        assert_eq!(raised(&story, RISK), 0);
    }
    let mut story = story();
    lesser(&mut story, "a", "2024-02-01", false);
    lesser(&mut story, "b", "2024-02-01", false);
    story.then(&expect![[r#"
        council-qa b -> property-risk-lesser Raised at 1-1000, Moderate, to council-qa; told council-safeguarding cqc hse district-council fire health-commissioner; 2 counted
    "#]]);
    lesser(&mut story, "a*", "2024-02-01", true);
    lesser(&mut story, "b*", "2024-02-01", true);
    story.then(&expect![[r#"
        council-qa a*: corroborates
        council-qa a* -> property-risk-lesser EvidenceAdded at 1-1000, Moderate, Raised; 2 counted
        council-qa b*: corroborates
        council-qa b* -> property-risk-lesser EvidenceAdded at 1-1000, Moderate, Raised; 2 counted, holds no longer
    "#]]);
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    one_word_of_an_essential_service_condemned_equipment_or_temporary_measures_fires,
    it_is_at_least_moderate_and_major_when_the_concern_is_grave,
    temporary_measures_do_not_end_it_and_a_permanent_repair_does,
    until_the_repair_a_decision_is_due_again_every_week_and_each_late_one_is_chased,
    a_repair_that_was_none_or_that_failed_leaves_it_standing,
    its_own_word_may_be_corrected_to_repaired_and_a_repair_by_itself_is_no_risk,
    two_lesser_risks_in_three_months_fire_and_a_repair_of_each_ends_it,
];
