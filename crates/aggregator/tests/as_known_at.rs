//! What was known at a moment is what a hub held that was really stopped then.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carehub_aggregator::{Aggregator, Metrics, Options, as_known_at};
use carehub_contract::encode_policy;
use carehub_domain::fold::State;
use carehub_domain::picture::Home;
use carehub_domain::policy::Policy;
use carehub_storage::log::{Log, MemoryLog};
use jiff::{SignedDuration, Timestamp};
use prometheus::Registry;
use serde_json::{Value, json};
use tokio::sync::oneshot;

const BEGAN: &str = "2026-03-02T10:00:00Z";

const BODIES: &str = r#""pack": "test", "body": [
    {"id": "police", "name": "Police", "roles": ["police"]},
    {"id": "council-qa", "name": "QA", "roles": ["council-qa", "register"]},
    {"id": "council-safeguarding", "name": "Safeguarding", "roles": ["council-safeguarding"]}
], "powers": {"register": ["register"]}"#;

fn trigger(more_than: u32) -> String {
    format!(
        r#""trigger": [{{
        "id": "referrals-6m", "title": "Referrals", "source": "N 7.3.9",
        "kind": "count", "match": {{"kinds": ["safeguarding-referral"]}},
        "more_than": {more_than}, "window": "6 months", "level": "moderate",
        "responsible": ["council-safeguarding"], "told": ["council-qa"],
        "answer": [{{"step": "acknowledge", "within": "2 working days"}}]
    }}]"#
    )
}

fn at(minutes: i64) -> Timestamp {
    BEGAN.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

struct Story {
    memory: MemoryLog,
    log: Log,
}

impl Story {
    fn new() -> Self {
        let memory = MemoryLog::new();
        Self { log: Log::Memory(memory.clone()), memory }
    }

    fn clock(&self, minutes: i64) {
        self.memory.set_time(at(minutes).as_nanosecond());
    }

    async fn policy(&self, version: &str, more_than: u32) {
        let text = format!(r#"{{"version": "{version}", {BODIES}, {}}}"#, trigger(more_than));
        let policy: Policy = serde_json::from_str(&text).unwrap();
        let encoded = encode_policy(&policy, at(0)).unwrap();
        self.log.publish_once(&encoded.subject, Bytes::from(encoded.payload)).await.unwrap();
    }

    async fn says(&self, id: &str, event: &str, home: usize, minutes: i64, data: Value) {
        let event = json!({
            "specversion": "1.0", "id": id, "source": "urn:carehub:police",
            "type": format!("uk.carehub.concern.{event}.v1"), "subject": format!("home-{home}"),
            "time": at(minutes), "datacontenttype": "application/json", "data": data
        });
        let subject = format!("carehub.concern.police.home-{home}");
        self.log.publish(&subject, Bytes::from(event.to_string())).await.unwrap();
    }

    /// Runs a hub on the log until it has read back all that it had to say.
    async fn run(&self) {
        let dir = tempfile::tempdir().unwrap();
        let metrics = Metrics::new(&Registry::new()).unwrap();
        let options = Options::default();
        let hub = Aggregator::open(self.log.clone(), dir.path(), metrics.clone(), options);
        let hub = hub.await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(hub.run(async {
            let _ = stopped.await;
        }));
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let last = self.log.last_sequence().await.unwrap() as i64;
            if metrics.position.get() >= last && metrics.outbox.get() == 0 {
                break;
            }
            assert!(Instant::now() < deadline, "it does not settle");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
    }

    /// What a hub holds that reads only what the log held at that moment: it was stopped then.
    async fn stopped_at(&self, moment: Timestamp) -> Vec<Arc<Home>> {
        let then = MemoryLog::new();
        for message in self.memory.messages() {
            if message.time <= moment.as_nanosecond() {
                then.set_time(message.time);
                let log = Log::Memory(then.clone());
                log.publish(&message.subject, message.payload).await.unwrap();
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let metrics = Metrics::new(&Registry::new()).unwrap();
        let log = Log::Memory(then);
        let mut hub =
            Aggregator::open(log.clone(), dir.path(), metrics, Options::default()).await.unwrap();
        hub.fold_through(log.last_sequence().await.unwrap(), |_| {}).await.unwrap();
        homes(hub.state())
    }
}

/// The pictures, but for what is noted of them until it is stored.
fn homes(state: &State) -> Vec<Arc<Home>> {
    let mut state = state.clone();
    let all: Vec<Arc<Home>> = state.homes().cloned().collect();
    for home in &all {
        state.take_dirty(home.id());
    }
    drop(all);
    state.homes().cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_known_at_any_moment_is_what_a_hub_held_that_stopped_then() {
    let story = Story::new();
    story.clock(0);
    story.policy("1", 2).await;
    let mut minutes = 0;
    for n in 0..40_i64 {
        // Irregular, and each with the decisions that the hub takes at it before the next comes.
        minutes += 1 + n * 7 % 11;
        story.clock(minutes);
        let home = (n % 3) as usize;
        match n {
            17 => story.policy("2", 4).await,
            _ if n % 9 == 8 => {
                let withdraws = json!({"id": format!("said-{}", n - 3)});
                let data = json!({"withdraws": withdraws, "reason": "Entered in error."});
                story.says(&format!("said-{n}"), "withdrawn", home, minutes, data).await;
            }
            _ => {
                let data = json!({"kind": "safeguarding-referral", "severity": "medium",
                    "occurred_at": at(minutes - 60 * (n % 5)), "summary": "A concern."});
                story.says(&format!("said-{n}"), "raised", home, minutes, data).await;
            }
        }
        story.run().await;
    }
    let last = story.memory.messages().len();
    assert!(last > 60, "the hub said something: {last}");

    let mut seen = std::collections::BTreeSet::new();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..30 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let moment = at(0) + SignedDuration::from_secs((random % (minutes as u64 * 60)) as i64);
        let known = as_known_at(&story.log, moment, |_| {}).await.unwrap();
        assert_eq!(homes(&known.state), story.stopped_at(moment).await, "at {moment}");
        assert_eq!(known.leaves.len() as u64, known.state.position().0);
        seen.insert(known.state.position());
    }
    assert!(seen.len() > 12, "the moments differ: {}", seen.len());
    let whole = as_known_at(&story.log, Timestamp::MAX, |_| {}).await.unwrap();
    assert_eq!(whole.state.position().0, last as u64);
    assert!(whole.state.homes().any(|home| home.escalations().next().is_some()), "something rose");
}
