//! A hub in memory: a log, the contract, the fold, and the server under test.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use bytes::Bytes;
use carehub_contract::{
    AuditRecord, Contract, Mode, Subject, alert_of, decode_audit, encode, encode_policy,
};
use carehub_dashboard::{Changed, Config, Dashboard, Tokens, VerdictAt};
use carehub_domain::fold::{Decided, State, identity};
use carehub_domain::message::{MessageBody, Verdict};
use carehub_domain::picture::Reference;
use carehub_domain::policy::Policy;
use carehub_domain::sharing::Guarded;
use carehub_domain::{BodyId, HomeId, Position};
use carehub_storage::log::{Log, MemoryLog, Stored};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{broadcast, oneshot};

use crate::answer::{Answer, answer};
use crate::published::{Inner, Published, policy};

pub(crate) const BODIES: [&str; 6] =
    ["police", "ambulance", "cqc", "council-qa", "council-safeguarding", "provider"];

/// Compiled once for all tests.
pub(crate) static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::compile().unwrap());

/// How many changes a listener may fall behind.
const CHANGES_KEPT: usize = 1_024;

/// A running hub.
pub(crate) struct Hub {
    runtime: Runtime,
    log: MemoryLog,
    inner: Arc<Mutex<Inner>>,
    changes: broadcast::Sender<Changed>,
    contract: &'static Contract,
    agent: ureq::Agent,
    pub(crate) address: String,
    stop: Option<oneshot::Sender<()>>,
    served: Option<tokio::task::JoinHandle<()>>,
    said: u64,
    last: String,
    called: Option<String>,
    now: String,
    /// While a test holds it, verdicts cannot be read.
    pub(crate) gate: Arc<Mutex<()>>,
}

impl Hub {
    /// A hub with the test's policy and three registered homes.
    pub(crate) fn new() -> Self {
        Self::with(Config::default())
    }

    /// The same with other bounds.
    pub(crate) fn with(config: Config) -> Self {
        Self::opened(config, |dashboard| dashboard)
    }

    /// A hub under another policy.
    pub(crate) fn under(named: Policy) -> Self {
        Self::made("127.0.0.1:0", Config::default(), |dashboard| dashboard).begun(&named)
    }

    /// The same, under another policy and with more said of who may ask.
    pub(crate) fn opened_under(
        named: &Policy,
        config: Config,
        open: impl FnOnce(Dashboard) -> Dashboard,
    ) -> Self {
        Self::made("127.0.0.1:0", config, open).begun(named)
    }

    /// With more said of who may ask.
    pub(crate) fn opened(config: Config, open: impl FnOnce(Dashboard) -> Dashboard) -> Self {
        Self::listening("127.0.0.1:0", config, open)
    }

    /// The same, somewhere else.
    pub(crate) fn listening(
        at: &str,
        config: Config,
        open: impl FnOnce(Dashboard) -> Dashboard,
    ) -> Self {
        Self::made(at, config, open).begun(&policy())
    }

    /// With a policy and three registered homes.
    fn begun(mut self, policy: &Policy) -> Self {
        let hub = &mut self;
        hub.at("2024-01-02T09:00:00Z");
        hub.activate(policy);
        for (id, name, provider) in [
            ("1-100", "Willow <b>House</b>", "p-1"),
            ("1-200", "Oak Lodge", "p-1"),
            ("1-300", "Elm Court", "p-2"),
        ] {
            let data = json!({
                "name": name, "provider": {"id": provider, "name": "Fictional Care"}, "beds": 20,
                "postcode": "NR1 1AA", "area": "Norfolk",
            });
            hub.say("cqc", "register", id, "home.registered", data);
        }
        self
    }

    /// A hub that has read nothing.
    pub(crate) fn empty(config: Config) -> Self {
        Self::made("127.0.0.1:0", config, |dashboard| dashboard)
    }

    fn made(at: &str, config: Config, open: impl FnOnce(Dashboard) -> Dashboard) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let log = MemoryLog::new();
        let inner = Arc::new(Mutex::new(Inner {
            state: State::default(),
            verdicts: BTreeMap::new(),
            last: Position(0),
            ready: true,
        }));
        let changes = broadcast::Sender::new(CHANGES_KEPT);
        let gate = Arc::new(Mutex::new(()));
        let tokens: BTreeMap<BodyId, String> =
            BODIES.iter().map(|id| (BodyId::new(id).unwrap(), format!("token-of-{id}"))).collect();
        let dashboard = open(
            Dashboard::new(
                config,
                Published {
                    inner: Arc::clone(&inner),
                    changes: changes.clone(),
                    gate: Arc::clone(&gate),
                    log: log.clone(),
                },
                Log::Memory(log.clone()),
                prometheus::Registry::new(),
                Tokens::new(&tokens),
            )
            .unwrap()
            .with_metrics_token("token-of-the-metrics"),
        );
        let listener = runtime.block_on(TcpListener::bind(at)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("http://127.0.0.1:{port}");
        let (stop, stopped) = oneshot::channel::<()>();
        let served = runtime.spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            dashboard.run(listener, shutdown).await.unwrap();
        });
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .new_agent();
        Self {
            runtime,
            log,
            inner,
            changes,
            contract: &CONTRACT,
            agent,
            address,
            stop: Some(stop),
            served: Some(served),
            said: 0,
            last: String::new(),
            called: None,
            now: String::new(),
            gate,
        }
    }

    /// Puts a rule book in force.
    pub(crate) fn activate(&mut self, policy: &Policy) {
        let encoded = encode_policy(policy, self.time()).unwrap();
        self.publish(&encoded.subject, encoded.payload);
    }

    /// The pictures, the rule book and the log's time.
    pub(crate) fn pictures(&self) -> (Vec<Guarded>, Arc<Policy>, Timestamp) {
        let inner = self.inner.lock().unwrap();
        let homes = inner.state.homes().filter(|home| home.head.succeeded_by.is_none());
        let homes = homes.map(|home| Guarded::seal(Arc::clone(home))).collect();
        let policy = Arc::clone(inner.state.policy());
        drop(inner);
        (homes, policy, self.time())
    }

    /// The log, as the hub itself writes it.
    pub(crate) fn log(&self) -> &MemoryLog {
        &self.log
    }

    /// From now on the log stamps messages with this time.
    pub(crate) fn at(&mut self, time: &str) {
        let time: Timestamp = time.parse().unwrap();
        self.log.set_time(time.as_nanosecond());
        self.now = time.to_string();
    }

    /// Announces more changes of a home than are kept for a listener, who can look at none meanwhile.
    pub(crate) fn more_changes_than_are_kept(&self, home: &str) {
        let _held = self.inner.lock().unwrap();
        for revision in 0..=2 * CHANGES_KEPT as u64 {
            let changed = Changed { home: HomeId::new(home).unwrap(), revision };
            self.changes.send(changed).unwrap();
        }
    }

    pub(crate) fn set_ready(&self, ready: bool) {
        self.inner.lock().unwrap().ready = ready;
    }

    fn time(&self) -> Timestamp {
        self.inner.lock().unwrap().state.time()
    }

    /// An agency says something that is taken; returns its position once all that follows from it
    /// is folded.
    #[track_caller]
    pub(crate) fn say(
        &mut self,
        agency: &str,
        channel: &str,
        home: &str,
        event: &str,
        data: Value,
    ) -> u64 {
        let position = self.try_to_say(agency, channel, home, event, data);
        if !self.took(position) {
            let verdict = &self.inner.lock().unwrap().verdicts[&Position(position)].verdict;
            panic!("{agency} {event}: {verdict:?}");
        }
        position
    }

    /// The same for what may be refused.
    pub(crate) fn try_to_say(
        &mut self,
        agency: &str,
        channel: &str,
        home: &str,
        event: &str,
        data: Value,
    ) -> u64 {
        self.said += 1;
        let named = self.called.take();
        self.last = named.unwrap_or_else(|| format!("e-{}", self.said));
        // The first version, unless the test says which.
        let version = if event.ends_with(".v2") { "" } else { ".v1" };
        let event = json!({
            "specversion": "1.0", "id": self.last, "source": format!("urn:carehub:{agency}"),
            "type": format!("uk.carehub.{event}{version}"),
            "time": self.now, "subject": home, "datacontenttype": "application/json",
            "data": data,
        });
        let subject = format!("carehub.{channel}.{agency}.{home}");
        self.publish(&subject, event.to_string().into_bytes())
    }

    /// The CloudEvents `id` of what was said last.
    pub(crate) fn last_id(&self) -> String {
        self.last.clone()
    }

    /// The CloudEvents `id` of what is said next.
    pub(crate) fn call_the_next(&mut self, id: &str) {
        self.called = Some(id.to_owned());
    }

    /// What names to readers what this agency said last.
    pub(crate) fn last_reference(&self, agency: &str) -> String {
        let source = format!("urn:carehub:{agency}");
        let agency = BodyId::new(agency).unwrap();
        Reference::of_event(identity(&agency, &source, &self.last)).to_string()
    }

    /// What the feed carries to a body, in order, without what the transport shows: the position of the
    /// cause, and the id that is made of it.
    pub(crate) fn sent_to(&self, body: &str) -> Vec<String> {
        let log = Log::Memory(self.log.clone());
        let mut sent = Vec::new();
        let mut next = 1;
        while let Some(stored) = self.runtime.block_on(log.get(next)).unwrap() {
            next += 1;
            let feed = ["escalation", "notice"].map(|room| format!("carehub.{room}.{body}."));
            if !feed.iter().any(|feed| stored.subject.starts_with(feed)) {
                continue;
            }
            let mut message: Value = serde_json::from_slice(&stored.payload).unwrap();
            message.as_object_mut().unwrap().remove("id");
            message["data"].as_object_mut().unwrap().remove("cause");
            message["subject-of-the-feed"] = json!(stored.subject);
            sent.push(message.to_string());
        }
        sent
    }

    /// The live copies for a body, in order, whole.
    pub(crate) fn alerts_to(&self, body: &str) -> Vec<String> {
        let own = format!("carehub.alert.{body}.");
        let core = self.log.core_messages().into_iter();
        core.filter(|(subject, _)| subject.starts_with(&own))
            .map(|(subject, payload)| format!("{subject} {}", String::from_utf8_lossy(&payload)))
            .collect()
    }

    /// Every message that a body's feed carries, as it is, what the transport shows included.
    pub(crate) fn whole_to(&self, body: &str) -> Vec<String> {
        let rooms = ["escalation", "notice", "rejection", "refusal"];
        let feed = rooms.map(|room| format!("carehub.{room}.{body}."));
        let messages = self.log.messages().into_iter();
        messages
            .filter(|stored| feed.iter().any(|feed| stored.subject.starts_with(feed)))
            .map(|it| format!("{} {}", it.subject, String::from_utf8_lossy(&it.payload)))
            .collect()
    }

    /// A concern that happened on `day`.
    #[track_caller]
    pub(crate) fn concern(&mut self, agency: &str, home: &str, kind: &str, day: &str) -> u64 {
        self.concern_with(agency, home, kind, day, json!({}))
    }

    /// A concern with further fields.
    #[track_caller]
    pub(crate) fn concern_with(
        &mut self,
        agency: &str,
        home: &str,
        kind: &str,
        day: &str,
        more: Value,
    ) -> u64 {
        let mut data = json!({
            "kind": kind, "occurred_at": day, "severity": "medium",
            "summary": format!("summary by {agency}"),
        });
        match kind {
            "death" => data["details"] = json!({"place_of_death": "home", "expected": false}),
            "health-and-safety-breach" => data["details"] = json!({"outcome": "none"}),
            _ => {}
        }
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.say(agency, "concern", home, "concern.raised", data)
    }

    /// Says something as the log would take it, and folds it.
    pub(crate) fn publish(&mut self, subject: &str, payload: Vec<u8>) -> u64 {
        let log = Log::Memory(self.log.clone());
        let first = self.runtime.block_on(log.publish(subject, Bytes::from(payload))).unwrap();
        self.fold_rest();
        first
    }

    /// Whether the hub took what an agency said at this position.
    pub(crate) fn took(&self, position: u64) -> bool {
        match &self.inner.lock().unwrap().verdicts[&Position(position)].verdict {
            Verdict::Accepted | Verdict::Corroborating { .. } | Verdict::TextWithheld => true,
            Verdict::Duplicate { .. } | Verdict::Rejected { .. } | Verdict::Refused { .. } => false,
        }
    }

    /// Folds what the server itself says until what is asked of it is answered.
    pub(crate) fn folding<T: Send>(&mut self, asks: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let asking = scope.spawn(asks);
            while !asking.is_finished() {
                self.fold_rest();
                std::thread::sleep(Duration::from_millis(1));
            }
            self.fold_rest();
            asking.join().unwrap()
        })
    }

    /// Folds what is not folded yet.
    fn fold_rest(&mut self) {
        let log = Log::Memory(self.log.clone());
        let mut next = self.inner.lock().unwrap().state.position().0 + 1;
        while let Some(stored) = self.runtime.block_on(log.get(next)).unwrap() {
            let subject = Subject::parse(&stored.subject).unwrap();
            let at = Timestamp::from_nanosecond(stored.time).unwrap();
            let position = Position(next);
            let message =
                self.contract.decode(&subject, &stored.payload, at, position, Mode::Validate);
            let sender = match &message.body {
                MessageBody::Agency(said) => Some(said.agency.clone()),
                MessageBody::Hub(_)
                | MessageBody::Tick(_)
                | MessageBody::Policy(_)
                | MessageBody::Reserved
                | MessageBody::Unreadable => None,
            };
            let mut inner = self.inner.lock().unwrap();
            let taken = inner.state.take(message, Decided::Open);
            inner.last = position;
            if let (Some(agency), Some(verdict)) = (sender, taken.verdict) {
                let at = VerdictAt { position, agency, verdict };
                inner.verdicts.insert(position, at);
            }
            let revision = |home: &HomeId| inner.state.home(home).map(|home| home.head.revision);
            let changed: Vec<Changed> = taken
                .touched
                .iter()
                .map(|home| Changed {
                    home: home.clone(),
                    revision: revision(home).unwrap_or_default(),
                })
                .collect();
            drop(inner);
            for output in &taken.outputs {
                let encoded = encode(output).unwrap();
                let payload = Bytes::from(encoded.payload);
                self.runtime.block_on(log.publish(&encoded.subject, payload)).unwrap();
                // As the relay does, once a decision is stored.
                if let Some(alert) = alert_of(output).unwrap() {
                    let payload = Bytes::from(alert.payload);
                    self.runtime.block_on(log.publish_core(&alert.subject, payload)).unwrap();
                }
            }
            for changed in changed {
                // Nobody may be listening.
                let _ = self.changes.send(changed);
            }
            next += 1;
        }
    }

    /// What the audit holds, the oldest first.
    pub(crate) fn audit(&self) -> Vec<AuditRecord> {
        let messages = self.log.audit().messages();
        let record = |stored: &Stored| decode_audit(&stored.payload, Timestamp::UNIX_EPOCH);
        messages.iter().map(|stored| record(stored).unwrap().record).collect()
    }

    /// Asks as an agency, with its token.
    pub(crate) fn get(&self, agency: &str, path: &str) -> Answer {
        self.get_with(path, &format!("Bearer token-of-{agency}"))
    }

    pub(crate) fn get_with(&self, path: &str, authorization: &str) -> Answer {
        let request = self.agent.get(format!("{}{path}", self.address));
        answer(request.header("authorization", authorization).call().unwrap())
    }

    pub(crate) fn get_open(&self, path: &str) -> Answer {
        answer(self.agent.get(format!("{}{path}", self.address)).call().unwrap())
    }

    /// Everything that the hub counts.
    pub(crate) fn metrics(&self) -> String {
        let answer = self.get_with("/metrics", "Bearer token-of-the-metrics");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) fn post(&self, agency: &str, path: &str, body: &str) -> Answer {
        let request = self
            .agent
            .post(format!("{}{path}", self.address))
            .header("authorization", format!("Bearer token-of-{agency}"))
            .header("content-type", "application/json");
        answer(request.send(body).unwrap())
    }

    /// Opens a stream; lines are read from it one by one.
    pub(crate) fn stream(
        &self,
        agency: &str,
        path: &str,
        last_event_id: Option<&str>,
    ) -> ureq::http::Response<ureq::Body> {
        let mut request = self
            .agent
            .get(format!("{}{path}", self.address))
            .header("authorization", format!("Bearer token-of-{agency}"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        request.call().unwrap()
    }

    /// Asks the server to stop and waits until it has.
    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(served) = self.served.take() {
            self.runtime.block_on(served).unwrap();
        }
    }
}
