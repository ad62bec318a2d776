//! Who is told of a provider-concerns process beside those who lead it: placing authorities when it starts
//! (Berkshire 5.8), its chair of what an enquiry came to (Berkshire 5.7).

use carehub_domain::event::{
    Event, Handling, HandlingCode, Kind, PlacementCount, Placements, Proceeding, ProcessClosing,
    ProcessStart, ProviderRef, Record, RecordKind, Registration, Severity,
};
use carehub_domain::policy::Policy;
use expect_test::expect;

use crate::process::{CHAIR, beginning, ending, kind, now};
use crate::said::{self, norfolk};
use crate::story::Story;

const HOME: &str = "1-1000";
const OTHER: &str = "1-2000";

fn with_a_neighbour() -> Policy {
    let mut policy = norfolk();
    let mut neighbour = policy.body(&said::body("commissioning")).unwrap().clone();
    neighbour.id = said::body("vale");
    neighbour.areas = vec!["Vale".to_owned()];
    policy.body.push(neighbour);
    let own = policy.body.iter_mut().find(|body| body.id.as_str() == "commissioning").unwrap();
    own.areas = vec!["Fenland".to_owned()];
    policy
}

fn counts(story: &mut Story, home: &str, of: &[(&str, u32)]) {
    let placements = of.iter().map(|(authority, residents)| Placements {
        authority: (*authority).to_owned(),
        residents: *residents,
        reviews_due: 0,
        reviews_overdue: 0,
    });
    let month = "2024-01".to_owned().try_into().unwrap();
    let count = PlacementCount { month, placements: placements.collect() };
    let id = format!("count {home}");
    story.says("council-qa", home, &id, Event::Record(Record::PlacementsCounted(count)));
}

fn registers(story: &mut Story, home: &str, provider: &str) {
    let registration = Registration {
        name: "Fictional".to_owned(),
        provider: Some(ProviderRef { id: provider.to_owned(), name: None }),
        brand: None,
        beds: None,
        service: None,
        uprn: None,
        postcode: None,
        area: None,
        coordinates: None,
        registered_on: None,
    };
    let id = format!("register {home}");
    story.says("cqc", home, &id, Event::HomeRegistered(Box::new(registration)));
}

fn starts_about(story: &mut Story, provider: &str) {
    let start = ProcessStart { provider: Some(provider.to_owned()), ..beginning() };
    let start = Event::Proceeding(Box::new(Proceeding::Started(start)));
    story.says(CHAIR, "general", "start", start);
}

#[test]
fn placing_authorities_are_told_that_a_process_started_and_who_started_it_whom_to_reach() {
    let mut story = now(&with_a_neighbour());
    counts(&mut story, HOME, &[("Fenland", 20), ("Vale", 3), ("Marsh", 2), ("Gone", 0)]);
    story.meanwhile();
    story.starts(CHAIR, beginning()).then(&expect![[r#"
        council-safeguarding ProcessStarted 2 -> notice process started at 1-1000 on 2024-02-01, chaired by council-safeguarding; ["20 of Fenland"]; told [], not reached [] to commissioning
        council-safeguarding ProcessStarted 2 -> notice process started at 1-1000 on 2024-02-01, chaired by council-safeguarding; ["3 of Vale"]; told [], not reached [] to vale
        council-safeguarding ProcessStarted 2 -> notice process started at 1-1000 on 2024-02-01, chaired by council-safeguarding; []; told [commissioning, vale], not reached ["Marsh"] to council-safeguarding
    "#]]);
}

#[test]
fn where_nobody_was_counted_nobody_is_told() {
    let mut story = now(&with_a_neighbour());
    counts(&mut story, HOME, &[("Vale", 0)]);
    story.meanwhile();
    story.starts(CHAIR, beginning()).then(&expect![[""]]);
}

#[test]
fn of_a_process_about_a_provider_those_are_told_who_place_in_any_of_its_homes() {
    let mut story = now(&with_a_neighbour());
    registers(&mut story, HOME, "P1");
    registers(&mut story, OTHER, "P1");
    registers(&mut story, "1-3000", "P2");
    counts(&mut story, HOME, &[("Vale", 3)]);
    counts(&mut story, OTHER, &[("Vale", 1)]);
    counts(&mut story, "1-3000", &[("Fenland", 9)]);
    story.meanwhile();
    starts_about(&mut story, "P1");
    story.then(&expect![[r#"
        council-safeguarding start -> notice process started at general on 2024-02-01, chaired by council-safeguarding; ["4 of Vale"]; told [], not reached [] to vale
        council-safeguarding start -> notice process started at general on 2024-02-01, chaired by council-safeguarding; []; told [vale], not reached [] to council-safeguarding
    "#]]);
}

fn enquiry(story: &mut Story, by: &str, home: &str, id: &str) {
    story.raises(by, home, id, Kind::EnquiryOutcome, Severity::Low, |_| {});
}

#[test]
fn the_outcome_of_an_enquiry_is_told_to_those_who_lead_an_open_process() {
    let mut story = now(&norfolk());
    enquiry(&mut story, "adult-social-care", HOME, "before");
    story.then(&expect![[""]]);
    story.starts(CHAIR, beginning()).meanwhile();
    enquiry(&mut story, "adult-social-care", HOME, "e1");
    story.then(&expect![[r#"
        adult-social-care e1 -> notice enquiry outcome at 1-1000, for the process about None to council-qa
        adult-social-care e1 -> notice enquiry outcome at 1-1000, for the process about None to council-safeguarding
    "#]]);
    // Not to whoever said it, nor of another home or anything else, nor when the process is over.
    enquiry(&mut story, CHAIR, HOME, "own");
    story.then(&expect![[r#"
        council-safeguarding own -> notice enquiry outcome at 1-1000, for the process about None to council-qa
    "#]]);
    enquiry(&mut story, "adult-social-care", OTHER, "elsewhere");
    story.raises("adult-social-care", HOME, "visit", Kind::Visit, Severity::Low, |_| {});
    story.then(&expect![[""]]);
    story.records(CHAIR, kind(RecordKind::AdultsViews)).records(CHAIR, kind(RecordKind::Advocacy));
    story.ends(CHAIR, ProcessClosing { has_reason: true, ..ending() });
    assert!(!story.process().is_open());
    enquiry(&mut story, "adult-social-care", HOME, "afterwards");
    story.then(&expect![[""]]);
}

#[test]
fn a_process_about_the_provider_hears_of_enquiries_at_each_of_its_homes() {
    let mut story = now(&norfolk());
    registers(&mut story, HOME, "P1");
    registers(&mut story, OTHER, "P2");
    starts_about(&mut story, "P1");
    story.meanwhile();
    enquiry(&mut story, "adult-social-care", HOME, "e1");
    enquiry(&mut story, "adult-social-care", OTHER, "e2");
    story.then(&expect![[r#"
        adult-social-care e1 -> notice enquiry outcome at 1-1000, for the process about Some("P1") to council-qa
        adult-social-care e1 -> notice enquiry outcome at 1-1000, for the process about Some("P1") to council-safeguarding
    "#]]);
}

#[test]
fn an_enquiry_that_its_chair_may_not_know_of_is_not_told_and_one_that_is_matched_is() {
    let mut story = now(&norfolk());
    story.starts(CHAIR, beginning()).meanwhile();
    story.raises("adult-social-care", HOME, "c", Kind::EnquiryOutcome, Severity::Low, |concern| {
        let audience = vec![said::body("police")];
        concern.handling = Some(Handling { code: HandlingCode::C, audience });
    });
    enquiry(&mut story, "adult-social-care", "unmatched", "m");
    story.then(&expect![[""]]);
    story.matches("council-qa", ("adult-social-care", "m"), "unmatched", HOME).then(&expect![[r#"
        council-qa match m 4 -> notice enquiry outcome at 1-1000, for the process about None to council-qa
        council-qa match m 4 -> notice enquiry outcome at 1-1000, for the process about None to council-safeguarding
    "#]]);
}
