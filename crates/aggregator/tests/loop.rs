//! The loop over a log in memory: decide once, commit once, replay to the same bytes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_aggregator::{Aggregator, Metrics, OUTBOX, Options, View, redecide};
use carehub_contract::{encode, encode_policy, encode_tick};
use carehub_domain::message::{
    Cause, Output, OutputBody, Rejection, RejectionOutcome, Tick, Verdict,
};
use carehub_domain::policy::Policy;
use carehub_domain::sharing::Reader;
use carehub_domain::{BodyId, HomeId, Position};
use carehub_storage::log::Log;
use carehub_storage::table::Digest;
use jiff::Timestamp;
use prometheus::Registry;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const POLICY: &str = r#"{
    "version": "test-1", "pack": "test",
    "body": [
        {"id": "police", "name": "Police", "roles": ["police"]},
        {"id": "council-qa", "name": "QA", "roles": ["council-qa", "register"]},
        {"id": "council-safeguarding", "name": "Safeguarding", "roles": ["council-safeguarding"]}
    ],
    "powers": {"register": ["register"]},
    "trigger": [{
        "id": "referrals-6m", "title": "More than five referrals", "source": "N 7.3.9",
        "kind": "count", "match": {"kinds": ["safeguarding-referral"]},
        "more_than": 5, "window": "6 months", "level": "moderate",
        "responsible": ["council-safeguarding"], "told": ["council-qa"],
        "answer": [{"step": "acknowledge", "within": "2 working days"}]
    }]
}"#;

struct Hub {
    view: View,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Hub {
    async fn start(log: &Log, directory: &Path, options: Options) -> Self {
        let metrics = Metrics::new(&Registry::new()).unwrap();
        let hub = Aggregator::open(log.clone(), directory, metrics, options).await.unwrap();
        let view = hub.view();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            hub.run(async {
                let _ = stopped.await;
            })
            .await
            .unwrap();
        });
        Self { view, stop, task }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn policy(log: &Log, text: &str) {
    let policy: Policy = serde_json::from_str(text).unwrap();
    let encoded = encode_policy(&policy, Timestamp::now()).unwrap();
    log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await.unwrap();
}

const CONCERNS: &str = "carehub.concern.police.home-1";

/// A referral, with further properties in its data.
fn event(id: &str, further: &Value) -> Bytes {
    let now = Timestamp::now();
    let mut event = json!({
        "specversion": "1.0", "id": id, "source": "urn:carehub:police",
        "type": "uk.carehub.concern.raised.v1", "subject": "home-1", "time": now,
        "datacontenttype": "application/json",
        "data": {"kind": "safeguarding-referral", "occurred_at": now, "severity": "medium", "summary": "A concern."}
    });
    for (name, value) in further.as_object().unwrap() {
        event["data"][name] = value.clone();
    }
    Bytes::from(event.to_string())
}

async fn referral(log: &Log, n: u32) -> u64 {
    log.publish(CONCERNS, event(&format!("ref-{n}"), &json!({}))).await.unwrap()
}

async fn digest(log: &Log, directory: &Path) -> (Digest, Vec<Vec<u8>>) {
    let metrics = Metrics::new(&Registry::new()).unwrap();
    let mut hub =
        Aggregator::open(log.clone(), directory, metrics, Options::default()).await.unwrap();
    hub.fold_through(log.last_sequence().await.unwrap(), |_| {}).await.unwrap();
    let keys = hub.table().dump(&[OUTBOX]).map(|entry| entry.unwrap().0).collect();
    (hub.table().digest(&[OUTBOX]).unwrap(), keys)
}

async fn escalations(log: &Log) -> Vec<String> {
    let mut subjects = Vec::new();
    for sequence in 1..=log.last_sequence().await.unwrap() {
        let stored = log.get(sequence).await.unwrap().unwrap();
        if stored.subject.starts_with("carehub.escalation.") {
            subjects.push(stored.subject);
        }
    }
    subjects
}

/// What the police see of a home: it is theirs that these tests say.
fn seen(view: &View, home: &HomeId) -> Option<carehub_domain::picture::Home> {
    let reader = Arc::new(Reader::new(&view.policy(), &BodyId::new("police").unwrap()));
    view.home(home).map(|home| home.view(&reader).home().clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_referral_raises_once_and_a_fresh_replay_gives_the_same_bytes() {
    let (log, dir) = (Log::in_memory(), tempfile::tempdir().unwrap());
    policy(&log, POLICY).await;
    let live = dir.path().join("live");
    let hub = Hub::start(&log, &live, Options::default()).await;
    let mut last = 0;
    for n in 0..8 {
        last = referral(&log, n).await;
    }
    let home = HomeId::new("home-1").unwrap();
    let view = hub.view.clone();
    until("the escalation is read back", || {
        seen(&view, &home).is_some_and(|home| home.escalations().any(|e| e.evidence.count == 8))
    })
    .await;
    let (agency, verdict) = view.verdict(Position(last)).unwrap().unwrap();
    assert_eq!((agency.as_str(), verdict), ("police", Verdict::Accepted));
    drop(view);
    hub.stop().await;

    // One record and two copies for the raise, and for each of the two that came after it.
    let before = escalations(&log).await;
    assert_eq!(before.len(), 9, "{before:?}");
    let (first, keys) = digest(&log, &live).await;
    let (second, replayed) = digest(&log, &dir.path().join("replay")).await;
    assert_eq!(keys, replayed);
    assert_eq!(first, second);

    // A restart without its table raises nothing again.
    std::fs::remove_dir_all(&live).unwrap();
    let hub = Hub::start(&log, &live, Options::default()).await;
    let view = hub.view.clone();
    until("caught up", || view.progress().ready).await;
    drop(view);
    hub.stop().await;
    assert_eq!(escalations(&log).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_decides_differently_leaves_the_past_alone() {
    let (log, dir) = (Log::in_memory(), tempfile::tempdir().unwrap());
    policy(&log, POLICY).await;
    let hub = Hub::start(&log, &dir.path().join("a"), Options::default()).await;
    for n in 0..6 {
        referral(&log, n).await;
    }
    let home = HomeId::new("home-1").unwrap();
    let view = hub.view.clone();
    until("raised", || seen(&view, &home).is_some_and(|home| home.escalations().count() == 1))
        .await;
    drop(view);
    hub.stop().await;
    let before = escalations(&log).await;

    let stricter = Options {
        read_policy: |mut policy| {
            for trigger in &mut policy.trigger {
                if let carehub_domain::policy::Rule::Count { more_than, .. } = &mut trigger.rule {
                    *more_than = 0;
                }
            }
            policy
        },
        ..Options::default()
    };
    let (compared, same) = redecide(&log, |policy| policy, |_| {}).await.unwrap();
    assert!(compared > 6 && same.is_empty(), "{compared} {same:?}");
    let (_, differently) = redecide(&log, stricter.read_policy, |_| {}).await.unwrap();
    assert!(differently.iter().any(|d| d.log.is_empty() && d.now.len() == 1), "{differently:?}");

    let hub = Hub::start(&log, &dir.path().join("b"), stricter).await;
    let view = hub.view.clone();
    until("caught up", || view.progress().ready).await;
    drop(view);
    hub.stop().await;
    assert_eq!(escalations(&log).await, before, "the past was decided anew");
    let (second, _) = digest(&log, &dir.path().join("c")).await;
    let (again, _) = digest(&log, &dir.path().join("a")).await;
    assert_eq!(second, again);
}

/// What a hub's loop has counted when it has followed the log to its end and stopped.
async fn replayed(log: &Log, directory: &Path, options: Options) -> Metrics {
    let metrics = Metrics::new(&Registry::new()).unwrap();
    let hub = Aggregator::open(log.clone(), directory, metrics.clone(), options).await.unwrap();
    let view = hub.view();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(hub.run(async {
        let _ = stopped.await;
    }));
    until("caught up", || view.progress().ready && metrics.outbox.get() == 0).await;
    drop(view);
    stop.send(()).unwrap();
    task.await.unwrap().unwrap();
    metrics
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_does_not_say_again_what_is_closed() {
    let (log, dir) = (Log::in_memory(), tempfile::tempdir().unwrap());
    policy(&log, POLICY).await;
    for n in 0..8 {
        referral(&log, n).await;
    }
    let metrics = replayed(&log, &dir.path().join("live"), Options::default()).await;
    assert_eq!(metrics.published.get(), 9, "a record and two copies, three times");

    let metrics = replayed(&log, &dir.path().join("replay"), Options::default()).await;
    let said = (metrics.published.get(), metrics.already.get(), metrics.differing.get());
    assert_eq!(said, (0, 0, 0), "it publishes what the log holds");
}

/// The past was decided by a build with another contract: one event that this build would reject
/// counts, one that it would accept does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_validates_differently_leaves_the_past_alone() {
    let (log, dir) = (Log::in_memory(), tempfile::tempdir().unwrap());
    policy(&log, POLICY).await;
    // Today's schema knows no such property.
    let unknown = event("accepted-then", &json!({ "colour": "blue" }));
    let accepted = log.publish(CONCERNS, unknown.clone()).await.unwrap();
    let valid = event("rejected-then", &json!({}));
    let rejected = log.publish(CONCERNS, valid).await.unwrap();
    let rejection = Rejection {
        outcome: RejectionOutcome::Rejected,
        code: "schema-violation".to_owned(),
        faults: Vec::new(),
    };
    let output = Output {
        cause: Cause { position: Position(rejected), n: 1, of: 1 },
        at: Timestamp::now(),
        body: OutputBody::Rejection {
            agency: BodyId::new("police").unwrap(),
            home: HomeId::new("home-1").unwrap(),
            event_id: Some("rejected-then".to_owned()),
            rejection,
        },
    };
    let encoded = encode(&output).unwrap();
    log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await.unwrap();
    let tick = Tick { decided_through: Position(rejected + 1) };
    let encoded = encode_tick(Timestamp::now(), &tick).unwrap();
    log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await.unwrap();
    // And said anew, it is decided by today's contract.
    let again = String::from_utf8(unknown.to_vec()).unwrap().replace("accepted-then", "today");
    let today = log.publish(CONCERNS, Bytes::from(again)).await.unwrap();

    let options = Options::default();
    let hub = Hub::start(&log, dir.path(), options).await;
    let view = hub.view.clone();
    let verdict = |position| view.verdict(Position(position)).unwrap().map(|(_, verdict)| verdict);
    until("today's is decided", || verdict(today).is_some()).await;
    let code = || "schema-violation".to_owned();
    assert_eq!(verdict(accepted), Some(Verdict::Accepted));
    assert_eq!(verdict(rejected), Some(Verdict::Rejected { code: code() }));
    assert_eq!(verdict(today), Some(Verdict::Rejected { code: code() }));
    let home = seen(&view, &HomeId::new("home-1").unwrap()).unwrap();
    let counted: Vec<_> = home.concerns().map(|(item, _)| item.position).collect();
    assert_eq!(counted, [Position(accepted)]);
    drop(view);
    hub.stop().await;
    let mut rejections = Vec::new();
    for sequence in 1..=log.last_sequence().await.unwrap() {
        let stored = log.get(sequence).await.unwrap().unwrap();
        rejections
            .extend(stored.subject.strip_prefix("carehub.rejection.police.").map(String::from));
    }
    assert_eq!(rejections, [rejected.to_string(), today.to_string()]);

    let (_, differently) = redecide(&log, |policy| policy, |_| {}).await.unwrap();
    let positions: Vec<u64> = differently.iter().map(|d| d.position).collect();
    assert_eq!(positions, [accepted, rejected]);
}
