//! `carehub verify`: the log's gaps, and the projections against a fresh replay.

use std::io::Write as _;
use std::process::ExitCode;

use carehub_aggregator::{Difference, Metrics, Role, Verified};
use clap::Args;
use prometheus::Registry;

use crate::hub;
use crate::settings::SettingsArgs;

/// Check the projections against a fresh replay of the log, and the log for missing messages.
///
/// The hub must be stopped. Nothing is published and nothing is changed. Exits with 1 when
/// anything differs or is missing.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  carehub verify --data-dir /var/lib/carehub --json")]
pub struct Verify {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Replays beside the projections and compares.
    ///
    /// # Errors
    /// The projections are in use, or the log does not answer.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let settings = self.settings.resolve()?;
        let (log, server) = super::rebuild::log_of(&settings).await?;
        let bar = super::progress::bar(0, "replaying", self.json);
        bar.set_length(log.last_sequence().await?);
        let scratch = settings.data_dir.join("verify");
        remove(&scratch)?;
        let metrics = Metrics::new(&Registry::new())?;
        let options = hub::options(&settings, Role::Following);
        let progress = |position| bar.set_position(position);
        let checked = carehub_aggregator::verify(
            log,
            &settings.table_dir(),
            &scratch,
            metrics,
            options,
            progress,
        )
        .await;
        bar.finish_and_clear();
        remove(&scratch)?;
        if let Some(server) = server {
            server.stop().await?;
        }
        let checked = checked?;
        self.report(&checked)?;
        let sound = checked.differences.is_empty() && checked.missing == 0;
        Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn report(&self, checked: &Verified) -> anyhow::Result<()> {
        let differences: Vec<String> = checked.differences.iter().map(word).collect();
        let mut out = std::io::stdout().lock();
        if self.json {
            let line = serde_json::json!({
                "position": checked.position,
                "keys": checked.keys,
                "missing": checked.missing,
                "differences": differences,
            });
            writeln!(out, "{line}")?;
            return Ok(());
        }
        writeln!(
            out,
            "Compared {} keys at position {}: {} differ. {} messages are missing from the log.",
            checked.keys,
            checked.position,
            differences.len(),
            checked.missing,
        )?;
        for difference in differences {
            writeln!(out, "  {difference}")?;
        }
        Ok(())
    }
}

/// Keys name homes and escalations, never people; values are not shown.
fn word(difference: &Difference) -> String {
    let (word, key) = match difference {
        Difference::Missing(key) => ("missing", key),
        Difference::Surplus(key) => ("surplus", key),
        Difference::Differs(key) => ("differs", key),
    };
    format!("{word} {}", key.escape_ascii())
}

fn remove(scratch: &std::path::Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(scratch) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}
