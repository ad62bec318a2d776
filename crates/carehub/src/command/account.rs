//! `carehub account`: who may sign in here with a password.

use std::io::{BufRead as _, IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_contract::{AuditAction, AuditRecord};
use carehub_domain::{BodyId, PersonId};
use carehub_people::{AccountLine, People, Right, Rights, SessionTimes};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::audit_waiting;

/// Where accounts and tokens are kept.
#[derive(Debug, Args)]
pub struct AccountsDir {
    /// Where the hub keeps everything
    #[arg(long, value_name = "DIR", env = "CAREHUB_DATA_DIR", default_value = "carehub-data")]
    data_dir: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl AccountsDir {
    /// Changes or reads the file, and leaves for the audit what was done to whom; `tried` where it was refused.
    pub(super) fn changing<T>(
        &self,
        tried: AuditRecord,
        change: impl FnOnce(&People) -> anyhow::Result<(T, AuditRecord)>,
    ) -> anyhow::Result<T> {
        audit_waiting::changing(&self.data_dir, tried, || change(&self.open()?))
    }

    /// Lists something of the file, which is kept in the audit as `what`.
    pub(super) fn listing<T>(
        &self,
        what: &str,
        read: impl FnOnce(&People) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let what = Some(what.to_owned());
        let record = AuditRecord { what, ..AuditRecord::of(AuditAction::AccountsListed) };
        self.changing(record.clone(), |people| Ok((read(people)?, record)))
    }

    /// The file; a hub that runs sees a change at once.
    fn open(&self) -> anyhow::Result<People> {
        let dir = self.data_dir.join("accounts");
        People::open(&dir, SessionTimes::default()).context("open the accounts")
    }
}

/// The accounts of people who sign in here. Whoever signs in at a provider is listed once they have.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "what is flattened is described where it is defined")]
pub enum Account {
    /// Make an account; the password is asked for, or read from standard input
    #[command(
        after_help = "Examples:\n  carehub account add p.hughes --agency police --right read --right answer\n  pass show carehub/p.hughes | carehub account add p.hughes --agency police --right read"
    )]
    Add {
        /// What the person signs in as
        name: String,
        /// For which agency: a body of the policy
        #[arg(long, value_name = "AGENCY", value_parser = BodyId::new)]
        agency: BodyId,
        /// What they may do; may be given several times
        #[arg(long = "right", value_name = "RIGHT", required = true)]
        rights: Vec<Right>,
        #[command(flatten)]
        dir: AccountsDir,
    },
    /// List the accounts
    List {
        #[command(flatten)]
        dir: AccountsDir,
    },
    /// Keep a person out; their sessions end at once
    Disable {
        /// The name, or the pseudonym (p-...)
        name: String,
        #[command(flatten)]
        dir: AccountsDir,
    },
    /// Let a person in again
    Enable {
        /// The name, or the pseudonym (p-...)
        name: String,
        #[command(flatten)]
        dir: AccountsDir,
    },
    /// Say where a person is written to; without an address, they are written to no more
    #[command(
        after_help = "Examples:\n  carehub account mail p.hughes p.hughes@example.org\n  carehub account mail p-4t7mmdbq2rvs6kxh"
    )]
    Mail {
        /// The name, or the pseudonym (p-...)
        name: String,
        /// The address
        address: Option<String>,
        #[command(flatten)]
        dir: AccountsDir,
    },
    /// Give a person another password; their sessions end at once
    Reset {
        /// The name, or the pseudonym (p-...)
        name: String,
        #[command(flatten)]
        dir: AccountsDir,
    },
}

impl Account {
    /// Does what was asked.
    ///
    /// # Errors
    /// The accounts said no, or their file cannot be read or written.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        match self {
            Self::Add { name, agency, rights, dir } => {
                let rights: Rights = rights.iter().copied().collect();
                let (given, may) = (password()?, listed(&rights));
                let tried = tried("add", Some(agency));
                let person = dir.changing(tried, |people| {
                    let person = people.add_account(name, agency.clone(), rights, &given)?;
                    let record = changed(people, &person, &format!("added: {may}"))?;
                    Ok((person, record))
                })?;
                said(out, dir, "added", &person)?;
            }
            Self::List { dir } => {
                let accounts = dir.listing("accounts", |people| Ok(people.accounts()?))?;
                list(out, &accounts, dir.json)?;
            }
            Self::Disable { name, dir } => {
                let person = dir.changing(tried("disable", None), |people| {
                    let person = people.disable(name, true)?;
                    let record = changed(people, &person, "disabled")?;
                    Ok((person, record))
                })?;
                said(out, dir, "disabled", &person)?;
            }
            Self::Enable { name, dir } => {
                let person = dir.changing(tried("enable", None), |people| {
                    let person = people.disable(name, false)?;
                    let record = changed(people, &person, "enabled")?;
                    Ok((person, record))
                })?;
                said(out, dir, "enabled", &person)?;
            }
            Self::Mail { name, address, dir } => {
                let done = if address.is_some() { "address set" } else { "address removed" };
                let person = dir.changing(tried("mail", None), |people| {
                    let person = people.set_mail(name, address.as_deref())?;
                    let record = changed(people, &person, done)?;
                    Ok((person, record))
                })?;
                said(out, dir, done, &person)?;
            }
            Self::Reset { name, dir } => {
                let given = password()?;
                let person = dir.changing(tried("reset", None), |people| {
                    let person = people.reset_password(name, &given)?;
                    let record = changed(people, &person, "reset")?;
                    Ok((person, record))
                })?;
                said(out, dir, "reset", &person)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What was asked for: never the name that was typed, which may be nobody's.
fn tried(what: &str, agency: Option<&BodyId>) -> AuditRecord {
    AuditRecord {
        agency: agency.cloned(),
        what: Some(what.to_owned()),
        ..AuditRecord::of(AuditAction::AccountChanged)
    }
}

/// What was done to whose account: the opaque id, never the name.
fn changed(people: &People, person: &PersonId, done: &str) -> anyhow::Result<AuditRecord> {
    let accounts = people.accounts()?;
    let account = accounts.into_iter().find(|account| account.person == *person);
    Ok(AuditRecord {
        agency: account.map(|account| account.agency),
        person: Some(person.clone()),
        what: Some(done.to_owned()),
        ..AuditRecord::of(AuditAction::AccountChanged)
    })
}

/// Rights as they are written.
pub(super) fn listed(rights: &Rights) -> String {
    rights.iter().map(Right::as_str).collect::<Vec<_>>().join(",")
}

fn said(
    out: &mut dyn Write,
    dir: &AccountsDir,
    done: &str,
    person: &PersonId,
) -> anyhow::Result<()> {
    if dir.json {
        writeln!(out, "{}", json!({ "done": done, "person": person }))?;
    } else {
        writeln!(out, "{done}: {person}")?;
    }
    Ok(())
}

fn list(out: &mut dyn Write, lines: &[AccountLine], json: bool) -> anyhow::Result<()> {
    for line in lines {
        let rights: Vec<&str> = line.rights.iter().map(Right::as_str).collect();
        if json {
            let line = json!({
                "person": line.person, "name": line.name, "agency": line.agency, "rights": rights,
                "disabled": line.disabled, "at_provider": line.at_provider,
                "sessions": line.sessions, "mail": line.mail,
            });
            writeln!(out, "{line}")?;
        } else {
            let state = if line.disabled { "disabled" } else { "" };
            let (person, name, agency) = (&line.person, &line.name, &line.agency);
            writeln!(out, "{person}  {name:<24}  {agency:<20}  {}  {state}", rights.join(","))?;
        }
    }
    Ok(())
}

/// Never an argument: those are read by whoever lists the processes, and kept in histories.
fn password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password: ").context("read the password")?;
        let again = rpassword::prompt_password("Again: ").context("read the password")?;
        anyhow::ensure!(first == again, "the two passwords differ");
        return Ok(first);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
