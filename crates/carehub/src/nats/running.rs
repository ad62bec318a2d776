//! Where the nats-server of a data directory serves, for whoever only wants to read.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use nkeys::KeyPair;

use super::config::ServerTls;
use super::layout::Layout;
use super::probe::{Probe, ProbeError};
use super::process::Process;

/// The URL of the nats-server that runs on `data_dir`; `None` when none does. Nothing is started,
/// adopted or written.
#[must_use]
pub fn running(data_dir: &Path) -> Option<String> {
    // A server is recognised by the path of its configuration, which has one name only.
    let data_dir = std::fs::canonicalize(data_dir).ok()?;
    let layout = Layout::new(&data_dir.join("nats"));
    let process = Process::find(&layout.configuration, &layout.pid)?;
    layout.url(process.pid())
}

/// Whether the nats-server of a data directory lets `account` in with this key, now.
///
/// # Errors
/// There is no server, or it does not answer.
pub async fn lets_in(
    data_dir: &Path,
    key: &KeyPair,
    account: &str,
    tls: Option<&ServerTls>,
) -> Result<bool, ProbeError> {
    let port = super::port_of(data_dir).ok_or(ProbeError::Silent)?;
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    match Probe::connect(address, key, account, tls).await {
        Ok(_) => Ok(true),
        // It refuses for other reasons too: that TLS is missing, for one.
        Err(ProbeError::Refused(why)) if why.to_lowercase().contains("authorization") => Ok(false),
        Err(
            error @ (ProbeError::Io(_)
            | ProbeError::Refused(_)
            | ProbeError::Silent
            | ProbeError::Protocol
            | ProbeError::NoResponders(_)
            | ProbeError::Key),
        ) => Err(error),
    }
}
