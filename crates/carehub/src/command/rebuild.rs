//! `carehub rebuild`: throw the projections away and replay.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use carehub_aggregator::{Metrics, Role};
use carehub_contract::{AuditAction, AuditRecord};
use carehub_storage::log::Log;
use carehub_storage::table::{OpenError, Table, TableOptions};
use clap::Args;
use prometheus::Registry;

use crate::audit_waiting;
use crate::hub;
use crate::nats::{Server, running};
use crate::settings::{Settings, SettingsArgs};

/// Throw the projections away and replay the log into a new table beside them.
///
/// The hub must be stopped. The old projections stay in place until the new ones are whole.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carehub rebuild --data-dir /var/lib/carehub\n  carehub rebuild --nats nats://10.0.0.5:4222 --key hub.nk --data-dir /var/lib/carehub"
)]
pub struct Rebuild {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// The log of these settings: of the server that they name, or of the data directory's own.
///
/// A hub that runs on the directory is left alone: it would lose its nats-server when the command
/// stops the one that it has started.
pub(super) async fn log_of(settings: &Settings) -> anyhow::Result<(Log, Option<Server>)> {
    let table = Table::open(&settings.table_dir(), &TableOptions::default());
    if let Err(in_use @ OpenError::InUse { .. }) = table {
        return Err(in_use).context("stop the hub first");
    }
    drop(table);
    match &settings.key {
        Some(key) => {
            Ok((super::up::connect(&settings.nats, key, &settings.nats_tls()).await?, None))
        }
        None => {
            // One that a killed hub left behind goes on serving agencies.
            if let Some(url) = running(&settings.data_dir) {
                let key = settings.credentials_dir().join("hub.nk");
                return Ok((super::up::connect(&url, &key, &settings.nats_tls()).await?, None));
            }
            // Nobody else is to connect, so it need not be the port that agencies know: another hub may
            // have that by now.
            let settings = Settings { nats: "127.0.0.1:0".to_owned(), ..settings.clone() };
            let own = super::up::own_server(&settings).await?;
            Ok((own.log, Some(own.server)))
        }
    }
}

impl Rebuild {
    /// Replays and swaps.
    ///
    /// # Errors
    /// The projections are in use, or the log does not answer.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let settings = self.settings.resolve()?;
        let what = Some("the projections are made anew".to_owned());
        let record = AuditRecord { what, ..AuditRecord::of(AuditAction::LogChecked) };
        audit_waiting::begin(&settings.data_dir)?.finish(record)?;
        let (log, server) = log_of(&settings).await?;
        let bar = super::progress::bar(0, "replaying", self.json);
        let metrics = Metrics::new(&Registry::new())?;
        let options = hub::options(&settings, Role::Following);
        let started = Instant::now();
        let table: PathBuf = settings.table_dir();
        let replayed =
            carehub_aggregator::rebuild(log, &table, metrics, options, |position, last| {
                bar.set_length(last);
                bar.set_position(position);
            })
            .await;
        bar.finish_and_clear();
        if let Some(server) = server {
            server.stop().await?;
        }
        let position = replayed?;
        let seconds = started.elapsed().as_secs_f64();
        let mut out = std::io::stdout().lock();
        if self.json {
            let line = serde_json::json!({ "position": position, "seconds": seconds });
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "Replayed {position} messages in {seconds:.1} s.")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
