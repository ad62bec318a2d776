//! The configuration of a nats-server, generated from the policy's bodies: `carehub up`'s own, and
//! with `carehub nats config` that of a server, a cluster or a leaf node that somebody else runs.
//!
//! Every agency, and every officer who subscribes, has an account of its own and reaches the log
//! only through service imports that stamp the account's name into the subject. NATS does not
//! check reply subjects against publish permissions, so two users of one account can always act
//! in each other's name through a reply; two accounts cannot. This is also why an officer is not
//! a second user of the agency's account: the agency's key could then consume the officer's
//! messages with a pull whose reply is a pull on the officer's consumer (seen on 2.15.1).
//!
//! The functions here are pure: no clock, no disk, no environment.

mod accounts;
mod leaf;
mod server;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use self::accounts::{agency_account, erasure_account, hub_account, officer_account_block};
pub use self::leaf::{LeafNode, leaf_configuration};
pub use self::server::{Cluster, OwnFiles, ServerBlock, ServerTls};
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
const RESERVED: [&str; 8] =
    ["hub", "erasure", "seal", "sys", "system", "global", "general", "unmatched"];

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
    /// With what the server speaks TLS; `None` is plain text, which is for loopback only.
    pub tls: Option<ServerTls>,
    /// Where agencies' own servers connect; none unless it is said.
    pub leafnodes: Option<SocketAddr>,
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
            tls: None,
            leafnodes: None,
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
    /// A second key of the same agency while one takes over from the other. Both are users of one
    /// account, so either can act in the other's name: they are one agency's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_key: Option<String>,
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
    /// A second key of the same officer while one takes over from the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_key: Option<String>,
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
    /// A name, an address or a file cannot be written in a NATS configuration.
    #[error("generate NATS configuration: {0:?} cannot be written in it")]
    Text(String),
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

/// The public keys of the two accounts that belong to no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubKeys {
    /// The hub itself.
    pub hub: String,
    /// The erasure account.
    pub erasure: String,
}

/// The whole configuration file of `carehub up`'s own server. `settings.address` port 0 is written
/// as "any port".
///
/// # Errors
/// When an id, a key or the directory could not be written safely; see [`ConfigurationError`].
pub fn server_configuration(
    settings: &ServerSettings,
    agencies: &[AgencyAccount],
) -> Result<String, ConfigurationError> {
    let keys = HubKeys {
        hub: settings.hub_public_key.clone(),
        erasure: settings.erasure_public_key.clone(),
    };
    configuration(&ServerBlock::own(settings), &keys, agencies)
}

/// The whole configuration file of one server: the server itself, the hub's account, the erasure
/// account, and one account per agency and per officer. The same input gives the same text.
///
/// # Errors
/// When an id, a key or a path could not be written safely; see [`ConfigurationError`].
pub fn configuration(
    server: &ServerBlock,
    keys: &HubKeys,
    agencies: &[AgencyAccount],
) -> Result<String, ConfigurationError> {
    check_public_key("hub", &keys.hub)?;
    check_public_key("erasure", &keys.erasure)?;
    check_agencies(agencies)?;
    let mut text = server.text()?;
    text.push_str("accounts {\n");
    text.push_str(&hub_account(&keys.hub));
    text.push_str(&erasure_account(&keys.erasure));
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
        check_keys(&agency.id, &agency.public_key, agency.next_key.as_deref())?;
        let mut claimed = vec![agency.id.clone()];
        for officer in &agency.officers {
            check_identifier(&officer.id)?;
            let name = officer_account(&agency.id, &officer.id);
            check_keys(&name, &officer.public_key, officer.next_key.as_deref())?;
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

fn check_keys(name: &str, key: &str, next: Option<&str>) -> Result<(), ConfigurationError> {
    check_public_key(name, key)?;
    next.map_or(Ok(()), |next| check_public_key(name, next))
}

fn check_public_key(name: &str, key: &str) -> Result<(), ConfigurationError> {
    let valid = nkeys::KeyPair::from_public_key(key)
        .is_ok_and(|pair| pair.key_pair_type() == nkeys::KeyPairType::User);
    // The alphabet of nkeys is base32, so a valid key can be quoted as it stands.
    if valid { Ok(()) } else { Err(ConfigurationError::PublicKey(name.to_owned())) }
}

#[cfg(test)]
mod tests;
