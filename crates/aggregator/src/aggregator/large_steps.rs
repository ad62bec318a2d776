//! Messages that change more than one batch may hold: a rule book that is activated over thousands of
//! homes, and deadlines of thousands of homes that fell due in a week of silence (law 2).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_contract::encode_policy;
use carehub_domain::policy::{Policy, Rule};
use carehub_storage::log::{Log, MemoryLog, Read};
use jiff::{SignedDuration, Timestamp};
use prometheus::Registry;
use tokio::sync::oneshot;

use super::receipts::Receipts;
use super::{Aggregator, Options};
use crate::commit::Changes;
use crate::keys::OUTBOX;
use crate::metrics::Metrics;

const DATE: &str = "2026-03-02T10:00:00Z";

const BODIES: &str = r#""pack": "test", "body": [
    {"id": "police", "name": "Police", "roles": ["police"]},
    {"id": "council-qa", "name": "QA", "roles": ["council-qa", "register"]},
    {"id": "council-safeguarding", "name": "Safeguarding", "roles": ["council-safeguarding"]}
], "powers": {"register": ["register"]}, "sharing": {
    "source": "test", "routed": "nothing",
    "reporters": {"source": "test", "protected": ["whistle-blower"], "readers": ["police"]},
    "basis": [{"id": "safeguarding", "title": "Safeguarding", "article_6": "6(1)(e)",
        "article_9": "9(2)(g)", "schedule_1": "paragraph 18"}],
    "row": [{"share": "summary", "basis": ["safeguarding"], "purpose": "A test",
        "retention": "12 months", "source": "test"}]
}"#;

/// Every referral raises, and nobody answers.
const TRIGGERS: &str = r#""trigger": [
    {"id": "referrals", "title": "A referral", "source": "test", "kind": "score",
     "match": {"kinds": ["safeguarding-referral"]}, "half_life_days": 90, "limit": 1.0,
     "weights": {"low": 1.0, "medium": 1.0, "high": 1.0, "critical": 1.0},
     "level": "moderate", "responsible": ["council-safeguarding"], "told": ["police"],
     "answer": [{"step": "acknowledge", "within": "2 working days"}]},
    {"id": "asked", "title": "A person asks", "source": "test", "kind": "requested",
     "level": "as-asked", "answer": [{"step": "acknowledge", "within": "2 working days"}]},
    {"id": "unanswered", "title": "Late", "source": "test", "kind": "overdue", "level": "none",
     "answer": [{"step": "acknowledge", "within": "28 days"}], "ladder": ["council-qa"]}
]"#;

fn at(after: SignedDuration) -> Timestamp {
    DATE.parse::<Timestamp>().unwrap() + after
}

/// From now on this long after the beginning.
fn set_time(log: &MemoryLog, after: SignedDuration) {
    log.set_time(at(after).as_nanosecond());
}

async fn policy(log: &Log, version: &str, triggers: &str) {
    let text = format!(r#"{{"version": "{version}", {BODIES}, {triggers}}}"#);
    let policy: Policy = serde_json::from_str(&text).unwrap();
    let encoded = encode_policy(&policy, at(SignedDuration::ZERO)).unwrap();
    log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await.unwrap();
}

async fn referral(log: &Log, home: usize, time: Timestamp) {
    let event = serde_json::json!({
        "specversion": "1.0", "id": format!("ref-{home}"), "source": "urn:carehub:police",
        "type": "uk.carehub.concern.raised.v1", "subject": format!("home-{home}"), "time": time,
        "datacontenttype": "application/json",
        "data": {"kind": "safeguarding-referral", "occurred_at": time, "severity": "medium",
                 "summary": "A concern."}
    });
    let subject = format!("carehub.concern.police.home-{home}");
    log.publish(&subject, Bytes::from(event.to_string())).await.unwrap();
}

/// A log whose last message is the rule book that raises something in each of so many homes.
async fn activation(homes: usize) -> MemoryLog {
    let memory = MemoryLog::new();
    set_time(&memory, SignedDuration::ZERO);
    let log = Log::Memory(memory.clone());
    policy(&log, "1", r#""trigger": []"#).await;
    for home in 0..homes {
        referral(&log, home, at(SignedDuration::ZERO)).await;
    }
    policy(&log, "2", TRIGGERS).await;
    memory
}

/// A log whose last message comes after a week in which nobody answered for any of so many homes.
async fn backlog(homes: usize) -> MemoryLog {
    let memory = activation(homes).await;
    let log = Log::Memory(memory.clone());
    let dir = tempfile::tempdir().unwrap();
    run(&log, dir.path(), Options::default()).await;
    set_time(&memory, SignedDuration::from_hours(7 * 24));
    referral(&log, homes, at(SignedDuration::from_hours(7 * 24))).await;
    memory
}

/// The same messages in a log of their own.
async fn copy(of: &MemoryLog) -> MemoryLog {
    let copy = MemoryLog::new();
    for message in of.messages() {
        copy.set_time(message.time);
        Log::Memory(copy.clone()).publish(&message.subject, message.payload).await.unwrap();
    }
    copy
}

async fn open(log: &Log, directory: &Path, options: Options) -> Aggregator {
    let metrics = Metrics::new(&Registry::new()).unwrap();
    Aggregator::open(log.clone(), directory, metrics, options).await.unwrap()
}

/// Runs a hub until everything is folded, published and read back. Returns its metrics.
async fn run(log: &Log, directory: &Path, options: Options) -> Metrics {
    let hub = open(log, directory, options).await;
    let metrics = hub.metrics.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(hub.run(async {
        let _ = stopped.await;
    }));
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let last = log.last_sequence().await.unwrap() as i64;
        if metrics.position.get() >= last && metrics.outbox.get() == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "it does not settle");
        assert!(!running.is_finished(), "it stopped");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    metrics
}

/// Everything that is stored, the outbox included, when a hub has folded the whole log.
async fn dump(log: &Log, directory: &Path, options: Options) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut hub = open(log, directory, options).await;
    hub.fold_through(log.last_sequence().await.unwrap(), |_| {}).await.unwrap();
    hub.table().scan("").map(Result::unwrap).collect()
}

/// What the hub said: all of it, in a fixed order.
fn said(log: &MemoryLog) -> Vec<(String, Bytes)> {
    let of_hub = |subject: &str| subject.starts_with("carehub.escalation.");
    let messages = log.messages().into_iter().filter(|message| of_hub(&message.subject));
    let mut said: Vec<_> = messages.map(|message| (message.subject, message.payload)).collect();
    said.sort();
    said
}

/// Takes in the last message of the log and stores it only so far: true when that is all of it.
async fn stop_after(log: &Log, directory: &Path, options: &Options, batches: usize) -> bool {
    let last = log.last_sequence().await.unwrap();
    let mut hub = open(log, directory, options.clone()).await;
    hub.fold_through(last - 1, |_| {}).await.unwrap();
    let mut reader = log.reader(last, Vec::new());
    let read = reader.next_batch(1, Duration::from_secs(5)).await.unwrap().pop();
    let Some(Read::Message(stored)) = read else { panic!("{read:?}") };
    let mut changes = Changes::default();
    let prepared = hub.preparing().await.unwrap().message(&stored).await.unwrap();
    hub.fold_one(prepared, &mut changes, &mut Receipts::new()).await.unwrap();
    let mut chunks = hub.chunks(&changes, options.keys_at_once).unwrap();
    for _ in 0..batches {
        let Some(batch) = chunks.next_batch().unwrap() else {
            return true;
        };
        assert!(batch.len() <= options.keys_at_once);
        hub.table.apply(batch).unwrap();
    }
    false
}

/// A hub that is stopped after any chunk of the log's last message, and started again, has the same
/// pictures and says the same as one that was not stopped.
async fn check_stopped(log: MemoryLog, keys_at_once: usize, chunks: usize) {
    let options = Options { keys_at_once, ..Options::default() };
    let root = tempfile::tempdir().unwrap();
    let once = copy(&log).await;
    run(&Log::Memory(once.clone()), &root.path().join("once"), Options::default()).await;
    let expected_said = said(&once);
    for stopped_after in 0.. {
        let own = copy(&log).await;
        let memory = Log::Memory(own.clone());
        let directory = root.path().join(stopped_after.to_string());
        let done = stop_after(&memory, &directory, &options, stopped_after).await;
        let stored = dump(&memory, &directory, options.clone()).await;
        let never_stopped = root.path().join(format!("{stopped_after}-whole"));
        let expected = dump(&memory, &never_stopped, Options::default()).await;
        assert!(stored == expected, "stopped after {stopped_after}: other pictures");
        run(&memory, &directory, options.clone()).await;
        assert!(said(&own) == expected_said, "stopped after {stopped_after}: it said other things");
        if done {
            assert!(stopped_after > chunks, "only {stopped_after} chunks");
            return;
        }
    }
}

/// Over the log's last message no batch is larger than the limit, and a replay gives the same.
async fn check_bounded(log: MemoryLog, expected: usize) {
    let root = tempfile::tempdir().unwrap();
    let (live, memory) = (root.path().join("live"), Log::Memory(log.clone()));
    let before = said(&log).len();
    let options = Options::default();
    let metrics = run(&memory, &live, options.clone()).await;
    assert_eq!(said(&log).len() - before, expected);
    assert!(metrics.chunked.get() >= 1, "one message alone does not fit");
    let largest = metrics.largest_batch.get();
    let limit = options.keys_at_once as i64;
    assert!(largest > limit / 2 && largest <= limit, "the largest batch has {largest} keys");
    // All of it is true by now: what came in chunks is the same as what a replay gives.
    let mut replay = open(&memory, &root.path().join("replay"), options.clone()).await;
    replay.fold_through(memory.last_sequence().await.unwrap(), |_| {}).await.unwrap();
    let mut hub = open(&memory, &live, options).await;
    hub.fold_through(memory.last_sequence().await.unwrap(), |_| {}).await.unwrap();
    let (one, two) = (hub.table().digest(&[OUTBOX]), replay.table().digest(&[OUTBOX]));
    assert_eq!(one.unwrap(), two.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_over_thousands_of_homes_is_stored_in_chunks() {
    // A record and two copies for each.
    check_bounded(activation(3_000).await, 9_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_thousands_of_deadlines_is_stored_in_chunks() {
    // For each a record and two copies, and the same for the concern that comes last.
    check_bounded(backlog(3_000).await, 9_003).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_stopped_after_any_chunk_is_decided_once() {
    check_stopped(activation(400).await, 250, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_stopped_after_any_chunk_is_decided_once() {
    check_stopped(backlog(400).await, 250, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_in_part_and_never_said_another_build_may_decide_differently() {
    let looser = Options {
        read_policy: |mut policy| {
            for trigger in &mut policy.trigger {
                if let Rule::Score { limit, .. } = &mut trigger.rule {
                    *limit = 2.0;
                }
            }
            policy
        },
        ..Options::default()
    };
    let options = Options { keys_at_once: 250, ..Options::default() };
    let (log, root) = (activation(400).await, tempfile::tempdir().unwrap());
    let memory = Log::Memory(log.clone());
    assert!(!stop_after(&memory, root.path(), &options, 3).await);
    run(&memory, root.path(), looser).await;
    assert!(said(&log).is_empty(), "what one build never said, the other said");
}
