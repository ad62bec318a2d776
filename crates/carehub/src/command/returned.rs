//! `carehub returned`: which of an agency's own concerns wait for clean words.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

/// List your concerns whose text was returned for correction, and waits
///
/// They count with their structured fields meanwhile. Say each again with a correction that has a clean
/// `summary`: what was withheld is then erased.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carehub returned --http http://127.0.0.1:8080 --token credentials/police.token

  carehub publish --key credentials/police.nk --type concern.corrected --home F00001 \\
    --set corrects.id=7f3a-0001 --set reason='A phone number' --set set.summary='Door found open'")]
pub struct Returned {
    /// The hub
    #[arg(long, value_name = "URL", env = "CAREHUB_HTTP", default_value = "http://127.0.0.1:8080")]
    http: String,
    /// The file with the API token, such as credentials/police.token
    #[arg(long, value_name = "FILE", env = "CAREHUB_TOKEN")]
    token: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Returned {
    /// Asks the hub and prints.
    ///
    /// # Errors
    /// The hub does not answer, or `out` cannot be written.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let token = super::agency::secret(&self.token)?;
        let url = format!("{}/api/v1/returned", self.http.trim_end_matches('/'));
        let mut items: Vec<Value> = Vec::new();
        let mut after = String::new();
        loop {
            let page = super::home::get(&format!("{url}?limit=500{after}"), &token)?;
            items.extend(page["items"].as_array().into_iter().flatten().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        if self.json {
            writeln!(out, "{}", serde_json::json!({ "items": items }))?;
            return Ok(ExitCode::SUCCESS);
        }
        if items.is_empty() {
            writeln!(out, "Nothing waits for its correction.")?;
        }
        for item in &items {
            let text = |name: &str| item[name].as_str().unwrap_or("-").to_owned();
            writeln!(
                out,
                "{} {} {} at {}, since {}: returned for correction",
                text("event"),
                text("severity"),
                text("kind"),
                text("home"),
                text("recorded_at"),
            )?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
