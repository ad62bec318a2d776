//! `carehub backup`: a copy of everything a hub needs, which erasures follow.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use carehub_aggregator::{Erasing, Ledger, erase_all};
use carehub_contract::{AuditAction, AuditRecord};
use carehub_storage::table::{OpenError, Table, TableOptions};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::up;
use crate::audit_waiting;
use crate::hub;
use crate::nats::running;
use crate::settings::{Settings, SettingsArgs};

/// What of a data directory is made again, and so is in no backup.
const MADE_AGAIN: [&str; 4] = ["table", "verify", "rebuild", "nats/ports"];

/// The accounts and the port of the last run: while erasures are applied nobody may find the server.
const RECORD: &str = "nats/server.json";

/// Copy a stopped hub's data directory, bring one back, and have erasures follow into copies
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  carehub backup make /backup/2026-11-27 --data-dir /var/lib/carehub
  carehub backup erase /backup/2026-11-27 --data-dir /var/lib/carehub
  carehub backup restore /backup/2026-11-27 --data-dir /var/lib/carehub --erasures /safe/erasures.ndjson")]
pub enum Backup {
    /// Copy the log, its keys and its erasures into a new directory; the hub must be stopped
    Make(Make),
    /// Erase in a backup what was erased in the hub since it was made
    Erase(Erase),
    /// Bring a backup back into an empty data directory; later erasures are applied before anybody can read it
    Restore(Restore),
}

/// Where to.
#[derive(Debug, Args)]
pub struct Make {
    /// The new directory
    #[arg(value_name = "BACKUP")]
    to: PathBuf,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Which backup.
#[derive(Debug, Args)]
pub struct Erase {
    /// The backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Where from.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "BACKUP")]
    from: PathBuf,
    /// The newest copy of the lost hub's erasures.ndjson
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    /// Runs the command.
    ///
    /// # Errors
    /// A hub runs on a directory that must be still, or something cannot be copied or erased.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let (line, json) = match self {
            Self::Make(make) => (make.run()?, make.json),
            Self::Erase(erase) => (erase.run().await?, erase.json),
            Self::Restore(restore) => (restore.run().await?, restore.json),
        };
        if json {
            writeln!(out, "{line}")?;
        } else {
            if let Some(bytes) = line["copied_bytes"].as_u64() {
                writeln!(out, "Copied {bytes} bytes.")?;
            }
            if let Some(carried) = line["carried_over"].as_u64() {
                writeln!(
                    out,
                    "Applied every erasure; {carried} tombstones came from a later log."
                )?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Make {
    fn run(&self) -> anyhow::Result<Value> {
        let settings = self.settings.resolve()?;
        still(&settings.data_dir)?;
        let record = AuditRecord::of(AuditAction::BackupMade);
        audit_waiting::changing(&settings.data_dir, record.clone(), || {
            ensure!(!self.to.exists(), "{} exists already", self.to.display());
            let bytes = copy(&settings.data_dir, &self.to)?;
            Ok((json!({ "copied_bytes": bytes }), record))
        })
    }
}

impl Erase {
    async fn run(&self) -> anyhow::Result<Value> {
        let settings = self.settings.resolve()?;
        still(&self.backup)?;
        let leaving = audit_waiting::begin(&settings.data_dir)?;
        let outcome = async {
            merge(&Ledger::of(&settings.data_dir), &Ledger::of(&self.backup))?;
            let carried = apply(&settings, &self.backup).await?;
            let what = Some(format!("{carried} tombstones carried over"));
            let record = AuditRecord { what, ..AuditRecord::of(AuditAction::BackupErased) };
            Ok((json!({ "carried_over": carried }), record))
        };
        leaving.ended(AuditRecord::of(AuditAction::BackupErased), outcome.await)
    }
}

impl Restore {
    async fn run(&self) -> anyhow::Result<Value> {
        let settings = self.settings.resolve()?;
        let to = &settings.data_dir;
        let empty = !to.exists() || fs::read_dir(to)?.next().is_none();
        ensure!(empty, "{} is not empty: nothing is restored over a log", to.display());
        still(&self.from)?;
        let bytes = copy(&self.from, to)?;
        let leaving = audit_waiting::begin(to)?;
        let outcome = async {
            if let Some(erasures) = &self.erasures {
                ensure!(erasures.is_file(), "there is no {}", erasures.display());
                merge(&Ledger::at(erasures.clone()), &Ledger::of(to))?;
            }
            let carried = apply(&settings, to).await?;
            let what = Some(format!("{carried} tombstones carried over"));
            let record = AuditRecord { what, ..AuditRecord::of(AuditAction::BackupRestored) };
            Ok((json!({ "copied_bytes": bytes, "carried_over": carried }), record))
        };
        leaving.ended(AuditRecord::of(AuditAction::BackupRestored), outcome.await)
    }
}

/// Nobody writes there.
fn still(data_dir: &Path) -> anyhow::Result<()> {
    if running(data_dir).is_some() {
        bail!("a nats-server runs on {}: stop the hub first", data_dir.display());
    }
    ensure!(data_dir.join("nats").is_dir(), "there is no log in {}", data_dir.display());
    let table = data_dir.join("table");
    if table.is_dir()
        && let Err(in_use @ OpenError::InUse { .. }) = Table::open(&table, &TableOptions::default())
    {
        return Err(in_use).context("stop the hub first");
    }
    Ok(())
}

/// Copies what is not made again; returns the bytes.
fn copy(from: &Path, to: &Path) -> anyhow::Result<u64> {
    let left_out: Vec<PathBuf> = MADE_AGAIN.iter().map(|name| from.join(name)).collect();
    copy_all(from, to, &left_out)
}

fn copy_all(from: &Path, to: &Path, left_out: &[PathBuf]) -> anyhow::Result<u64> {
    let context = || format!("copy {} to {}", from.display(), to.display());
    fs::create_dir_all(to).with_context(context)?;
    fs::set_permissions(to, fs::metadata(from).with_context(context)?.permissions())?;
    let mut bytes = 0;
    for entry in fs::read_dir(from).with_context(context)? {
        let entry = entry.with_context(context)?;
        let (path, kind) = (entry.path(), entry.file_type().with_context(context)?);
        let target = to.join(entry.file_name());
        // A table that was set aside is one of those that are made again.
        let aside = entry.file_name().to_string_lossy().starts_with("table");
        if left_out.contains(&path) || aside {
            continue;
        }
        if kind.is_dir() {
            bytes += copy_all(&path, &target, left_out)?;
        } else if kind.is_file() {
            bytes +=
                fs::copy(&path, &target).with_context(|| format!("copy {}", path.display()))?;
            fs::File::open(&target)?.sync_all()?;
        }
    }
    Ok(bytes)
}

fn merge(from: &Ledger, into: &Ledger) -> anyhow::Result<()> {
    for (position, tombstone) in from.read().context("read the erasures")? {
        into.keep(position, &tombstone).context("write the erasures")?;
    }
    Ok(())
}

/// Erases in a log that nobody else can reach: with a nats-server of its own, on a port that nobody knows,
/// with the hub's account alone.
async fn apply(settings: &Settings, data_dir: &Path) -> anyhow::Result<u64> {
    let (record, aside) = (data_dir.join(RECORD), data_dir.join("server.json.kept"));
    let had = record.exists();
    if had {
        fs::rename(&record, &aside)?;
    }
    let private = Settings {
        data_dir: data_dir.to_path_buf(),
        nats: "127.0.0.1:0".to_owned(),
        key: None,
        ..settings.clone()
    };
    let outcome = erase(&private).await;
    if had {
        fs::rename(&aside, &record)?;
    } else if record.exists() {
        fs::remove_file(&record)?;
    }
    outcome
}

async fn erase(settings: &Settings) -> anyhow::Result<u64> {
    let own = up::own_server(settings).await?;
    let key = settings.credentials_dir().join("erasure.nk");
    let erased = async {
        let erasing: Erasing = hub::erasing(&own.server.url(), &key, settings).await?;
        Ok(erase_all(&own.log, &erasing).await?)
    }
    .await;
    own.server.stop().await?;
    erased
}
