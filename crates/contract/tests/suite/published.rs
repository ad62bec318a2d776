//! A published schema never changes: agencies have compiled it.

use std::collections::BTreeMap;
use std::fs;

use carehub_contract::{Subject, schema};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::load::{examples, schemas};

#[test]
fn every_published_schema_has_the_hash_that_it_was_published_with() {
    let pinned: BTreeMap<String, String> = fs::read_to_string(schemas().join("PUBLISHED.txt"))
        .unwrap()
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(hash, name)| (name.to_owned(), hash.to_owned()))
        .collect();
    let mut found = BTreeMap::new();
    for schema in schema::PUBLISHED {
        let hash = Sha256::digest(schema.text.as_bytes());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        found.insert(format!("{}.json", schema.name), hash);
    }
    assert_eq!(found, pinned, "a changed schema is a new version, not a new hash");
}

#[test]
fn every_schema_file_is_compiled_in_and_has_examples_of_both_kinds() {
    let mut files: Vec<String> = fs::read_dir(schemas())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        // The description of the HTTP interface stands here too, and is the dashboard's.
        .filter(|name| name != "openapi")
        .collect();
    files.sort();
    let mut compiled_in: Vec<String> =
        schema::PUBLISHED.iter().map(|schema| schema.name.to_owned()).collect();
    compiled_in.sort();
    assert_eq!(files, compiled_in);
    let examples = examples();
    for name in files {
        for valid in [true, false] {
            let one = examples.iter().any(|e| e.schema == name && e.valid == valid);
            assert!(one, "{name}: an example with valid = {valid}");
        }
    }
}

/// What holds of every schema, wherever it is: agencies in other languages use one file by itself,
/// nothing is unbounded, nothing unknown passes.
#[test]
fn every_schema_stands_alone_and_bounds_everything() {
    for published in schema::PUBLISHED {
        let schema: Value = serde_json::from_str(published.text).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let (stem, version) = published.name.rsplit_once('.').unwrap();
        assert_eq!(schema["$id"], format!("urn:carehub:schema:{stem}:{version}"));
        walk(&schema, &schema, published.name);
    }
}

fn walk(root: &Value, schema: &Value, place: &str) {
    let Some(map) = schema.as_object() else {
        return;
    };
    if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{place}: {reference}"));
        assert!(root.pointer(pointer).is_some(), "{place}: {reference}");
    }
    let has = |name: &str| map.contains_key(name);
    let types: Vec<&str> = match map.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    for name in types {
        match name {
            "string" => assert!(has("maxLength"), "{place}: a string without a longest length"),
            "array" => assert!(has("maxItems") && has("items"), "{place}: an array without bounds"),
            "integer" | "number" => {
                assert!(has("minimum") && has("maximum"), "{place}: a number without bounds");
            }
            // `details` is closed by the branch of its kind, and the envelope's `data` by its type.
            "object"
                if place.ends_with("properties/details")
                    || place == "envelope.v1/properties/data" => {}
            "object" => {
                assert_eq!(
                    map.get("additionalProperties"),
                    Some(&Value::Bool(false)),
                    "{place}: open"
                );
            }
            _ => {}
        }
    }
    if let Some(pattern) = map.get("pattern").and_then(Value::as_str) {
        assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{place}: {pattern}");
        assert!(
            !pattern.contains("(?") && !pattern.contains('\\') || pattern.contains("\\."),
            "{place}: {pattern}"
        );
    }
    for (name, inner) in map {
        match inner {
            Value::Object(_) => walk(root, inner, &format!("{place}/{name}")),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    walk(root, item, &format!("{place}/{name}/{index}"));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// The AsyncAPI document says what there is: each channel is a subject, each message has its schema.
#[test]
fn the_asyncapi_document_names_every_message_and_only_subjects_of_the_design() {
    let text = fs::read_to_string(schemas().join("asyncapi.yaml")).unwrap();
    for published in schema::PUBLISHED {
        let reference = format!("$ref: './{}.json'", published.name);
        assert!(text.contains(&reference), "{}", published.name);
        if published.name != "envelope.v1" {
            let named = format!("name: uk.carehub.{}\n", published.name);
            assert!(text.contains(&named), "{}", published.name);
        }
    }
    let addresses: Vec<&str> =
        text.lines().filter_map(|line| line.trim().strip_prefix("address: ")).collect();
    assert_eq!(addresses.len(), 17);
    for address in addresses {
        let mut subject = address.to_owned();
        for (parameter, value) in [
            ("{agency}", "police"),
            ("{body}", "police"),
            ("{home}", "h"),
            ("{escalation}", "0123456789abcdef"),
            ("{notice}", "0123456789abcdef"),
            ("{revision}", "1"),
            ("{cause}", "42"),
            ("{position}", "42"),
            ("{due}", "1790000000"),
            ("{version}", "norfolk-1"),
            ("{size}", "41"),
            ("{person}", "p-4t7mmdbq2rvs6kxh"),
            ("{number}", "1"),
            ("{step}", "failed-1"),
        ] {
            subject = subject.replace(parameter, value);
        }
        let parsed = Subject::parse(&subject).unwrap();
        assert!(
            !matches!(parsed, Subject::Reserved(_) | Subject::MalformedHome { .. }),
            "{address}"
        );
    }
}
