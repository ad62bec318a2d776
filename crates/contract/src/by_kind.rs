//! The schema of an event's `data`, and for concerns a shorter form of it for each kind.
//!
//! The published schema of a concern has a branch for each of 37 kinds. Whoever compiles the file
//! alone asks every branch whether it is meant; of a known kind only one is, so that one is compiled in
//! place of them all. A test holds the two forms to the same answers.

use std::collections::BTreeMap;

use carehub_domain::message::Fault;
use jsonschema::Validator;
use serde_json::Value;

use crate::contract::ContractError;
use crate::{schema, validate};

/// A compiled schema of `data`.
#[derive(Debug)]
pub(crate) struct DataSchema {
    whole: Validator,
    by_kind: BTreeMap<String, Validator>,
}

impl DataSchema {
    /// Compiles the published schema `name`.
    pub(crate) fn compile(name: &str) -> Result<Self, ContractError> {
        let whole = schema::read(name)?;
        let mut by_kind = BTreeMap::new();
        for branch in whole.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            let kind = branch.pointer("/if/properties/kind/const").and_then(Value::as_str);
            if let (Some(kind), Some(then)) = (kind, branch.get("then")) {
                let mut only = whole.clone();
                only["allOf"] = Value::Array(vec![then.clone()]);
                by_kind.insert(kind.to_owned(), schema::compile_value(name, &only)?);
            }
        }
        Ok(Self { whole: schema::compile_value(name, &whole)?, by_kind })
    }

    /// Whether `data` holds to the schema.
    pub(crate) fn is_valid(&self, data: &Value) -> bool {
        let kind = data.get("kind").and_then(Value::as_str);
        kind.and_then(|kind| self.by_kind.get(kind)).unwrap_or(&self.whole).is_valid(data)
    }

    /// Everything wrong with `data`; empty when it holds.
    pub(crate) fn faults(&self, data: &Value) -> Vec<Fault> {
        if self.is_valid(data) { Vec::new() } else { validate::faults(&self.whole, data, "/data") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 3_000, ..ProptestConfig::default() })]

        #[test]
        fn the_short_form_answers_as_the_published_one(
            kind in 0..40_usize, place in 0..40_usize, value in 0..6_usize, severity in "low|high|12", with in any::<bool>(),
        ) {
            thread_local!(static SCHEMA: DataSchema = DataSchema::compile("concern.raised.v1").unwrap());
            SCHEMA.with(|schema| {
                let kinds: Vec<&String> = schema.by_kind.keys().collect();
                assert_eq!(kinds.len(), 37);
                let kind = kinds.get(kind).map_or("no-kind", |kind| kind.as_str());
                let published = schema::read("concern.raised.v1").unwrap();
                let names: Vec<String> = published["$defs"].as_object().unwrap().iter()
                    .filter(|(name, _)| name.starts_with("details-"))
                    .flat_map(|(_, details)| details["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>())
                    .collect();
                let values = [json!("999"), json!("hospital"), json!(1), json!(true), json!("2026-01-01"), json!("none")];
                let mut data = json!({ "kind": kind, "occurred_at": "2026-01-01", "severity": severity });
                if with {
                    data["details"] = json!({ names[place % names.len()].clone(): values[value] });
                }
                assert_eq!(schema.is_valid(&data), schema.whole.is_valid(&data), "{data}");
            });
        }
    }
}
