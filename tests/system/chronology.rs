//! `carehub chronology` on a real hub: what a body could have known of a home, and when.

use carehub_contract::seal::{Hash, leaf};
use carehub_storage::log::Stored;
use jiff::Timestamp;
use serde_json::Value;

use crate::process::Hub;
use crate::speaking::{Kind, Record, Said};

const HOME: &str = "home-1";

fn concerns(chronology: &Value) -> usize {
    let entries = chronology["entries"].as_array().expect("entries");
    entries.iter().filter(|entry| entry["type"] == "concern").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_is_shown_what_it_could_have_known_at_a_moment() {
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Hub::start(dir.path());
    let (link, record) = (hub.link("ambulance").await, Record::default());
    let says = async |id: &str| {
        record.publish(&link, Said::concern("ambulance", HOME, id, Kind::Referral, 2)).await;
        hub.settled().await;
    };
    says("a").await;
    let then = Timestamp::now().to_string();
    says("b").await;

    let ask = |body: &str, further: &[&str]| {
        hub.run(&[&["chronology", HOME, "--body", body], further].concat())
    };
    let json = |body: &str, further: &[&str]| -> Value {
        let (status, said) = ask(body, &[&["--json"], further].concat());
        assert!(status.success(), "{said}");
        serde_json::from_str(&said).expect("JSON")
    };
    let now = json("ambulance", &[]);
    assert_eq!(concerns(&now), 2);
    assert_eq!(concerns(&json("ambulance", &["--as-known-at", &then])), 1);
    // Its own officers read the same over HTTP.
    let over_http = |further: &str| {
        let path = format!("/api/v1/reports/chronology?home={HOME}{further}");
        let report = hub.get_json("ambulance", &path);
        let tables = report["tables"].as_array().expect("tables");
        let entries = tables.iter().find(|table| table["name"] == "entries").expect("entries");
        let rows = entries["rows"].as_array().expect("rows");
        rows.iter().filter(|row| row["what"] == "safeguarding-referral").count()
    };
    assert_eq!(over_http(""), 2);
    assert_eq!(over_http(&format!("&as_known_at={then}")), 1);
    assert_eq!(over_http("&as_known_at=2020-01-01"), 0);

    // Before anything was said there was no such home; nor is there one for whom nobody has told of it.
    let (status, said) = ask("ambulance", &["--as-known-at", "2020-01-01"]);
    assert!(!status.success() && said.contains("no home home-1"), "{said}");

    // The leaf of an entry is that of its message in the log, which `carehub prove` proves.
    let log = hub.log_content().await;
    let stored = log.iter().find(|stored| stored.subject.ends_with(".ambulance.home-1"));
    let Stored { sequence, time, subject, headers, payload } = stored.expect("the concern");
    let leaf = leaf(*sequence, *time, subject, headers, payload).to_string();
    let first = now["entries"][0]["reference"].as_str().expect("a reference");
    assert_eq!(now["leaves"][first], leaf);

    // Who may read its words has them with the fingerprint of its message, by the command and over HTTP alike; by either
    // hash `carehub prove` finds the message.
    let sha256 = Hash::of(payload).to_string();
    assert_eq!(now["said"][first]["sha256"], sha256);
    let words = now["said"][first]["text"]["summary"].as_str();
    let report = hub.get_json("ambulance", &format!("/api/v1/reports/chronology?home={HOME}"));
    let rows = report["tables"][0]["rows"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["reference"] == first).expect("the entry");
    assert_eq!((row["sha256"].as_str(), row["said"].as_str()), (Some(&*sha256), words));
    for named in [["--sha256", &*sha256], ["--leaf", &*leaf]] {
        let (_, said) = hub.run(&[&["prove", "--without-payload"], &named[..]].concat());
        let names = [format!("position {sequence} "), format!("\"position\": {sequence}")];
        assert!(names.iter().any(|name| said.contains(name)), "{named:?}: {said}");
    }
    let nothing = "0".repeat(64);
    let (status, said) = hub.run(&["prove", "--sha256", &nothing]);
    assert!(!status.success() && said.contains("no message of the log has this hash"), "{said}");

    let (status, csv) = ask("ambulance", &["--csv", "--by", "recorded"]);
    assert!(status.success(), "{csv}");
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].ends_with("detail,said,reference,leaf,sha256"), "{csv}");
    assert!(lines.iter().any(|line| line.contains(&sha256)), "{csv}");
    assert_eq!(lines.iter().filter(|line| line.contains("concern: ")).count(), 2, "{csv}");
    let (_, text) = ask("ambulance", &[]);
    assert!(text.starts_with("Chronology of home-1"), "{text}");

    // Each of these readings stands in the audit.
    let (status, audit) = hub.run(&["audit", "--json", "--home", HOME, "--action", "exported"]);
    assert!(status.success(), "{audit}");
    assert_eq!(audit.lines().count(), 5, "{audit}");
    assert!(audit.contains("chronology for ambulance"), "{audit}");
}
