//! `carehub verify` and `carehub rebuild` on a directory that they must not touch, and on projections
//! that are in doubt.

use std::path::Path;

use carehub_storage::table::{Batch, Table, TableOptions};

use crate::process::Hub;
use crate::speaking::{Kind, Record, Said};

async fn say(hub: &Hub, record: &Record, home: &str, events: u32) {
    let link = hub.link("ambulance").await;
    for n in 0..events {
        let id = format!("{home}-{n}");
        record.publish(&link, Said::concern("ambulance", home, &id, Kind::Referral, 2)).await;
    }
    hub.settled().await;
}

fn copy(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).expect("remove a directory");
    }
    let status = std::process::Command::new("cp").arg("-r").args([from, to]).status();
    assert!(status.expect("run cp").success());
}

/// It ends with 1, says why, and leaves the projections where they are.
#[track_caller]
fn check_refused(hub: &Hub, why: &str) {
    let (status, said) = hub.run(&["verify", "--json"]);
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains(why), "it does not say {why:?}: {said}");
    let table = Table::open(&hub.table_dir(), &TableOptions::default()).expect("still a table");
    assert!(table.get("m/meta").expect("readable").is_some(), "they were set aside");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projections_in_doubt_are_refused_and_left_as_they_are() {
    let dir = tempfile::tempdir().expect("a directory");
    let aside = tempfile::tempdir().expect("a directory");
    let record = Record::default();
    let mut hub = Hub::start(dir.path());
    // Enough for an escalation.
    say(&hub, &record, "home-1", 7).await;
    hub.stop();
    let (log, table) = (dir.path().join("nats"), hub.table_dir());
    copy(&log, &aside.path().join("earlier"));
    hub.restart();
    say(&hub, &record, "home-2", 3).await;
    hub.stop();
    assert_eq!(hub.run_json(&["verify", "--json"])["differences"], serde_json::json!([]));
    copy(&log, &aside.path().join("log"));
    copy(&table, &aside.path().join("table"));

    // A log that was restored from before.
    copy(&aside.path().join("earlier"), &log);
    check_refused(&hub, "its position is beyond the log");
    copy(&aside.path().join("log"), &log);

    // The projections of another hub.
    let other_dir = tempfile::tempdir().expect("a directory");
    let mut other = Hub::start(other_dir.path());
    other.settled().await;
    other.stop();
    copy(&other.table_dir(), &table);
    check_refused(&hub, "it was folded from another stream");

    // A damaged value of each kind.
    for prefix in ["m/activations", "p/", "h/", "i/", "e/", "v/", "m/meta"] {
        copy(&aside.path().join("table"), &table);
        {
            let table = Table::open(&table, &TableOptions::default()).expect("open the table");
            let found = table.scan(prefix).next().unwrap_or_else(|| panic!("no {prefix}"));
            let (key, _) = found.expect("readable");
            let mut batch = Batch::new();
            batch.put(key, [1_u8, 0xFF, 0xFF]);
            table.apply(batch).expect("write");
        }
        check_refused(&hub, "decode");
    }
    copy(&aside.path().join("table"), &table);
    assert_eq!(hub.run_json(&["verify", "--json"])["differences"], serde_json::json!([]));

    // What can be read, and is not what the log says, is named.
    let altered = {
        let table = Table::open(&table, &TableOptions::default()).expect("open the table");
        let first = |prefix: &str| {
            let found = table.scan(prefix).next().unwrap_or_else(|| panic!("no {prefix}"));
            found.expect("readable")
        };
        let ((policy, document), (escalation, _)) = (first("p/"), first("e/"));
        let (verdicts, _) = first("v/");
        let surplus = [&policy[..], b"~"].concat();
        let mut batch = Batch::new();
        batch.put(&policy, [&document[..], b" "].concat());
        batch.put(&surplus, &document);
        batch.remove(&escalation);
        batch.remove(&verdicts);
        table.apply(batch).expect("write");
        let named = |word: &str, key: &[u8]| format!("{word} {}", key.escape_ascii());
        let missing = [named("missing", &escalation), named("missing", &verdicts)];
        missing
            .into_iter()
            .chain([named("differs", &policy), named("surplus", &surplus)])
            .collect::<Vec<_>>()
    };
    let (status, said) = hub.run(&["verify", "--json"]);
    assert_eq!(status.code(), Some(1), "{said}");
    for difference in &altered {
        let quoted = serde_json::json!(difference).to_string();
        assert!(said.contains(&quoted), "it does not name {difference}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_hub_and_its_nats_server_are_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let record = Record::default();
    let hub = Hub::start(dir.path());
    say(&hub, &record, "home-1", 1).await;
    let (server, url) = (hub.nats_pid().expect("a server runs"), hub.nats_url());
    for arguments in [&["verify"][..], &["verify", "--redecide"], &["rebuild"]] {
        let (status, said) = hub.run(arguments);
        assert_eq!(status.code(), Some(1), "{said}");
        assert!(said.contains("stop the hub first"), "{arguments:?}: {said}");
        assert_eq!((hub.nats_pid(), hub.nats_url()), (Some(server), url.clone()), "{arguments:?}");
        say(&hub, &record, &format!("home-{}", arguments.join("")), 1).await;
    }
}

/// Listens on a port for as long as it lives; or somebody else does.
fn take_port(port: u16) -> Option<std::net::TcpListener> {
    std::net::TcpListener::bind(("127.0.0.1", port)).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_port_that_agencies_know_may_be_taken_meanwhile() {
    let dir = tempfile::tempdir().expect("a directory");
    let record = Record::default();
    let mut hub = Hub::start(dir.path());
    say(&hub, &record, "home-1", 2).await;
    let url = hub.nats_url();
    hub.stop();
    // The default one, and the one that this hub had.
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let _default = take_port(4222);
    let held = take_port(port).expect("its nats-server has stopped");
    assert_eq!(hub.run_json(&["verify", "--json"])["differences"], serde_json::json!([]));
    let rebuilt = hub.run_json(&["rebuild", "--json"]);
    assert!(rebuilt["position"].as_u64().is_some_and(|position| position > 2), "{rebuilt}");
    assert_eq!(hub.nats_pid(), None, "what they started they have stopped");
    drop(held);
    hub.restart();
    hub.settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_nats_server_that_a_killed_hub_left_goes_on_serving_agencies() {
    let dir = tempfile::tempdir().expect("a directory");
    let record = Record::default();
    let mut hub = Hub::start(dir.path());
    say(&hub, &record, "home-1", 2).await;
    let (server, url) = (hub.nats_pid().expect("a server runs"), hub.nats_url());
    hub.kill9();
    assert_eq!(hub.run_json(&["verify", "--json"])["differences"], serde_json::json!([]));
    hub.run_json(&["rebuild", "--json"]);
    assert_eq!((hub.nats_pid(), hub.nats_url()), (Some(server), url));
    // An agency still gets its word into the log.
    let link = hub.link("ambulance").await;
    record.publish(&link, Said::concern("ambulance", "home-2", "later", Kind::Referral, 2)).await;
    hub.restart();
    hub.settled().await;
}
