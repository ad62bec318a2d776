//! Heads of the log: signed once, for everybody, over a tree that a replay has too.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_aggregator::{Aggregator, Metrics, OUTBOX, Options, check_log, prove};
use carehub_contract::seal::{
    Checked, FaultCode, SignedHead, Signer, Statement, absent_leaf, encode_head, head_of, leaf,
};
use carehub_contract::{encode_policy, encode_tick};
use carehub_domain::Position;
use carehub_domain::message::Tick;
use carehub_domain::policy::Policy;
use carehub_storage::log::{Log, MemoryLog};
use carehub_storage::table::Digest;
use jiff::{SignedDuration, Timestamp};
use nkeys::KeyPair;
use prometheus::Registry;
use serde_json::json;
use tokio::sync::oneshot;

const POLICY: &str = r#"{
    "version": "test-1", "pack": "test",
    "body": [
        {"id": "police", "name": "Police", "roles": ["police"]},
        {"id": "council-qa", "name": "QA", "roles": ["council-qa", "register"]},
        {"id": "public", "name": "Those who only speak", "roles": ["public"]}
    ],
    "powers": {"register": ["register"], "never_reads": ["public"]}
}"#;

struct Scene {
    memory: MemoryLog,
    log: Log,
    signer: Signer,
    /// How many concerns were said.
    said: u32,
    /// The hour of the last tick, after the beginning.
    hour: i64,
}

impl Scene {
    async fn new() -> Self {
        let memory = MemoryLog::new();
        let log = Log::Memory(memory.clone());
        let signer = Signer::new(KeyPair::new_user());
        let scene = Self { memory, log, signer, said: 0, hour: 0 };
        scene.clock();
        let policy: Policy = serde_json::from_str(POLICY).unwrap();
        let encoded = encode_policy(&policy, Timestamp::UNIX_EPOCH).unwrap();
        scene.log.publish(&encoded.subject, Bytes::from(encoded.payload)).await.unwrap();
        scene
    }

    fn clock(&self) -> Timestamp {
        let begin: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let now = begin + SignedDuration::from_hours(self.hour);
        self.memory.set_time(now.as_nanosecond());
        now
    }

    async fn say(&mut self, count: u32) {
        for _ in 0..count {
            self.said += 1;
            let now = self.clock();
            let event = json!({
                "specversion": "1.0", "id": format!("c-{}", self.said), "source": "urn:carehub:police",
                "type": "uk.carehub.concern.raised.v1", "subject": "home-1", "time": now,
                "datacontenttype": "application/json",
                "data": {"kind": "safeguarding-referral", "occurred_at": now, "severity": "medium"}
            });
            let subject = "carehub.concern.police.home-1";
            self.log.publish(subject, Bytes::from(event.to_string())).await.unwrap();
        }
    }

    /// A tick so many hours after the one before.
    async fn tick(&mut self, hours: i64) {
        self.hour += hours;
        let now = self.clock() + SignedDuration::from_secs(i64::from(self.said));
        let encoded = encode_tick(now, &Tick { decided_through: Position(0) }).unwrap();
        self.log.publish(&encoded.subject, Bytes::from(encoded.payload)).await.unwrap();
    }

    /// Runs a hub until the log holds so many heads, and everything is folded.
    async fn run(&self, directory: &Path, heads: usize) {
        let options = Options { signer: Some(self.signer.clone()), ..Options::default() };
        let metrics = Metrics::new(&Registry::new()).unwrap();
        let hub = Aggregator::open(self.log.clone(), directory, metrics, options).await.unwrap();
        let view = hub.view();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(hub.run(async {
            let _ = stopped.await;
        }));
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let last = self.log.last_sequence().await.unwrap();
            if self.heads().len() >= heads && view.progress().position >= last {
                break;
            }
            assert!(Instant::now() < deadline, "{} heads of {heads}", self.heads().len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.send(()).unwrap();
        task.await.unwrap().unwrap();
    }

    fn on(&self, prefix: &str) -> Vec<SignedHead> {
        let messages = self.memory.messages();
        let on = messages.iter().filter(|stored| stored.subject.starts_with(prefix));
        on.filter_map(|stored| head_of(&stored.payload)).collect()
    }

    fn heads(&self) -> Vec<SignedHead> {
        self.on("carehub.control.head.")
    }

    async fn digest(&self, directory: &Path) -> Digest {
        let metrics = Metrics::new(&Registry::new()).unwrap();
        let options = Options::default();
        let mut hub =
            Aggregator::open(self.log.clone(), directory, metrics, options).await.unwrap();
        hub.fold_through(self.log.last_sequence().await.unwrap(), |_| {}).await.unwrap();
        hub.table().digest(&[OUTBOX]).unwrap()
    }

    async fn checked(&self, directory: Option<&Path>) -> Checked {
        let keys = [self.signer.public_key()];
        check_log(&self.log, directory, &keys, Vec::new(), |_| {}).await.unwrap()
    }
}

#[tokio::test]
async fn a_head_is_signed_once_sent_to_every_reader_and_names_the_one_before() {
    let (dir, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut scene = Scene::new().await;
    scene.say(300).await;
    scene.tick(0).await;
    scene.run(dir.path(), 1).await;
    let size = scene.heads()[0].statement.size;
    assert_eq!(size, 302, "the policy, what was said, and the tick");
    // Not due again: neither an hour nor 5,000 positions have passed. A hub that starts again, also
    // with nothing but the log, says nothing twice.
    scene.say(10).await;
    scene.tick(0).await;
    scene.run(dir.path(), 1).await;
    scene.run(fresh.path(), 1).await;
    assert_eq!(scene.heads().len(), 1);
    scene.tick(2).await;
    scene.run(dir.path(), 2).await;
    let heads = scene.heads();
    assert_eq!(heads[0].statement.previous, None);
    assert_eq!(heads[1].statement.previous, Some(heads[0].statement.hash()));
    assert!(heads.iter().all(SignedHead::is_genuine));
    for reader in ["police", "council-qa"] {
        assert_eq!(scene.on(&format!("carehub.notice.{reader}.general.head-")), heads, "{reader}");
    }
    assert_eq!(scene.on("carehub.notice.").len(), 4, "and nobody else");
    let checked = scene.checked(Some(dir.path())).await;
    assert_eq!((checked.faults, checked.heads), (Vec::new(), 2));
    assert_eq!(checked.sound_through, heads[1].statement.size);
    let empty = tempfile::tempdir().unwrap();
    let digests = [scene.digest(dir.path()).await, scene.digest(fresh.path()).await];
    assert_eq!(digests, [scene.digest(empty.path()).await; 2]);
}

#[tokio::test]
async fn a_head_in_the_log_that_says_something_else_than_was_due_is_an_alarm() {
    for (honest, alarms) in [(true, 0), (false, 1)] {
        let (dir, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut scene = Scene::new().await;
        scene.say(3).await;
        scene.tick(0).await;
        scene.run(dir.path(), 1).await;
        let due = scene.heads()[0].statement.clone();
        let root = if honest { due.root } else { absent_leaf(1) };
        let said = scene.signer.sign(Statement { root, ..due }).unwrap();
        // The same log, in which a hub with the key has said that.
        let mut other = Scene::new().await;
        other.say(3).await;
        other.tick(0).await;
        let stream = other.log.identity().await.unwrap().to_string();
        let statement = Statement { stream, ..said.statement };
        let head = encode_head(&scene.signer.sign(statement).unwrap()).unwrap();
        other.log.publish(&head.subject, Bytes::from(head.payload)).await.unwrap();
        let metrics = Metrics::new(&Registry::new()).unwrap();
        let log = other.log.clone();
        let options = Options::default();
        let mut hub = Aggregator::open(log, fresh.path(), metrics.clone(), options).await.unwrap();
        hub.fold_through(other.log.last_sequence().await.unwrap(), |_| {}).await.unwrap();
        assert_eq!(metrics.heads_differing.get(), alarms, "{honest}");
    }
}

#[tokio::test]
async fn an_erased_message_keeps_its_leaf_in_its_tombstone() {
    let (dir, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut scene = Scene::new().await;
    scene.say(20).await;
    scene.tick(0).await;
    scene.run(dir.path(), 1).await;
    let stored = scene.log.get(7).await.unwrap().unwrap();
    let leaf = leaf(7, stored.time, &stored.subject, &stored.headers, &stored.payload);
    let whole = prove(&scene.log, 7, true, |_| {}).await.unwrap();
    assert_eq!((whole.check(), whole.leaf), (Ok(()), leaf));
    scene.log.delete(7).await.unwrap();
    for directory in [Some(dir.path()), None] {
        let faults = scene.checked(directory).await.faults;
        let faults: Vec<_> = faults.iter().map(|fault| (fault.code, fault.from)).collect();
        assert_eq!(faults, [(FaultCode::Missing, 7)]);
    }
    assert!(prove(&scene.log, 9, true, |_| {}).await.is_err(), "the log is not what was signed");
    let tombstone = json!({ "type": "any", "data": { "position": 7, "leaf": leaf.to_string() } });
    scene.log.publish("carehub.tombstone.7", Bytes::from(tombstone.to_string())).await.unwrap();
    scene.tick(2).await;
    // A hub that has only the log now goes on with the same tree.
    scene.run(fresh.path(), 2).await;
    for directory in [Some(dir.path()), Some(fresh.path()), None] {
        let checked = scene.checked(directory).await;
        assert_eq!((checked.faults, checked.erased), (Vec::new(), 1));
        assert_eq!(checked.sound_through, scene.heads()[1].statement.size);
    }
    assert_eq!(prove(&scene.log, 9, true, |_| {}).await.unwrap().check(), Ok(()));
    assert!(prove(&scene.log, 7, true, |_| {}).await.is_err(), "it is erased");
    let leaf_alone = prove(&scene.log, 7, false, |_| {}).await.unwrap();
    assert_eq!((leaf_alone.check(), leaf_alone.leaf), (Ok(()), leaf));
}
