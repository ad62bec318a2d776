//! `carehub report` on a real hub: what it prints is what the API gives, for the agency of the token.

use std::process::Command;

use serde_json::Value;

use crate::process::{Hub, carehub};
use crate::speaking::{Kind, Record, Said};

const HOME: &str = "home-1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_printed_for_the_agency_of_the_token() {
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Hub::start(dir.path());
    let (link, record) = (hub.link("ambulance").await, Record::default());
    for id in ["a", "b", "c"] {
        record.publish(&link, Said::concern("ambulance", HOME, id, Kind::Referral, 2)).await;
    }
    hub.settled().await;
    let ask = |agency: &str, arguments: &[&str]| {
        let token = dir.path().join(format!("credentials/{agency}.token"));
        let mut command = Command::new(carehub());
        command
            .arg("report")
            .args(arguments)
            .args(["--http", hub.http()])
            .arg("--token")
            .arg(token);
        let output = command.output().expect("run carehub");
        let said = [output.stdout, output.stderr].concat();
        (output.status, String::from_utf8_lossy(&said).into_owned())
    };
    let pack = ["meeting-pack", "--since", "2020-01-01"];
    let (status, csv) = ask("council-safeguarding", &pack);
    assert!(status.success(), "{csv}");
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("home,home_name,level_before,level_now,new_concerns,"), "{csv}");
    assert!(lines.len() == 2 && lines[1].starts_with("home-1,"), "{csv}");
    let (_, text) = ask("council-safeguarding", &[&pack[..], &["--json"]].concat());
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["tables"][0]["rows"][0]["new_concerns"], 3, "{json}");
    let (_, concerns) =
        ask("council-safeguarding", &[&pack[..], &["--table", "concerns"]].concat());
    assert_eq!(concerns.lines().count(), 4, "{concerns}");
    // Each of the others answers, and what a report does not take is refused with its code.
    let names =
        ["threshold", "sources", "actions", "minutes", "memorandum", "contingency-plans", "board"];
    for name in names {
        let (status, csv) = ask("council-safeguarding", &[name]);
        assert!(status.success() && csv.contains(','), "{name}: {csv}");
        let (status, csv) = ask("council-safeguarding", &[name, "--published"]);
        assert!(status.success() && csv.starts_with("row,row_name"), "{name}: {csv}");
    }
    let (status, said) = ask("council-safeguarding", &["threshold", "--month", "2024-13"]);
    assert!(!status.success() && said.contains("bad-parameter"), "{said}");
    let (status, audit) = hub.run(&["audit", "--json", "--action", "report-read"]);
    assert!(status.success() && audit.contains("meeting-pack since=2020-01-01"), "{audit}");
}
