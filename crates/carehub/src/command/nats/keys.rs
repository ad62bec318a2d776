//! `carehub nats rotate | revoke`: another key for an agency or an officer.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use carehub_contract::{AuditAction, AuditRecord};
use clap::Args;
use nkeys::KeyPair;
use serde_json::{Value, json};

use crate::audit_waiting;
use crate::command::TlsArgs;
use crate::nats::rotation::{Holder, RotationError};
use crate::nats::{self, ServerTls};

/// A hub looks several times a second, and reloads its server twice; the rest is a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whose keys, and where they are kept.
#[derive(Debug, Args)]
struct Where {
    /// The data directory of a hub that `carehub up` runs; it follows by itself
    #[arg(long, value_name = "DIR", env = "CAREHUB_DATA_DIR", default_value = "carehub-data")]
    data_dir: PathBuf,
    /// A directory of public keys in its place; afterwards run `carehub nats config` and reload
    #[arg(long, value_name = "DIR", conflicts_with = "data_dir")]
    keys: Option<PathBuf>,
    /// With --keys: the public key that they handed over; without it one is made here
    #[arg(long, value_name = "KEY", requires = "keys", value_parser = user_key)]
    public_key: Option<String>,
    /// With what the command asks the running server whether a key is let in
    #[command(flatten)]
    tls: TlsArgs,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Give an agency or an officer another key, without downtime
///
/// Both keys are let in until --finish. Hand the second one over, see that its owner uses it, then
/// finish: the first is refused, and its connections are closed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  A second key for the police, of a hub that `carehub up` runs:
    carehub nats rotate police --data-dir /var/lib/carehub
  They have it and use it:
    carehub nats rotate police --data-dir /var/lib/carehub --finish

  An officer:
    carehub nats rotate council-qa.officer-1 --data-dir /var/lib/carehub

  A production cluster, with a key that the agency made itself:
    carehub nats rotate police --keys keys --public-key UB...
    carehub nats config --keys keys ... --out nats      (and reload each server twice)")]
pub struct Rotate {
    /// The agency, or AGENCY.OFFICER
    #[arg(value_name = "AGENCY[.OFFICER]")]
    who: String,
    /// Refuse the first key: its owner uses the second
    #[arg(long)]
    finish: bool,
    #[command(flatten)]
    place: Where,
}

/// Refuse a key from now on, and close its connections
///
/// Its owner gets a new one, which is made here and nobody has yet. What they said stays, and their
/// place in their feed too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  The police have lost their key:
    carehub nats revoke police --data-dir /var/lib/carehub
  A key was found, and nobody knows whose it is:
    carehub nats revoke UB2K... --data-dir /var/lib/carehub")]
pub struct Revoke {
    /// The agency, AGENCY.OFFICER, or a public key
    #[arg(value_name = "AGENCY[.OFFICER]|KEY")]
    who: String,
    #[command(flatten)]
    place: Where,
}

impl Rotate {
    /// Runs the command.
    ///
    /// # Errors
    /// Nobody of that name has a key, or the running hub does not follow in time.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let place = &self.place;
        let dir = place.dir();
        let who = place.holder(|| Holder::named(&dir, &self.who))?;
        let report = match (&place.keys, self.finish) {
            (Some(dir), false) => {
                let given = place.public_key.as_deref();
                let key = place.changing(&who, "both keys", || who.begin_public(dir, given))?;
                json!({ "holder": who.name(), "stage": "both keys", "key": key })
            }
            (Some(dir), true) => {
                let old = place.changing(&who, "old key refused", || who.finish_public(dir))?;
                json!({ "holder": who.name(), "stage": "finished", "refused": [old] })
            }
            (None, false) => {
                let key = place.changing(&who, "both keys", || who.begin(&dir))?;
                let seed = dir.join(format!("{}.nk.next", who.name()));
                let pair = nats::keys::read_key(&seed)?;
                let now = place.until_let_in(&who, &pair).await?;
                json!({ "holder": who.name(), "stage": "both keys", "key": key, "seed": seed, "in_force": now })
            }
            (None, true) => {
                let old = place.changing(&who, "old key refused", || who.finish(&dir))?;
                let now = place.until_refused(&who, std::slice::from_ref(&old)).await?;
                json!({ "holder": who.name(), "stage": "finished", "refused": [old.public_key()], "in_force": now })
            }
        };
        place.print(&report, out)
    }
}

impl Revoke {
    /// Runs the command.
    ///
    /// # Errors
    /// Nobody has such a key, or the running hub does not follow in time.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let place = &self.place;
        let dir = place.dir();
        let who = place.holder(|| match user_key(&self.who) {
            Ok(key) => Holder::of_key(&dir, &key),
            Err(_) => Holder::named(&dir, &self.who),
        })?;
        let report = match &place.keys {
            Some(dir) => {
                let given = place.public_key.as_deref();
                let revoke = || who.revoke_public(dir, given);
                let (old, key) = place.changing(&who, "revoked", revoke)?;
                json!({ "holder": who.name(), "stage": "revoked", "refused": old, "key": key })
            }
            None => {
                let (old, key) = place.changing(&who, "revoked", || who.revoke(&dir))?;
                let now = place.until_refused(&who, &old).await?;
                let old: Vec<_> = old.iter().map(KeyPair::public_key).collect();
                let seed = dir.join(format!("{}.nk", who.name()));
                json!({ "holder": who.name(), "stage": "revoked", "refused": old, "key": key, "seed": seed, "in_force": now })
            }
        };
        place.print(&report, out)
    }
}

impl Where {
    /// Whose keys they are; that somebody was named who has none is left for the audit, too.
    fn holder(
        &self,
        find: impl FnOnce() -> Result<Holder, RotationError>,
    ) -> anyhow::Result<Holder> {
        match find() {
            Ok(holder) => Ok(holder),
            Err(error) => {
                let tried = AuditRecord {
                    what: Some("of nobody who has a key".to_owned()),
                    ..AuditRecord::of(AuditAction::KeyChanged)
                };
                audit_waiting::changing(self.beside(), tried, || Err(error.into()))
            }
        }
    }

    /// Where the record waits: beside the hub's files, or beside the public keys.
    fn beside(&self) -> &Path {
        self.keys.as_ref().unwrap_or(&self.data_dir)
    }

    /// Changes keys, and leaves for the audit whose they were: beside the hub's files, or beside the public keys,
    /// from where `carehub nats config` takes it to the log.
    fn changing<T>(
        &self,
        who: &Holder,
        done: &str,
        change: impl FnOnce() -> Result<T, RotationError>,
    ) -> anyhow::Result<T> {
        let what = Some(format!("{} {done}", who.name()));
        let record = AuditRecord { what, ..AuditRecord::of(AuditAction::KeyChanged) };
        audit_waiting::changing(self.beside(), record.clone(), || Ok((change()?, record)))
    }

    fn dir(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data_dir.join("credentials"))
    }

    async fn until_let_in(&self, who: &Holder, key: &KeyPair) -> anyhow::Result<bool> {
        self.until(who, key, true).await
    }

    async fn until_refused(&self, who: &Holder, keys: &[KeyPair]) -> anyhow::Result<bool> {
        let mut now = false;
        for key in keys {
            now = self.until(who, key, false).await?;
        }
        Ok(now)
    }

    /// Waits for the running server; `false` when none runs, which then begins with the new keys.
    async fn until(&self, who: &Holder, key: &KeyPair, let_in: bool) -> anyhow::Result<bool> {
        let tls = self.server_tls()?;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if nats::running(&self.data_dir).is_none() {
                return Ok(false);
            }
            let found = nats::lets_in(&self.data_dir, key, &who.account(), tls.as_ref()).await;
            if found.as_ref().is_ok_and(|found| *found == let_in) {
                return Ok(true);
            }
            if tokio::time::Instant::now() >= deadline {
                found.context("ask the nats-server")?;
                bail!(
                    "the files are changed, and the nats-server of {} does not follow: does its hub run?",
                    self.data_dir.display()
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn server_tls(&self) -> anyhow::Result<Option<ServerTls>> {
        let TlsArgs { nats_ca, nats_cert, nats_key } = &self.tls;
        let (Some(authority), Some(certificate), Some(key)) = (nats_ca, nats_cert, nats_key) else {
            ensure!(
                nats_ca.is_none() && nats_cert.is_none(),
                "TLS takes --nats-ca, --nats-cert and --nats-key"
            );
            return Ok(None);
        };
        let clone = |path: &Path| path.to_path_buf();
        Ok(Some(ServerTls {
            authority: clone(authority),
            certificate: clone(certificate),
            key: clone(key),
        }))
    }

    fn print(&self, report: &Value, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        if self.json {
            writeln!(out, "{report}").context("print the report")?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = |name: &str| report[name].as_str().unwrap_or_default();
        let who = text("holder");
        writeln!(out, "{who}: {}", text("stage")).context("print the report")?;
        for key in report["refused"].as_array().into_iter().flatten() {
            writeln!(out, "  refused: {}", key.as_str().unwrap_or_default())?;
        }
        if !text("key").is_empty() {
            writeln!(out, "  new key: {}", text("key"))?;
        }
        if !text("seed").is_empty() {
            writeln!(out, "  hand over: {}", text("seed"))?;
        }
        match (&report["in_force"], &self.keys) {
            (Value::Bool(false), _) => writeln!(out, "  no server runs: it begins with this")?,
            (_, Some(_)) => {
                writeln!(out, "  now: carehub nats config, and reload each server twice")?
            }
            (_, None) => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A public user nkey.
fn user_key(text: &str) -> Result<String, String> {
    let pair = KeyPair::from_public_key(text).map_err(|_| "not a public nkey".to_owned())?;
    if pair.key_pair_type() == nkeys::KeyPairType::User {
        Ok(text.to_owned())
    } else {
        Err("not the public nkey of a user (it begins with U)".to_owned())
    }
}
