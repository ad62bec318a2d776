//! Bad input that no example file can be, and the order of the codes.

use carehub_contract::{Mode, Subject, codes};
use carehub_domain::event::Event;
use carehub_domain::message::{Channel, MessageBody, Rejection, RejectionOutcome, Said};
use carehub_domain::{BodyId, HomeId, Position};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::load::{contract, recorded_at};

fn subject() -> Subject {
    Subject::agency(
        Channel::Concern,
        BodyId::new("police").unwrap(),
        HomeId::new("home-1").unwrap(),
    )
}

fn decode(subject: &Subject, payload: &[u8]) -> Said {
    let message = contract().decode(subject, payload, recorded_at(), Position(1), Mode::Validate);
    let MessageBody::Agency(said) = message.body else { panic!("an agency speaks") };
    *said
}

fn rejection(payload: &[u8]) -> Rejection {
    decode(&subject(), payload).event.unwrap_err()
}

fn concern() -> Value {
    json!({
        "specversion": "1.0", "id": "a-1", "source": "urn:carehub:police",
        "type": "uk.carehub.concern.raised.v1", "time": "2026-11-20T10:00:00Z", "subject": "home-1",
        "data": { "kind": "soft-intelligence", "occurred_at": "2026-11-19", "severity": "low" }
    })
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

#[test]
fn a_message_of_64_kib_passes_and_one_byte_more_is_too_large() {
    let mut payload = bytes(&concern());
    payload.resize(64 * 1024, b' ');
    assert!(decode(&subject(), &payload).event.is_ok());
    payload.push(b' ');
    let said = decode(&subject(), &payload);
    assert_eq!(said.event.unwrap_err().code, "too-large");
    assert_eq!((said.id, said.identity), (None, None));
}

#[test]
fn what_is_not_json_has_no_identity_but_a_digest() {
    let said = decode(&subject(), b"CAD 1234");
    assert_eq!(said.event.unwrap_err().code, "not-json");
    assert_eq!((said.id, said.identity), (None, None));
    assert_ne!(said.content, decode(&subject(), b"CAD 1235").content);
}

#[test]
fn json_that_is_no_object_is_no_event() {
    for text in ["[]", "null", "1", "\"text\"", "{}"] {
        assert_eq!(rejection(text.as_bytes()).code, "not-cloudevent", "{text}");
    }
}

#[test]
fn a_malformed_home_token_reaches_its_sender() {
    let subject = Subject::parse("carehub.concern.police.home_1").unwrap();
    let said = decode(&subject, &bytes(&concern()));
    assert_eq!(said.event.unwrap_err().code, "home-token-malformed");
    assert_eq!(said.agency.as_str(), "police");
}

#[test]
fn the_code_is_the_first_in_the_order_and_the_faults_are_all() {
    let mut event = concern();
    event["source"] = json!("urn:carehub:ambulance");
    event["extra"] = json!(1);
    event["data"]["severity"] = json!("12");
    event["data"]["occurred_at"] = json!("2027-01-01");
    event["data"]["summary"] = json!("Resident 9990000018.");
    let rejection = rejection(&bytes(&event));
    assert_eq!(rejection.code, "not-cloudevent");
    assert_eq!(rejection.outcome, RejectionOutcome::Rejected);
    let found: Vec<(&str, &str)> = rejection
        .faults
        .iter()
        .map(|fault| (fault.code.as_str(), fault.pointer.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("value-unknown", "/extra"),
            ("source-mismatch", "/source"),
            ("value-not-allowed", "/data/severity"),
            ("date-impossible", "/data/occurred_at"),
            ("nhs-number-in-text", "/data/summary"),
        ]
    );
}

#[test]
fn faults_are_bounded() {
    let mut event = concern();
    for n in 0..100 {
        event["data"][format!("name-{n}")] = json!(n);
    }
    assert_eq!(rejection(&bytes(&event)).faults.len(), codes::FAULTS_LISTED);
}

#[test]
fn a_rejected_event_is_still_known_by_its_id() {
    let mut event = concern();
    event["data"]["severity"] = json!("12");
    let bad = decode(&subject(), &bytes(&event));
    let good = decode(&subject(), &bytes(&concern()));
    assert_eq!((bad.id, bad.identity, bad.time), (good.id, good.identity, good.time));
    assert_ne!(bad.content, good.content);
}

#[test]
fn text_is_withheld_while_the_rest_counts() {
    let mut event = concern();
    event["data"]["summary"] = json!("Write to someone@example.org.");
    let said = decode(&subject(), &bytes(&event));
    assert!(said.event.is_ok());
    assert_eq!(said.withheld.len(), 1);
    let returned = codes::text_withheld(said.withheld);
    assert_eq!(
        (returned.code.as_str(), returned.outcome),
        ("personal-data-in-text", RejectionOutcome::TextWithheld)
    );
}

#[test]
fn a_clock_that_is_five_minutes_fast_is_borne_and_no_more() {
    let mut event = concern();
    event["time"] = json!("2026-11-22T12:05:00Z");
    assert!(decode(&subject(), &bytes(&event)).event.is_ok());
    event["time"] = json!("2026-11-22T12:05:01Z");
    assert_eq!(rejection(&bytes(&event)).code, "date-impossible");
}

#[test]
fn what_happened_after_it_was_known_is_told_by_the_date_in_london() {
    let mut event = concern();
    // 23:30 UTC on 30 June is 1 July in London.
    event["data"]["known_at"] = json!("2026-06-30T23:30:00Z");
    event["data"]["occurred_at"] = json!("2026-07-01");
    assert!(decode(&subject(), &bytes(&event)).event.is_ok());
    event["data"]["occurred_at"] = json!("2026-07-02");
    assert_eq!(rejection(&bytes(&event)).code, "date-impossible");
}

#[test]
fn a_whole_number_written_with_a_fraction_is_read_in_both_modes() {
    let subject = Subject::parse("carehub.register.cqc.home-1").unwrap();
    let event = br#"{"specversion":"1.0","id":"r","source":"urn:carehub:cqc","type":"uk.carehub.home.registered.v1","time":"2026-11-20T10:00:00Z","subject":"home-1","data":{"name":"Rosewood","beds":38.0}}"#;
    for mode in [Mode::Validate, Mode::Trust] {
        let MessageBody::Agency(said) =
            contract().decode(&subject, event, recorded_at(), Position(1), mode).body
        else {
            panic!("an agency speaks")
        };
        assert!(said.event.is_ok(), "{mode:?}");
    }
}

/// Both versions of the register's events are taken, each by its own schema.
#[test]
fn a_home_says_where_it_lies_in_the_second_version_and_not_in_the_first() {
    let subject = Subject::parse("carehub.register.cqc.home-1").unwrap();
    for event in ["home.registered", "home.changed"] {
        for (version, taken) in [("v1", false), ("v2", true)] {
            let registered = json!({
                "specversion": "1.0", "id": "r", "source": "urn:carehub:cqc", "type": format!("uk.carehub.{event}.{version}"),
                "time": "2026-11-20T10:00:00Z", "subject": "home-1",
                "data": {"name": "Rosewood", "coordinates": {"latitude": 53.54, "longitude": -2.13}},
            });
            let said = decode(&subject, &bytes(&registered));
            match said.event {
                Ok(Event::HomeRegistered(home) | Event::HomeChanged(home)) if taken => {
                    let coordinates = home.coordinates.unwrap();
                    assert_eq!((coordinates.latitude, coordinates.longitude), (53.54, -2.13));
                }
                Err(rejection) if !taken => {
                    assert_eq!(rejection.code, "schema-violation");
                    assert_eq!(rejection.faults[0].pointer, "/data/coordinates");
                }
                other => panic!("{event} {version}: {other:?}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    /// Nothing that an agency can send makes the decoder panic, and nothing secret comes back.
    #[test]
    fn any_bytes_are_answered(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(&subject(), &payload).event.is_err());
    }

    #[test]
    fn no_value_of_the_message_is_repeated(secret in "[Q-Z]{6}[0-9]{3}", place in 0..9_usize) {
        let mut event = concern();
        match place {
            0 => event["data"]["severity"] = json!(secret),
            1 => event["data"]["occurred_at"] = json!(secret),
            2 => event["data"]["person_ref"] = json!(format!("{secret} {secret}")),
            3 => event["data"]["summary"] = json!([secret]),
            4 => event["source"] = json!(format!("urn:carehub:{secret}")),
            5 => event["type"] = json!(secret),
            6 => event["subject"] = json!(secret),
            7 => event["data"]["details"] = json!({ "indicator": { "of": secret } }),
            _ => event["data"][format!("{secret} {secret}")] = json!(secret),
        }
        let rejection = rejection(&bytes(&event));
        prop_assert!(!format!("{rejection:?}").contains(&secret), "{rejection:?}");
    }
}
