//! What rests on a provider's homes together, when evidence at one of them is withdrawn or corrected away:
//! it is marked, and where the limit is no longer exceeded the escalation says so and stays open.

use carehub_domain::event::{Kind, Patch, Severity};
use expect_test::expect;

use super::counts::registers;
use super::{COUNCIL, HOME, day};
use crate::said::norfolk;
use crate::story::{Story, given};

const OTHER: &str = "1-2000";

fn home_of(n: u32) -> &'static str {
    if n.is_multiple_of(2) { OTHER } else { HOME }
}

/// Two homes of one provider with so many referrals between them, and the rule over both switched on.
fn referred(referrals: u32) -> Story {
    let mut policy = norfolk();
    for trigger in &mut policy.trigger {
        if trigger.id.as_str() == "referrals-6m-provider" {
            trigger.off = false;
        }
    }
    let mut story = given(&policy);
    story.at("2024-02-01T10:00:00Z");
    registers(&mut story, HOME);
    registers(&mut story, OTHER);
    for n in 1..=referrals {
        let kind = Kind::SafeguardingReferral;
        story.raises(COUNCIL, home_of(n), &format!("r{n}"), kind, Severity::Low, |_| {});
    }
    story.meanwhile();
    story
}

fn becomes(kind: Kind) -> Patch {
    Patch { kind: Some(kind), ..Patch::default() }
}

#[test]
fn of_six_a_withdrawn_one_leaves_five_which_hold_no_longer() {
    referred(6).withdraws(COUNCIL, OTHER, "r2").then(&expect![[r#"
        council-safeguarding withdraw r2 -> referrals-6m-provider EvidenceWithdrawn at general, Moderate, Raised; 5 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn of_seven_the_first_that_is_withdrawn_leaves_enough_and_the_second_does_not() {
    let mut story = referred(7);
    story.withdraws(COUNCIL, HOME, "r1").withdraws(COUNCIL, OTHER, "r2").then(&expect![[r#"
        council-safeguarding withdraw r1 -> referrals-6m-provider EvidenceWithdrawn at general, Moderate, Raised; 6 counted, 1 withdrawn
        council-safeguarding withdraw r2 -> referrals-6m-provider EvidenceWithdrawn at general, Moderate, Raised; 5 counted, 2 withdrawn, holds no longer
    "#]]);
}

#[test]
fn what_is_corrected_away_is_marked_and_what_is_corrected_back_counts_again() {
    let mut story = referred(6);
    story.corrects(COUNCIL, OTHER, "r2", becomes(Kind::SoftIntelligence));
    // A further word of what counts no longer.
    let graver = Patch { severity: Some(Severity::Medium), ..Patch::default() };
    story.corrects(COUNCIL, OTHER, "r2", graver);
    story.corrects(COUNCIL, OTHER, "r2", becomes(Kind::SafeguardingReferral));
    story.then(&expect![[r#"
        council-safeguarding correct r2 15 -> referrals-6m-provider EvidenceWithdrawn at general, Moderate, Raised; 5 counted, 1 withdrawn, holds no longer
        council-safeguarding correct r2 23 -> referrals-6m-provider EvidenceAdded at general, Moderate, Raised; 6 counted
    "#]]);
}

#[test]
fn what_happened_outside_the_window_after_all_bears_nothing_and_is_no_evidence_withdrawn() {
    let mut story = referred(6);
    let long_ago = Patch { occurred_at: Some(day("2023-06-01")), ..Patch::default() };
    story.corrects(COUNCIL, HOME, "r1", long_ago).then(&expect![[r#"
        council-safeguarding correct r1 15 -> referrals-6m-provider EvidenceWithdrawn at general, Moderate, Raised; 6 counted, holds no longer
    "#]]);
}

#[test]
fn what_is_matched_to_another_home_of_the_provider_counts_there() {
    let mut story = referred(6);
    story.matches(COUNCIL, (COUNCIL, "r1"), HOME, OTHER).then(&expect![[r#""#]]);
}

#[test]
fn one_that_was_closed_is_left_alone() {
    let mut story = referred(6);
    story.finishes(COUNCIL, "general", "referrals-6m-provider").meanwhile();
    story.withdraws(COUNCIL, HOME, "r1").then(&expect![[""]]);
}
