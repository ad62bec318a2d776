//! The nats-server that `carehub up` runs: its configuration, its keys, its process.
//!
//! ```text
//! let credentials = Credentials::ensure(&dir.join("credentials"), &[])?;
//! let server = Server::start(ServerSettings::new(&dir, &credentials), &[]).await?;
//! // append the policy, read its bodies from the log, then:
//! let credentials = Credentials::ensure(&dir.join("credentials"), &agencies)?;
//! server.apply(credentials.accounts()).await?;
//! server.run(shutdown).await?;
//! ```

mod apply;
pub mod certificates;
pub mod config;
mod error;
pub mod keys;
mod layout;
mod probe;
mod process;
pub mod public_keys;
pub mod rotation;
mod running;
pub mod supervise;
mod tls;

pub use config::{
    AgencyAccount, Cluster, ConfigurationError, HubKeys, LeafNode, Officer, ServerBlock,
    ServerSettings, ServerTls, SyncInterval, configuration, leaf_configuration, officer_account,
    server_configuration,
};
pub use error::ServerError;
pub use keys::{Agency, Credentials, CredentialsError, Token};
pub use probe::ProbeError;
pub use running::{lets_in, running};
pub use supervise::Server;

/// The port of the nats-server of a data directory, as its hub noted it last.
#[must_use]
pub fn port_of(data_dir: &std::path::Path) -> Option<u16> {
    Some(layout::Layout::new(&data_dir.join("nats")).read_record()?.port)
}
