//! The audit on a real hub: who asked is kept before anything is shown, nobody but the hub writes it,
//! and nobody takes anything out of it.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Server, until};
use crate::process::{Hub, carehub, today};

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
    assert_eq!(records(&hub, &["--until", until]).len(), 3, "and the policy at the start");
    // From then on, that and the reading of the audit itself, three times so far.
    let since = records(&hub, &["--since", until]);
    let of = |action: &str| since.iter().filter(|record| record["action"] == action).count();
    assert_eq!((of("home-read"), of("audit-read"), since.len()), (1, 3, 4));
}

/// Runs a command that names its own places; whether it succeeded.
fn runs(arguments: &[&str]) -> bool {
    Command::new(carehub()).args(arguments).output().expect("run carehub").status.success()
}

/// The codes of the records of an action, in their order; a record of what was done has none.
fn codes(hub: &Hub, action: &str) -> Vec<Value> {
    let mut all = records(hub, &["--action", action]);
    all.reverse();
    all.iter().map(|record| record["code"].clone()).collect()
}

/// An agency asks that an event be erased.
fn erase(hub: &Hub, agency: &str, more: &[&str]) {
    let key = hub.key(agency);
    let asked = ["erase", "--home", "F00001", "--reason", "sent-in-error", "--decided-by", "lead"];
    let place = ["--nats", &hub.nats_url(), "--key", text(&key)];
    assert!(runs(&[&asked[..], &place, more].concat()));
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasures_and_what_commands_did_are_in_the_audit() {
    let dir = tempfile::tempdir().expect("a directory");
    let other = tempfile::tempdir().expect("a directory");
    let mut hub = Hub::start(dir.path());
    for id in ["e1", "e2"] {
        let concern = json!({
            "kind": "complaint", "severity": "low", "occurred_at": today().to_string(),
            "summary": "words",
        });
        hub.says("police", "F00001", id, "concern.raised", concern).await;
    }
    // One is erased by its sender, one is not by somebody else.
    erase(&hub, "police", &["e1"]);
    erase(&hub, "ambulance", &["e2", "--of", "police"]);
    until("erasures are in the audit", async || codes(&hub, "erased").len() == 1).await;
    until("and what was asked for", async || codes(&hub, "erasure-asked").len() == 2).await;
    let asked = records(&hub, &["--action", "erasure-asked", "--home", "F00001"]);
    let refused = asked.iter().find(|record| record["outcome"] == "refused").expect("refused");
    assert_eq!(
        (&refused["agency"], &refused["code"]),
        (&json!("ambulance"), &json!("not-permitted"))
    );
    let done = &records(&hub, &["--action", "erased"])[0];
    assert_eq!((&done["agency"], &done["home"]), (&json!("police"), &json!("F00001")));
    assert_eq!(done["why"], "sent-in-error, decided by lead");

    // Commands on files: what was done, and what was refused, without the name that was typed.
    assert!(!hub.run(&["account", "disable", "mistyped-secret"]).0.success());
    assert!(hub.run(&["account", "list"]).0.success());
    let keys = other.path().join("keys");
    let made = ["nats", "config", "--plain", "--generate-keys", text(&keys)];
    assert!(runs(&made));
    assert!(runs(&["nats", "rotate", "police", "--keys", text(&keys)]));
    assert!(runs(&["nats", "revoke", "ambulance", "--keys", text(&keys)]));
    assert!(!runs(&["nats", "rotate", "nobody", "--keys", text(&keys)]));
    let refused = json!("command-refused");
    until("they are kept", async || codes(&hub, "accounts-listed") == [json!(null)]).await;
    assert_eq!(codes(&hub, "account-changed"), std::slice::from_ref(&refused));
    assert_eq!(codes(&hub, "key-changed"), [] as [Value; 0], "nobody brought them yet");
    assert!(hub.run(&["audit", "--waiting", text(&keys)]).0.success());
    assert_eq!(codes(&hub, "key-changed"), [json!(null), json!(null), refused]);
    let changed = records(&hub, &["--action", "key-changed"]);
    assert_eq!(changed[2]["what"], "police both keys", "{changed:?}");

    // What is done while no hub runs is kept by the next, and nothing twice.
    hub.stop();
    assert!(hub.run(&["backup", "make", text(&other.path().join("backup"))]).0.success());
    assert!(!hub.run(&["backup", "make", text(&other.path().join("backup"))]).0.success());
    hub.run_json(&["verify", "--json"]);
    hub.restart();
    until("the backups are in the audit", async || codes(&hub, "backup-made").len() == 2).await;
    assert_eq!(codes(&hub, "backup-made"), [json!(null), json!("command-refused")]);
    until("the check is", async || codes(&hub, "log-checked").len() == 1).await;
    hub.kill9();
    hub.restart();
    // One is erased by whoever may besides its sender: it is recorded as theirs.
    erase(&hub, "sab-manager", &["e2", "--of", "police"]);
    until("the next erasure is", async || codes(&hub, "erased").len() >= 2).await;
    let counts = ["erased", "erasure-asked", "backup-made"].map(|action| codes(&hub, action).len());
    assert_eq!(counts, [2, 3, 2]);
    for action in ["erased", "erasure-asked"] {
        let newest_first = records(&hub, &["--action", action]);
        let last = &newest_first[0];
        assert_eq!(last["agency"], "sab-manager", "{action}: {last}");
        assert_eq!(last["what"], "what police said", "{action}: {last}");
    }
    let all = records(&hub, &[]);
    let said = format!("{all:?}");
    assert!(!said.contains("mistyped-secret") && !said.contains("words"), "{said}");
    assert_eq!(codes(&hub, "policy-activated"), [json!(null)], "the policy with which it began");
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
