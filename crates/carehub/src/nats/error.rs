//! What can go wrong with the hub's own nats-server.

use std::io;
use std::path::{Path, PathBuf};

use super::config::ConfigurationError;
use super::keys::CredentialsError;
use super::probe::ProbeError;
use super::supervise::START_PATIENCE;

/// Why the nats-server is not in the state that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// There is no executable.
    #[error("find nats-server: $NATS_SERVER is not set and PATH has none")]
    Missing,
    /// The executable is too old, or something else.
    #[error("{} is not nats-server 2.11 or newer: {found:?}", path.display())]
    Version {
        /// The executable.
        path: PathBuf,
        /// What it says of itself.
        found: String,
    },
    /// The executable does not run.
    #[error("run {}", path.display())]
    Run {
        /// The executable.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A signal was not delivered.
    #[error("send {signal} to nats-server {pid}: {said}")]
    Signal {
        /// nats-server's word for the signal.
        signal: &'static str,
        /// The process.
        pid: u32,
        /// What nats-server said about it.
        said: String,
    },
    /// A file of `DIR/nats` cannot be used.
    #[error("{operation} {}", path.display())]
    File {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A directory cannot be made, or a seed not be read.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// No configuration can be generated.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// nats-server does not accept the configuration; it goes on with the old one.
    #[error("nats-server refuses the configuration: {0}")]
    Refused(String),
    /// nats-server ended instead of serving.
    #[error("nats-server ended while starting: {0}")]
    Ended(String),
    /// nats-server runs but does not serve in time.
    #[error("nats-server {0} does not serve after {seconds} s", seconds = START_PATIENCE.as_secs())]
    NotServing(u32),
    /// nats-server was told to reload and did not say that it had.
    #[error("nats-server {0} does not report a reload")]
    NotReloaded(u32),
    /// An account does not reach the log.
    #[error("probe account {account:?}")]
    Probe {
        /// The account.
        account: String,
        /// What happened instead.
        source: ProbeError,
    },
}

impl ServerError {
    pub(super) fn file(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { operation, path: path.to_path_buf(), source }
    }
}
