//! `carehub serve`: aggregator and dashboard on a nats-server that somebody else runs.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_domain::BodyId;
use clap::Args;

use crate::bodies::Bodies;
use crate::hub::{self, Parts};
use crate::policy_files;
use crate::settings::{Settings, SettingsArgs};

/// Run the aggregator and the dashboard against an existing nats-server.
///
/// The server's accounts are the operator's to keep: `carehub up` shows what they look like.
/// API tokens are read from DIR/credentials/<agency>.token.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  carehub serve --nats nats://10.0.0.5:4222 --key hub.nk --data-dir /var/lib/carehub"
)]
pub struct Serve {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Only follow: fold, but publish nothing (a warm standby, or a dashboard of its own)
    #[arg(long)]
    no_aggregator: bool,
    /// Do not serve HTTP
    #[arg(long)]
    no_dashboard: bool,
    /// Print the ready line as JSON
    #[arg(long)]
    json: bool,
}

impl Serve {
    /// Runs until it is interrupted.
    ///
    /// # Errors
    /// Something could not be started, or failed later.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let settings = self.settings.resolve()?;
        let key = settings.key.clone().context("say with --key where the hub's key is")?;
        let pack = policy_files::open(&settings.policy)?.into_policy()?;
        let log = super::up::connect(&settings.nats, &key, &settings.nats_tls()).await?;
        hub::ensure_streams(&log, &settings).await?;
        let erasing = match &settings.erasure_key {
            Some(key) => Some(hub::erasing(&settings.nats, key, &settings).await?),
            None => None,
        };
        if let Some(erasing) = &erasing {
            hub::erase_first(&log, erasing).await?;
        }
        let mut policy = None;
        if !self.no_aggregator {
            let (in_force, _) = hub::policy_in_force(&log, pack).await?;
            hub::ensure_consumers(&log, &in_force).await?;
            policy = Some(in_force);
        }
        let parts = Parts { aggregator: !self.no_aggregator, dashboard: !self.no_dashboard };
        let mut running =
            hub::start(log.clone(), &settings, parts, &tokens(&settings)?, erasing).await?;
        running.ready().await?;
        let keeper = policy.map(|policy| {
            let bodies = Bodies {
                log,
                view: running.view.clone(),
                tokens: running.tokens.clone(),
                credentials: settings.credentials_dir(),
                server: None,
            };
            tokio::spawn(bodies.keep(policy))
        });
        let http = running.http.map(|http| settings.http_url(http));
        let interrupted = hub::interrupted();
        let mut out = std::io::stdout().lock();
        if self.json {
            let line = serde_json::json!({ "ready": true, "http": http, "nats": settings.nats });
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "Carehub is ready: {}", http.as_deref().unwrap_or("no HTTP"))?;
        }
        out.flush()?;
        drop(out);
        let outcome = running.until(interrupted).await;
        if let Some(keeper) = keeper {
            keeper.abort();
        }
        outcome?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Every `<agency>.token` in the credentials directory; none when there is no directory.
fn tokens(settings: &Settings) -> anyhow::Result<BTreeMap<BodyId, String>> {
    let mut tokens = BTreeMap::new();
    let dir = settings.credentials_dir();
    let Ok(files) = std::fs::read_dir(&dir) else { return Ok(tokens) };
    for file in files {
        let path = file.with_context(|| format!("list {}", dir.display()))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(agency) = name.and_then(|name| name.strip_suffix(".token")) {
            tokens.insert(BodyId::new(agency)?, super::agency::secret(&path)?);
        }
    }
    Ok(tokens)
}
