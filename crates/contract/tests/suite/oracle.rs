//! An independent validator (boon) says of every example, and of thousands of spoilt ones, what ours says.

use std::collections::BTreeMap;

use carehub_contract::schema;
use proptest::prelude::*;
use serde_json::Value;

use crate::load::examples;

struct Oracle {
    schemas: boon::Schemas,
    index: BTreeMap<String, boon::SchemaIndex>,
}

impl Oracle {
    fn compile() -> Self {
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        compiler.set_default_draft(boon::Draft::V2020_12);
        compiler.enable_format_assertions();
        let mut index = BTreeMap::new();
        for published in schema::PUBLISHED {
            let url = format!("http://schemas.invalid/{}.json", published.name);
            let value = serde_json::from_str(published.text).unwrap();
            compiler.add_resource(&url, value).unwrap();
            index.insert(published.name.to_owned(), compiler.compile(&url, &mut schemas).unwrap());
        }
        Self { schemas, index }
    }

    fn is_valid(&self, name: &str, value: &Value) -> bool {
        self.schemas.validate(value, self.index[name]).is_ok()
    }
}

fn ours() -> BTreeMap<String, jsonschema::Validator> {
    schema::PUBLISHED
        .iter()
        .map(|published| {
            let validator = schema::compile(published.name).unwrap();
            (published.name.to_owned(), validator)
        })
        .collect()
}

/// What of an example is held to the schema of its folder.
fn part(schema: &str, value: &Value) -> Value {
    if schema == "envelope.v1" { value.clone() } else { value["data"].clone() }
}

#[test]
fn both_validators_agree_on_every_example() {
    let (oracle, ours) = (Oracle::compile(), ours());
    for example in examples() {
        let value = part(&example.schema, &example.value());
        assert_eq!(
            ours[&example.schema].is_valid(&value),
            oracle.is_valid(&example.schema, &value),
            "{}/{}",
            example.schema,
            example.name
        );
    }
}

/// Every place in a tree, the root first.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, inner)| places(inner, &format!("{at}/{name}"), out))
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(i, inner)| places(inner, &format!("{at}/{i}"), out));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn spoil(value: &mut Value, place: usize, how: &Spoil) {
    let mut all = Vec::new();
    places(value, "", &mut all);
    let pointer = all[place % all.len()].clone();
    match how {
        Spoil::Replace(with) => {
            if let Some(target) = value.pointer_mut(&pointer) {
                *target = with.clone();
            }
        }
        Spoil::Add => {
            if let Some(Value::Object(map)) = value.pointer_mut(&pointer) {
                map.insert("another".to_owned(), Value::Null);
            }
        }
        Spoil::Remove => {
            if let Some((parent, name)) = pointer.rsplit_once('/')
                && let Some(Value::Object(map)) = value.pointer_mut(parent)
            {
                map.remove(name);
            }
        }
        Spoil::Repeat => {
            if let Some(Value::Array(items)) = value.pointer_mut(&pointer) {
                items.extend(items.clone());
            }
        }
        Spoil::Text(suffix) => {
            if let Some(Value::String(text)) = value.pointer_mut(&pointer) {
                text.push_str(suffix);
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Spoil {
    Replace(Value),
    Add,
    Remove,
    Repeat,
    Text(String),
}

fn spoils() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            (0..50_i32).prop_map(Value::from),
            (-3.0..3.0_f64).prop_map(Value::from),
            "[ -~é]{0,12}".prop_map(Value::from),
            "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]".prop_map(Value::from),
            "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-5][0-9](\\.[0-9]{1,11})?(Z|z|\\+01:00|)"
                .prop_map(Value::from),
            Just(Value::Array(vec![])),
            Just(serde_json::json!({})),
        ]
        .prop_map(Spoil::Replace),
        Just(Spoil::Add),
        Just(Spoil::Remove),
        Just(Spoil::Repeat),
        "[ -~\\n]{1,3}".prop_map(Spoil::Text),
    ]
}

#[test]
fn both_validators_agree_on_spoilt_examples() {
    let (oracle, ours) = (Oracle::compile(), ours());
    let examples: Vec<(String, Value)> = examples()
        .iter()
        .filter(|example| example.valid)
        .map(|example| (example.schema.clone(), part(&example.schema, &example.value())))
        .collect();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        cases: 4_000,
        ..ProptestConfig::default()
    });
    let strategy = (0..examples.len(), proptest::collection::vec((any::<usize>(), spoils()), 1..3));
    runner
        .run(&strategy, |(which, changes)| {
            let (name, mut value) = examples[which].clone();
            for (place, how) in &changes {
                spoil(&mut value, *place, how);
            }
            prop_assert_eq!(
                ours[&name].is_valid(&value),
                oracle.is_valid(&name, &value),
                "{} {}",
                name,
                value
            );
            Ok(())
        })
        .unwrap();
}
