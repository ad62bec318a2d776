//! `carehub nats certificates`: an authority, and what it signs.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use carehub_contract::{AuditAction, AuditRecord};
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::audit_waiting;
use crate::nats::certificates::{Wanted, make};

/// Make an authority and certificates for servers and clients; what is there is kept
///
/// Guard ca-key.pem: whoever has it lets anybody in as far as the nkey check. Give each agency
/// NAME.pem, NAME-key.pem and ca.pem.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  For one machine, and two agencies that connect to it:
    carehub nats certificates --out tls --server server=hub.example.org --client police --client ambulance
    carehub up --nats-ca tls/ca.pem --nats-cert tls/server.pem --nats-key tls/server-key.pem
    carehub publish --nats-ca tls/ca.pem --nats-cert tls/police.pem --nats-key tls/police-key.pem ...

  A year later, with the same authority:
    carehub nats certificates --out tls --client police --renew")]
pub struct Certificates {
    /// The directory to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A server, and the names or addresses by which it is reached (besides localhost), by commas
    #[arg(long, value_name = "NAME[=HOST,HOST]")]
    server: Vec<String>,
    /// A client: an agency, an officer, the hub
    #[arg(long, value_name = "NAME")]
    client: Vec<String>,
    /// For how many days they hold; the authority holds for ten years
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=825))]
    days: u16,
    /// Make certificates anew that are there; the authority stays
    #[arg(long)]
    renew: bool,
    /// Print the files as JSON
    #[arg(long)]
    json: bool,
}

impl Certificates {
    /// Runs the command; the files that were written go to `out`.
    ///
    /// # Errors
    /// A name cannot name a certificate, or a file cannot be read or written.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let wanted = Wanted {
            servers: self.server.iter().map(|server| split(server)).collect(),
            clients: self.client.clone(),
            today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
            days: self.days,
            renew: self.renew,
        };
        let what =
            Some(format!("{} of servers and clients", self.server.len() + self.client.len()));
        let record = AuditRecord { what, ..AuditRecord::of(AuditAction::ServerConfigured) };
        let written = audit_waiting::changing(&self.out, record.clone(), || {
            Ok((make(&self.out, &wanted)?, record))
        })?;
        if self.json {
            writeln!(out, "{}", json!({ "written": written })).context("print the files")?;
        } else {
            for file in &written {
                writeln!(out, "{}", file.display()).context("print the files")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// `server=hub.example.org,10.0.0.5`.
fn split(server: &str) -> (String, Vec<String>) {
    let (name, hosts) = server.split_once('=').unwrap_or((server, ""));
    let hosts = hosts.split(',').filter(|host| !host.is_empty()).map(str::to_owned).collect();
    (name.to_owned(), hosts)
}
