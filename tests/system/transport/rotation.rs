//! Keys change while everybody works: nothing is lost, and nobody else notices.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use carehub_storage::link::AgencyLink;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::until;
use crate::process::Hub;
use crate::raw::Raw;

/// The server drops it within milliseconds; the rest is a loaded machine.
const CLOSED_WITHIN: Duration = Duration::from_secs(60);

fn address(hub: &Hub) -> String {
    hub.nats_url().replace("nats://", "")
}

async fn connect(hub: &Hub, seed: PathBuf) -> std::io::Result<Raw> {
    Raw::connect(&address(hub), &seed).await
}

/// Copies a seed, as its owner holds it: what the hub does to its own file is not the owner's.
fn owners_copy(hub: &Hub, dir: &tempfile::TempDir, file: &str) -> PathBuf {
    let copy = dir.path().join(format!("owner-{file}"));
    std::fs::copy(hub.key("hub").with_file_name(file), &copy).expect("copy a seed");
    copy
}

/// A publisher that never stops: each message has a number, and is sent until it is acknowledged,
/// by the connection that works.
struct Talker {
    links: Arc<tokio::sync::Mutex<Vec<AgencyLink>>>,
    acknowledged: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Talker {
    fn start(first: AgencyLink) -> Self {
        let links = Arc::new(tokio::sync::Mutex::new(vec![first]));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let (mine, count, ended) = (links.clone(), acknowledged.clone(), stop.clone());
        let task = tokio::spawn(async move {
            while !ended.load(Ordering::Relaxed) {
                let number = count.load(Ordering::Relaxed);
                // The newest key first: its owner has switched.
                let link = mine.lock().await.last().cloned().expect("a link");
                let subject = "carehub.concern.police.1-100000001";
                let said = link.publish(subject, format!("message {number}").into());
                if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_secs(5), said).await {
                    count.store(number + 1, Ordering::Relaxed);
                }
            }
        });
        Self { links, acknowledged, stop, task }
    }

    async fn goes_on(&self, by: u64) {
        let from = self.acknowledged.load(Ordering::Relaxed);
        until("the publisher goes on", async || {
            self.acknowledged.load(Ordering::Relaxed) >= from + by
        })
        .await;
    }

    async fn switch(&self, link: AgencyLink) {
        self.links.lock().await.push(link);
    }

    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.expect("the publisher ends");
        self.acknowledged.load(Ordering::Relaxed)
    }
}

async fn nats(hub: &Arc<Hub>, arguments: &[&str]) -> Value {
    let hub = hub.clone();
    let arguments: Vec<String> =
        ["nats"].iter().chain(arguments).chain(&["--json"]).map(ToString::to_string).collect();
    let run = move || hub.run_json(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.expect("run the command")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_rotated_while_its_owner_publishes_and_nobody_else_notices() {
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Arc::new(Hub::start_with(&dir.path().join("data"), &["--no-register"]));
    let old_seed = owners_copy(&hub, &dir, "police.nk");
    let mut ambulance = connect(&hub, hub.key("ambulance")).await.expect("let in");
    let mut police = connect(&hub, old_seed.clone()).await.expect("let in");
    let talker = Talker::start(hub.link("police").await);
    talker.goes_on(20).await;

    let begun = nats(&hub, &["rotate", "police"]).await;
    assert_eq!(
        (&begun["stage"], &begun["in_force"]),
        (&"both keys".into(), &true.into()),
        "{begun}"
    );
    let next = PathBuf::from(begun["seed"].as_str().expect("a file"));
    let new_seed = owners_copy(&hub, &dir, "police.nk.next");
    assert!(next.ends_with("police.nk.next"), "{begun}");
    // Both work, and the old one's connection has not been touched.
    police.judged().await.expect("the old key's connection lives");
    connect(&hub, new_seed.clone()).await.expect("the new key is let in");
    talker.goes_on(20).await;
    let seed = std::fs::read_to_string(&new_seed).expect("a seed");
    let link = AgencyLink::connect(&hub.nats_url(), seed.trim(), "police").await.expect("let in");
    talker.switch(link).await;
    talker.goes_on(20).await;

    let watch = tokio::spawn(async move {
        let closed = police.is_closed_within(CLOSED_WITHIN).await;
        (closed, Instant::now())
    });
    let asked = Instant::now();
    let finished = nats(&hub, &["rotate", "police", "--finish"]).await;
    assert_eq!(finished["stage"], "finished", "{finished}");
    let (closed, at) = watch.await.expect("watch");
    assert!(closed, "the old key's connection lives on");
    report("rotate --finish", at.saturating_duration_since(asked));
    assert!(connect(&hub, old_seed).await.is_err(), "the old key is let in");
    talker.goes_on(20).await;
    ambulance.judged().await.expect("the ambulance's connection was never touched");

    let said = talker.end().await;
    let log = hub.log_content().await;
    for number in 0..said {
        let text = format!("message {number}");
        assert!(log.iter().any(|stored| stored.payload == text), "{text} is lost");
    }
    // It outlives the hub: what is in force is what is on the disk.
    let mut hub = Arc::try_unwrap(hub).unwrap_or_else(|_| panic!("nobody else holds it"));
    hub.stop();
    hub.restart();
    connect(&hub, new_seed).await.expect("the new key is still let in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_is_dropped_at_once_and_never_comes_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let hub = Arc::new(Hub::start_with(&dir.path().join("data"), &["--no-register"]));
    let mut others = connect(&hub, hub.key("police")).await.expect("let in");
    // An agency by its name, an officer by theirs, and one of whom only the key is known.
    let mashs = std::fs::read_to_string(hub.key("police-mash")).expect("a seed");
    let mashs = nkeys::KeyPair::from_seed(mashs.trim()).expect("a seed").public_key();
    for (file, who) in [
        ("ambulance.nk", "ambulance"),
        ("council-qa.officer-1.nk", "council-qa.officer-1"),
        ("police-mash.nk", mashs.as_str()),
    ] {
        let old = owners_copy(&hub, &dir, file);
        let mut lost = connect(&hub, old.clone()).await.expect("let in");
        let watch = tokio::spawn(async move {
            let closed = lost.is_closed_within(CLOSED_WITHIN).await;
            (closed, Instant::now())
        });
        let asked = Instant::now();
        let revoked = nats(&hub, &["revoke", who]).await;
        assert_eq!(revoked["stage"], "revoked", "{revoked}");
        let (closed, at) = watch.await.expect("watch");
        assert!(closed, "{who}: the connection lives on");
        report(&format!("revoke {file}"), at.saturating_duration_since(asked));
        assert!(connect(&hub, old.clone()).await.is_err(), "{who}: the old key is let in");
        let seed = hub.key("hub").with_file_name(file);
        connect(&hub, seed).await.unwrap_or_else(|e| panic!("{who}: the new key: {e}"));
    }
    others.judged().await.expect("the police's connection was never touched");

    let (status, said) = hub.run(&["nats", "revoke", "hub"]);
    assert_eq!(status.code(), Some(1), "{said}");
    let (status, said) = hub.run(&["nats", "revoke", "nobody"]);
    assert_eq!(status.code(), Some(1), "{said}");

    // Out of an old backup: the hub says so and does not let it in.
    let mut hub = Arc::try_unwrap(hub).unwrap_or_else(|_| panic!("nobody else holds it"));
    hub.stop();
    let seed = hub.key("ambulance");
    std::fs::copy(dir.path().join("owner-ambulance.nk"), &seed).expect("restore the old seed");
    hub.launch();
    until("the hub refuses to start", async || hub.has_ended()).await;
    assert!(hub.last_words().contains("was revoked"), "{}", hub.last_words());
}

/// Figures for the record; a loaded machine is no reason to fail.
#[expect(clippy::print_stderr, reason = "a measurement, shown with --nocapture")]
fn report(what: &str, took: Duration) {
    eprintln!("{what}: the connection was closed {took:?} after the command began");
}
