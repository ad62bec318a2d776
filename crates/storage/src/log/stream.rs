//! The stream's settings: the safe ones, and the comparison with what a server really has.
//!
//! Settings are written and read as JetStream's own JSON, because a field that a client library
//! does not know is exactly the one that would go unnoticed.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::api::{ask, part, refused};
use super::{JetStreamLog, Kept, LogError};
use crate::wire::ApiError;

const DESCRIBE: &str = "describing the stream";
const CREATE: &str = "creating the stream";

/// What an operator may choose about the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamSettings {
    /// How many servers keep each message: 1, or 3 in production.
    pub replicas: u8,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self { replicas: 1 }
    }
}

/// Tells one stream from another of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamIdentity {
    /// The stream's name.
    pub name: String,
    /// When it was created, as the server writes it (RFC 3339).
    pub created: String,
}

impl std::fmt::Display for StreamIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} created {}", self.name, self.created)
    }
}

/// How much the stream holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct StreamState {
    /// The first sequence that is still there; 0 for a stream that never held anything.
    #[serde(rename = "first_seq")]
    pub first: u64,
    /// The newest sequence that was given out, also when that message was deleted.
    #[serde(rename = "last_seq")]
    pub last: u64,
    /// How many messages are there.
    pub messages: u64,
    /// How many bytes they take on disk.
    pub bytes: u64,
}

/// A setting that is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The setting, by its name in JetStream's JSON.
    pub setting: String,
    /// What it must be, as JSON.
    pub wanted: String,
    /// What the server has, as JSON.
    pub found: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is {}, not {}", self.setting, self.found, self.wanted)
    }
}

/// The differences in one line.
pub(super) fn list(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl JetStreamLog {
    pub(super) async fn ensure_stream(
        &self,
        settings: &StreamSettings,
    ) -> Result<StreamIdentity, LogError> {
        let wanted = wanted(self.kept, settings);
        let info = match self.describe().await? {
            Ok(info) => info,
            Err(error) if error.number == ApiError::STREAM_NOT_FOUND => {
                let created = ask(&self.wire, CREATE, &self.api("STREAM.CREATE"), &wanted).await?;
                // The server's own view decides, also after creating: a server that does not
                // know a setting ignores it. A refusal may mean that another hub was quicker.
                match (self.describe().await?, created) {
                    (Ok(info), _) => info,
                    (Err(_), Err(error)) => return Err(refused(CREATE, error)),
                    (Err(error), Ok(_)) => return Err(refused(DESCRIBE, error)),
                }
            }
            Err(error) => return Err(refused(DESCRIBE, error)),
        };
        let differences = compare(&wanted, info.get("config").unwrap_or(&Value::Null));
        if differences.is_empty() {
            self.identity_in(&info)
        } else {
            Err(LogError::Drift { stream: self.kept.name, differences })
        }
    }

    pub(super) async fn identity(&self) -> Result<StreamIdentity, LogError> {
        self.identity_in(&self.describe().await?.map_err(|error| refused(DESCRIBE, error))?)
    }

    pub(super) async fn state(&self) -> Result<StreamState, LogError> {
        let info = self.describe().await?.map_err(|error| refused(DESCRIBE, error))?;
        part(DESCRIBE, info.get("state").unwrap_or(&Value::Null))
    }

    async fn describe(&self) -> Result<Result<Value, ApiError>, LogError> {
        ask(&self.wire, DESCRIBE, &self.api("STREAM.INFO"), &Value::Null).await
    }

    fn identity_in(&self, info: &Value) -> Result<StreamIdentity, LogError> {
        let created: String = part(DESCRIBE, info.get("created").unwrap_or(&Value::Null))?;
        Ok(StreamIdentity { name: self.kept.name.to_owned(), created })
    }
}

/// Every setting that the log's safety depends on, in JetStream's JSON.
fn wanted(kept: &Kept, settings: &StreamSettings) -> Value {
    json!({
        "name": kept.name,
        "subjects": kept.subjects,
        "storage": "file",
        "retention": "limits",
        "num_replicas": settings.replicas,
        // Nothing is ever dropped to make room; a full log refuses, and the sender hears of it.
        "discard": "new",
        "discard_new_per_subject": false,
        "max_msgs": -1,
        "max_bytes": -1,
        "max_age": 0,
        "max_msgs_per_subject": -1,
        "max_msg_size": -1,
        // Each agency and each officer has one. Unlimited cannot be asked for: since 2.15 the
        // server puts its own default, 1,000, in the place of -1.
        "max_consumers": 100_000,
        "no_ack": false,
        "sealed": false,
        // De-duplication by id works across agencies, so one could suppress another's event.
        // 100 ms is the least the server takes; 0 would mean two minutes.
        "duplicate_window": 100_000_000,
        // Erasure deletes single messages of the log; nobody removes many at once, and nothing of
        // the audit.
        "deny_delete": !kept.erasable,
        "deny_purge": true,
        // Headers of any of these let a publisher erase, forge or expire what others said.
        "allow_rollup_hdrs": false,
        "allow_msg_ttl": false,
        "allow_msg_schedules": false,
        "allow_msg_counter": false,
        "allow_atomic": false,
        "allow_batched": false,
        "subject_delete_marker_ttl": 0,
        "allow_direct": true,
    })
}

/// Settings that concern neither safety nor meaning, so that an operator may choose them.
const FREE: [&str; 7] = [
    "description",
    "metadata",
    "placement",
    "consumer_limits",
    "mirror_direct",
    "compression",
    "pause_until",
];

/// Compares the wanted settings with the server's. A setting that is not named here and is not
/// at its zero value counts as a difference: a newer server may have a newer way to lose data.
fn compare(wanted: &Value, found: &Value) -> Vec<Difference> {
    let empty = Map::new();
    let wanted = wanted.as_object().unwrap_or(&empty);
    let found = found.as_object().unwrap_or(&empty);
    let mut differences = Vec::new();
    for (setting, want) in wanted {
        let have = found.get(setting).unwrap_or(&Value::Null);
        if !same(setting, want, have) {
            differences.push(difference(setting, want, have));
        }
    }
    for (setting, have) in found {
        let unknown = !wanted.contains_key(setting) && !FREE.contains(&setting.as_str());
        let harmless = is_zero(have) || (setting == "persist_mode" && have == "default");
        if unknown && !harmless {
            differences.push(difference(setting, &Value::Null, have));
        }
    }
    differences
}

fn difference(setting: &str, wanted: &Value, found: &Value) -> Difference {
    Difference { setting: setting.to_owned(), wanted: wanted.to_string(), found: found.to_string() }
}

fn same(setting: &str, want: &Value, have: &Value) -> bool {
    if setting == "subjects" {
        return sorted(want) == sorted(have);
    }
    // The server leaves out what is false, zero or empty.
    want == have || (is_zero(want) && is_zero(have))
}

fn sorted(subjects: &Value) -> Vec<&str> {
    let mut subjects: Vec<&str> =
        subjects.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    subjects.sort_unstable();
    subjects
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(value) => value.is_empty(),
        Value::Array(value) => value.is_empty(),
        Value::Object(value) => value.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AUDIT, LOG};
    use super::*;

    #[track_caller]
    fn check(setting: &str, value: Value, expected: &[&str]) {
        let wanted = wanted(&LOG, &StreamSettings::default());
        let mut found = wanted.clone();
        if let Some(settings) = found.as_object_mut() {
            settings.insert(setting.to_owned(), value);
        }
        let named: Vec<String> =
            compare(&wanted, &found).into_iter().map(|difference| difference.setting).collect();
        assert_eq!(named, expected);
    }

    #[test]
    fn equal_settings_do_not_differ() {
        check("name", json!(LOG.name), &[]);
    }

    #[test]
    fn nothing_of_the_audit_can_be_deleted() {
        let settings = StreamSettings::default();
        assert_eq!(wanted(&AUDIT, &settings)["deny_delete"], json!(true));
        assert_eq!(wanted(&AUDIT, &settings)["deny_purge"], json!(true));
        assert_eq!(wanted(&LOG, &settings)["deny_delete"], json!(false));
    }

    #[test]
    fn what_the_server_leaves_out_is_zero() {
        check("no_ack", Value::Null, &[]);
        check("deny_purge", Value::Null, &["deny_purge"]);
    }

    #[test]
    fn the_order_of_subjects_is_free_and_their_number_is_not() {
        let mut reversed = LOG.subjects.to_vec();
        reversed.reverse();
        check("subjects", json!(reversed), &[]);
        check("subjects", json!(["carehub.>"]), &["subjects"]);
    }

    #[test]
    fn unknown_settings_count_unless_they_are_off() {
        check("allow_time_travel", json!(true), &["allow_time_travel"]);
        check("allow_time_travel", json!(false), &[]);
        check("persist_mode", json!("async"), &["persist_mode"]);
        check("mirror", json!({ "name": "OTHER" }), &["mirror"]);
        check("description", json!("ours"), &[]);
    }
}
