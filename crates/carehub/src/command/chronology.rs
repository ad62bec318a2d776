//! `carehub chronology`: everything that a body may know of a home, in order, as it was known on a day.

mod table;
mod words;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use carehub_contract::seal::Hash;
use carehub_contract::{AuditAction, AuditRecord};
use carehub_domain::chronology::{Chronology, Order};
use carehub_domain::picture::Reference;
use carehub_domain::policy::InForce;
use carehub_domain::sharing::{Guarded, Reader};
use carehub_domain::time::{end_of_day, london_date};
use carehub_domain::{BodyId, HomeId};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use self::words::Said;
use super::hub_log::HubLog;
use super::progress;
use crate::audit_waiting;

/// Everything that a body may know of a home, in order, as it was known on a day
///
/// What happened, in its sender's words where the body may read them, when its sender knew and when the hub
/// did; then the earliest day on which each trigger held, and how each escalation was answered. With
/// `--as-known-at` the log is folded up to that moment only: what that body could have seen then, under the
/// agreement of that day. What has been erased since is not brought back. CSV and JSON give each entry's leaf
/// in the log's hash tree and the fingerprint of its message, for `carehub prove --leaf` and `--sha256`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carehub chronology 1-109000001 --body council-qa --data-dir /var/lib/carehub\n  carehub chronology 1-109000001 --body police --as-known-at 2026-03-01 --csv > chronology.csv\n  carehub chronology 1-109000001 --body council-qa --by known --json\n\nThe hub keeps in its audit that this was read, and for whom."
)]
pub struct ChronologyCommand {
    /// The home's id
    home: HomeId,
    /// For whom: the chronology holds what this body may see
    #[arg(long, value_name = "BODY")]
    body: BodyId,
    /// As it was known at this moment, or at the end of this day in London
    #[arg(long, value_name = "TIME|DATE")]
    as_known_at: Option<String>,
    /// By what the entries are put in order
    #[arg(long, value_enum, default_value_t = By::Happened)]
    by: By,
    /// Print CSV: the entries, without the escalations
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    log: HubLog,
}

/// By what the entries are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// When it happened
    Happened,
    /// When its sender knew
    Known,
    /// When the hub knew
    Recorded,
}

impl From<By> for Order {
    fn from(by: By) -> Self {
        match by {
            By::Happened => Self::Happened,
            By::Known => Self::Known,
            By::Recorded => Self::Recorded,
        }
    }
}

/// `--json`.
#[derive(Serialize)]
struct Printed<'a> {
    body: &'a BodyId,
    /// The log's time at the last message that is taken in.
    as_known_at: Timestamp,
    policy: &'a str,
    #[serde(flatten)]
    chronology: &'a Chronology,
    /// What was said, in its sender's words, and the fingerprint of the message, by reference: of each entry of which
    /// the body may read the words.
    said: &'a BTreeMap<String, Said>,
    /// The leaf of each entry in the log's hash tree, by reference.
    leaves: &'a BTreeMap<String, Hash>,
}

impl ChronologyCommand {
    /// Reads the log and prints.
    ///
    /// # Errors
    /// The log does not answer, there is no such home for that body at that moment, or `out` cannot be written.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let at = self.as_known_at.as_deref().map(moment).transpose()?.unwrap_or(Timestamp::MAX);
        let log = self.log.connect().await?;
        let record = AuditRecord {
            home: Some(self.home.clone()),
            what: Some(format!("chronology for {}", self.body)),
            ..AuditRecord::of(AuditAction::Exported)
        };
        audit_waiting::record(&log, record).await?;
        let bar = progress::bar(0, "reading", self.json || self.csv);
        bar.set_length(log.last_sequence().await?);
        let known =
            carehub_aggregator::as_known_at(&log, at, |position| bar.set_position(position)).await;
        bar.finish_and_clear();
        let known = known?;
        let reader = Arc::new(Reader::new(known.state.policy(), &self.body));
        let view = known
            .state
            .home(&known.state.resolve(&self.home))
            .map(|home| Guarded::seal(Arc::clone(home)).view(&reader))
            .filter(carehub_domain::sharing::View::exists);
        let Some(view) = view else {
            bail!("there was no home {} that {} could see", self.home, self.body);
        };
        let rules = InForce::new(Arc::clone(known.state.policy()));
        let today = london_date(known.state.time());
        let chronology = Chronology::of(&view, self.by.into(), (&rules, today));
        let said = words::read(&log, &view).await?;
        let leaf = |position: u64| known.leaves.get(usize::try_from(position - 1).ok()?).copied();
        let leaves: BTreeMap<Reference, Hash> = view
            .home()
            .items()
            .iter()
            .filter_map(|item| Some((item.reference, leaf(item.position.0)?)))
            .collect();
        if self.json {
            let leaves = leaves.iter().map(|(of, leaf)| (of.to_string(), *leaf)).collect();
            let printed = Printed {
                body: &self.body,
                as_known_at: known.state.time(),
                policy: &known.state.policy().version,
                chronology: &chronology,
                said: &said,
                leaves: &leaves,
            };
            writeln!(out, "{}", serde_json::to_string_pretty(&printed)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = table::rows(&chronology, &said, &leaves);
        if self.csv {
            write!(out, "{}", table::csv(&rows)).context("print the chronology")?;
        } else {
            write!(out, "{}", table::text(&chronology, &rows)).context("print the chronology")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A moment, or the last one of a day in London.
fn moment(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(day) = text.parse::<Date>()
        && text.len() == 10
    {
        return Ok(end_of_day(day));
    }
    text.parse().with_context(|| {
        format!(
            "{text} is neither a time such as 2026-03-01T14:05:00Z nor a date such as 2026-03-01"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_known_at_its_end_in_london() {
        let at = |text: &str| moment(text).map(|at| at.to_string()).map_err(|e| e.to_string());
        assert_eq!(at("2026-03-01T14:05:00Z").as_deref(), Ok("2026-03-01T14:05:00Z"));
        assert!(at("2026-07-01").is_ok_and(|at| at.starts_with("2026-07-01T2")), "summer time");
        assert!(at("yesterday").is_err_and(|why| why.contains("2026-03-01")));
    }
}
