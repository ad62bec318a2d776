//! `carehub up`: everything on one machine, with a nats-server of its own.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_client::simulate::Simulation;
use carehub_domain::BodyId;
use carehub_domain::policy::Policy;
use carehub_storage::link::AgencyLink;
use carehub_storage::log::Log;
use carehub_storage::{Connection, Tls};
use clap::Args;

use crate::bodies::{self, Bodies};
use crate::hub::{self, Parts};
use crate::nats::{Credentials, Server, ServerSettings, ServerTls, SyncInterval};
use crate::policy_files;
use crate::settings::{Settings, SettingsArgs, Sync};

/// Start everything on one machine: a nats-server, the hub, the read side.
///
/// It prints one line when it is ready. Keys and API tokens of every agency are in
/// DIR/credentials. Ctrl-C stops it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carehub up --data-dir /var/lib/carehub\n  carehub up --data-dir demo --http 127.0.0.1:0 --nats 127.0.0.1:0 --json"
)]
pub struct Up {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Begin without the small fictional register
    #[arg(long)]
    no_register: bool,
    /// Print the ready line as JSON
    #[arg(long)]
    json: bool,
}

/// A nats-server that runs on a data directory, and the log in it.
pub(super) struct OwnServer {
    pub(super) server: Server,
    pub(super) log: Log,
}

/// Starts or adopts the nats-server of a data directory, with the accounts that it had last.
pub(super) async fn own_server(settings: &Settings) -> anyhow::Result<OwnServer> {
    std::fs::create_dir_all(&settings.data_dir)
        .with_context(|| format!("make the data directory {}", settings.data_dir.display()))?;
    let data_dir = absolute(&settings.data_dir)?;
    let credentials = Credentials::ensure(&settings.credentials_dir(), &[])?;
    let mut of_server = ServerSettings::new(&data_dir, &credentials);
    of_server.address = address(&settings.nats)?;
    of_server.sync = match settings.sync {
        Sync::Always => SyncInterval::Always,
        Sync::Default => SyncInterval::ServerDefault,
    };
    of_server.tls = server_tls(settings)?;
    let server = Server::start(of_server, &[]).await?;
    let log = connect(&server.url(), &credentials.seed_path("hub"), &settings.nats_tls()).await?;
    hub::ensure_streams(&log, settings).await?;
    Ok(OwnServer { server, log })
}

/// The hub's own connection.
pub(super) async fn connect(url: &str, key: &Path, tls: &Tls) -> anyhow::Result<Log> {
    let seed = super::agency::secret(key)?;
    let connection = Connection::new(url, "carehub hub").with_key(seed).with_tls(tls.clone());
    Log::connect(&connection).await.with_context(|| format!("connect to the log at {url}"))
}

impl Up {
    /// Runs until it is interrupted.
    ///
    /// # Errors
    /// Something could not be started, or failed later.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let settings = self.settings.resolve()?;
        let pack = policy_files::open(&settings.policy)?.into_policy()?;
        let OwnServer { server, log } = own_server(&settings).await?;
        // A log that was restored may hold again what was erased: nobody reads it before that is gone.
        let erasure_key = settings.credentials_dir().join("erasure.nk");
        let erasing = hub::erasing(&server.url(), &erasure_key, &settings).await?;
        hub::erase_first(&log, &erasing).await?;
        let (policy, first) = hub::policy_in_force(&log, pack).await?;
        let credentials =
            Credentials::ensure(&settings.credentials_dir(), &hub::agencies(&policy))?;
        server.apply(credentials.accounts()).await?;
        hub::ensure_consumers(&log, &policy).await?;
        if first && !self.no_register {
            register(&server.url(), &settings.nats_tls(), &credentials, &policy).await?;
        }
        let parts = Parts { aggregator: true, dashboard: true };
        let tokens = bodies::tokens(&credentials)?;
        let mut running = hub::start(log.clone(), &settings, parts, &tokens, Some(erasing)).await?;
        running.ready().await?;
        let keeper = Bodies {
            log,
            view: running.view.clone(),
            tokens: running.tokens.clone(),
            credentials: settings.credentials_dir(),
            server: Some(server.clone()),
        };
        let keeper = tokio::spawn(keeper.keep(policy));
        let http = running.http.map(|http| settings.http_url(http)).unwrap_or_default();
        let interrupted = hub::interrupted();
        self.ready(&http, &server.url(), &settings.credentials_dir())?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let supervised = server.clone();
        let supervisor = tokio::spawn(async move {
            supervised
                .run(async {
                    // An error means that the sender is gone, which is a stop as well.
                    let _ = stopped.await;
                })
                .await
        });
        let outcome = running.until(interrupted).await;
        keeper.abort();
        let _ = stop.send(());
        supervisor.await.context("stop nats-server")??;
        outcome?;
        Ok(ExitCode::SUCCESS)
    }

    fn ready(&self, http: &str, nats: &str, credentials: &Path) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            let line = serde_json::json!({
                "ready": true, "http": http, "nats": nats, "credentials": credentials,
            });
            writeln!(out, "{line}")?;
        } else {
            writeln!(
                out,
                "Carehub is ready: {http} (NATS at {nats}, keys in {})",
                credentials.display()
            )?;
        }
        out.flush()?;
        Ok(())
    }
}

/// Publishes the small fictional register, as the agency that owns it.
async fn register(
    url: &str,
    tls: &Tls,
    credentials: &Credentials,
    policy: &Policy,
) -> anyhow::Result<()> {
    let events = Simulation::embedded().register_events();
    let Some(owner) = events.first().map(|event| event.agency.clone()) else { return Ok(()) };
    let owns = BodyId::new(&owner).is_ok_and(|body| policy.holds(&body, &policy.powers.register));
    if !owns {
        tracing::info!(owner, "the policy has no such register: the hub starts without one");
        return Ok(());
    }
    let seed = super::agency::secret(&credentials.seed_path(&owner))?;
    let connection = Connection::new(url, &owner)
        .with_key(seed)
        .with_inbox_prefix(format!("_INBOX_{owner}"))
        .with_tls(tls.clone());
    let link = AgencyLink::connect_with(&connection).await?;
    let messages = events.into_iter().map(|event| (event.subject, event.payload));
    link.publish_all(messages, None, |_| {}).await.context("publish the fictional register")?;
    Ok(())
}

/// With TLS the server shows the hub's certificate and asks every client for one of the same authority.
fn server_tls(settings: &Settings) -> anyhow::Result<Option<ServerTls>> {
    match (&settings.nats_ca, &settings.nats_cert, &settings.nats_key) {
        (None, None, None) => Ok(None),
        (Some(authority), Some(certificate), Some(key)) => Ok(Some(ServerTls {
            authority: absolute(authority)?,
            certificate: absolute(certificate)?,
            key: absolute(key)?,
        })),
        _ => anyhow::bail!("TLS takes all three: --nats-ca, --nats-cert and --nats-key"),
    }
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::fs::canonicalize(path).with_context(|| format!("find {}", path.display()))
}

/// `127.0.0.1:4222`, also written as a URL.
fn address(text: &str) -> anyhow::Result<SocketAddr> {
    let text = text.strip_prefix("nats://").unwrap_or(text);
    text.parse().with_context(|| format!("`{text}` is not an address such as 127.0.0.1:4222"))
}
