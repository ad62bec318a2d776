//! The story behind the norfolk pack, told with its public facts: both boilers of a care home, from the
//! 1960s, condemned in 2013; failed by October 2016; temporary measures that CQC and the council's QA each
//! monitored; fragments that several agencies held; Ms E, admitted with severe hypothermia and pneumonia, who
//! died on 9 November 2016 (Norfolk SAR Case E). The home, its people and every id are fictional, and so are
//! the days and the fragments between those facts.
//!
//! Nobody in it answers anything, as nobody did: the text says on which event the hub would have told whom.
//! `cargo test -p carehub-domain --test domain case_e -- --nocapture` prints it.

use std::collections::BTreeMap;

use carehub_domain::Digest;
use carehub_domain::event::{
    Concern, DeathPlace, Details, Kind, Line, Occurred, PropertyFault, Severity,
};
use carehub_domain::policy::Policy;
use expect_test::expect;

use crate::said::{self, norfolk_whole};
use crate::story::{Story, given_since};

const HOME: &str = "1-1966";

fn fault(fault: PropertyFault) -> impl FnOnce(&mut Concern) {
    move |c| {
        c.details.property_fault = Some(fault);
        c.incident_ref = Some(Digest::of_incident("boilers"));
    }
}

fn about(person: &str) -> impl FnOnce(&mut Concern) {
    let person = person.to_owned();
    move |c| {
        c.about_named_individual = true;
        c.person_ref = Some(Digest::of_person(&person));
    }
}

/// What is to be done today, as a chapter's heading and what the hub said.
fn told(chapter: &str, story: &mut Story, book: &mut String) {
    book.push_str(chapter);
    book.push('\n');
    for line in story.text().lines() {
        book.push_str("    ");
        book.push_str(line);
        book.push('\n');
    }
    story.meanwhile();
}

fn condemned(story: &mut Story) {
    story.at("2013-06-04T10:00:00Z");
    story.raises(
        "health-commissioner",
        HOME,
        "condemned",
        Kind::PropertyRisk,
        Severity::Medium,
        fault(PropertyFault::EquipmentCondemned),
    );
}

/// October and November 2016, fragment by fragment.
fn autumn(story: &mut Story, book: &mut String) {
    story.at("2016-10-03T09:30:00Z");
    story.raises("contracts", HOME, "contract", Kind::FacilitiesMaintenance, Severity::Low, |_| {});
    told("3 October: contracts find that nobody maintains the boilers.", story, book);
    story.at("2016-10-10T08:00:00Z");
    story.raises(
        "community-nursing",
        HOME,
        "cold",
        Kind::PropertyRisk,
        Severity::Medium,
        fault(PropertyFault::Heating),
    );
    told("10 October: a district nurse finds the second boiler out, too.", story, book);
    story.at("2016-10-12T15:00:00Z");
    story.raises(
        "cqc",
        HOME,
        "heaters-cqc",
        Kind::PropertyRisk,
        Severity::Low,
        fault(PropertyFault::TemporaryMeasure),
    );
    told("12 October: CQC monitors the portable heaters.", story, book);
    story.at("2016-10-14T11:00:00Z");
    story.raises(
        "council-qa",
        HOME,
        "heaters-qa",
        Kind::PropertyRisk,
        Severity::Low,
        fault(PropertyFault::TemporaryMeasure),
    );
    told("14 October: so does the council's QA.", story, book);
    story.at("2016-10-18T12:00:00Z");
    story.raises("fire", HOME, "fire", Kind::HealthAndSafetyBreach, Severity::Medium, |_| {});
    told("18 October: the fire service finds heaters against the curtains.", story, book);
    story.at("2016-10-20T10:00:00Z");
    let alone = Kind::ManagerSupervision;
    story.raises("council-qa", HOME, "alone", alone, Severity::Medium, |_| {});
    told("20 October: QA learns that nobody supervises the manager.", story, book);
    story.at("2016-10-24T10:00:00Z");
    let practice = "gp-practice";
    story.raises(practice, HOME, "g1", Kind::NeglectSign, Severity::Low, |_| {});
    story.raises(practice, HOME, "g2", Kind::Nutrition, Severity::Low, |_| {});
    story.raises(practice, HOME, "g3", Kind::MedicationSupply, Severity::Low, |_| {});
    told("24 October: a practice has seen three things in a week.", story, book);
    story.at("2016-11-01T07:00:00Z");
    for n in 1..=3 {
        story.raises(
            "ambulance",
            HOME,
            &format!("999-{n}"),
            Kind::Ambulance999Call,
            Severity::Medium,
            |c| c.details = Details { line: Some(Line::Emergency), ..Details::default() },
        );
    }
    told("1 November: three 999 calls in a night.", story, book);
}

fn ms_e(story: &mut Story, book: &mut String) {
    story.at("2016-11-05T20:00:00Z");
    story.raises(
        "acute-trust",
        HOME,
        "admitted",
        Kind::SafeguardingReferral,
        Severity::Critical,
        about("ms-e"),
    );
    told("5 November: Ms E is admitted with severe hypothermia and pneumonia.", story, book);
    story.at("2016-11-09T16:00:00Z");
    story.raises("acute-trust", HOME, "died", Kind::Death, Severity::Critical, |c| {
        about("ms-e")(c);
        c.possible_crime = true;
        c.details.place_of_death = Some(DeathPlace::Hospital);
        c.details.safeguarding_issue = Some(true);
    });
    told("9 November: Ms E dies in hospital.", story, book);
}

/// The pack without triage: who triages what stands in `overdue.rs`, and would fill the page.
fn pack() -> Policy {
    let mut policy = norfolk_whole();
    policy.trigger.retain(|trigger| trigger.id.as_str() != "triage");
    policy
}

#[test]
fn who_would_have_been_told_what_and_when() {
    let mut book = String::new();
    let mut story = given_since(&pack(), "2013-01-01T09:00:00Z");
    condemned(&mut story);
    told("2013, June: both boilers are condemned.", &mut story, &mut book);
    story.tick("2013-06-30T10:00:00Z");
    told("2013, by the end of June: nobody has answered.", &mut story, &mut book);
    story.tick("2016-10-01T10:00:00Z");
    told("2016, by October: three years later it still stands open.", &mut story, &mut book);
    autumn(&mut story, &mut book);
    ms_e(&mut story, &mut book);
    println!("{book}");
    expect![[r#"
        2013, June: both boilers are condemned.
            health-commissioner condemned -> property-risk Raised at 1-1966, Moderate, to council-qa; told council-safeguarding cqc hse district-council fire health-commissioner; 1 counted
        2013, by the end of June: nobody has answered.
            tick -> unanswered Raised at 1-1966, None, to director-adult-services; told council-qa; Acknowledge is late, rung 0; 1 counted
            tick -> unanswered Raised at 1-1966, None, to director-adult-services; told council-qa; Decide is late, rung 0; 1 counted
        2016, by October: three years later it still stands open.
            tick -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services; Decide is late, rung 1; 1 counted
            tick -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services; Acknowledge is late, rung 1; 1 counted
        3 October: contracts find that nobody maintains the boilers.
        10 October: a district nurse finds the second boiler out, too.
            community-nursing cold: corroborates
            community-nursing cold -> property-risk EvidenceAdded at 1-1966, Moderate, Raised; 1 counted
        12 October: CQC monitors the portable heaters.
            cqc heaters-cqc: corroborates
            cqc heaters-cqc -> property-risk EvidenceAdded at 1-1966, Moderate, Raised; 1 counted
        14 October: so does the council's QA.
            council-qa heaters-qa: corroborates
            council-qa heaters-qa -> property-risk EvidenceAdded at 1-1966, Moderate, Raised; 1 counted
        18 October: the fire service finds heaters against the curtains.
            fire fire -> health-and-safety-breach Raised at 1-1966, Moderate, to cqc hse district-council fire; told council-qa health-commissioner; 1 counted
        20 October: QA learns that nobody supervises the manager.
            council-qa alone -> unanswered Raised at 1-1966, None, to director-adult-services; told cqc hse district-council fire; Acknowledge is late, rung 0; 1 counted
            council-qa alone -> joint-regulators Raised at 1-1966, Moderate, to cqc council-qa; told health-commissioner; 1 counted
            council-qa alone -> low-level-cumulative Raised at 1-1966, Minor, to council-qa; told council-safeguarding; 4 counted
        24 October: a practice has seen three things in a week.
            gp-practice g1 -> unanswered Raised at 1-1966, None, to director-adult-services cqc-senior-lead; told cqc council-qa; Acknowledge is late, rung 0; 1 counted
            gp-practice g1 -> low-level-cumulative EvidenceAdded at 1-1966, Minor, Raised; 5 counted
            gp-practice g2 -> low-level-cumulative EvidenceAdded at 1-1966, Minor, Raised; 6 counted
            gp-practice g3 -> low-level-cumulative EvidenceAdded at 1-1966, Minor, Raised; 7 counted
            gp-practice g3 -> gp-picture Raised at 1-1966, Minor, to health-commissioner; told gp-practice council-qa; 3 counted
        1 November: three 999 calls in a night.
            ambulance 999-1 -> unanswered Raised at 1-1966, None, to director-adult-services; told council-qa; Acknowledge is late, rung 0; 7 counted
            ambulance 999-1 -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services; Acknowledge is late, rung 1; 1 counted
            ambulance 999-1 -> unanswered Raised at 1-1966, None, to director-adult-services; told cqc hse district-council fire; AgreeLead is late, rung 0; 1 counted
            ambulance 999-1 -> outside-mou Raised at 1-1966, None, to council-qa; told cqc hse district-council fire; 1 counted
            ambulance 999-1 -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services cqc-senior-lead; Acknowledge is late, rung 1; 1 counted
            ambulance 999-1 -> unanswered Raised at 1-1966, None, to director-adult-services; told health-commissioner; Acknowledge is late, rung 0; 3 counted
            ambulance 999-1 -> unanswered Raised at 1-1966, None, to director-adult-services cqc-senior-lead; told cqc council-qa; AgreeLead is late, rung 0; 1 counted
            ambulance 999-1 -> outside-mou Raised at 1-1966, None, to council-qa; told cqc hse district-council fire; 1 counted
        5 November: Ms E is admitted with severe hypothermia and pneumonia.
            acute-trust admitted -> unanswered Raised at 1-1966, None, to director-adult-services; told council-qa; Acknowledge is late, rung 0; 1 counted
            acute-trust admitted -> unanswered Raised at 1-1966, None, to director-adult-services; told council-qa; Acknowledge is late, rung 0; 1 counted
            acute-trust admitted -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services cqc-senior-lead; AgreeLead is late, rung 1; 1 counted
            acute-trust admitted -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services; Acknowledge is late, rung 1; 7 counted
            acute-trust admitted -> unanswered Raised at 1-1966, None, to director-adult-services; told council-qa; Decide is late, rung 0; 7 counted
            acute-trust admitted -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services; Acknowledge is late, rung 1; 3 counted
            acute-trust admitted -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services; AgreeLead is late, rung 1; 1 counted
        9 November: Ms E dies in hospital.
            acute-trust died -> unanswered Raised at 1-1966, None, to director-adult-services; told health-commissioner; Decide is late, rung 0; 3 counted
            acute-trust died -> unanswered Raised at 1-1966, None, to director-adult-services; told council-qa; Discuss is late, rung 0; 1 counted
            acute-trust died -> unanswered Raised at 1-1966, None, to director-adult-services; told council-qa; Discuss is late, rung 0; 1 counted
            acute-trust died -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services; Acknowledge is late, rung 1; 1 counted
            acute-trust died -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services; Acknowledge is late, rung 1; 1 counted
            acute-trust died -> unanswered Raised at 1-1966, None, to sab-manager; told director-adult-services; Decide is late, rung 1; 7 counted
            acute-trust died -> possible-crime Raised at 1-1966, Major, to police; told council-safeguarding; 1 counted
            acute-trust died -> death-with-open-concern Raised at 1-1966, Major, to police; told council-safeguarding; 2 counted
            acute-trust died -> coroner Raised at 1-1966, None, to council-safeguarding; told police; 1 counted
    "#]].assert_eq(&book);

    // In time: what told whom before she was admitted.
    let home = story.state.home(&said::home(HOME)).unwrap();
    let admitted = said::at("2016-11-05T20:00:00Z");
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for escalation in home.escalations().filter(|e| e.raised_at < admitted) {
        for body in escalation.recipients() {
            let day = Occurred::At(escalation.raised_at).date().to_string();
            let known = first.entry(body.to_string()).or_insert_with(|| day.clone());
            *known = day.min(known.clone());
        }
    }
    let first: Vec<String> = first.iter().map(|(body, day)| format!("{day} {body}\n")).collect();
    expect![[r#"
        2013-06-04 council-qa
        2013-06-04 council-safeguarding
        2013-06-04 cqc
        2016-10-24 cqc-senior-lead
        2013-06-30 director-adult-services
        2013-06-04 district-council
        2013-06-04 fire
        2016-10-24 gp-practice
        2013-06-04 health-commissioner
        2013-06-04 hse
        2016-10-01 sab-manager
    "#]]
    .assert_eq(&first.concat());
}

/// Had somebody acted: the decision of each week is asked for until the boilers are replaced, and not after.
#[test]
fn a_new_boiler_would_have_ended_it_and_heaters_would_not() {
    let mut story = given_since(&pack(), "2013-01-01T09:00:00Z");
    condemned(&mut story);
    story.acknowledges("council-qa", HOME, "property-risk");
    story.at("2013-06-05T10:00:00Z");
    story.raises(
        "council-qa",
        HOME,
        "heaters",
        Kind::PropertyRisk,
        Severity::Low,
        fault(PropertyFault::TemporaryMeasure),
    );
    story.decides("council-qa", HOME, "property-risk");
    story.meanwhile().closes("council-qa", HOME, "property-risk");
    story.at("2013-06-10T10:00:00Z");
    story.raises("district-council", HOME, "new", Kind::PropertyRisk, Severity::Low, |c| {
        fault(PropertyFault::EquipmentCondemned)(c);
        c.details.permanent_repair = Some(true);
    });
    story.decides("council-qa", HOME, "property-risk");
    story.closes("council-qa", HOME, "property-risk").then(&expect![[r#"
        council-qa answer 40: repair-missing
        district-council new: corroborates
        district-council new -> property-risk EvidenceAdded at 1-1966, Moderate, Decided; 1 counted, holds no longer
        council-qa answer 51 -> property-risk Decided at 1-1966, Moderate, Decided; 1 counted, holds no longer
        council-qa answer 60 -> property-risk Closed at 1-1966, Moderate, Closed; 1 counted, holds no longer
    "#]]);
    story.tick("2013-12-01T10:00:00Z").then(&expect![[""]]);
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    who_would_have_been_told_what_and_when,
    a_new_boiler_would_have_ended_it_and_heaters_would_not,
];
