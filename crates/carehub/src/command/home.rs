//! `carehub home ID`: the picture, in the terminal.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_domain::HomeId;
use carehub_domain::trigger::Chance;
use clap::Args;
use serde::Deserialize as _;
use serde_json::Value;

/// Show a home's picture, its triggers and its open escalations.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  carehub home 1-109000001 --http http://127.0.0.1:8080 --token credentials/council-qa.token"
)]
pub struct Home {
    /// The home's id
    id: HomeId,
    /// The hub
    #[arg(long, value_name = "URL", env = "CAREHUB_HTTP", default_value = "http://127.0.0.1:8080")]
    http: String,
    /// The file with the API token, such as credentials/council-qa.token
    #[arg(long, value_name = "FILE", env = "CAREHUB_TOKEN")]
    token: PathBuf,
    /// Print the picture and the triggers as one JSON document
    #[arg(long)]
    json: bool,
}

impl Home {
    /// Asks the hub and prints.
    ///
    /// # Errors
    /// The hub does not answer, or has no such home for this reader.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let token = super::agency::secret(&self.token)?;
        let url = format!("{}/api/v1/homes/{}", self.http.trim_end_matches('/'), self.id);
        let picture = get(&url, &token)?;
        let triggers = get(&format!("{url}/triggers"), &token)?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let both = serde_json::json!({ "home": picture, "triggers": triggers });
            writeln!(out, "{both}")?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = |value: &Value| value.as_str().unwrap_or("not known").to_owned();
        writeln!(out, "{} ({})", text(&picture["name"]), self.id)?;
        writeln!(out, "Provider: {}", text(&picture["provider"]["name"]))?;
        writeln!(out, "Level:    {}", text(&picture["level"]))?;
        writeln!(out, "Concerns: {}", picture["concerns"]["total"])?;
        for (title, counts) in [("by kind", "by_kind"), ("by agency", "by_agency")] {
            for (name, count) in picture["concerns"][counts].as_object().into_iter().flatten() {
                writeln!(out, "  {title}: {name} {count}")?;
            }
        }
        for trigger in items(&triggers) {
            writeln!(
                out,
                "Trigger {}: counts {}, limit {}{}",
                text(&trigger["id"]),
                trigger["counts"],
                trigger["limit"],
                trigger["first_held_on"]
                    .as_str()
                    .map_or_else(String::new, |date| format!(", first held on {date}")),
            )?;
            if let Ok(chance) = Chance::deserialize(&trigger["chance"]) {
                writeln!(out, "  {chance}")?;
            }
        }
        for escalation in items(&picture["escalations"]) {
            writeln!(
                out,
                "Escalation {}: {} ({}), {}",
                text(&escalation["id"]),
                text(&escalation["trigger"]),
                text(&escalation["level"]),
                text(&escalation["state"]),
            )?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The entries of a list, whether it stands by itself or under `items`.
fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().or_else(|| list["items"].as_array()).into_iter().flatten()
}

/// The JSON of an answer.
pub(super) fn get(url: &str, token: &str) -> anyhow::Result<Value> {
    let text = get_text(url, token)?;
    serde_json::from_str(&text).with_context(|| format!("read {url}"))
}

/// The text of an answer.
pub(super) fn get_text(url: &str, token: &str) -> anyhow::Result<String> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent
        .get(url)
        .header("authorization", &format!("Bearer {token}"))
        .call()
        .with_context(|| format!("ask {url}"))?;
    let limited = answer.body_mut().with_config().limit(MOST_BYTES);
    let text = limited.read_to_string().with_context(|| format!("read {url}"))?;
    if answer.status().as_u16() != 200 {
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let why = body["detail"].as_str().or(body["title"].as_str()).unwrap_or("refused");
        anyhow::bail!("{}: {why}", body["code"].as_str().unwrap_or("refused"));
    }
    Ok(text)
}

/// No answer of the hub is longer: a list has its pages, and a report of 15,000 homes is a tenth of it.
const MOST_BYTES: u64 = 64 << 20;
