//! `carehub verify`: the log against its signed heads, and the projections against a fresh replay.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use carehub_aggregator::{Difference, Metrics, Options, Redecision, Role, Verified, check_log};
use carehub_contract::seal::Checked;
use carehub_contract::{AuditAction, AuditRecord};
use carehub_domain::policy::Policy;
use clap::Args;
use prometheus::Registry;

use super::log_check;
use crate::audit_waiting;
use crate::hub;
use crate::seal_key;
use crate::settings::{Settings, SettingsArgs};

/// Check the log against its signed heads, and the projections against a fresh replay of the log.
///
/// Says which message was changed, put in or taken out, as narrowly as the heads and the projections
/// allow. With --head it also checks the heads that an agency kept: a hub whose own key signed a
/// changed log anew is caught by them alone. With --proof it checks the file of `carehub prove`, and
/// needs neither hub nor network.
///
/// The hub must be stopped. Nothing is published and nothing is changed; that somebody checked is left for
/// the audit, which the next hub on the directory keeps. Exits with 1 when anything differs or is missing.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  carehub verify --data-dir /var/lib/carehub --json\n  carehub verify --data-dir /var/lib/carehub --redecide\n  carehub verify --data-dir /var/lib/carehub --head kept-by-the-police.ndjson --head-key UABC...\n  carehub verify --proof event-17.proof.json --head-key UABC..."
)]
pub struct Verify {
    #[command(flatten)]
    settings: SettingsArgs,
    /// List instead where this build would have decided differently from what the log holds
    #[arg(long)]
    redecide: bool,
    /// Check the log alone, not the projections
    #[arg(long, conflicts_with = "redecide")]
    log_only: bool,
    /// Check these heads too: messages that an agency kept, one a line (repeat for more files)
    #[arg(long, value_name = "FILE", conflicts_with = "redecide")]
    head: Vec<PathBuf>,
    /// Trust heads that this public key signed (repeat for more); by default those in
    /// DIR/credentials/seal.pub
    #[arg(long, value_name = "PUBLIC")]
    head_key: Vec<String>,
    /// Check this proof and nothing else; needs no hub
    #[arg(long, value_name = "FILE", conflicts_with_all = ["redecide", "log_only", "head"])]
    proof: Option<PathBuf>,
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
        if let Some(path) = &self.proof {
            let out = &mut std::io::stdout();
            let holds = log_check::proof(out, path, &self.head_key, self.json)?;
            return Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        let settings = self.settings.resolve()?;
        self.left_in_audit(&settings)?;
        let mut kept = Vec::new();
        for path in &self.head {
            kept.extend(log_check::kept_heads(path)?);
        }
        let mut keys = self.head_key.clone();
        if keys.is_empty() {
            keys = seal_key::trusted(&settings.credentials_dir())?;
        }
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
        let table = settings.table_dir();
        let progress = |position| bar.set_position(position);
        bar.set_message("checking the log");
        let of_log = check_log(&log, Some(&table), &keys, kept, progress).await?;
        if self.log_only {
            bar.finish_and_clear();
            if let Some(server) = server {
                server.stop().await?;
            }
            self.report_log(&of_log)?;
            return Ok(exit(of_log.faults.is_empty()));
        }
        bar.set_message("replaying");
        let scratch = settings.data_dir.join("verify");
        remove(&scratch)?;
        let metrics = Metrics::new(&Registry::new())?;
        let options = Options { read_policy, ..hub::options(&settings, Role::Following) };
        let checked =
            carehub_aggregator::verify(log, &table, &scratch, metrics, options, progress).await;
        bar.finish_and_clear();
        remove(&scratch)?;
        if let Some(server) = server {
            server.stop().await?;
        }
        let checked = match checked {
            Ok(checked) => checked,
            Err(error) => {
                // What is wrong with the log may be why the projections are in doubt.
                self.report_log(&of_log)?;
                return Err(error.into());
            }
        };
        self.report(&checked, &of_log)?;
        let sound = checked.differences.is_empty() && checked.missing == 0;
        Ok(exit(sound && of_log.faults.is_empty()))
    }

    fn report_log(&self, of_log: &Checked) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::json!({ "log": log_check::to_json(of_log) }))?;
            return Ok(());
        }
        log_check::report(&mut out, of_log)
    }

    fn report(&self, checked: &Verified, of_log: &Checked) -> anyhow::Result<()> {
        let differences: Vec<String> = checked.differences.iter().map(word).collect();
        let mut out = std::io::stdout().lock();
        if self.json {
            let line = serde_json::json!({
                "position": checked.position,
                "keys": checked.keys,
                "missing": checked.missing,
                "differences": differences,
                "log": log_check::to_json(of_log),
            });
            writeln!(out, "{line}")?;
            return Ok(());
        }
        log_check::report(&mut out, of_log)?;
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

impl Verify {
    /// That somebody checked is left for the audit beside the projections: the next hub there keeps it.
    fn left_in_audit(&self, settings: &Settings) -> anyhow::Result<()> {
        let what = match (self.redecide, self.log_only) {
            (true, _) => "redecided",
            (false, true) => "the log",
            (false, false) => "the log and the projections",
        };
        let what = Some(what.to_owned());
        let record = AuditRecord { what, ..AuditRecord::of(AuditAction::LogChecked) };
        audit_waiting::begin(&settings.data_dir)?.finish(record)
    }
}

fn exit(is_sound: bool) -> ExitCode {
    if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
