//! A client that nobody here wrote: nats-py, with an agency's key and nothing of ours.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::process::Hub;

const AGENCY: &str = "council-safeguarding";
const HOME: &str = "fictional-foreign";

/// The Python that can import it.
pub(crate) fn python() -> std::ffi::OsString {
    std::env::var_os("CAREHUB_TEST_PYTHON").unwrap_or_else(|| {
        panic!(
            "CAREHUB_TEST_PYTHON names no Python with nats-py: run `cargo xtask test`, which makes \
             one under target/python"
        )
    })
}

#[tokio::test]
async fn a_foreign_client_publishes_and_gets_its_rejection_and_its_escalation() {
    let python = python();
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Hub::start(dir.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign/client.py");

    let mut client = Command::new(python);
    client.arg(script).arg(hub.nats_url()).arg(hub.key(AGENCY)).args([AGENCY, HOME]);
    let output = tokio::task::spawn_blocking(move || client.output().expect("run the client"));
    let output = output.await.expect("the client ends");
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the client failed:\n{wrong}");
    let said: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");

    let acks = said["acks"].as_array().expect("acknowledgements");
    let positions: Vec<u64> = acks.iter().filter_map(|ack| ack["position"].as_u64()).collect();
    assert!(acks.iter().all(|ack| ack["stream"] == "CAREHUB"), "{acks:?}");
    assert_eq!(positions.len(), 6, "{acks:?}");
    assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");

    let rejection = &said["rejection"]["data"];
    assert_eq!(rejection["code"], "schema-violation", "{said}");
    assert_eq!(rejection["event_id"], "foreign-bad");
    let faults = rejection["faults"].as_array().expect("faults");
    let mut pointers: Vec<&str> =
        faults.iter().filter_map(|fault| fault["pointer"].as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/data/colour", "/data/severity"], "{rejection}");

    let escalation = &said["escalation"]["data"]["escalation"];
    assert_eq!(said["escalation"]["data"]["to"], AGENCY, "{said}");
    assert_eq!(escalation["trigger"], "referrals-6m");
    assert_eq!(escalation["home"], HOME);
    assert_eq!(escalation["responsible"], json!([AGENCY]));
    let path = format!("/api/v1/homes/{HOME}/timeline?type=concern-raised&order=oldest");
    let page = hub.get_json(AGENCY, &path);
    let items = page["items"].as_array().expect("items");
    let named: Vec<&Value> = items.iter().map(|item| &item["reference"]).collect();
    assert_eq!(escalation["evidence"]["events"], json!(named), "the six that it published");
}
