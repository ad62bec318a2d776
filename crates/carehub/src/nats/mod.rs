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
pub mod config;
mod error;
pub mod keys;
mod layout;
mod probe;
mod process;
mod running;
pub mod supervise;

pub use config::{
    AgencyAccount, ConfigurationError, Officer, ServerSettings, SyncInterval, officer_account,
    server_configuration,
};
pub use error::ServerError;
pub use keys::{Agency, Credentials, CredentialsError, Token};
pub use probe::ProbeError;
pub use running::running;
pub use supervise::Server;
