//! `carehub verify`: the log's gaps, and the projections against a fresh replay.

use std::io::Write as _;
use std::process::ExitCode;

use carehub_aggregator::{Difference, Metrics, Options, Redecision, Role, Verified};
use carehub_domain::policy::Policy;
use clap::Args;
use prometheus::Registry;

use crate::hub;
use crate::settings::SettingsArgs;

/// Check the projections against a fresh replay of the log, and the log for missing messages.
///
/// The hub must be stopped. Nothing is published and nothing is changed. Exits with 1 when
/// anything differs or is missing.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  carehub verify --data-dir /var/lib/carehub --json\n  carehub verify --data-dir /var/lib/carehub --redecide"
)]
pub struct Verify {
    #[command(flatten)]
    settings: SettingsArgs,
    /// List instead where this build would have decided differently from what the log holds
    #[arg(long)]
    redecide: bool,
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
        self.run_reading(|policy| policy).await
    }

    /// [`Self::run`] by a build that reads the rule book differently: a test of law 2 links one.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_reading(&self, read_policy: fn(Policy) -> Policy) -> anyhow::Result<ExitCode> {
        let settings = self.settings.resolve()?;
        let (log, server) = super::rebuild::log_of(&settings).await?;
        let bar = super::progress::bar(0, "replaying", self.json);
        bar.set_length(log.last_sequence().await?);
        if self.redecide {
            let progress = |position| bar.set_position(position);
            let redecided = carehub_aggregator::redecide(&log, read_policy, progress).await;
            bar.finish_and_clear();
            if let Some(server) = server {
                server.stop().await?;
            }
            let (compared, differences) = redecided?;
            return self.report_redecided(compared, &differences);
        }
        let scratch = settings.data_dir.join("verify");
        remove(&scratch)?;
        let metrics = Metrics::new(&Registry::new())?;
        let options = Options { read_policy, ..hub::options(&settings, Role::Following) };
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

impl Verify {
    /// Differences are no fault: the past stays as it was decided. Exits with 0.
    fn report_redecided(
        &self,
        compared: u64,
        differences: &[Redecision],
    ) -> anyhow::Result<ExitCode> {
        let mut out = std::io::stdout().lock();
        for difference in differences {
            let Redecision { position, log, now } = difference;
            if self.json {
                let line = serde_json::json!({ "position": position, "log": log, "now": now });
                writeln!(out, "{line}")?;
            } else {
                writeln!(
                    out,
                    "At {position} the log holds {log:?}; this build would say {now:?}."
                )?;
            }
        }
        if self.json {
            let count = differences.len();
            let line = serde_json::json!({ "compared": compared, "differences": count });
            writeln!(out, "{line}")?;
        } else {
            let count = differences.len();
            writeln!(out, "Decided {compared} messages once more: {count} differently.")?;
        }
        Ok(ExitCode::SUCCESS)
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
