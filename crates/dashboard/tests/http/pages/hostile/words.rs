//! The hostile words, and all the places where the contract takes them.

use std::collections::BTreeSet;

use carehub_contract::schema::{name_of_type, published};
use carehub_contract::{Mode, Subject};
use carehub_domain::Position;
use carehub_domain::message::MessageBody;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::escaping::HOSTILE;
use crate::hub::CONTRACT;

/// How the words begin in a page.
pub(super) const SHOWN: &str = "=HYPERLINK(1)&#60;/textarea&#62;";

/// How long a text may be, by one schema or another.
const LENGTHS: [usize; 6] = [4_000, 2_000, 1_000, 500, 200, 64];

/// What begins like a formula, and goes on as markup.
pub(super) fn formula(longest: usize) -> String {
    let text = format!("=HYPERLINK(1){HOSTILE}");
    text.chars().cycle().take(longest).collect()
}

/// The same as the id of an event, in which no space stands.
pub(super) fn event_id(nth: usize) -> String {
    format!("=HYPERLINK({nth})</script><script>alert(1)</script><img/src=x/onerror=alert(2)>")
}

/// Puts the words wherever the contract takes them, as long as it takes them, also where the event said nothing: which
/// fields those are.
pub(super) fn make_hostile(now: Timestamp, event: &mut Value) -> BTreeSet<String> {
    let text = |field: &str| event[field].as_str().unwrap().to_owned();
    let (source, home, named) = (text("source"), text("subject"), text("type"));
    let agency = source.trim_start_matches("urn:carehub:");
    let subject = Subject::parse(&format!("carehub.form.{agency}.{home}")).unwrap();
    let takes = |event: &Value| {
        let mut event = event.clone();
        event["actor"] = json!("p-1");
        let payload = event.to_string().into_bytes();
        let message = CONTRACT.decode(&subject, &payload, now, Position(1), Mode::Validate);
        matches!(message.body, MessageBody::Agency(said) if said.event.is_ok() && said.withheld.is_empty())
    };
    assert!(takes(event), "an example is taken: {event}");
    let schema = published(name_of_type(&named).unwrap()).unwrap();
    let schema: Value = serde_json::from_str(schema).unwrap();
    let mut unsaid = Vec::new();
    unsaid_texts(&schema, &schema, &event["data"], "/data", &mut unsaid);
    for place in unsaid {
        let (object, name) = place.rsplit_once('/').unwrap();
        let mut filled = event.clone();
        filled.pointer_mut(object).unwrap()[name] = json!("x");
        if takes(&filled) {
            *event = filled;
        }
    }
    let mut places = Vec::new();
    texts(&event["data"], "/data", &mut places);
    let mut fields = BTreeSet::new();
    for place in places {
        let before = event.pointer(&place).unwrap().clone();
        let fits = LENGTHS.into_iter().any(|longest| {
            *event.pointer_mut(&place).unwrap() = Value::String(formula(longest));
            takes(event)
        });
        if fits {
            fields.insert(field_at(&place));
        } else {
            *event.pointer_mut(&place).unwrap() = before;
        }
    }
    fields
}

/// The field at a place, whichever of several it is: `/data/areas/0/note` is `areas.note`.
fn field_at(place: &str) -> String {
    let parts = place.split('/').skip(2).filter(|part| part.parse::<usize>().is_err());
    parts.collect::<Vec<_>>().join(".")
}

/// The places of all texts in a tree.
fn texts(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                texts(item, &format!("{at}/{nth}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                texts(field, &format!("{at}/{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The places where the schema has a text of any letters, and the event nothing.
fn unsaid_texts(schema: &Value, node: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let node = resolved(schema, node);
    match value {
        Value::Object(fields) => {
            for (name, node) in node["properties"].as_object().into_iter().flatten() {
                let at = format!("{at}/{name}");
                match fields.get(name) {
                    Some(field) => unsaid_texts(schema, node, field, &at, found),
                    None if is_free(resolved(schema, node)) => found.push(at),
                    None => {}
                }
            }
        }
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                unsaid_texts(schema, &node["items"], item, &format!("{at}/{nth}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What a node says, where it names a definition.
fn resolved<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    let named = node["$ref"].as_str().and_then(|it| schema.pointer(it.trim_start_matches('#')));
    named.unwrap_or(node)
}

/// Whether a node is a text of any letters.
fn is_free(node: &Value) -> bool {
    let bounds = ["pattern", "format", "enum", "const"];
    node["type"] == "string" && bounds.into_iter().all(|bound| node.get(bound).is_none())
}
