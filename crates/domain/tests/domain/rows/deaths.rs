//! `coroner`: council safeguarding confirms that the coroner was notified, on what is said and on what the
//! records say. `death-with-open-concern` has its stories in `triggers.rs`.

use carehub_domain::Digest;
use carehub_domain::event::{DeathPlace, Details, Kind, Patch, Severity};
use expect_test::expect;

use super::{COUNCIL, HOME, raised, story};
use crate::story::Story;

fn dies(story: &mut Story, id: &str, person: Option<&str>, details: Details) {
    story.raises("gp-practice", HOME, id, Kind::Death, Severity::Low, |c| {
        c.details = details;
        c.person_ref = person.map(Digest::of_person);
    });
}

fn issue(coroner_notified: Option<bool>) -> Details {
    Details { safeguarding_issue: Some(true), coroner_notified, ..Details::default() }
}

#[test]
fn a_death_with_a_safeguarding_issue_fires_until_the_coroner_was_notified() {
    let mut story = story();
    dies(&mut story, "expected", None, Details::default());
    dies(&mut story, "notified", None, issue(Some(true)));
    story.then(&expect![[""]]);
    dies(&mut story, "not yet", None, issue(Some(false)));
    dies(&mut story, "nobody says", None, issue(None));
    story.then(&expect![[r#"
        gp-practice not yet -> coroner Raised at 1-1000, None, to council-safeguarding; told police; 1 counted
        gp-practice nobody says -> coroner Raised at 1-1000, None, to council-safeguarding; told police; 1 counted
    "#]]);
    // The coroner has it: it says so and stays open. A mistaken death is withdrawn.
    let details = Details { coroner_notified: Some(true), ..Details::default() };
    let notified = Patch { details: Some(details), ..Patch::default() };
    story.corrects("gp-practice", HOME, "not yet", notified);
    story.withdraws("gp-practice", HOME, "nobody says").then(&expect![[r#"
        gp-practice correct not yet 11 -> coroner EvidenceWithdrawn at 1-1000, None, Raised; 0 counted, 1 withdrawn, holds no longer
        gp-practice withdraw nobody says -> coroner EvidenceWithdrawn at 1-1000, None, Raised; 0 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn the_confirmation_is_due_the_same_day() {
    let mut story = story();
    dies(&mut story, "d", None, issue(None));
    story.meanwhile().tick("2024-02-01T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-01T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Acknowledge is late, rung 0; 1 counted
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Decide is late, rung 0; 1 counted
    "#]]);
}

fn refers(story: &mut Story, id: &str, person: Option<&str>) {
    story.raises(COUNCIL, HOME, id, Kind::SafeguardingReferral, Severity::Low, |c| {
        c.person_ref = person.map(Digest::of_person);
    });
}

#[test]
fn a_death_anywhere_of_the_subject_of_a_concern_is_linked_in_either_order() {
    let mut story = story();
    refers(&mut story, "r1", Some("p1"));
    dies(&mut story, "d1", Some("p1"), Details::default());
    dies(&mut story, "d2", Some("p2"), Details::default());
    refers(&mut story, "r2", Some("p2"));
    story.then(&expect![[r#"
        gp-practice d1 -> coroner-linked Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
        council-safeguarding r2 -> coroner-linked Raised at 1-1000, None, to council-safeguarding; told police; 2 counted
    "#]]);
    // Another person; one of whom the coroner knows; one whose own word has fired already.
    refers(&mut story, "r3", Some("p3"));
    dies(&mut story, "d3", Some("p4"), Details::default());
    let known = Details { coroner_notified: Some(true), ..Details::default() };
    dies(&mut story, "d4", Some("p3"), known);
    story.then(&expect![[""]]);
    refers(&mut story, "r5", Some("p5"));
    dies(&mut story, "d5", Some("p5"), issue(None));
    story.then(&expect![[r#"
        gp-practice d5 -> coroner Raised at 1-1000, None, to council-safeguarding; told police; 1 counted
    "#]]);
    // Withdrawn: it says so and stays open.
    story.withdraws(COUNCIL, HOME, "r1").then(&expect![[r#"
        council-safeguarding withdraw r1 -> coroner-linked EvidenceWithdrawn at 1-1000, None, Raised; 1 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn nobody_is_asked_about_a_death_out_of_hospital_and_one_question_serves_both_rules() {
    let mut story = story();
    refers(&mut story, "r1", None);
    dies(&mut story, "home", None, Details::default());
    assert_eq!(raised(&story, "coroner-linked"), 0);
    let hospital = Details { place_of_death: Some(DeathPlace::Hospital), ..Details::default() };
    dies(&mut story, "hospital", None, hospital);
    story.then(&expect![[r#"
        gp-practice hospital -> death-with-open-concern Raised at 1-1000, None, to council-safeguarding; 2 counted
    "#]]);
}

#[test]
fn a_concern_that_closed_thirty_days_before_a_death_is_linked_and_one_of_a_day_more_is_not() {
    let hospital = Details { place_of_death: Some(DeathPlace::Hospital), ..Details::default() };
    for (trigger, details) in
        [("death-with-open-concern", hospital), ("coroner-linked", Details::default())]
    {
        // 30 days after the first of February of a leap year.
        for (on, fires) in [("2024-03-02", 1), ("2024-03-03", 0)] {
            let mut story = story();
            refers(&mut story, "r1", Some("p1"));
            let outcome = Kind::EnquiryOutcome;
            story.raises(COUNCIL, HOME, "outcome", outcome, Severity::Low, |c| {
                c.person_ref = Some(Digest::of_person("p1"));
            });
            story.at(&format!("{on}T10:00:00Z"));
            dies(&mut story, "d1", Some("p1"), details.clone());
            assert_eq!(raised(&story, trigger), fires, "{trigger} on {on}");
        }
    }
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    a_concern_that_closed_thirty_days_before_a_death_is_linked_and_one_of_a_day_more_is_not,
    a_death_with_a_safeguarding_issue_fires_until_the_coroner_was_notified,
    the_confirmation_is_due_the_same_day,
    a_death_anywhere_of_the_subject_of_a_concern_is_linked_in_either_order,
    nobody_is_asked_about_a_death_out_of_hospital_and_one_question_serves_both_rules,
];
