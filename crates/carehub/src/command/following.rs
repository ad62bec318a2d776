//! `carehub following`: who follows how much, and what could not be sent to them.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_contract::{AuditAction, AuditRecord};
use carehub_domain::PersonId;
use carehub_domain::following::{Cadence, Delivery, Follower, Outcome};
use clap::Args;
use serde_json::json;

use super::hub_log::HubLog;
use crate::audit_waiting;
use crate::mail::Reading;

/// Show who follows how much, and what became of what was sent to them.
///
/// Reads the log with the hub's own key. People are named by their pseudonyms; `carehub account list` has their names
/// and addresses. What they follow is theirs, and is not shown.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carehub following --data-dir hub\n  carehub following --failing --json"
)]
pub struct Following {
    #[command(flatten)]
    log: HubLog,
    /// Only this person
    #[arg(long, value_name = "PERSON")]
    person: Option<PersonId>,
    /// Only those to whom something could not be sent yet, or at last
    #[arg(long)]
    failing: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Following {
    /// Reads and prints.
    ///
    /// # Errors
    /// The log cannot be read, or the audit cannot keep that it was.
    pub async fn run(&self, out: &mut impl Write) -> anyhow::Result<ExitCode> {
        let log = self.log.connect().await?;
        let mut reading = Reading::default();
        reading.on(&log).await.context("read what the log says of followers")?;
        let record = AuditRecord {
            what: Some("following".to_owned()),
            ..AuditRecord::of(AuditAction::AccountsListed)
        };
        audit_waiting::record(&log, record).await?;
        for (person, follower) in reading.book.persons() {
            let is_meant = self.person.as_ref().is_none_or(|wanted| wanted == person);
            let last = follower.last();
            if !is_meant || self.failing && !last.is_some_and(is_failing) {
                continue;
            }
            if self.json {
                writeln!(out, "{}", document(person, follower))?;
            } else {
                writeln!(out, "{}", line(person, follower))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn is_failing(last: &Delivery) -> bool {
    last.failed.is_some() && !matches!(last.outcome, Some(Outcome::Made(_)))
}

fn cadence(follower: &Follower) -> &'static str {
    if !follower.settings.email {
        return "no e-mail";
    }
    match follower.settings.cadence {
        Cadence::AtOnce => "at once",
        Cadence::Daily { .. } => "daily",
        Cadence::Weekly { .. } => "weekly",
    }
}

fn state(last: &Delivery) -> &'static str {
    match last.outcome {
        None if last.failed.is_some() => "failing",
        None => "under way",
        Some(Outcome::Made(_)) => "made",
        Some(Outcome::Ended(..)) => "ended",
    }
}

fn line(person: &PersonId, follower: &Follower) -> String {
    let follows = follower.settings.follows.len();
    let mut line = format!("{person}  follows {follows}  {}", cadence(follower));
    if let Some(last) = follower.last() {
        line.push_str(&format!("  {}: {}", last.number, state(last)));
        if let Some(failed) = last.failed.filter(|_| is_failing(last)) {
            line.push_str(&format!(" ({} times, {})", last.failures, failed.code.as_str()));
        }
    }
    line
}

fn document(person: &PersonId, follower: &Follower) -> serde_json::Value {
    let last = follower.last().map(|last| {
        json!({
            "number": last.number, "planned_at": last.plan.at, "state": state(last),
            "failures": last.failures, "code": last.failed.map(|failed| failed.code.as_str()),
        })
    });
    json!({
        "person": person, "follows": follower.settings.follows.len(),
        "email": follower.settings.email, "cadence": cadence(follower), "last": last,
    })
}
