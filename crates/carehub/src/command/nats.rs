//! `carehub nats config | certificates | rotate | revoke`: who may reach the log, and with which key.

mod certificates;
mod config;
mod keys;

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;

pub use self::certificates::Certificates;
pub use self::config::NatsConfig;
pub use self::keys::{Revoke, Rotate};

/// What to do about the nats-server's accounts, keys and certificates.
#[derive(Debug, Subcommand)]
pub enum NatsCommand {
    /// Generate the configuration of a nats-server, a cluster or a leaf node from the policy
    Config(NatsConfig),
    /// Make an authority and certificates, where a partnership has no authority of its own
    Certificates(Certificates),
    /// Give an agency or an officer another key, without downtime
    Rotate(Rotate),
    /// Refuse a key from now on
    Revoke(Revoke),
}

impl NatsCommand {
    /// Runs the command; its report goes to `out`.
    ///
    /// # Errors
    /// A file cannot be read or written, the policy names somebody without a key, or the log does
    /// not answer.
    pub async fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        match self {
            Self::Config(command) => command.run(out).await,
            Self::Certificates(command) => command.run(out),
            Self::Rotate(command) => command.run(out).await,
            Self::Revoke(command) => command.run(out).await,
        }
    }
}
