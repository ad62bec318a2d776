//! `carehub subscribe`: prints what the hub tells a body, and acknowledges what was printed.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use carehub_client::Subscriber;
use carehub_domain::{BodyId, HomeId};
use clap::Args;
use serde_json::Value;

use super::{KeyFile, TlsArgs};

/// How long one fetch waits; the server forgets a longer one only slowly.
const FETCH: Duration = Duration::from_secs(20);

/// Print what the hub tells a body, one message a line, from where the last subscribe stopped
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  Everything for a body, for ever:
    carehub subscribe --key credentials/council-qa.nk --body council-qa

  One home, with an officer's own key (an officer has an own place in the log, and takes nothing from colleagues):
    carehub subscribe --key credentials/council-qa.officer-1.nk --home F00001

A message is acknowledged once its line is written. One that is not acknowledged comes again, so that a
program that stops half-way loses nothing and may see a line twice.")]
pub struct Subscribe {
    /// The hub's NATS server
    #[arg(long, value_name = "URL", env = "CAREHUB_NATS", default_value = "nats://127.0.0.1:4222")]
    nats: String,
    /// The file with the body's key, or the officer's (<body>.<officer>.nk)
    #[arg(long, value_name = "FILE", env = "CAREHUB_KEY")]
    key: PathBuf,
    /// The body; by default what the key file is named after
    #[arg(long, value_name = "BODY", value_parser = BodyId::new)]
    body: Option<BodyId>,
    /// Messages about this home only; needs an officer's key
    #[arg(long, value_name = "ID")]
    home: Option<String>,
    /// The officer whose key it is; by default what the key file is named after
    #[arg(long, value_name = "OFFICER", value_parser = BodyId::new)]
    officer: Option<BodyId>,
    /// Stop after so many messages
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Stop when nothing came for so many seconds
    #[arg(long, value_name = "SECONDS")]
    idle: Option<u64>,
    #[command(flatten)]
    tls: TlsArgs,
    /// Accepted for scripts that always say it: the output is NDJSON anyway
    #[arg(long)]
    json: bool,
}

impl Subscribe {
    /// Runs the command until it is interrupted, or as `--limit` and `--idle` say.
    ///
    /// # Errors
    /// The hub cannot be reached, the consumer is not this key's, or `out` cannot be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let key = KeyFile::read(&self.key)?;
        let body = self.body.clone().or(key.agency).context("whose key is it? Say --body")?;
        let officer = self.officer.clone().or(key.officer);
        let home = self.home.as_deref().map(HomeId::new).transpose().context("--home")?;
        if home.is_some() && officer.is_none() {
            bail!(
                "--home needs an officer's own key (<body>.<officer>.nk, or --officer): with the body's key it would take messages from colleagues"
            );
        }
        let mut subscriber = Subscriber::connect_over(
            &self.tls.tls(),
            &self.nats,
            &key.seed,
            &body,
            officer.as_ref(),
            home,
        )
        .await?;
        let idle = self.idle.map(Duration::from_secs);
        let mut silent = Duration::ZERO;
        let mut printed = 0;
        let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
        while self.limit.is_none_or(|limit| printed < limit) {
            if let Some(limit) = self.limit {
                subscriber.fetch_at_most(usize::try_from(limit - printed).unwrap_or(usize::MAX));
            }
            let wait = idle.map_or(FETCH, |idle| (idle - silent).min(FETCH));
            let next = tokio::select! {
                next = subscriber.next(wait) => next?,
                _ = &mut interrupted => break,
            };
            let Some(delivery) = next else {
                silent += wait;
                if idle.is_some_and(|idle| silent >= idle) {
                    break;
                }
                continue;
            };
            silent = Duration::ZERO;
            printed += 1;
            writeln!(out, "{}", line(&delivery.payload)).context("could not write a message")?;
            out.flush().context("could not write a message")?;
            delivery.ack().await?;
        }
        subscriber.flush().await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A message as one line.
fn line(payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(payload);
    if !text.contains('\n') {
        return text.into_owned();
    }
    serde_json::from_slice::<Value>(payload)
        .map_or_else(|_| Value::from(text).to_string(), |value| value.to_string())
}
