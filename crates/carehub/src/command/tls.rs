//! The files of a connection over TLS: what every command takes that connects to a nats-server.

use std::path::PathBuf;

use carehub_storage::Tls;
use clap::Args;

/// With what a connection is made over TLS.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsArgs {
    /// The authority that signed the server's certificate (PEM); with it, nothing goes in plain text
    #[arg(long, value_name = "FILE", env = "CAREHUB_NATS_CA")]
    pub nats_ca: Option<PathBuf>,
    /// This client's certificate (PEM), for a server that asks for one
    #[arg(long, value_name = "FILE", env = "CAREHUB_NATS_CERT", requires = "nats_key")]
    pub nats_cert: Option<PathBuf>,
    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE", env = "CAREHUB_NATS_KEY", requires = "nats_cert")]
    pub nats_key: Option<PathBuf>,
}

impl TlsArgs {
    /// The same as the storage wants it.
    #[must_use]
    pub fn tls(&self) -> Tls {
        Tls {
            authority: self.nats_ca.clone(),
            certificate: self.nats_cert.clone().zip(self.nats_key.clone()),
        }
    }
}
