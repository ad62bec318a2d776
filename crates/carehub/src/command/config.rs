//! `carehub config`: what is in force.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;

use crate::settings::SettingsArgs;

/// Print the settings in force, from flags, environment, file and defaults.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  carehub config --config carehub.toml")]
pub struct Config {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

impl Config {
    /// Prints them; as TOML the output is a valid configuration file.
    ///
    /// # Errors
    /// The configuration file cannot be read.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let settings = self.settings.resolve()?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&settings)?)?;
        } else {
            write!(out, "{}", toml::to_string(&settings)?)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
