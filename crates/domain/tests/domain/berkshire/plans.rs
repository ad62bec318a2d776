//! A service improvement plan that is seriously behind, a provider that is unable, and a suspension
//! that nobody reviews.

use std::collections::BTreeSet;

use carehub_domain::event::{
    Event, PlacementDecision, Proceeding, ProcessRecord, ProcessStart, RecordKind,
};
use expect_test::expect;
use jiff::civil::date;

use super::{HOME, check, raised, story};
use crate::said;
use crate::story::Story;

const CHAIR: &str = "council-safeguarding";

fn does(story: &mut Story, by: &str, proceeding: Proceeding) {
    let id = format!("{:?} {}", proceeding.event_type(), story.state.position());
    story.says(by, HOME, &id, Event::Proceeding(Box::new(proceeding)));
}

fn started() -> Story {
    let mut story = story();
    let start = ProcessStart {
        provider: None,
        escalation: None,
        chair: said::body(CHAIR),
        coordinator: said::body("contracts"),
        high_risk: false,
        escalation_triggers: BTreeSet::new(),
    };
    does(&mut story, CHAIR, Proceeding::Started(start));
    story
}

fn records(story: &mut Story, kind: RecordKind) {
    let (action, source, manner) = (None, None, None);
    let record = ProcessRecord { provider: None, kind, action, source, manner, done: true };
    does(story, CHAIR, Proceeding::Recorded(record));
}

/// The first step is due on 8 February; fourteen days more are slightly behind.
#[test]
fn a_serious_delay_goes_to_the_chair_and_a_slight_one_to_nobody() {
    let mut story = started();
    story.tick("2024-02-22T23:59:58Z");
    assert_eq!(raised(&story, "improvement-delay"), 0);
    story.tick("2024-02-22T23:59:59Z");
    check(
        &story,
        "improvement-delay",
        &expect![[r#"
            2024-02-22T23:59:59Z at 1-1000, Moderate, to council-safeguarding, process b706bdb87e59b09a
                A provider-concerns process is seriously behind: a further meeting is mandatory.
        "#]],
    );
    records(&mut story, RecordKind::Update);
    check(
        &story,
        "improvement-delay",
        &expect![[r#"
            2024-02-22T23:59:59Z at 1-1000, Moderate, to council-safeguarding, process b706bdb87e59b09a, holds no longer
                A provider-concerns process is seriously behind: a further meeting is mandatory.
        "#]],
    );
}

#[test]
fn a_provider_that_is_unable_is_told_of_at_once() {
    let mut story = started();
    records(&mut story, RecordKind::Findings);
    assert_eq!(raised(&story, "improvement-delay"), 0);
    records(&mut story, RecordKind::ProviderUnable);
    check(
        &story,
        "improvement-delay",
        &expect![[r#"
            2024-02-01T10:00:00Z at 1-1000, Moderate, to council-safeguarding, process b706bdb87e59b09a
                The provider says that it is unable to carry out its plan: a further meeting is mandatory.
        "#]],
    );
}

#[test]
fn a_suspension_is_reviewed_by_the_day_that_it_names() {
    let mut story = story();
    let decision = PlacementDecision {
        police_consulted_on: Some(date(2024, 2, 1)),
        safeguarding_consulted_on: Some(date(2024, 2, 1)),
        police_agree_to_hear_provider: false,
        provider_response: None,
        review_on: date(2024, 2, 20),
    };
    does(&mut story, "commissioning", Proceeding::Suspended(decision));
    story.tick("2024-02-20T23:59:58Z");
    assert_eq!(raised(&story, "placement-decision"), 0);
    story.tick("2024-02-20T23:59:59Z");
    check(
        &story,
        "placement-decision",
        &expect![[r#"
            2024-02-20T23:59:59Z at 1-1000, None, to commissioning, placement 57944a74105f2976
                The suspension or caution of Thames Downs Council, commissioning was to be reviewed by 20 February 2024.
        "#]],
    );
}

/// What `pack_numbers` tells again with other numbers.
pub(crate) const SCENARIOS: &[fn()] = &[
    a_serious_delay_goes_to_the_chair_and_a_slight_one_to_nobody,
    a_provider_that_is_unable_is_told_of_at_once,
    a_suspension_is_reviewed_by_the_day_that_it_names,
];
