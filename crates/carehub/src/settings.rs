//! The configuration: one TOML file, every key also as `CAREHUB_...` and as a flag. A flag counts
//! more than the environment, the environment more than the file, the file more than the default.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use carehub_storage::Tls;
use clap::Args;
use serde::{Deserialize, Serialize};

/// What an operator may set. Absent means: not set here.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SettingsArgs {
    /// Read settings from this TOML file
    #[arg(long, value_name = "FILE", env = "CAREHUB_CONFIG", global = true)]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Where the hub keeps everything
    #[arg(long, value_name = "DIR", env = "CAREHUB_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where to serve HTTP; port 0 takes a free one
    #[arg(long, value_name = "ADDR", env = "CAREHUB_HTTP")]
    pub http: Option<String>,
    /// `up`: where agencies connect; port 0 takes a free one. `serve`: the URL of the nats-server
    #[arg(long, value_name = "ADDR|URL", env = "CAREHUB_NATS")]
    pub nats: Option<String>,
    /// The hub's nkey seed (`serve`)
    #[arg(long, value_name = "FILE", env = "CAREHUB_KEY")]
    pub key: Option<PathBuf>,
    /// The nkey seed of the erasure account (`serve`); without it this process erases nothing
    #[arg(long, value_name = "FILE", env = "CAREHUB_ERASURE_KEY")]
    pub erasure_key: Option<PathBuf>,
    /// The policy to begin with: a directory of TOML files, or a pack that is compiled in
    #[arg(long, value_name = "DIR|PACK", env = "CAREHUB_POLICY")]
    pub policy: Option<String>,
    /// When the log reaches the disk: `always`, or `default` (every two minutes; for measuring only)
    #[arg(long, value_name = "WHEN", env = "CAREHUB_SYNC")]
    pub sync: Option<Sync>,
    /// How many servers keep each message: 1, or 3 in production (`serve`)
    #[arg(long, value_name = "N", env = "CAREHUB_REPLICAS")]
    pub replicas: Option<u8>,
    /// Most messages folded between two commits
    #[arg(long, value_name = "N", env = "CAREHUB_BATCH")]
    pub batch: Option<usize>,
    /// The cache of the projections, in MiB
    #[arg(long, value_name = "MIB", env = "CAREHUB_CACHE_MIB")]
    pub cache_mib: Option<u64>,
    /// The authority of the NATS certificates (PEM); with it, nothing goes in plain text
    #[arg(long, value_name = "FILE", env = "CAREHUB_NATS_CA")]
    pub nats_ca: Option<PathBuf>,
    /// The hub's certificate (PEM). `up`: also what its nats-server shows, which then asks every
    /// client for one
    #[arg(long, value_name = "FILE", env = "CAREHUB_NATS_CERT")]
    pub nats_cert: Option<PathBuf>,
    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE", env = "CAREHUB_NATS_KEY")]
    pub nats_key: Option<PathBuf>,
    /// Serve HTTP over TLS with this certificate and those that vouch for it (PEM); read again when it changes
    #[arg(long, value_name = "FILE", env = "CAREHUB_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", env = "CAREHUB_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// The hub's address as browsers know it, such as https://carehub.example.org
    #[arg(long, value_name = "URL", env = "CAREHUB_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// The address of a proxy that is believed where requests come from (X-Forwarded-For)
    #[arg(long, value_name = "ADDR", env = "CAREHUB_TRUSTED_PROXY")]
    pub trusted_proxy: Option<IpAddr>,
    /// Let people sign in at the provider that this TOML file describes (OpenID Connect)
    #[arg(long, value_name = "FILE", env = "CAREHUB_OIDC")]
    pub oidc: Option<PathBuf>,
    /// Requests a second that one credential may make; 0 sets no limit
    #[arg(long, value_name = "N", env = "CAREHUB_RATE_LIMIT")]
    pub rate_limit: Option<u32>,
    /// The mail server: smtp://HOST[:PORT] (STARTTLS), smtps://HOST[:PORT] (TLS from the start), or
    /// smtp-plain://127.0.0.1[:PORT]. Without it no e-mail is sent
    #[arg(long, value_name = "URL", env = "CAREHUB_SMTP")]
    pub smtp: Option<String>,
    /// What the hub signs in to the mail server as
    #[arg(long, value_name = "NAME", env = "CAREHUB_SMTP_USER")]
    pub smtp_user: Option<String>,
    /// The file that holds the password for it, readable by the hub alone
    #[arg(long, value_name = "FILE", env = "CAREHUB_SMTP_PASSWORD_FILE")]
    pub smtp_password_file: Option<PathBuf>,
    /// The authority of the mail server's certificate (PEM), where it is none that the machine knows
    #[arg(long, value_name = "FILE", env = "CAREHUB_SMTP_CA")]
    pub smtp_ca: Option<PathBuf>,
    /// The address that e-mail comes from
    #[arg(long, value_name = "ADDRESS", env = "CAREHUB_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// How many seconds after something new an alert waits for more of it
    #[arg(long, value_name = "SECONDS", env = "CAREHUB_MAIL_GATHER")]
    pub mail_gather: Option<u32>,
    /// How many seconds lie between two alerts to one person at least
    #[arg(long, value_name = "SECONDS", env = "CAREHUB_MAIL_APART")]
    pub mail_apart: Option<u32>,
}

/// When the log reaches the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sync {
    /// Before a publish is acknowledged.
    #[default]
    Always,
    /// Every two minutes, the server's own default: an acknowledged message may be lost.
    Default,
}

/// What is in force.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// Where the hub keeps everything.
    pub data_dir: PathBuf,
    /// Where to serve HTTP.
    pub http: String,
    /// Where agencies connect, or the URL of the server.
    pub nats: String,
    /// The hub's seed.
    pub key: Option<PathBuf>,
    /// The erasure account's seed.
    pub erasure_key: Option<PathBuf>,
    /// The policy to begin with.
    pub policy: String,
    /// When the log reaches the disk.
    pub sync: Sync,
    /// Replicas of the log.
    pub replicas: u8,
    /// Messages between two commits.
    pub batch: usize,
    /// MiB of cache.
    pub cache_mib: u64,
    /// The authority of the NATS certificates.
    pub nats_ca: Option<PathBuf>,
    /// The hub's certificate.
    pub nats_cert: Option<PathBuf>,
    /// The private key of that certificate.
    pub nats_key: Option<PathBuf>,
    /// The certificate of HTTP.
    pub tls_cert: Option<PathBuf>,
    /// Its key.
    pub tls_key: Option<PathBuf>,
    /// The hub's address as browsers know it.
    pub public_url: Option<String>,
    /// The proxy that is believed.
    pub trusted_proxy: Option<IpAddr>,
    /// What is said of the provider.
    pub oidc: Option<PathBuf>,
    /// Requests a second of one credential.
    pub rate_limit: u32,
    /// The mail server.
    pub smtp: Option<String>,
    /// Who the hub is to it.
    pub smtp_user: Option<String>,
    /// The file with the password.
    pub smtp_password_file: Option<PathBuf>,
    /// The authority of its certificate.
    pub smtp_ca: Option<PathBuf>,
    /// Where e-mail comes from.
    pub mail_from: Option<String>,
    /// Seconds that an alert waits for more.
    pub mail_gather: u32,
    /// Seconds between two alerts to one person.
    pub mail_apart: u32,
}

impl SettingsArgs {
    /// What is in force: these flags and environment, then the file, then the defaults.
    ///
    /// # Errors
    /// The file cannot be read or has an unknown key.
    pub fn resolve(&self) -> anyhow::Result<Settings> {
        let file = match &self.config {
            Some(path) => read(path)?,
            None => Self::default(),
        };
        let data_dir = self.data_dir.clone().or(file.data_dir);
        let nats_cert = self.nats_cert.clone().or(file.nats_cert);
        let nats_key = self.nats_key.clone().or(file.nats_key);
        anyhow::ensure!(
            nats_cert.is_some() == nats_key.is_some(),
            "nats-cert and nats-key belong together: say both or neither"
        );
        Ok(Settings {
            data_dir: data_dir.unwrap_or_else(|| PathBuf::from("carehub-data")),
            http: self.http.clone().or(file.http).unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            nats: self.nats.clone().or(file.nats).unwrap_or_else(|| "127.0.0.1:4222".to_owned()),
            key: self.key.clone().or(file.key),
            erasure_key: self.erasure_key.clone().or(file.erasure_key),
            policy: self.policy.clone().or(file.policy).unwrap_or_else(|| "norfolk".to_owned()),
            sync: self.sync.or(file.sync).unwrap_or_default(),
            replicas: self.replicas.or(file.replicas).unwrap_or(1),
            batch: self.batch.or(file.batch).unwrap_or(1_000).clamp(1, 10_000),
            cache_mib: self.cache_mib.or(file.cache_mib).unwrap_or(64),
            nats_ca: self.nats_ca.clone().or(file.nats_ca),
            nats_cert,
            nats_key,
            tls_cert: self.tls_cert.clone().or(file.tls_cert),
            tls_key: self.tls_key.clone().or(file.tls_key),
            public_url: self.public_url.clone().or(file.public_url),
            trusted_proxy: self.trusted_proxy.or(file.trusted_proxy),
            oidc: self.oidc.clone().or(file.oidc),
            rate_limit: self.rate_limit.or(file.rate_limit).unwrap_or(1_000),
            smtp: self.smtp.clone().or(file.smtp),
            smtp_user: self.smtp_user.clone().or(file.smtp_user),
            smtp_password_file: self.smtp_password_file.clone().or(file.smtp_password_file),
            smtp_ca: self.smtp_ca.clone().or(file.smtp_ca),
            mail_from: self.mail_from.clone().or(file.mail_from),
            mail_gather: self.mail_gather.or(file.mail_gather).unwrap_or(30),
            mail_apart: self.mail_apart.or(file.mail_apart).unwrap_or(900),
        })
    }
}

impl Settings {
    /// Where the projections are.
    #[must_use]
    pub fn table_dir(&self) -> PathBuf {
        self.data_dir.join("table")
    }

    /// Where accounts, sessions and API tokens are.
    #[must_use]
    pub fn accounts_dir(&self) -> PathBuf {
        self.data_dir.join("accounts")
    }

    /// The address of HTTP as it is printed.
    #[must_use]
    pub fn http_url(&self, listening: SocketAddr) -> String {
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        format!("{scheme}://{listening}")
    }

    /// Where keys and tokens are.
    #[must_use]
    pub fn credentials_dir(&self) -> PathBuf {
        self.data_dir.join("credentials")
    }

    /// With what a connection to the nats-server is made over TLS.
    #[must_use]
    pub fn nats_tls(&self) -> Tls {
        Tls {
            authority: self.nats_ca.clone(),
            certificate: self.nats_cert.clone().zip(self.nats_key.clone()),
        }
    }
}

fn read(path: &Path) -> anyhow::Result<SettingsArgs> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the configuration {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("read the configuration {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_counts_more_than_the_file_and_the_file_more_than_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("carehub.toml");
        std::fs::write(&file, "http = \"127.0.0.1:1\"\nbatch = 7\n").unwrap();
        let args = SettingsArgs { config: Some(file), batch: Some(9), ..SettingsArgs::default() };
        let settings = args.resolve().unwrap();
        assert_eq!(
            (settings.http.as_str(), settings.batch, settings.replicas),
            ("127.0.0.1:1", 9, 1)
        );
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("carehub.toml");
        std::fs::write(&file, "htpp = \"127.0.0.1:1\"\n").unwrap();
        let args = SettingsArgs { config: Some(file), ..SettingsArgs::default() };
        assert!(format!("{:#}", args.resolve().unwrap_err()).contains("htpp"));
    }
}
