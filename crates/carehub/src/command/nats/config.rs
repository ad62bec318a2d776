//! `carehub nats config`: the configuration of servers that somebody else runs.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use carehub_contract::{AuditAction, AuditRecord};
use carehub_domain::policy::Policy;
use carehub_storage::log::Log;
use clap::Args;
use serde_json::json;
use similar::TextDiff;

use crate::activation;
use crate::audit_waiting;
use crate::command::{TlsArgs, up};
use crate::hub;
use crate::nats::{
    AgencyAccount, Cluster, HubKeys, LeafNode, ServerBlock, ServerTls, SyncInterval, configuration,
    leaf_configuration, officer_account, public_keys,
};
use crate::policy_files::{self, DEFAULT_PACK};

/// The cluster's name, which stands in each server's configuration.
const CLUSTER: &str = "carehub";

/// Generate the configuration of a nats-server, a cluster or an agency's own server from the policy
///
/// Each agency, and each officer, has an account with the rights that its body has in the policy.
/// The same policy and keys give the same text. With --check nothing is written: exit status 1 and
/// a difference mean that a file is not what the policy asks for.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  One server, with keys made here (seeds are files of mode 0600 and are never printed):
    carehub nats config --policy norfolk --generate-keys keys --out nats

  Three servers, from the policy in force in the log and the public keys that agencies handed over:
    carehub nats config --nats tls://a.example.org --key hub.nk --nats-ca ca.pem --keys keys \\
      --server a=a.example.org --server b=b.example.org --server c=c.example.org --out nats

  An agency that runs a server of its own:
    carehub nats config --keys keys --server a=a.example.org --leaf-port 7422 --leaf police --out nats

  Is what the servers run with still what the policy asks for?
    carehub nats config --nats tls://a.example.org --key hub.nk --keys keys --check nats")]
pub struct NatsConfig {
    /// A directory of TOML files, or the name of a pack that is compiled in
    #[arg(long, value_name = "DIR|PACK", default_value = DEFAULT_PACK, conflicts_with = "nats")]
    policy: String,
    /// The policy in force in the log of this server, in place of a pack; needs --key
    #[arg(long, value_name = "URL", requires = "key")]
    nats: Option<String>,
    /// The file with the hub's key (nkey seed)
    #[arg(long, value_name = "FILE", requires = "nats")]
    key: Option<PathBuf>,
    #[command(flatten)]
    tls: TlsArgs,
    /// The directory of public keys: <agency>.pub, <agency>.<officer>.pub, hub.pub, erasure.pub
    #[arg(long, value_name = "DIR", required_unless_present = "generate_keys")]
    keys: Option<PathBuf>,
    /// Make keys in this directory for whoever has none there, and use it as --keys
    #[arg(long, value_name = "DIR", conflicts_with = "keys")]
    generate_keys: Option<PathBuf>,
    /// A server of a cluster and the host by which the others reach it; say three
    #[arg(long, value_name = "NAME=HOST")]
    server: Vec<String>,
    /// Where clients connect
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:4222")]
    listen: SocketAddr,
    /// Where the servers of a cluster connect to each other
    #[arg(long, value_name = "PORT", default_value_t = 6222)]
    cluster_port: u16,
    /// Where agencies' own servers connect; none unless it is said
    #[arg(long, value_name = "PORT")]
    leaf_port: Option<u16>,
    /// An agency that runs a server of its own: write its configuration too
    #[arg(long, value_name = "AGENCY", requires = "leaf_port")]
    leaf: Vec<String>,
    /// Where JetStream keeps the log on each server
    #[arg(long, value_name = "DIR", default_value = "/var/lib/nats")]
    store: PathBuf,
    /// The most that the log may take on disk, in GiB
    #[arg(long, value_name = "GIB", default_value_t = 16)]
    max_file: u64,
    /// Where ca.pem, server.pem and server-key.pem are on each server
    #[arg(long, value_name = "DIR", default_value = "/etc/nats/tls")]
    tls_dir: PathBuf,
    /// Without TLS: for a network that nobody else is on
    #[arg(long, conflicts_with = "tls_dir")]
    plain: bool,
    /// Write the files to this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Compare with this file, or with the files in this directory; write nothing
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "out")]
    check: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl NatsConfig {
    /// Runs the command; the configuration, or the difference, goes to `out`.
    ///
    /// # Errors
    /// Somebody whom the policy names has no key, a file cannot be read or written, or the log does
    /// not answer.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let log = match (&self.nats, &self.key) {
            (Some(url), Some(key)) => Some(up::connect(url, key, &self.tls.tls()).await?),
            (None, _) | (_, None) => None,
        };
        let agencies = hub::agencies(&self.policy(log.as_ref()).await?);
        let mut made = Vec::new();
        let dir = match (&self.generate_keys, &self.keys) {
            (Some(dir), _) => {
                ensure!(self.check.is_none(), "--check compares, and makes no keys: say --keys");
                made = public_keys::generate(dir, &agencies)?;
                dir
            }
            (None, Some(dir)) => dir,
            (None, None) => bail!("say with --keys where the public keys are"),
        };
        if let Some(log) = &log {
            // What `carehub nats rotate --keys` did here waits to be in the audit.
            audit_waiting::keep(dir, log).await?;
            let what = Some(format!("{} accounts", agencies.len()));
            let record = AuditRecord { what, ..AuditRecord::of(AuditAction::ServerConfigured) };
            audit_waiting::record(log, record).await?;
        }
        let (keys, accounts) = public_keys::read(dir, &agencies)?;
        let files = self.files(&keys, &accounts)?;
        if let Some(place) = &self.check {
            return self.compare(place, &files, out);
        }
        self.write(&files)?;
        self.print(&files, &accounts, &made, out).context("print the configuration")?;
        Ok(ExitCode::SUCCESS)
    }

    async fn policy(&self, log: Option<&Log>) -> anyhow::Result<Policy> {
        let Some(log) = log else {
            return policy_files::open(&self.policy)?.into_policy().map_err(Into::into);
        };
        let mut activations = activation::read(log).await?;
        activations.advance(jiff::Timestamp::now());
        ensure!(activations.policy().is_some(), "no policy is in force in the log");
        // Bodies that have ended have no account in it.
        Ok(Policy::clone(&activations.in_effect()))
    }

    /// Each file's name and text.
    fn files(
        &self,
        keys: &HubKeys,
        accounts: &[AgencyAccount],
    ) -> anyhow::Result<BTreeMap<String, String>> {
        let servers = self.servers()?;
        let mut files = BTreeMap::new();
        for (name, _) in &servers {
            let text = configuration(&self.block(name, &servers), keys, accounts)?;
            files.insert(format!("{name}.conf"), text);
        }
        if servers.is_empty() {
            let text = configuration(&self.block("carehub", &servers), keys, accounts)?;
            files.insert("nats-server.conf".to_owned(), text);
        }
        for agency in &self.leaf {
            let account = accounts.iter().find(|account| account.id == *agency);
            let account = account.with_context(|| format!("the policy has no body {agency}"))?;
            ensure!(!servers.is_empty(), "say with --server NAME=HOST where the leaf connects");
            let port = self.leaf_port.context("say --leaf-port")?;
            let leaf = LeafNode {
                listen: SocketAddr::from(([127, 0, 0, 1], self.listen.port())),
                hubs: servers.iter().map(|(_, host)| format!("{host}:{port}")).collect(),
                tls: self.server_tls(),
            };
            files.insert(format!("leaf-{agency}.conf"), leaf_configuration(&leaf, account)?);
        }
        Ok(files)
    }

    fn servers(&self) -> anyhow::Result<Vec<(String, String)>> {
        let split = |server: &String| {
            let (name, host) = server.split_once('=').context("write --server as NAME=HOST")?;
            let plain = |text: &str, more: &str| {
                let fine = |char: char| char.is_ascii_alphanumeric() || more.contains(char);
                !text.is_empty() && text.chars().all(fine)
            };
            ensure!(plain(name, "-"), "a server's name has letters, digits and hyphens: {name:?}");
            ensure!(plain(host, "-.:[]"), "not a host: {host:?}");
            Ok((name.to_owned(), host.to_owned()))
        };
        self.server.iter().map(split).collect()
    }

    fn block(&self, name: &str, servers: &[(String, String)]) -> ServerBlock {
        let at = |port: u16| -> SocketAddr {
            let ip: IpAddr = self.listen.ip();
            SocketAddr::new(ip, port)
        };
        let routes = servers.iter().map(|(_, host)| format!("{host}:{}", self.cluster_port));
        ServerBlock {
            name: name.to_owned(),
            listen: self.listen,
            store: self.store.clone(),
            sync: SyncInterval::Always,
            max_file_bytes: self.max_file << 30,
            own: None,
            tls: self.server_tls(),
            cluster: (servers.len() > 1).then(|| Cluster {
                name: CLUSTER.to_owned(),
                listen: at(self.cluster_port),
                routes: routes.collect(),
            }),
            leafnodes: self.leaf_port.map(at),
        }
    }

    fn server_tls(&self) -> Option<ServerTls> {
        (!self.plain).then(|| ServerTls {
            authority: self.tls_dir.join("ca.pem"),
            certificate: self.tls_dir.join("server.pem"),
            key: self.tls_dir.join("server-key.pem"),
        })
    }

    fn write(&self, files: &BTreeMap<String, String>) -> anyhow::Result<()> {
        let Some(dir) = &self.out else { return Ok(()) };
        std::fs::create_dir_all(dir).with_context(|| format!("make {}", dir.display()))?;
        for (name, text) in files {
            let path = dir.join(name);
            std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        }
        Ok(())
    }

    fn print(
        &self,
        files: &BTreeMap<String, String>,
        accounts: &[AgencyAccount],
        made: &[String],
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        if self.json {
            let accounts: Vec<_> = accounts.iter().flat_map(described).collect();
            let report = json!({ "files": files, "accounts": accounts, "keys_made": made });
            return writeln!(out, "{report}");
        }
        if self.out.is_some() {
            for name in files.keys() {
                writeln!(out, "{name}")?;
            }
            return Ok(());
        }
        for (name, text) in files {
            if files.len() > 1 {
                writeln!(out, "# {name}")?;
            }
            write!(out, "{text}")?;
        }
        Ok(())
    }

    /// Says where files differ from what the policy asks for; exit status 1 if any does.
    fn compare(
        &self,
        place: &Path,
        files: &BTreeMap<String, String>,
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let is_one = files.len() == 1 && !place.is_dir();
        let mut differences = BTreeMap::new();
        for (name, wanted) in files {
            let path = if is_one { place.to_path_buf() } else { place.join(name) };
            let found = match std::fs::read_to_string(&path) {
                Ok(found) => found,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
                Err(error) => {
                    return Err(error).with_context(|| format!("read {}", path.display()));
                }
            };
            if found != *wanted {
                let diff = TextDiff::from_lines(found.as_str(), wanted);
                let (from, to) = (path.display().to_string(), "what the policy asks for");
                let diff = diff.unified_diff().header(&from, to).to_string();
                differences.insert(name.clone(), diff);
            }
        }
        if self.json {
            let report = json!({ "ok": differences.is_empty(), "differences": differences });
            writeln!(out, "{report}").context("print the difference")?;
        } else {
            for diff in differences.values() {
                write!(out, "{diff}").context("print the difference")?;
            }
        }
        Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// An agency's accounts, for a program.
fn described(agency: &AgencyAccount) -> Vec<serde_json::Value> {
    let keys = |key: &String, next: &Option<String>| -> Vec<String> {
        std::iter::once(key.clone()).chain(next.clone()).collect()
    };
    let own = json!({
        "account": agency.id,
        "agency": agency.id,
        "register_owner": agency.register_owner,
        "keys": keys(&agency.public_key, &agency.next_key),
    });
    let officers = agency.officers.iter().map(|officer| {
        json!({
            "account": officer_account(&agency.id, &officer.id),
            "agency": agency.id,
            "officer": officer.id,
            "keys": keys(&officer.public_key, &officer.next_key),
        })
    });
    std::iter::once(own).chain(officers).collect()
}
