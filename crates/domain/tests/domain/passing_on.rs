//! What came of it goes back to agencies, and whoever was told of a concern hears that it was amended.

use carehub_domain::erasure::ErasureReason;
use carehub_domain::event::{
    Advice, ErasureRequest, Event, EventType, Handling, HandlingCode, Kind, MeetingKind,
    MeetingRecord, Patch, PoliceAdvice, Record, Severity,
};
use carehub_domain::notice::NoticeKind;
use carehub_domain::picture::What;
use expect_test::expect;
use jiff::civil::date;

use crate::said::{self, event_ref, norfolk, with_agreement};
use crate::story::{Story, given};

const HOME: &str = "1-1000";
const TRIGGER: &str = "low-level-cumulative";
const QA: &str = "council-qa";

fn story() -> Story {
    let mut story = given(&with_agreement(norfolk()));
    story.at("2024-02-01T10:00:00Z");
    story
}

/// Three agencies, five low-level concerns: one of them is the ambulance trust's twice over.
fn contributed(story: &mut Story) {
    for (agency, id) in [
        ("ambulance", "a1"),
        ("gp-practice", "g1"),
        ("ambulance", "a2"),
        ("community-nursing", "n1"),
        ("gp-practice", "g2"),
    ] {
        story.raises(agency, HOME, id, Kind::SoftIntelligence, Severity::Low, |_| {});
    }
    story.meanwhile();
}

fn advises(story: &mut Story, id: &str, advice: Advice) {
    let advised =
        PoliceAdvice { concern: None, escalation: None, advice, advised_on: date(2024, 2, 1) };
    story.says("police", HOME, id, Event::Record(Record::PoliceAdvised(advised)));
}

fn meets(story: &mut Story, id: &str, to: &[&str]) {
    let held = MeetingRecord {
        meeting: MeetingKind::Quarterly,
        meeting_ref: "Q1".to_owned(),
        held_on: date(2024, 1, 31),
        chair_role: QA.to_owned(),
        attended: vec![said::body("cqc")],
        not_attended: Vec::new(),
        minutes_distributed_on: None,
        output_passed_on: Some(date(2024, 2, 1)),
        passed_on_to: to.iter().map(|role| (*role).to_owned()).collect(),
    };
    story.says(QA, HOME, id, Event::Record(Record::MeetingRecorded(Box::new(held))));
}

#[test]
fn contributors_hear_what_was_decided_and_that_it_is_closed_each_of_its_own() {
    let mut story = story();
    contributed(&mut story);
    story.finishes(QA, HOME, TRIGGER).then(&expect![[r#"
        council-qa answer 9 -> low-level-cumulative Acknowledged at 1-1000, Minor, Acknowledged; 5 counted
        council-qa answer 13 -> low-level-cumulative Discussed at 1-1000, Minor, Discussed; 5 counted
        council-qa answer 17 -> low-level-cumulative Decided at 1-1000, Minor, Decided; 5 counted
        council-qa answer 17 -> notice outcome decided at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to ambulance
        council-qa answer 17 -> notice outcome decided at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 1 of its own to community-nursing
        council-qa answer 17 -> notice outcome decided at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to gp-practice
        council-qa answer 24 -> low-level-cumulative Closed at 1-1000, Minor, Closed; 5 counted
        council-qa answer 24 -> notice outcome closed at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to ambulance
        council-qa answer 24 -> notice outcome closed at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 1 of its own to community-nursing
        council-qa answer 24 -> notice outcome closed at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to gp-practice
    "#]]);
}

#[test]
fn who_is_told_of_the_escalation_itself_gets_no_notice_nor_does_who_took_its_concern_back() {
    let mut story = story();
    contributed(&mut story);
    // One decides, and one is told and decides nothing.
    for (agency, id) in [(QA, "q1"), ("council-safeguarding", "s1")] {
        story.raises(agency, HOME, id, Kind::SoftIntelligence, Severity::Low, |_| {});
    }
    story.withdraws("community-nursing", HOME, "n1").meanwhile();
    story.finishes(QA, HOME, TRIGGER).then(&expect![[r#"
        council-qa answer 21 -> low-level-cumulative Acknowledged at 1-1000, Minor, Acknowledged; 6 counted, 1 withdrawn
        council-qa answer 25 -> low-level-cumulative Discussed at 1-1000, Minor, Discussed; 6 counted, 1 withdrawn
        council-qa answer 29 -> low-level-cumulative Decided at 1-1000, Minor, Decided; 6 counted, 1 withdrawn
        council-qa answer 29 -> notice outcome decided at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to ambulance
        council-qa answer 29 -> notice outcome decided at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to gp-practice
        council-qa answer 35 -> low-level-cumulative Closed at 1-1000, Minor, Closed; 6 counted, 1 withdrawn
        council-qa answer 35 -> notice outcome closed at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to ambulance
        council-qa answer 35 -> notice outcome closed at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to gp-practice
    "#]]);
}

#[test]
fn while_the_police_are_awaited_nothing_goes_back_and_then_all_of_it() {
    let mut story = story();
    contributed(&mut story);
    story.raises("contracts", HOME, "c", Kind::SoftIntelligence, Severity::Low, |concern| {
        concern.possible_crime = true;
    });
    story.finishes(QA, HOME, TRIGGER);
    meets(&mut story, "q", &["gp-practice"]);
    story.then(&expect![[r#"
        contracts c -> possible-crime Raised at 1-1000, Minor, to police; told council-safeguarding; 1 counted
        contracts c -> low-level-cumulative EvidenceAdded at 1-1000, Minor, Raised; 6 counted
        council-qa answer 16 -> low-level-cumulative Acknowledged at 1-1000, Minor, Acknowledged; 6 counted
        council-qa answer 20 -> low-level-cumulative Discussed at 1-1000, Minor, Discussed; 6 counted
        council-qa answer 24 -> low-level-cumulative Decided at 1-1000, Minor, Decided; 6 counted
        council-qa answer 28 -> low-level-cumulative Closed at 1-1000, Minor, Closed; 6 counted
    "#]]);
    // They ask to hold: still nothing.
    advises(&mut story, "hold", Advice::Hold);
    story.then(&expect![""]);
    advises(&mut story, "on", Advice::GoOn);
    story.then(&expect![[r#"
        police on -> notice outcome decided at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to ambulance
        police on -> notice outcome decided at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 1 of its own to community-nursing
        police on -> notice outcome decided at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 1 of its own to contracts
        police on -> notice outcome decided at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to gp-practice
        police on -> notice outcome closed at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to ambulance
        police on -> notice outcome closed at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 1 of its own to community-nursing
        police on -> notice outcome closed at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 1 of its own to contracts
        police on -> notice outcome closed at 1-1000, low-level-cumulative: Some(Monitor) on 2024-02-01; rests on 2 of its own to gp-practice
        police on -> notice meeting output at 1-1000, Quarterly of 2024-01-31 to gp-practice
    "#]]);
    // Once.
    advises(&mut story, "on again", Advice::GoOn);
    story.then(&expect![""]);
}

#[test]
fn what_was_held_goes_when_the_possible_crime_turns_out_to_be_none() {
    let mut story = story();
    story.raises("contracts", HOME, "c", Kind::SoftIntelligence, Severity::Low, |concern| {
        concern.possible_crime = true;
    });
    meets(&mut story, "q", &["gp-practice"]);
    story.meanwhile();
    story.withdraws("contracts", HOME, "c").then(&expect![[r#"
        contracts withdraw c -> possible-crime EvidenceWithdrawn at 1-1000, Minor, Raised; 0 counted, 1 withdrawn, holds no longer
        contracts withdraw c -> notice meeting output at 1-1000, Quarterly of 2024-01-31 to gp-practice
    "#]]);
}

#[test]
fn the_output_of_the_quarterly_meeting_goes_on_to_gps_and_health_providers() {
    let mut story = story();
    meets(&mut story, "q", &["gp-practice", "acute-trust", "council-qa", "provider"]);
    story.then(&expect![[r#"
        council-qa q -> notice meeting output at 1-1000, Quarterly of 2024-01-31 to gp-practice
        council-qa q -> notice meeting output at 1-1000, Quarterly of 2024-01-31 to acute-trust
    "#]]);
    // Who was told may read the meeting's own words; nobody else may.
    let reads = |body: &str| {
        let view = story.seen_by(HOME, body);
        let mut items = view.home().items().iter();
        let meeting = items.find(|item| matches!(item.what, What::Event { .. })).unwrap();
        view.has_text(meeting)
    };
    assert!(reads("gp-practice") && reads("acute-trust") && reads(QA));
    assert!(!reads("community-nursing") && !reads("police"));
    // Nor does who was told something else.
    contributed(&mut story);
    story.finishes(QA, HOME, TRIGGER).meanwhile();
    let view = story.seen_by(HOME, "ambulance");
    let of = |wanted: fn(&What) -> bool| view.home().items().iter().find(|i| wanted(&i.what));
    assert!(of(|what| matches!(what, What::Notice { .. })).is_some());
    let meeting = of(|what| matches!(what, What::Event { event: EventType::MeetingRecorded, .. }));
    assert!(!view.has_text(meeting.unwrap()));
    // Without roles it was passed on by hand: the hub passes nothing on.
    meets(&mut story, "by hand", &[]);
    story.then(&expect![""]);
}

#[test]
fn a_correction_reaches_whoever_was_told_of_the_concern() {
    let mut story = story();
    contributed(&mut story);
    let severity = Patch { severity: Some(Severity::Medium), ..Patch::default() };
    story.corrects("ambulance", HOME, "a1", severity).then(&expect![[r#"
        ambulance correct a1 9 -> low-level-cumulative EvidenceAdded at 1-1000, Minor, Raised; 5 counted
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 1, still shared to council-qa
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 1, still shared to council-safeguarding
    "#]]);
    // Closed or not.
    story.finishes(QA, HOME, TRIGGER).meanwhile();
    story.withdraws("gp-practice", HOME, "g1").then(&expect![[r#"
        gp-practice withdraw g1 -> notice concern withdrawn at 1-1000, told by 1, still shared to council-qa
        gp-practice withdraw g1 -> notice concern withdrawn at 1-1000, told by 1, still shared to council-safeguarding
    "#]]);
    // Of what rests on no escalation nobody was told.
    story
        .raises("acute-trust", HOME, "alone", Kind::InfectionOutbreak, Severity::Low, |_| {})
        .meanwhile();
    story.withdraws("acute-trust", HOME, "alone").then(&expect![""]);
}

#[test]
fn a_correction_that_narrows_says_so_to_everybody_who_could_read_it_and_to_nobody_again() {
    let mut story = story();
    contributed(&mut story);
    let to_police = Handling { code: HandlingCode::C, audience: vec![said::body("police")] };
    let narrowed = Patch { handling: Some(to_police), ..Patch::default() };
    story.corrects("ambulance", HOME, "a1", narrowed).then(&expect![[r#"
        ambulance correct a1 9 -> low-level-cumulative EvidenceNarrowed at 1-1000, Minor, Raised; 5 counted
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 1, no longer shared to council-qa
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 1, no longer shared to council-safeguarding
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to police-mash
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to health-commissioner
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to nhs-england
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to gp-practice
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to community-nursing
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to acute-trust
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to mental-health-trust
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to public-health
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to locality-sapc
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to locality-management
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to commissioning
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to contracts
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to care-reviews
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to adult-social-care
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to emergency-duty-team
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to director-adult-services
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to integrated-management
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to pipot-lead
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to sab-manager
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to board-legal
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to cqc
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to cqc-senior-lead
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to hse
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to district-council
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to fire
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to coroner
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to healthwatch
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to advocacy
        ambulance correct a1 9 -> notice concern corrected at 1-1000, told by 0, no longer shared to neighbouring-authority
    "#]]);
    // Not to its sender, nor to the audience that it names, nor to who never reads. Now that it is hidden from
    // them, a further change is not theirs to hear of.
    let severity = Patch { severity: Some(Severity::Medium), ..Patch::default() };
    story.corrects("ambulance", HOME, "a1", severity).then(&expect![[r#"
        ambulance correct a1 44 -> low-level-cumulative EvidenceAdded at 1-1000, Minor, Raised; 5 counted
    "#]]);
}

#[test]
fn a_correction_that_narrows_is_told_to_nobody_who_could_not_read_it_before() {
    let mut story = story();
    let to = |audience: &[&str]| Handling {
        code: HandlingCode::C,
        audience: audience.iter().map(|body| said::body(body)).collect(),
    };
    story.raises("ambulance", HOME, "a1", Kind::SoftIntelligence, Severity::Low, |concern| {
        concern.handling = Some(to(&[QA, "cqc"]));
    });
    story.meanwhile();
    let narrowed = Patch { handling: Some(to(&["cqc"])), ..Patch::default() };
    story.corrects("ambulance", HOME, "a1", narrowed).then(&expect![[r#"
        ambulance correct a1 2 -> notice concern corrected at 1-1000, told by 0, no longer shared to council-qa
    "#]]);
    // Widened, it is nobody's loss.
    let widened = Patch { handling: Some(to(&["cqc", QA, "police"])), ..Patch::default() };
    story.corrects("ambulance", HOME, "a1", widened).then(&expect![[""]]);
}

#[test]
fn an_erasure_reaches_whoever_was_told_of_the_concern() {
    let mut story = story();
    contributed(&mut story);
    let request = ErasureRequest {
        erases: Some(event_ref("g1")),
        position: None,
        reason: ErasureReason::SentInError,
        decided_by: "data-protection-officer".to_owned(),
    };
    story.says("gp-practice", HOME, "x", Event::ErasureRequested(request)).then(&expect![[r#"
        gp-practice x: erases 3 of gp-practice at 1-1000, SentInError
        gp-practice x -> notice concern erased at 1-1000, told by 1, still shared to council-qa
        gp-practice x -> notice concern erased at 1-1000, told by 1, still shared to council-safeguarding
    "#]]);
}

#[test]
fn a_notice_is_seen_by_its_recipient_alone() {
    let mut story = story();
    contributed(&mut story);
    story.finishes(QA, HOME, TRIGGER).meanwhile();
    let notices = |body: &str| {
        let view = story.seen_by(HOME, body);
        let kinds = view.home().items().iter().filter_map(|item| match &item.what {
            What::Notice { kind, .. } => Some(*kind),
            What::Concern(_) | What::Event { .. } | What::Escalation { .. } => None,
        });
        kinds.collect::<Vec<_>>()
    };
    assert_eq!(notices("ambulance"), [NoticeKind::OutcomeDecided, NoticeKind::OutcomeClosed]);
    assert_eq!(notices("police"), []);
}

#[test]
fn who_is_told_only_of_what_it_became_hears_of_no_correction() {
    let mut story = story();
    story.raises("ambulance", HOME, "a", Kind::SoftIntelligence, Severity::Low, |_| {});
    let crime = Patch { possible_crime: Some(true), ..Patch::default() };
    story.corrects("ambulance", HOME, "a", crime).then(&expect![[r#"
        ambulance correct a 2 -> possible-crime Raised at 1-1000, Minor, to police; told council-safeguarding; 1 counted
    "#]]);
}

#[test]
fn who_hears_of_a_withdrawal_by_the_escalation_itself_gets_no_notice_besides() {
    let mut story = story();
    contributed(&mut story);
    story.withdraws("ambulance", HOME, "a1").then(&expect![[r#"
        ambulance withdraw a1 -> low-level-cumulative EvidenceWithdrawn at 1-1000, Minor, Raised; 4 counted, 1 withdrawn, holds no longer
    "#]]);
}

#[test]
fn whom_the_agreement_does_not_name_hears_of_no_outcome() {
    let mut policy = with_agreement(norfolk());
    policy.sharing.feedback.outcomes = vec!["ambulance".to_owned()];
    let mut story = given(&policy);
    story.at("2024-02-01T10:00:00Z");
    contributed(&mut story);
    story.finishes(QA, HOME, TRIGGER).meanwhile();
    for (body, told) in [("ambulance", 2), ("gp-practice", 0), ("community-nursing", 0)] {
        let view = story.seen_by(HOME, body);
        let items = view.home().items().iter();
        let notices = items.filter(|item| matches!(item.what, What::Notice { .. })).count();
        assert_eq!(notices, told, "{body}");
    }
}
