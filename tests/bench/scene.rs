//! A nats-server as it is shipped, and a hub on it as `carehub up` wires one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use carehub::nats::{Credentials, Server, ServerSettings, SyncInterval};
use carehub::{hub, policy_files};
use carehub_aggregator::{Aggregator, AggregatorError, Metrics, Options, View};
use carehub_domain::policy::Policy;
use carehub_storage::Connection;
use carehub_storage::link::AgencyLink;
use carehub_storage::log::{Log, StreamSettings};
use prometheus::Registry;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Where and how a server is to run.
pub(crate) struct Scene {
    pub(crate) dir: PathBuf,
    pub(crate) sync: SyncInterval,
}

/// A running server with an empty stream, but for the policy, and an account for every body of the
/// shipped pack. It dies with this value, and its files go.
pub(crate) struct Running {
    server: Server,
    credentials: Credentials,
    policy: Policy,
    pub(crate) log: Log,
    dir: TempDir,
}

impl Scene {
    /// Starts a fresh server.
    pub(crate) async fn start(&self) -> anyhow::Result<Running> {
        let dir = tempfile::tempdir_in(&self.dir).context("make a directory for a server")?;
        let policy = shipped_policy()?;
        let agencies = hub::agencies(&policy);
        let credentials = Credentials::ensure(&dir.path().join("credentials"), &agencies)?;
        let mut settings = ServerSettings::new(dir.path(), &credentials);
        settings.sync = self.sync;
        let server = Server::start(settings, credentials.accounts()).await?;
        let seed = seed(&credentials.seed_path("hub"))?;
        let connection = Connection::new(server.url(), "carehub bench").with_key(seed);
        let log = Log::connect(&connection).await?;
        log.ensure_stream(&StreamSettings::default()).await?;
        log.audit().ensure_stream(&StreamSettings::default()).await?;
        let (policy, _) = hub::policy_in_force(&log, policy).await?;
        hub::ensure_consumers(&log, &policy).await?;
        Ok(Running { server, credentials, policy, log, dir })
    }
}

/// The pack that `carehub up` starts with.
pub(crate) fn shipped_policy() -> anyhow::Result<Policy> {
    shipped_pack(policy_files::DEFAULT_PACK)
}

/// A pack by name.
pub(crate) fn shipped_pack(name: &str) -> anyhow::Result<Policy> {
    Ok(policy_files::open(name)?.into_policy()?)
}

fn seed(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).context("read a seed")
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.kill();
    }
}

impl Running {
    /// An agency's connection, by its own key through its own account.
    pub(crate) async fn agency(&self, agency: &str) -> anyhow::Result<AgencyLink> {
        let seed = seed(&self.credentials.seed_path(agency))?;
        let link = AgencyLink::connect(&self.server.url(), &seed, agency).await;
        link.with_context(|| format!("connect {agency}"))
    }

    /// One connection for each of these agencies.
    pub(crate) async fn agencies(
        &self,
        agencies: &[&'static str],
    ) -> anyhow::Result<BTreeMap<&'static str, AgencyLink>> {
        let mut links = BTreeMap::new();
        for agency in agencies {
            links.insert(*agency, self.agency(agency).await?);
        }
        Ok(links)
    }

    /// A plain client in the hub's account, which owns the stream.
    pub(crate) async fn raw(&self) -> anyhow::Result<async_nats::Client> {
        let seed = seed(&self.credentials.seed_path("hub"))?;
        let options = async_nats::ConnectOptions::with_nkey(seed.trim().to_owned());
        let options = options.custom_inbox_prefix("_INBOX_hub");
        Ok(options.connect(self.server.url()).await?)
    }

    /// A directory for a table that is not there yet.
    pub(crate) fn table_dir(&self, name: &str) -> PathBuf {
        self.dir.path().join("tables").join(name)
    }

    /// A loop over this log with a fresh table.
    pub(crate) async fn aggregator(&self, name: &str) -> anyhow::Result<(Aggregator, Metrics)> {
        let metrics = Metrics::new(&Registry::new())?;
        let directory = self.table_dir(name);
        let options = Options::default();
        let hub = Aggregator::open(self.log.clone(), &directory, metrics.clone(), options).await?;
        Ok((hub, metrics))
    }

    /// A hub that runs on this log, caught up with it.
    pub(crate) async fn hub(&self) -> anyhow::Result<Hub> {
        let (aggregator, metrics) = self.aggregator("live").await?;
        let view = aggregator.view();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(aggregator.run(async {
            // An error means that the sender is gone, which is a stop as well.
            let _ = stopped.await;
        }));
        let hub = Hub { view, metrics, stop, task };
        let last = self.log.last_sequence().await?;
        hub.folded(last).await?;
        anyhow::ensure!(
            hub.view.policy().version == self.policy.version,
            "the hub did not read the policy"
        );
        Ok(hub)
    }
}

/// A running hub.
pub(crate) struct Hub {
    pub(crate) view: View,
    pub(crate) metrics: Metrics,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), AggregatorError>>,
}

/// Longer than any fold of these benches takes.
const PATIENCE: Duration = Duration::from_secs(600);

impl Hub {
    /// Waits until readers see everything up to this position.
    pub(crate) async fn folded(&self, position: u64) -> anyhow::Result<()> {
        let began = Instant::now();
        while self.view.progress().position < position {
            anyhow::ensure!(!self.task.is_finished(), "the hub stopped");
            anyhow::ensure!(began.elapsed() < PATIENCE, "the hub does not come to {position}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Waits until every decision has been read back.
    pub(crate) async fn settled(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        while self.metrics.outbox.get() > 0 {
            anyhow::ensure!(!self.task.is_finished(), "the hub stopped");
            anyhow::ensure!(began.elapsed() < PATIENCE, "the outbox does not empty");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// How many events have this verdict.
    pub(crate) fn verdicts(&self, verdict: &str) -> u64 {
        self.metrics.verdicts.with_label_values(&[verdict]).get()
    }

    /// Stops it as Ctrl-C would.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        // An error means that it has stopped already, and the task says why.
        let _ = self.stop.send(());
        Ok(self.task.await??)
    }
}
