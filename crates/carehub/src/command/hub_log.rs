//! Which log: what every command takes that speaks for the hub beside a running one.

use std::path::PathBuf;

use anyhow::Context as _;
use carehub_storage::log::Log;
use clap::Args;

use super::TlsArgs;
use crate::nats;

/// How to reach the log with the hub's own key.
#[derive(Debug, Clone, Args)]
pub(super) struct HubLog {
    /// The nats-server of `carehub serve`; needs --key
    #[arg(long, value_name = "URL", env = "CAREHUB_NATS", requires = "key")]
    pub(super) nats: Option<String>,
    /// The file with the hub's key (nkey seed)
    #[arg(long, value_name = "FILE", env = "CAREHUB_KEY", requires = "nats")]
    pub(super) key: Option<PathBuf>,
    /// The data directory of a hub that `carehub up` runs
    #[arg(
        long,
        value_name = "DIR",
        env = "CAREHUB_DATA_DIR",
        default_value = "carehub-data",
        conflicts_with = "nats"
    )]
    pub(super) data_dir: PathBuf,
    #[command(flatten)]
    pub(super) tls: TlsArgs,
}

impl HubLog {
    /// Connects.
    ///
    /// # Errors
    /// The key cannot be read, or no server answers.
    pub(super) async fn connect(&self) -> anyhow::Result<Log> {
        if let (Some(url), Some(key)) = (&self.nats, &self.key) {
            return super::up::connect(url, key, &self.tls.tls()).await;
        }
        let dir = self.data_dir.display();
        let port = nats::port_of(&self.data_dir)
            .with_context(|| format!("no hub has run on {dir}; name a server with --nats"))?;
        let key = self.data_dir.join("credentials").join("hub.nk");
        let url = format!("nats://127.0.0.1:{port}");
        let log = super::up::connect(&url, &key, &self.tls.tls()).await;
        log.with_context(|| format!("is a hub running on {dir}?"))
    }
}
