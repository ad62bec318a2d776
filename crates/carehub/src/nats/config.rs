//! The configuration of `carehub up`'s own nats-server, generated from the policy's bodies.
//!
//! Every agency, and every officer who subscribes, has an account of its own and reaches the log
//! only through service imports that stamp the account's name into the subject. NATS does not
//! check reply subjects against publish permissions, so two users of one account can always act
//! in each other's name through a reply; two accounts cannot. This is also why an officer is not
//! a second user of the agency's account: the agency's key could then consume the officer's
//! messages with a pull whose reply is a pull on the officer's consumer (seen on 2.15.1).
//!
//! The functions here are pure: no clock, no disk, no environment.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::keys::Credentials;

/// Bytes an agency or an officer may publish in one message; the contract's own limit of 64 KiB
/// is checked by the aggregator, which can say why.
pub const AGENCY_MAX_PAYLOAD: usize = 131_072;
/// Bytes any message may have: a policy document of 1 MiB and its envelope.
pub const SERVER_MAX_PAYLOAD: usize = 1_114_112;

/// Prefix under which agencies see the JetStream API. Under `$JS.API` itself two replies come
/// back and clients take the wrong one.
pub const AGENCY_API_PREFIX: &str = "carejs";

/// Names that would collide with an account, or with a word that has a meaning in a subject.
const RESERVED: [&str; 7] = ["hub", "erasure", "sys", "system", "global", "general", "unmatched"];

/// When JetStream writes a message through to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SyncInterval {
    /// Before the publish is acknowledged. What is shipped.
    #[default]
    Always,
    /// Every two minutes, nats-server's own default. For measuring beside it only: an
    /// acknowledged message may be lost in a power failure.
    ServerDefault,
}

/// What the generated configuration needs beside the agencies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// The hub's data directory, absolute; nats-server keeps everything under `nats/` in it.
    pub data_dir: PathBuf,
    /// Where agencies connect; port 0 lets the server choose one, which is then kept.
    pub address: SocketAddr,
    /// When messages reach the disk.
    pub sync: SyncInterval,
    /// Most bytes the log may take on disk.
    pub max_file_bytes: u64,
    /// Public user nkey of the hub itself.
    pub hub_public_key: String,
    /// Public user nkey of the erasure account, which may delete single messages.
    pub erasure_public_key: String,
}

impl ServerSettings {
    /// Settings as `carehub up` ships them: sync always, 16 GiB, a port of the server's choice on
    /// loopback. `data_dir` must be absolute; the keys are those of `credentials`.
    #[must_use]
    pub fn new(data_dir: &Path, credentials: &Credentials) -> Self {
        Self {
            data_dir: data_dir.to_path_buf(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            sync: SyncInterval::Always,
            max_file_bytes: 16 << 30,
            hub_public_key: credentials.hub_public_key().to_owned(),
            erasure_public_key: credentials.erasure_public_key().to_owned(),
        }
    }

    /// `DIR/nats`: configuration, log file, pid, port and the JetStream store.
    #[must_use]
    pub fn nats_dir(&self) -> PathBuf {
        self.data_dir.join("nats")
    }

    /// `DIR/credentials`: the seeds and tokens.
    #[must_use]
    pub fn credentials_dir(&self) -> PathBuf {
        self.data_dir.join("credentials")
    }
}

/// An agency as the server knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyAccount {
    /// The agency's token in subjects, and the name of its account and durable consumer.
    pub id: String,
    /// Public user nkey.
    pub public_key: String,
    /// Whether it may publish on `carehub.register.<id>.>`.
    pub register_owner: bool,
    /// People of the agency who subscribe for themselves.
    pub officers: Vec<Officer>,
}

/// A person of an agency with a key and a durable consumer of their own. They can read that
/// consumer and nothing else; in particular they cannot publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// Token of the person within the agency; pseudonymous, it appears in subjects.
    pub id: String,
    /// Public user nkey.
    pub public_key: String,
}

/// Why no configuration can be generated. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// An id has a character, or a length, that could end its token.
    #[error("generate NATS configuration: id {0:?} is not 1 to 32 of a-z, 0-9 and hyphen")]
    Identifier(String),
    /// An id that the hub keeps for itself.
    #[error("generate NATS configuration: id {0:?} is reserved")]
    Reserved(String),
    /// Two agencies, or an agency and another's officer, would share an account and a consumer.
    #[error("generate NATS configuration: two accounts would be named {0:?}")]
    Collision(String),
    /// A public key is not that of an nkey user.
    #[error("generate NATS configuration: the key of {0:?} is not a public user nkey")]
    PublicKey(String),
    /// The data directory cannot be written in a NATS configuration, or is relative.
    #[error("generate NATS configuration: the data directory must be absolute and plain text")]
    DataDirectory,
}

/// Name of the account, the durable consumer and (after `_INBOX_`) the inbox of an officer.
#[must_use]
pub fn officer_account(agency: &str, officer: &str) -> String {
    format!("{agency}-{officer}")
}

/// Accepts `[a-z0-9-]{1,32}` that is not reserved: what may stand in a subject, a file name and
/// the configuration without ending its token.
///
/// # Errors
/// [`ConfigurationError::Identifier`] or [`ConfigurationError::Reserved`].
pub fn check_identifier(id: &str) -> Result<(), ConfigurationError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=32).contains(&id.len()) || !id.bytes().all(plain) {
        return Err(ConfigurationError::Identifier(id.to_owned()));
    }
    if RESERVED.contains(&id) {
        return Err(ConfigurationError::Reserved(id.to_owned()));
    }
    Ok(())
}

/// The whole configuration file: the hub's account, the erasure account, and one account per
/// agency and per officer. `settings.address` port 0 is written as "any port".
///
/// # Errors
/// When an id, a key or the directory could not be written safely; see [`ConfigurationError`].
pub fn server_configuration(
    settings: &ServerSettings,
    agencies: &[AgencyAccount],
) -> Result<String, ConfigurationError> {
    check_public_key("hub", &settings.hub_public_key)?;
    check_public_key("erasure", &settings.erasure_public_key)?;
    check_agencies(agencies)?;
    let mut text = server_block(settings)?;
    text.push_str("accounts {\n");
    text.push_str(&hub_account(&settings.hub_public_key));
    text.push_str(&erasure_account(&settings.erasure_public_key));
    for agency in agencies {
        text.push_str(&agency_account(agency));
        for officer in &agency.officers {
            text.push_str(&officer_account_block(&agency.id, officer));
        }
    }
    text.push_str("}\n");
    Ok(text)
}

fn check_agencies(agencies: &[AgencyAccount]) -> Result<(), ConfigurationError> {
    let mut names = BTreeSet::new();
    for agency in agencies {
        check_identifier(&agency.id)?;
        check_public_key(&agency.id, &agency.public_key)?;
        let mut claimed = vec![agency.id.clone()];
        for officer in &agency.officers {
            check_identifier(&officer.id)?;
            let name = officer_account(&agency.id, &officer.id);
            check_public_key(&name, &officer.public_key)?;
            claimed.push(name);
        }
        for name in claimed {
            if !names.insert(name.clone()) {
                return Err(ConfigurationError::Collision(name));
            }
        }
    }
    Ok(())
}

fn check_public_key(name: &str, key: &str) -> Result<(), ConfigurationError> {
    let valid = nkeys::KeyPair::from_public_key(key)
        .is_ok_and(|pair| pair.key_pair_type() == nkeys::KeyPairType::User);
    // The alphabet of nkeys is base32, so a valid key can be quoted as it stands.
    if valid { Ok(()) } else { Err(ConfigurationError::PublicKey(name.to_owned())) }
}

fn server_block(settings: &ServerSettings) -> Result<String, ConfigurationError> {
    if !settings.data_dir.is_absolute() {
        return Err(ConfigurationError::DataDirectory);
    }
    let nats = settings.nats_dir();
    let path = |name: &str| quoted_path(&nats.join(name));
    let port = match settings.address.port() {
        0 => "-1".to_owned(),
        port => port.to_string(),
    };
    let sync = match settings.sync {
        SyncInterval::Always => ", sync_interval: always",
        SyncInterval::ServerDefault => "",
    };
    Ok(format!(
        r#"# Written by carehub; changes made by hand are lost.
server_name: "carehub"
host: "{host}"
port: {port}
max_payload: {SERVER_MAX_PAYLOAD}
pid_file: {pid}
ports_file_dir: {ports}
logfile: {log}
logfile_size_limit: 16MB
logfile_max_num: 4
jetstream {{ store_dir: {store}{sync}, max_mem: 64MB, max_file: {max_file} }}
"#,
        host = settings.address.ip(),
        pid = path("server.pid")?,
        ports = path("ports")?,
        log = path("server.log")?,
        store = path("js")?,
        max_file = settings.max_file_bytes,
    ))
}

fn quoted_path(path: &Path) -> Result<String, ConfigurationError> {
    let text = path.to_str().ok_or(ConfigurationError::DataDirectory)?;
    if text.chars().any(char::is_control) {
        return Err(ConfigurationError::DataDirectory);
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

fn hub_account(public_key: &str) -> String {
    // `account_token_position` lets an account import only the subjects that carry its own name.
    format!(
        r#"  "HUB": {{
    jetstream: enabled
    users: [ {{ nkey: "{public_key}" }} ]
    exports: [
      {{ service: "carehub.concern.*.>", account_token_position: 3 }}
      {{ service: "carehub.response.*.>", account_token_position: 3 }}
      {{ service: "carehub.register.*.>", account_token_position: 3 }}
      {{ stream: "carehub.receipt.*", account_token_position: 3 }}
      {{ stream: "carehub.alert.*.>", account_token_position: 3 }}
      {{ service: "$JS.ACK.CAREHUB.*.>", account_token_position: 4 }}
      {{ service: "$JS.API.CONSUMER.MSG.NEXT.CAREHUB.*", account_token_position: 7, response_type: stream }}
      {{ service: "$JS.API.CONSUMER.INFO.CAREHUB.*", account_token_position: 6 }}
      {{ service: "$JS.API.STREAM.MSG.DELETE.CAREHUB", accounts: ["erasure"] }}
    ]
  }}
"#
    )
}

fn erasure_account(public_key: &str) -> String {
    const DELETE: &str = "STREAM.MSG.DELETE.CAREHUB";
    let mut account = Account::new("erasure", public_key);
    account.api_service(DELETE);
    account.write()
}

fn agency_account(agency: &AgencyAccount) -> String {
    let id = &agency.id;
    let mut account = Account::new(id, &agency.public_key);
    account.service(format!("carehub.concern.{id}.>"));
    account.service(format!("carehub.response.{id}.>"));
    if agency.register_owner {
        account.service(format!("carehub.register.{id}.>"));
    }
    account.consumer(id);
    account.stream(format!("carehub.receipt.{id}"));
    account.stream(format!("carehub.alert.{id}.>"));
    account.write()
}

fn officer_account_block(agency: &str, officer: &Officer) -> String {
    let name = officer_account(agency, &officer.id);
    let mut account = Account::new(&name, &officer.public_key);
    account.consumer(&name);
    account.write()
}

/// One account with one user, whose permissions are exactly what the account imports: a subject
/// cannot be permitted and not imported, or the other way round.
struct Account {
    name: String,
    public_key: String,
    publish: Vec<String>,
    subscribe: Vec<String>,
    imports: Vec<String>,
}

impl Account {
    fn new(name: &str, public_key: &str) -> Self {
        Self {
            name: name.to_owned(),
            public_key: public_key.to_owned(),
            publish: Vec::new(),
            subscribe: vec![format!("_INBOX_{name}.>")],
            imports: Vec::new(),
        }
    }

    fn service(&mut self, subject: String) {
        self.imports.push(format!(r#"{{ service: {{ account: "HUB", subject: "{subject}" }} }}"#));
        self.publish.push(subject);
    }

    fn stream(&mut self, subject: String) {
        self.imports.push(format!(r#"{{ stream: {{ account: "HUB", subject: "{subject}" }} }}"#));
        self.subscribe.push(subject);
    }

    fn api_service(&mut self, request: &str) {
        let local = format!("{AGENCY_API_PREFIX}.{request}");
        self.imports.push(format!(
            r#"{{ service: {{ account: "HUB", subject: "$JS.API.{request}" }}, to: "{local}" }}"#
        ));
        self.publish.push(local);
    }

    fn consumer(&mut self, name: &str) {
        self.service(format!("$JS.ACK.CAREHUB.{name}.>"));
        self.api_service(&format!("CONSUMER.MSG.NEXT.CAREHUB.{name}"));
        self.api_service(&format!("CONSUMER.INFO.CAREHUB.{name}"));
    }

    fn write(&self) -> String {
        let list = |subjects: &[String]| {
            let quoted: Vec<_> = subjects.iter().map(|subject| format!("\"{subject}\"")).collect();
            quoted.join(", ")
        };
        let mut text = format!(
            r#"  "{name}": {{
    limits {{ max_payload: {AGENCY_MAX_PAYLOAD} }}
    users: [ {{ nkey: "{key}", permissions: {{
      publish: {{ allow: [{publish}] }}
      subscribe: {{ allow: [{subscribe}] }}
    }} }} ]
    imports: [
"#,
            name = self.name,
            key = self.public_key,
            publish = list(&self.publish),
            subscribe = list(&self.subscribe),
        );
        for import in &self.imports {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "      {import}");
        }
        text.push_str("    ]\n  }\n");
        text
    }
}

#[cfg(test)]
mod tests;
