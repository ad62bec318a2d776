//! What is left of an erased message folds like the message, and holds nothing that anybody wrote.

use carehub_contract::personal_data::FREE_TEXT;
use carehub_contract::{ErasedMessage, Mode, Subject, schema};
use carehub_domain::Position;
use carehub_domain::message::{MessageBody, Said, Verdict};
use serde_json::Value;

use crate::load::{Example, contract, examples, recorded_at};

const LEAF: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn left_of(example: &Example, bytes: &[u8], verdict: Verdict) -> Option<ErasedMessage> {
    ErasedMessage::of(&example.subject(), bytes, recorded_at(), verdict, LEAF.to_owned())
}

fn said(body: MessageBody) -> Said {
    let MessageBody::Agency(said) = body else { panic!("an agency's") };
    *said
}

/// Every string under a name of free text, at any depth.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                match inner {
                    Value::String(text) if FREE_TEXT.contains(&name.as_str()) => {
                        found.push(text.clone());
                    }
                    inner @ (Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_)) => texts(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Law 1 over a gap: whatever the fold takes of a message, it takes of its residue.
#[test]
fn what_is_left_of_every_example_is_taken_in_like_the_message_itself() {
    let (mut seen, mut erased) = (0, 0);
    for example in examples().into_iter().filter(|example| example.valid) {
        let Subject::Agency { .. } = example.subject() else { continue };
        let whole = said(example.decode(contract(), Mode::Trust).body);
        let left = left_of(&example, &example.bytes, Verdict::Accepted).unwrap();
        // As it stands in a tombstone, and is read again.
        let left = ErasedMessage::read(&left.write().unwrap()).unwrap();
        let message = left.message(Position(7));
        assert_eq!((message.position, message.recorded_at), (Position(7), recorded_at()));
        let again = said(message.body);
        assert_eq!(again.event, whole.event, "{} {}", example.schema, example.name);
        assert_eq!(
            format!("{again:?}"),
            format!("{whole:?}"),
            "{} {}",
            example.schema,
            example.name
        );
        let mut written = Vec::new();
        if example.schema != "narrative.erasure-requested.v1" {
            texts(&example.value()["data"], &mut written);
        }
        let kept = serde_json::to_string(&left).unwrap();
        for text in written {
            assert!(!kept.contains(&text), "{} {}: {text}", example.schema, example.name);
            erased += 1;
        }
        seen += 1;
    }
    assert!(seen > 60 && erased > 60, "{seen} examples, {erased} texts");
}

/// Nothing of what was rejected counts, and any of it may be text.
#[test]
fn of_a_rejected_message_nothing_is_left_but_who_said_it() {
    for example in examples().into_iter().filter(|example| !example.valid) {
        let Subject::Agency { .. } = example.subject() else { continue };
        let whole = said(example.decode(contract(), Mode::Validate).body);
        let code = "schema-violation".to_owned();
        let left = left_of(&example, &example.bytes, Verdict::Rejected { code }).unwrap();
        assert_eq!((&left.data, &left.event_type), (&None, &None));
        let again = said(left.message(Position(7)).body);
        assert!(again.event.is_err());
        assert_eq!(
            (again.agency, again.id, again.identity, again.content),
            (whole.agency, whole.id, whole.identity, whole.content),
            "{} {}",
            example.schema,
            example.name
        );
    }
}

/// A pseudonym that is none is text, too.
#[test]
fn an_nhs_number_in_the_place_of_a_pseudonym_is_not_kept() {
    let all = examples();
    let example = all.iter().find(|e| e.schema == "concern.raised.v1" && e.valid).unwrap();
    let mut value = example.value();
    value["data"]["person_ref"] = Value::from("9990000018");
    let left = left_of(example, value.to_string().as_bytes(), Verdict::TextWithheld).unwrap();
    assert!(!serde_json::to_string(&left).unwrap().contains("9990000018"));
    value["data"]["person_ref"] = Value::from("pn1:abcd");
    let left = left_of(example, value.to_string().as_bytes(), Verdict::Accepted).unwrap();
    assert!(serde_json::to_string(&left).unwrap().contains("pn1:abcd"));
}

/// Every string that a schema leaves free has one of the names that an erasure looks for, but for what the
/// register says of homes.
#[test]
fn every_free_text_of_the_schemas_is_one_that_an_erasure_takes_away() {
    let mut found = 0;
    for published in schema::PUBLISHED {
        let of_hub = [
            "escalation.changed",
            "escalation.told",
            "audit",
            "rejection",
            "refusal",
            "control",
            "receipt",
            "alert",
        ];
        // What a person follows is named by id or area, as in the register; a practice has a name as a home has one.
        let else_hub =
            ["policy", "tombstone", "envelope", "home.", "practice.", "person.", "delivery."];
        if of_hub.iter().chain(&else_hub).any(|hub| published.name.starts_with(hub)) {
            continue;
        }
        let schema: Value = serde_json::from_str(published.text).unwrap();
        free_strings(&schema, &schema, "", &mut |name| {
            assert!(FREE_TEXT.contains(&name), "{}: `{name}` is free text", published.name);
            found += 1;
        });
    }
    assert!(found > 40, "{found}");
}

fn free_strings(root: &Value, value: &Value, name: &str, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                let to = root.pointer(reference.trim_start_matches('#')).unwrap();
                if is_free(to) {
                    found(name);
                }
            }
            if is_free(value) {
                found(name);
            }
            for (key, inner) in map {
                match inner {
                    Value::Object(properties) if key == "properties" => {
                        for (name, property) in properties {
                            free_strings(root, property, name, found);
                        }
                    }
                    // What stands there is found where it is referred to.
                    Value::Object(definitions) if key == "$defs" => {
                        for (_, definition) in definitions.iter().filter(|(_, d)| !is_free(d)) {
                            free_strings(root, definition, "", found);
                        }
                    }
                    inner @ (Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_)) => free_strings(root, inner, name, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| free_strings(root, item, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_free(schema: &Value) -> bool {
    let bounds = ["enum", "const", "pattern", "format"];
    schema["type"] == "string" && bounds.iter().all(|bound| schema.get(bound).is_none())
}
