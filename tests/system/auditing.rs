//! The audit on a real hub: who asked is kept before anything is shown, nobody but the hub writes it,
//! and nobody takes anything out of it.

use serde_json::{Value, json};

use crate::harness::{Server, until};
use crate::process::Hub;

/// What `carehub audit` prints, a line a record.
fn records(hub: &Hub, arguments: &[&str]) -> Vec<Value> {
    let (status, said) = hub.run(&[&["audit", "--json"], arguments].concat());
    assert!(status.success(), "{said}");
    said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_looked_at_a_home_is_answered_on_the_command_line() {
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Hub::start(dir.path());
    hub.get_json("council-qa", "/api/v1/homes/F00001");
    hub.get_json("police", "/api/v1/homes?q=F00001");
    hub.get_json("police", "/api/v1/homes/F00002");
    let told = records(&hub, &["--home", "F00001"]);
    let told: Vec<(&Value, &Value)> =
        told.iter().map(|record| (&record["agency"], &record["action"])).collect();
    assert_eq!(
        told,
        [(&json!("police"), &json!("homes-listed")), (&json!("council-qa"), &json!("home-read"))]
    );
    let police = records(&hub, &["--agency", "police", "--action", "home-read"]);
    assert_eq!(police.len(), 1);
    assert_eq!(police[0]["home"], "F00002");
    // What an auditor reads is in the order of time, and bounded by it.
    let until = police[0]["at"].as_str().expect("a time");
    assert_eq!(records(&hub, &["--until", until]).len(), 2);
    // From then on, that and the reading of the audit itself, three times so far.
    let since = records(&hub, &["--since", until]);
    let of = |action: &str| since.iter().filter(|record| record["action"] == action).count();
    assert_eq!((of("home-read"), of("audit-read"), since.len()), (1, 3, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_record_can_be_kept_nothing_is_shown() {
    let (first, second) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let mut host = Hub::start(first.path());
    let reader = Hub::serve(&host, second.path(), &["--no-aggregator"]);
    reader.get_json("council-qa", "/api/v1/homes/F00001");
    // The nats-server goes away; the pictures are still in this hub's memory.
    host.stop();
    let (status, body) = reader.get("council-qa", "/api/v1/homes/F00001");
    assert_eq!(status, 503, "{body}");
    let problem: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(problem["code"], "audit-unavailable");
    assert!(problem.get("concerns").is_none());
}

#[tokio::test]
async fn no_agency_and_no_eraser_writes_reads_or_deletes_the_audit() {
    let server = Server::start(&["police", "cqc"]).await;
    let audit = server.log().await.audit();
    let home = "carehub.audit.cqc.F00001.home-read";
    audit.publish(home, "{}".into()).await.expect("the hub writes it");
    for name in ["police", "erasure"] {
        let party = server.client(name).await;
        for subject in [
            "carehub.audit.police.F00001.home-read",
            home,
            "$JS.API.STREAM.MSG.DELETE.CAREHUB-AUDIT",
            "$JS.API.STREAM.PURGE.CAREHUB-AUDIT",
            "$JS.API.STREAM.DELETE.CAREHUB-AUDIT",
            "$JS.API.STREAM.MSG.GET.CAREHUB-AUDIT",
            "$JS.API.DIRECT.GET.CAREHUB-AUDIT",
            "$JS.API.CONSUMER.CREATE.CAREHUB-AUDIT.spy",
            "carejs.STREAM.MSG.DELETE.CAREHUB-AUDIT",
        ] {
            let body = json!({ "seq": 1 }).to_string();
            party.publish(subject, body.into()).await.expect("handed to the server");
            party.flush().await.expect("flushed");
            let denial = party.next_error().await;
            assert!(denial.contains("permissions violation"), "{name} {subject}: {denial}");
        }
        party.subscribe("carehub.audit.>").await.expect("handed to the server");
        party.flush().await.expect("flushed");
        let denial = party.next_error().await;
        assert!(denial.contains("permissions violation"), "{name}: {denial}");
    }
    until("only the hub's own record is there", async || {
        audit.state().await.is_ok_and(|state| state.messages == 1)
    })
    .await;
    // The hub's own key cannot take it out either.
    assert!(audit.delete(1).await.is_err());
}
