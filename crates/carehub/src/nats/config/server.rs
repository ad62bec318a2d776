//! What stands before the accounts: one server, its TLS, its place in a cluster, its leaf nodes.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{ConfigurationError, SERVER_MAX_PAYLOAD, ServerSettings, SyncInterval};

/// The files with which a server speaks TLS, all in PEM. Whoever connects must show a certificate
/// that the same authority signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerTls {
    /// The authority of clients', routes' and leaf nodes' certificates.
    pub authority: PathBuf,
    /// The server's own certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A server's place in a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The same on each server.
    pub name: String,
    /// Where the others connect.
    pub listen: SocketAddr,
    /// `host:port` of every server of the cluster.
    pub routes: Vec<String>,
}

/// The files by which `carehub up` finds its own server again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFiles {
    /// `DIR/nats`.
    pub dir: PathBuf,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerBlock {
    /// Of its own in a cluster.
    pub name: String,
    /// Where clients connect; port 0 lets the server choose one.
    pub listen: SocketAddr,
    /// Where JetStream keeps the log, absolute.
    pub store: PathBuf,
    /// When messages reach the disk.
    pub sync: SyncInterval,
    /// Most bytes the log may take on disk.
    pub max_file_bytes: u64,
    /// Only under `carehub up`; another server logs to standard error, for its service manager.
    pub own: Option<OwnFiles>,
    /// `None` is plain text.
    pub tls: Option<ServerTls>,
    /// `None` for a server that stands alone.
    pub cluster: Option<Cluster>,
    /// Where agencies' own servers connect, with their agency's key.
    pub leafnodes: Option<SocketAddr>,
}

impl ServerBlock {
    pub(super) fn own(settings: &ServerSettings) -> Self {
        let dir = settings.nats_dir();
        Self {
            name: "carehub".to_owned(),
            listen: settings.address,
            store: dir.join("js"),
            sync: settings.sync,
            max_file_bytes: settings.max_file_bytes,
            own: Some(OwnFiles { dir }),
            tls: settings.tls.clone(),
            cluster: None,
            leafnodes: settings.leafnodes,
        }
    }

    pub(super) fn text(&self) -> Result<String, ConfigurationError> {
        if !self.store.is_absolute() {
            return Err(ConfigurationError::DataDirectory);
        }
        let sync = match self.sync {
            SyncInterval::Always => ", sync_interval: always",
            SyncInterval::ServerDefault => "",
        };
        let mut text = format!(
            r#"# Written by carehub; changes made by hand are lost.
server_name: {name}
{listen}
max_payload: {SERVER_MAX_PAYLOAD}
{own}jetstream {{ store_dir: {store}{sync}, max_mem: 64MB, max_file: {max_file} }}
"#,
            name = quoted(&self.name)?,
            listen = host_and_port(self.listen),
            own = self.own.as_ref().map_or(Ok(String::new()), own_files)?,
            store = quoted_path(&self.store)?,
            max_file = self.max_file_bytes,
        );
        if let Some(tls) = &self.tls {
            text.push_str(&tls_block("", tls)?);
        }
        if let Some(cluster) = &self.cluster {
            text.push_str(&self.cluster_block(cluster)?);
        }
        if let Some(listen) = self.leafnodes {
            // Without users of its own, a leaf node is let in by the key of an agency's account, and
            // its connection is that account's: it can no more than a client with the same key.
            let _ = write!(text, "leafnodes {{\n{}\n", indented(&host_and_port(listen)));
            if let Some(tls) = &self.tls {
                text.push_str(&tls_block("  ", tls)?);
            }
            text.push_str("}\n");
        }
        Ok(text)
    }

    fn cluster_block(&self, cluster: &Cluster) -> Result<String, ConfigurationError> {
        // Routes carry every account's messages: whoever may join reads all. With TLS a server shows
        // a certificate of the authority; without it the network between them must be trusted.
        let scheme = if self.tls.is_some() { "tls" } else { "nats" };
        let routes: Result<Vec<_>, _> =
            cluster.routes.iter().map(|route| quoted(&format!("{scheme}://{route}"))).collect();
        let mut text = format!(
            "cluster {{\n  name: {name}\n{listen}\n  routes: [{routes}]\n",
            name = quoted(&cluster.name)?,
            listen = indented(&host_and_port(cluster.listen)),
            routes = routes?.join(", "),
        );
        if let Some(tls) = &self.tls {
            text.push_str(&tls_block("  ", tls)?);
        }
        text.push_str("}\n");
        Ok(text)
    }
}

fn own_files(own: &OwnFiles) -> Result<String, ConfigurationError> {
    let path = |name: &str| quoted_path(&own.dir.join(name));
    Ok(format!(
        "pid_file: {}\nports_file_dir: {}\nlogfile: {}\nlogfile_size_limit: 16MB\nlogfile_max_num: 4\n",
        path("server.pid")?,
        path("ports")?,
        path("server.log")?,
    ))
}

fn tls_block(indent: &str, tls: &ServerTls) -> Result<String, ConfigurationError> {
    Ok(format!(
        "{indent}tls {{ cert_file: {}, key_file: {}, ca_file: {}, verify: true }}\n",
        quoted_path(&tls.certificate)?,
        quoted_path(&tls.key)?,
        quoted_path(&tls.authority)?,
    ))
}

fn host_and_port(address: SocketAddr) -> String {
    let port = match address.port() {
        0 => "-1".to_owned(),
        port => port.to_string(),
    };
    format!("host: \"{}\"\nport: {port}", address.ip())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// A path in quotes.
pub(super) fn quoted_path(path: &Path) -> Result<String, ConfigurationError> {
    let text = path.to_str().ok_or(ConfigurationError::DataDirectory)?;
    quoted(text).map_err(|_| ConfigurationError::DataDirectory)
}

/// A text in quotes; a NATS configuration knows the escapes of these two characters.
pub(super) fn quoted(text: &str) -> Result<String, ConfigurationError> {
    if text.chars().any(char::is_control) {
        return Err(ConfigurationError::Text(text.to_owned()));
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
