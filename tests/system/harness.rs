//! A real nats-server with the shipped configuration, for the tests of this directory.
//!
//! ```text
//! let server = Server::start(&["police", "cqc"]).await;
//! let police = server.client("police").await;      // an async-nats client, and its errors
//! let log = server.log().await;                    // the log, as the hub sees it
//! until("the log has it", async || log.last_sequence().await.unwrap() == 1).await;
//! ```
//!
//! Every server listens on a port of its own choice and keeps its files in a temporary
//! directory, which stays behind when the test fails. It dies with the [`Server`].

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event};
use carehub::nats::{self, Agency, Credentials, ServerSettings};
use carehub_storage::Connection;
use carehub_storage::link::AgencyLink;
use carehub_storage::log::{Log, StreamSettings};
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};

/// How long a condition may take to come true on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A nats-server, the hub's stream in it, and an account and a durable consumer per agency.
pub(crate) struct Server {
    server: nats::Server,
    credentials: Credentials,
    dir: Option<TempDir>,
}

impl Server {
    /// Starts a server with these agencies; `cqc` owns the register. There is nothing in the log.
    pub(crate) async fn start(agencies: &[&str]) -> Self {
        let agency = |id: &&str| Agency { register_owner: *id == "cqc", ..Agency::new(id) };
        Self::start_with(&agencies.iter().map(agency).collect::<Vec<_>>()).await
    }

    /// Starts a server with these agencies and their officers.
    pub(crate) async fn start_with(agencies: &[Agency]) -> Self {
        let started = Self::without_consumers(agencies).await;
        let log = started.log().await;
        for agency in agencies {
            let feed = feed_of(&agency.id);
            log.ensure_consumer(&agency.id, feed.clone()).await.expect("create a consumer");
            for officer in &agency.officers {
                let name = format!("{}-{officer}", agency.id);
                log.ensure_consumer(&name, feed.clone()).await.expect("create a consumer");
            }
        }
        started
    }

    /// Starts a server with these accounts and the hub's streams, and nobody's consumer.
    pub(crate) async fn without_consumers(agencies: &[Agency]) -> Self {
        let dir = tempfile::tempdir().expect("make a temporary directory");
        let credentials = Credentials::ensure(&dir.path().join("credentials"), agencies)
            .expect("make credentials");
        let settings = ServerSettings::new(dir.path(), &credentials);
        let server = nats::Server::start(settings, credentials.accounts())
            .await
            .expect("start nats-server; is NATS_SERVER set?");
        let started = Self { server, credentials, dir: Some(dir) };
        let log = started.log().await;
        log.ensure_stream(&StreamSettings::default()).await.expect("create the stream");
        log.audit().ensure_stream(&StreamSettings::default()).await.expect("create the audit");
        started
    }

    /// `nats://host:port`.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// The directory that stands for the hub's data directory.
    pub(crate) fn data_dir(&self) -> &Path {
        self.dir.as_ref().expect("the directory is taken only when dropping").path()
    }

    /// The keys and tokens on disk.
    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The supervisor, to apply other agencies, kill or stop.
    pub(crate) fn supervisor(&self) -> &nats::Server {
        &self.server
    }

    /// An agency's own client.
    pub(crate) async fn client(&self, agency: &str) -> Party {
        Party::connect(&self.url(), &self.credentials.seed_path(agency), agency).await
    }

    /// An officer's own client.
    pub(crate) async fn officer(&self, agency: &str, officer: &str) -> Party {
        let seed = self.credentials.officer_seed_path(agency, officer);
        Party::connect(&self.url(), &seed, &format!("{agency}-{officer}")).await
    }

    /// The hub's own client.
    pub(crate) async fn hub(&self) -> Party {
        self.client("hub").await
    }

    /// The log as the hub sees it.
    pub(crate) async fn log(&self) -> Log {
        let connection = Connection::new(self.url(), "system test")
            .with_key(seed(&self.credentials.seed_path("hub")))
            .with_inbox_prefix("_INBOX_hub");
        Log::connect(&connection).await.expect("connect to the log")
    }

    /// What an agency's shipped client publishes and reads with.
    pub(crate) async fn link(&self, agency: &str) -> AgencyLink {
        let seed = seed(&self.credentials.seed_path(agency));
        AgencyLink::connect(&self.url(), &seed, agency).await.expect("connect an agency")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.server.kill();
        if std::thread::panicking()
            && let Some(dir) = self.dir.take()
        {
            keep(dir);
        }
    }
}

/// Leaves a directory behind and says where.
#[expect(clippy::print_stderr, reason = "whoever looks into a failed test needs the path")]
pub(crate) fn keep(dir: TempDir) -> PathBuf {
    let path = dir.keep();
    eprintln!("nats-server's files are in {}", path.display());
    path
}

/// The subjects an agency's consumer delivers.
fn feed_of(agency: &str) -> Vec<String> {
    ["escalation", "notice", "rejection", "refusal"]
        .map(|noun| format!("carehub.{noun}.{agency}.>"))
        .to_vec()
}

fn seed(path: &Path) -> String {
    std::fs::read_to_string(path).expect("read a seed")
}

/// A connected client; it derefs to the async-nats client, and keeps what the server reports to
/// it asynchronously, which is how a denial arrives.
pub(crate) struct Party {
    client: Client,
    errors: Arc<Mutex<mpsc::Receiver<String>>>,
    name: String,
}

impl Deref for Party {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// The server's errors that a party keeps until they are looked at; no test provokes more.
const ERRORS_KEPT: usize = 1_024;

impl Party {
    /// Connects with a seed file; `account` is what may follow `_INBOX_`.
    pub(crate) async fn connect(url: &str, seed_file: &Path, account: &str) -> Self {
        Self::connect_with(url, ConnectOptions::with_nkey(seed(seed_file)), account).await
    }

    /// Connects with any credentials.
    pub(crate) async fn connect_with(url: &str, options: ConnectOptions, account: &str) -> Self {
        let (send, receive) = mpsc::channel(ERRORS_KEPT);
        let client = options
            .custom_inbox_prefix(format!("_INBOX_{account}"))
            .request_timeout(Some(PATIENCE))
            .event_callback(move |event| {
                let send = send.clone();
                async move {
                    if let Event::ServerError(error) = event {
                        // Nobody listens any more when the test is over.
                        let _ = send.try_send(error.to_string());
                    }
                }
            })
            .connect(url)
            .await
            .unwrap_or_else(|error| panic!("connect {account}: {error}"));
        Self { client, errors: Arc::new(Mutex::new(receive)), name: account.to_owned() }
    }

    /// The account's name, which is also that of its durable consumer.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The next error the server reports to this client, in lower case as nats-server may write
    /// a subject either way.
    pub(crate) async fn next_error(&self) -> String {
        let mut errors = self.errors.lock().await;
        let error = tokio::time::timeout(PATIENCE, errors.recv()).await;
        error
            .expect("the server reports an error in time")
            .expect("the client lives")
            .to_lowercase()
    }
}

/// Waits until a condition holds.
///
/// # Panics
/// When it does not within [`PATIENCE`].
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "still not so: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
