//! The life of an escalation and of a concern, told as stories.

use carehub_domain::Digest;
use carehub_domain::event::{
    Closure, Event, Kind, Occurred, Patch, Place, ProviderRef, Registration, Severity, Succession,
};
use carehub_domain::message::{Fault, Rejection, RejectionOutcome};
use expect_test::expect;

use crate::said::{self, norfolk};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const COUNCIL: &str = "council-safeguarding";

fn refers(story: &mut Story, ids: std::ops::RangeInclusive<u32>) {
    for n in ids {
        let kind = Kind::SafeguardingReferral;
        story.raises(COUNCIL, HOME, &format!("r{n}"), kind, Severity::Low, |_| {});
    }
}

#[test]
fn the_whole_life_of_an_escalation_and_every_step_that_is_not_its_turn() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refers(&mut story, 1..=6);
    story.meanwhile();
    let trigger = "referrals-6m";
    story
        .discusses(COUNCIL, HOME, trigger)
        .decides(COUNCIL, HOME, trigger)
        .acknowledges("police", HOME, trigger)
        .acknowledges("council-qa", HOME, trigger)
        .agrees_lead(COUNCIL, HOME, trigger, COUNCIL)
        .acknowledges(COUNCIL, "1-2000", trigger)
        .then(&expect![[r#"
            council-safeguarding answer 13: step-out-of-order
            council-safeguarding answer 15: step-out-of-order
            police answer 17: not-addressed
            council-qa answer 19: not-addressed
            council-safeguarding answer 21: step-out-of-order
            council-safeguarding answer 23: escalation-unknown
        "#]]);
    story
        .acknowledges(COUNCIL, HOME, trigger)
        .acknowledges(COUNCIL, HOME, trigger)
        .decides(COUNCIL, HOME, trigger)
        .closes(COUNCIL, HOME, trigger)
        .agrees_lead(COUNCIL, HOME, trigger, "council-qa")
        .agrees_lead(COUNCIL, HOME, trigger, COUNCIL)
        .discusses("locality-sapc", HOME, trigger)
        .decides("council-qa", HOME, trigger)
        .decides(COUNCIL, HOME, trigger)
        .closes("council-qa", HOME, trigger)
        .closes(COUNCIL, HOME, trigger)
        .closes(COUNCIL, HOME, trigger)
        .discusses(COUNCIL, HOME, trigger)
        .then(&expect![[r#"
            council-safeguarding answer 25 -> referrals-6m Acknowledged at 1-1000, Moderate, Acknowledged; 6 counted
            council-safeguarding answer 32: step-already-taken
            council-safeguarding answer 34: step-out-of-order
            council-safeguarding answer 36: step-out-of-order
            council-safeguarding answer 38: lead-not-responsible
            council-safeguarding answer 40 -> referrals-6m LeadAgreed at 1-1000, Moderate, Acknowledged; 6 counted
            locality-sapc answer 47 -> referrals-6m Discussed at 1-1000, Moderate, Discussed; 6 counted
            council-qa answer 54: not-addressed
            council-safeguarding answer 56 -> referrals-6m Decided at 1-1000, Moderate, Decided; 6 counted
            council-qa answer 63: not-addressed
            council-safeguarding answer 65 -> referrals-6m Closed at 1-1000, Moderate, Closed; 6 counted
            council-safeguarding answer 72: already-closed
            council-safeguarding answer 74: already-closed
        "#]]);
}

#[test]
fn a_closed_trigger_fires_again_at_three_further_or_one_high_and_never_without_holding() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refers(&mut story, 1..=6);
    story.finishes(COUNCIL, HOME, "referrals-6m").meanwhile();
    refers(&mut story, 7..=8);
    story.then(&expect![[""]]);
    refers(&mut story, 9..=9);
    story.then(&expect![[r#"
        council-safeguarding r9 -> referrals-6m Raised at 1-1000, episode 2, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 9 counted
    "#]]);
    story.finishes(COUNCIL, HOME, "referrals-6m").meanwhile();
    let kind = Kind::SafeguardingReferral;
    story.raises(COUNCIL, HOME, "grave", kind, Severity::High, |_| {});
    story.then(&expect![[r#"
        council-safeguarding grave -> referrals-6m Raised at 1-1000, episode 3, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 10 counted
    "#]]);
    story.finishes(COUNCIL, HOME, "referrals-6m").meanwhile();
    // Years later there is nothing else in the window: further ones alone do not make it hold.
    story.at("2026-02-02T10:00:00Z");
    refers(&mut story, 20..=24);
    story.raises(COUNCIL, HOME, "alone", Kind::Complaint, Severity::High, |_| {});
    story.then(&expect![[""]]);
    refers(&mut story, 25..=25);
    story.then(&expect![[r#"
        council-safeguarding r25 -> referrals-6m Raised at 1-1000, episode 4, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 6 counted
    "#]]);
}

#[test]
fn what_is_not_answered_goes_up_the_ladder_once_and_ends_at_the_last_rung() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refers(&mut story, 1..=6);
    story.meanwhile();
    // Two working days: Thursday to Monday.
    story.tick("2024-02-05T23:59:58Z").then(&expect![[""]]);
    story.tick("2024-02-05T23:59:59Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Acknowledge is late, rung 0; 6 counted
    "#]]);
    // The hub was down for weeks: each step that is overdue is told once, in order.
    story.tick("2024-03-20T12:00:00Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to sab-manager; told director-adult-services; Acknowledge is late, rung 1; 6 counted
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Discuss is late, rung 0; 6 counted
        tick -> unanswered Raised at 1-1000, None, to director-adult-services; told council-safeguarding; Decide is late, rung 0; 6 counted
    "#]]);
    story.tick("2024-04-20T12:00:00Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-1000, None, to sab-manager; told director-adult-services; Decide is late, rung 1; 6 counted
        tick -> unanswered Raised at 1-1000, None, to sab-manager; told director-adult-services; Discuss is late, rung 1; 6 counted
    "#]]);
    story.tick("2024-06-20T12:00:00Z").then(&expect![[""]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    assert_eq!(
        home.level(),
        carehub_domain::escalation::Level::Moderate,
        "lateness raises no level"
    );
}

#[test]
fn what_is_answered_in_time_is_not_chased_though_the_hub_has_not_read_it_back() {
    for answers in [false, true] {
        let mut story = given(&norfolk());
        story.at("2024-02-01T10:00:00Z");
        refers(&mut story, 1..=6);
        // The first rung, in whose place the second is told two working days later.
        story.tick("2024-02-05T23:59:59Z").at("2024-02-07T10:00:00Z");
        story.reads_back = false;
        if answers {
            story.acknowledges("director-adult-services", HOME, "unanswered");
        }
        story.meanwhile();
        story.tick("2024-02-07T23:59:59Z");
        let next = story.text().lines().filter(|line| line.contains("Acknowledge is late, rung 1"));
        assert_eq!(next.count(), usize::from(!answers), "{}", story.text());
    }
}

#[test]
fn a_rule_that_is_new_counts_what_was_said_before_it() {
    let mut before = said::with_agreement(norfolk());
    before.trigger.retain(|trigger| trigger.id.as_str() != "high-user-address");
    let mut story = given(&before);
    story.at("2024-02-01T10:00:00Z");
    for n in 1..=15 {
        let call = |concern: &mut carehub_domain::event::Concern| {
            concern.details.line = Some(carehub_domain::event::Line::Emergency);
        };
        let id = format!("call {n}");
        story.raises("ambulance", HOME, &id, Kind::Ambulance999Call, Severity::Low, call);
    }
    story.then(&expect![[""]]);
    let mut after = said::with_agreement(norfolk());
    after.version = "with".to_owned();
    story.activates(&after, None);
    assert!(story.text().contains("high-user-address Raised"), "{}", story.text());
}

#[test]
fn withdrawn_evidence_is_marked_and_the_escalation_stays_open() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refers(&mut story, 1..=7);
    story.meanwhile();
    story.withdraws(COUNCIL, HOME, "r1");
    story.withdraws(COUNCIL, HOME, "r2");
    story.then(&expect![[r#"
        council-safeguarding withdraw r1 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 6 counted, 1 withdrawn
        council-safeguarding withdraw r2 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 5 counted, 2 withdrawn, holds no longer
    "#]]);
    story.withdraws(COUNCIL, HOME, "r2");
    story.says(
        "police",
        HOME,
        "w",
        Event::ConcernWithdrawn(carehub_domain::event::Withdrawal {
            withdraws: carehub_domain::event::EventRef {
                id: "r3".to_owned(),
                agency: Some(said::body(COUNCIL)),
            },
        }),
    );
    story.withdraws("police", HOME, "r3");
    story.then(&expect![[r#"
        council-safeguarding withdraw r2: duplicate
        police w: not-the-sender
        police withdraw r3: event-unknown
    "#]]);
    refers(&mut story, 8..=8);
    story.then(&expect![[r#"
        council-safeguarding r8 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 6 counted, 2 withdrawn
    "#]]);
}

#[test]
fn a_correction_makes_a_concern_match_or_not_and_moves_it_in_time() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refers(&mut story, 1..=5);
    story.raises(COUNCIL, HOME, "x", Kind::Complaint, Severity::Low, |_| {});
    let kind = |kind| Patch { kind: Some(kind), ..Patch::default() };
    story.corrects(COUNCIL, HOME, "x", kind(Kind::SafeguardingReferral));
    story.corrects(COUNCIL, HOME, "x", kind(Kind::Complaint));
    story.then(&expect![[r#"
        council-safeguarding correct x 7 -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 6 counted
        council-safeguarding correct x 14 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 5 counted, 1 withdrawn, holds no longer
    "#]]);
    story.corrects(COUNCIL, HOME, "x", kind(Kind::SafeguardingReferral));
    let date = |text: &str| Patch {
        occurred_at: Some(Occurred::Day(text.parse().unwrap())),
        ..Patch::default()
    };
    story.corrects(COUNCIL, HOME, "r1", date("2022-01-01"));
    story.corrects(COUNCIL, HOME, "r1", date("2024-01-31"));
    story.then(&expect![[r#"
        council-safeguarding correct x 21 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 6 counted
        council-safeguarding correct x 21 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        council-safeguarding correct x 21 -> notice concern corrected at 1-1000, told by 1, still shared to integrated-management
        council-safeguarding correct x 21 -> notice concern corrected at 1-1000, told by 1, still shared to locality-management
        council-safeguarding correct x 21 -> notice concern corrected at 1-1000, told by 1, still shared to locality-sapc
        council-safeguarding correct r1 32 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 6 counted, holds no longer
        council-safeguarding correct r1 32 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        council-safeguarding correct r1 32 -> notice concern corrected at 1-1000, told by 1, still shared to integrated-management
        council-safeguarding correct r1 32 -> notice concern corrected at 1-1000, told by 1, still shared to locality-management
        council-safeguarding correct r1 32 -> notice concern corrected at 1-1000, told by 1, still shared to locality-sapc
        council-safeguarding correct r1 43 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 6 counted
        council-safeguarding correct r1 43 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        council-safeguarding correct r1 43 -> notice concern corrected at 1-1000, told by 1, still shared to integrated-management
        council-safeguarding correct r1 43 -> notice concern corrected at 1-1000, told by 1, still shared to locality-management
        council-safeguarding correct r1 43 -> notice concern corrected at 1-1000, told by 1, still shared to locality-sapc
    "#]]);
    // A breach that turns out graver is a graver escalation, and what is due comes forward.
    story.raises("cqc", HOME, "b", Kind::HealthAndSafetyBreach, Severity::Low, |_| {});
    story.corrects(
        "cqc",
        HOME,
        "b",
        Patch { severity: Some(Severity::Critical), ..Patch::default() },
    );
    story.then(&expect![[r#"
        cqc b -> health-and-safety-breach Raised at 1-1000, Minor, to cqc hse district-council fire; told council-qa health-commissioner; 1 counted
        cqc correct b 62 -> health-and-safety-breach EvidenceAdded at 1-1000, Major, Raised; 1 counted
        cqc correct b 62 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        cqc correct b 62 -> notice concern corrected at 1-1000, told by 1, still shared to district-council
        cqc correct b 62 -> notice concern corrected at 1-1000, told by 1, still shared to fire
        cqc correct b 62 -> notice concern corrected at 1-1000, told by 1, still shared to health-commissioner
        cqc correct b 62 -> notice concern corrected at 1-1000, told by 1, still shared to hse
    "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    let due = home.escalation(&story.last("health-and-safety-breach")).unwrap().next_due().unwrap();
    assert_eq!(due, said::at("2024-02-01T23:59:59Z"));
}

#[test]
fn intake_is_idempotent_and_a_rejected_event_does_not_occupy_its_id() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refers(&mut story, 1..=1);
    refers(&mut story, 1..=1);
    story.raises(COUNCIL, HOME, "r1", Kind::Complaint, Severity::Low, |_| {});
    // The same id of another agency is another event.
    story.raises("cqc", HOME, "r1", Kind::Complaint, Severity::Low, |_| {});
    let mut bad = said::said(
        COUNCIL,
        HOME,
        "r9",
        Event::HomeClosed(Closure { closed_on: "2024-01-01".parse().unwrap() }),
        said::at("2024-02-01T10:00:00Z"),
    );
    bad.event = Err(Rejection {
        outcome: RejectionOutcome::Rejected,
        code: "schema-violation".to_owned(),
        faults: Vec::new(),
    });
    story.hears(bad);
    refers(&mut story, 9..=9);
    story.withdraws(COUNCIL, HOME, "never");
    // A body that the policy does not name, whatever the server once vouched for.
    story.raises("old-ccg", HOME, "r1", Kind::Complaint, Severity::Low, |_| {});
    story.then(&expect![[r#"
        council-safeguarding r1: duplicate
        council-safeguarding r1: id-reused
        council-safeguarding r9: schema-violation
        council-safeguarding withdraw never: event-unknown
        old-ccg r1: agency-unknown
    "#]]);
    assert_eq!(story.state.home(&said::home(HOME)).unwrap().concerns().count(), 3);
}

#[test]
fn a_second_feed_corroborates_and_is_not_counted() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let record = |id: &str| Some(Digest::of_record("CAD", id));
    let kind = Kind::SafeguardingReferral;
    story.raises(COUNCIL, HOME, "a", kind, Severity::Low, |c| c.source_record = record("MS1"));
    story.raises("police", HOME, "b", kind, Severity::Low, |c| c.source_record = record(" ms1"));
    story.raises("ambulance", HOME, "c", kind, Severity::Low, |c| {
        c.incident_ref = Some(Digest::of_incident("i"))
    });
    story.raises("cqc", HOME, "d", kind, Severity::Low, |c| {
        c.incident_ref = Some(Digest::of_incident("j"))
    });
    // One event names two incidents that stood apart: they were one.
    story.raises("hse", HOME, "e", kind, Severity::Low, |c| {
        c.source_record = record("ms1");
        c.incident_ref = Some(Digest::of_incident("i"));
    });
    story.then(&expect![[r#"
        police b: corroborates
        hse e: corroborates
    "#]]);
    let incidents = |story: &Story| {
        let home = story.state.home(&said::home(HOME)).unwrap();
        let all: std::collections::BTreeSet<_> = home.concerns().map(|(_, c)| c.incident).collect();
        all.len()
    };
    assert_eq!(incidents(&story), 2);
    // It was a slip: they part again.
    story.corrects(
        "ambulance",
        HOME,
        "c",
        Patch { incident_ref: Some(Digest::of_incident("k")), ..Patch::default() },
    );
    assert_eq!(incidents(&story), 3);
}

fn registered(uprn: &str) -> Event {
    Event::HomeRegistered(Box::new(Registration {
        name: "The Elms".to_owned(),
        provider: Some(ProviderRef { id: "1-p".to_owned(), name: None }),
        brand: None,
        beds: Some(20),
        service: None,
        uprn: Some(uprn.to_owned()),
        postcode: None,
        area: None,
        coordinates: None,
        registered_on: None,
    }))
}

#[test]
fn an_unmatched_concern_is_matched_and_back_and_keeps_its_corrections() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    refers(&mut story, 1..=5);
    let kind = Kind::SafeguardingReferral;
    story.raises("ambulance", "unmatched", "u", kind, Severity::Low, |_| {});
    story.matches("hse", ("ambulance", "u"), "unmatched", HOME);
    story.matches("council-qa", ("ambulance", "u"), "unmatched", HOME);
    // Its sender still knows it as unmatched.
    story.corrects(
        "ambulance",
        "unmatched",
        "u",
        Patch { severity: Some(Severity::Medium), ..Patch::default() },
    );
    story.matches("council-qa", ("ambulance", "u"), HOME, "1-2000");
    story.corrects(
        "ambulance",
        "1-2000",
        "u",
        Patch { severity: Some(Severity::High), ..Patch::default() },
    );
    story.matches("council-qa", ("ambulance", "u"), "1-2000", HOME);
    story.then(&expect![[r#"
        hse match u 7: not-permitted
        council-qa match u 9 -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 6 counted
        ambulance correct u 16 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 6 counted
        ambulance correct u 16 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        ambulance correct u 16 -> notice concern corrected at 1-1000, told by 1, still shared to council-safeguarding
        ambulance correct u 16 -> notice concern corrected at 1-1000, told by 1, still shared to integrated-management
        ambulance correct u 16 -> notice concern corrected at 1-1000, told by 1, still shared to locality-management
        ambulance correct u 16 -> notice concern corrected at 1-1000, told by 1, still shared to locality-sapc
        council-qa match u 28 -> referrals-6m EvidenceWithdrawn at 1-1000, Moderate, Raised; 5 counted, 1 withdrawn, holds no longer
        council-qa match u 36 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 6 counted
    "#]]);
    let home = story.state.home(&said::home(HOME)).unwrap();
    let grave = home.concerns().filter(|(_, c)| c.counts() && c.severity == Severity::High);
    assert_eq!(grave.count(), 1);
}

#[test]
fn a_uprn_matches_by_itself_only_where_exactly_one_open_home_has_it() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    story.says("cqc", HOME, "g1", registered("00123"));
    story.says("police", "1-9000", "g0", registered("123"));
    let place = |c: &mut carehub_domain::event::Concern| {
        c.place = Some(Place { uprn: Some("123".to_owned()), postcode: None });
    };
    let kind = Kind::SafeguardingReferral;
    story.raises("ambulance", "unmatched", "u1", kind, Severity::Low, place);
    story.says("cqc", "1-2000", "g2", registered("123"));
    story.raises("ambulance", "unmatched", "u2", kind, Severity::Low, place);
    story.says("cqc", "1-2000", "g3", registered("456"));
    story.raises("ambulance", "unmatched", "u3", kind, Severity::Low, place);
    let counting = |story: &Story, home: &str| {
        let home = story.state.home(&said::home(home)).unwrap();
        home.concerns().filter(|(_, c)| c.counts()).count()
    };
    assert_eq!((counting(&story, HOME), counting(&story, "unmatched")), (2, 1));
    // Its sender said it as unmatched, and takes it back there.
    story.withdraws("ambulance", "unmatched", "u1");
    assert_eq!(counting(&story, HOME), 1);
    story.then(&expect![[r#"
        police g0: not-the-register-owner
    "#]]);
}

#[test]
fn a_new_registration_continues_the_old_one() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let succeeds = |predecessor: &str| {
        Event::HomeSucceeded(Succession { predecessor: said::home(predecessor) })
    };
    story.says("cqc", HOME, "g1", registered("1"));
    story.says("cqc", "1-2000", "g2", registered("1"));
    refers(&mut story, 1..=3);
    let kind = Kind::SafeguardingReferral;
    for n in 1..=3 {
        story.raises("police", "1-2000", &format!("s{n}"), kind, Severity::Low, |_| {});
    }
    story.says("police", "1-2000", "s", succeeds(HOME));
    story.says("cqc", "1-2000", "s", succeeds(HOME));
    story.then(&expect![[r#"
        police s: not-the-register-owner
        cqc s -> referrals-6m Raised at 1-2000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 6 counted
    "#]]);
    // The old one closes, as it must: the new one stays open. A chain, and no loop.
    let closed = Event::HomeClosed(Closure { closed_on: "2024-01-31".parse().unwrap() });
    story.says("cqc", HOME, "closed", closed);
    assert_eq!(story.state.home(&said::home("1-2000")).unwrap().head.closed_on, None);
    story.says("cqc", HOME, "loop", succeeds("1-2000"));
    story.says("cqc", "1-2000", "self", succeeds("1-2000"));
    story.says("cqc", "1-3000", "chain", succeeds("1-2000"));
    story.says("cqc", "1-2000", "loop2", succeeds("1-3000"));
    assert_eq!(story.state.resolve(&said::home(HOME)), said::home("1-3000"));
    refers(&mut story, 4..=4);
    story.withdraws("police", "1-2000", "s1");
    story.acknowledges(COUNCIL, HOME, "referrals-6m");
    story.then(&expect![[r#"
        cqc loop: succession-loop
        cqc self: succession-loop
        cqc loop2: succession-loop
        council-safeguarding r4 -> referrals-6m EvidenceAdded at 1-2000, Moderate, Raised; 7 counted
        police withdraw s1 -> referrals-6m EvidenceWithdrawn at 1-2000, Moderate, Raised; 6 counted, 1 withdrawn
        council-safeguarding answer 40 -> referrals-6m Acknowledged at 1-2000, Moderate, Acknowledged; 6 counted, 1 withdrawn
    "#]]);
    // Chased at its new home.
    story.tick("2024-02-20T12:00:00Z").then(&expect![[r#"
        tick -> unanswered Raised at 1-3000, None, to director-adult-services; told council-safeguarding; Discuss is late, rung 0; 6 counted
    "#]]);
}

#[test]
fn text_that_is_withheld_still_counts_and_goes_back_to_its_sender() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let withheld = |event: Event, id: &str| {
        let mut said = said::said(COUNCIL, HOME, id, event, said::at("2024-02-01T10:00:00Z"));
        said.withheld = vec![Fault {
            code: "nhs-number-in-text".to_owned(),
            pointer: "/data/summary".to_owned(),
            message: String::new(),
        }];
        said
    };
    let concern = said::concern(
        Kind::SafeguardingReferral,
        Severity::Low,
        Occurred::At(said::at("2024-02-01T10:00:00Z")),
    );
    story.hears(withheld(Event::ConcernRaised(Box::new(concern)), "t1"));
    refers(&mut story, 2..=6);
    let id = story.last("referrals-6m");
    let event = Event::Acknowledged(carehub_domain::event::Acknowledgement { escalation: id });
    story.hears(withheld(event, "t2"));
    story.then(&expect![[r#"
        council-safeguarding t1: text withheld
        council-safeguarding r6 -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 6 counted
        council-safeguarding t2: text withheld
        council-safeguarding t2 -> referrals-6m Acknowledged at 1-1000, Moderate, Acknowledged; 6 counted
    "#]]);
    let facet = carehub_domain::event::Facets::TEXT_WITHHELD;
    let is_withheld = |story: &Story| {
        let home = story.state.home(&said::home(HOME)).unwrap();
        home.concerns().any(|(_, c)| c.facets.has(facet))
    };
    assert!(is_withheld(&story));
    assert_eq!(story.state.home(&said::home(HOME)).unwrap().head.withheld.len(), 1);
    story.corrects(COUNCIL, HOME, "t1", Patch { new_text: true, ..Patch::default() });
    assert!(!is_withheld(&story));
}

#[test]
fn handling_c_keeps_its_audience() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z");
    let handling = carehub_domain::event::Handling {
        code: carehub_domain::event::HandlingCode::C,
        audience: vec![said::body("cqc")],
    };
    story.raises("police", HOME, "c", Kind::SoftIntelligence, Severity::Low, |c| {
        c.handling = Some(handling)
    });
    let home = story.state.home(&said::home(HOME)).unwrap();
    let (_, concern) = home.concerns().next().unwrap();
    assert_eq!(concern.audience, Some(vec![said::body("cqc")]));
}

#[test]
fn a_pending_raise_counts_as_open() {
    let mut story = given(&norfolk());
    story.at("2024-02-01T10:00:00Z").reads_back = false;
    refers(&mut story, 1..=8);
    story.then(&expect![[r#"
        council-safeguarding r6 -> referrals-6m Raised at 1-1000, Moderate, to council-safeguarding; told council-qa locality-management locality-sapc integrated-management; 6 counted
        council-safeguarding r7 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 7 counted
        council-safeguarding r8 -> referrals-6m EvidenceAdded at 1-1000, Moderate, Raised; 8 counted
    "#]]);
    story.read_back();
    assert_eq!(story.state.outbox().count(), 0);
    assert_eq!(story.state.home(&said::home(HOME)).unwrap().escalations().count(), 1);
}
