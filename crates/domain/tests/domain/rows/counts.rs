//! `referrals-6m`, `referrals-6m-provider`, `low-level-cumulative`, `high-user-address`, `supervision`,
//! `medication-supply`, `facilities-contract`.

use carehub_domain::Digest;
use carehub_domain::event::{
    Details, Event, Kind, Line, Patch, ProviderRef, Registration, Severity,
};
use expect_test::expect;

use super::{COUNCIL, HOME, QA, day, low, raised, story};
use crate::said::{self, norfolk};
use crate::story::{Story, given};

fn refers_on(story: &mut Story, id: &str, on: &str) {
    story.raises(COUNCIL, HOME, id, Kind::SafeguardingReferral, Severity::Low, |c| {
        c.occurred_at = day(on);
    });
}

fn five(story: &mut Story) {
    for n in 1..=5 {
        refers_on(story, &format!("r{n}"), "2024-01-31");
    }
}

#[test]
fn the_window_of_six_months_ends_before_the_day_six_months_later() {
    // From 31 January: six months end with 30 July.
    for (on, fires) in [("2024-07-30", 1), ("2024-07-31", 0)] {
        let mut story = story();
        five(&mut story);
        story.at("2024-08-01T10:00:00Z");
        refers_on(&mut story, "r6", on);
        assert_eq!(raised(&story, "referrals-6m"), fires, "{on}");
    }
}

#[test]
fn one_incident_and_other_kinds_are_not_a_sixth_referral() {
    let mut story = story();
    for n in 1..=5 {
        story.raises(
            COUNCIL,
            HOME,
            &format!("r{n}"),
            Kind::SafeguardingReferral,
            Severity::Low,
            |c| {
                c.incident_ref = Some(Digest::of_incident(&format!("i{n}")));
            },
        );
    }
    story.raises("police", HOME, "again", Kind::SafeguardingReferral, Severity::Low, |c| {
        c.incident_ref = Some(Digest::of_incident("i5"));
    });
    low(&mut story, COUNCIL, "o", Kind::EnquiryOutcome);
    low(&mut story, COUNCIL, "c", Kind::Complaint);
    assert_eq!(raised(&story, "referrals-6m"), 0);
}

#[test]
fn a_referral_that_is_late_withdrawn_or_corrected_counts_where_it_happened() {
    let mut story = story();
    five(&mut story);
    story.at("2024-07-30T10:00:00Z");
    // Said now, of the day before the five: it counts with them.
    refers_on(&mut story, "late", "2024-01-30");
    story.then(&expect![[r#"
        council-safeguarding late -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 6 counted
    "#]]);
    // It stays open when it no longer holds: only a person closes.
    story.withdraws(COUNCIL, HOME, "r5").then(&expect![[r#"
        council-safeguarding withdraw r5 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 5 counted, 1 withdrawn, holds no longer
    "#]]);
    // One more on the last day that still counts, and then it is put a day later.
    refers_on(&mut story, "r7", "2024-07-29");
    story.then(&expect![[r#"
        council-safeguarding r7 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 6 counted, 1 withdrawn
    "#]]);
    let later = Patch { occurred_at: Some(day("2024-07-31")), ..Patch::default() };
    story.corrects(COUNCIL, HOME, "r7", later).then(&expect![[r#"
        council-safeguarding correct r7 27 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 6 counted, 1 withdrawn, holds no longer
        council-safeguarding correct r7 27 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        council-safeguarding correct r7 27 -> notice concern corrected at 1-1000, told by 1, still shared to integrated-management
        council-safeguarding correct r7 27 -> notice concern corrected at 1-1000, told by 1, still shared to locality-management
        council-safeguarding correct r7 27 -> notice concern corrected at 1-1000, told by 1, still shared to locality-sapc
    "#]]);
}

#[test]
fn after_it_is_closed_three_further_referrals_fire_again_or_one_that_is_high() {
    for (kind, further, fires) in
        [(Severity::Low, 2, 1), (Severity::Low, 3, 2), (Severity::High, 1, 2)]
    {
        let mut story = story();
        five(&mut story);
        refers_on(&mut story, "r6", "2024-02-01");
        story.finishes(COUNCIL, HOME, "referrals-6m");
        for n in 1..=further {
            story.raises(COUNCIL, HOME, &format!("f{n}"), Kind::SafeguardingReferral, kind, |_| {});
        }
        assert_eq!(raised(&story, "referrals-6m"), fires, "{further} of {kind:?}");
    }
}

pub(super) fn registers(story: &mut Story, home: &str) {
    let provider = ProviderRef { id: "1-500".to_owned(), name: Some("Fictional Care".to_owned()) };
    let registration = Registration {
        name: "A home".to_owned(),
        provider: Some(provider),
        brand: None,
        beds: Some(20),
        service: None,
        uprn: None,
        postcode: None,
        area: None,
        coordinates: None,
        registered_on: None,
    };
    story.says(
        "cqc",
        home,
        &format!("register {home}"),
        Event::HomeRegistered(Box::new(registration)),
    );
}

#[test]
fn over_a_providers_homes_it_is_off_and_the_sixth_fires_where_it_is_switched_on() {
    for on in [false, true] {
        let mut policy = norfolk();
        for trigger in &mut policy.trigger {
            if trigger.id.as_str() == "referrals-6m-provider" {
                assert!(trigger.off, "as it ships");
                trigger.off = !on;
            }
        }
        let mut story = given(&policy);
        story.at("2024-02-01T10:00:00Z");
        registers(&mut story, HOME);
        registers(&mut story, "1-2000");
        for n in 1..=5 {
            let home = if n < 3 { HOME } else { "1-2000" };
            story.raises(
                COUNCIL,
                home,
                &format!("r{n}"),
                Kind::SafeguardingReferral,
                Severity::Low,
                |_| {},
            );
        }
        assert_eq!(raised(&story, "referrals-6m-provider"), 0, "the fifth");
        story.raises(COUNCIL, HOME, "r6", Kind::SafeguardingReferral, Severity::Low, |_| {});
        assert_eq!(raised(&story, "referrals-6m-provider"), usize::from(on), "the sixth");
        assert_eq!(raised(&story, "referrals-6m"), 0, "no home has six");
        if on {
            let id = story.last("referrals-6m-provider");
            let general = story.state.home(&said::home("general")).unwrap();
            expect!["6 within 6 months over 2 homes of one provider; the limit is 5. Chance of more than 5: not enough history to tell its own rate (0 days before); too few other homes with known beds to compare with."]
                .assert_eq(&general.escalation(&id).unwrap().explanation.sentence);
        }
    }
}

fn calls(story: &mut Story, ids: std::ops::RangeInclusive<u32>, on: &str) {
    for n in ids {
        story.raises(
            "ambulance",
            HOME,
            &format!("c{n}"),
            Kind::Ambulance999Call,
            Severity::Low,
            |c| {
                c.details = Details { line: Some(Line::Emergency), ..Details::default() };
                c.occurred_at = day(on);
            },
        );
    }
}

#[test]
fn fifteen_calls_of_one_month_fire_and_fourteen_and_one_of_the_next_do_not() {
    for (on, fires) in [("2024-02-29", 1), ("2024-03-01", 0)] {
        let mut story = story();
        story.at("2024-03-02T10:00:00Z");
        calls(&mut story, 1..=14, "2024-02-01");
        assert_eq!(raised(&story, "high-user-address"), 0, "fourteen");
        calls(&mut story, 15..=15, on);
        assert_eq!(raised(&story, "high-user-address"), fires, "{on}");
    }
    let mut story = story();
    calls(&mut story, 1..=15, "2024-02-01");
    story.meanwhile().withdraws("ambulance", HOME, "c3").then(&expect![[r#"
        ambulance withdraw c3 -> high-user-address EvidenceWithdrawn at 1-1000, Minor, Raised; 14 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn two_concerns_of_the_contract_in_six_months_fire_and_one_does_not() {
    for (trigger, kind) in [
        ("supervision", Kind::ManagerSupervision),
        ("medication-supply", Kind::MedicationSupply),
        ("facilities-contract", Kind::FacilitiesMaintenance),
    ] {
        for (second, fires) in [("2024-07-31", 1), ("2024-08-01", 0)] {
            let mut story = story();
            low(&mut story, "contracts", "c1", kind);
            assert_eq!(raised(&story, trigger), 0, "{trigger}: one");
            story.at("2024-08-01T10:00:00Z");
            story.raises("cqc", HOME, "c2", kind, Severity::Low, |c| c.occurred_at = day(second));
            assert_eq!(raised(&story, trigger), fires, "{trigger}: {second}");
        }
        // Two agencies about one incident are one concern; another kind is another rule's.
        let mut story = story();
        for agency in ["contracts", "cqc"] {
            story.raises(agency, HOME, "c1", kind, Severity::Low, |c| {
                c.incident_ref = Some(Digest::of_incident("i"));
            });
        }
        low(&mut story, QA, "c2", Kind::TrainingGap);
        assert_eq!(raised(&story, trigger), 0, "{trigger}: one incident");
        low(&mut story, QA, "c3", kind);
        assert_eq!(raised(&story, trigger), 1, "{trigger}: two");
        story.withdraws(QA, HOME, "c3");
        let home = story.state.home(&said::home(HOME)).unwrap();
        let escalation = home.escalation(&story.last(trigger)).unwrap();
        assert!(escalation.is_open() && !escalation.still_holds, "{trigger}: one was withdrawn");
    }
}

#[test]
fn who_hears_of_the_contract() {
    let mut story = story();
    for (n, kind) in [Kind::ManagerSupervision, Kind::MedicationSupply, Kind::FacilitiesMaintenance]
        .into_iter()
        .enumerate()
    {
        low(&mut story, "contracts", &format!("a{n}"), kind);
        low(&mut story, "contracts", &format!("b{n}"), kind);
    }
    story.then(&expect![[r#"
        contracts b0 -> supervision Raised at 1-1000, Minor, to council-qa; told cqc health-commissioner; 2 counted
        contracts b1 -> medication-supply Raised at 1-1000, Minor, to council-qa; told cqc health-commissioner; 2 counted
        contracts a2 -> low-level-cumulative Raised at 1-1000, Minor, to council-qa; told council-safeguarding; 5 counted
        contracts b2 -> low-level-cumulative EvidenceAdded at 1-1000, Minor, Raised; 6 counted
        contracts b2 -> facilities-contract Raised at 1-1000, Minor, to council-qa; told cqc health-commissioner; 2 counted
    "#]]);
}

#[test]
fn a_low_level_concern_that_is_late_or_withdrawn_counts_where_it_happened() {
    let mut story = story();
    for n in 1..=4 {
        low(&mut story, QA, &format!("n{n}"), Kind::Nutrition);
    }
    // Said today, of ninety days ago: half of it is left.
    story.raises("gp-practice", HOME, "late", Kind::Nutrition, Severity::Medium, |c| {
        c.occurred_at = day("2023-11-03");
    });
    story.then(&expect![[r#"
        gp-practice late -> low-level-cumulative Raised at 1-1000, Minor, to council-qa; told council-safeguarding; 5 counted
    "#]]);
    story.withdraws("gp-practice", HOME, "late").then(&expect![[r#"
        gp-practice withdraw late -> low-level-cumulative EvidenceWithdrawn at 1-1000, Minor, Raised; 4 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn five_is_reached_by_what_fades_to_one_in_ninety_days_and_not_in_a_day_more() {
    for (on, fires) in [("2023-11-03", 1), ("2023-11-02", 0)] {
        let mut story = story();
        for n in 1..=4 {
            low(&mut story, QA, &format!("n{n}"), Kind::Nutrition);
        }
        story.raises("gp-practice", HOME, "late", Kind::Nutrition, Severity::Medium, |c| {
            c.occurred_at = day(on);
        });
        assert_eq!(raised(&story, "low-level-cumulative"), fires, "{on}");
    }
}

#[test]
fn the_tenth_low_level_concern_of_a_day_makes_it_moderate() {
    let mut story = story();
    for n in 1..=9 {
        low(&mut story, QA, &format!("n{n}"), Kind::Nutrition);
    }
    let level = |story: &Story| {
        let home = story.state.home(&said::home(HOME)).unwrap();
        home.escalation(&story.last("low-level-cumulative")).unwrap().level
    };
    assert_eq!(level(&story), carehub_domain::escalation::Level::Minor, "nine");
    low(&mut story, QA, "n10", Kind::Nutrition);
    assert_eq!(level(&story), carehub_domain::escalation::Level::Moderate, "ten");
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    five_is_reached_by_what_fades_to_one_in_ninety_days_and_not_in_a_day_more,
    the_tenth_low_level_concern_of_a_day_makes_it_moderate,
    the_window_of_six_months_ends_before_the_day_six_months_later,
    one_incident_and_other_kinds_are_not_a_sixth_referral,
    a_referral_that_is_late_withdrawn_or_corrected_counts_where_it_happened,
    after_it_is_closed_three_further_referrals_fire_again_or_one_that_is_high,
    over_a_providers_homes_it_is_off_and_the_sixth_fires_where_it_is_switched_on,
    fifteen_calls_of_one_month_fire_and_fourteen_and_one_of_the_next_do_not,
    two_concerns_of_the_contract_in_six_months_fire_and_one_does_not,
    who_hears_of_the_contract,
    a_low_level_concern_that_is_late_or_withdrawn_counts_where_it_happened,
];
