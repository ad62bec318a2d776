//! `carehub prove`: the proof that one message is in the log, as a file for a review or a court.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_aggregator::Named;
use carehub_contract::seal::Hash;
use carehub_contract::{AuditAction, AuditRecord};
use clap::Args;

use super::hub_log::HubLog;
use crate::audit_waiting;

/// Export the proof that one message is in the log, under a signed head.
///
/// The file holds the message as it was published, its text too: give it only to whom the sharing
/// agreement lets read it. `carehub verify --proof` checks it without a hub.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carehub prove 17 --data-dir /var/lib/carehub --out event-17.proof.json\n  carehub prove 17 --without-payload\n  carehub prove --sha256 9f86d0… --out entry.proof.json"
)]
pub struct Prove {
    /// The message's position in the log
    #[arg(value_name = "POSITION", value_parser = clap::value_parser!(u64).range(1..), required_unless_present_any = ["sha256", "leaf"])]
    position: Option<u64>,
    /// The message's fingerprint in place of its position, as a chronology prints it
    #[arg(long, value_name = "HASH", conflicts_with_all = ["position", "leaf"])]
    sha256: Option<Hash>,
    /// The entry's leaf in place of its position, as `carehub chronology --csv` prints it
    #[arg(long, value_name = "HASH", conflicts_with = "position")]
    leaf: Option<Hash>,
    #[command(flatten)]
    log: HubLog,
    /// Write the proof to this file, which must not exist yet; by default to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Export the leaf hash alone, without the message: for who may not read it, or when it was erased
    #[arg(long)]
    without_payload: bool,
    /// With --out, print what was written as JSON
    #[arg(long)]
    json: bool,
}

impl Prove {
    /// Reads the log up to the first head that covers the position, and writes the proof.
    ///
    /// # Errors
    /// No head covers the position yet, the message was erased, or the log is not what the head says.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let log = self.log.connect().await?;
        let bar = super::progress::bar(0, "hashing", self.json || self.out.is_none());
        bar.set_length(log.last_sequence().await?);
        let progress = |position| bar.set_position(position);
        let named = match (self.sha256, self.leaf) {
            (Some(sha256), _) => Some(Named::Payload(sha256)),
            (None, Some(leaf)) => Some(Named::Leaf(leaf)),
            (None, None) => None,
        };
        let position = match (self.position, named) {
            (Some(position), _) => position,
            (None, Some(named)) => {
                let found = carehub_aggregator::position_of(&log, named, progress).await?;
                found.context("no message of the log has this hash")?
            }
            (None, None) => anyhow::bail!("name a message by its position or by a hash"),
        };
        let proof =
            carehub_aggregator::prove(&log, position, !self.without_payload, progress).await;
        bar.finish_and_clear();
        let proof = proof?;
        proof.check().context("the proof does not hold")?;
        let what = Some(format!("proof of {position}"));
        let record = AuditRecord { what, ..AuditRecord::of(AuditAction::Exported) };
        audit_waiting::record(&log, record).await?;
        let text = serde_json::to_string_pretty(&proof)?;
        let Some(path) = &self.out else {
            writeln!(out, "{text}")?;
            return Ok(ExitCode::SUCCESS);
        };
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
        file.and_then(|mut file| writeln!(file, "{text}"))
            .with_context(|| format!("write {}", path.display()))?;
        let size = proof.head.statement.size;
        if self.json {
            let line = serde_json::json!({
                "position": position, "head": size, "leaf": proof.leaf, "key": proof.head.key, "file": path,
            });
            writeln!(out, "{line}")?;
        } else {
            let path = path.display();
            writeln!(out, "{path} proves position {position} under the head of size {size}.")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
