//! Rule books that take effect, wait, are refused or go: told as stories (design law 3; Stockton
//! row 2: what is no longer required is withdrawn, and the past stays).

use carehub_domain::event::{Kind, Patch, Severity};
use carehub_domain::policy::{ActivationStanding, Policy, Rule, Settled, WhyRefused};
use expect_test::{Expect, expect};

use crate::said;
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const COUNCIL: &str = "council-safeguarding";

/// The shipped pack, whole enough to be activated.
fn norfolk() -> Policy {
    said::with_agreement(said::norfolk())
}

/// The shipped pack with another limit for `referrals-6m`, under another version.
fn more_than(limit: u32) -> Policy {
    let mut policy = norfolk();
    policy.version = format!("more-than-{limit}");
    for trigger in policy.trigger.iter_mut().filter(|t| t.id.as_str() == "referrals-6m") {
        if let Rule::Count { more_than, .. } = &mut trigger.rule {
            *more_than = limit;
        }
    }
    policy
}

/// The shipped pack without `referrals-6m`.
fn without_referrals() -> Policy {
    let mut policy = norfolk();
    policy.version = "without-referrals".to_owned();
    policy.trigger.retain(|trigger| trigger.id.as_str() != "referrals-6m");
    policy
}

fn refers(story: &mut Story, ids: std::ops::RangeInclusive<u32>) -> &mut Story {
    for n in ids {
        let kind = Kind::SafeguardingReferral;
        story.raises(COUNCIL, HOME, &format!("r{n}"), kind, Severity::Low, |_| {});
    }
    story
}

#[track_caller]
fn check_standings(story: &Story, expected: &Expect) {
    let line = |record: &carehub_domain::policy::ActivationRecord| {
        let standing = match record.standing {
            ActivationStanding::Pending => "pending".to_owned(),
            ActivationStanding::InForce { since } => format!("in force since {since}"),
            ActivationStanding::Replaced { since, until } => format!("held {since} to {until}"),
            ActivationStanding::Superseded => "superseded".to_owned(),
            ActivationStanding::Refused { why } => format!("refused, {}", why.refusal().code),
        };
        format!("{}: {standing}\n", record.version)
    };
    let told: String = story.state.activations().ledger().activations.iter().map(line).collect();
    expected.assert_eq(&told);
}

#[test]
fn a_future_rule_book_waits_and_takes_effect_by_a_tick() {
    let mut story = given(&norfolk());
    refers(story.at("2024-02-01T10:00:00Z"), 1..=4).meanwhile();
    story.activates(&more_than(2), Some("2024-03-01T00:00:00Z"));
    assert_eq!(story.state.next_due(), Some(said::at("2024-03-01T00:00:00Z")));
    assert_eq!(story.state.policy().version, "norfolk-1");
    story.tick("2024-02-29T23:59:59Z").then(&expect![[""]]);
    check_standings(
        &story,
        &expect![[r#"
        norfolk-1: in force since 2024-01-01T09:00:00Z
        more-than-2: pending
    "#]],
    );
    story.tick("2024-03-01T00:00:00Z").then(&expect![[r#"
        tick -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 4 counted
    "#]]);
    check_standings(
        &story,
        &expect![[r#"
        norfolk-1: held 2024-01-01T09:00:00Z to 2024-03-01T00:00:00Z
        more-than-2: in force since 2024-03-01T00:00:00Z
    "#]],
    );
}

#[test]
fn the_rule_book_holds_from_its_instant_on_and_not_before() {
    for (at, fires) in [("2024-02-29T23:59:59Z", false), ("2024-03-01T00:00:00Z", true)] {
        let mut story = given(&norfolk());
        refers(story.at("2024-02-01T10:00:00Z"), 1..=2);
        story.activates(&more_than(2), Some("2024-03-01T00:00:00Z")).meanwhile();
        refers(story.at(at), 3..=3);
        let raised = story.state.homes().flat_map(|home| home.escalations()).count();
        assert_eq!(raised > 0, fires, "{at}");
    }
}

#[test]
fn a_hub_that_was_down_asks_of_the_day_on_which_it_took_effect() {
    let mut story = given(&norfolk());
    refers(story.at("2024-02-01T10:00:00Z"), 1..=4);
    story.activates(&more_than(2), Some("2024-07-30T23:00:00Z")).meanwhile();
    // On 31 July they are within six months; when the hub is back they are not.
    story.tick("2024-08-20T09:00:00Z").then(&expect![[r#"
        tick -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 4 counted
    "#]]);
}

#[test]
fn a_past_date_is_refused_and_the_rule_book_in_force_stays() {
    let mut story = given(&norfolk());
    refers(story.at("2024-02-01T10:00:00Z"), 1..=4).meanwhile();
    story
        .activates(&more_than(2), Some("2024-02-01T09:59:59Z"))
        .activates(&more_than(3), Some("2024-02-01T10:00:00Z"))
        .then(&expect![[r#"
            policy: policy-effective-in-the-past
            policy -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 4 counted
        "#]]);
    check_standings(
        &story,
        &expect![[r#"
        norfolk-1: held 2024-01-01T09:00:00Z to 2024-02-01T10:00:00Z
        more-than-2: refused, policy-effective-in-the-past
        more-than-3: in force since 2024-02-01T10:00:00Z
    "#]],
    );
}

#[test]
fn the_first_rule_book_of_a_log_may_be_as_old_as_it_likes() {
    let mut story = given(&norfolk());
    story.state = carehub_domain::fold::State::default();
    story.activates(&more_than(2), Some("2023-01-01T00:00:00Z")).then(&expect![[""]]);
    check_standings(
        &story,
        &expect![[r#"
        more-than-2: in force since 2024-01-01T09:00:00Z
    "#]],
    );
}

#[test]
fn several_take_effect_in_the_order_of_their_times_and_the_last_said_wins_an_instant() {
    let mut story = given(&norfolk());
    refers(story.at("2024-02-01T10:00:00Z"), 1..=4).meanwhile();
    story
        .activates(&more_than(9), Some("2024-04-01T00:00:00Z"))
        .activates(&more_than(2), Some("2024-03-01T00:00:00Z"))
        .activates(&more_than(3), Some("2024-03-01T00:00:00Z"))
        .activates(&norfolk(), Some("2024-05-01T00:00:00Z"));
    // The hub is down until June, and then everything comes in order.
    story.tick("2024-06-01T09:00:00Z").then(&expect![[r#"
        tick -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 4 counted
    "#]]);
    check_standings(
        &story,
        &expect![[r#"
        norfolk-1: held 2024-01-01T09:00:00Z to 2024-03-01T00:00:00Z
        more-than-9: held 2024-04-01T00:00:00Z to 2024-05-01T00:00:00Z
        more-than-2: superseded
        more-than-3: held 2024-03-01T00:00:00Z to 2024-04-01T00:00:00Z
        norfolk-1: in force since 2024-05-01T00:00:00Z
    "#]],
    );
}

#[test]
fn an_older_rule_book_can_be_activated_again() {
    let mut story = given(&norfolk());
    refers(story.at("2024-02-01T10:00:00Z"), 1..=4).meanwhile();
    story.activates(&more_than(9), None).at("2024-02-02T10:00:00Z").activates(&norfolk(), None);
    check_standings(
        &story,
        &expect![[r#"
        norfolk-1: held 2024-01-01T09:00:00Z to 2024-02-01T10:00:00Z
        more-than-9: held 2024-02-01T10:00:00Z to 2024-02-02T10:00:00Z
        norfolk-1: in force since 2024-02-02T10:00:00Z
    "#]],
    );
    refers(&mut story, 5..=6).then(&expect![[r#"
        council-safeguarding r6 -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 6 counted
    "#]]);
}

#[test]
fn a_withdrawn_rule_raises_nothing_more_and_what_it_raised_stays_open() {
    for off in [false, true] {
        let mut gone = norfolk();
        gone.version = "without-referrals".to_owned();
        for trigger in gone.trigger.iter_mut().filter(|t| t.id.as_str() == "referrals-6m") {
            trigger.off = true;
            // What is written of a rule that is off does not count: its terms are those it had last.
            trigger.ladder = vec!["hse".to_owned()];
        }
        let gone = if off { gone } else { without_referrals() };
        let mut story = given(&norfolk());
        refers(story.at("2024-02-01T10:00:00Z"), 1..=6).meanwhile();
        story.activates(&gone, None);
        refers(story.at("2024-02-02T10:00:00Z"), 7..=14);
        // Evidence that goes is still marked, and the limit is the one that it had.
        let other = |kind| Patch { kind: Some(kind), ..Patch::default() };
        story.corrects(COUNCIL, HOME, "r1", other(Kind::Complaint));
        for n in 2..=9 {
            story.withdraws(COUNCIL, HOME, &format!("r{n}"));
        }
        // Its deadlines run and its own ladder is climbed.
        story.tick("2024-02-20T09:00:00Z").tick("2024-03-20T09:00:00Z");
        story.finishes(COUNCIL, HOME, "referrals-6m");
        refers(story.at("2024-03-21T10:00:00Z"), 15..=30);
        story.then(&expect![[r#"
            council-safeguarding correct r1 22 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 5 counted, 1 withdrawn
            council-safeguarding withdraw r2 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 4 counted, 2 withdrawn
            council-safeguarding withdraw r3 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 3 counted, 3 withdrawn
            council-safeguarding withdraw r4 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 2 counted, 4 withdrawn
            council-safeguarding withdraw r5 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 1 counted, 5 withdrawn
            council-safeguarding withdraw r6 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 0 counted, 6 withdrawn, holds no longer
            tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Acknowledge is late, rung 0; 0 counted
            tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Discuss is late, rung 0; 0 counted
            tick -> unanswered Raised at 1-1000, None, to sab-manager; told director-adult-services; Acknowledge is late, rung 1; 0 counted
            tick -> unanswered Raised at 1-1000, None, to sab-manager; told director-adult-services; Discuss is late, rung 1; 0 counted
            tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Decide is late, rung 0; 0 counted
            council-safeguarding answer 84 -> referrals-6m Acknowledged at 1-1000, Moderate, Acknowledged; 0 counted, 6 withdrawn, holds no longer
            council-safeguarding answer 91 -> referrals-6m Discussed at 1-1000, Moderate, Discussed; 0 counted, 6 withdrawn, holds no longer
            council-safeguarding answer 98 -> referrals-6m Decided at 1-1000, Moderate, Decided; 0 counted, 6 withdrawn, holds no longer
            council-safeguarding answer 105 -> referrals-6m Closed at 1-1000, Moderate, Closed; 0 counted, 6 withdrawn, holds no longer
        "#]]);
    }
}

#[test]
fn a_rule_that_comes_back_counts_again_what_came_meanwhile() {
    let mut story = given(&norfolk());
    refers(story.at("2024-02-01T10:00:00Z"), 1..=3);
    story.activates(&without_referrals(), None);
    refers(story.at("2024-02-02T10:00:00Z"), 4..=8).then(&expect![[""]]);
    story.at("2024-02-03T10:00:00Z").activates(&norfolk(), None).then(&expect![[r#"
        policy -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 8 counted
    "#]]);
}

#[test]
fn when_the_rungs_of_a_withdrawn_rule_have_gone_too_the_ladder_for_all_is_climbed() {
    let mut own_ladder = norfolk();
    let pipot = carehub_domain::policy::Body {
        roles: vec!["our-own-role".to_owned()],
        ..own_ladder.body.iter().find(|b| b.id.as_str() == "fire").unwrap().clone()
    };
    own_ladder.body.retain(|body| body.id.as_str() != "fire");
    own_ladder.body.push(pipot);
    for trigger in own_ladder.trigger.iter_mut().filter(|t| t.id.as_str() == "referrals-6m") {
        trigger.ladder = vec!["our-own-role".to_owned()];
    }
    for (next, to) in [(without_referrals(), "to director"), (own_ladder.clone(), "to fire")] {
        let mut story = given(&own_ladder);
        refers(story.at("2024-02-01T10:00:00Z"), 1..=6);
        story.activates(&next, None).meanwhile();
        story.tick("2024-02-20T09:00:00Z");
        assert!(story.text().contains(to), "{}", story.text());
    }
}

#[test]
fn what_waits_is_stored_and_takes_effect_after_a_restart() {
    use carehub_domain::policy::Activations;
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z").activates(&more_than(2), Some("2024-03-01T00:00:00Z"));
    let stored = story.state.activations();
    let documents: Vec<_> = stored.documents().map(|(at, p)| (at, p.clone())).collect();
    assert_eq!(documents.len(), 2, "the one in force and the one that waits");
    let again = Activations::restored(stored.ledger().clone(), documents);
    assert_eq!(again, *stored);
    let restored = carehub_domain::fold::State::default().with_activations(again);
    assert_eq!(restored.next_due(), story.state.next_due());
    assert_eq!(restored.policy().version, "norfolk-1");
    story.tick("2024-03-01T00:00:00Z");
    let kept: Vec<_> = story.state.activations().documents().map(|(at, _)| at.0).collect();
    assert_eq!(kept, [2], "what nothing refers to is let go");
}

#[test]
fn whoever_follows_the_rule_books_alone_comes_to_the_same() {
    use carehub_domain::policy::{Activation, Activations};
    let said = |policy: Policy, from: &str| Activation {
        effective_from: Some(said::at(from)),
        ..Activation::from(policy)
    };
    let mut followed = Activations::default();
    let log = [
        ("2024-01-01T09:00:00Z", Activation::from(norfolk())),
        ("2024-01-02T09:00:00Z", said(more_than(2), "2024-02-01T00:00:00Z")),
        ("2024-01-02T09:00:00Z", said(more_than(9), "2024-01-01T00:00:00Z")),
        ("2024-01-03T09:00:00Z", said(more_than(3), "2024-01-04T00:00:00Z")),
        ("2024-01-03T09:00:00Z", Activation::from(nobody_is_chased())),
    ];
    let mut story = given(&norfolk());
    story.state = carehub_domain::fold::State::default();
    story.reads_back = false;
    for (position, (at, activation)) in (2_u64..).zip(log) {
        let at_position = carehub_domain::Position(position);
        followed.follow(at_position, said::at(at), activation.clone(), Settled::Open);
        story.at(at).take(carehub_domain::message::MessageBody::Policy(Box::new(activation)));
    }
    assert_eq!(followed, *story.state.activations());
    followed.advance(said::at("2024-01-20T00:00:00Z"));
    story.tick("2024-01-20T00:00:00Z");
    assert_eq!(followed, *story.state.activations());
    assert_eq!(followed.policy().unwrap().version, "more-than-3");
    assert_eq!(followed.pending().count(), 1);
}

/// The shipped pack in which nobody is told when an answer is late: `check` names a fault.
fn nobody_is_chased() -> Policy {
    let mut policy = norfolk();
    policy.version = "nobody-is-chased".to_owned();
    policy.trigger.retain(|trigger| trigger.id.as_str() != "unanswered");
    policy
}

#[test]
fn a_faulty_document_is_refused_and_the_rule_book_in_force_stays() {
    let faulty = nobody_is_chased();
    let codes: Vec<_> =
        carehub_domain::policy::check(&faulty).iter().map(|found| found.code.as_str()).collect();
    assert!(codes.contains(&"overdue-rule"), "{codes:?}");
    for from in [None, Some("2024-03-01T00:00:00Z")] {
        let mut story = given(&norfolk());
        refers(story.at("2024-02-01T10:00:00Z"), 1..=6).meanwhile();
        story.activates(&faulty, from).then(&expect![[r#"
            policy: policy-faulty
        "#]]);
        assert_eq!(story.state.policy().version, "norfolk-1");
        story.tick("2024-03-02T00:00:00Z");
        assert_eq!(story.state.policy().version, "norfolk-1");
        assert!(story.text().contains("unanswered Raised"), "the old one goes on chasing");
        check_standings(
            &story,
            &expect![[r#"
                norfolk-1: in force since 2024-01-01T09:00:00Z
                nobody-is-chased: refused, policy-faulty
            "#]],
        );
    }
}

#[test]
fn what_the_log_holds_of_an_activation_counts_whatever_this_build_would_say() {
    use carehub_domain::fold::Decided;
    use carehub_domain::message::{Cause, Message, MessageBody, Output, OutputBody};
    use carehub_domain::policy::{Activation, Activations};
    use carehub_domain::{BodyId, HomeId, Position};
    let refusal = |why: WhyRefused| Output {
        cause: Cause { position: Position(2), n: 1, of: 1 },
        at: said::at("2024-02-01T10:00:00Z"),
        body: OutputBody::Refusal {
            agency: BodyId::hub(),
            home: HomeId::general(),
            event_id: "policy-x".to_owned(),
            refusal: why.refusal(),
        },
    };
    for (policy, held, settled, in_force) in [
        // An older build did not know this fault.
        (nobody_is_chased(), Vec::new(), Settled::Taken, "nobody-is-chased"),
        // Another build knew a fault that this one does not.
        (
            more_than(2),
            vec![refusal(WhyRefused::Faulty)],
            Settled::Refused(WhyRefused::Faulty),
            "norfolk-1",
        ),
    ] {
        let mut story = given(&norfolk());
        let said = Activation::from(policy);
        let recorded_at = said::at("2024-02-01T10:00:00Z");
        let body = MessageBody::Policy(Box::new(said.clone()));
        let message = Message { position: Position(2), recorded_at, body };
        story.state.take(message, Decided::Closed(held));
        assert_eq!(story.state.policy().version, in_force);
        let mut followed = Activations::default();
        let began = said::at("2024-01-01T09:00:00Z");
        followed.follow(Position(1), began, Activation::from(norfolk()), Settled::Open);
        followed.follow(Position(2), recorded_at, said, settled);
        assert_eq!(followed, *story.state.activations());
    }
}

#[test]
fn a_log_begins_with_a_rule_book_even_if_it_has_a_fault() {
    let story = given(&nobody_is_chased());
    assert_eq!(story.state.policy().version, "nobody-is-chased");
}
