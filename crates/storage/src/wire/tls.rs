//! What a connection over TLS is made with.

use std::path::PathBuf;

use async_nats::ConnectOptions;

/// The files of a connection over TLS, all in PEM. With any of them, nothing is sent in plain text:
/// a server that does not offer TLS is not spoken to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// The authority that must have signed the server's certificate; without it the machine's own
    /// list of authorities counts.
    pub authority: Option<PathBuf>,
    /// This client's certificate and its private key, for a server that asks for one.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

impl Tls {
    /// Whether TLS is asked for at all. A URL that begins with `tls://` asks for it by itself.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.authority.is_some() || self.certificate.is_some()
    }

    pub(super) fn apply(&self, mut options: ConnectOptions) -> ConnectOptions {
        if self.is_wanted() {
            options = options.require_tls(true);
        }
        if let Some(authority) = &self.authority {
            options = options.add_root_certificates(authority.clone());
        }
        if let Some((certificate, key)) = &self.certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        options
    }
}
