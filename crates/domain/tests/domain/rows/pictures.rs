//! `gp-picture` and `early-indicators`: what only shows when it is seen together.

use carehub_domain::event::{Indicator, Kind, Patch, Severity};
use expect_test::expect;

use super::{HOME, QA, day, low, raised, story};
use crate::story::Story;

#[test]
fn three_clinical_kinds_from_practices_are_a_picture_and_two_are_not() {
    let mut story = story();
    low(&mut story, "gp-practice", "a", Kind::NeglectSign);
    low(&mut story, "gp-practice", "b", Kind::MissedAppointment);
    // One kind again, a kind that is not clinical, and a third kind that no practice reports.
    low(&mut story, "gp-practice", "c", Kind::MissedAppointment);
    low(&mut story, "gp-practice", "d", Kind::Complaint);
    assert_eq!(raised(&story, "gp-picture"), 0);
    story.meanwhile();
    low(&mut story, "community-nursing", "e", Kind::BehaviourChange);
    assert_eq!(raised(&story, "gp-picture"), 0);
    story.meanwhile();
    story.at("2024-04-30T10:00:00Z");
    low(&mut story, "gp-practice", "f", Kind::MedicationSupply);
    story.then(&expect![[r#"
        gp-practice f -> unanswered Raised at 1-1000, None, to director-adult-services; told council-qa; Acknowledge is late, rung 0; 5 counted
        gp-practice f -> unanswered Raised at 1-1000, None, to director-adult-services; told council-qa; Decide is late, rung 0; 5 counted
        gp-practice f -> low-level-cumulative EvidenceAdded at 1-1000, Minor, Raised; 6 counted
        gp-practice f -> gp-picture Raised at 1-1000, Minor, to health-commissioner; told gp-practice council-qa; 4 counted
    "#]]);
    // Put right: it was of the day after the window.
    story.at("2024-05-02T10:00:00Z");
    let later = Patch { occurred_at: Some(day("2024-05-01")), ..Patch::default() };
    story.corrects("gp-practice", HOME, "f", later).then(&expect![[r#"
        gp-practice correct f 23 -> gp-picture EvidenceWithdrawn at 1-1000, Minor, Raised; 4 counted, holds no longer
        gp-practice correct f 23 -> notice concern corrected at 1-1000, told by 2, still shared to council-qa
        gp-practice correct f 23 -> notice concern corrected at 1-1000, told by 1, still shared to council-safeguarding
        gp-practice correct f 23 -> notice concern corrected at 1-1000, told by 1, still shared to health-commissioner
    "#]]);
    story.withdraws("gp-practice", HOME, "f").then(&expect![[r#"
        gp-practice withdraw f -> low-level-cumulative EvidenceWithdrawn at 1-1000, Minor, Raised; 5 counted, 1 withdrawn
        gp-practice withdraw f -> gp-picture EvidenceWithdrawn at 1-1000, Minor, Raised; 3 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn a_third_kind_that_is_said_late_counts_where_it_happened_and_it_fires_again_after_three() {
    let mut story = story();
    low(&mut story, "gp-practice", "a", Kind::NeglectSign);
    low(&mut story, "gp-practice", "b", Kind::Nutrition);
    story.at("2024-06-03T10:00:00Z");
    story.raises("gp-practice", HOME, "late", Kind::BehaviourChange, Severity::Low, |c| {
        c.occurred_at = day("2024-01-20");
    });
    assert_eq!(raised(&story, "gp-picture"), 1);
    story.finishes("health-commissioner", HOME, "gp-picture");
    for (n, kind) in [Kind::Nutrition, Kind::NeglectSign, Kind::Death].into_iter().enumerate() {
        assert_eq!(raised(&story, "gp-picture"), 1, "after {n} further");
        low(&mut story, "gp-practice", &format!("f{n}"), kind);
    }
    assert_eq!(raised(&story, "gp-picture"), 2);
}

fn shows(story: &mut Story, agency: &str, id: &str, kind: Kind, indicators: &[Indicator]) {
    story.raises(agency, HOME, id, kind, Severity::Low, |c| c.indicators = indicators.to_vec());
}

#[test]
fn three_of_the_six_categories_fire_whoever_saw_them_and_two_do_not() {
    use Indicator::{BasicCareAndEnvironment, ManagementAndLeadership, ServicePlanningAndDelivery};
    let mut story = story();
    shows(
        &mut story,
        QA,
        "a",
        Kind::EarlyIndicator,
        &[ManagementAndLeadership, BasicCareAndEnvironment],
    );
    shows(&mut story, "gp-practice", "b", Kind::Complaint, &[BasicCareAndEnvironment]);
    // The provider says of itself what would be the third.
    let third = &[ServicePlanningAndDelivery];
    shows(&mut story, "provider", "p", Kind::ProviderResponse, third);
    story.then(&expect![[""]]);
    shows(&mut story, "ambulance", "c", Kind::SoftIntelligence, third);
    story.then(&expect![[r#"
        ambulance c -> early-indicators Raised at 1-1000, Minor, to council-qa; told health-commissioner cqc; 3 counted
    "#]]);
    let fewer = Patch { indicators: Some(Vec::new()), ..Patch::default() };
    story.corrects("ambulance", HOME, "c", fewer).then(&expect![[r#"
        ambulance correct c 9 -> early-indicators EvidenceWithdrawn at 1-1000, Minor, Raised; 3 counted, holds no longer
        ambulance correct c 9 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        ambulance correct c 9 -> notice concern corrected at 1-1000, told by 1, still shared to cqc
        ambulance correct c 9 -> notice concern corrected at 1-1000, told by 1, still shared to health-commissioner
    "#]]);
}

#[test]
fn categories_that_lie_three_months_apart_are_not_seen_together() {
    use Indicator::{BasicCareAndEnvironment, ManagementAndLeadership, ServicePlanningAndDelivery};
    for (third, fires) in [("2024-04-30", 1), ("2024-05-01", 0)] {
        let mut story = story();
        shows(
            &mut story,
            QA,
            "a",
            Kind::EarlyIndicator,
            &[ManagementAndLeadership, BasicCareAndEnvironment],
        );
        story.at("2024-05-01T10:00:00Z");
        story.raises(QA, HOME, "b", Kind::EarlyIndicator, Severity::Low, |c| {
            c.indicators = vec![ServicePlanningAndDelivery];
            c.occurred_at = day(third);
        });
        assert_eq!(raised(&story, "early-indicators"), fires, "{third}");
    }
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    three_clinical_kinds_from_practices_are_a_picture_and_two_are_not,
    a_third_kind_that_is_said_late_counts_where_it_happened_and_it_fires_again_after_three,
    three_of_the_six_categories_fire_whoever_saw_them_and_two_do_not,
    categories_that_lie_three_months_apart_are_not_seen_together,
];
