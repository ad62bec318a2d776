//! The shipped pack and one more agency, their server, and what its log holds.

use std::collections::BTreeMap;
use std::time::Duration;

use carehub::hub;
use carehub::policy_files;
use carehub_domain::BodyId;
use carehub_domain::policy::{Body, Policy};
use carehub_storage::log::Log;
use serde_json::Value;
use tokio::time::Instant;

use crate::harness::{Party, Server};
use crate::raw::Raw;

/// The agency that is added to the pack: no test says anything about it but that it is there.
pub(super) const NEWCOMER: &str = "fictional-hospice";

/// Where in its directory the server finds what it reads.
const CONFIGURATION: &str = "nats/server.conf";

/// More than anybody pulls: each has this many escalations waiting.
const WAITING: u64 = 6;

/// A loaded machine takes its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long the log must stand still before it is believed to hold everything.
const STILL: Duration = Duration::from_secs(1);

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Actor {
    Agency(String),
    /// The agency, and the officer's token.
    Officer(String, String),
    Erasure,
}

/// The account's name, from the design: an officer's is the agency's with the officer's after it.
pub(super) fn account_of(actor: &Actor) -> String {
    match actor {
        Actor::Agency(id) => id.clone(),
        Actor::Officer(agency, officer) => format!("{agency}-{officer}"),
        Actor::Erasure => "erasure".to_owned(),
    }
}

pub(super) struct Scene {
    pub(super) policy: Policy,
    pub(super) actors: Vec<Actor>,
    server: Server,
    log: Log,
    hub: Party,
}

/// What an attack could change besides messages.
#[derive(Debug, PartialEq)]
pub(super) struct State {
    stream: Value,
    audit: Value,
    /// Name and settings.
    consumers: BTreeMap<String, Value>,
    /// How many messages each subject has.
    messages: BTreeMap<String, u64>,
}

impl Scene {
    pub(super) async fn start() -> Self {
        let mut policy = policy_files::open("norfolk").expect("the pack").policy;
        policy.body.push(Body {
            id: BodyId::new(NEWCOMER).expect("an id"),
            name: "A fictional hospice".to_owned(),
            roles: vec!["hospice".to_owned()],
            areas: Vec::new(),
            from: None,
            until: None,
            officers: vec![BodyId::new("desk-9").expect("an id")],
            out_of_hours: None,
        });
        let server = Server::without_consumers(&hub::agencies(&policy)).await;
        let log = server.log().await;
        hub::ensure_consumers(&log, &policy).await.expect("consumers");
        let mut actors = Vec::new();
        for body in &policy.body {
            actors.push(Actor::Agency(body.id.to_string()));
            let officer =
                |officer: &BodyId| Actor::Officer(body.id.to_string(), officer.to_string());
            actors.extend(body.officers.iter().map(officer));
            for number in 0..WAITING {
                // Whoever never reads escalations is told of rejections.
                for room in ["escalation", "rejection"] {
                    let subject = format!("carehub.{room}.{}.1-100000001.e{number}.0", body.id);
                    log.publish(&subject, "something".into()).await.expect("publish");
                }
            }
        }
        actors.push(Actor::Erasure);
        let hub = server.hub().await;
        Self { policy, actors, server, log, hub }
    }

    /// What the server reads.
    pub(super) fn configuration(&self) -> String {
        let path = self.server.data_dir().join(CONFIGURATION);
        std::fs::read_to_string(path).expect("read the configuration")
    }

    pub(super) async fn connect(&self, actor: &Actor) -> Raw {
        let credentials = self.server.credentials();
        let seed = match actor {
            Actor::Agency(id) => credentials.seed_path(id),
            Actor::Officer(agency, officer) => credentials.officer_seed_path(agency, officer),
            Actor::Erasure => credentials.seed_path("erasure"),
        };
        let address = self.server.url().replace("nats://", "");
        Raw::connect(&address, &seed).await.unwrap_or_else(|e| panic!("connect {actor:?}: {e}"))
    }

    pub(super) async fn state(&self) -> State {
        let info = self.api("STREAM.INFO.CAREHUB").await;
        let audit = self.api("STREAM.INFO.CAREHUB-AUDIT").await;
        let last = self.log.last_sequence().await.expect("the log");
        let positions: Vec<u64> = (1..=last).collect();
        let mut messages = BTreeMap::new();
        for stored in self.log.get_many(&positions).await.expect("read the log") {
            let stored = stored.expect("nothing is missing");
            *messages.entry(stored.subject).or_insert(0) += 1;
        }
        let consumers = self.consumers().await;
        State {
            stream: info["config"].clone(),
            audit: serde_json::json!([audit["config"], audit["state"]["messages"]]),
            consumers: consumers
                .into_iter()
                .map(|(name, info)| (name, info["config"].clone()))
                .collect(),
            messages,
        }
    }

    /// The log holds what it held, and what was rightly said since: nothing more, and nothing less.
    pub(super) async fn holds(&self, before: &State, stored: &BTreeMap<String, u64>) {
        let mut expected = before.messages.clone();
        for (subject, times) in stored {
            *expected.entry(subject.clone()).or_insert(0) += times;
        }
        let count: u64 = expected.values().sum();
        let deadline = Instant::now() + PATIENCE;
        while self.log.last_sequence().await.expect("the log") < count {
            assert!(Instant::now() < deadline, "the log lacks what was rightly said");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(STILL).await;
        let after = self.state().await;
        let unexpected: Vec<_> = after
            .messages
            .iter()
            .filter(|(subject, times)| expected.get(*subject) != Some(times))
            .map(|(subject, times)| format!("{subject}: {times}, not {:?}", expected.get(subject)))
            .collect();
        assert!(unexpected.is_empty(), "the log holds:\n{}", first(&unexpected));
        assert_eq!(after.messages.len(), expected.len());
        assert_eq!(after.stream, before.stream);
        assert_eq!(after.audit, before.audit);
        assert_eq!(after.consumers, before.consumers);
    }

    /// Each consumer delivered as many messages as its own reader pulled, and no more.
    pub(super) async fn moved(&self, pulled: &BTreeMap<String, u64>) {
        let mut wrong = Vec::new();
        for (name, info) in self.consumers().await {
            let delivered = info["delivered"]["consumer_seq"].as_u64().unwrap_or(u64::MAX);
            let own = pulled.get(&name).copied().unwrap_or(0);
            if delivered > own {
                wrong.push(format!("{name}: {delivered} delivered, {own} pulled"));
            }
        }
        assert!(wrong.is_empty(), "somebody else pulled:\n{}", first(&wrong));
    }

    /// The hub speaks to everybody, and everybody hears what is theirs and nothing else.
    pub(super) async fn hear(&self, connections: &mut [(Actor, Raw)]) {
        let everybody: Vec<String> = self.policy.body.iter().map(|b| b.id.to_string()).collect();
        for (_, raw) in connections.iter_mut() {
            raw.arrived.clear();
        }
        for id in &everybody {
            for subject in [format!("carehub.receipt.{id}"), format!("carehub.alert.{id}.1-1")] {
                self.hub.publish(subject, "live".into()).await.expect("publish");
            }
        }
        self.hub.flush().await.expect("flush");
        for (actor, raw) in connections {
            let expected: Vec<String> = match actor {
                Actor::Agency(id) => {
                    vec![format!("carehub.alert.{id}.1-1"), format!("carehub.receipt.{id}")]
                }
                Actor::Officer(..) | Actor::Erasure => Vec::new(),
            };
            let deadline = Instant::now() + PATIENCE;
            while raw.arrived.len() < expected.len() && Instant::now() < deadline {
                raw.judged().await.expect("the server answers");
            }
            raw.judged().await.expect("the server answers");
            let mut heard: Vec<String> =
                raw.arrived.iter().map(|arrived| arrived.subject.clone()).collect();
            heard.sort();
            assert_eq!(heard, expected, "{} hears", account_of(actor));
        }
    }

    async fn consumers(&self) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        loop {
            let body = serde_json::json!({ "offset": all.len() }).to_string();
            let list = self.ask("CONSUMER.LIST.CAREHUB", body).await;
            for consumer in list["consumers"].as_array().into_iter().flatten() {
                let name = consumer["name"].as_str().unwrap_or_default().to_owned();
                all.insert(name, consumer.clone());
            }
            if all.len() as u64 >= list["total"].as_u64().unwrap_or(0) {
                return all;
            }
        }
    }

    async fn api(&self, request: &str) -> Value {
        self.ask(request, String::new()).await
    }

    async fn ask(&self, request: &str, body: String) -> Value {
        let answer = self.hub.request(format!("$JS.API.{request}"), body.into()).await;
        let answer = answer.unwrap_or_else(|error| panic!("{request}: {error}"));
        let answer: Value = serde_json::from_slice(&answer.payload).expect("JSON");
        assert!(answer["error"].is_null(), "{request}: {answer}");
        answer
    }
}

/// Waits for the answers to these attempts; returns those that never came, or came as "nobody
/// listens".
pub(super) async fn unanswered(raw: &mut Raw, name: &str, answered: &[usize]) -> Vec<usize> {
    let deadline = Instant::now() + PATIENCE;
    let has = |raw: &Raw, number: usize| {
        let inbox = format!("_INBOX_{name}.{number}");
        raw.arrived.iter().any(|arrived| {
            let nobody_listens = String::from_utf8_lossy(&arrived.payload).contains(" 503");
            arrived.subject == inbox && !nobody_listens
        })
    };
    loop {
        let missing: Vec<usize> =
            answered.iter().copied().filter(|number| !has(raw, *number)).collect();
        if missing.is_empty() || Instant::now() >= deadline {
            return missing;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        raw.judged().await.expect("the server answers");
    }
}

/// Waits for the one message that a party has pulled from its own consumer, and says what it is.
pub(super) async fn pulled(raw: &mut Raw) -> Option<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = raw.arrived.iter().find(|arrived| arrived.subject.starts_with("carehub."));
        if let Some(found) = found {
            return Some(found.subject.clone());
        }
        if Instant::now() >= deadline {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        raw.judged().await.expect("the server answers");
    }
}

/// The first of many, one a line.
pub(super) fn first(faults: &[String]) -> String {
    faults.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n")
}
