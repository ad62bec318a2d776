//! `carehub erase`: asks that a narrative be erased.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_client::publisher::Settings;
use carehub_client::{Draft, Outcome, Publisher};
use carehub_domain::BodyId;
use carehub_domain::erasure::ErasureReason;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::AgencyArgs;

/// Ask that the text of an event be erased: by its sender, or by whoever has that power in the policy
///
/// The hub writes a tombstone that keeps every structured field, then deletes the message, and everything
/// that repeats it. What counts goes on counting. There is no way back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  Your own event, by its id:
    carehub erase 7f3a-0001 --home F00001 --reason sent-in-error \\
      --decided-by data-protection-officer --key credentials/police.nk

  Another agency's, as the policy's data-protection lead:
    carehub erase 7f3a-0001 --of police --home F00001 --reason person-objected \\
      --decided-by information-governance-lead --key credentials/sab-manager.nk

  A message that was rejected, by the position that its rejection names:
    carehub erase --position 42 --home F00001 --reason wrong-person \\
      --decided-by data-protection-officer --key credentials/council-qa.nk

Exit status: 0 the hub has the request; 1 it could not be sent; 2 called wrongly. A refusal comes back as
any other: see `carehub subscribe`.")]
pub struct Erase {
    /// The event's id
    #[arg(value_name = "EVENT", required_unless_present = "position", conflicts_with = "position")]
    event: Option<String>,
    /// Its position in the log, where it was rejected and has no id that counts
    #[arg(long, value_name = "N")]
    position: Option<u64>,
    /// Whose event it is; your own when absent
    #[arg(long, value_name = "AGENCY", value_parser = BodyId::new, conflicts_with = "position")]
    of: Option<BodyId>,
    /// The home that it is about
    #[arg(long, value_name = "HOME")]
    home: String,
    /// Why
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: ErasureReason,
    /// Who decided it: a role, never a name
    #[arg(long, value_name = "ROLE")]
    decided_by: String,
    #[command(flatten)]
    agency: AgencyArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

fn word(reason: ErasureReason) -> String {
    serde_json::to_value(reason)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn reason(text: &str) -> Result<ErasureReason, String> {
    let asked = ErasureReason::ASKED;
    asked.into_iter().find(|reason| word(*reason) == text).ok_or_else(|| {
        let all: Vec<String> = asked.into_iter().map(word).collect();
        format!("the reasons are {}", all.join(", "))
    })
}

impl Erase {
    /// Runs the command.
    ///
    /// # Errors
    /// The key cannot be read, the hub cannot be reached, or `out` cannot be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let (key, agency) = self.agency.identity()?;
        let now = Timestamp::now();
        let draft = Draft {
            agency: agency.to_string(),
            id: format!("erase-{}-{}", self.named(), now.as_millisecond()),
            event_type: "narrative.erasure-requested".to_owned(),
            home: self.home.clone(),
            time: now.to_string(),
            data: self.data(),
        };
        let settings = Settings {
            url: self.agency.nats.clone(),
            key: key.seed,
            tls: self.agency.tls.tls(),
            agency,
            spool: None,
            check: true,
        };
        let event = draft.encode().context("write the request")?;
        let mut publisher = Publisher::open(settings).await?;
        let outcome = publisher.publish_all(vec![event], now, |_| {}).await?.pop();
        let (line, code) = match outcome {
            Some(Outcome::Stored(position)) => {
                (json!({ "outcome": "asked", "position": position }), ExitCode::SUCCESS)
            }
            Some(Outcome::Invalid(rejection)) => (
                json!({ "outcome": "not sent", "code": rejection.code, "faults": rejection.faults }),
                ExitCode::FAILURE,
            ),
            Some(Outcome::Refused(error)) => {
                (json!({ "outcome": "refused", "reason": error.to_string() }), ExitCode::FAILURE)
            }
            Some(Outcome::Spooled) | None => (json!({ "outcome": "not sent" }), ExitCode::FAILURE),
        };
        if self.json {
            writeln!(out, "{line}")?;
        } else if let Some(position) = line["position"].as_u64() {
            writeln!(
                out,
                "The request is in the log at {position}. The text goes once its tombstone is."
            )?;
        } else {
            writeln!(out, "Not asked: {line}")?;
        }
        Ok(code)
    }

    fn named(&self) -> String {
        match (&self.event, self.position) {
            (Some(event), _) => {
                let of = self.of.as_ref().map(|of| format!("{of}-")).unwrap_or_default();
                format!("{of}{event}")
            }
            (None, position) => format!("position-{}", position.unwrap_or_default()),
        }
    }

    fn data(&self) -> Map<String, Value> {
        let mut data = Map::new();
        match (&self.event, &self.of) {
            (Some(event), Some(of)) => {
                data.insert("erases".to_owned(), json!({ "id": event, "agency": of }))
            }
            (Some(event), None) => data.insert("erases".to_owned(), json!({ "id": event })),
            (None, _) => data.insert("position".to_owned(), json!(self.position)),
        };
        data.insert("reason".to_owned(), json!(self.reason));
        data.insert("decided_by".to_owned(), json!(self.decided_by));
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_somebody_may_ask_for_is_a_reason() {
        assert_eq!(reason("wrong-person"), Ok(ErasureReason::WrongPerson));
        assert!(reason("retention-ended").unwrap_err().contains("sent-in-error"));
        assert!(reason("because").is_err());
    }
}
