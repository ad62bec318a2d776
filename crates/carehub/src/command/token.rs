//! `carehub token`: API tokens for programs, with rights of their own.

use std::io::Write;
use std::process::ExitCode;

use carehub_contract::{AuditAction, AuditRecord};
use carehub_domain::BodyId;
use carehub_people::{Right, Rights, TokenId, TokenLine};
use clap::Subcommand;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::account::{AccountsDir, listed};

/// API tokens: for one agency, with the rights that are given, revocable at once.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "what is flattened is described where it is defined")]
pub enum Token {
    /// Make a token and print it; it is shown this once
    #[command(
        after_help = "Example:\n  carehub token add --agency cqc --right read --label \"nightly report\" --days 90"
    )]
    Add {
        /// For which agency: a body of the policy
        #[arg(long, value_name = "AGENCY", value_parser = BodyId::new)]
        agency: BodyId,
        /// What it may do; may be given several times
        #[arg(long = "right", value_name = "RIGHT", required = true)]
        rights: Vec<Right>,
        /// What it is for
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// After how many days it ends; without it, when it is revoked
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
        days: Option<u16>,
        #[command(flatten)]
        dir: AccountsDir,
    },
    /// List the tokens; nobody can list their secrets
    List {
        #[command(flatten)]
        dir: AccountsDir,
    },
    /// End a token at once
    Revoke {
        /// Its name (t-...)
        id: String,
        #[command(flatten)]
        dir: AccountsDir,
    },
}

impl Token {
    /// Does what was asked.
    ///
    /// # Errors
    /// The tokens said no, or their file cannot be read or written.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let now = Timestamp::now();
        match self {
            Self::Add { agency, rights, label, days, dir } => {
                let rights: Rights = rights.iter().copied().collect();
                let expires =
                    days.map(|days| now + SignedDuration::from_hours(24 * i64::from(days)));
                let may = listed(&rights);
                let tried = tried(&format!("make: {may}"), Some(agency));
                let (id, secret) = dir.changing(tried, |people| {
                    let made = people.add_token(agency.clone(), rights, label, expires, now)?;
                    let record = changed(agency, &made.0, &format!("made: {may}"));
                    Ok((made, record))
                })?;
                let secret = secret.reveal();
                if dir.json {
                    writeln!(out, "{}", json!({ "id": id, "token": secret, "expires": expires }))?;
                } else {
                    writeln!(out, "{secret}")?;
                }
            }
            Self::List { dir } => {
                let tokens = dir.listing("tokens", |people| Ok(people.tokens()?))?;
                list(out, &tokens, dir.json)?;
            }
            Self::Revoke { id, dir } => {
                dir.changing(tried("revoke", None), |people| {
                    let id = TokenId::new(id);
                    let tokens = people.tokens()?;
                    let agency = tokens.into_iter().find(|token| token.id == id);
                    people.revoke_token(&id)?;
                    let record = AuditRecord {
                        agency: agency.map(|token| token.agency),
                        what: Some(format!("{id} revoked")),
                        ..AuditRecord::of(AuditAction::TokenChanged)
                    };
                    Ok(((), record))
                })?;
                if dir.json {
                    writeln!(out, "{}", json!({ "done": "revoked", "id": id }))?;
                } else {
                    writeln!(out, "revoked: {id}")?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn tried(what: &str, agency: Option<&BodyId>) -> AuditRecord {
    AuditRecord {
        agency: agency.cloned(),
        what: Some(what.to_owned()),
        ..AuditRecord::of(AuditAction::TokenChanged)
    }
}

fn changed(agency: &BodyId, id: &TokenId, done: &str) -> AuditRecord {
    AuditRecord {
        agency: Some(agency.clone()),
        what: Some(format!("{id} {done}")),
        ..AuditRecord::of(AuditAction::TokenChanged)
    }
}

fn list(out: &mut dyn Write, lines: &[TokenLine], json: bool) -> anyhow::Result<()> {
    for line in lines {
        let rights: Vec<&str> = line.rights.iter().map(Right::as_str).collect();
        if json {
            let line = json!({
                "id": line.id, "agency": line.agency, "rights": rights, "label": line.label,
                "made": line.made, "expires": line.expires,
            });
            writeln!(out, "{line}")?;
        } else {
            let until = line.expires.map_or("revoked".to_owned(), |expires| expires.to_string());
            let (id, agency, label) = (&line.id, &line.agency, &line.label);
            writeln!(out, "{id}  {agency:<20}  {}  until {until}  {label}", rights.join(","))?;
        }
    }
    Ok(())
}
