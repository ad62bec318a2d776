//! The log is changed behind the hub's back, in a copy of nats-server's own store, and `carehub verify`
//! says so and where.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_contract::encode_tick;
use carehub_domain::Position;
use carehub_domain::message::Tick;
use carehub_storage::log::Log;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::foreign_client::python;
use crate::process::{Hub, carehub};
use crate::speaking::{Kind, Record, Said};

/// A head is due with the first tick after so many positions.
const POSITIONS_TO_A_HEAD: usize = 5_000;

/// A machine that is eight times slower than an idle one has to get there too.
const PATIENCE: Duration = Duration::from_secs(240);

const AGENCY: &str = "council-safeguarding";

/// Ticks are messages of the log like any other, and cost the fold nothing.
async fn tick(log: &Log, unix: i64, count: usize) {
    let message = |n: i64| {
        let due = Timestamp::from_second(unix + n).expect("a time");
        let tick = Tick { decided_through: Position(0) };
        let encoded = encode_tick(due, &tick).expect("a tick");
        (encoded.subject, Bytes::from(encoded.payload))
    };
    let messages = (0..).take(count).map(message);
    log.publish_all(messages, 256, |_| {}).await.expect("publish ticks");
}

/// Waits for the head that covers a position: its size and where it is in the log.
async fn head_over(log: &Log, position: u64) -> (u64, u64) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let newest = log.last_for_subject("carehub.control.head.>").await.expect("the log");
        if let Some(stored) = newest {
            let event: Value = serde_json::from_slice(&stored.payload).expect("JSON");
            let size = event["data"]["size"].as_u64().expect("a size");
            if size >= position {
                return (size, stored.sequence);
            }
        }
        assert!(Instant::now() < deadline, "no head over {position}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A stopped hub's directory, and what is known of it.
struct Scene {
    hub: Hub,
    /// Where the copies are.
    copies: tempfile::TempDir,
    /// A concern between the first head and the second.
    concern: u64,
    /// The sizes of the two heads.
    heads: [u64; 2],
}

impl Scene {
    async fn new(dir: &Path) -> Self {
        let mut hub = Hub::start_with(dir, &["--sync", "default"]);
        let record = Record::default();
        let log = hub.log().await;
        let link = hub.link("ambulance").await;
        for n in 0..3 {
            let said = Said::concern("ambulance", "home-1", &format!("a-{n}"), Kind::Referral, 2);
            record.publish(&link, said).await;
        }
        hub.settled().await;
        let before = log.last_sequence().await.expect("the last");
        tick(&log, 1_000, 1).await;
        let (first, _) = head_over(&log, before).await;
        for n in 0..3 {
            let said = Said::concern("ambulance", "home-1", &format!("b-{n}"), Kind::Referral, 2);
            record.publish(&link, said).await;
        }
        hub.settled().await;
        let newest = log.last_for_subject("carehub.concern.ambulance.>").await.expect("the log");
        let concern = newest.expect("a concern").sequence;
        tick(&log, 2_000, POSITIONS_TO_A_HEAD + 1).await;
        let (second, _) = head_over(&log, first + 1).await;
        hub.settled().await;
        // Both heads, as the agency keeps them.
        let (kept, deadline) = (dir.join("kept.ndjson"), Instant::now() + PATIENCE);
        let mut lines = String::new();
        while lines.matches("head-signed").count() < 2 {
            assert!(Instant::now() < deadline, "the agency has not got both heads: {lines}");
            let output = Command::new(carehub())
                .args(["subscribe", "--nats", &hub.nats_url(), "--idle", "2", "--key"])
                .arg(hub.key(AGENCY))
                .output()
                .expect("run subscribe");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            lines.push_str(&String::from_utf8_lossy(&output.stdout));
        }
        std::fs::write(kept, lines).expect("write the heads");
        drop(log);
        hub.stop();
        assert!(first < concern && concern < second);
        let copies = tempfile::tempdir().expect("a directory");
        Self { hub, copies, concern, heads: [first, second] }
    }

    /// A copy of everything, forged by `tests/forge/store.py`.
    fn forged(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let dir = self.copies.path().join(name);
        let original = self.hub.table_dir().parent().expect("the directory").to_owned();
        let status = Command::new("cp").arg("-r").args([&original, &dir]).status();
        assert!(status.expect("run cp").success());
        let store = dir.join("nats");
        for arguments in arguments.chunk_by(|_, next| *next != ";") {
            let arguments: Vec<&&str> = arguments.iter().filter(|word| **word != ";").collect();
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("forge/store.py");
            let mut forge = Command::new(python());
            forge.arg(script).arg(&store).args(arguments);
            let output = forge.output().expect("run the forger");
            let wrong = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}: {wrong}");
        }
        dir
    }

    /// What `carehub verify` says of the copy's log, and whether it exits with 0.
    fn verify(&self, dir: &Path, further: &[&str]) -> (bool, Value) {
        let output = Command::new(carehub())
            .args(["verify", "--json", "--log-only", "--nats", "127.0.0.1:0", "--data-dir"])
            .arg(dir)
            .args(further)
            .stdin(Stdio::null())
            .output()
            .expect("run verify");
        let said = String::from_utf8_lossy(&output.stdout);
        let line: Value = serde_json::from_str(said.trim()).unwrap_or_else(|_| {
            panic!("not JSON: {said}\n{}", String::from_utf8_lossy(&output.stderr))
        });
        (output.status.success(), line["log"].clone())
    }

    #[track_caller]
    fn check(&self, name: &str, forge: &[&str], expected: &Value) {
        let (sound, log) = self.verify(&self.forged(name, forge), &[]);
        assert_eq!(log["faults"], *expected, "{name}: {log}");
        assert_eq!(sound, *expected == json!([]), "{name}");
    }
}

fn fault(code: &str, from: u64, to: u64) -> Value {
    json!({ "code": code, "from": from, "to": to })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_changed_behind_the_hubs_back_is_found_and_where() {
    let dir = tempfile::tempdir().expect("a directory");
    let scene = Scene::new(dir.path()).await;
    let Scene { concern, heads: [first, second], .. } = scene;
    let at = concern.to_string();

    // As it was left.
    let checked = scene.hub.run_json(&["verify", "--json"]);
    assert_eq!(checked["log"]["faults"], json!([]), "{checked}");
    assert_eq!(checked["log"]["heads"], 2, "{checked}");
    assert_eq!(checked["log"]["sound_through"], second, "{checked}");
    assert_eq!(checked["differences"], json!([]), "{checked}");
    scene.check("untouched", &[], &json!([]));

    // A bit turns: nats-server passes over the message, or cuts the log there.
    let missing = json!([fault("log-message-missing", concern, concern)]);
    scene.check("flipped", &["flip", &at], &missing);
    let folded = checked["position"].as_u64().expect("a position");
    let cut = json!([fault("log-shorter", concern, folded)]);
    scene.check("flipped before a crash", &["flip-after-crash", &at], &cut);

    // What a checksum cannot tell.
    let changed = json!([fault("log-message-changed", concern, concern)]);
    let change = ["change", &at, "\"b-2\"", "\"b-9\""];
    scene.check("changed", &change, &changed);
    scene.check("removed", &["hole", &at], &missing);
    let removed = json!([fault("log-message-removed", concern, concern)]);
    scene.check("removed, the rest moved down", &["remove", &at], &removed);
    let inserted = json!([fault("log-message-inserted", concern, concern)]);
    scene.check("inserted", &["insert", &at], &inserted);

    // Without the projections as a witness, as narrowly as the heads say.
    let between = json!([fault("log-head-differs", first + 1, second)]);
    let blind = scene.forged("changed, without projections", &change);
    std::fs::remove_dir_all(blind.join("table")).expect("remove the projections");
    let (sound, log) = scene.verify(&blind, &[]);
    assert_eq!((sound, &log["faults"]), (false, &between), "{log}");

    // A hub with its own key signs the changed log anew: only the heads that an agency kept tell.
    let forged =
        scene.forged("signed anew", &[&change[..], &[";", "cut", &second.to_string()]].concat());
    std::fs::remove_dir_all(forged.join("table")).expect("remove the projections");
    let mut forger = Hub::start_with(&forged, &["--sync", "default"]);
    let log = forger.log().await;
    head_over(&log, second).await;
    forger.settled().await;
    drop(log);
    forger.stop();
    let (sound, log) = scene.verify(&forged, &[]);
    assert!(sound, "it signed everything anew: {log}");
    let kept = dir.path().join("kept.ndjson");
    let (sound, log) = scene.verify(&forged, &["--head", kept.to_str().expect("a path")]);
    assert_eq!((sound, &log["faults"]), (false, &between), "{log}");
    // They do not accuse a log that is as it was.
    let untouched = scene.copies.path().join("untouched");
    let (sound, log) = scene.verify(&untouched, &["--head", kept.to_str().expect("a path")]);
    assert!(sound, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_proven_without_a_hub_and_a_changed_proof_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut hub = Hub::start_with(dir.path(), &["--sync", "default"]);
    let (record, log) = (Record::default(), hub.log().await);
    let link = hub.link("ambulance").await;
    record.publish(&link, Said::concern("ambulance", "home-1", "a-1", Kind::Referral, 2)).await;
    hub.settled().await;
    let newest = log.last_for_subject("carehub.concern.ambulance.>").await.expect("the log");
    let stored = newest.expect("a concern");
    let position = stored.sequence.to_string();
    let (status, said) = hub.run(&["prove", "999999"]);
    assert_eq!(status.code(), Some(1), "{said}");
    tick(&log, 1_000, 1).await;
    head_over(&log, stored.sequence).await;
    let file = dir.path().join("proof.json");
    let path = file.to_str().expect("a path");
    let written = hub.run_json(&["prove", &position, "--out", path, "--json"]);
    assert_eq!(written["position"], stored.sequence, "{written}");
    let bare = dir.path().join("bare.json");
    let bare = bare.to_str().expect("a path");
    hub.run_json(&["prove", &position, "--without-payload", "--out", bare, "--json"]);
    let text = std::fs::read_to_string(bare).expect("read the proof");
    assert!(!text.contains("a-1"), "the message is in it: {text}");
    drop(log);
    hub.stop();

    // No hub, no network, no directory.
    let key = std::fs::read_to_string(dir.path().join("credentials/seal.pub")).expect("the key");
    let verify = |path: &str, key: &str| {
        let mut command = Command::new(carehub());
        command.args(["verify", "--json", "--proof", path, "--head-key", key]);
        let output = command.current_dir("/").output().expect("run verify");
        let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(output.status.success(), said["holds"] == true, "{said}");
        said["code"].as_str().unwrap_or("holds").to_owned()
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/verify_proof.py");
    let outside = |path: &str| {
        let output =
            Command::new(python()).arg(&script).arg(path).output().expect("run the script");
        output.status.success()
    };
    for path in [path, bare] {
        assert_eq!(verify(path, key.trim()), "holds");
        assert!(outside(path), "{path}");
    }
    let stranger = nkeys::KeyPair::new_user().public_key();
    assert_eq!(verify(path, &stranger), "proof-key-not-trusted");
    let proof: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("read")).expect("JSON");
    let seen = proof["message"]["text"].as_str().expect("the text");
    assert_eq!(seen.as_bytes(), &stored.payload[..]);
    let change = |pointer: &str, value: Value| {
        let mut proof = proof.clone();
        *proof.pointer_mut(pointer).expect("the field") = value;
        let path = dir.path().join("changed.json");
        std::fs::write(&path, proof.to_string()).expect("write");
        path.to_str().expect("a path").to_owned()
    };
    for (pointer, value, code) in [
        ("/message/payload", json!("7b7d"), "proof-message-differs"),
        ("/message/text", json!("{}"), "proof-message-differs"),
        ("/message/time", json!("1"), "proof-message-differs"),
        ("/inclusion/path/0", json!("00".repeat(32)), "proof-not-included"),
        ("/head/root", json!("00".repeat(32)), "proof-not-included"),
    ] {
        let changed = change(pointer, value);
        assert_eq!(verify(&changed, key.trim()), code, "{pointer}");
        assert!(!outside(&changed), "{pointer}");
    }
    let changed = change("/head/signature", json!("00".repeat(64)));
    assert_eq!(verify(&changed, key.trim()), "proof-not-signed");
}
