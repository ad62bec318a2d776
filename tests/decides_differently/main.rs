//! A hub whose triggers decide differently from the shipped one, for the tests of law 2: two
//! safeguarding referrals are enough already, and a possible crime is nothing.
//!
//! It takes the settings of `carehub serve`, and prints the same ready line; or it verifies, as
//! `carehub verify` does.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub::command::verify::Verify;
use carehub::hub::{self, Parts};
use carehub::settings::SettingsArgs;
use carehub_aggregator::{Options, Role};
use carehub_domain::BodyId;
use carehub_domain::policy::{Policy, Rule};
use carehub_storage::Connection;
use carehub_storage::log::Log;
use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// As `carehub serve`
    Serve {
        #[command(flatten)]
        settings: Box<SettingsArgs>,
        /// The ready line is always JSON
        #[arg(long)]
        json: bool,
    },
    /// As `carehub verify`
    Verify(Box<Verify>),
}

/// The rule book as this build reads it.
fn read_differently(mut policy: Policy) -> Policy {
    for trigger in &mut policy.trigger {
        if let Rule::Count { more_than, .. } = &mut trigger.rule {
            *more_than = 2;
        }
        trigger.off |= trigger.id.as_str() == "possible-crime";
    }
    policy
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Serve { settings, json: _ } => serve(&settings).await.map(|()| ExitCode::SUCCESS),
        Command::Verify(verify) => verify.run_reading(read_differently).await,
    }
}

async fn serve(settings: &SettingsArgs) -> anyhow::Result<()> {
    let settings = settings.resolve()?;
    let key = settings.key.clone().context("say with --key where the hub's key is")?;
    let seed = std::fs::read_to_string(key).context("read the hub's key")?;
    let connection = Connection::new(&settings.nats, "decides differently").with_key(seed.trim());
    let log = Log::connect(&connection).await?;
    let mut tokens = BTreeMap::new();
    for agency in ["council-qa", "police"] {
        let file = settings.credentials_dir().join(format!("{agency}.token"));
        let token = std::fs::read_to_string(file).context("read a token")?;
        tokens.insert(BodyId::new(agency)?, token.trim().to_owned());
    }
    let options =
        Options { read_policy: read_differently, ..hub::options(&settings, Role::Active) };
    let parts = Parts { aggregator: true, dashboard: true };
    let mut running = hub::start_with(log, &settings, parts, &tokens, options).await?;
    running.ready().await?;
    let http = running.http.map(|http| format!("http://{http}"));
    let line = serde_json::json!({ "ready": true, "http": http, "nats": settings.nats });
    writeln!(std::io::stdout(), "{line}")?;
    running.until(hub::interrupted()).await
}
