//! `carehub publish`: sends events and says of each where the log keeps it.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_client::publisher::Settings;
use carehub_client::spool::DEFAULT_LIMIT;
use carehub_client::{Outcome, Outgoing, Publisher};
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::AgencyArgs;
use super::event_source::{EventArgs, Text};
use super::progress::bar;

/// How many events are published at a time, at most; a slow pipe is sent as it comes.
const LOT: usize = 1_000;

/// Send one event, a file or a stream of NDJSON; wait until the log has each; keep them when the hub is away
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  Say something in one line:
    carehub publish --key credentials/police.nk --type concern.raised --home F00001 \\
      --set kind=soft-intelligence --set severity=low --set occurred_at=2026-01-31 \\
      --set summary='Door found open at night'

  Only the data, from a program; the envelope is filled in:
    echo '{\"kind\":\"complaint\",\"severity\":\"low\",\"occurred_at\":\"2026-01-31\"}' |
      carehub publish --key credentials/council-qa.nk --type concern.raised --home F00001

  Whole CloudEvents, one a line, kept in a directory while the hub is away:
    tail -f outbox.ndjson | carehub publish --key credentials/ambulance.nk --spool spool/

  Only send what waits in the spool:
    carehub publish --key credentials/ambulance.nk --spool spool/ /dev/null

Sending the same event again (same id, same content) is always safe: the hub calls it a duplicate.
Exit status: 0 every event is in the log or in the spool; 1 one was refused; 2 called wrongly.")]
pub struct Publish {
    #[command(flatten)]
    agency: AgencyArgs,
    #[command(flatten)]
    events: EventArgs,
    /// Keep events in this directory while the hub is away, and send them first next time
    #[arg(long, value_name = "DIR", env = "CAREHUB_SPOOL")]
    spool: Option<PathBuf>,
    /// The most that the spool may hold, in MiB
    #[arg(long, value_name = "MIB", default_value_t = DEFAULT_LIMIT / (1024 * 1024), requires = "spool")]
    spool_limit: u64,
    /// Send without holding the events to the schemas first
    #[arg(long)]
    no_check: bool,
    /// Print one JSON object an event
    #[arg(long)]
    json: bool,
}

impl Publish {
    /// Runs the command; what became of each event goes to `out`.
    ///
    /// # Errors
    /// The key cannot be read, the hub cannot be reached and there is no spool, or `out` cannot be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let (key, agency) = self.agency.identity()?;
        let settings = Settings {
            url: self.agency.nats.clone(),
            key: key.seed,
            tls: self.agency.tls.tls(),
            agency: agency.clone(),
            spool: self
                .spool
                .clone()
                .map(|path| (path, self.spool_limit.saturating_mul(1024 * 1024))),
            check: !self.no_check,
        };
        let mut publisher = Publisher::open(settings).await?;
        let mut texts = self.events.texts();
        let progress = bar(0, "publishing", self.json);
        let mut refused = false;
        let mut lot = Vec::new();
        while texts.recv_many(&mut lot, LOT).await > 0 {
            let mut events: Vec<Outgoing> = Vec::with_capacity(lot.len());
            let now = Timestamp::now();
            for Text { place, text } in lot.drain(..) {
                match text.and_then(|text| self.events.event(&agency, &text, now)) {
                    Ok(event) => events.push(event),
                    Err(error) => {
                        refused = true;
                        let report = json!({ "place": place, "outcome": "unreadable", "reason": format!("{error:#}") });
                        self.print(out, &report)?;
                    }
                }
            }
            progress.inc_length(events.len() as u64);
            let begun = progress.position();
            let ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
            let moves = progress.clone();
            let outcomes = publisher
                .publish_all(events, now, move |done| moves.set_position(begun + done as u64))
                .await?;
            for (id, outcome) in ids.into_iter().zip(outcomes) {
                refused |= matches!(outcome, Outcome::Invalid(_) | Outcome::Refused(_));
                progress.suspend(|| self.print(out, &report(&id, &outcome)))?;
            }
            out.flush().context("could not write what was published")?;
        }
        progress.finish_and_clear();
        // With a spool and nothing new to say, what waits is sent all the same.
        let gone = publisher.drain().await?;
        if !gone && publisher.waiting() > 0 && !self.json {
            writeln!(out, "The hub is away; {} bytes wait in the spool.", publisher.waiting())?;
        }
        Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn print(&self, out: &mut dyn Write, report: &Value) -> std::io::Result<()> {
        if self.json {
            return writeln!(out, "{report}");
        }
        let text = |field: &str| report.get(field).and_then(Value::as_str).unwrap_or_default();
        let which = if report.get("id").is_some() { text("id") } else { text("place") };
        match text("outcome") {
            "stored" => writeln!(out, "{which}: in the log at {}", report["position"]),
            "spooled" => writeln!(out, "{which}: waits in the spool"),
            "unreadable" => writeln!(out, "{which}: {}", text("reason")),
            outcome => {
                writeln!(out, "{which}: {outcome}: {}", text("code"))?;
                for fault in report["faults"].as_array().into_iter().flatten() {
                    let text = |field: &str| fault[field].as_str().unwrap_or_default();
                    writeln!(out, "  {} {}: {}", text("pointer"), text("code"), text("message"))?;
                }
                Ok(())
            }
        }
    }
}

fn report(id: &str, outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Stored(position) => json!({ "id": id, "outcome": "stored", "position": position }),
        Outcome::Spooled => json!({ "id": id, "outcome": "spooled" }),
        Outcome::Invalid(rejection) => {
            json!({ "id": id, "outcome": "not sent", "code": rejection.code, "faults": rejection.faults })
        }
        Outcome::Refused(error) => {
            let reason = format!("{:#}", anyhow::Error::new(error.clone()));
            json!({ "id": id, "outcome": "refused by the server", "code": reason })
        }
    }
}
