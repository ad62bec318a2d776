//! The probe's side of TLS: a connection that trusts one authority and shows one certificate.

use std::fs::File;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::config::ServerTls;

/// A connection, plain or not.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Goes on with a connection over TLS, as a client of `host`. The certificate is the server's own:
/// it is the hub's, which made both.
///
/// # Errors
/// A file cannot be read or is none, or either side does not trust the other.
pub(super) async fn secured(
    stream: TcpStream,
    host: IpAddr,
    tls: &ServerTls,
) -> io::Result<Box<dyn Duplex>> {
    let invalid = |error: tokio_rustls::rustls::Error| io::Error::other(error);
    let mut authorities = RootCertStore::empty();
    for authority in certificates(&tls.authority)? {
        authorities.add(authority).map_err(invalid)?;
    }
    let key = PrivateKeyDer::from_pem_reader(open(&tls.key)?)
        .map_err(|error| unreadable(&tls.key, &error))?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(invalid)?
        .with_root_certificates(authorities)
        .with_client_auth_cert(certificates(&tls.certificate)?, key)
        .map_err(invalid)?;
    let connector = TlsConnector::from(Arc::new(config));
    Ok(Box::new(connector.connect(ServerName::from(host), stream).await?))
}

fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_reader_iter(open(path)?)
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(path, &error))
}

fn open(path: &Path) -> io::Result<io::BufReader<File>> {
    let file = File::open(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    Ok(io::BufReader::new(file))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
}
