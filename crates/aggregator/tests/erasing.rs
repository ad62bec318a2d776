//! Erasure over a log in memory: the tombstone first, then the deletion, then a replay over the gap.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_aggregator::{Aggregator, Erasing, Ledger, Metrics, OUTBOX, Options, erase_all};
use carehub_contract::encode_policy;
use carehub_domain::policy::Policy;
use carehub_storage::log::{Eraser, Log, MemoryLog};
use carehub_storage::table::Digest;
use jiff::Timestamp;
use prometheus::Registry;
use serde_json::{Value, json};
use tokio::sync::oneshot;

const POLICY: &str = r#"{
    "version": "test-1", "pack": "test",
    "body": [
        {"id": "police", "name": "Police", "roles": ["police"]},
        {"id": "council-safeguarding", "name": "Safeguarding", "roles": ["council-safeguarding"]}
    ],
    "trigger": [{
        "id": "referrals-6m", "title": "More than two referrals", "source": "N 7.3.9",
        "kind": "count", "match": {"kinds": ["safeguarding-referral"]},
        "more_than": 2, "window": "6 months", "level": "moderate",
        "responsible": ["council-safeguarding"],
        "answer": [{"step": "acknowledge", "within": "2 working days"}]
    }]
}"#;

fn event(id: &str, event_type: &str, data: &Value) -> Bytes {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "urn:carehub:police", "subject": "home-1",
        "type": format!("uk.carehub.{event_type}.v1"), "time": Timestamp::now(),
        "datacontenttype": "application/json", "data": data,
    });
    Bytes::from(event.to_string())
}

fn referral(id: &str) -> Bytes {
    let data = json!({
        "kind": "safeguarding-referral", "occurred_at": Timestamp::now(), "severity": "high",
        "summary": "A heron by the weir.", "person_ref": "pn1:abcd", "possible_crime": true,
        "source_record": {"system": "cad", "id": id}, "incident_ref": "INC-7",
        "indicators": ["management-and-leadership"], "about_named_individual": true,
        "handling": {"code": "C", "conditions": "A heron again.", "audience": ["council-safeguarding"]},
    });
    event(id, "concern.raised", &data)
}

async fn say(log: &Log, payload: Bytes) -> u64 {
    log.publish("carehub.concern.police.home-1", payload).await.unwrap()
}

fn erase(id: &str) -> Bytes {
    let data = json!({"erases": {"id": id}, "reason": "sent-in-error", "decided_by": "dpo"});
    event(&format!("erase-{id}"), "narrative.erasure-requested", &data)
}

fn erasing(memory: &MemoryLog, dir: &Path) -> Erasing {
    Erasing { eraser: Eraser::Memory(memory.clone()), ledger: Ledger::of(dir) }
}

/// Runs a hub until everything is read back and `done` holds. Returns its metrics.
async fn run(
    log: &Log,
    dir: &Path,
    erasing: Option<Erasing>,
    done: impl Fn(&Metrics) -> bool,
) -> Metrics {
    let metrics = Metrics::new(&Registry::new()).unwrap();
    let options = Options { erasing, ..Options::default() };
    let hub = Aggregator::open(log.clone(), dir, metrics.clone(), options).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(hub.run(async {
        let _ = stopped.await;
    }));
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let last = log.last_sequence().await.unwrap() as i64;
        if metrics.position.get() >= last && metrics.outbox.get() == 0 && done(&metrics) {
            break;
        }
        assert!(Instant::now() < deadline, "it does not settle");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    metrics
}

/// What a fresh replay stores, and how many messages it misses.
async fn replay(log: &Log) -> (Digest, u64) {
    let dir = tempfile::tempdir().unwrap();
    let metrics = Metrics::new(&Registry::new()).unwrap();
    let options = Options::default();
    let mut hub =
        Aggregator::open(log.clone(), dir.path(), metrics.clone(), options).await.unwrap();
    hub.fold_through(log.last_sequence().await.unwrap(), |_| {}).await.unwrap();
    (hub.table().digest(&[OUTBOX]).unwrap(), metrics.missing.get())
}

async fn stored(log: &Log, dir: &Path) -> Digest {
    let metrics = Metrics::new(&Registry::new()).unwrap();
    let options = Options::default();
    let mut hub = Aggregator::open(log.clone(), dir, metrics, options).await.unwrap();
    // The last tick of a hub that has stopped is in the log, and not yet in its table.
    hub.fold_through(log.last_sequence().await.unwrap(), |_| {}).await.unwrap();
    hub.table().digest(&[OUTBOX]).unwrap()
}

async fn begin() -> (MemoryLog, Log) {
    let memory = MemoryLog::new();
    let log = Log::Memory(memory.clone());
    let policy: Policy = serde_json::from_str(POLICY).unwrap();
    let encoded = encode_policy(&policy, Timestamp::now()).unwrap();
    log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await.unwrap();
    (memory, log)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tombstone_comes_first_and_the_deletion_at_the_next_start_if_not_at_this() {
    let (memory, log) = begin().await;
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("table");
    let mut positions = Vec::new();
    for n in 0..4 {
        positions.push(say(&log, referral(&format!("r-{n}"))).await);
    }
    // The same again is erased with it.
    positions.push(say(&log, memory.messages()[1].payload.clone()).await);
    let correction = json!({
        "corrects": {"id": "r-0"}, "reason": "A heron flew.",
        "set": {"summary": "Two herons.", "severity": "critical"},
    });
    positions.push(say(&log, event("c-0", "concern.corrected", &correction)).await);
    let bad = json!({"kind": "no-such-kind", "summary": "A heron that fits no schema."});
    let rejected = say(&log, event("bad", "concern.raised", &bad)).await;
    for n in 0..4 {
        say(&log, erase(&format!("r-{n}"))).await;
    }
    let by_position = json!({"position": rejected, "reason": "wrong-person", "decided_by": "dpo"});
    say(&log, event("erase-bad", "narrative.erasure-requested", &by_position)).await;
    positions.push(rejected);
    run(&log, &table, None, |_| true).await;
    for position in &positions {
        assert!(log.get(*position).await.unwrap().is_some(), "nobody here may delete");
        let tombstone = format!("carehub.tombstone.{position}");
        assert!(log.last_for_subject(&tombstone).await.unwrap().is_some(), "{position}");
    }
    let before = replay(&log).await;
    assert_eq!((stored(&log, &table).await, 0), before);
    let gone = |_: &Metrics| memory.messages().iter().all(|one| !positions.contains(&one.sequence));
    run(&log, &table, Some(erasing(&memory, dir.path())), gone).await;
    let herons =
        |one: &carehub_storage::log::Stored| one.payload.windows(5).any(|part| part == b"heron");
    assert!(!memory.messages().iter().any(herons), "no message holds the text");
    // A replay over the gaps up to where the log was then, and on.
    assert_eq!(replay(&log).await, (stored(&log, &table).await, 0));
    assert_eq!(Ledger::of(dir.path()).read().unwrap().len(), positions.len());
    // What was erased is remembered: the same id with other bytes is none of its own.
    let reused = say(&log, referral("r-0")).await;
    run(&log, &table, None, |_| true).await;
    let answer = log.last_for_subject(&format!("carehub.rejection.police.{reused}")).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer.unwrap().payload).unwrap();
    assert_eq!(answer["data"]["code"], "id-reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_may_delete_does_so_when_it_reads_the_tombstone_back_and_not_at_its_next_start()
{
    let (memory, log) = begin().await;
    let dir = tempfile::tempdir().unwrap();
    let position = say(&log, referral("r-0")).await;
    say(&log, erase("r-0")).await;
    let gone = |_: &Metrics| memory.messages().iter().all(|one| one.sequence != position);
    run(&log, &dir.path().join("table"), Some(erasing(&memory, dir.path())), gone).await;
    assert!(gone(&Metrics::new(&Registry::new()).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_deletes_nothing_until_its_tombstone_is_in_the_log() {
    let (memory, log) = begin().await;
    let dir = tempfile::tempdir().unwrap();
    let position = say(&log, referral("r-0")).await;
    let last = say(&log, erase("r-0")).await;
    let metrics = Metrics::new(&Registry::new()).unwrap();
    let options = Options { erasing: Some(erasing(&memory, dir.path())), ..Options::default() };
    let table = dir.path().join("table");
    let mut hub = Aggregator::open(log.clone(), &table, metrics, options).await.unwrap();
    hub.fold_through(last, |_| {}).await.unwrap();
    assert_eq!(hub.state().outbox().count(), 1, "it is decided, and nobody has published it");
    assert!(log.get(position).await.unwrap().is_some());
    drop(hub);
    // What waits is published at the next start, though nothing new is said.
    run(&log, &table, None, |_| true).await;
    let tombstone = format!("carehub.tombstone.{position}");
    assert!(log.last_for_subject(&tombstone).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_restored_from_before_an_erasure_is_erased_again() {
    let (memory, log) = begin().await;
    let dir = tempfile::tempdir().unwrap();
    let position = say(&log, referral("r-0")).await;
    say(&log, erase("r-0")).await;
    let (restored, restored_log) = (MemoryLog::new(), memory.messages());
    let own = Log::Memory(restored.clone());
    for stored in restored_log.iter().take(2) {
        own.publish(&stored.subject, stored.payload.clone()).await.unwrap();
    }
    let gone = |_: &Metrics| memory.messages().iter().all(|one| one.sequence != position);
    run(&log, &dir.path().join("table"), Some(erasing(&memory, dir.path())), gone).await;
    assert!(own.get(position).await.unwrap().is_some(), "the backup has it");
    assert_eq!(erase_all(&own, &erasing(&restored, dir.path())).await.unwrap(), 1);
    assert!(own.get(position).await.unwrap().is_none());
    let subject = format!("carehub.tombstone.{position}");
    assert!(own.last_for_subject(&subject).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_gone_without_a_tombstone_is_an_alarm() {
    let (memory, log) = begin().await;
    let position = say(&log, referral("r-0")).await;
    say(&log, referral("r-1")).await;
    assert!(Eraser::Memory(memory).erase(position).await.unwrap());
    assert_eq!(replay(&log).await.1, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstone_of_another_message_deletes_nothing() {
    let (memory, log) = begin().await;
    let dir = tempfile::tempdir().unwrap();
    let position = say(&log, referral("r-0")).await;
    say(&log, erase("r-0")).await;
    run(&log, &dir.path().join("table"), None, |_| true).await;
    let subject = format!("carehub.tombstone.{position}");
    let tombstone = log.last_for_subject(&subject).await.unwrap().unwrap();
    // Another log, in which another message stands at that position.
    let (other, other_log) = begin().await;
    say(&other_log, referral("other")).await;
    let ledger = Ledger::at(dir.path().join("other.ndjson"));
    ledger.keep(position, &tombstone.payload).unwrap();
    let eraser = Eraser::Memory(other.clone());
    let carried = erase_all(&other_log, &Erasing { eraser, ledger }).await.unwrap();
    assert_eq!(carried, 0);
    assert!(other_log.get(position).await.unwrap().is_some(), "it stays");
    other_log.publish(&subject, tombstone.payload).await.unwrap();
    let ledger = Ledger::at(dir.path().join("third.ndjson"));
    erase_all(&other_log, &Erasing { eraser: Eraser::Memory(other), ledger }).await.unwrap();
    assert!(other_log.get(position).await.unwrap().is_some(), "it stays");
    drop(memory);
}
