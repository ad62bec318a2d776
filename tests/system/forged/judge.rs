//! Another opinion of what is valid: the published schemas, read by another library, and the rules
//! of the envelope that the design gives.

use std::path::Path;

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;

/// The most bytes of a message from an agency.
const MOST: usize = 64 * 1024;

pub(super) struct Judge {
    schemas: Schemas,
    envelope: SchemaIndex,
    raised: SchemaIndex,
}

impl Judge {
    pub(super) fn new() -> Self {
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        let mut compile = |name: &str| {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(name);
            let text = std::fs::read_to_string(&file).expect("read the schema");
            let schema: Value = serde_json::from_str(&text).expect("JSON");
            let url = format!("http://schemas.invalid/{name}");
            compiler.add_resource(&url, schema).expect("a schema");
            compiler.compile(&url, &mut schemas).expect("a schema")
        };
        let (envelope, raised) = (compile("envelope.v1.json"), compile("concern.raised.v1.json"));
        Self { schemas, envelope, raised }
    }

    /// Whether a message from the police about F00001 may be accepted, apart from its id.
    pub(super) fn is_valid(&self, payload: &[u8]) -> bool {
        if payload.len() > MOST || has_member_twice(payload) {
            return false;
        }
        let Ok(event) = serde_json::from_slice::<Value>(payload) else { return false };
        let says = |member: &str, value: &str| event[member] == value;
        says("source", "urn:carehub:police")
            && says("type", "uk.carehub.concern.raised.v1")
            && (event["subject"].is_null() || says("subject", "F00001"))
            && self.schemas.validate(&event, self.envelope).is_ok()
            && self.schemas.validate(&event["data"], self.raised).is_ok()
    }
}

/// The id, if it can be read at all.
pub(super) fn id_of(payload: &[u8]) -> String {
    let event: Value = serde_json::from_slice(payload).unwrap_or_default();
    event["id"].as_str().unwrap_or_default().to_owned()
}

/// Whether the outermost object has a member twice.
fn has_member_twice(payload: &[u8]) -> bool {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = bool;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            let mut seen = std::collections::BTreeSet::new();
            let mut twice = false;
            while let Some((name, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                twice |= !seen.insert(name);
            }
            Ok(twice)
        }
    }
    serde_json::Deserializer::from_slice(payload).deserialize_map(Members).unwrap_or(false)
}
