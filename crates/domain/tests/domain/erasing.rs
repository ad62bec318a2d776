//! Who may have what erased, what goes with it, and what goes by itself when its time is over.

use carehub_domain::Digest;
use carehub_domain::Position;
use carehub_domain::erasure::{ErasureReason, TextState};
use carehub_domain::event::{
    ErasureRequest, Event, EventRef, Handling, HandlingCode, Kind, Occurred, Patch, Severity,
};
use carehub_domain::message::{Fault, Said};
use carehub_domain::policy::Policy;
use expect_test::expect;

use crate::said::{self, body, concern, event_ref, home};
use crate::story::{Story, given};

const HOME: &str = "1-1000";

const POLICY: &str = r#"
[[body]]
id = "police"
name = "Police"
roles = ["police"]
[[body]]
id = "ambulance"
name = "Ambulance"
roles = ["ambulance"]
[[body]]
id = "dp-lead"
name = "Data protection"
roles = ["data-protection"]
[[body]]
id = "mash"
name = "Safeguarding"
roles = ["safeguarding"]
[powers]
data_protection = ["data-protection"]
[retention]
months = 12
[[retention.text]]
kinds = ["soft-intelligence"]
months = 6
[[trigger]]
id = "serious"
title = "A serious incident"
source = "test"
kind = "immediate"
match = { kinds = ["death"] }
level = "major"
responsible = ["safeguarding"]
answer = [{ step = "acknowledge", within = "2 working days" }]
"#;

fn policy() -> Policy {
    said::policy("test-1", &[POLICY])
}

fn request(erases: EventRef) -> Event {
    Event::ErasureRequested(ErasureRequest {
        erases: Some(erases),
        position: None,
        reason: ErasureReason::SentInError,
        decided_by: "data-protection-officer".to_owned(),
    })
}

fn of_police(id: &str) -> EventRef {
    EventRef { id: id.to_owned(), agency: Some(body("police")) }
}

fn soft(story: &mut Story, id: &str) {
    story.raises("police", HOME, id, Kind::SoftIntelligence, Severity::Low, |_| {});
}

fn text_of(story: &Story, position: u64) -> TextState {
    let home = story.state.home(&home(HOME)).unwrap();
    home.concern(Position(position)).unwrap().1.text
}

#[test]
fn the_sender_and_the_data_protection_lead_may_and_nobody_else() {
    let mut story = given(&policy());
    story.at("2024-02-01T10:00:00Z");
    soft(&mut story, "a");
    soft(&mut story, "b");
    story.says("ambulance", HOME, "x1", request(of_police("a")));
    story.says("ambulance", HOME, "x2", request(event_ref("a")));
    story.says("police", "1-2000", "x3", request(event_ref("a")));
    story.says("police", HOME, "x4", request(event_ref("a")));
    story.says("police", HOME, "x5", request(event_ref("a")));
    story.says("dp-lead", HOME, "x6", request(of_police("b")));
    story.then(&expect![[r#"
        ambulance x1: not-permitted
        ambulance x2: narrative-unknown
        police x3: narrative-unknown
        police x4: erases 2 of police at 1-1000, SentInError
        police x5: already-erased
        dp-lead x6: erases 3 of police at 1-1000, SentInError
    "#]]);
    assert_eq!(text_of(&story, 2), TextState::Erased);
    let home = story.state.home(&home(HOME)).unwrap();
    assert_eq!(home.concerns().filter(|(_, concern)| concern.counts()).count(), 2, "both count on");
}

#[test]
fn what_repeats_a_narrative_goes_with_it_wherever_it_stands() {
    let mut story = given(&policy());
    story.at("2024-02-01T10:00:00Z");
    let event = || {
        let occurred = Occurred::At(said::at("2024-02-01T09:00:00Z"));
        Event::ConcernRaised(Box::new(concern(Kind::SoftIntelligence, Severity::Low, occurred)))
    };
    let mut before = said::said("police", HOME, "a", event(), said::at("2024-02-01T10:00:00Z"));
    before.content = carehub_domain::Digest::of(&[b"other bytes"]);
    before.event = Err(carehub_domain::message::Rejection {
        outcome: carehub_domain::message::RejectionOutcome::Rejected,
        code: "schema-violation".to_owned(),
        faults: Vec::new(),
    });
    story.hears(before.clone());
    story.says("police", HOME, "a", event());
    story.says("police", HOME, "a", event());
    before.event = Ok(event());
    story.hears(before);
    story.corrects("police", HOME, "a", Patch { new_text: true, ..Patch::default() });
    soft(&mut story, "b");
    story.withdraws("police", HOME, "a");
    story.says("police", HOME, "x", request(event_ref("a")));
    // Once more, from a client that never saw its acknowledgement.
    story.says("police", HOME, "a", event());
    story.then(&expect![[r#"
        police a: schema-violation
        police a: duplicate
        police a: id-reused
        police x: erases 2 of police at 1-1000, SentInError
        police x: erases 4 of police at 1-1000, SentInError
        police x: erases 5 of police at 1-1000, SentInError
        police x: erases 6 of police at 1-1000, SentInError
        police x: erases 8 of police at 1-1000, SentInError
        police x: erases 10 of police at 1-1000, SentInError
        police a: duplicate
        police a: erases 18 of police at 1-1000, NotNecessary
    "#]]);
}

#[test]
fn a_message_that_was_rejected_is_erased_by_its_position() {
    let mut story = given(&policy());
    story.at("2024-02-01T10:00:00Z");
    let mut bad =
        said::said("police", HOME, "a", request(event_ref("x")), said::at("2024-02-01T10:00:00Z"));
    bad.event = Err(carehub_domain::message::Rejection {
        outcome: carehub_domain::message::RejectionOutcome::Rejected,
        code: "not-json".to_owned(),
        faults: Vec::new(),
    });
    (bad.id, bad.identity) = (None, None);
    story.hears(bad);
    let at = |position| {
        Event::ErasureRequested(ErasureRequest {
            erases: None,
            position: Some(Position(position)),
            reason: ErasureReason::WrongPerson,
            decided_by: "data-protection-officer".to_owned(),
        })
    };
    story.says("ambulance", HOME, "x1", at(2));
    story.says("police", HOME, "x2", at(2));
    story.says("police", HOME, "x3", at(2));
    // The hub's own messages are never erased, nor what there is not.
    story.says("dp-lead", HOME, "x4", at(1));
    story.says("dp-lead", HOME, "x5", at(99));
    story.then(&expect![[r#"
        police -: not-json
        ambulance x1: narrative-unknown
        police x2: erases 2 of police at 1-1000, WrongPerson
        police x3: already-erased
        dp-lead x4: narrative-unknown
        dp-lead x5: narrative-unknown
    "#]]);
}

#[test]
fn whoever_may_not_know_of_it_is_told_what_they_would_be_told_if_it_did_not_exist() {
    let mut story = given(&policy());
    story.at("2024-02-01T10:00:00Z");
    story.raises("police", HOME, "a", Kind::SoftIntelligence, Severity::Low, |concern| {
        concern.handling = Some(Handling { code: HandlingCode::C, audience: vec![body("mash")] });
    });
    story.says("ambulance", HOME, "x1", request(of_police("a")));
    story.says("ambulance", HOME, "x2", request(of_police("none")));
    story.says("mash", HOME, "x3", request(of_police("a")));
    story.says("police", HOME, "x4", request(event_ref("a")));
    story.then(&expect![[r#"
        ambulance x1: narrative-unknown
        ambulance x2: narrative-unknown
        mash x3: not-permitted
        police x4: erases 2 of police at 1-1000, SentInError
    "#]]);
}

#[test]
fn text_goes_when_its_time_is_over_unless_something_open_rests_on_it() {
    let mut story = given(&policy());
    story.at("2024-02-01T10:00:00Z");
    soft(&mut story, "a");
    story.raises("police", HOME, "d", Kind::Death, Severity::High, |_| {});
    // A day later: it is not looked at until its own time is over.
    story.at("2024-02-02T10:00:00Z");
    soft(&mut story, "b");
    story.meanwhile();
    // The same hour of the day in London, six months on.
    story.tick("2024-08-01T08:59:59Z").then(&expect![[""]]);
    story.tick("2024-08-01T09:00:01Z").then(&expect![[r#"
        tick: erases 2 of police at 1-1000, RetentionEnded
    "#]]);
    story.tick("2024-08-02T09:00:01Z").then(&expect![[r#"
        tick: erases 6 of police at 1-1000, RetentionEnded
    "#]]);
    // A year on the other would go, but an escalation that rests on it is open.
    story.tick("2025-02-02T10:00:00Z").then(&expect![[""]]);
    story.finishes("mash", HOME, "serious").meanwhile();
    assert_eq!(text_of(&story, 3), TextState::Stands);
    story.tick("2025-02-04T10:00:00Z").then(&expect![[r#"
        tick: erases 3 of police at 1-1000, RetentionEnded
    "#]]);
    assert_eq!(text_of(&story, 3), TextState::Erased);
}

/// A concern of the police, whose text is returned for correction.
fn returned_concern() -> Story {
    let mut story = given(&policy());
    story.at("2024-02-01T10:00:00Z");
    let returned = |event: Event, id: &str| -> Said {
        let mut said = said::said("police", HOME, id, event, said::at("2024-02-01T10:00:00Z"));
        said.withheld = vec![Fault {
            code: "nhs-number-in-text".to_owned(),
            pointer: "/data/person_ref".to_owned(),
            message: String::new(),
        }];
        said
    };
    let occurred = Occurred::At(said::at("2024-02-01T09:00:00Z"));
    let mut soft = concern(Kind::SoftIntelligence, Severity::Low, occurred);
    soft.person_ref = Some(Digest::of_person("9990000018"));
    story.hears(returned(Event::ConcernRaised(Box::new(soft)), "a"));
    assert_eq!(text_of(&story, 2), TextState::Returned);
    story
}

#[test]
fn what_was_returned_goes_when_its_sender_takes_it_back() {
    let mut story = returned_concern();
    story.withdraws("police", HOME, "a").then(&expect![[r#"
        police a: text withheld
        police withdraw a: erases 2 of police at 1-1000, ReturnedForCorrection
    "#]]);
    assert_eq!(text_of(&story, 2), TextState::Erased);
}

#[test]
fn the_clean_text_takes_the_place_of_what_was_returned() {
    let mut story = returned_concern();
    let person = |story: &Story| {
        story.state.home(&home(HOME)).unwrap().concern(Position(2)).unwrap().1.person
    };
    assert_eq!(person(&story), None, "an NHS number is no pseudonym");
    story.corrects("police", HOME, "a", Patch { new_text: true, ..Patch::default() });
    story.then(&expect![[r#"
        police a: text withheld
        police correct a 3: erases 2 of police at 1-1000, ReturnedForCorrection
    "#]]);
    assert_eq!(text_of(&story, 2), TextState::Erased);
}
