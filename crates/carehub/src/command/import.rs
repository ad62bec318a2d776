//! `carehub import`: an agency's own export, row by row, and what the hub made of each.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use carehub_client::Publisher;
use carehub_client::import::{Accounting, Batch, Settled, Verdicts};
use carehub_client::mapping::{Mapping, Sheet};
use carehub_client::publisher::Settings;
use carehub_contract::Contract;
use carehub_domain::BodyId;
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::agency::secret;
use super::progress::bar;
use super::{KeyFile, TlsArgs};

/// Import CSV exports of an agency's own system with a mapping, and account for every row
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  See what would be rejected, without any network:
    carehub import --mapping oregon-complaints --agency licensing --dry-run complaints.csv

  Import, and account for every row:
    carehub import --mapping oregon-complaints --key credentials/licensing.nk complaints.csv

Built-in mappings: cqc-register, cqc-relationships, oregon-complaints, oregon-narratives, oregon-corrections.
A file of your own: --mapping ./mine.toml (the language is in docs/IMPORT.md). Rows that the contract does not
allow are sent all the same, so that they are rejected with a code and the original is kept.
Importing the same file again adds nothing. Exit status: 0 every row is accounted for; 1 one is not.")]
pub struct Import {
    /// A built-in mapping, or a TOML file (with a `/` or `.toml` in its name)
    #[arg(long, value_name = "NAME|FILE")]
    mapping: String,
    /// The files, read in this order
    #[arg(value_name = "CSV", required = true)]
    files: Vec<PathBuf>,
    /// The other file that some mappings look rows up in
    #[arg(long, value_name = "CSV")]
    with: Option<PathBuf>,
    #[command(flatten)]
    to: Hub,
}

/// Where an import goes, and how it reports.
#[derive(Debug, Args)]
pub struct Hub {
    /// The hub's NATS server
    #[arg(long, value_name = "URL", env = "CAREHUB_NATS", default_value = "nats://127.0.0.1:4222")]
    nats: String,
    /// The file with the agency's key, such as credentials/licensing.nk
    #[arg(long, value_name = "FILE", env = "CAREHUB_KEY", required_unless_present = "dry_run")]
    key: Option<PathBuf>,
    /// The agency; by default what the key file is named after
    #[arg(long, value_name = "AGENCY", value_parser = BodyId::new, env = "CAREHUB_AGENCY")]
    agency: Option<BodyId>,
    /// The hub's HTTP address, where its verdicts are learned
    #[arg(long, value_name = "URL", env = "CAREHUB_HTTP", default_value = "http://127.0.0.1:8080")]
    http: String,
    /// The file with the agency's token for the API; by default the key file's neighbour <agency>.token
    #[arg(long, value_name = "FILE", env = "CAREHUB_TOKEN")]
    token: Option<PathBuf>,
    /// Read at most so many rows of each file
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only hold the rows to the contract and account for them; send nothing
    #[arg(long)]
    dry_run: bool,
    /// Write one JSON object for each event that was rejected, refused, or had its text withheld
    #[arg(long, value_name = "FILE")]
    troubled: Option<PathBuf>,
    /// Give up when the hub's fold stands still for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
    #[command(flatten)]
    tls: TlsArgs,
    /// Print the accounting as JSON, one object a file
    #[arg(long)]
    json: bool,
}

impl Import {
    /// Runs the command; the accounting goes to `out`.
    ///
    /// # Errors
    /// A file or the mapping cannot be read, or the hub went away.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let mapping = Mapping::load(&self.mapping)?;
        let mut hub = self.to.open().await?;
        for file in &self.files {
            hub.import(&mapping, file, self.with.as_deref(), out).await?;
        }
        Ok(hub.exit_code())
    }
}

/// A hub that files are imported to.
pub(super) struct Target<'a> {
    args: &'a Hub,
    agency: BodyId,
    /// None in a dry run.
    open: Option<(Publisher, Verdicts)>,
    troubled: Option<std::fs::File>,
    adds_up: bool,
}

impl Hub {
    /// Connects, unless it is a dry run.
    pub(super) async fn open(&self) -> anyhow::Result<Target<'_>> {
        let key = self.key.as_deref().map(KeyFile::read).transpose()?;
        let agency = self.agency.clone().or_else(|| key.as_ref()?.agency.clone());
        let agency = agency.context("whose records are they? Say --agency")?;
        let open = match (key, &self.key) {
            (Some(key), Some(path)) if !self.dry_run => {
                let token = self
                    .token
                    .clone()
                    .unwrap_or_else(|| path.with_file_name(format!("{agency}.token")));
                let settings = Settings {
                    url: self.nats.clone(),
                    key: key.seed,
                    tls: self.tls.tls(),
                    agency: agency.clone(),
                    spool: None,
                    check: false,
                };
                let verdicts =
                    Verdicts::new(&self.http, &secret(&token)?, Duration::from_secs(self.patience));
                Some((Publisher::open(settings).await?, verdicts))
            }
            _ => None,
        };
        let create = |path: &PathBuf| {
            std::fs::File::create(path)
                .with_context(|| format!("could not create {}", path.display()))
        };
        let troubled = self.troubled.as_ref().map(create).transpose()?;
        Ok(Target { args: self, agency, open, troubled, adds_up: true })
    }
}

impl Target<'_> {
    /// Imports one file and prints its accounting.
    pub(super) async fn import(
        &mut self,
        mapping: &Mapping,
        file: &Path,
        with: Option<&Path>,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let name = file.display().to_string();
        let in_file = || format!("import {name}");
        let mut sheet = Sheet::open(file, mapping, with).with_context(in_file)?;
        let batch = Batch::read(&mut sheet, mapping, self.agency.as_str(), self.args.limit)
            .with_context(in_file)?;
        let now = Timestamp::now();
        let progress = bar(batch.events.len(), "importing", self.args.json || self.args.dry_run);
        let (accounting, troubled) = match &mut self.open {
            None => batch.check(&Contract::compile()?, &self.agency, now),
            Some((publisher, verdicts)) => {
                let moves = progress.clone();
                batch
                    .send(publisher, verdicts, now, move |done| moves.set_position(done as u64))
                    .await
                    .with_context(in_file)?
            }
        };
        progress.finish_and_clear();
        self.adds_up &= accounting.adds_up();
        if let Some(file) = &mut self.troubled {
            for settled in &troubled {
                serde_json::to_writer(&mut *file, settled)
                    .context("could not write the troubled rows")?;
                writeln!(file).context("could not write the troubled rows")?;
            }
        }
        self.print(&name, mapping, &accounting, &troubled, out)
            .context("could not write the accounting")
    }

    fn print(
        &self,
        file: &str,
        mapping: &Mapping,
        accounting: &Accounting,
        troubled: &[Settled],
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        if self.args.json {
            let report = json!({
                "file": file,
                "mapping": mapping.name,
                "agency": self.agency,
                "dry_run": self.open.is_none(),
                "adds_up": accounting.adds_up(),
                "accounting": accounting,
            });
            return writeln!(out, "{report}");
        }
        let mode = if self.open.is_none() { " (dry run: nothing was sent)" } else { "" };
        writeln!(out, "{file} with {}, as {}{mode}", mapping.name, self.agency)?;
        writeln!(out, "{accounting}")?;
        const SHOWN: usize = 10;
        for settled in troubled.iter().take(SHOWN) {
            let code = settled.code.as_deref().unwrap_or_default();
            writeln!(out, "  row {}, {}: {} {code}", settled.row, settled.id, settled.verdict)?;
        }
        if troubled.len() > SHOWN {
            writeln!(out, "  and {} more; --troubled FILE lists them all", troubled.len() - SHOWN)?;
        }
        Ok(())
    }

    /// 1 when something is not accounted for.
    pub(super) fn exit_code(&self) -> ExitCode {
        if self.adds_up { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
