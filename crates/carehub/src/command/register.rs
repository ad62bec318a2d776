//! `carehub register import`: the CQC directory, and which location continues which.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use carehub_client::mapping::Mapping;
use clap::{Args, Subcommand};

use super::import::Hub;

/// What to do with the register of homes.
#[derive(Debug, Subcommand)]
pub enum Register {
    /// Import the CQC directory: homes are registered, closed and, with --relationships, succeeded
    Import(RegisterImport),
}

/// Which files.
#[derive(Debug, Args)]
pub struct RegisterImport {
    /// The directory, one location a row
    #[arg(value_name = "CSV")]
    locations: PathBuf,
    /// Predecessors and successors; pairs outside the directory say nothing and are counted
    #[arg(long, value_name = "CSV")]
    relationships: Option<PathBuf>,
    /// Another mapping for the directory
    #[arg(long, value_name = "NAME|FILE", default_value = "cqc-register")]
    mapping: String,
    #[command(flatten)]
    to: Hub,
}

impl Register {
    /// Runs the command; the accounting goes to `out`.
    ///
    /// # Errors
    /// A file or the mapping cannot be read, or the hub went away.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let Self::Import(args) = self;
        let mut hub = args.to.open().await?;
        hub.import(&Mapping::load(&args.mapping)?, &args.locations, None, out).await?;
        if let Some(relationships) = &args.relationships {
            let mapping = Mapping::load("cqc-relationships")?;
            hub.import(&mapping, relationships, Some(&args.locations), out).await?;
        }
        Ok(hub.exit_code())
    }
}
