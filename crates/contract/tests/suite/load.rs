//! Reads the example files and gives each the subject that it belongs on.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use carehub_contract::event_type::{Named, channels, parse_name};
use carehub_contract::{Contract, DeliveryStep, Mode, Subject};
use carehub_domain::message::{Channel, Message};
use carehub_domain::{BodyId, EscalationId, HomeId, NoticeId, PersonId, Position};
use jiff::Timestamp;
use serde_json::Value;

/// The home of every example but the unmatched one.
pub(crate) const HOME: &str = "fictional-rosewood";

/// An example file.
pub(crate) struct Example {
    /// The schema, such as `concern.raised.v1`.
    pub(crate) schema: String,
    pub(crate) valid: bool,
    /// The file's name without `.json`.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Example {
    /// The tree; null when it is not JSON.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The code and the pointer that an invalid example must give.
    pub(crate) fn expected(&self) -> (String, String) {
        let (code, rest) = self.name.split_once('.').unwrap_or((&self.name, ""));
        if code == "not-json" {
            return (code.to_owned(), String::new());
        }
        (code.to_owned(), format!("/{}", rest.replace('.', "/")))
    }

    /// Decodes it as the log would hold it.
    pub(crate) fn decode(&self, contract: &Contract, mode: Mode) -> Message {
        contract.decode(&self.subject(), &self.bytes, recorded_at(), Position(7), mode)
    }

    /// The subject: of the agency in `source`, of [`HOME`] unless it is the unmatched example.
    pub(crate) fn subject(&self) -> Subject {
        let value = self.value();
        let data = &value["data"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let agency = match value["source"].as_str().and_then(|s| s.strip_prefix("urn:carehub:")) {
            Some(agency) if !self.name.starts_with("source-mismatch") => agency.to_owned(),
            _ => "council-qa".to_owned(),
        };
        let agency = BodyId::new(&agency).unwrap();
        let home = if value["subject"] == "unmatched" { "unmatched" } else { HOME };
        let home = HomeId::new(home).unwrap();
        let cause = || Position(data["cause"]["position"].as_u64().unwrap_or(1));
        match self.schema.as_str() {
            "escalation.changed.v1"
            | "escalation.changed.v2"
            | "escalation.changed.v3"
            | "escalation.changed.v4"
            | "escalation.told.v1"
            | "escalation.told.v2" => Subject::Escalation {
                to: BodyId::new(&text(&data["to"])).unwrap(),
                home,
                id: EscalationId::new(&text(&data["escalation"]["id"])).unwrap(),
                revision: u32::try_from(data["escalation"]["revision"].as_u64().unwrap()).unwrap(),
            },
            "notice.given.v1" | "notice.given.v2" | "notice.given.v3" => Subject::Notice {
                to: BodyId::new(&text(&data["to"])).unwrap(),
                home,
                id: NoticeId::new(&text(&data["notice"]["id"])).unwrap(),
            },
            "rejection.issued.v1" => Subject::Rejection {
                agency: BodyId::new(&text(&data["agency"])).unwrap(),
                cause: cause(),
            },
            "refusal.issued.v1" => Subject::Refusal {
                agency: BodyId::new(&text(&data["agency"])).unwrap(),
                cause: cause(),
            },
            "tombstone.written.v1" => {
                Subject::Tombstone { position: Position(data["position"].as_u64().unwrap()) }
            }
            "control.ticked.v1" => Subject::Tick { due: 1 },
            "control.head-signed.v1" => {
                Subject::Head { size: data["size"].as_u64().unwrap_or_default() }
            }
            "policy.activated.v1"
            | "policy.activated.v2"
            | "policy.activated.v3"
            | "policy.activated.v4"
            | "policy.activated.v5" => {
                Subject::Policy { version: text(&data["policy"]["version"]) }
            }
            "person.settings-changed.v1" => Subject::Person {
                person: PersonId::new(&text(&data["person"])).unwrap(),
                revision: 1,
            },
            "delivery.planned.v1"
            | "delivery.made.v1"
            | "delivery.failed.v1"
            | "delivery.ended.v1" => Subject::Delivery {
                person: PersonId::new(&text(&data["person"])).unwrap(),
                number: 1,
                step: DeliveryStep::Done,
            },
            "receipt.given.v1" => Subject::Receipt { agency },
            // It stands in a stream of its own.
            "audit.recorded.v1" | "audit.recorded.v2" => {
                Subject::Reserved("carehub.audit".to_owned())
            }
            "alert.given.v1" => Subject::Alert { to: agency, home },
            own => {
                let named = match parse_name(&format!("uk.carehub.{own}")) {
                    Named::Known(event_type) => channels(event_type)[0],
                    Named::OtherVersion | Named::Unknown => Channel::Concern,
                };
                Subject::Agency { channel: named, agency, home }
            }
        }
    }
}

/// The contract, compiled once for all tests.
pub(crate) fn contract() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::compile().unwrap());
    &CONTRACT
}

/// When the log took every example.
pub(crate) fn recorded_at() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// The directory of the schemas.
pub(crate) fn schemas() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

/// Every example of every schema.
pub(crate) fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for schema in sorted(&schemas().join("examples")) {
        for (folder, valid) in [("valid", true), ("invalid", false)] {
            for file in sorted(&schema.join(folder)) {
                examples.push(Example {
                    schema: name(&schema),
                    valid,
                    name: name(&file).trim_end_matches(".json").to_owned(),
                    bytes: fs::read(&file).unwrap(),
                });
            }
        }
    }
    assert!(examples.len() > 150, "the examples are where they are looked for");
    examples
}

fn sorted(directory: &std::path::Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &std::path::Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
