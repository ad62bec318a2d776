//! Crime, closure, and the thresholds minor, moderate and major.

use carehub_domain::Digest;
use carehub_domain::escalation::Level;
use carehub_domain::event::{Concern, Event, Kind, Occurred, Patch, Request, Severity};
use expect_test::expect;
use jiff::civil::date;

use super::{HOME, raised, story};
use crate::said;
use crate::story::Story;

fn one(story: &mut Story, by: &str, id: &str, kind: Kind, severity: Severity) {
    story.raises(by, HOME, id, kind, severity, |_| {});
}

fn nothing(_: &mut Concern) {}

#[test]
fn a_possible_crime_goes_to_the_police_unless_they_said_it() {
    let mut story = story();
    let crime = |c: &mut Concern| c.possible_crime = true;
    story.raises("contracts", HOME, "c1", Kind::Visit, Severity::Low, nothing);
    story.raises("police-mash", HOME, "c2", Kind::Visit, Severity::Low, crime);
    story.then(&expect![[""]]);
    story.raises("contracts", HOME, "c3", Kind::Visit, Severity::Critical, crime);
    story.then(&expect![[r#"
        contracts c3 -> possible-crime Raised at 1-1000, Major, to police; told council-safeguarding; 1 counted
    "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    let due: Vec<_> = home.escalations().flat_map(|e| e.due.iter().map(|due| due.due)).collect();
    assert_eq!(due, [said::at("2024-02-01T12:00:00Z"); 2], "critical: two hours");
    // It was no crime: the escalation says so, and only a person closes it.
    story.meanwhile();
    let set = Patch { possible_crime: Some(false), ..Patch::default() };
    story.corrects("contracts", HOME, "c3", set).then(&expect![[r#"
        contracts correct c3 7 -> possible-crime EvidenceWithdrawn at 1-1000, Major, Raised; 0 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn what_the_police_tell_reaches_safeguarding() {
    let mut story = story();
    one(&mut story, "police", "p1", Kind::PoliceIncident, Severity::Medium);
    one(&mut story, "police-mash", "p2", Kind::PoliceIncident, Severity::Low);
    story.then(&expect![[r#"
        police p1 -> police-information Raised at 1-1000, Moderate, to council-safeguarding; 1 counted
        police-mash p2 -> police-information Raised at 1-1000, Minor, to council-safeguarding; 1 counted
    "#]]);
    // From somebody else, and of another kind, it is not the police's information.
    one(&mut story, "ambulance", "p3", Kind::PoliceIncident, Severity::Medium);
    one(&mut story, "police", "p4", Kind::SoftIntelligence, Severity::Medium);
    story.then(&expect![[""]]);
    story.withdraws("police", HOME, "p1").then(&expect![[r#"
        police withdraw p1 -> police-information EvidenceWithdrawn at 1-1000, Moderate, Raised; 0 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn a_closure_is_led_in_two_working_days_or_goes_to_the_directors_of_both_sides() {
    let mut story = story();
    one(&mut story, "commissioning", "c1", Kind::FinancialViability, Severity::Medium);
    story.then(&expect![[""]]);
    one(&mut story, "commissioning", "c2", Kind::PotentialClosure, Severity::Low);
    one(&mut story, "cqc", "c3", Kind::FinancialViability, Severity::High);
    story.then(&expect![[r#"
        commissioning c2 -> potential-closure Raised at 1-1000, Major, to council-qa cqc; told director-adult-services; 1 counted
        cqc c3 -> potential-failure Raised at 1-1000, Major, to council-qa cqc; told director-adult-services; 1 counted
        cqc c3 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
    "#]]);
    story.finishes("council-safeguarding", HOME, "risk-summit");
    for trigger in ["potential-closure", "potential-failure"] {
        story.acknowledges("council-qa", HOME, trigger).acknowledges("cqc", HOME, trigger);
    }
    story.agrees_lead("council-qa", HOME, "potential-failure", "cqc").meanwhile();
    story.tick("2024-02-05T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-05T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services cqc-senior-lead; told council-qa cqc; AgreeLead is late, rung 0; 1 counted
    "#]]);
}

#[test]
fn one_serious_concern_is_major_and_its_neighbours_are_not() {
    let mut story = story();
    // A death that nobody relates to safeguarding; a referral and a sign of neglect that are not grave;
    // enforcement on a late form; enforcement by somebody else.
    one(&mut story, "acute-trust", "n1", Kind::Death, Severity::High);
    one(&mut story, "acute-trust", "n2", Kind::SafeguardingReferral, Severity::Medium);
    one(&mut story, "acute-trust", "n3", Kind::NeglectSign, Severity::Medium);
    one(&mut story, "cqc", "n4", Kind::Enforcement, Severity::High);
    let on_quality = |c: &mut Concern| c.details.on_quality = Some(true);
    story.raises("fire", HOME, "n5", Kind::Enforcement, Severity::High, on_quality);
    story.then(&expect![[""]]);

    let issue = |c: &mut Concern| c.details.safeguarding_issue = Some(true);
    story.raises("acute-trust", HOME, "m1", Kind::Death, Severity::Low, issue);
    one(&mut story, "acute-trust", "m2", Kind::SafeguardingReferral, Severity::High);
    one(&mut story, "acute-trust", "m3", Kind::NeglectSign, Severity::Critical);
    one(&mut story, "council-safeguarding", "m4", Kind::EnquiryOutcome, Severity::High);
    story.raises("cqc", HOME, "m5", Kind::Enforcement, Severity::Low, on_quality);
    one(&mut story, "commissioning", "m6", Kind::CriminalProceedings, Severity::Low);
    story.then(&expect![[r#"
        acute-trust m1 -> major-death Raised at 1-1000, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
        acute-trust m2 -> major-abuse Raised at 1-1000, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
        acute-trust m2 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
        acute-trust m3 -> major-abuse Raised at 1-1000, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
        council-safeguarding m4 -> major-abuse Raised at 1-1000, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
        cqc m5 -> major-enforcement Raised at 1-1000, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
        commissioning m6 -> major-proceedings Raised at 1-1000, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
    "#]]);
    assert_eq!(story.state.home(&said::home(HOME)).unwrap().level(), Level::Major);
}

#[test]
fn a_major_concern_that_is_corrected_withdrawn_or_late() {
    let mut story = story();
    one(&mut story, "acute-trust", "m1", Kind::SafeguardingReferral, Severity::Medium);
    let high = Patch { severity: Some(Severity::High), ..Patch::default() };
    story.corrects("acute-trust", HOME, "m1", high);
    story.then(&expect![[r#"
        acute-trust correct m1 2 -> major-abuse Raised at 1-1000, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
    "#]]);
    story.withdraws("acute-trust", HOME, "m1").then(&expect![[r#"
        acute-trust withdraw m1 -> major-abuse EvidenceWithdrawn at 1-1000, Major, Raised; 0 counted, 1 withdrawn, holds no longer
    "#]]);
    // Another incident is another escalation; a further word of the same is evidence of the first.
    super::on(&mut story, date(2024, 2, 5));
    let incident = |c: &mut Concern| c.incident_ref = Some(Digest::of_incident("fall"));
    let referral = Kind::SafeguardingReferral;
    story.raises("acute-trust", HOME, "m2", referral, Severity::High, incident);
    story.raises("ambulance", HOME, "m3", referral, Severity::High, incident);
    story.then(&expect![[r#"
        acute-trust m2 -> unanswered Raised at 1-1000, None, to director-adult-services; told commissioning; Acknowledge is late, rung 0; 0 counted
        acute-trust m2 -> unanswered Raised at 1-1000, None, to director-adult-services; told commissioning; Decide is late, rung 0; 0 counted
        acute-trust m2 -> major-abuse Raised at 1-1000, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
        acute-trust m2 -> risk-summit Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
        ambulance m3: corroborates
        ambulance m3 -> major-abuse EvidenceAdded at 1-1000, Major, Raised; 1 counted
    "#]]);
    story.finishes("commissioning", HOME, "major-abuse").meanwhile();
    story.raises("gp-practice", HOME, "m4", referral, Severity::High, incident).then(&expect![[
        r#"
        gp-practice m4: corroborates
    "#
    ]]);
    story.raises("gp-practice", HOME, "m5", referral, Severity::Critical, incident);
    story.then(&expect![[r#"
        gp-practice m5: corroborates
        gp-practice m5 -> major-abuse Raised at 1-1000, episode 2, Major, to commissioning; told police council-safeguarding contracts sab-manager; 1 counted
    "#]]);
    // Known last month and told today: history, and raised once.
    story.raises("gp-practice", "1-2000", "m6", referral, Severity::High, |c| {
        c.occurred_at = Occurred::Day(date(2023, 12, 1));
        c.known_at = Some(said::at("2023-12-02T10:00:00Z"));
    });
    story.then(&expect![[r#"
        gp-practice m6 -> major-abuse Raised at 1-2000, Major, to commissioning; told police council-safeguarding contracts sab-manager; history, first held on 2023-12-01; 1 counted
    "#]]);
}

#[test]
fn information_on_the_manager_is_moderate() {
    let mut story = story();
    one(&mut story, "contracts", "c1", Kind::ManagerVacancy, Severity::High);
    one(&mut story, "contracts", "c2", Kind::ManagerSupervision, Severity::Low);
    story.then(&expect![[""]]);
    one(&mut story, "contracts", "c3", Kind::ManagerOrResponsiblePerson, Severity::Low);
    story.then(&expect![[r#"
        contracts c3 -> moderate-manager Raised at 1-1000, Moderate, to commissioning; told police council-safeguarding contracts care-reviews; 1 counted
    "#]]);
}

#[test]
fn the_third_gap_in_staffing_within_three_months_is_moderate() {
    // A window from 1 February reaches to 30 April.
    for (third, fires) in [(date(2024, 4, 30), true), (date(2024, 5, 1), false)] {
        let mut story = story();
        one(&mut story, "contracts", "c1", Kind::AgencyStaffUse, Severity::Low);
        one(&mut story, "contracts", "c2", Kind::TrainingGap, Severity::Low);
        assert_eq!(raised(&story, "moderate-staffing"), 0);
        super::on(&mut story, third);
        one(&mut story, "contracts", "c3", Kind::TrainingGap, Severity::Low);
        assert_eq!(raised(&story, "moderate-staffing"), usize::from(fires), "{third}");
    }
    // One that comes late counts where it happened.
    let mut story = story();
    one(&mut story, "contracts", "c1", Kind::AgencyStaffUse, Severity::Low);
    one(&mut story, "contracts", "c2", Kind::TrainingGap, Severity::Low);
    super::on(&mut story, date(2024, 5, 2));
    story.then(&expect![[""]]);
    story.raises("contracts", HOME, "c3", Kind::TrainingGap, Severity::Low, |c| {
        c.occurred_at = Occurred::Day(date(2024, 4, 30));
    });
    story.then(&expect![[r#"
        contracts c3 -> moderate-staffing Raised at 1-1000, Moderate, to commissioning; told police council-safeguarding contracts care-reviews; 3 counted
    "#]]);
    // Without one of them it holds no longer, and stays open.
    story.withdraws("contracts", HOME, "c3").then(&expect![[r#"
        contracts withdraw c3 -> moderate-staffing EvidenceWithdrawn at 1-1000, Moderate, Raised; 2 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn a_closed_staffing_pattern_fires_again_at_the_third_further_gap_or_a_grave_one() {
    let mut closed = story();
    for n in 1..=3 {
        one(&mut closed, "contracts", &format!("c{n}"), Kind::TrainingGap, Severity::Low);
    }
    closed.finishes("commissioning", HOME, "moderate-staffing");
    super::on(&mut closed, date(2024, 2, 5));
    one(&mut closed, "contracts", "c4", Kind::TrainingGap, Severity::Low);
    one(&mut closed, "contracts", "c5", Kind::TrainingGap, Severity::Low);
    assert_eq!(raised(&closed, "moderate-staffing"), 1);
    one(&mut closed, "contracts", "c6", Kind::TrainingGap, Severity::Low);
    assert_eq!(raised(&closed, "moderate-staffing"), 2);

    let mut grave = story();
    for n in 1..=3 {
        one(&mut grave, "contracts", &format!("c{n}"), Kind::TrainingGap, Severity::Low);
    }
    grave.finishes("commissioning", HOME, "moderate-staffing");
    super::on(&mut grave, date(2024, 2, 5));
    one(&mut grave, "contracts", "c4", Kind::TrainingGap, Severity::High);
    assert_eq!(raised(&grave, "moderate-staffing"), 2);
}

#[test]
fn the_fifth_low_level_concern_of_three_bodies_is_minor() {
    let mut story = story();
    one(&mut story, "contracts", "c1", Kind::ContractMonitoring, Severity::Low);
    one(&mut story, "care-reviews", "c2", Kind::SoftIntelligence, Severity::Medium);
    one(&mut story, "health-commissioner", "c3", Kind::InfectionOutbreak, Severity::Low);
    one(&mut story, "contracts", "c4", Kind::FacilitiesMaintenance, Severity::Low);
    // Not low-level; from somebody else; no word on the level of care.
    one(&mut story, "contracts", "n1", Kind::EarlyIndicator, Severity::High);
    one(&mut story, "healthwatch", "n2", Kind::EarlyIndicator, Severity::Low);
    one(&mut story, "health-commissioner", "n3", Kind::Death, Severity::Low);
    one(&mut story, "contracts", "n4", Kind::Visit, Severity::Low);
    story.then(&expect![[""]]);
    one(&mut story, "care-reviews", "c5", Kind::EarlyIndicator, Severity::Low);
    story.then(&expect![[r#"
        care-reviews c5 -> minor Raised at 1-1000, Minor, to contracts; told commissioning; 5 counted
    "#]]);
    // What was graded too low falls out of it.
    let high = Patch { severity: Some(Severity::High), ..Patch::default() };
    story.corrects("contracts", HOME, "c4", high).then(&expect![[r#"
        contracts correct c4 13 -> joint-regulators Raised at 1-1000, Moderate, to cqc council-qa; told health-commissioner; 1 counted
        contracts correct c4 13 -> minor EvidenceWithdrawn at 1-1000, Minor, Raised; 4 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn four_low_level_concerns_count_with_a_fifth_within_three_months() {
    // A window from 1 February reaches to 30 April.
    for (fifth, fires) in [(date(2024, 4, 30), 1), (date(2024, 5, 1), 0)] {
        let mut story = story();
        for n in 1..=4 {
            let id = format!("c{n}");
            one(&mut story, "contracts", &id, Kind::FacilitiesMaintenance, Severity::Low);
        }
        super::on(&mut story, fifth);
        one(&mut story, "contracts", "c5", Kind::FacilitiesMaintenance, Severity::Low);
        assert_eq!(raised(&story, "minor"), fires, "{fifth}");
    }
}

#[test]
fn an_allegation_against_a_person_in_a_position_of_trust_goes_to_their_lead_alone() {
    let mut story = story();
    one(&mut story, "council-qa", "c1", Kind::PositionOfTrust, Severity::Medium);
    story.then(&expect![[r#"
        council-qa c1 -> position-of-trust Raised at 1-1000, Moderate, to pipot-lead; 1 counted
    "#]]);
    let lead = story.state.home(&said::home(HOME)).unwrap();
    let recipients: Vec<_> = lead.escalations().flat_map(|e| e.recipients()).collect();
    assert_eq!(recipients, [&said::body("pipot-lead")]);
}

#[test]
fn an_agency_asks_and_who_does_not_answer_is_chased() {
    let mut story = story();
    let request = Request {
        level: Level::Moderate,
        responsible: vec!["contracts".to_owned()],
        told: vec!["cqc".to_owned()],
        answer_within: None,
        evidence: Vec::new(),
    };
    story.says("gp-practice", HOME, "q1", Event::EscalationRequested(request));
    story.then(&expect![[r#"
        gp-practice q1 -> professional-judgement Raised at 1-1000, Moderate, to contracts; told cqc gp-practice; 0 counted
    "#]]);
    story.tick("2024-02-05T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-05T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told contracts; Acknowledge is late, rung 0; 0 counted
    "#]]);
    story.tick("2024-02-07T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to sab-manager; told director-adult-services; Acknowledge is late, rung 1; 0 counted
    "#]]);
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    a_possible_crime_goes_to_the_police_unless_they_said_it,
    what_the_police_tell_reaches_safeguarding,
    a_closure_is_led_in_two_working_days_or_goes_to_the_directors_of_both_sides,
    one_serious_concern_is_major_and_its_neighbours_are_not,
    a_major_concern_that_is_corrected_withdrawn_or_late,
    information_on_the_manager_is_moderate,
    the_third_gap_in_staffing_within_three_months_is_moderate,
    a_closed_staffing_pattern_fires_again_at_the_third_further_gap_or_a_grave_one,
    the_fifth_low_level_concern_of_three_bodies_is_minor,
    four_low_level_concerns_count_with_a_fifth_within_three_months,
    an_allegation_against_a_person_in_a_position_of_trust_goes_to_their_lead_alone,
    an_agency_asks_and_who_does_not_answer_is_chased,
];
