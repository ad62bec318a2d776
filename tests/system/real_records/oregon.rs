//! Complaints of Oregon: two feeds of partly the same facts, and a list of corrections.
//!
//! The figures are known from elsewhere: the journalists who published the records counted 13,705
//! substantiated complaints, 13,032 of them in scope. Those counts are over source rows, so they are taken
//! from the log, which keeps the rejected ones too; the pictures hold the accepted ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use carehub_client::import::Accounting;
use carehub_storage::log::Stored;
use serde_json::Value;

use super::{all_pages, assert_nothing_vanished, first_cells, import, records, root};
use crate::process::Hub;

/// Reads all, and says nothing in these feeds.
const READER: &str = "council-qa";

/// Two facilities of which the journalists named a cluster.
const CLUSTERS: [&str; 2] = ["5MA223", "70M226"];

/// Imports the three files, each as the agency whose feed it is.
pub(super) fn import_all(hub: &Hub, files: &std::path::Path) -> [Accounting; 3] {
    let file = |name: &str| files.join(name).to_str().expect("a path in UTF-8").to_owned();
    let complaints = file("complaints.csv");
    let one = |agency: &str, arguments: &[&str]| {
        let mut reports = import(hub, agency, &[&["import", "--mapping"], arguments].concat());
        assert_eq!(reports.len(), 1, "one file, one accounting");
        let accounting = reports.remove(0);
        assert_nothing_vanished(&accounting);
        accounting
    };
    [
        one("licensing", &["oregon-complaints", &complaints]),
        one("ombudsman", &["oregon-narratives", &file("narratives.csv")]),
        one("licensing", &["oregon-corrections", "--with", &complaints, &file("corrections.csv")]),
    ]
}

/// A complaint as one feed told it, from the raw bytes in the log.
struct Told {
    number: String,
    facility: String,
    /// `2005-01-03`.
    happened: String,
    service: String,
    substantiated: bool,
    rejected: bool,
}

impl Told {
    fn of(event: &Value, rejected: bool) -> Self {
        let data = &event["data"];
        Self {
            number: text(&data["source_record"]["id"]).to_uppercase(),
            facility: text(&event["subject"]),
            happened: text(&data["occurred_at"]),
            service: text(&data["details"]["service_type"]),
            substantiated: data["details"]["finding"] == "substantiated",
            rejected,
        }
    }

    /// An adult foster home is no facility of these lists.
    fn found(&self) -> bool {
        self.substantiated && self.service != "AFH"
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

/// What was told, with the corrections applied: those that the contract rejected, too.
fn told(log: &[Stored]) -> Vec<Told> {
    let rejected = rejected_positions(log);
    let mut told: BTreeMap<(String, String), Told> = BTreeMap::new();
    for stored in log.iter().filter(|stored| stored.subject.starts_with("carehub.concern.")) {
        let event: Value = serde_json::from_slice(&stored.payload).expect("JSON");
        let source = text(&event["source"]);
        match event["type"].as_str() {
            Some("uk.carehub.concern.raised.v1") => {
                let row = Told::of(&event, rejected.contains(&stored.sequence));
                told.insert((source, text(&event["id"])), row);
            }
            Some("uk.carehub.concern.corrected.v1") => {
                let corrected = (source, text(&event["data"]["corrects"]["id"]));
                let row = told.get_mut(&corrected).expect("a correction of a complaint");
                let finding = &event["data"]["set"]["details"]["finding"];
                row.substantiated = finding == "substantiated";
            }
            other => panic!("nobody said {other:?}"),
        }
    }
    told.into_values().collect()
}

/// The positions of what the hub rejected whole.
fn rejected_positions(log: &[Stored]) -> BTreeSet<u64> {
    let rejections = log.iter().filter(|stored| stored.subject.starts_with("carehub.rejection."));
    rejections
        .filter_map(|stored| {
            let said: Value = serde_json::from_slice(&stored.payload).expect("JSON");
            let whole = said["data"]["outcome"] == "rejected";
            whole.then(|| said["data"]["cause"]["position"].as_u64()).flatten()
        })
        .collect()
}

/// The distinct numbers of the rows that a condition chooses.
fn numbers(told: &[Told], chosen: impl Fn(&Told) -> bool) -> usize {
    let numbers = told.iter().filter(|told| chosen(told)).map(|told| told.number.as_str());
    numbers.collect::<BTreeSet<_>>().len()
}

fn by_code(codes: &[(&str, u64)]) -> BTreeMap<String, u64> {
    codes.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect()
}

/// The accounting of each file, known from the rows themselves.
fn expected() -> [Accounting; 3] {
    let rows = |rows: u64| Accounting {
        rows_read: rows,
        rows_that_speak: rows,
        events: rows,
        ..Accounting::default()
    };
    [
        Accounting {
            accepted: 35_727,
            rejected: by_code(&[("date-impossible", 15), ("schema-violation", 20)]),
            ..rows(35_762)
        },
        Accounting {
            accepted: 1_943,
            corroborating: 6_384,
            text_withheld: 4,
            rejected: by_code(&[("date-impossible", 11), ("schema-violation", 10)]),
            ..rows(8_352)
        },
        Accounting { accepted: 52, ..rows(52) },
    ]
}

/// The same, when everything was said before: what was rejected does not occupy its id, and is
/// rejected again.
fn again(first: Accounting) -> Accounting {
    Accounting {
        duplicate: first.accepted + first.corroborating + first.text_withheld,
        accepted: 0,
        corroborating: 0,
        text_withheld: 0,
        ..first
    }
}

#[tokio::test]
async fn oregons_complaints_give_the_known_figures_and_a_second_import_changes_nothing() {
    let Some(files) = records("oregon") else { return };
    let dir = tempfile::tempdir().expect("a directory");
    let policy = root().join("deploy/policy/oregon");
    let policy = policy.to_str().expect("a path in UTF-8");
    let hub = Hub::start_with(dir.path(), &["--policy", policy, "--sync", "default"]);

    let started = Instant::now();
    assert_eq!(import_all(&hub, &files), expected());
    println!("three files imported in {:.1} s", started.elapsed().as_secs_f64());
    hub.settled().await;

    let log = hub.log_content().await;
    let told = told(&log);
    let listed: BTreeSet<String> = first_cells(&files.join("facilities.csv")).into_iter().collect();
    assert_eq!(listed.len(), 642);
    assert_eq!(numbers(&told, Told::found), 13_705);
    let in_scope = |told: &Told| {
        told.found() && listed.contains(&told.facility) && told.happened.as_str() >= "2005"
    };
    assert_eq!(numbers(&told, in_scope), 13_032);

    let homes = all_pages(&hub, READER, "/api/v1/homes");
    let counted: u64 = homes.iter().map(|home| home["total"].as_u64().expect("a total")).sum();
    let accepted = told.iter().filter(|told| !told.rejected);
    let incidents: BTreeSet<_> = accepted.map(|told| (&told.facility, &told.number)).collect();
    assert_eq!(counted, incidents.len() as u64, "each incident counts once, in its home's picture");

    for facility in CLUSTERS {
        let home = hub.get_json(READER, &format!("/api/v1/homes/{facility}"));
        let escalations = home["escalations"].as_array().expect("a list");
        assert!(!escalations.is_empty(), "{facility} has no escalation");
        let triggers = hub.get_json(READER, &format!("/api/v1/homes/{facility}/triggers"));
        for trigger in triggers["items"].as_array().expect("a list") {
            let (id, held) = (&trigger["id"], &trigger["first_held_on"]);
            println!("{facility}: {id} first held on {held}");
            let raised = escalations.iter().any(|escalation| escalation["trigger"] == *id);
            assert_eq!(held.is_string(), raised, "{facility}: {id} held, so it was raised");
        }
    }

    let escalations = all_pages(&hub, READER, "/api/v1/escalations");
    let started = Instant::now();
    assert_eq!(import_all(&hub, &files), expected().map(again));
    println!("and again in {:.1} s", started.elapsed().as_secs_f64());
    hub.settled().await;
    assert!(all_pages(&hub, READER, "/api/v1/homes") == homes, "a picture changed");
    assert!(all_pages(&hub, READER, "/api/v1/escalations") == escalations, "an escalation changed");
    let changes = |log: &[Stored]| {
        log.iter().filter(|stored| stored.subject.starts_with("carehub.escalation.")).count()
    };
    assert_eq!(changes(&hub.log_content().await), changes(&log), "an escalation was raised again");
    println!(
        "{} homes, {counted} incidents, {} escalations, as before",
        homes.len(),
        escalations.len()
    );
}
