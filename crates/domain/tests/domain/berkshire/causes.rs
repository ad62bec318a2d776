//! The ten causes for concern, and the poor care that is none of them.

use carehub_domain::Digest;
use carehub_domain::event::{Concern, Harm, Kind, Occurred, Patch, Severity};
use expect_test::expect;
use jiff::civil::date;

use super::{HOME, on, raised, says, says_of, story};

/// Each pattern by its count, and a kind that shows it.
const PATTERNS: [(&str, Kind); 9] = [
    ("cause-medication", Kind::MedicationError),
    ("cause-attendance", Kind::HospitalAttendance),
    ("cause-behaviour", Kind::BehaviourChange),
    ("cause-nutrition", Kind::Nutrition),
    ("cause-neglect", Kind::NeglectSign),
    ("cause-visits", Kind::MissedVisit),
    ("cause-complaints", Kind::Complaint),
    ("cause-agency", Kind::AgencyStaffUse),
    ("cause-appointments", Kind::MissedAppointment),
];

#[test]
fn each_pattern_fires_with_its_third_in_three_months_and_not_with_its_second() {
    for (trigger, kind) in PATTERNS {
        // A window from 1 February reaches to 30 April.
        for (third, fires) in [(date(2024, 4, 30), true), (date(2024, 5, 1), false)] {
            let mut story = story();
            says(&mut story, HOME, kind);
            says(&mut story, HOME, kind);
            assert_eq!(raised(&story, trigger), 0, "{trigger}");
            on(&mut story, third);
            says(&mut story, HOME, kind);
            assert_eq!(raised(&story, trigger), usize::from(fires), "{trigger} on {third}");
        }
    }
}

#[test]
fn of_each_pattern_other_kinds_and_one_incident_told_thrice_are_none() {
    for (trigger, kind) in PATTERNS {
        let mut story = story();
        for (other, its_kind) in PATTERNS {
            if other != trigger {
                says(&mut story, HOME, its_kind);
            }
        }
        for n in 0..3 {
            let agency = ["gp-practice", "ambulance", "adult-social-care"][n];
            story.raises(agency, HOME, &format!("same{n}"), kind, Severity::Low, |concern| {
                concern.incident_ref = Some(Digest::of_incident("one"));
            });
        }
        assert_eq!(raised(&story, trigger), 0, "{trigger}");
    }
}

#[test]
fn of_each_pattern_what_comes_late_counts_where_it_happened() {
    for (trigger, kind) in PATTERNS {
        let mut story = story();
        says(&mut story, HOME, kind);
        says(&mut story, HOME, kind);
        on(&mut story, date(2024, 5, 6));
        says_of(&mut story, HOME, kind, Some(date(2024, 5, 1)));
        assert_eq!(raised(&story, trigger), 0, "{trigger}");
        says_of(&mut story, HOME, kind, Some(date(2024, 4, 30)));
        assert_eq!(raised(&story, trigger), 1, "{trigger}");
    }
}

#[test]
fn of_each_pattern_what_is_withdrawn_or_was_of_another_kind_holds_no_longer() {
    for (trigger, kind) in PATTERNS {
        for withdraws in [true, false] {
            let mut story = story();
            says(&mut story, HOME, kind);
            says(&mut story, HOME, kind);
            let last = says(&mut story, HOME, kind);
            if withdraws {
                story.withdraws("adult-social-care", HOME, &last);
            } else {
                let other = Patch { kind: Some(Kind::SoftIntelligence), ..Patch::default() };
                story.corrects("adult-social-care", HOME, &last, other);
            }
            let home = story.state.home(&crate::said::home(HOME)).unwrap();
            let mut of_trigger = home.escalations().filter(|e| e.trigger.as_str() == trigger);
            let escalation = of_trigger.next().unwrap();
            assert!(escalation.is_open() && !escalation.still_holds, "{trigger} {withdraws}");
            assert_eq!(escalation.evidence.withdrawn.len(), 1, "{trigger} {withdraws}");
        }
    }
}

#[test]
fn each_pattern_that_was_closed_fires_again_at_the_third_further() {
    for (trigger, kind) in PATTERNS {
        let mut story = story();
        for _ in 0..3 {
            says(&mut story, HOME, kind);
        }
        story.finishes("council-qa", HOME, trigger);
        on(&mut story, date(2024, 2, 5));
        says(&mut story, HOME, kind);
        says(&mut story, HOME, kind);
        assert_eq!(raised(&story, trigger), 1, "{trigger}");
        says(&mut story, HOME, kind);
        assert_eq!(raised(&story, trigger), 2, "{trigger}");
    }
}

/// One-off medication error, one understaffed shift, poor food once, one missed visit.
const POOR_CARE: [Kind; 4] =
    [Kind::MedicationError, Kind::Understaffing, Kind::Nutrition, Kind::MissedVisit];

#[test]
fn one_instance_of_poor_care_never_fires() {
    for kind in POOR_CARE {
        for severity in [Severity::Low, Severity::Medium] {
            let mut story = story();
            // A home that the hub has heard nothing of for two years: one is still not unusual.
            story.raises("contracts", "1-9999", "x", kind, severity, |c| {
                c.occurred_at = Occurred::Day(date(2022, 1, 3));
                c.known_at = Some(crate::said::at("2022-01-03T10:00:00Z"));
            });
            story.raises("contracts", HOME, "c1", kind, severity, |_| {});
            for monday in [5, 12, 19, 26] {
                story.tick(&format!("2024-02-{monday:02}T00:00:00Z"));
            }
            story.then(&expect![[""]]);
        }
    }
}

#[test]
fn all_four_instances_of_poor_care_together_are_no_pattern_either() {
    let mut story = story();
    for kind in POOR_CARE {
        says(&mut story, HOME, kind);
    }
    story.tick("2024-02-05T00:00:00Z").then(&expect![[""]]);
}

#[test]
fn one_instance_of_poor_care_fires_where_serious_harm_came_of_it() {
    let mut harmed = story();
    let harm = |harm| move |c: &mut Concern| c.details.harm = Some(harm);
    let error = Kind::MedicationError;
    harmed.raises("gp-practice", HOME, "c1", error, Severity::High, harm(Harm::Moderate));
    harmed.then(&expect![[""]]);
    harmed.raises("gp-practice", HOME, "c2", error, Severity::Medium, harm(Harm::Severe));
    harmed.raises("gp-practice", HOME, "c3", error, Severity::Medium, harm(Harm::Death));
    harmed.then(&expect![[r#"
        gp-practice c2 -> cause-medication-harm Raised at 1-1000, Moderate, to council-qa; told council-safeguarding; 1 counted
        gp-practice c3 -> cause-medication Raised at 1-1000, Minor, to council-qa; 3 counted
        gp-practice c3 -> cause-medication-harm Raised at 1-1000, Moderate, to council-qa; told council-safeguarding; 1 counted
    "#]]);
    for kind in [Kind::Understaffing, Kind::Nutrition, Kind::MissedVisit] {
        let mut story = story();
        story.raises("gp-practice", HOME, "c1", kind, Severity::High, |_| {});
        assert_eq!(raised(&story, "cause-harm"), 1, "{kind:?}");
        story.withdraws("gp-practice", HOME, "c1");
        let home = story.state.home(&crate::said::home(HOME)).unwrap();
        assert!(home.escalations().all(|e| e.is_open() && !e.still_holds), "{kind:?}");
    }
}

#[test]
fn an_attendance_for_the_same_injury_again_is_a_pattern_by_itself() {
    let mut story = story();
    let again = |again| move |c: &mut Concern| c.details.same_injury_again = Some(again);
    let attendance = Kind::HospitalAttendance;
    story.raises("acute-trust", HOME, "c1", attendance, Severity::Low, again(false));
    story.then(&expect![[""]]);
    story.raises("acute-trust", HOME, "c2", attendance, Severity::Low, again(true));
    story.then(&expect![[r#"
        acute-trust c2 -> cause-same-injury Raised at 1-1000, Minor, to council-qa; 1 counted
    "#]]);
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    each_pattern_fires_with_its_third_in_three_months_and_not_with_its_second,
    of_each_pattern_other_kinds_and_one_incident_told_thrice_are_none,
    of_each_pattern_what_comes_late_counts_where_it_happened,
    of_each_pattern_what_is_withdrawn_or_was_of_another_kind_holds_no_longer,
    each_pattern_that_was_closed_fires_again_at_the_third_further,
    one_instance_of_poor_care_never_fires,
    all_four_instances_of_poor_care_together_are_no_pattern_either,
    one_instance_of_poor_care_fires_where_serious_harm_came_of_it,
    an_attendance_for_the_same_injury_again_is_a_pattern_by_itself,
];
