//! An agency that runs a server of its own: two real nats-servers, joined as a leaf node over TLS.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use carehub::nats::{
    self, Agency, AgencyAccount, Credentials, LeafNode, ServerSettings, ServerTls,
    leaf_configuration,
};
use carehub_client::publisher::Settings;
use carehub_client::{Draft, Outcome, Outgoing, Publisher};
use carehub_domain::BodyId;
use carehub_storage::link::AgencyLink;
use carehub_storage::log::{Log, StreamSettings};
use carehub_storage::{Connection, Tls};
use carehub_tests::free_port;
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::Instant;

use super::{certificates, shown};

/// Two servers find each other within seconds; the rest is a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long an effect is waited for that must not come.
const SETTLE: Duration = Duration::from_secs(1);

/// The hub's server with a listener for leaf nodes, and the police's own server.
struct County {
    dir: TempDir,
    hub: nats::Server,
    credentials: Credentials,
    leaf: Leaf,
    log: Log,
}

/// The police's own server.
struct Leaf {
    child: Child,
    dir: PathBuf,
    url: String,
}

impl County {
    async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let tls = dir.path().join("tls");
        certificates(&tls, &["police"]);
        let agencies = [
            Agency { officers: vec!["desk-1".to_owned()], ..Agency::new("police") },
            Agency::new("ambulance"),
        ];
        let seeds = dir.path().join("credentials");
        let credentials = Credentials::ensure(&seeds, &agencies).expect("credentials");
        let mut settings = ServerSettings::new(dir.path(), &credentials);
        let leaf_port = free_port();
        settings.leafnodes = Some(([127, 0, 0, 1], leaf_port).into());
        settings.tls = Some(server_tls(&tls));
        let hub =
            nats::Server::start(settings, credentials.accounts()).await.expect("start the hub's");
        let of_hub = connection(&hub.url(), &credentials.seed_path("hub"), "hub", &tls);
        let log = Log::connect(&of_hub).await.expect("connect to the log");
        log.ensure_stream(&StreamSettings::default()).await.expect("create the stream");
        for name in ["police", "ambulance", "police-desk-1"] {
            let agency = name.trim_end_matches("-desk-1");
            let feed = vec![format!("carehub.escalation.{agency}.>")];
            log.ensure_consumer(name, feed).await.expect("create a consumer");
        }
        let account = &credentials.accounts()[0];
        let leaf = Leaf::start(&dir.path().join("leaf"), account, leaf_port, &seeds, &tls).await;
        let county = Self { dir, hub, credentials, leaf, log };
        county.joined().await;
        county
    }

    fn tls(&self) -> PathBuf {
        self.dir.path().join("tls")
    }

    /// A connection to the police's own server.
    async fn at_the_leaf(&self, seed: &Path, account: &str) -> AgencyLink {
        let connection = connection(&self.leaf.url, seed, account, &self.tls());
        AgencyLink::connect_with(&connection).await.expect("connect to the own server")
    }

    async fn police(&self) -> AgencyLink {
        self.at_the_leaf(&self.credentials.seed_path("police"), "police").await
    }

    /// Waits until what is said at the police's server reaches the log.
    async fn joined(&self) {
        let link = self.police().await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = link.publish("carehub.concern.police.joined", "x".into());
            if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_secs(2), said).await {
                return;
            }
            assert!(Instant::now() < deadline, "not joined:\n{}", self.leaf.log());
        }
    }
}

impl Drop for County {
    fn drop(&mut self) {
        self.hub.kill();
    }
}

impl Leaf {
    async fn start(
        dir: &Path,
        account: &AgencyAccount,
        hub_port: u16,
        seeds: &Path,
        tls: &Path,
    ) -> Self {
        std::fs::create_dir_all(dir).expect("make a directory");
        let port = free_port();
        let leaf = LeafNode {
            listen: ([127, 0, 0, 1], port).into(),
            hubs: vec![format!("127.0.0.1:{hub_port}")],
            tls: Some(server_tls(tls)),
        };
        let text = leaf_configuration(&leaf, account).expect("generate");
        std::fs::write(dir.join("leaf.conf"), text).expect("write the configuration");
        std::fs::create_dir_all(dir.join("keys")).expect("make a directory");
        for (name, seed) in [("police", "police.nk"), ("police-desk-1", "police.desk-1.nk")] {
            let seed = std::fs::read_to_string(seeds.join(seed)).expect("a seed");
            let text = format!("nkey: \"{}\"\n", seed.trim());
            std::fs::write(dir.join(format!("keys/{name}.conf")), text).expect("write the key");
        }
        let url = format!("nats://127.0.0.1:{port}");
        Self { child: spawn(dir), dir: dir.to_path_buf(), url }
    }

    fn kill(&mut self) {
        self.child.kill().expect("kill the own server");
        self.child.wait().expect("wait for it");
    }

    fn start_again(&mut self) {
        self.child = spawn(&self.dir);
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("leaf.log")).unwrap_or_default()
    }
}

impl Drop for Leaf {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(dir: &Path) -> Child {
    let log = std::fs::File::options().create(true).append(true).open(dir.join("leaf.log"));
    let binary = std::env::var_os("NATS_SERVER").unwrap_or_else(|| "nats-server".into());
    Command::new(binary)
        .arg("-c")
        .arg(dir.join("leaf.conf"))
        .stdout(Stdio::null())
        .stderr(log.expect("make a log"))
        .spawn()
        .expect("run nats-server; is NATS_SERVER set?")
}

fn server_tls(dir: &Path) -> ServerTls {
    ServerTls {
        authority: dir.join("ca.pem"),
        certificate: dir.join("server.pem"),
        key: dir.join("server-key.pem"),
    }
}

fn connection(url: &str, seed: &Path, account: &str, tls: &Path) -> Connection {
    let seed = std::fs::read_to_string(seed).expect("a seed");
    let mut connection = Connection::new(url, account)
        .with_key(seed.trim())
        .with_inbox_prefix(format!("_INBOX_{account}"))
        .with_tls(with_certificate(tls));
    connection.connect_within = PATIENCE;
    connection
}

fn with_certificate(tls: &Path) -> Tls {
    shown(tls, Some((tls, "police")))
}

async fn next_of(link: &AgencyLink, durable: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let fetched = link.fetch(durable, 1, Duration::from_secs(2)).await.expect("fetch");
        if let Some(delivery) = fetched.into_iter().next() {
            delivery.ack_confirmed().await.expect("acknowledge");
            return delivery.subject;
        }
        assert!(Instant::now() < deadline, "{durable} gets nothing");
    }
}

#[tokio::test]
async fn an_agency_speaks_and_reads_through_its_own_server() {
    let county = County::start().await;
    let police = county.police().await;
    let receipts = "carehub.receipt.police";
    let mut heard = police.subscribe(receipts).await.expect("listen");
    let position = police.publish("carehub.concern.police.1-1", "said".into()).await.expect("say");
    let stored = county.log.get(position).await.expect("read").expect("it is kept");
    assert_eq!(stored.subject, "carehub.concern.police.1-1");

    let feed = "carehub.escalation.police.1-1.e1.0";
    county.log.publish(feed, "an escalation".into()).await.expect("publish");
    assert_eq!(next_of(&police, "police").await, feed);
    let officer = county.credentials.officer_seed_path("police", "desk-1");
    let officer = county.at_the_leaf(&officer, "police-desk-1").await;
    assert_eq!(next_of(&officer, "police-desk-1").await, feed);

    // Interest takes a moment to reach the hub's server.
    let deadline = Instant::now() + PATIENCE;
    loop {
        county.log.publish_core(receipts, "a receipt".into()).await.expect("publish");
        if let Ok(next) = tokio::time::timeout(Duration::from_millis(500), heard.next()).await {
            assert_eq!(next.expect("it may listen").expect("it lives").subject, receipts);
            break;
        }
        assert!(Instant::now() < deadline, "no receipt");
    }
}

/// The agency's server is the agency's: nothing there holds anybody back. The hub's does.
#[tokio::test]
async fn through_its_own_server_an_agency_is_still_only_itself() {
    let county = County::start().await;
    let police = county.police().await;
    let mut everything = police.subscribe(">").await.expect("listen to everything there is");
    let before = county.log.last_sequence().await.expect("the log");
    for subject in [
        "carehub.concern.ambulance.1-1",
        "carehub.response.ambulance.1-1",
        "carehub.register.police.1-1",
        "carehub.escalation.police.1-1.e9.0",
        "carehub.control.tick.1",
        "carehub.tombstone.1",
        "$JS.API.STREAM.DELETE.CAREHUB",
        "carejs.STREAM.DELETE.CAREHUB",
        "carejs.CONSUMER.MSG.NEXT.CAREHUB.ambulance",
        "carejs.CONSUMER.DELETE.CAREHUB.ambulance",
    ] {
        let said = police.publish(subject, "{}".into());
        let answer = tokio::time::timeout(SETTLE, said).await;
        assert!(!matches!(answer, Ok(Ok(_))), "{subject} is taken");
    }
    for subject in ["carehub.receipt.ambulance", "carehub.alert.ambulance.1-1"] {
        county.log.publish_core(subject, "the ambulance's".into()).await.expect("publish");
    }
    let others = "carehub.escalation.ambulance.1-1.e1.0";
    county.log.publish(others, "the ambulance's".into()).await.expect("publish");
    tokio::time::sleep(SETTLE).await;
    assert_eq!(county.log.last_sequence().await.expect("the log"), before + 1, "the hub's alone");
    // What it said itself comes back to whoever listens at its own server; the ambulance's does not.
    while let Ok(next) = tokio::time::timeout(SETTLE, everything.next()).await {
        let said = next.expect("it may listen").expect("it lives");
        assert!(said.payload != "the ambulance's", "{}", said.subject);
    }
    let consumers = county.log.consumers().await.expect("consumers");
    assert!(consumers.contains(&"ambulance".to_owned()), "{consumers:?}");
    // The key of another agency does not make its server that agency's.
    police.publish("carehub.concern.police.1-1", "still".into()).await.expect("its own");
}

fn concern(id: u32) -> Outgoing {
    let data =
        json!({ "kind": "soft-intelligence", "severity": "low", "occurred_at": "2026-02-28" });
    let draft = Draft {
        agency: "police".to_owned(),
        id: format!("leaf-{id}"),
        event_type: "concern.raised".to_owned(),
        home: "F00001".to_owned(),
        time: "2026-03-01T11:00:00Z".to_owned(),
        data: data.as_object().cloned().unwrap_or_default(),
    };
    draft.encode().expect("encode a concern")
}

/// First the agency's own server goes, then the hub's: the spool keeps, and everything arrives.
#[tokio::test]
async fn what_is_said_while_a_server_is_away_waits_in_the_spool() {
    let mut county = County::start().await;
    let seed = std::fs::read_to_string(county.credentials.seed_path("police")).expect("a seed");
    let settings = Settings {
        url: county.leaf.url.clone(),
        key: seed.trim().to_owned(),
        tls: with_certificate(&county.tls()),
        agency: BodyId::new("police").expect("an id"),
        spool: Some((county.dir.path().join("spool"), 1 << 20)),
        check: false,
    };
    let mut publisher = Publisher::open(settings).await.expect("open");
    let now = Timestamp::now();
    let before = county.log.last_sequence().await.expect("the log");
    let outcome = publisher.publish(concern(0), now).await.expect("publish");
    assert!(matches!(outcome, Outcome::Stored(_)), "{outcome:?}");

    county.leaf.kill();
    let outcome = publisher.publish(concern(1), now).await.expect("publish");
    assert!(matches!(outcome, Outcome::Spooled), "{outcome:?}");
    county.leaf.start_again();
    drained(&mut publisher, &county).await;

    county.hub.stop().await.expect("stop the hub's server");
    let outcome = publisher.publish(concern(2), now).await.expect("publish");
    assert!(matches!(outcome, Outcome::Spooled), "{outcome:?}");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let hub = county.hub.clone();
    let watch = tokio::spawn(async move {
        hub.run(async {
            // An error means that the sender is gone, which is a stop as well.
            let _ = stopped.await;
        })
        .await
    });
    drained(&mut publisher, &county).await;

    let deadline = Instant::now() + PATIENCE;
    let mut said = Vec::new();
    while said.len() < 3 {
        assert!(Instant::now() < deadline, "the log has {said:?}");
        let last = county.log.last_sequence().await.unwrap_or(before);
        let positions: Vec<u64> = (before + 1..=last).collect();
        let stored = county.log.get_many(&positions).await.unwrap_or_default();
        said = stored
            .into_iter()
            .flatten()
            .filter_map(|stored| serde_json::from_slice::<serde_json::Value>(&stored.payload).ok())
            .filter_map(|event| event["id"].as_str().map(str::to_owned))
            .collect();
        said.dedup();
    }
    assert_eq!(said, ["leaf-0", "leaf-1", "leaf-2"]);
    let _ = stop.send(());
    watch.await.expect("the watch ends").expect("the server stops");
}

/// Sends what waits until nothing does.
async fn drained(publisher: &mut Publisher, county: &County) {
    let deadline = Instant::now() + PATIENCE;
    while publisher.waiting() > 0 {
        // Still away is no error.
        publisher.drain().await.expect("drain");
        assert!(Instant::now() < deadline, "it still waits:\n{}", county.leaf.log());
    }
}
