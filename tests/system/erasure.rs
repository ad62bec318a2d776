//! Erasure leaves the text nowhere on disk, and every projection as a fresh replay has it (law 9).

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_storage::table::{Digest, Table, TableOptions};
use serde_json::{Value, json};

use crate::process::{Hub, carehub};

/// How long an erasure may take on a loaded machine.
const ERASED_WITHIN: Duration = Duration::from_secs(120);

const AGENCY: &str = "ambulance";
const HOME: &str = "home-1";

/// Words that nothing else on this machine holds.
fn mark(of: &str) -> String {
    format!("kestrel {of} {:x} over the weir", std::process::id())
}

/// Every file below `root` that holds `text`, byte by byte.
fn holding(root: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(root) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        // A link leads to what is searched where it stands.
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(text.len()).any(|part| part == text.as_bytes())
        {
            found.push(path);
        }
    }
    found
}

fn event(id: &str, event_type: &str, data: &Value) -> Bytes {
    let now = jiff::Timestamp::now();
    let event = json!({
        "specversion": "1.0", "id": id, "source": format!("urn:carehub:{AGENCY}"),
        "type": format!("uk.carehub.{event_type}.v1"), "subject": HOME, "time": now,
        "datacontenttype": "application/json", "data": data,
    });
    Bytes::from(event.to_string())
}

fn concern(id: &str, summary: &str) -> Bytes {
    let data = json!({
        "kind": "safeguarding-referral", "severity": "high", "occurred_at": jiff::Timestamp::now(),
        "summary": summary, "person_ref": "pn1:fictional", "about_named_individual": true,
        "source_record": { "system": "cad", "id": format!("CAD {id}") },
    });
    event(id, "concern.raised", &data)
}

async fn say(hub: &Hub, payload: Bytes) -> u64 {
    let link = hub.link(AGENCY).await;
    let subject = format!("carehub.concern.{AGENCY}.{HOME}");
    link.publish(&subject, payload).await.expect("publish")
}

/// `carehub` on its own, with this on its standard input.
fn run(arguments: &[&str], input: &[u8]) -> (bool, String) {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut child = Command::new(carehub())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("run carehub");
    child.stdin.take().expect("its input").write_all(input).expect("write its input");
    let output = child.wait_with_output().expect("wait for carehub");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn erase(hub: &Hub, named: &[&str], reason: &str) {
    let (key, url) = (hub.key(AGENCY), hub.nats_url());
    let mut arguments = vec!["erase"];
    arguments.extend(named);
    arguments.extend([
        "--home",
        HOME,
        "--reason",
        reason,
        "--decided-by",
        "data-protection-officer",
    ]);
    arguments.extend(["--key", key.to_str().expect("UTF-8"), "--nats", &url]);
    let (done, said) = run(&arguments, b"");
    assert!(done, "{said}");
}

async fn gone(hub: &Hub, positions: &[u64]) {
    let log = hub.log().await;
    let deadline = Instant::now() + ERASED_WITHIN;
    loop {
        let left = log.get_many(positions).await.expect("read the log");
        if left.iter().all(Option::is_none) {
            break;
        }
        assert!(Instant::now() < deadline, "still there: {left:?}\n{}", hub.last_words());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    hub.settled().await;
}

/// What the projections hold, the outbox aside.
fn dump(hub: &Hub) -> Digest {
    let table = Table::open(&hub.table_dir(), &TableOptions::default()).expect("open the table");
    table.digest(&[carehub_aggregator::OUTBOX]).expect("read the table")
}

fn sound(hub: &Hub) {
    let checked = hub.run_json(&["verify", "--json"]);
    assert_eq!(checked["differences"], json!([]), "{checked}");
    assert_eq!(checked["missing"], 0, "{checked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erased_text_is_nowhere_on_disk_and_the_projections_are_those_of_a_fresh_replay() {
    let root = tempfile::tempdir().expect("a directory");
    let text = mark("everywhere");
    let data_dir = root.path().join("hub");
    let mut hub = Hub::start(&data_dir);
    // It waits in the sender's spool while the hub is away, and is there to be found.
    let (spool, key) = (root.path().join("spool"), hub.key(AGENCY));
    let publish = |url: &str| {
        let arguments = [
            "publish",
            "--json",
            "--nats",
            url,
            "--key",
            key.to_str().expect("UTF-8"),
            "--spool",
            spool.to_str().expect("UTF-8"),
        ];
        run(&arguments, &[&concern("c-1", &text)[..], b"\n"].concat())
    };
    let (_, said) = publish("nats://127.0.0.1:1");
    assert!(said.contains("spooled"), "{said}");
    assert!(!holding(&spool, &text).is_empty(), "the search finds what is there");
    let (_, said) = publish(&hub.nats_url());
    assert!(said.contains("stored"), "{said}");
    assert_eq!(
        holding(&spool, &text),
        [] as [PathBuf; 0],
        "the spool lets go what is acknowledged"
    );
    // The same again, other words under the same id, a correction, one that is rejected.
    let again = concern("c-2", &text);
    let mut positions = vec![say(&hub, again.clone()).await, say(&hub, again).await];
    positions.push(say(&hub, concern("c-2", &format!("{text}, once more"))).await);
    let set = json!({ "summary": format!("{text}, put right"), "severity": "medium" });
    let data = json!({ "corrects": { "id": "c-2" }, "reason": text, "set": set });
    positions.push(say(&hub, event("c-2-corrected", "concern.corrected", &data)).await);
    let bad = json!({ "kind": "no-such-kind", "severity": "high", "summary": text });
    let rejected = say(&hub, event("bad", "concern.raised", &bad)).await;
    for n in 3..9 {
        say(&hub, concern(&format!("c-{n}"), "An ordinary concern.")).await;
    }
    hub.settled().await;
    let timeline = format!("/api/v1/homes/{HOME}/timeline");
    let shown = hub.get_json(AGENCY, &timeline).to_string();
    assert!(shown.contains(&text), "its own sender reads it: {shown}");
    assert!(!holding(&data_dir, &text).is_empty(), "the search finds what is there");
    // A backup of before, and projections that were made again.
    hub.stop();
    let backup = root.path().join("backup");
    let made = hub.run(&["backup", "make", backup.to_str().expect("UTF-8"), "--json"]);
    assert!(made.0.success(), "{}", made.1);
    assert!(!holding(&backup, &text).is_empty(), "the backup holds it");
    sound(&hub);
    assert!(hub.run(&["rebuild"]).0.success());
    hub.restart();

    erase(&hub, &["c-1"], "sent-in-error");
    erase(&hub, &["c-2"], "wrong-person");
    erase(&hub, &["--position", &rejected.to_string()], "not-necessary");
    positions.push(rejected);
    gone(&hub, &positions).await;
    let deadline = Instant::now() + ERASED_WITHIN;
    while !holding(&data_dir, &text).is_empty() {
        assert!(Instant::now() < deadline, "{:?}", holding(&data_dir, &text));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let home = hub.get_json(AGENCY, &format!("/api/v1/homes/{HOME}"));
    assert_eq!(home["concerns"]["total"], 8, "what was erased still counts: {home}");
    assert!(!hub.get_json(AGENCY, &timeline).to_string().contains(&text));
    // The same id is a duplicate with the same bytes, and used with others: it is remembered.
    hub.stop();
    sound(&hub);
    assert_eq!(holding(&data_dir, &text), [] as [PathBuf; 0], "the scratch of verify");
    let before = dump(&hub);
    hub.delete_table();
    hub.restart();
    hub.settled().await;
    hub.stop();
    assert_eq!(dump(&hub), before, "a fresh replay over the gaps gives the same bytes");
    sound(&hub);
    // The backup follows.
    let followed = hub.run(&["backup", "erase", backup.to_str().expect("UTF-8"), "--json"]);
    assert!(followed.0.success(), "{}", followed.1);
    assert_eq!(holding(root.path(), &text), [] as [PathBuf; 0], "nowhere, the backup included");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_applies_later_erasures_before_anybody_can_read() {
    let root = tempfile::tempdir().expect("a directory");
    let text = mark("restored");
    let mut hub = Hub::start(&root.path().join("hub"));
    let position = say(&hub, concern("c-1", &text)).await;
    hub.settled().await;
    hub.stop();
    let backup = root.path().join("backup");
    let backup = backup.to_str().expect("UTF-8");
    assert!(hub.run(&["backup", "make", backup]).0.success());
    hub.restart();
    erase(&hub, &["c-1"], "person-objected");
    gone(&hub, &[position]).await;
    hub.stop();
    // The machine is lost; what is left is the backup and the newest copy of the ledger.
    let ledger = root.path().join("hub/erasures.ndjson");
    let restored_dir = root.path().join("restored");
    let arguments = [
        "backup",
        "restore",
        backup,
        "--json",
        "--erasures",
        ledger.to_str().expect("UTF-8"),
        "--data-dir",
        restored_dir.to_str().expect("UTF-8"),
    ];
    let (done, said) = run(&arguments, b"");
    assert!(done, "{said}");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["carried_over"], 1);
    assert_eq!(holding(&restored_dir, &text), [] as [PathBuf; 0], "gone before a hub ran on it");
    let mut restored = Hub::start(&restored_dir);
    restored.settled().await;
    let home = restored.get_json(AGENCY, &format!("/api/v1/homes/{HOME}"));
    assert_eq!(home["concerns"]["total"], 1, "it still counts");
    // What is said next is decided as ever: the carried tombstone claims no cause of this log.
    for n in 2..9 {
        say(&restored, concern(&format!("c-{n}"), "An ordinary concern.")).await;
    }
    restored.settled().await;
    let escalations = restored.get_json("council-safeguarding", "/api/v1/escalations");
    assert!(!escalations["items"].as_array().expect("a list").is_empty(), "{escalations}");
    restored.stop();
    sound(&restored);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_returned_goes_when_its_clean_replacement_is_accepted() {
    let root = tempfile::tempdir().expect("a directory");
    let text = mark("returned");
    let mut hub = Hub::start(root.path());
    let dirty = format!("{text}: call 01632 960 983");
    let position = say(&hub, concern("c-1", &dirty)).await;
    hub.settled().await;
    let shown = hub.get_json(AGENCY, &format!("/api/v1/homes/{HOME}/timeline"));
    assert!(shown.to_string().contains("text-withheld"), "its sender sees that it waits: {shown}");
    // The role that receives such a concern is told at once, of the structured fields.
    let told = hub.get_json("council-safeguarding", "/api/v1/escalations").to_string();
    assert!(told.contains("text that its sender must put right"), "{told}");
    assert!(!told.contains(&text));
    let set = json!({ "summary": "Clean words." });
    let data = json!({ "corrects": { "id": "c-1" }, "reason": "A phone number.", "set": set });
    say(&hub, event("c-1-clean", "concern.corrected", &data)).await;
    gone(&hub, &[position]).await;
    assert_eq!(holding(root.path(), &text), [] as [PathBuf; 0]);
    hub.stop();
    sound(&hub);
    let before = dump(&hub);
    hub.delete_table();
    hub.restart();
    hub.settled().await;
    hub.stop();
    assert_eq!(dump(&hub), before);
}
