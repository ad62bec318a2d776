//! The oregon pack is for tests: it names the agencies whose labels were chosen, and says so.

use carehub_domain::event::Kind;
use carehub_domain::policy::Rule;

use super::*;

#[test]
fn it_has_the_rules_and_the_agencies_that_the_records_are_tried_on() {
    let policy = shipped("oregon");
    let ids: Vec<&str> = policy.trigger.iter().map(|trigger| trigger.id.as_str()).collect();
    assert_eq!(
        ids,
        ["referrals-6m", "low-level-cumulative", "professional-judgement", "unanswered"]
    );
    let Rule::Count { matching, more_than, .. } = &policy.trigger[0].rule else { panic!() };
    assert_eq!(matching.kinds, [Kind::SafeguardingReferral, Kind::MedicationError]);
    assert_eq!(*more_than, 5);
    for agency in ["licensing", "ombudsman"] {
        assert!(policy.body.iter().any(|body| body.id.as_str() == agency), "{agency}");
    }
}

#[test]
fn it_says_that_its_labels_are_no_finding() {
    let text = std::fs::read_to_string(Path::new(DEPLOYED).join("oregon/policy.toml")).unwrap();
    assert!(text.contains("no finding about"));
}
