//! `carehub validate`: holds events to the contract, without any network.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_contract::Contract;
use carehub_domain::BodyId;
use carehub_domain::message::{Rejection, RejectionOutcome};
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::event_source::{EventArgs, Text};

/// Hold events to the schemas, without any network; say every fault with its place and code
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carehub validate event.json more.ndjson
  carehub validate --agency police --type concern.raised --home F00001 data.json

Each code has a page under docs/errors/. Exit status: 0 all are in order; 1 one is not.")]
pub struct Validate {
    #[command(flatten)]
    events: EventArgs,
    /// The agency that would send them; by default the one that the event's `source` names
    #[arg(long, value_name = "AGENCY", value_parser = BodyId::new, env = "CAREHUB_AGENCY")]
    agency: Option<BodyId>,
    /// Print one JSON object an event
    #[arg(long)]
    json: bool,
}

impl Validate {
    /// Runs the command; the faults go to `out`.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let contract = Contract::compile()?;
        let mut texts = self.events.texts();
        let mut faulty = false;
        while let Some(Text { place, text }) = texts.recv().await {
            let checked = text.and_then(|text| self.check(&contract, &text));
            faulty |= !matches!(checked, Ok(None));
            if self.json {
                let line = match &checked {
                    Ok(None) => json!({ "place": place, "ok": true }),
                    Ok(Some(rejection)) => {
                        json!({ "place": place, "ok": false, "rejection": rejection })
                    }
                    Err(error) => {
                        json!({ "place": place, "ok": false, "reason": format!("{error:#}") })
                    }
                };
                writeln!(out, "{line}")?;
                continue;
            }
            match &checked {
                Ok(None) => writeln!(out, "{place}: in order")?,
                Ok(Some(rejection)) => print(out, &place, rejection)?,
                Err(error) => writeln!(out, "{place}: {error:#}")?,
            }
        }
        Ok(if faulty { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn check(&self, contract: &Contract, text: &[u8]) -> anyhow::Result<Option<Rejection>> {
        let now = Timestamp::now();
        let agency = self.agency.clone().or_else(|| source(text));
        let agency =
            agency.context("whose event is it? Its `source` is no agency's; say --agency")?;
        let event = self.events.event(&agency, text, now)?;
        let home = event.subject.rsplit('.').next().unwrap_or_default();
        Ok(contract.check_outgoing(&agency, home, &event.payload, now).err())
    }
}

/// The agency that an event's `source` names.
fn source(text: &[u8]) -> Option<BodyId> {
    let event: Value = serde_json::from_slice(text).ok()?;
    BodyId::new(event.get("source")?.as_str()?.strip_prefix("urn:carehub:")?).ok()
}

fn print(out: &mut dyn Write, place: &str, rejection: &Rejection) -> std::io::Result<()> {
    let what = match rejection.outcome {
        RejectionOutcome::Rejected => "would be rejected",
        RejectionOutcome::TextWithheld => "would count, with its text withheld",
    };
    writeln!(out, "{place}: {what}: {}", rejection.code)?;
    for fault in &rejection.faults {
        writeln!(out, "  {} {}: {}", fault.pointer, fault.code, fault.message)?;
    }
    Ok(())
}
