//! `carehub audit`: who has looked at what.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_contract::{AuditAction, AuditEntry, AuditOutcome, AuditRecord};
use carehub_dashboard::audit::{AuditQuery, read};
use carehub_domain::{BodyId, HomeId, PersonId};
use clap::Args;
use jiff::Timestamp;

use super::hub_log::HubLog;
use crate::audit_waiting;

/// Show who has looked at what, the newest first.
///
/// Reads the audit stream with the hub's own key. An agency asks `/api/v1/audit` for its own people.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carehub audit --home F00001 --data-dir hub\n  carehub audit --agency police --since 2026-11-01T00:00:00Z --json"
)]
pub struct Audit {
    #[command(flatten)]
    log: HubLog,
    /// That tell of this home, by itself or in a list
    #[arg(long, value_name = "ID")]
    home: Option<HomeId>,
    /// Of this agency's people and programs
    #[arg(long, value_name = "BODY")]
    agency: Option<BodyId>,
    /// Of this person
    #[arg(long, value_name = "PERSON")]
    person: Option<PersonId>,
    /// Of this action, such as home-read
    #[arg(long, value_name = "ACTION", value_parser = action)]
    action: Option<AuditAction>,
    /// Kept at or after this time
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Kept before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// First keep what commands left in this directory: --keys of `carehub nats rotate`, --out of `carehub nats certificates`
    #[arg(long, value_name = "DIR")]
    waiting: Vec<PathBuf>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    limit: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

fn action(text: &str) -> Result<AuditAction, String> {
    let known = AuditAction::ALL.iter().find(|action| action.as_str() == text);
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = AuditAction::ALL.iter().map(|action| action.as_str()).collect();
        format!("an action is one of {}", names.join(", "))
    })
}

impl Audit {
    /// Whose records are asked for, and which.
    fn asked(&self) -> String {
        let parts = [
            self.agency.as_ref().map(|agency| format!("of {agency}")),
            self.person.as_ref().map(|person| format!("of {person}")),
            self.action.map(|action| action.to_string()),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "all".to_owned() } else { parts.join(", ") }
    }

    /// Reads and prints.
    ///
    /// # Errors
    /// The audit cannot be read.
    pub async fn run(&self, out: &mut impl Write) -> anyhow::Result<ExitCode> {
        let log = self.log.connect().await?;
        for dir in &self.waiting {
            audit_waiting::keep(dir, &log).await?;
        }
        let query = AuditQuery {
            home: self.home.clone(),
            agency: self.agency.clone(),
            person: self.person.clone(),
            action: self.action,
            since: self.since,
            until: self.until,
        };
        let record = AuditRecord {
            home: self.home.clone(),
            what: Some(self.asked()),
            ..AuditRecord::of(AuditAction::AuditRead)
        };
        let entries = read(&log.audit(), &query, self.limit).await.context("read the audit")?;
        audit_waiting::record(&log, record).await?;
        for entry in &entries {
            if self.json {
                writeln!(out, "{}", serde_json::to_string(entry)?)?;
            } else {
                writeln!(out, "{}", line(entry))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line(entry: &AuditEntry) -> String {
    let record = &entry.record;
    let mut line = format!("{:.0}", entry.at);
    let mut add = |text: &str| {
        line.push_str("  ");
        line.push_str(text);
    };
    add(record.agency.as_ref().map_or("nobody", BodyId::as_str));
    add(record.person.as_ref().map_or("-", PersonId::as_str));
    add(record.action.as_str());
    add(record.home.as_ref().map_or("-", HomeId::as_str));
    if let (AuditOutcome::Refused, Some(code)) = (record.outcome, &record.code) {
        add(&format!("refused: {code}"));
    }
    if let Some(what) = &record.what {
        add(&format!("\"{what}\""));
    }
    if let Some(why) = &record.why {
        add(&format!("because: {why}"));
    }
    if record.times > 1 {
        add(&format!("{} times", record.times));
    }
    line
}
